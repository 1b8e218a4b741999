"""What callers of the pretend Genesys Cloud may write: aggregates, details and jobs, read and checked.

Fields, limits and texts: `reference/genesys-api.md` 2.1, 3.1, 3.3 and 4 (read 2026-11-21). Unknown fields are ignored,
as there; unknown names of metrics and dimensions are refused. It does not know who is asking. Layer: backend,
simulator side.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Annotated, Literal, TypeVar, cast
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from unique_analytics_mcp.backends.genesys import simulator_answers as answers
from unique_analytics_mcp.backends.genesys import simulator_names as names
from unique_analytics_mcp.backends.genesys.simulator_periods import Granularity, Interval
from unique_analytics_mcp.simulator import Refusal

LONGEST_DETAILS = timedelta(days=31)
"""The longest interval of the paged query."""
LARGEST_PAGE = 100
"""Conversations of one page of the paged query."""
DEEPEST_RESULT = 100_000
"""The last result that paging reaches."""

BodyT = TypeVar("BodyT", bound="_Body")


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: object) -> object:
        """A null is as good as nothing."""
        if not isinstance(given, dict):
            return given
        fields = cast("dict[str, object]", given)
        return {name: value for name, value in fields.items() if value is not None}


class Band(_Body):
    """A band of values; absent ends are open."""

    gt: float | None = None
    gte: float | None = None
    lt: float | None = None
    lte: float | None = None

    def holds(self, value: float) -> bool:
        """Say whether a value lies within."""
        above = (self.gt is None or value > self.gt) and (self.gte is None or value >= self.gte)
        return above and (self.lt is None or value < self.lt) and (self.lte is None or value <= self.lte)


class Predicate(_Body):
    """One thing that must be so."""

    type: Literal["dimension", "property", "metric"] = "dimension"
    dimension: str | None = None
    metric: str | None = None
    operator: Literal["matches", "exists", "notExists"] = "matches"
    value: str | None = None
    range: Band | None = None


class Clause(_Body):
    """Several predicates, all or any of which must hold."""

    type: Literal["and", "or"]
    predicates: tuple[Predicate, ...] = ()


class Filter(Clause):
    """Clauses and predicates, all or any of which must hold."""

    clauses: tuple[Clause, ...] = ()

    def all_predicates(self) -> Iterator[Predicate]:
        """Go through the predicates of both levels."""
        yield from self.predicates
        for clause in self.clauses:
            yield from clause.predicates


class View(_Body):
    """A part of a metric's values, counted apart under a name."""

    target: str
    name: str
    function: Literal["rangeBound"]
    range: Band


class Page(_Body):
    """A page of the paged query; the first is number 1."""

    page_size: Annotated[int, Field(ge=1)] = 25
    page_number: Annotated[int, Field(ge=1)] = 1


def _interval(value: object) -> Interval:
    return Interval.parse(str(value))


def _granularity(value: object) -> Granularity:
    return Granularity.parse(str(value))


def _known_dimensions(group_by: tuple[str, ...]) -> tuple[str, ...]:
    if unknown := [name for name in group_by if not names.is_dimension(name)]:
        raise ValueError(f"unknown dimension {unknown[0]}")
    return group_by


def _known_metrics(metrics: tuple[str, ...]) -> tuple[str, ...]:
    if unknown := [name for name in metrics if name not in names.METRICS]:
        raise ValueError(f"unknown metric {unknown[0]}")
    return metrics


_Interval = Annotated[Interval, BeforeValidator(_interval)]


class AggregateQuery(_Body):
    """A question for counts and times by bucket and group."""

    interval: _Interval
    metrics: Annotated[tuple[str, ...], AfterValidator(_known_metrics), Field(min_length=1)]
    granularity: Annotated[Granularity, BeforeValidator(_granularity)] | None = None
    time_zone: ZoneInfo = ZoneInfo("UTC")
    group_by: Annotated[tuple[str, ...], AfterValidator(_known_dimensions)] = ()
    filter: Filter | None = None
    flatten_multivalued_dimensions: bool = False
    views: tuple[View, ...] = ()


class _Searching(_Body):
    interval: _Interval
    conversation_filters: tuple[Filter, ...] = ()
    segment_filters: tuple[Filter, ...] = ()
    evaluation_filters: tuple[Filter, ...] = ()
    survey_filters: tuple[Filter, ...] = ()
    resolution_filters: tuple[Filter, ...] = ()
    order: Literal["asc", "desc", "unordered"] = "asc"
    order_by: Literal["conversationStart", "conversationEnd", "segmentStart", "segmentEnd"] = "conversationStart"


class DetailsQuery(_Searching):
    """A question for whole conversations, page by page."""

    paging: Page = Page()


class JobQuery(_Searching):
    """A question for whole conversations, answered by a job."""

    limit: Annotated[int, Field(ge=1)] | None = None
    start_of_day_interval_matching: bool = False


def read_aggregates(body: bytes) -> AggregateQuery:
    """Read the body of an aggregates query.

    Raises:
        Refusal: 400, saying what is wrong with it.
    """
    query = _read(AggregateQuery, body)
    _check(query.filter.all_predicates() if query.filter else (), names.is_dimension, "filter")
    return query


def read_details(body: bytes) -> DetailsQuery:
    """Read the body of a paged details query.

    Raises:
        Refusal: 400, with the platform's own words where an interval or a page is beyond the limits.
    """
    query = _read(DetailsQuery, body)
    _check_filters(query)
    if query.interval.length > LONGEST_DETAILS:
        raise Refusal(
            answers.bad("You must specify a search interval as part of your query that does not exceed 31 days.")
        )
    if query.paging.page_size > LARGEST_PAGE:
        raise Refusal(answers.bad(f"The page size must not exceed {LARGEST_PAGE}.", "invalid.value"))
    if query.paging.page_size * query.paging.page_number > DEEPEST_RESULT:
        tip = "Consider using smaller intervals to reduce the number of results."
        raise Refusal(answers.bad(f"Pagination may not exceed {DEEPEST_RESULT} results. {tip}"))
    return query


def read_job(body: bytes) -> JobQuery:
    """Read the body of a details job.

    Raises:
        Refusal: 400, saying what is wrong with it.
    """
    query = _read(JobQuery, body)
    _check_filters(query)
    return query


def _read(model: type[BodyT], body: bytes) -> BodyT:
    try:
        return model.model_validate_json(body)
    except ValidationError as invalid:
        raise Refusal(_complaint(invalid)) from invalid


def _complaint(invalid: ValidationError) -> answers.Response:
    first = invalid.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    code = "invalid.date" if field == "interval" and first["type"] == "value_error" else "bad.request"
    return answers.bad(f"Invalid request: {field or 'body'}: {first['msg']}", code)


def _check_filters(query: _Searching) -> None:
    for filters, is_known, field in (
        (query.conversation_filters, names.CONVERSATION_DIMENSIONS.__contains__, "conversationFilters"),
        (query.segment_filters, names.is_segment_dimension, "segmentFilters"),
    ):
        for given in filters:
            _check(given.all_predicates(), is_known, field)


def _check(predicates: Iterable[Predicate], is_known: names.Judge, field: str) -> None:
    for predicate in predicates:
        if predicate.type == "metric":
            if predicate.metric not in names.METRICS and predicate.metric != names.SEGMENT_DURATION:
                raise Refusal(answers.bad(f"Invalid request: {field}: unknown metric {predicate.metric}"))
        elif predicate.type == "dimension" and not (predicate.dimension and is_known(predicate.dimension)):
            raise Refusal(answers.bad(f"Invalid request: {field}: unknown dimension {predicate.dimension}"))
        if predicate.operator == "matches" and predicate.value is None and predicate.range is None:
            raise Refusal(answers.bad(f"Invalid request: {field}: a predicate that matches needs a value"))
