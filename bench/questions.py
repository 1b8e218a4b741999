"""The question of a report's summary as its peers would ask it: in pandas, and in plain SQL over strictly read CSV.

Read from the catalogue, so that a peer answers what ours answers: all totals, each ranking with its counts, the
developments, the sums side by side. Where a plan asks for rows under a condition, the peers do less. Gives the totals,
by which the answers are held against each other. Knows no measuring.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from unique_analytics_mcp.domain.measures import Measure, Ranking, SummaryPlan, Trend
from unique_analytics_mcp.domain.report import ColumnKind, ReportType

if TYPE_CHECKING:
    from io import StringIO

    import pandas as pd

TIME_ZONE: Final = "Europe/Zurich"
"""Whose clocks the days of a development follow."""

TOP: Final = 10
"""Rows of a ranking."""

Totals: TypeAlias = Mapping[str, float]

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


def _grouped(plan: SummaryPlan) -> Iterator[tuple[list[str], list[Measure]]]:
    """By what each ranking and development groups, and what it measures."""
    measures = _measures(plan)
    parts: Sequence[Ranking | Trend] = (*plan.rankings, *plan.trends)
    for part in parts:
        by = [part.by] if isinstance(part.by, str) else list(part.by)
        wanted = [measures[name] for name in part.measures if name in measures]
        if wanted:
            yield by, wanted


# pandas


def asked_of_pandas(source: str | StringIO, report: ReportType) -> Totals:
    """Read the CSV as it comes, then ask."""
    import pandas as pd

    frame = pd.read_csv(source).rename(columns={column.header: column.name for column in report.columns})
    for column in report.columns:
        if column.kind is ColumnKind.DATE:
            frame[column.name] = pd.to_datetime(frame[column.name], format="%d.%m.%Y")
    plan = report.summary
    for grouping in plan.groupings:
        frame[grouping.name] = _part(pd.to_datetime(frame[grouping.column], utc=True), grouping.part)
    for by, wanted in _grouped(plan):
        _ranked(frame, by, wanted)
    for breakdown in plan.breakdowns:
        frame[list(breakdown.columns.values())].sum()
    return {name: float(_measured(frame, measure)) for name, measure in _measures(plan).items()}


def _part(moments: pd.Series, part: str) -> pd.Series:
    local = moments.dt.tz_convert(TIME_ZONE)
    match part:
        case "day":
            return local.dt.normalize()
        case "month":
            return local.dt.year * 100 + local.dt.month
        case "hour":
            return local.dt.hour
        case _:
            return local.dt.dayofweek


def _ranked(frame: pd.DataFrame, by: list[str], measures: Sequence[Measure]) -> None:
    """The groups of `by` with their measures, the largest first."""
    functions = {"rows": "size", "sum": "sum", "distinct": "nunique"}
    wanted = {each.name: (each.column or by[0], functions[each.how]) for each in measures}
    found = frame.groupby(by, sort=False, dropna=False).agg(**wanted)
    found.sort_values(measures[0].name, ascending=False).head(TOP)


def _measured(frame: pd.DataFrame, measure: Measure) -> float:
    match measure.how:
        case "rows":
            return len(frame)
        case "sum":
            return cast("float", frame[measure.column].sum())
        case _:
            return cast("float", frame[measure.column].nunique())


# DuckDB


def asked_of_duckdb(source: Path, report: ReportType) -> Totals:
    """Read the CSV strictly into a table in memory, once, then ask."""
    import duckdb

    plan = report.summary
    measures = _measures(plan)
    keys = {
        grouping.name: _PARTS[grouping.part].format(f"timezone('{TIME_ZONE}', {grouping.column})")
        for grouping in plan.groupings
    }
    with duckdb.connect() as db:
        db.execute("SET TimeZone = 'UTC'")
        db.execute(f"CREATE TEMP TABLE report AS {_typed(source, report)}")
        totals = db.execute(f"FROM report SELECT {', '.join(map(_sql, measures.values()))}").fetchall()[0]
        for by, wanted in _grouped(plan):
            groups = ", ".join(keys.get(name, name) for name in by)
            values = ", ".join(map(_sql, wanted))
            db.execute(f"FROM report SELECT {groups}, {values} GROUP BY ALL ORDER BY {values} DESC LIMIT {TOP}")
            db.fetchall()
        for breakdown in plan.breakdowns:
            sums = ", ".join(f"sum({column})" for column in breakdown.columns.values())
            db.execute(f"FROM report SELECT {sums}").fetchall()
    return {name: float(total) for name, total in zip(measures, totals, strict=True)}


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
