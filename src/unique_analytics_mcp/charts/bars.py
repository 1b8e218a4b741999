"""Bars that lie: one for each group of a ranking, its label on the left, its value at its end.

Pure: places on the picture from a chart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from unique_analytics_mcp.charts.fonts import Font
from unique_analytics_mcp.charts.scales import Scale, tick_text, tight_scale, value_text
from unique_analytics_mcp.charts.shapes import BASE, QUIET, WIDTH, box, box_before, rule, text, value
from unique_analytics_mcp.charts.specification import Chart, Point

TOP: Final = 76.0
BOTTOM: Final = 382.0
LEFT: Final = 24.0

LEGEND: Final = 16.0
"""The height of a line that says what pairs of bars are of."""

_VALUE_ROOM: Final = 9.0
_WIDEST_LABEL: Final = 330.0
_THICKEST: Final = 34.0
_GAP: Final = 8.0
_LONGEST_WORD: Final = 12
_AXIS_SIZE: Final = 12.0
_TICK_SIZE: Final = 11.0


def lying_bars(chart: Chart, font: Font) -> Iterator[str]:
    """Grid, labels, bars, values, and the axis below."""
    top = TOP + (LEGEND if chart.sides else 0.0)
    pitch = min((BOTTOM - top) / len(chart.points), _THICKEST / 0.7 * (1.5 if chart.sides else 1.0))
    size = min(13.0, pitch * 0.72)
    labels = _labels(chart.points, font, size)
    left = LEFT + max(font.width(label, size) for label in labels) + _GAP
    floor = top + pitch * len(chart.points)
    across = _scale(chart, font, size, left)
    yield from _grid(chart, font, across, top, floor)
    for place, (point, label) in enumerate(zip(chart.points, labels, strict=True)):
        middle = top + pitch * (place + 0.5)
        yield text(left - _GAP, middle + size * 0.36, label, size, anchor="end")
        if chart.sides:
            yield from _pair(point, across, middle, pitch, size)
        else:
            yield from _bar(point, across, middle, pitch * 0.7, size)
    yield rule(across.at(0), top, across.at(0), floor, BASE)


def _labels(points: Sequence[Point], font: Font, size: float) -> list[str]:
    """As much of each as has room; of those that are cut and would read alike, what tells them apart."""
    labels = [_label(point, font, size) for point in points]
    alike: dict[str, list[str]] = {}
    for point, label in zip(points, labels, strict=True):
        alike.setdefault(label, []).append(font.shown(point.label))
    return [
        label if len(set(alike[label])) == 1 else _different(font.shown(point.label), alike[label], font, size)
        for point, label in zip(points, labels, strict=True)
    ]


def _different(text: str, alike: list[str], font: Font, size: float) -> str:
    """Its beginning, and a good half from the word in which it differs from the others."""
    letters = enumerate(zip(*alike, strict=False))
    shared = next((place for place, found in letters if len(set(found)) > 1), min(map(len, alike)))
    start = max(text.rfind(" ", 0, shared) + 1, shared - _LONGEST_WORD)
    while start and font.width(text[start:], size) < _WIDEST_LABEL * 0.5:
        start -= 1
    end = font.cut(text[start:], size, _WIDEST_LABEL * 0.6)
    return font.cut(text[:start], size, _WIDEST_LABEL - font.width(end, size)) + end


def _label(point: Point, font: Font, size: float) -> str:
    """All parts, the longest shortened until they fit; of too many only the first."""
    parts = [font.shown(part) for part in point.parts]
    room = _WIDEST_LABEL - font.width(" · ", size) * (len(parts) - 1)
    while sum(font.width(part, size) for part in parts) > room:
        cuttable = [place for place, part in enumerate(parts) if len(part) > 1]
        if not cuttable:
            break
        longest = max(cuttable, key=lambda place: font.width(parts[place], size))
        cut = font.cut_inside if "…" in parts[longest][:-1] else font.cut  # what lost its middle needs its end
        parts[longest] = cut(parts[longest], size, font.width(parts[longest], size) - 1)
    return font.cut(" · ".join(parts), size, _WIDEST_LABEL)


def _scale(chart: Chart, font: Font, size: float, left: float) -> Scale:
    """From the labels to where the longest value still has its place."""
    amounts = [amount or 0.0 for point in chart.points for amount in (point.amount, point.amount_before)]
    widest = max(font.width(words, size) for point in chart.points for words in (value_text(point.value), _both(point)))
    before = widest + 2 * _GAP if min(amounts) < 0 else 0.0
    return tight_scale(min(amounts), max(amounts), start=left + before, end=WIDTH - LEFT - widest - _GAP, steps=5)


def _grid(chart: Chart, font: Font, across: Scale, top: float, floor: float) -> Iterator[str]:
    words = [tick_text(tick, across) for tick in across.ticks]
    apart = across.at(across.ticks[-1]) - across.at(across.ticks[0])
    most = max(1, int(apart / (max(font.width(word, _TICK_SIZE) for word in words) + _GAP)))
    zero, every = across.ticks.index(0), -(-(len(words) - 1) // most) or 1
    for place, (tick, word) in enumerate(zip(across.ticks, words, strict=True)):
        yield rule(across.at(tick), top, across.at(tick), floor)
        if (place - zero) % every == 0:
            yield text(across.at(tick), floor + 16, word, _TICK_SIZE, anchor="middle", fill=QUIET)
    middle = (across.start + across.end) / 2
    name = font.cut_inside(font.shown(chart.axis), _AXIS_SIZE, 2 * (WIDTH - LEFT - middle))
    yield text(middle, floor + 34, name, _AXIS_SIZE, anchor="middle", fill=QUIET)


def _bar(point: Point, across: Scale, middle: float, thickness: float, size: float) -> Iterator[str]:
    left, width = _stretch(point.amount, across)
    yield box(left, middle - thickness / 2, width, thickness)
    yield _end(point.amount, value_text(point.value), across, middle, size)


def _pair(point: Point, across: Scale, middle: float, pitch: float, size: float) -> Iterator[str]:
    """Two bars, the earlier one below; where they are too thin for a value each, both stand at the longer."""
    half = pitch * 0.4
    (left, width), (left_before, width_before) = (
        _stretch(each, across) for each in (point.amount, point.amount_before)
    )
    yield box(left, middle - half, width, half)
    yield box_before(left_before, middle, width_before, half)
    if half < _VALUE_ROOM:
        longest = max((point.amount or 0.0, point.amount_before or 0.0), key=abs)
        yield _end(longest, _both(point), across, middle, size)
        return
    size = min(size, half)
    yield _end(point.amount, value_text(point.value), across, middle - half / 2, size)
    yield _end(point.amount_before, value_text(point.before), across, middle + half / 2, size)


def _both(point: Point) -> str:
    return f"{value_text(point.value)} / {value_text(point.before)}"


def _stretch(amount: float | None, across: Scale) -> tuple[float, float]:
    """Where a bar begins, and how long it is."""
    left, right = sorted((across.at(0), across.at(amount or 0.0)))
    return left, right - left


def _end(amount: float | None, words: str, across: Scale, middle: float, size: float) -> str:
    """A value at the end of its bar."""
    is_negative, end = (amount or 0.0) < 0, across.at(amount or 0.0)
    baseline = middle + size * 0.36
    return value(end - 6, baseline, words, size, anchor="end") if is_negative else value(end + 6, baseline, words, size)
