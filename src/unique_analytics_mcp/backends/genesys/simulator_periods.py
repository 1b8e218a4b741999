"""Intervals and buckets: ISO-8601 intervals, bucket sizes, and where buckets begin in a time zone.

Days, weeks and months follow the calendar of the zone, so that a day has 23, 24 or 25 hours; hours and minutes are
lengths of time. Buckets begin at the interval's start and are half open (`reference/genesys-api.md` 2.1 and 8.3, read
2026-11-21). Pure. Layer: backend, simulator side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from unique_analytics_mcp.backends.genesys.simulator_tree import milliseconds

_PERIOD = re.compile(
    r"P(?:(?P<months>\d{1,4})M)?(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,4})D)?"
    r"(?:T(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,6})M)?(?:(?P<seconds>\d{1,6})S)?)?"
)
"""With so few digits that no calendar ends before the bucket does."""
_FIRST_YEAR, _LAST_YEAR = 1970, 2199


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of time, its end excluded."""

    start: datetime
    end: datetime

    @classmethod
    def parse(cls, text: str) -> Interval:
        """Read `start/end`, two moments of ISO 8601; without an offset they are UTC.

        Raises:
            ValueError: it is not such a pair, or it is reversed or empty.
        """
        start, slash, end = text.partition("/")
        if not slash:
            raise ValueError("an interval is two moments parted by a slash")
        interval = cls(_moment(start), _moment(end))
        if interval.start >= interval.end:
            raise ValueError("the start of the interval must be before its end")
        return interval

    @property
    def length(self) -> timedelta:
        """From start to end."""
        return self.end - self.start

    @property
    def start_ms(self) -> int:
        """The start, in milliseconds since 1970."""
        return milliseconds(self.start)

    @property
    def end_ms(self) -> int:
        """The end, in milliseconds since 1970."""
        return milliseconds(self.end)

    def whole_days(self) -> Interval:
        """Give the interval widened to all the UTC days it touches."""
        end = start_of_day(self.end)
        return Interval(start_of_day(self.start), end if end == self.end else end + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Granularity:
    """The size of a bucket."""

    months: int
    days: int
    time: timedelta

    @classmethod
    def parse(cls, text: str) -> Granularity:
        """Read an ISO-8601 period such as `PT30M`, `P1D`, `P1W` or `P1M`.

        Raises:
            ValueError: it is not one, or it is empty.
        """
        matched = _PERIOD.fullmatch(text)
        parts = {name: int(number or 0) for name, number in matched.groupdict().items()} if matched else {}
        if not any(parts.values()):
            raise ValueError("a granularity is an ISO-8601 period such as PT1H or P1D")
        time = timedelta(hours=parts["hours"], minutes=parts["minutes"], seconds=parts["seconds"])
        return cls(parts["months"], parts["weeks"] * 7 + parts["days"], time)

    def after(self, start: datetime, steps: int) -> datetime:
        """Give the moment so many steps after a local one: months and days on the calendar, hours as time passes."""
        months = start.month - 1 + self.months * steps
        moved = start.replace(year=start.year + months // 12, month=months % 12 + 1) if self.months else start
        on_calendar = moved + timedelta(days=self.days * steps)
        return on_calendar.astimezone(UTC) + self.time * steps


def bucket_edges(interval: Interval, granularity: Granularity | None, zone: ZoneInfo) -> list[int]:
    """Give the edges of the buckets in milliseconds since 1970: one more than there are buckets, ascending."""
    if granularity is None:
        return [interval.start_ms, interval.end_ms]
    return [*_starts(interval, granularity, zone), interval.end_ms]


def start_of_day(at: datetime) -> datetime:
    """Give the beginning of a moment's day in UTC."""
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _starts(interval: Interval, granularity: Granularity, zone: ZoneInfo) -> Iterator[int]:
    local, steps = interval.start.astimezone(zone), 0
    while (edge := granularity.after(local, steps)) < interval.end:
        yield milliseconds(edge)
        steps += 1


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise ValueError(f"a moment lies between the years {_FIRST_YEAR} and {_LAST_YEAR}")
    return at if at.tzinfo else at.replace(tzinfo=UTC)
