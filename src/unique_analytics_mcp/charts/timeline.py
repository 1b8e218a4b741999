"""A development over time: a line, or columns that stand, from the oldest on the left to the newest on the right.

Pure: places on the picture from a chart. Where not every value has room, the highest, the last and, of a few,
the lowest are written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from unique_analytics_mcp.charts.fonts import Font
from unique_analytics_mcp.charts.scales import Scale, scale, tick_text, value_text
from unique_analytics_mcp.charts.shapes import (
    BASE,
    QUIET,
    WIDTH,
    area,
    box,
    box_before,
    curve,
    curve_before,
    dot,
    rule,
    text,
    value,
)
from unique_analytics_mcp.charts.specification import Chart, Point, is_day

TOP: Final = 100.0
BOTTOM: Final = 372.0
RIGHT: Final = WIDTH - 32.0

_LEFT: Final = 24.0
_VALUE_SIZE: Final = 11.0
_TICK_SIZE: Final = 11.0
_AXIS_SIZE: Final = 12.0
_TICK_ROOM: Final = 56.0
_DOTTED: Final = 62
_DAY: Final = len("2026-10-05")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def timeline(chart: Chart, font: Font) -> Iterator[str]:
    """Grid, line or columns, values, and the days below."""
    amounts = [point.amount for point in chart.points]
    before = [point.amount_before for point in chart.points] if chart.sides else []
    known = [amount for amount in (*amounts, *before) if amount is not None] or [0.0]
    upward = scale(min(known), max(known), start=BOTTOM, end=TOP, steps=4)
    left = _LEFT + max(font.width(tick_text(tick, upward), _TICK_SIZE) for tick in upward.ticks) + 10
    step = (RIGHT - left) / len(amounts)
    middles = [left + step * (place + 0.5) for place in range(len(amounts))]
    yield from _grid(chart, font, upward, left)
    yield from _moments(chart.points, font, middles)
    if chart.kind == "line":
        yield from _line_before(before, middles, upward)
        yield from _line(amounts, middles, upward, has_area=not before)
    else:
        yield from _columns(amounts, before, middles, upward, step)
    yield rule(left, upward.at(0), RIGHT, upward.at(0), BASE)
    is_pair = bool(before) and chart.kind == "bar"
    ends = [middle + _column_width(step, is_pair=True) / 2 for middle in middles] if is_pair else middles
    yield from _values(chart, font, ends, upward, step)


def _grid(chart: Chart, font: Font, upward: Scale, left: float) -> Iterator[str]:
    for tick in upward.ticks:
        y = upward.at(tick)
        yield rule(left, y, RIGHT, y)
        yield text(left - 8, y + 4, tick_text(tick, upward), _TICK_SIZE, anchor="end", fill=QUIET)
    name = font.cut_inside(font.shown(chart.axis), _AXIS_SIZE, RIGHT - _LEFT)
    yield text(_LEFT, TOP - 20, name, _AXIS_SIZE, fill=QUIET)


def _line(amounts: Sequence[float | None], middles: Sequence[float], upward: Scale, *, has_area: bool) -> Iterator[str]:
    for joined in _runs(amounts, middles, upward):
        if len(joined) > 1:
            if has_area:
                yield area(joined, upward.at(0))
            yield curve(joined, 2.0 if len(amounts) <= _DOTTED else 1.4)
        if len(amounts) <= _DOTTED or len(joined) == 1:
            yield from (dot(x, y) for x, y in joined)


def _line_before(amounts: Sequence[float | None], middles: Sequence[float], upward: Scale) -> Iterator[str]:
    for joined in _runs(amounts, middles, upward):
        yield curve_before(
            joined if len(joined) > 1 else [(joined[0][0] - 4, joined[0][1]), (joined[0][0] + 4, joined[0][1])]
        )


def _runs(
    amounts: Sequence[float | None], middles: Sequence[float], upward: Scale
) -> Iterator[list[tuple[float, float]]]:
    """The places of amounts that follow each other without a gap."""
    places = [None if amount is None else (x, upward.at(amount)) for amount, x in zip(amounts, middles, strict=False)]
    for is_gap, run in groupby(places, key=lambda place: place is None):
        if not is_gap:
            yield [place for place in run if place]


def _columns(
    amounts: Sequence[float | None],
    before: Sequence[float | None],
    middles: Sequence[float],
    upward: Scale,
    step: float,
) -> Iterator[str]:
    """One for each place, or two: the earlier one on the left, as time goes."""
    width = _column_width(step, is_pair=bool(before))
    for amount, middle in zip(amounts, middles, strict=True):
        if amount is not None:
            yield box(middle - (0 if before else width / 2), *_upright(amount, upward, width))
    for amount, middle in zip(before, middles, strict=False):
        if amount is not None:
            yield box_before(middle - width, *_upright(amount, upward, width))


def _column_width(step: float, *, is_pair: bool) -> float:
    return min(step * 0.75, 48.0) / (2 if is_pair else 1)


def _upright(amount: float, upward: Scale, width: float) -> tuple[float, float, float]:
    """The top of a column, its width and its height."""
    top, bottom = sorted((upward.at(amount), upward.at(0)))
    return top, width, bottom - top


# Values


def _values(chart: Chart, font: Font, middles: Sequence[float], upward: Scale, step: float) -> Iterator[str]:
    words = [value_text(point.value) for point in chart.points]
    widest = max(font.width(word, _VALUE_SIZE) for word in words)
    told = range(len(words)) if widest + 4 <= step else _notable(chart.points)
    left = middles[0] - step / 2
    taken: list[tuple[float, float, float]] = []
    for place in told:
        amount = chart.points[place].amount or 0.0
        x, y = middles[place], upward.at(amount if chart.kind == "line" else max(amount, 0.0)) - 8
        half = font.width(words[place], _VALUE_SIZE) / 2
        x = min(max(x, left + half - 4), WIDTH - half - 4)
        if all(abs(x - other) > half + wide + 4 or abs(y - high) > _VALUE_SIZE + 2 for other, wide, high in taken):
            taken.append((x, half, y))
            yield value(x, y, words[place], _VALUE_SIZE, anchor="middle")


def _notable(points: Sequence[Point]) -> list[int]:
    """Of the points with a value the first highest and the last; of a few points the first lowest too."""
    amounts = {place: point.amount for place, point in enumerate(points) if point.amount is not None}
    if not amounts:
        return []
    lowest = [min(amounts, key=amounts.__getitem__)] if len(points) <= _DOTTED else []
    return list(dict.fromkeys((max(amounts, key=amounts.__getitem__), max(amounts), *lowest)))


# Days


def _moments(points: Sequence[Point], font: Font, middles: Sequence[float]) -> Iterator[str]:
    """As many labels as fit, at equal distances: days, or months where days would be too many or read alike."""
    labels = _shortest([point.label for point in points])
    most = max(1, int((RIGHT - middles[0]) / _TICK_ROOM))
    if _names_months(labels):
        marked = [place for place, label in enumerate(labels) if _begins_month(label, labels[max(place - 1, 0)])]
        words = [_month(label) for label in labels]
    elif len(labels[0]) > _DAY and labels[0][:_DAY] != labels[-1][:_DAY]:
        hours, days = _full_hours(labels, most), _days_begun(labels)
        marked = hours or days
        words = [_day(label[:_DAY]) if place in days else _day(label) for place, label in enumerate(labels)]
    else:
        marked = list(range(len(labels)))
        words = [_day(label) for label in labels]
    free = 0.0
    for place in marked[:: -(-len(marked) // most) or 1]:
        half = font.width(words[place], _TICK_SIZE) / 2
        if middles[place] - half < free:
            continue
        free = middles[place] + half + 4
        yield rule(middles[place], BOTTOM, middles[place], BOTTOM + 4, BASE)
        yield text(middles[place], BOTTOM + 18, words[place], _TICK_SIZE, anchor="middle", fill=QUIET)


def _names_months(labels: Sequence[str]) -> bool:
    """Whether days are too many to be named, are in several years, or stand each for a month."""
    if not all(map(is_day, labels)):
        return False
    first, last = labels[0], labels[-1]
    is_years = f"{int(first[:4]) + 1:04}{first[4:]}" <= last
    is_months = len(labels) > 1 and all(label.endswith("-01") for label in labels)
    return len(labels) > _DOTTED or is_years or is_months


def _begins_month(label: str, before: str) -> bool:
    return label.endswith("-01") or label[: len("2026-10")] != before[: len("2026-10")]


def _full_hours(labels: Sequence[str], most: int) -> list[int]:
    """The places of moments of several days that have a tick: midnights, and hours between where there is room."""
    times = [label[_DAY + 1 :][: len("08:00")] for label in labels]
    for hours in (3, 6, 12):
        found = [place for place, time in enumerate(times) if time[3:] == "00" and int(time[:2]) % hours == 0]
        if len(found) <= most:
            return found
    return [place for place, time in enumerate(times) if time == "00:00"]


def _days_begun(labels: Sequence[str]) -> list[int]:
    """The places of the first moment of each day."""
    days = [label[:_DAY] for label in labels]
    return [place for place, day in enumerate(days) if not place or day != days[place - 1]]


def _shortest(labels: Sequence[str]) -> Sequence[str]:
    """Days where each moment is the midnight of one."""
    days = [label[:_DAY] for label in labels]
    is_midnight = all(label[_DAY + 1 :].startswith("00:00") for label in labels)
    return days if is_midnight and len(set(days)) == len(days) else labels


def _day(label: str) -> str:
    """`2026-10-05` gives `5 Oct`, `2026-10` gives `Oct 2026`, a moment its time; an ISO week stays as it is."""
    if "W" in label:
        return label
    if len(label) == len("2026-10"):
        return _month(label)
    if len(label) > _DAY:
        return label[_DAY + 1 :][: len("08:00")]
    return f"{int(label[8:])} {_MONTHS[int(label[5:7]) - 1]}"


def _month(label: str) -> str:
    """`Oct 2026`, which no reader takes for a day."""
    return f"{_MONTHS[int(label[5:7]) - 1]} {label[:4]}"
