"""Bars that lie: one for each group of a ranking, its label on the left, its value at its end.

Pure: places on the picture from a chart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from unique_analytics_mcp.charts.fonts import Font
from unique_analytics_mcp.charts.scales import Scale, tick_text, tight_scale, value_text
from unique_analytics_mcp.charts.shapes import BASE, QUIET, WIDTH, box, rule, text, value
from unique_analytics_mcp.charts.specification import Chart, Point

TOP: Final = 76.0
BOTTOM: Final = 382.0
LEFT: Final = 24.0

_WIDEST_LABEL: Final = 330.0
_THICKEST: Final = 34.0
_GAP: Final = 8.0
_LONGEST_WORD: Final = 12
_AXIS_SIZE: Final = 12.0
_TICK_SIZE: Final = 11.0


def lying_bars(chart: Chart, font: Font) -> Iterator[str]:
    """Grid, labels, bars, values, and the axis below."""
    pitch = min((BOTTOM - TOP) / len(chart.points), _THICKEST / 0.7)
    size = min(13.0, pitch * 0.72)
    labels = _labels(chart.points, font, size)
    left = LEFT + max(font.width(label, size) for label in labels) + _GAP
    floor = TOP + pitch * len(chart.points)
    across = _scale(chart, font, size, left)
    yield from _grid(chart, font, across, floor)
    for place, (point, label) in enumerate(zip(chart.points, labels, strict=True)):
        middle = TOP + pitch * (place + 0.5)
        yield text(left - _GAP, middle + size * 0.36, label, size, anchor="end")
        yield from _bar(point, across, middle, pitch * 0.7, size)
    yield rule(across.at(0), TOP, across.at(0), floor, BASE)


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
    amounts = [point.amount or 0.0 for point in chart.points]
    widest = max(font.width(value_text(point.value), size) for point in chart.points)
    before = widest + 2 * _GAP if min(amounts) < 0 else 0.0
    return tight_scale(min(amounts), max(amounts), start=left + before, end=WIDTH - LEFT - widest - _GAP, steps=5)


def _grid(chart: Chart, font: Font, across: Scale, floor: float) -> Iterator[str]:
    words = [tick_text(tick, across) for tick in across.ticks]
    apart = across.at(across.ticks[-1]) - across.at(across.ticks[0])
    most = max(1, int(apart / (max(font.width(word, _TICK_SIZE) for word in words) + _GAP)))
    zero, every = across.ticks.index(0), -(-(len(words) - 1) // most) or 1
    for place, (tick, word) in enumerate(zip(across.ticks, words, strict=True)):
        yield rule(across.at(tick), TOP, across.at(tick), floor)
        if (place - zero) % every == 0:
            yield text(across.at(tick), floor + 16, word, _TICK_SIZE, anchor="middle", fill=QUIET)
    middle = (across.start + across.end) / 2
    name = font.cut_inside(font.shown(chart.axis), _AXIS_SIZE, 2 * (WIDTH - LEFT - middle))
    yield text(middle, floor + 34, name, _AXIS_SIZE, anchor="middle", fill=QUIET)


def _bar(point: Point, across: Scale, middle: float, thickness: float, size: float) -> Iterator[str]:
    amount = point.amount or 0.0
    left, right = sorted((across.at(0), across.at(amount)))
    yield box(left, middle - thickness / 2, right - left, thickness)
    words = value_text(point.value)
    if amount < 0:
        yield value(left - 6, middle + size * 0.36, words, size, anchor="end")
    else:
        yield value(right + 6, middle + size * 0.36, words, size)
