"""The question of a report's summary as its peers would ask it: in pandas, and in plain SQL over strictly read CSV.

Read from the catalogue, so that a peer answers what ours answers: all totals, each ranking with its counts, the
developments, the sums side by side. Where a plan asks for rows under a condition, the peers do less. Gives the totals
and the largest group of each ranking and development, by which answers are held against each other. Knows no measuring.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from unique_analytics_mcp.domain.measures import DayPart, Measure, Ranking, Scale, SummaryPlan, Trend
from unique_analytics_mcp.domain.report import ColumnKind, ReportType

if TYPE_CHECKING:
    from io import StringIO

    import pandas as pd

TIME_ZONE: Final = "Europe/Zurich"
"""Whose clocks the days of a development follow."""

TOP: Final = 10
"""Rows of a ranking."""

Numbers: TypeAlias = Mapping[str, float]

_CASTS: Final = {
    ColumnKind.TEXT: "{}",
    ColumnKind.INTEGER: "TRY_CAST({} AS BIGINT)",
    ColumnKind.DECIMAL: "TRY_CAST({} AS DECIMAL(18, 9))",
    ColumnKind.DATE: "CAST(try_strptime({}, '%d.%m.%Y') AS DATE)",
    ColumnKind.TIMESTAMP: "TRY_CAST({} AS TIMESTAMPTZ)",
}
_PARTS: Final = {
    "day": "CAST({} AS DATE)",
    "month": "date_trunc('month', {})",
    "hour": "hour({})",
    "weekday": "dayofweek({})",
}
_STRICT: Final = (
    "auto_detect=false, header=true, delim=',', quote='\"', escape='\"', comment='', nullstr=chr(1), "
    "strict_mode=true, null_padding=false, ignore_errors=false, max_line_size=64000000, buffer_size=128000000"
)
"""The strictest reading that DuckDB knows (reference/performance.md, section 2), with its own choice of threads."""


def _measures(plan: SummaryPlan) -> dict[str, Measure]:
    """What every peer can compute, by name; ratios follow from it."""
    return {name: measure for name, measure in plan.measures.items() if measure.where is None}


@dataclass(frozen=True, slots=True)
class _Grouped:
    """A ranking or development that every peer can compute."""

    name: str
    by: list[str]
    measures: list[Measure]


def _grouped(plan: SummaryPlan) -> Iterator[_Grouped]:
    measures = _measures(plan)
    parts: Sequence[Ranking | Trend] = (*plan.rankings, *plan.trends)
    for part in parts:
        by = [part.by] if isinstance(part.by, str) else list(part.by)
        wanted = [measures[name] for name in part.measures if name in measures]
        if wanted:
            yield _Grouped(largest_of(part), by, wanted)


def largest_of(part: Ranking | Trend) -> str:
    """What the number of its largest group is called; nothing where peers, who know no conditions, find another."""
    of_all = isinstance(part, Trend) or not (part.where or part.fewest_first)
    return f"largest {part.measures[0]} of {part.name}" if of_all else ""


def _moments(plan: SummaryPlan) -> Iterator[tuple[str, str, DayPart]]:
    """Of each part of moments that is grouped by: its name, its column and the part."""
    for grouping in plan.groupings:
        if not isinstance(grouping.part, Scale):
            yield grouping.name, grouping.column, grouping.part


def _days(report: ReportType) -> list[str]:
    """Its columns of days, which are those of no zone."""
    return [column.name for column in report.columns if column.kind is ColumnKind.DATE]


# pandas


def asked_of_pandas(source: str | StringIO, report: ReportType) -> Numbers:
    """Read the CSV as it comes, then ask."""
    import pandas as pd

    frame = pd.read_csv(source).rename(columns={column.header: column.name for column in report.columns})
    for column in _days(report):
        frame[column] = pd.to_datetime(frame[column], format="%d.%m.%Y")
    plan = report.summary
    clocks = {column: _clocks(frame, column, report) for column in {column for _, column, _ in _moments(plan)}}
    for name, column, part in _moments(plan):
        frame[name] = _part(clocks[column], part)
    largest = {part.name: _largest(frame, part) for part in _grouped(plan)}
    for breakdown in plan.breakdowns:
        frame[list(breakdown.columns.values())].sum()
    return largest | {name: float(_measured(frame, measure)) for name, measure in _measures(plan).items()}


def _clocks(frame: pd.DataFrame, column: str, report: ReportType) -> pd.Series:
    """What clocks of the zone showed, converted once for all its parts."""
    import pandas as pd

    if column in _days(report):
        return cast("pd.Series", frame[column])
    return pd.to_datetime(frame[column], utc=True).dt.tz_convert(TIME_ZONE)


def _part(local: pd.Series, part: str) -> pd.Series:
    match part:
        case "day":
            return local.dt.normalize()
        case "month":
            return local.dt.year * 100 + local.dt.month
        case "hour":
            return local.dt.hour
        case _:
            return local.dt.dayofweek


def _largest(frame: pd.DataFrame, part: _Grouped) -> float:
    """The first measure of the first group, after all groups with all measures were put in order."""
    functions = {"rows": "size", "sum": "sum", "distinct": "nunique"}
    wanted = {each.name: (each.column or part.by[0], functions[each.how]) for each in part.measures}
    found = frame.groupby(part.by, sort=False, dropna=False).agg(**wanted)
    first = part.measures[0].name
    return float(found.sort_values(first, ascending=False).head(TOP)[first].iloc[0])


def _measured(frame: pd.DataFrame, measure: Measure) -> float:
    match measure.how:
        case "rows":
            return len(frame)
        case "sum":
            return cast("float", frame[measure.column].sum())
        case _:
            return cast("float", frame[measure.column].nunique())


# DuckDB


def asked_of_duckdb(source: Path, report: ReportType) -> Numbers:
    """Read the CSV strictly into a table in memory, once, then ask."""
    import duckdb

    plan = report.summary
    measures = _measures(plan)
    days = _days(report)
    keys = {
        name: _PARTS[part].format(column if column in days else f"timezone('{TIME_ZONE}', {column})")
        for name, column, part in _moments(plan)
    }
    with duckdb.connect() as db:
        db.execute("SET TimeZone = 'UTC'")
        db.execute(f"CREATE TEMP TABLE report AS {_typed(source, report)}")
        db.execute("FROM report SELECT count(COLUMNS(*))").fetchall()  # what was not read is to be known
        totals = db.execute(f"FROM report SELECT {', '.join(map(_sql, measures.values()))}").fetchall()[0]
        largest: dict[str, float] = {}
        for part in _grouped(plan):
            groups = ", ".join(keys.get(name, name) for name in part.by)
            values = ", ".join(map(_sql, part.measures))
            order = f"ORDER BY {_sql(part.measures[0])} DESC"
            db.execute(f"FROM report SELECT {values}, {groups} GROUP BY ALL {order} LIMIT {TOP}")
            largest[part.name] = float(cast("float", db.fetchall()[0][0]))
        for breakdown in plan.breakdowns:
            sums = ", ".join(f"sum({column})" for column in breakdown.columns.values())
            db.execute(f"FROM report SELECT {sums}").fetchall()
    return largest | {name: float(total) for name, total in zip(measures, totals, strict=True)}


def _typed(source: Path, report: ReportType) -> str:
    names = ", ".join(f"'{column.name}': 'VARCHAR'" for column in report.columns)
    values = ", ".join(f"{_CASTS[column.kind].format(column.name)} AS {column.name}" for column in report.columns)
    return f"FROM read_csv('{source}', columns={{{names}}}, {_STRICT}) SELECT {values}"


def _sql(measure: Measure) -> str:
    match measure.how:
        case "rows":
            return "count(*)"
        case "sum":
            return f"sum({measure.column})"
        case _:
            return f"count(DISTINCT {measure.column})"
