"""Conversation aggregates: the questions a window is asked in, and their answers as rows of a long table.

`POST /api/v2/analytics/conversations/aggregates/query` (genesys-api.md 2, read 2026-11-21). Answers are sparse: a
group, a bucket or a metric with nothing in it is absent. Numbers stay exactly as they came; where a bucket had to be
asked in parts, counts and sums are added, the least and the greatest chosen, and nothing is ever averaged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from anyio import to_thread

from unique_analytics_mcp.backends._answers import Call
from unique_analytics_mcp.backends.genesys import refusals, spans, wire
from unique_analytics_mcp.backends.genesys.filters import DIMENSIONS, NAMED, Clause, clauses
from unique_analytics_mcp.backends.genesys.names import NO_NAMES, Names, hidden
from unique_analytics_mcp.domain.order import OrderRequest
from unique_analytics_mcp.domain.report import ReportType
from unique_analytics_mcp.domain.request import comma_separated
from unique_analytics_mcp.errors import UnexpectedAnswer

if TYPE_CHECKING:
    from unique_analytics_mcp.backends.genesys.api import Api
    from unique_analytics_mcp.backends.genesys.names import Directory

GRANULARITY: Final = "P1D"
"""The size of a bucket when nobody says."""

_PATH: Final = "/api/v2/analytics/conversations/aggregates/query"
_LONGEST_BYTES: Final = 32 * 1024 * 1024
_DISTINCT: Final = "nConversations.count"
_TORN: Final = (
    "Some buckets had more groups than one answer holds and were asked in parts: nConversations is left empty there "
    "and out of its total, because one conversation may be in several parts. All other numbers are exact."
)

Key = tuple[spans.Span, tuple[str, ...]]
"""A bucket, and the group's values in the order they were grouped by."""

Stats = Mapping[str, Decimal | None]
"""By the header of the column, e.g. `tHandle.sumMs`; absent is what is not known to have happened, None what cannot be
told of several parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is asked of a window."""

    request: OrderRequest
    metrics: Sequence[str]
    clauses: Sequence[Clause]

    @property
    def granularity(self) -> str:
        """The size of a bucket, as an ISO period."""
        return self.request.options.get("granularity", GRANULARITY)

    @property
    def groups(self) -> Sequence[str]:
        """The options' words for what rows are grouped by; legal, because the catalogue's check came first."""
        return comma_separated(self.request.options.get("group_by", ""))

    def body(self, span: spans.Span) -> Mapping[str, object]:
        """The JSON that asks about a part of the window."""
        return {
            "interval": span.interval,
            "granularity": self.granularity,
            "timeZone": self.request.window.time_zone,
            "metrics": list(self.metrics),
            **({"groupBy": [DIMENSIONS[word] for word in self.groups]} if self.groups else {}),
            "flattenMultivaluedDimensions": True,  # a leg with two wrap-up codes would count in each of two groups
            **({"filter": {"type": "and", "clauses": list(self.clauses)}} if self.clauses else {}),
        }


def metrics_of(report: ReportType) -> Sequence[str]:
    """The metrics that the report's columns hold."""
    heads = (column.header.partition(".") for column in report.columns)
    return list(dict.fromkeys(metric for metric, dot, _ in heads if dot))


class Aggregates:
    """The aggregates of one organisation."""

    def __init__(self, api: Api, directory: Directory) -> None:
        self._api = api
        self._directory = directory

    async def table(self, request: OrderRequest, report: ReportType) -> tuple[Iterator[Sequence[str]], Sequence[str]]:
        """The rows of the report's columns, by bucket and group, and what must be said of them.

        Raises:
            InvalidRequest: a name that nobody has any more, or several have.
            BackendError: refused or unreachable, or more groups in one day than an answer holds.
        """
        filters = await clauses(request.options, self._directory)
        query = Query(request=request, metrics=metrics_of(report), clauses=filters)
        rows, is_torn = await self._rows(query)
        names = {kind: await self._directory.names(kind) for kind in NAMED if kind in query.groups}
        said = [*hidden(names), *([_TORN] if is_torn else [])]
        return _cells(rows, query, report, names), said

    async def _rows(self, query: Query) -> tuple[Mapping[Key, Stats], bool]:
        rows: dict[Key, Stats] = {}
        is_torn = False
        window = query.request.window
        waiting = list(reversed(spans.pieces(window, query.granularity)))
        while waiting:
            span = waiting.pop()
            try:
                body = await self._ask(query, span)
            except refusals.TooManyResults:
                smaller = spans.halves(span, window.time_zone)
                if not smaller:
                    raise
                waiting += reversed(smaller)
                continue
            is_torn = await to_thread.run_sync(_put_together, rows, body, query) or is_torn
        return rows, is_torn

    async def _ask(self, query: Query, span: spans.Span) -> object:
        call = Call(
            method="POST",
            path=_PATH,
            route=_PATH,
            repeatable=True,  # it only reads
            of_report=True,
            body=query.body(span),
            explain=refusals.of_call("conversation aggregates", refusals.AGGREGATES),
            longest_bytes=_LONGEST_BYTES,
            too_long=refusals.TOO_MANY,
        )
        return (await self._api.send(call)).body


def _put_together(rows: dict[Key, Stats], body: object, query: Query) -> bool:
    """Add an answer's rows; True when one of them is a part of what is there. Takes seconds for a long answer."""
    is_torn = False
    for key, stats in read_rows(body, query):
        is_torn = is_torn or key in rows
        rows[key] = added(rows[key], stats) if key in rows else stats
    return is_torn


def read_rows(body: object, query: Query) -> Iterator[tuple[Key, Stats]]:
    """Each group and bucket of an answer.

    Raises:
        UnexpectedAnswer: something else came, a bucket does not say when it is, or a figure is no number.
    """
    for result in _results(body):
        group = wire.mapping(result.get("group"))
        values = tuple(wire.text(group.get(DIMENSIONS[word])) for word in query.groups)
        for data in wire.mappings(result.get("data")):
            yield (_bucket(data, query), values), dict(_stats(data))


def _results(body: object) -> Sequence[wire.Node]:
    """The groups of an answer; one in which nothing happened may be an empty object."""
    answer = wire.mapping(body)
    if "results" in answer or body == {}:
        return wire.mappings(answer.get("results"))
    raise wire.without("aggregates")


def added(one: Stats, other: Stats) -> Stats:
    """Two parts of one bucket as one; what cannot be added is not known any more."""
    both = {header: _together(header, one[header], other[header]) for header in one.keys() & other.keys()}
    return {**one, **other, **both}


def _together(header: str, one: Decimal | None, other: Decimal | None) -> Decimal | None:
    if one is None or other is None or header == _DISTINCT:
        return None
    match header.rpartition(".")[2]:
        case "minMs":
            return min(one, other)
        case "maxMs":
            return max(one, other)
        case "target":
            return one if one == other else None
        case _:
            return one + other


def _bucket(data: wire.Node, query: Query) -> spans.Span:
    start, _, end = wire.text(data.get("interval")).partition("/")
    first, after = wire.moment(start), wire.moment(end)
    if first is None or after is None:
        raise UnexpectedAnswer(
            "Genesys Cloud sent a bucket that does not say when it begins and ends.", hint="Make the same call again."
        )
    return spans.bucket(first, after, query.request.window, query.granularity)


def _stats(data: wire.Node) -> Iterator[tuple[str, Decimal]]:
    for entry in wire.mappings(data.get("metrics")):
        metric = wire.text(entry.get("metric"))
        for stat, value in wire.mapping(entry.get("stats")).items():
            number = wire.number(value)
            if number is not None:
                yield f"{metric}.{_SUFFIX.get(stat, stat)}", Decimal(repr(number))
            elif value is not None:
                raise UnexpectedAnswer(
                    "Genesys Cloud sent something else where a number was expected.",
                    hint="Make the same call again; if it stays so, ask its support.",
                )


_SUFFIX: Final = {"sum": "sumMs", "min": "minMs", "max": "maxMs"}


def _cells(
    rows: Mapping[Key, Stats], query: Query, report: ReportType, names: Mapping[str, Names]
) -> Iterator[Sequence[str]]:
    for (at, values), stats in sorted(rows.items()):
        cells = {"intervalStart": wire.written(at.start), "intervalEnd": wire.written(at.end)}
        for word, value in zip(query.groups, values, strict=True):
            several = value.split(",")
            cells[DIMENSIONS[word]] = ";".join(several)
            if word in NAMED:
                cells[_name_header(word)] = names.get(word, NO_NAMES).of_all(several)
        cells |= {header: wire.plain(value) for header, value in stats.items() if value is not None}
        yield [cells.get(column.header, "") for column in report.columns]


def _name_header(word: str) -> str:
    return f"{DIMENSIONS[word].removesuffix('Id')}Name"
