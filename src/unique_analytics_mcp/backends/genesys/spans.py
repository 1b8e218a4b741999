"""Spans of time: a window as moments, the pieces it is asked for in, and the buckets rows belong to.

Pure. Days begin at the midnights of the window's zone, so a day of summer time's begin has 23 hours. Weeks begin on
Monday. Whatever a platform counts weeks and months from, a piece never holds more than one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from unique_analytics_mcp.backends.genesys import wire
from unique_analytics_mcp.domain.window import Window, midnight, today_in

_ONE_DAY: Final = timedelta(days=1)
_NOON: Final = time(12)


class Span(NamedTuple):
    """From `start` until just before `end`, both in UTC."""

    start: datetime
    end: datetime

    @property
    def interval(self) -> str:
        """As the platform takes it."""
        return wire.interval(self.start, self.end)


def span_of(window: Window) -> Span:
    """The whole window."""
    return Span(*window.bounds)


def pieces(window: Window, granularity: str) -> Sequence[Span]:
    """The window cut where a month begins, or a week where buckets are weeks: no bucket is cut but by the window."""
    unit = "P1W" if granularity == "P1W" else "P1M"
    return [_days(start, end, window.time_zone) for start, end in _units(window, unit)]


def halves(span: Span, time_zone: str) -> Sequence[Span]:
    """The span cut at the midnight nearest its middle, one day at noon; nothing when it is only a part of a day.

    How long it is does not tell: where the clocks go back, the hours until noon are 13.
    """
    zone = ZoneInfo(time_zone)
    first, after = (moment.astimezone(zone).date() for moment in span)
    if (after - first).days > 1:
        cut = midnight(first + (after - first) // 2, time_zone)
    else:
        cut = datetime.combine(first, _NOON, zone).astimezone(UTC)
    return [Span(span.start, cut), Span(cut, span.end)] if span.start < cut < span.end else []


def bucket(start: datetime, end: datetime, window: Window, granularity: str) -> Span:
    """The bucket to which what was counted from `start` to `end` belongs: days, weeks and months are the calendar's."""
    if granularity.startswith("PT"):
        return Span(start.astimezone(UTC), end.astimezone(UTC))
    first, after = _unit(today_in(start, window.time_zone), granularity)
    return _days(max(first, window.start), min(after, window.end + _ONE_DAY), window.time_zone)


def _units(window: Window, granularity: str) -> Iterator[tuple[date, date]]:
    """The weeks or months of the window, those at its ends only as far as it goes: first day, and day after."""
    start, after = window.start, window.end + _ONE_DAY
    while start < after:
        end = min(_unit(start, granularity)[1], after)
        yield start, end
        start = end


def _unit(day: date, granularity: str) -> tuple[date, date]:
    """The calendar's day, week or month around a day: first day, and day after."""
    match granularity:
        case "P1W":
            monday = day - timedelta(days=day.weekday())
            return monday, monday + timedelta(days=7)
        case "P1M":
            first = day.replace(day=1)
            return first, (first + timedelta(days=31)).replace(day=1)
        case _:
            return day, day + _ONE_DAY


def _days(first: date, after: date, time_zone: str) -> Span:
    return Span(midnight(first, time_zone), midnight(after, time_zone))
