"""Summary plans against the columns a report really has, and the SQL of their parts.

Pure. The SQL reads the table `{REPORT}`; the expressions in it are `phrases`. What cannot be computed for want of a
column is taken out of the plan and named.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from unique_analytics_mcp.analysis import calendar
from unique_analytics_mcp.analysis._engine import quoted
from unique_analytics_mcp.analysis.leaders import leaders_sql
from unique_analytics_mcp.analysis.phrases import Phrases, by_sight
from unique_analytics_mcp.domain.measures import (
    Breakdown,
    Condition,
    Figure,
    Grouping,
    Measure,
    Ranking,
    SummaryPlan,
    Trend,
    simple_conditions,
)
from unique_analytics_mcp.domain.window import Window

REPORT: Final = "read_parquet($report, hive_partitioning=false, union_by_name=true)"
"""The report's table in every statement; `$report` is the list of its paths, whose rows are stacked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usable:
    """A plan without the parts that lack a column."""

    plan: SummaryPlan
    missing: tuple[str, ...]
    """Names of the columns that would have been needed."""
    left_out: tuple[str, ...]
    """Names of the parts that cannot be computed."""


def usable(plan: SummaryPlan, names: Collection[str]) -> Usable:
    """What of the plan can be computed from columns of these names."""
    missing = tuple(column for column in dict.fromkeys(_columns(plan)) if column not in names)
    kept = _without_missing(plan, names)
    return Usable(plan=kept, missing=missing, left_out=_left_out(plan, kept))


def _without_missing(plan: SummaryPlan, names: Collection[str]) -> SummaryPlan:
    measures = {name for name, measure in plan.measures.items() if set(_read_by(measure)) <= set(names)}
    figures = {name for name, figure in plan.figures.items() if set(figure.parts) <= measures}
    rankings = (replace(ranking, measures=_only(ranking.measures, figures)) for ranking in plan.rankings)
    trends = (replace(trend, measures=_only(trend.measures, figures)) for trend in plan.trends)
    breakdowns = (replace(breakdown, columns=_present(breakdown, names)) for breakdown in plan.breakdowns)
    people = {plan.people, *_conditioned(plan.people_where)}
    return replace(
        plan,
        totals=tuple(figure for figure in plan.totals if figure.name in figures),
        parts=tuple(measure for measure in plan.parts if measure.name in figures),
        groupings=tuple(grouping for grouping in plan.groupings if grouping.column in names),
        rankings=tuple(
            part for part in rankings if _is_led(part, measures) and set(_grouped(part, plan)) <= set(names)
        ),
        trends=tuple(part for part in trends if part.measures and plan.grouping(part.by).column in names),
        breakdowns=tuple(part for part in breakdowns if part.columns),
        series=plan.series if plan.series and set(plan.series.columns) <= set(names) else None,
        metrics=plan.metrics if plan.metrics and set(plan.metrics.columns) <= set(names) else None,
        people=plan.people if people <= set(names) else "",
    )


def _is_led(ranking: Ranking, measures: Collection[str]) -> bool:
    """Whether the engine can order its groups by the first figure: a ratio is computed behind it."""
    return bool(ranking.measures) and ranking.measures[0] in measures


def _only(names: Iterable[str], kept: Collection[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name in kept)


def _present(breakdown: Breakdown, names: Collection[str]) -> dict[str, str]:
    return {label: column for label, column in breakdown.columns.items() if column in names}


def _left_out(plan: SummaryPlan, kept: SummaryPlan) -> tuple[str, ...]:
    remaining = set(_parts(kept))
    return tuple(part for part in dict.fromkeys(_parts(plan)) if part not in remaining)


def _parts(plan: SummaryPlan) -> list[str]:
    """A name for all that a reader could miss."""
    return [
        *plan.figures,
        *(part.name for part in (*plan.rankings, *plan.trends)),
        *(f"{part.name} ({label})" for part in plan.breakdowns for label in part.columns),
        *([plan.series.name] if plan.series else ()),
        *(family.name for family in (plan.metrics.tables if plan.metrics else ())),
    ]


def _columns(plan: SummaryPlan) -> Iterator[str]:
    """Every column the plan reads, again and again."""
    for figure in plan.figures.values():
        yield from _read_by(figure)
    for ranking in plan.rankings:
        yield from _grouped(ranking, plan)
    yield from (plan.grouping(trend.by).column for trend in plan.trends)
    for breakdown in plan.breakdowns:
        yield from breakdown.columns.values()
    for readings in plan.readings:
        yield from readings.columns


def _read_by(figure: Figure) -> Iterator[str]:
    if isinstance(figure, Measure):
        yield from (figure.column,) if figure.column else ()
        yield from _conditioned(figure.where)


def _grouped(ranking: Ranking, plan: SummaryPlan) -> Iterator[str]:
    yield from (plan.grouping(by).column for by in ranking.by)
    yield from _conditioned(ranking.where)


def _conditioned(where: Condition | None) -> Iterator[str]:
    yield from (condition.column for condition in simple_conditions(where))


def without(plan: SummaryPlan, strangers: Sequence[str], *, counted: bool) -> Usable:
    """The plan without the rankings by people who cannot be recognised, whose columns `strangers` names.

    With `counted` also without everything that counts them: one person would count several times.
    """
    if not strangers:
        return Usable(plan=plan, missing=(), left_out=())
    ranked = replace(plan, rankings=tuple(each for each in plan.rankings if not set(each.by) & set(strangers)))
    kept = ranked if not counted else _without_missing(plan, set(_columns(plan)) - set(strangers))
    return Usable(plan=replace(kept, people=""), missing=tuple(strangers), left_out=_left_out(plan, kept))


def with_months(plan: SummaryPlan, window: Window) -> SummaryPlan:
    """The plan with its first development by days told by months as well, where it has no months of its own.

    In a window of several months, at least one of them whole: halves of two months would say nothing.
    """
    daily = next((trend for trend in plan.trends if plan.grouping(trend.by).part == "day"), None)
    has_months = any(plan.grouping(trend.by).part == "month" for trend in plan.trends)
    months, cut = calendar.groups("month", window), calendar.cut("month", window)
    if daily is None or has_months or len(months) == 1 or len(months) == len(cut):
        return plan
    month = Grouping(name="month", column=plan.grouping(daily.by).column, part="month")
    monthly = replace(daily, name="monthly", by=month.name)
    return replace(plan, groupings=(*plan.groupings, month), trends=(*plan.trends, monthly))


def columns_sql() -> str:
    """One row per column of the report: its name comes first."""
    return f"DESCRIBE FROM {REPORT}"


def totals_sql(say: Phrases, measures: Sequence[Measure], groups: Mapping[str, int] | None = None) -> str:
    """One row: the number of rows, then each measure over the whole report.

    `groups` says of columns how many groups their rows make, the one without a value included: their different values
    are not counted again, which takes the engine longer than all the rest.
    """
    known = groups or {}
    asked = (
        _values_of(known[measure.column], measure.column) if _counts_values(measure, known) else say.measure(measure)
        for measure in measures
    )
    return f"FROM {REPORT} SELECT {', '.join(['count(*)', *asked])}"


def _counts_values(measure: Measure, columns: Collection[str]) -> bool:
    return measure.how == "distinct" and measure.where is None and measure.column in columns


def _values_of(groups: int, column: str) -> str:
    return f"{groups} - CAST(count(*) > count({quoted(column)}) AS INTEGER)"


def grouped_alone(say: Phrases, ranking: Ranking) -> str:
    """The column whose values, all of them, are the groups of the ranking; empty where there is none."""
    (first, *others) = ranking.by
    is_column = not others and ranking.where is None and say.key(first) == quoted(first)
    return first if is_column else ""


def ranking_sql(say: Phrases, ranking: Ranking, measures: Sequence[Measure]) -> str:
    """Per group: its values, its measures, and the number of all groups; at most `$limit` rows."""
    return leaders_sql(
        REPORT,
        [say.key(name) for name in ranking.by],
        [say.measure(measure) for measure in measures],
        where=say.condition(ranking.where),
        order="ASC" if ranking.fewest_first else "DESC",
        later=[place for place, measure in enumerate(measures) if measures[0].adds_up and not measure.adds_up],
    )


def alike_sql(say: Phrases, ranking: Ranking) -> str:
    """One number: how many fewer groups there are when only what is seen of their names tells them apart."""
    keys = [say.key(name) for name in ranking.by]
    names = [f"key_{place}" for place, _ in enumerate(keys)]
    groups = ", ".join(f"{key} AS {name}" for key, name in zip(keys, names, strict=True))
    seen = ", ".join(map(by_sight, names))
    return (
        f"FROM (FROM {REPORT} SELECT DISTINCT {groups} WHERE {say.condition(ranking.where)}) "
        f"SELECT count(*) - count(DISTINCT row({seen}))"
    )


def trend_sql(say: Phrases, trend: Trend, measures: Sequence[Measure]) -> str:
    """Per group of the window that has rows: the group and its measures."""
    within = say.within(say.plan.grouping(trend.by).column)
    return (
        f"FROM {REPORT} SELECT {', '.join([say.key(trend.by), *map(say.measure, measures)])} WHERE {within} "
        f"GROUP BY {say.mark(trend.by)}"
    )


def outside_sql(say: Phrases, column: str) -> str:
    """One row: the rows without a day, and those whose day is not in the window."""
    return (
        f"FROM {REPORT} SELECT count(*) FILTER (WHERE {quoted(column)} IS NULL), "
        f"count(*) FILTER (WHERE NOT ({say.within(column)}))"
    )


def breakdown_sql(breakdown: Breakdown) -> str:
    """One row: the sum of each column."""
    return f"FROM {REPORT} SELECT {', '.join(_sum_sql(column) for column in breakdown.columns.values())}"


def empty_sql(columns: Sequence[str]) -> str:
    """One row: how many rows have nothing in each column."""
    return f"FROM {REPORT} SELECT {', '.join(f'count(*) - count({quoted(column)})' for column in columns)}"


def people_sql(say: Phrases, column: str) -> str:
    """One row: the distinct people but `$nobody`, those of them whom no mail address names, nor its pseudonym.

    And how many fewer people there are when neither capitals nor blanks around a name nor the code of its accents tell
    them apart.
    """
    name = quoted(column)
    no_address = rf"NOT regexp_full_match(trim({name}), '[^@\s]+@[^@\s]+|person-[0-9a-f]+')"
    alike = f"lower(nfc_normalize(trim({name})))"
    where = f"{_calls(column)} <> $nobody AND {say.condition(say.plan.people_where)}"
    return (
        f"FROM (FROM {REPORT} SELECT DISTINCT {name} WHERE {where}) "
        f"SELECT count(*), count(*) FILTER (WHERE {no_address}), count(*) - count(DISTINCT {alike})"
    )


def named_sql(column: str) -> str:
    """One number: the distinct values but `$nobody`."""
    return f"FROM {REPORT} SELECT count(DISTINCT {quoted(column)}) FILTER (WHERE {_calls(column)} <> $nobody)"


def nobody_sql(say: Phrases, columns: Sequence[str]) -> str:
    """One row: for each column the rows that should name a person there and say `$nobody`."""
    plan = say.plan
    named = {column: say.condition(plan.people_where if column == plan.people else None) for column in columns}
    counts = (f"count(*) FILTER (WHERE {_calls(column)} = $nobody AND {where})" for column, where in named.items())
    return f"FROM {REPORT} SELECT {', '.join(counts)}"


def _calls(column: str) -> str:
    """What a column calls people, to be held against `$nobody`, which is in lower case."""
    return f"lower({quoted(column)})"


def _sum_sql(column: str) -> str:
    return f"coalesce(sum({quoted(column)}), 0)"
