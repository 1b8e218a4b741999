"""The calendar of a window: when its days begin, what its zone's clocks show, its whole months, the groups of a trend.

Pure. Groups are every day, week, month, hour, weekday or moment, in natural order.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Final, assert_never
from zoneinfo import ZoneInfo

from unique_analytics_mcp.domain.measures import MINUTES, DayPart
from unique_analytics_mcp.domain.window import Window

_STEP: Final = timedelta(hours=12)
"""Clocks are not changed twice within it."""

_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def midnight(day: date, zone: str) -> datetime:
    """When the day begins, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def ends(window: Window) -> tuple[datetime, datetime]:
    """When the window's first day begins, and the day after its last."""
    return midnight(window.start, window.time_zone), midnight(window.end + timedelta(days=1), window.time_zone)


def offsets(window: Window) -> list[tuple[datetime, timedelta]]:
    """How far the zone's clocks are ahead of UTC from each moment on; the first is the window's beginning."""
    zone = ZoneInfo(window.time_zone)
    first, after = ends(window)
    steps = [first + passed * _STEP for passed in range((after - first) // _STEP + 1)]
    changes = [
        _change(zone, *pair) for pair in pairwise([*steps, after]) if _ahead(zone, pair[0]) != _ahead(zone, pair[1])
    ]
    return [(moment, _ahead(zone, moment)) for moment in (first, *changes)]


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second from which the clocks are as far ahead as `after`."""
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if _ahead(zone, middle) == _ahead(zone, after):
            after = middle
        else:
            before = middle
    return after


def _ahead(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)


def is_whole_months(window: Window) -> bool:
    """True when it begins with a month and ends with one."""
    return window.start.day == 1 and _ends_a_month(window.end)


def ends_whole_month(window: Window) -> bool:
    """True when it ends with a month, all of which is in it."""
    return _ends_a_month(window.end) and window.start <= window.end.replace(day=1)


def _ends_a_month(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


def groups(part: DayPart, window: Window) -> list[str]:
    """The groups as they are shown and as `Phrases.key` names them; hours are all there always."""
    match part:
        case "day":
            return _days(window)
        case "week":
            return list(dict.fromkeys(_weeks(window)))
        case "month":
            return list(dict.fromkeys(day[: len("2026-10")] for day in _days(window)))
        case "hour":
            return [f"{hour:02}:00" for hour in range(24)]
        case "weekday":
            first = window.start.weekday() if window.days < len(_WEEKDAYS) else 0
            return [_WEEKDAYS[(first + passed) % 7] for passed in range(min(window.days, 7))]
        case "15 minutes" | "30 minutes" | "60 minutes":
            return list(_moments(window, timedelta(minutes=MINUTES[part])))
        case _:
            assert_never(part)


def _days(window: Window) -> list[str]:
    return [str(window.start + timedelta(days=passed)) for passed in range(window.days)]


def _weeks(window: Window) -> Iterator[str]:
    for passed in range(window.days):
        day = window.start + timedelta(days=passed)
        yield str(day - timedelta(days=day.weekday()))


def _moments(window: Window, step: timedelta) -> Iterator[str]:
    """With the zone's offset, so that the hour that comes twice in autumn is two groups."""
    zone = ZoneInfo(window.time_zone)
    at, after = ends(window)
    while at < after:
        yield at.astimezone(zone).isoformat(" ", "minutes")
        at += step
