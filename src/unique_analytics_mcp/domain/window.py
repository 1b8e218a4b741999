"""Windows: the whole days that a report covers, what a limit makes of them, and the window before.

Pure domain layer: no I/O, no clock (the moment is a parameter) and no report catalogue (limits are parameters). A day
is a calendar day of one named time zone and both ends of a window are inclusive, so neither summer time nor a date
that a zone skipped changes a count of days. What people write for a window is `period`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator

from unique_analytics_mcp.domain.sentences import counted
from unique_analytics_mcp.errors import InvalidRequest

EARLIEST_DAY: Final = date(2000, 1, 1)
"""The first day that may be asked for: no platform has older data, so an older date is a slip."""

_LONGEST_LIST: Final = 6
_MONTHS: Final = 12
_WEEK: Final = 7
_WORKDAYS: Final = 5


def _count_days(start: date, end: date) -> int:
    return (end - start).days + 1


def _days_of_fields(fields: Mapping[str, date]) -> int:
    return _count_days(fields["start"], fields["end"])


class Window(BaseModel):
    """The days one report covers: never empty, without gaps, of one time zone."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)

    start: date
    """First day, inclusive."""
    end: date
    """Last day, inclusive."""
    days: int = Field(default_factory=_days_of_fields)
    """Number of days, both ends counted; may be left out when a window is made, but never be wrong."""
    time_zone: str
    """IANA name of the zone whose midnights bound the days."""
    label: str
    """How it was asked for: `last_month`, `2026-Q3`, `2026-10-01..2026-10-14`, or `period.DEFAULT_LABEL`."""
    complete: bool
    """False while the last day was not over when the window was resolved."""

    @model_validator(mode="after")
    def _check_days(self) -> Self:
        if self.start > self.end:
            raise ValueError("a window's start must not be after its end")
        if self.days != _count_days(self.start, self.end):
            raise ValueError("a window's days must count both its ends")
        return self

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """When the first day begins, and the day after the last, in UTC."""
        return midnight(self.start, self.time_zone), midnight(self.end + timedelta(days=1), self.time_zone)

    def is_over(self, now: datetime) -> bool:
        """True when the last day had ended at the moment `now`, which must be aware."""
        return self.end < today_in(now, self.time_zone)


def midnight(day: date, time_zone: str) -> datetime:
    """When the day begins there, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)


def today_in(now: datetime, time_zone: str) -> date:
    """The date on the calendars of `time_zone` at the moment `now`.

    Raises:
        ValueError: `now` carries no time zone, so that it names no moment.
        ZoneInfoNotFoundError: there is no such zone; settings check the name before it comes here.
    """
    if now.utcoffset() is None:
        raise ValueError("now must carry a time zone")
    return now.astimezone(ZoneInfo(time_zone)).date()


def plan_windows(window: Window, limit_days: int) -> tuple[Window, ...]:
    """The windows of at most `limit_days` that together are exactly `window`: in order, as few as possible.

    A window within the limit is returned as it is. Otherwise each part is labelled with its own dates, and all but the
    last are full, or end with the last month they reach where that takes no more parts: a leap year is eleven months
    and December.

    Raises:
        ValueError: a limit under one day.
    """
    if limit_days < 1:
        raise ValueError("limit_days must be at least 1")
    if window.days <= limit_days:
        return (window,)
    full, by_month = (tuple(_parts(window, limit_days, by_month=by_month)) for by_month in (False, True))
    return by_month if len(by_month) == len(full) else full


def _parts(window: Window, limit_days: int, *, by_month: bool) -> Iterator[Window]:
    """The longest legal parts from the start on, cut back to the last end of a month in them where that is wished."""
    start = window.start
    while start <= window.end:
        end = min(start + timedelta(days=limit_days - 1), window.end)
        end_of_month = end if _ends_a_month(end) else end.replace(day=1) - timedelta(days=1)
        if by_month and start <= end_of_month and end < window.end:
            end = end_of_month
        yield Window(
            start=start,
            end=end,
            time_zone=window.time_zone,
            label=range_label(start, end),
            complete=window.complete or end < window.end,
        )
        start = end + timedelta(days=1)


def check_limit(window: Window, limit_days: int, *, report_type: str, otherwise: str = "") -> None:
    """Let a window of at most `limit_days` pass, both ends counted.

    `otherwise` is what the hint advises beside the plan, as a sentence.

    Raises:
        InvalidRequest: the window is longer; the hint holds the plan of `plan_windows`.
        ValueError: a limit under one day.
    """
    parts = plan_windows(window, limit_days)
    if len(parts) == 1:
        return
    raise InvalidRequest(
        f"{report_type} covers at most {counted(limit_days, 'day')} in one order, and {window.start} to {window.end} "
        f"is {counted(window.days, 'day')}, both ends counted.",
        hint=f"Ask for {listed_windows(parts)}. {otherwise}".strip(),
    )


def listed_windows(parts: tuple[Window, ...]) -> str:
    """Several windows of one length, as words that can be asked for."""
    if len(parts) <= _LONGEST_LIST:
        return f"each of these periods on its own: {', '.join(part.label for part in parts)}"
    return (
        f"{len(parts)} periods of up to {counted(max(part.days for part in parts), 'day')}, one right after the other: "
        f"the first is {parts[0].label}, the last {parts[-1].label}"
    )


def previous_window(window: Window) -> Window:
    """The window of equally many days that ends on the day before `window` starts.

    The length is what counts, also for a calendar unit: before October come the 31 days up to 30 September.
    A window that is not complete still gets a complete one before it.

    Raises:
        InvalidRequest: the days before would begin before `EARLIEST_DAY`.
    """
    if (window.start - EARLIEST_DAY).days < window.days:
        raise InvalidRequest(
            f"The {counted(window.days, 'day')} before {window.start} begin before {EARLIEST_DAY}.",
            hint="Ask for a later or a shorter window, or for no comparison.",
        )
    start, end = window.start - timedelta(days=window.days), window.start - timedelta(days=1)
    return Window(start=start, end=end, time_zone=window.time_zone, label=range_label(start, end), complete=True)


def spanned(windows: Sequence[Window]) -> Window:
    """From the first day of several windows to their last; of one it is that one, with its own label."""
    if len(windows) == 1:
        return windows[0]
    start, end = min(window.start for window in windows), max(window.end for window in windows)
    complete = all(window.complete for window in windows)
    zone = windows[0].time_zone
    return Window(start=start, end=end, time_zone=zone, label=range_label(start, end), complete=complete)


def is_whole_months(window: Window) -> bool:
    """True when it begins with a month and ends with one."""
    return window.start.day == 1 and _ends_a_month(window.end)


def ends_whole_month(window: Window) -> bool:
    """True when it ends with a month, all of which is in it."""
    return _ends_a_month(window.end) and window.start <= window.end.replace(day=1)


def months_before(window: Window) -> Window | None:
    """The calendar months before a window of whole ones, as many: September before October.

    None where the window is not of whole months, where `previous_window` is these months, or before `EARLIEST_DAY`.
    """
    if not is_whole_months(window):
        return None
    count = _MONTHS * (window.end.year - window.start.year) + window.end.month - window.start.month + 1
    start, end = month_before(window.start, count), window.start - timedelta(days=1)
    if start < EARLIEST_DAY or _count_days(start, end) == window.days:
        return None
    return Window(start=start, end=end, time_zone=window.time_zone, label=range_label(start, end), complete=True)


def month_before(day: date, count: int) -> date:
    """The first day of the month that is so many months before the day's."""
    months = _MONTHS * day.year + day.month - 1 - count
    return date(months // _MONTHS, months % _MONTHS + 1, 1)


def workdays(window: Window) -> int:
    """How many of its days are from Monday to Friday."""
    weeks, rest = divmod(window.days, _WEEK)
    return weeks * _WORKDAYS + sum((window.start.weekday() + day) % _WEEK < _WORKDAYS for day in range(rest))


def _ends_a_month(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


def range_label(start: date, end: date) -> str:
    """The period that means these days: `2026-10-01..2026-10-14`, or `2026-10-05` for one."""
    return f"{start}" if start == end else f"{start}..{end}"
