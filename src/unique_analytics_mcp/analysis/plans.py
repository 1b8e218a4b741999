"""Summary plans against the columns a report really has, and the SQL of their parts.

Pure. The SQL reads the table `{REPORT}`, names columns only as quoted identifiers and takes every value as a
parameter. What cannot be computed for want of a column is taken out of the plan and named.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, assert_never

from unique_analytics_mcp.analysis._engine import quoted
from unique_analytics_mcp.analysis.leaders import leaders_sql
from unique_analytics_mcp.domain.report import Breakdown, Measure, Ranking, SummaryPlan, Trend

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
    kept = _without_missing(plan, names)
    remaining = set(_parts(kept))
    return Usable(
        plan=kept,
        missing=tuple(column for column in dict.fromkeys(_columns(plan)) if column not in names),
        left_out=tuple(part for part in dict.fromkeys(_parts(plan)) if part not in remaining),
    )


def _without_missing(plan: SummaryPlan, names: Collection[str]) -> SummaryPlan:
    totals = tuple(measure for measure in plan.totals if not measure.column or measure.column in names)
    measures = {measure.name for measure in totals}
    rankings = (replace(ranking, measures=_only(ranking.measures, measures)) for ranking in plan.rankings)
    trends = (replace(trend, measures=_only(trend.measures, measures)) for trend in plan.trends)
    breakdowns = (replace(breakdown, columns=_present(breakdown, names)) for breakdown in plan.breakdowns)
    return replace(
        plan,
        totals=totals,
        rankings=tuple(part for part in rankings if part.measures and set(part.by) <= set(names)),
        trends=tuple(part for part in trends if part.measures and part.by in names),
        breakdowns=tuple(part for part in breakdowns if part.columns),
        people=plan.people if plan.people in names else "",
    )


def _only(names: Iterable[str], kept: Collection[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name in kept)


def _present(breakdown: Breakdown, names: Collection[str]) -> dict[str, str]:
    return {label: column for label, column in breakdown.columns.items() if column in names}


def _parts(plan: SummaryPlan) -> list[str]:
    """A name for all that a reader could miss."""
    return [
        *(part.name for part in (*plan.totals, *plan.rankings, *plan.trends)),
        *(f"{part.name} ({label})" for part in plan.breakdowns for label in part.columns),
    ]


def _columns(plan: SummaryPlan) -> Iterator[str]:
    """Every column the plan reads, again and again."""
    yield from (measure.column for measure in plan.totals if measure.column)
    for ranking in plan.rankings:
        yield from ranking.by
    yield from (trend.by for trend in plan.trends)
    for breakdown in plan.breakdowns:
        yield from breakdown.columns.values()


def without(plan: SummaryPlan, strangers: Sequence[str], *, counted: bool) -> Usable:
    """The plan without the rankings by people who cannot be recognised, whose columns `strangers` names.

    With `counted` also without everything that counts them: one person would count several times.
    """
    if not strangers:
        return Usable(plan=plan, missing=(), left_out=())
    ranked = replace(plan, rankings=tuple(each for each in plan.rankings if not set(each.by) & set(strangers)))
    kept = ranked if not counted else _without_missing(plan, set(_columns(plan)) - set(strangers))
    remaining = set(_parts(kept))
    return Usable(
        plan=replace(kept, people=""),
        missing=tuple(strangers),
        left_out=tuple(part for part in _parts(plan) if part not in remaining),
    )


def columns_sql() -> str:
    """One row per column of the report: its name comes first."""
    return f"DESCRIBE FROM {REPORT}"


def totals_sql(measures: Sequence[Measure]) -> str:
    """One row: the number of rows, then each measure over the whole report."""
    return f"FROM {REPORT} SELECT {', '.join(['count(*)', *map(measure_sql, measures)])}"


def ranking_sql(ranking: Ranking, measures: Sequence[Measure]) -> str:
    """Per group: its values, its measures, and the number of all groups; at most `$limit` rows."""
    return leaders_sql(
        REPORT,
        [quoted(name) for name in ranking.by],
        [measure_sql(measure) for measure in measures],
        first_alone=measures[0].adds_up and not all(measure.adds_up for measure in measures),
    )


def trend_sql(trend: Trend, measures: Sequence[Measure]) -> str:
    """Per day from `$start` to `$end`, where it has rows: the day and its measures, oldest first."""
    day = quoted(trend.by)
    return (
        f"FROM {REPORT} SELECT {', '.join([day, *map(measure_sql, measures)])} "
        f"WHERE {day} BETWEEN $start AND $end GROUP BY {day} ORDER BY {day}"
    )


def span_sql(trend: Trend) -> str:
    """One row: the first and the last day there is; both NULL when there is none."""
    return f"FROM {REPORT} SELECT min({quoted(trend.by)}), max({quoted(trend.by)})"


def outside_sql(trend: Trend) -> str:
    """One number: rows without a day from `$start` to `$end`."""
    return f"FROM {REPORT} SELECT count(*) WHERE ({quoted(trend.by)} BETWEEN $start AND $end) IS NOT TRUE"


def breakdown_sql(breakdown: Breakdown) -> str:
    """One row: the sum of each column."""
    return f"FROM {REPORT} SELECT {', '.join(_sum_sql(column) for column in breakdown.columns.values())}"


def people_sql(column: str) -> str:
    """One row: the distinct people, and those of them whom no mail address names, nor a pseudonym made of one."""
    name = quoted(column)
    no_address = rf"NOT regexp_full_match({name}, '[^@\s]+@[^@\s]+|person-[0-9a-f]+')"
    return f"FROM {REPORT} SELECT count(DISTINCT {name}), count(DISTINCT {name}) FILTER (WHERE {no_address})"


def named_sql(column: str) -> str:
    """One number: the distinct values but `$nobody`."""
    return f"FROM {REPORT} SELECT count(DISTINCT {quoted(column)}) FILTER (WHERE {quoted(column)} <> $nobody)"


def measure_sql(measure: Measure) -> str:
    """The measure as an aggregate over any group of rows."""
    match measure.how:
        case "rows":
            return "count(*)"
        case "sum":
            return _sum_sql(measure.column)
        case "distinct":
            return f"count(DISTINCT {quoted(measure.column)})"
        case _:
            assert_never(measure.how)


def _sum_sql(column: str) -> str:
    return f"coalesce(sum({quoted(column)}), 0)"
