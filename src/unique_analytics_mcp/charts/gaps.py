"""The places of a development that have no row: days, weeks, months or moments between those there are.

Pure. What has no row is unknown rather than zero, so such a place becomes a point without a value: no rendering joins
what stands beside it, and equal times stay equally far apart.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Final

from unique_analytics_mcp.charts.specification import Point, moment_of

MOST_PLACES: Final = 1_000
"""Points of a development whose gaps are still drawn to scale."""

_DAY: Final = len("2026-10-05")


@dataclass(frozen=True, slots=True)
class _Ladder:
    """One way to count moments, and to write the label of a count."""

    number: Callable[[datetime], int]
    label: Callable[[int], str]
    least: int = 0
    """Below it two labels are not a step apart."""


def with_gaps(points: Sequence[Point], *, days: int) -> Sequence[Point] | None:
    """The points of a development with one that has no value wherever a step between them is left out.

    A step is the smallest distance between two of them, or `days` where that is known, otherwise 0. None where there
    would be more than `MOST_PLACES`, as with moments that keep no step.
    """
    labels = [point.label for point in points]
    moments = [moment for moment in map(moment_of, labels) if moment]
    ladder = _ladder(labels, moments, days)
    numbers = [ladder.number(moment) for moment in moments]
    step = max(min((after - before for before, after in pairwise(numbers) if after > before), default=1), ladder.least)
    missing = sum(max((after - before) // step - 1, 0) for before, after in pairwise(numbers))
    if not missing:
        return points
    return None if len(points) + missing > MOST_PLACES else list(_filled(points, numbers, step, ladder))


def _filled(points: Sequence[Point], numbers: Sequence[int], step: int, ladder: _Ladder) -> Iterator[Point]:
    for point, (number, following) in zip(points, pairwise((*numbers, numbers[-1])), strict=True):
        yield point
        for between in range(1, (following - number) // step):
            yield Point(parts=(ladder.label(number + between * step),), value=None)


def _ladder(labels: Sequence[str], moments: Sequence[datetime], days: int) -> _Ladder:
    """The first that writes every label as it stands; seconds where none does."""
    tail, day = labels[0][_DAY:], max(moment.day for moment in moments)
    ladders = (
        _Ladder(_month, _month_label),
        _Ladder(_month, lambda number: f"{_month_label(number)}-{_day_of_month(number, day):02}{tail}"),
        _Ladder(_week, lambda number: f"{date.fromordinal(number * 7 + 1):%G-W%V}"),
        _Ladder(date.toordinal, lambda number: f"{date.fromordinal(number)}{tail}", least=days),
        _Ladder(date.toordinal, lambda number: f"{date.fromordinal(number):%G-W%V-%u}"),
    )

    def writes(ladder: _Ladder) -> bool:
        return [ladder.label(ladder.number(moment)) for moment in moments] == labels

    return next(filter(writes, ladders), _seconds(labels[0], moments[0]))


def _month(moment: datetime) -> int:
    return moment.year * 12 + moment.month - 1


def _month_label(number: int) -> str:
    return f"{number // 12:04}-{number % 12 + 1:02}"


def _day_of_month(number: int, day: int) -> int:
    """That day of a month; the last one where it has fewer, as months dated by their last days do."""
    _, days = monthrange(number // 12, number % 12 + 1)
    return min(day, days)


def _week(moment: datetime) -> int:
    return (moment.toordinal() - 1) // 7


def _seconds(label: str, moment: datetime) -> _Ladder:
    """Seconds, written as the first label is, with its offset."""
    between, minute = label[_DAY : _DAY + 1] or " ", len("2026-10-05 08:00")
    spec = "seconds" if label[minute : minute + 1] == ":" else "minutes"
    has_offset = bool({"+", "-"} & set(label[_DAY:]))

    def written(number: int) -> str:
        at = datetime.fromtimestamp(number, moment.tzinfo)
        return (at if has_offset else at.replace(tzinfo=None)).isoformat(between, spec)

    return _Ladder(lambda each: int(each.timestamp()), written)
