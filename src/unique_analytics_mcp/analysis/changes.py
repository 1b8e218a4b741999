"""What became of a number, a group or a day since the window before: the joining SQL and the tables made of it.

Pure. A number is compared by its difference, exactly, and in percent of the earlier one. Something that was nothing
before has no percentage: it is `new`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from typing import Final

from unique_analytics_mcp.analysis.amounts import Number, Record, exact, half_up, hypotenuse, share
from unique_analytics_mcp.analysis.phrases import Phrases
from unique_analytics_mcp.analysis.plans import REPORT
from unique_analytics_mcp.analysis.tables import all_groups, group_text
from unique_analytics_mcp.domain.measures import Bound, Breakdown, Figure, Measure, Ranking, Ratio, SummaryPlan, Trend
from unique_analytics_mcp.domain.summary import BEFORE, CHANGE, RANK, TOTALS, Cell, Table

COMPARED: Final = (BEFORE, CHANGE, "change_percent")
"""Headers of the columns behind a value."""
NEW: Final = "new"
GONE: Final = "gone"

EARLIER: Final = REPORT.replace("$report", "$before")
"""The table of the earlier window, beside `REPORT`."""

_EXACT: Final = Context(prec=100)


def difference(value: Number | None, before: Number | None) -> Number | None:
    """The exact difference; None where either is missing."""
    if value is None or before is None:
        return None
    if isinstance(value, int) and isinstance(before, int):
        return value - before
    with localcontext(_EXACT):
        return Decimal(value) - Decimal(before)


def change_percent(value: Number | Fraction, before: Number | Fraction) -> float | str | None:
    """The change in percent of `before`, as shares are rounded.

    `new` where nothing became something; None where `before` is negative.
    """
    if before == 0:
        return NEW if value else 0.0
    return share(Fraction(value) - Fraction(before), before)


def changed(value: Number | None, before: Number | None, *, is_ratio: bool = False) -> list[Cell]:
    """The value and the cells of `COMPARED`."""
    percent = None if is_ratio or value is None or before is None else change_percent(value, before)
    return [exact(value), exact(before), exact(difference(value, before)), percent]


def clause(name: str, now: Cell, before: Cell, change: Cell, percent: Cell) -> str:
    """`interactions rose from 10 to 12 (+2, +20.0 %)`; a number that there is not is said to be none.

    Numbers that are rounded may read alike though they changed.
    """
    if now is None or before is None:
        return f"{name} came to {_shown(now)} after {_shown(before)}"
    by = Decimal(change or 0)
    if not by:
        return f"{name} stayed at {now}"
    said = f"({by:+f}{f', {Decimal(str(percent)):+f} %' if isinstance(percent, float) else ''})"
    if now == before:
        return f"{name} stayed near {now} {said}"
    return f"{name} {'fell' if by < 0 else 'rose'} from {before} to {now} {said}"


def clauses(plan: SummaryPlan, values: Mapping[str, Number | None], before: Mapping[str, Number | None]) -> list[str]:
    """A `clause` for each total that the plan wants to be compared in words, or for each; none where neither has it."""
    figures = {each.name: each for each in plan.totals}
    words = {name: said for name, said in plan.compared.items() if name in figures}
    return [
        clause(said, *changed(values[name], before[name], is_ratio=not isinstance(figures[name], Measure)))
        for name, said in (words or {name: name.replace("_", " ") for name in figures}).items()
        if values[name] is not None or before[name] is not None
    ]


def certainty(plan: SummaryPlan, values: Mapping[str, Number | None], before: Mapping[str, Number | None]) -> str:
    """Between what the change of a score lies with 95 % confidence; empty where a window has no interval.

    The intervals of both windows are put together by MOVER (Zou and Donner, Statistics in Medicine 27, 2008). That
    they overlap would say too little: a change can be sure all the same.
    """
    ends = {each.end: each for each in plan.totals if isinstance(each, Bound)}
    scores = {each.parts: each.name for each in plan.totals if isinstance(each, Ratio)}
    names = [scores[ends["low"].parts], ends["low"].name, ends["high"].name] if len(ends) > 1 else []
    found = [value for side in (values, before) for name in names if (value := side[name]) is not None]
    if len(found) < 2 * len(names) or not found:
        return ""
    score, low, high, score_before, low_before, high_before = map(Fraction, found)
    change = score - score_before
    least = half_up(change - hypotenuse(score - low, high_before - score_before), 1)
    most = half_up(change + hypotenuse(high - score, score_before - low_before), 1)
    chance = ": it may be chance" if least <= 0 <= most else ""
    return f"With 95 % confidence the change is between {exact(least)} and {exact(most)}{chance}."


def _shown(cell: Cell) -> str:
    return "no value" if cell is None else str(cell)


def totals_table(
    figures: Sequence[Figure], values: Mapping[str, Number | None], before: Mapping[str, Number | None]
) -> Table:
    """One row per total."""
    rows: list[list[Cell]] = [
        [each.name, *changed(values[each.name], before[each.name], is_ratio=not isinstance(each, Measure))]
        for each in figures
    ]
    return Table.whole(TOTALS, ["total", "value", *COMPARED], rows)


def ranking_sql(now: Phrases, before: Phrases, ranking: Ranking, measure: Measure) -> str:
    """Per group of either window: its values, the measure now and before, its places, and the number of all groups.

    Places begin at 1 and are shared by equals. Groups come in the order of their places; one that is gone comes
    behind the group that has its place now. At most `$limit` rows.
    """
    keys = [f"key_{place}" for place, _ in enumerate(ranking.by)]
    either = ", ".join(f"coalesce(now.{key}, earlier.{key})" for key in keys)
    same = " AND ".join(f"now.{key} IS NOT DISTINCT FROM earlier.{key}" for key in keys)
    ties = ", ".join(f"{place + 1} NULLS LAST" for place, _ in enumerate(keys))
    return (
        f"FROM ({_places_sql(REPORT, now, ranking, measure)}) AS now "
        f"FULL JOIN ({_places_sql(EARLIER, before, ranking, measure)}) AS earlier ON {same} "
        f"SELECT {either}, now.value, earlier.value, now.place, earlier.place, count(*) OVER () "
        f"ORDER BY coalesce(now.place, earlier.place), now.place IS NULL, {ties} LIMIT $limit"
    )


def _places_sql(table: str, say: Phrases, ranking: Ranking, measure: Measure) -> str:
    keys = ", ".join(f"{say.key(name)} AS key_{place}" for place, name in enumerate(ranking.by))
    grouped = ", ".join(str(place + 1) for place, _ in enumerate(ranking.by))
    value = say.measure(measure)
    return (
        f"FROM {table} SELECT {keys}, {value} AS value, rank() OVER (ORDER BY {value} DESC) AS place GROUP BY {grouped}"
    )


def ranking_table(ranking: Ranking, found: Sequence[Record], *, top: int) -> Table:
    """The first `top` groups, of which `found` has one more where there is one."""
    measure = ranking.measures[0]
    return Table(
        name=ranking.name,
        columns=[*ranking.by, measure, *COMPARED, RANK, "moved"],
        rows=[_ranked(record, len(ranking.by)) for record in found[:top]],
        total_rows=all_groups(found),
        truncated=len(found) > top,
    )


def ends_among_equals(ranking: Ranking, found: Sequence[Record], *, top: int) -> bool:
    """True when a group that `ranking_table` leaves out has the place of the last one shown."""
    places = [record[len(ranking.by) + 2] for record in found]
    return len(places) > top and places[top] is not None and places[top] == places[top - 1]


def _ranked(record: Record, keys: int) -> list[Cell]:
    value, before, place, place_before, _ = record[keys:]
    rank, rank_before = (None if each is None else int(_amount(each)) for each in (place, place_before))
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
    figure: Figure,
    found: Mapping[str, Number | None],
    before: Mapping[str, Number | None],
    *,
    beside: Sequence[tuple[str | None, str | None]],
) -> Table:
    """The groups of both windows `beside` each other; hours are the same in both, and weekdays of whole weeks.

    A group without rows is a zero, or nothing for a ratio; where a window has no such group there is nothing either.
    """
    nothing = 0 if isinstance(figure, Measure) else None

    def value(amounts: Mapping[str, Number | None], group: str | None) -> Number | None:
        return None if group is None else amounts.get(group, nothing)

    alike = all(now == earlier for now, earlier in beside)
    rows: list[list[Cell]] = [
        [*((now,) if alike else (now, earlier)), *changed(value(found, now), value(before, earlier))[:-1]]
        for now, earlier in beside
    ]
    by = [trend.by] if alike else [trend.by, f"{trend.by}_{BEFORE}"]
    return Table.whole(trend.name, [*by, figure.name, *COMPARED[:-1]], rows)


def breakdown_table(breakdown: Breakdown, sums: Sequence[Number], before: Sequence[Number]) -> Table:
    """One row per column of the breakdown."""
    rows = [[label, *changed(*pair)] for label, *pair in zip(breakdown.columns, sums, before, strict=True)]
    return Table.whole(breakdown.name, [breakdown.label, breakdown.measure, *COMPARED], rows)


def _amount(value: object) -> Number:
    """A group that is not there has done nothing."""
    return value if isinstance(value, int | Decimal) else 0
