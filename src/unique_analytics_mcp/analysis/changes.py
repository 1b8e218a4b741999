"""What became of a number, a group or a day since the window before: the joining SQL and the tables made of it.

Pure. A number is compared by its difference, exactly, and in percent of the earlier one. Something that was nothing
before has no percentage: it is `new`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Context, Decimal, localcontext
from typing import Final

from unique_analytics_mcp.analysis._engine import quoted
from unique_analytics_mcp.analysis.plans import REPORT, measure_sql
from unique_analytics_mcp.analysis.tables import Number, Record, exact, group_text, share
from unique_analytics_mcp.domain.report import Breakdown, Cell, Measure, Ranking, Table, Trend

CHANGE: Final = ("before", "change", "change_percent")
"""Headers of the columns behind a value."""
NEW: Final = "new"
GONE: Final = "gone"

_BEFORE: Final = REPORT.replace("$report", "$before")
_EXACT: Final = Context(prec=100)


def difference(value: Number, before: Number) -> Number:
    """The exact difference."""
    if isinstance(value, int) and isinstance(before, int):
        return value - before
    with localcontext(_EXACT):
        return Decimal(value) - Decimal(before)


def change_percent(value: Number, before: Number) -> float | str | None:
    """The change in percent of `before`, to one decimal, halves up.

    `new` where nothing became something; None where `before` is negative.
    """
    if before == 0:
        return NEW if value else 0.0
    return share(difference(value, before), before)


def changed(value: Number, before: Number) -> list[Cell]:
    """The value and the cells of `CHANGE`."""
    return [exact(value), exact(before), exact(difference(value, before)), change_percent(value, before)]


def sentence(name: str, value: Number, before: Number) -> str:
    """`interactions 12, before 10 (+2, +20.0 %)`."""
    percent = change_percent(value, before)
    shown = f", {percent:+} %" if isinstance(percent, float) and value != before else ""
    change = difference(value, before)
    sign = "+" if change > 0 else ""
    return (
        f"{name} {exact(value)}, before {exact(before)} ({f'{sign}{exact(change)}' if change else 'no change'}{shown})"
    )


def sentences(names: Sequence[str], values: Mapping[str, Number], before: Mapping[str, Number]) -> list[str]:
    """A `sentence` for each name."""
    return [sentence(name, values[name], before[name]) for name in names]


def totals_table(names: Sequence[str], values: Mapping[str, Number], before: Mapping[str, Number]) -> Table:
    """One row per total."""
    return _whole(
        "totals", ["total", "value", *CHANGE], [[name, *changed(values[name], before[name])] for name in names]
    )


def ranking_sql(ranking: Ranking, measure: Measure) -> str:
    """Per group of either window: its values, the measure now and before, its places, and the number of all groups.

    Places begin at 1 and are shared by equals. Groups come in the order of their places; one that is gone comes
    behind the group that has its place now. At most `$limit` rows.
    """
    keys = [f"key_{place}" for place, _ in enumerate(ranking.by)]
    either = ", ".join(f"coalesce(now.{key}, earlier.{key})" for key in keys)
    same = " AND ".join(f"now.{key} IS NOT DISTINCT FROM earlier.{key}" for key in keys)
    ties = ", ".join(f"{place + 1} NULLS LAST" for place, _ in enumerate(keys))
    return (
        f"FROM ({_places_sql(REPORT, ranking, measure)}) AS now "
        f"FULL JOIN ({_places_sql(_BEFORE, ranking, measure)}) AS earlier ON {same} "
        f"SELECT {either}, now.value, earlier.value, now.place, earlier.place, count(*) OVER () "
        f"ORDER BY coalesce(now.place, earlier.place), now.place IS NULL, {ties} LIMIT $limit"
    )


def _places_sql(table: str, ranking: Ranking, measure: Measure) -> str:
    keys = ", ".join(f"{quoted(name)} AS key_{place}" for place, name in enumerate(ranking.by))
    grouped = ", ".join(str(place + 1) for place, _ in enumerate(ranking.by))
    value = measure_sql(measure)
    return (
        f"FROM {table} SELECT {keys}, {value} AS value, rank() OVER (ORDER BY {value} DESC) AS place GROUP BY {grouped}"
    )


def ranking_table(ranking: Ranking, found: Sequence[Record], *, top: int) -> Table:
    """The first `top` groups, of which `found` has one more where there is one."""
    measure = ranking.measures[0]
    return Table(
        name=ranking.name,
        columns=[*ranking.by, measure, *CHANGE, "rank", "moved"],
        rows=[_ranked(record, len(ranking.by)) for record in found[:top]],
        total_rows=_number(found[0][-1]) if found else 0,
        truncated=len(found) > top,
    )


def _ranked(record: Record, keys: int) -> list[Cell]:
    value, before, place, place_before, _ = record[keys:]
    rank = None if place is None else _number(place)
    rank_before = None if place_before is None else _number(place_before)
    groups = map(group_text, record[:keys])
    return [*groups, *changed(_amount(value), _amount(before)), rank, moved(rank, rank_before)]


def moved(rank: int | None, rank_before: int | None) -> str:
    """`new`, `gone (was 4)`, `up 2`, `down 1`, or nothing for a group that kept its place."""
    if rank is None:
        return f"{GONE} (was {rank_before})"
    if rank_before is None:
        return NEW
    steps = rank_before - rank
    return "" if steps == 0 else f"up {steps}" if steps > 0 else f"down {-steps}"


def trend_table(
    trend: Trend,
    found: Mapping[date, Number],
    before: Mapping[date, Number],
    *,
    start: date,
    start_before: date,
    days: int,
) -> Table:
    """The days of both windows side by side, the first with the first; a day without rows holds zero."""

    def row(passed: int) -> list[Cell]:
        day, day_before = start + timedelta(days=passed), start_before + timedelta(days=passed)
        values = changed(found.get(day, 0), before.get(day_before, 0))
        return [day.isoformat(), day_before.isoformat(), *values[:-1]]

    columns = [trend.by, f"{trend.by}_before", trend.measures[0], *CHANGE[:-1]]
    return _whole(trend.name, columns, [row(passed) for passed in range(days)])


def breakdown_table(breakdown: Breakdown, sums: Sequence[Number], before: Sequence[Number]) -> Table:
    """One row per column of the breakdown."""
    rows = [[label, *changed(*pair)] for label, *pair in zip(breakdown.columns, sums, before, strict=True)]
    return _whole(breakdown.name, [breakdown.label, breakdown.measure, *CHANGE], rows)


def _whole(name: str, columns: list[str], rows: list[list[Cell]]) -> Table:
    return Table(name=name, columns=columns, rows=rows, total_rows=len(rows), truncated=False)


def _amount(value: object) -> Number:
    """A group that is not there has done nothing."""
    return value if isinstance(value, int | Decimal) else 0


def _number(value: object) -> int:
    return int(_amount(value))
