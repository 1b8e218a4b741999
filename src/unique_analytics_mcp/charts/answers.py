"""A chart within its token budget: the record and the text that say the same.

Pure. Rankings are rows of a label and a value. A long development of days is one row for each month, its days side by
side, so that a year still fits. What does not fit is cut at a row, said first, with the call that gives the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain, groupby, pairwise, product
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, WithJsonSchema

from unique_analytics_mcp.charts.marks import bar, sparkline, sparklines
from unique_analytics_mcp.charts.queries import QUERY
from unique_analytics_mcp.charts.specification import Chart, Kind, Point, Sides, is_day, source_text
from unique_analytics_mcp.domain.answer import TOPS, more_rows
from unique_analytics_mcp.domain.provenance import Part, Provenance
from unique_analytics_mcp.domain.sentences import counted
from unique_analytics_mcp.domain.summary import BEFORE, Cell
from unique_analytics_mcp.render import CONCISE_TOKENS, clean, cost
from unique_analytics_mcp.render.budget import most
from unique_analytics_mcp.render.text import (
    bullets,
    call_text,
    clean_list,
    clean_options,
    escape,
    moment_text,
    paragraphs,
)

MOST_SINGLE_ROWS: Final = 62
"""Points of a development that still get a row each."""

_LENGTHS: Final = ((24, 4), (12, 4), (12, 1))
"""Characters of the longest bar, and caveats, from roomy to tight."""
_MOST_MARKS: Final = 62
_CAVEAT_LIMIT: Final = 200
_COLUMN_NAMES: Final = 6
_MOST_DRAWABLE: Final = 8
_MOST_PARTS: Final = 8
_LAST_DAY: Final = 31
_ONE_DAY: Final = timedelta(days=1)

_SMALL: Final = WithJsonSchema({"type": "object"})
"""Published as an object without its fields: every conversation pays for a definition."""


class Drawing(BaseModel):
    """What is drawn, beside the numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    title: str
    by: str
    """Table of the summary."""
    measure: str
    unit: str
    window: str
    """The report and its days."""
    total_rows: int
    """How many points there are in all."""
    truncated: bool
    """True when `rows` holds fewer."""
    drawable: dict[str, list[str]]
    """Everything of the report that can be drawn: `by` to its measures."""
    caveats: list[str]
    sides: list[str] = []
    """What `measure` and `before` are of, where the rows hold both."""


class ChartAnswer(BaseModel):
    """The chart as a table, with all that is needed to draw it again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    headline: str
    columns: list[str]
    """The label and the measure, and `before` where a comparison is drawn.

    Of a long development of one window the month and its days, `1` to `31`.
    """
    rows: list[list[Cell]]
    chart: Annotated[Drawing, _SMALL]
    provenance: Annotated[Provenance, _SMALL]


@dataclass(frozen=True, slots=True)
class _Form:
    """One way to show a chart: the points shown, and how wide bars are."""

    chart: Chart
    points: tuple[Point, ...]
    bar_width: int
    note: str = ""
    by_month: bool = False
    """Whether days are shown month by month, however few they are."""


def fit_chart(chart: Chart) -> tuple[ChartAnswer, str]:
    """The chart as record and as text, each a concise answer, with as many points as it holds."""
    for by_month, (bar_width, caveats) in product((False, True), _LENGTHS):
        form = _Form(_shortened(chart, caveats), chart.points, bar_width, by_month=by_month)
        if _cost(form) <= CONCISE_TOKENS:
            return _both(form)
    short = _shortened(chart, _LENGTHS[-1][1])
    return _both(_cut(short, most(len(chart.points), lambda count: _cost(_cut(short, count)) <= CONCISE_TOKENS)))


def _shortened(chart: Chart, caveats: int) -> Chart:
    """The chart with lists and texts of bounded length."""
    unnamed = len(chart.provenance.parts) - _MOST_PARTS
    more = [f"Orders behind this chart that are not named: {unnamed}."] if unnamed > 0 else []
    return replace(
        chart,
        provenance=_short_provenance(chart.provenance),
        caveats=tuple(clean_list([*more, *chart.caveats], items=caveats, limit=_CAVEAT_LIMIT)),
        drawable=_short_drawable(chart),
    )


def _text(form: _Form) -> str:
    chart = form.chart
    return paragraphs(
        escape(_said(form)),
        f"**{escape(chart.title)}** · {escape(chart.window_line)}",
        _drawn(form),
        f"Caveats:\n{bullets(map(escape, chart.caveats))}" if chart.caveats else "",
        _source(chart.provenance),
        _others(chart),
    )


def _both(form: _Form) -> tuple[ChartAnswer, str]:
    return _record(form), _text(form)


def _cost(form: _Form) -> int:
    record, text = _both(form)
    return cost(record, text)


def _cut(chart: Chart, count: int) -> _Form:
    """The first points of a ranking, the newest of a development."""
    points = chart.points[-count:] if chart.over_time and count else chart.points[:count]
    which = "newest" if chart.over_time else "first"
    note = (
        f"Shortened to fit: the {which} {count} of {len(chart.points)} points are written out, the picture has all; "
        f"{_more(chart)} shows more."
    )
    return _Form(chart, points, _LENGTHS[-1][0], note)


def _more(chart: Chart) -> str:
    if chart.table == QUERY:
        return "query_report with the same sql"
    order_id = chart.provenance.order_id
    return call_text(chart.rest or more_rows("download_report_summary", {"order_id": order_id}, top=TOPS[0]))


def _said(form: _Form) -> str:
    return f"{form.note} {form.chart.headline}".strip()


def _record(form: _Form) -> ChartAnswer:
    chart, points = form.chart, form.points
    return ChartAnswer(
        headline=_said(form),
        columns=_columns(form),
        rows=_months(points) if _is_long(form) else [_cells(point, chart) for point in points],
        chart=Drawing(
            kind=chart.kind,
            title=chart.title,
            by=chart.table,
            measure=chart.measure,
            unit=chart.unit,
            window=chart.window_line,
            total_rows=chart.total_points,
            truncated=len(points) < chart.total_points,
            drawable={name: list(measures) for name, measures in chart.drawable.items()},
            caveats=list(chart.caveats),
            sides=[chart.sides.now, chart.sides.before] if chart.sides else [],
        ),
        provenance=chart.provenance.model_copy(update={"parts": chart.provenance.parts[:_MOST_PARTS]}),
    )


def _cells(point: Point, chart: Chart) -> list[Cell]:
    return [point.label, point.value, *([point.before] if chart.sides else [])]


# Long developments


def _is_long(form: _Form) -> bool:
    """Whether days are shown month by month."""
    is_long = form.by_month or len(form.points) > MOST_SINGLE_ROWS
    return form.chart.over_time and is_long and form.chart.sides is None and _are_day_by_day(form.points)


def _are_day_by_day(points: Sequence[Point]) -> bool:
    """Whether each is of the day after the one before, so that its place in a month tells which."""
    days = [date.fromisoformat(point.label) for point in points if is_day(point.label)]
    return len(days) == len(points) and all(after - before == _ONE_DAY for before, after in pairwise(days))


def _columns(form: _Form) -> list[str]:
    if not form.points:
        return []
    if _is_long(form):
        return ["month", *map(str, range(1, _LAST_DAY + 1))]
    return [" · ".join(form.chart.keys), form.chart.measure, *([BEFORE] if form.chart.sides else [])]


def _months(points: Sequence[Point]) -> list[list[Cell]]:
    """One row for each month: its name, and under each day that day's value; None where there is no such day."""
    rows: list[list[Cell]] = []
    for month, days in groupby(points, key=_month):
        values = {int(day.label[8:]): day.value for day in days}
        rows.append([month, *(values.get(day) for day in range(1, max(values) + 1))])
    return rows


def _month(point: Point) -> str:
    return point.label[:7]


# Text


def _drawn(form: _Form) -> str:
    """The marks in a block of fixed width, which no label can close."""
    points = form.points
    if not points:
        return ""
    sides = form.chart.sides
    if sides is not None:
        lines = _paired_days(points, sides) if form.chart.over_time else _paired_bars(points, sides, form.bar_width)
    else:
        lines = _month_lines(points) if _is_long(form) else _bar_lines(points, form.bar_width)
        if form.chart.over_time and len(points) > 1:
            lines = [*_spark_lines(points), *lines]
    return "\n".join(("```text", *lines, "```"))


def _bar_lines(points: Sequence[Point], width: int) -> list[str]:
    return _bars([(point.value, point.amount, point.label) for point in points], width)


def _bars(lines: Sequence[tuple[Cell, float | None, str]], width: int) -> list[str]:
    """A value, its bar and what it stands for on each line."""
    values = [_value(value) for value, _, _ in lines]
    digits = max(map(len, values))
    most = max(abs(amount or 0.0) for _, amount, _ in lines)
    bars = [bar(amount, most, width) for _, amount, _ in lines]
    longest = max(map(len, bars))
    return [
        f"{value:>{digits}} {drawn:<{longest}} {label.replace('`', chr(39))}"
        for value, drawn, (_, _, label) in zip(values, bars, lines, strict=True)
    ]


def _paired_bars(points: Sequence[Point], sides: Sides, width: int) -> list[str]:
    """Two lines for each group, the second what it was before."""
    pairs = [
        ((point.value, point.amount, point.label), (point.before, point.amount_before, BEFORE)) for point in points
    ]
    return [f"upper bars: {sides.now}; {BEFORE}: {sides.before}", *_bars(list(chain.from_iterable(pairs)), width)]


def _paired_days(points: Sequence[Point], sides: Sides) -> list[str]:
    """A sparkline of each side on one scale, then a line for each place."""
    amounts, before = [point.amount for point in points], [point.amount_before for point in points]
    (now, earlier), together = sparklines(amounts, before, most_marks=_MOST_MARKS // 2)
    found = [f"{_value(point.value)} {BEFORE} {_value(point.before)} {point.label}" for point in points]
    return [f"{now} {sides.now}{_meaning(together)}", f"{earlier} {sides.before}", *found]


def _spark_lines(points: Sequence[Point]) -> list[str]:
    marks, together = sparkline([point.amount for point in points], most_marks=_MOST_MARKS)
    return [f"{points[0].label} {marks} {points[-1].label}{_meaning(together)}"]


def _meaning(together: int) -> str:
    return "" if together == 1 else f" (each mark: the highest of {together})"


def _month_lines(points: Sequence[Point]) -> list[str]:
    """`2026-10 from 5: 12 0 7`: the days of a month in their order."""
    lines: list[str] = []
    for month, days in groupby(points, key=_month):
        found = list(days)
        start = int(found[0].label[8:])
        begun = "" if start == 1 else f" from {start}"
        lines.append(f"{month}{begun}: {' '.join(_value(day.value) for day in found)}")
    return lines


def _value(value: Cell) -> str:
    return "-" if value is None else str(value)


def _source(provenance: Provenance) -> str:
    return (
        f"{source_text(provenance)}, as of {moment_text(provenance.as_of)}; "
        f"{counted(provenance.rows, 'row')} read, {provenance.rejected_rows} rejected; sha256 {provenance.sha256[:12]}…"
        f"{_parts_text(provenance.parts[:_MOST_PARTS])}"
    )


def _parts_text(parts: Sequence[Part]) -> str:
    """The ids of several orders, those compared with by themselves."""
    sides = (("Orders", False), (f"Orders {BEFORE}", True))
    ids = {name: [part.order_id for part in parts if part.before is is_before] for name, is_before in sides}
    return "".join(f"\n{name}: {', '.join(found)}" for name, found in ids.items() if found)


def _others(chart: Chart) -> str:
    tables = [f"{name} ({', '.join(measures)})" for name, measures in chart.drawable.items()]
    return f"Can be drawn, as by (measure): {'; '.join(map(escape, tables))}." if tables else ""


def _short_drawable(chart: Chart) -> dict[str, tuple[str, ...]]:
    return {
        clean(name, limit=_CAVEAT_LIMIT // 4): tuple(clean_list(measures, items=_MOST_DRAWABLE, limit=40))
        for name, measures in list(chart.drawable.items())[:_MOST_DRAWABLE]
    }


def _short_provenance(provenance: Provenance) -> Provenance:
    return provenance.model_copy(
        update={
            "type": clean(provenance.type, limit=60),
            "options": clean_options(provenance.options, items=_COLUMN_NAMES, limit=60),
            "columns_missing": clean_list(provenance.columns_missing, items=_COLUMN_NAMES, limit=40),
            "columns_unknown": clean_list(provenance.columns_unknown, items=_COLUMN_NAMES, limit=40),
        }
    )
