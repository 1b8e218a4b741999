"""A chart as SVG: title, window, the marks with their axis, and the source below.

Pure. What the font cannot show is drawn as a box and said in the source line: the text and the numbers beside the
picture have it whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from unique_analytics_mcp.charts.bars import lying_bars
from unique_analytics_mcp.charts.fonts import MISSING, REGULAR, SEMIBOLD, Font
from unique_analytics_mcp.charts.shapes import HEIGHT, QUIET, WIDTH, box, box_before, curve, curve_before, drawing, text
from unique_analytics_mcp.charts.specification import Chart, Sides
from unique_analytics_mcp.charts.timeline import timeline

_MARGIN: Final = 24.0
_TITLE_SIZE: Final = 19.0
_LINE_SIZE: Final = 12.0
_SOURCE_SIZE: Final = 10.5
_LEGEND_LINE: Final = 80.0
_SWATCH: Final = 22.0


def svg(chart: Chart) -> str:
    """The picture, 800 by 450."""
    font, bold = Font.read(REGULAR), Font.read(SEMIBOLD)
    return drawing(_shapes(chart, font, bold), title=chart.title, description=chart.alt_text)


def _shapes(chart: Chart, font: Font, bold: Font) -> Iterator[str]:
    room = WIDTH - 2 * _MARGIN
    title = bold.cut(bold.shown(chart.title), _TITLE_SIZE, room)
    yield text(_MARGIN, 36, title, _TITLE_SIZE, font_weight="600")
    yield text(_MARGIN, 57, font.cut(font.shown(chart.window_line), _LINE_SIZE, room), _LINE_SIZE, fill=QUIET)
    if chart.sides:
        yield from _legend(chart, chart.sides, font)
    yield from _marks(chart, font)
    yield text(_MARGIN, HEIGHT - 14, _source(chart, font, room), _SOURCE_SIZE, fill=QUIET)


def _legend(chart: Chart, sides: Sides, font: Font) -> Iterator[str]:
    """What both marks are of, at the right above them."""
    x, y, is_line = WIDTH - _MARGIN, _LEGEND_LINE, chart.over_time and chart.kind == "line"
    marks = ((sides.before, curve_before if is_line else None), (sides.now, _solid if is_line else None))
    for (words, line), rectangle in zip(marks, (box_before, box), strict=True):
        shown = font.cut_inside(font.shown(words), _LINE_SIZE, WIDTH / 3)
        x -= font.width(shown, _LINE_SIZE)
        yield text(x, y, shown, _LINE_SIZE)
        x -= _SWATCH + 6
        yield line([(x, y - 4), (x + _SWATCH, y - 4)]) if line else rectangle(x, y - 9, _SWATCH, 10)
        x -= 18


def _solid(places: list[tuple[float, float]]) -> str:
    return curve(places, 2.0)


def _marks(chart: Chart, font: Font) -> Iterator[str]:
    if not chart.points:
        yield text(WIDTH / 2, HEIGHT / 2, "No rows in this window", 17, anchor="middle", fill=QUIET)
    elif chart.over_time:
        yield from timeline(chart, font)
    else:
        yield from lying_bars(chart, font)


def _source(chart: Chart, font: Font, room: float) -> str:
    """Where the numbers come from, whose middle is cut before its rows and the note on boxes are."""
    drawn = (chart.title, chart.window_line, chart.axis, *(point.label for point in chart.points))
    boxes = any(font.shown(words).count(MISSING) > words.count(MISSING) for words in drawn)
    note = f" · {MISSING}: cannot be drawn" if boxes else ""
    return font.cut_inside(font.shown(chart.source_line), _SOURCE_SIZE, room - font.width(note, _SOURCE_SIZE)) + note
