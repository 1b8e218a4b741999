"""Which table and which column of a summary are drawn: what was asked for, or what answers best.

Pure. It reads the summary's own tables: the columns that the catalogue declares as text or dates say what a point
stands for, columns of numbers can be drawn. No report type is named here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Final

from unique_analytics_mcp.charts.gaps import with_gaps
from unique_analytics_mcp.charts.queries import QUERY
from unique_analytics_mcp.charts.specification import Chart, Point, Sides, Wish, moment_of
from unique_analytics_mcp.domain.measures import Measure
from unique_analytics_mcp.domain.people import NOBODY
from unique_analytics_mcp.domain.provenance import Part
from unique_analytics_mcp.domain.report import ColumnKind, ReportType
from unique_analytics_mcp.domain.request import did_you_mean
from unique_analytics_mcp.domain.sentences import of_shared_place, speaks_of_shared_place
from unique_analytics_mcp.domain.summary import (
    BEFORE,
    CHANGE,
    COLUMNS,
    EMPTY_GROUP,
    RANK,
    TOTALS,
    UNDECLARED,
    Cell,
    Summary,
    Table,
)
from unique_analytics_mcp.errors import InvalidRequest
from unique_analytics_mcp.render import clean

MOST_BARS: Final = 20
"""Bars that a picture of 800 by 450 still shows legibly."""

ALL_GROUPS: Final = 10_000
"""Groups to compute when they may have to be ordered by another measure than the report's own."""

_LABEL_LIMIT: Final = 80
_WHOLE_LABEL: Final = 1_000
_SHORTEST_MONTH: Final = 28
_UNEVEN: Final = "Times without a row are left out, so distances in time are not to scale."
_PERCENT: Final = "_percent"
_AVERAGE: Final = "average"
_READ: Final = (_AVERAGE, "peak", "latest", "first", "change")
"""Columns that sum readings up, and so have the unit of one."""
_NOT_DRAWN: Final = (TOTALS, COLUMNS, UNDECLARED)
"""Tables whose rows are of different units, or of columns and not of what happened."""
_NUMBERS: Final = (ColumnKind.INTEGER, ColumnKind.DECIMAL)


@dataclass(frozen=True, slots=True)
class _Drawable:
    """A table with the places of its key columns and of its numbers."""

    table: Table
    keys: tuple[int, ...]
    measures: tuple[int, ...]
    alone: tuple[str, ...] = ()
    """Days or the like of the window before beside which nothing stands: they have no place on a line."""

    @property
    def key_names(self) -> list[str]:
        return [self.table.columns[place] for place in self.keys]

    @property
    def measure_names(self) -> list[str]:
        return [self.table.columns[place] for place in self.measures]

    def before(self, place: int) -> int | None:
        """The place of what the number at a place was before; None where nothing is set beside it."""
        behind = place + 1
        return behind if self.table.columns[behind : behind + 1] == [BEFORE] else None

    def change(self, place: int) -> int | None:
        """The place of the difference to what was before; None where the table has none."""
        behind = place + 2
        return behind if self.before(place) and self.table.columns[behind : behind + 1] == [CHANGE] else None

    def place_of(self, measure: str) -> int | None:
        """The place of the measure of that name; None where it has none."""
        return next((place for place in self.measures if _folded(self.table.columns[place]) == _folded(measure)), None)

    @property
    def over_time(self) -> bool:
        """True when its rows follow each other in time."""
        moments = self._moments(self.keys[0])
        return len(self.keys) == 1 and bool(moments) and moments == sorted(moments)

    @property
    def has_moments(self) -> bool:
        """True when one of its keys holds days, weeks, months or moments, in whatever order."""
        return any(self._moments(key) for key in self.keys)

    def _moments(self, key: int) -> list[datetime]:
        """The moments that a column stands for; none unless each of its cells is one, by what is shown of it."""
        found = [moment_of(clean(str(row[key]))) for row in self.table.rows]
        moments = [moment for moment in found if moment]
        return moments if len(moments) == len(found) else []


def chart_of(summary: Summary, report: ReportType, wish: Wish) -> Chart:
    """The chart that was wished for; without a wish the first ranking, or the first development where there is none.

    Of a series of readings it is the first development. A report without rows gives a chart without points.

    Raises:
        InvalidRequest: the table or the column cannot be drawn; says which can.
    """
    found = [drawable for table in summary.tables if (drawable := _drawable(table, report))]
    nothing = _nothing(summary, report, found)
    return nothing if summary.provenance.rows == 0 else _drawn(nothing, summary, report, found, wish)


def _nothing(summary: Summary, report: ReportType, found: Sequence[_Drawable]) -> Chart:
    """The chart of a report without rows: what holds of any other too."""
    return Chart(
        kind="bar",
        table="",
        keys=(),
        measure="",
        unit="",
        points=(),
        total_points=0,
        over_time=False,
        report_title=report.title,
        provenance=summary.provenance,
        caveats=tuple(summary.caveats),
        rest=next((step for step in summary.next_steps if "top" in step.arguments), None),
        drawable={each.table.name: tuple(each.measure_names) for each in found},
    )


def _drawn(nothing: Chart, summary: Summary, report: ReportType, found: Sequence[_Drawable], wish: Wish) -> Chart:
    chosen = _chosen(found, wish, report)
    place = _measure(chosen, wish, report)
    measure, rows = chosen.table.columns[place], _ordered(chosen, place, report)
    before = chosen.before(place)
    top = len(rows) if chosen.over_time or _is_trend(chosen, report) else min(wish.top, MOST_BARS)
    people = [key for key in chosen.keys if (column := report.column(chosen.table.columns[key])) and column.personal]
    points = _points(rows[:top], chosen, people, place)
    behind = _points(rows[top : top + 1], chosen, people, place)
    unsorted = top < len(rows) and not _leads(_without_gone(rows, place, before), place)
    equal = [] if unsorted else [point for point in behind if point.size == points[-1].size]
    is_rounded = _is_rounded(measure, chosen.table.name, report)
    placed = with_gaps(points, days=_days_apart(chosen, report)) if chosen.over_time else points
    shown = tuple(points if placed is None else placed)
    return replace(
        nothing,
        kind=wish.kind or ("line" if chosen.over_time else "bar"),
        table=chosen.table.name,
        keys=tuple(map(clean, chosen.key_names)),
        measure=clean(measure),
        unit=_unit(measure, chosen.table.name, summary, report),
        points=shown,
        total_points=chosen.table.total_rows + len(shown) - len(points),
        sides=None if before is None else _sides(measure, summary),
        over_time=chosen.over_time,
        is_rounded=is_rounded,
        unsorted=unsorted,
        ends_among_equals=any(point.has_name for point in equal),
        caveats=(
            *((f"Without anything beside them, so not drawn: {', '.join(chosen.alone)}.",) if chosen.alone else ()),
            *(() if placed is not None else (_UNEVEN,)),
            *((of_shared_place(top, [chosen.table.name]),) if equal and not is_rounded else ()),
            *(caveat for caveat in summary.caveats if not speaks_of_shared_place(caveat)),
        ),
    )


def _days_apart(chosen: _Drawable, report: ReportType) -> int:
    """Days between two readings of a series, a month's the fewest it can have; 0 for anything else."""
    cadences = report.summary.series.cadences if report.summary.series else ()
    return next((each.days or _SHORTEST_MONTH for each in cadences if each.table == chosen.table.name), 0)


def _sides(measure: str, summary: Summary) -> Sides:
    """The days of both windows; of a query's rows the names of both columns."""
    parts = summary.provenance.parts
    before, now = ([part for part in parts if part.before is is_before] for is_before in (True, False))
    return Sides(now=_days(now), before=_days(before)) if before else Sides(now=clean(measure), before=BEFORE)


def _days(parts: Sequence[Part]) -> str:
    start, end = min(part.start for part in parts), max(part.end for part in parts)
    return f"{start}" if start == end else f"{start} to {end}"


def _points(rows: Sequence[Sequence[Cell]], chosen: _Drawable, people: Sequence[int], place: int) -> list[Point]:
    """One for each row; long labels that begin alike lose their middle, so that they can be told apart.

    `people` are those of the keys that identify people.
    """
    keys, before, change = chosen.keys, chosen.before(place), chosen.change(place)

    def named(shortened: Callable[[str], str]) -> list[Point]:
        return [
            Point(
                parts=tuple(_label(row[key], shortened) for key in keys),
                value=row[place],
                before=None if before is None else row[before],
                compares=change is None or row[change] is not None,
                has_name=not any(row[key] in (None, EMPTY_GROUP) for key in keys)
                and not any(str(row[key]).strip().lower() == NOBODY for key in people),
            )
            for row in rows
        ]

    points = named(lambda text: clean(text, limit=_LABEL_LIMIT))
    are_apart = len({point.parts for point in points}) == len({tuple(row[key] for key in keys) for row in rows})
    return points if are_apart else named(_without_middle)


def _label(cell: Cell, shortened: Callable[[str], str]) -> str:
    return shortened("" if cell is None else str(cell)) or "(blank)"


def _without_middle(text: str) -> str:
    line, half = clean(text, limit=_WHOLE_LABEL), _LABEL_LIMIT // 2
    return line if len(line) <= _LABEL_LIMIT else f"{line[: half - 1]}…{line[-half:]}"


def _unit(measure: str, table: str, summary: Summary, report: ReportType) -> str:
    """Of the total of that name, or of the readings that the table sums up; of a percentage %."""
    plan = report.summary
    read = {plan.series.name: plan.series.value} if plan.series else {}
    read |= {family.name: plan.metrics.value for family in plan.metrics.tables} if plan.metrics else {}
    column = report.column(read[table]) if measure in _READ and table in read else None
    other = "%" if measure.endswith(_PERCENT) else column.unit if column else ""
    totals = summary.totals or plan.totals  # a query's rows have none of their own
    return next((clean(total.unit) for total in totals if total.name == measure), other)


def _is_rounded(measure: str, table: str, report: ReportType) -> bool:
    """True for percentages, averages and ratios of ours; what a statement gives is as its reader wrote it."""
    figure = report.summary.figures.get(measure)
    is_ratio = figure is not None and not isinstance(figure, Measure)
    return table != QUERY and (is_ratio or measure.endswith(_PERCENT) or measure == _AVERAGE)


# What can be drawn


def _drawable(table: Table, report: ReportType) -> _Drawable | None:
    """The table's keys, which stand before its numbers, and the numbers; None without numbers or rows.

    What was before is drawn beside a number and not by itself; a place is no amount.
    """
    measures = tuple(place for place in range(1, len(table.columns)) if _is_measure(table, place, report))
    earlier = [place for place in measures if table.columns[place] == BEFORE and place - 1 in measures]
    if earlier:
        measures = tuple(place for place in measures if place not in earlier and table.columns[place] != RANK)
    if not measures or table.name in _NOT_DRAWN:
        return None
    spare = {*table.spare_ids, *(table.columns[place] for place in range(1, measures[0]) if _is_empty(table, place))}
    keys = tuple(key for key in range(measures[0]) if table.columns[key] not in spare)
    if keys[1:] and table.columns[keys[1]] == f"{table.columns[keys[0]]}_{BEFORE}":
        return _paired(table, keys, measures)
    return _Drawable(table, keys, measures)


def _is_empty(table: Table, place: int) -> bool:
    """True for a column that names nothing, such as averages where no day was over."""
    return all(row[place] is None for row in table.rows)


def _paired(table: Table, keys: tuple[int, ...], measures: tuple[int, ...]) -> _Drawable:
    """A table whose second key is the day, or the like, of the window before: a row with that alone is left out."""
    day, day_before, *others = keys
    alone = tuple(str(row[day_before]) for row in table.rows if row[day] is None)
    rows = [row for row in table.rows if row[day] is not None]
    kept = table.model_copy(update={"rows": rows, "total_rows": table.total_rows - len(alone)})
    return _Drawable(kept, (day, *others), measures, alone)


def _is_measure(table: Table, place: int, report: ReportType) -> bool:
    declared = report.column(table.columns[place])
    if declared is not None and declared.kind not in _NUMBERS:
        return False
    cells = [row[place] for row in table.rows if row[place] is not None]
    return bool(cells) and all(_number(cell) is not None for cell in cells)


def _number(cell: Cell) -> Decimal | None:
    if cell is None or isinstance(cell, bool):
        return None
    try:
        number = Decimal(str(cell))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _leads(rows: Sequence[Sequence[Cell]], place: int) -> bool:
    """True when the rows are ordered by this number, the largest first."""
    return all(_rank(before[place]) >= _rank(after[place]) for before, after in pairwise(rows))


def _without_gone(rows: Sequence[Sequence[Cell]], place: int, before: int | None) -> Sequence[Sequence[Cell]]:
    """The rows without those of a comparison that are gone, which stand where they stood before."""
    return rows if before is None else [row for row in rows if _number(row[place]) or not _number(row[before])]


def _rank(cell: Cell) -> Decimal:
    """The number; below any other where there is none, for that is no zero."""
    number = _number(cell)
    return Decimal("-Infinity") if number is None else number


def _is_trend(drawable: _Drawable, report: ReportType) -> bool:
    """True when its rows are complete and in their natural order: hours and weekdays are no ranking."""
    return drawable.table.name in {trend.name for trend in report.summary.trends}


# What was asked for


def _chosen(found: Sequence[_Drawable], wish: Wish, report: ReportType) -> _Drawable:
    if not found:
        raise InvalidRequest(
            f"The summary of {report.name} holds nothing that can be drawn: no ranking and no development.",
            hint="Call chart_report with sql for labels, then a number: SELECT x, count(*) FROM report GROUP BY 1.",
        )
    fitting = [each for each in found if wish.by is None or _is_named(each, wish.by)]
    if not fitting:
        raise _unknown_table(wish.by or "", found)
    if wish.kind == "line":
        fitting = _developments(fitting, found)
    elif wish.by is None and report.summary.series:
        fitting = sorted(fitting, key=lambda each: not each.over_time)
    measure = wish.measure or ""
    return next((each for each in fitting if each.place_of(measure) is not None), fitting[0])


def _folded(name: str) -> str:
    """What names have in common that mean the same: `Total cost` and `total_cost`."""
    return name.strip().lower().replace(" ", "_")


def _is_named(drawable: _Drawable, by: str) -> bool:
    """By the table's name, or by its only key column: `users` and `email` mean the same."""
    return _folded(by) in (drawable.table.name, _folded("_and_".join(drawable.key_names)))


def _developments(fitting: Sequence[_Drawable], found: Sequence[_Drawable]) -> Sequence[_Drawable]:
    over_time = [each for each in fitting if each.over_time]
    if over_time:
        return over_time
    if moments := [each.table.name for each in fitting if each.has_moments]:
        raise InvalidRequest(
            f"The days of {moments[0]} are not one row each, in their order, so a line would go back and forth.",
            hint="Let the statement give one row for each day, oldest first: GROUP BY 1 ORDER BY 1.",
        )
    lines = [each.table.name for each in found if each.over_time]
    named = f"{fitting[0].table.name} is no development over time" if fitting != found else "No table has days in it"
    raise InvalidRequest(
        f"{named}, so a line would show nothing.",
        hint=f"Call chart_report with {_instead_of_a_line(found, lines)}.",
    )


def _instead_of_a_line(found: Sequence[_Drawable], lines: Sequence[str]) -> str:
    if lines:
        return f"chart='bar', or by={lines[0]!r}"
    is_query = found[0].table.name == QUERY
    return "chart='bar'" if is_query else "sql that gives days, oldest first, then a number, or with chart='bar'"


def _unknown_table(by: str, found: Sequence[_Drawable]) -> InvalidRequest:
    names = [each.table.name for each in found]
    return InvalidRequest(
        f"There is no ranking or development {clean(by, limit=60)!r} to draw.",
        hint=f"{did_you_mean(by, names)}by takes: {', '.join(names)}. sql draws others, such as weeks.",
    )


def _measure(chosen: _Drawable, wish: Wish, report: ReportType) -> int:
    if wish.measure is None:
        return chosen.measures[0]
    if (place := chosen.place_of(wish.measure)) is not None:
        return place
    wanted = _folded(wish.measure)
    known = report.column(wanted)
    is_text = wanted in map(_folded, chosen.key_names) or (known is not None and known.kind not in _NUMBERS)
    shown = clean(wanted, limit=60)
    what = f"{shown} holds text or dates, which cannot be drawn" if is_text else f"There is no column {shown!r} to draw"
    raise InvalidRequest(
        f"{what} by {chosen.table.name}.",
        hint=f"{did_you_mean(wanted, chosen.measure_names)}measure takes: {', '.join(chosen.measure_names)}.",
    )


def _ordered(chosen: _Drawable, place: int, report: ReportType) -> list[list[Cell]]:
    """The table's rows; a ranking anew when another number than its first is drawn."""
    rows = chosen.table.rows
    if (
        chosen.over_time
        or _is_trend(chosen, report)
        or place == chosen.measures[0]
        or not _leads(rows, chosen.measures[0])
    ):
        return rows
    return sorted(rows, key=lambda row: _rank(row[place]), reverse=True)
