"""The groups of a trend: every day, month, hour or weekday that a window has, in natural order. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Final, assert_never
from zoneinfo import ZoneInfo

from unique_analytics_mcp.domain.measures import MINUTES, DayPart
from unique_analytics_mcp.domain.period import Window

_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def groups(part: DayPart, window: Window) -> list[str]:
    """The groups as they are shown and as `Phrases.key` names them; hours and weekdays are all there always."""
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
            return list(_WEEKDAYS)
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
    at = datetime.combine(window.start, time(), zone).astimezone(UTC)
    after = datetime.combine(window.end + timedelta(days=1), time(), zone).astimezone(UTC)
    while at < after:
        yield at.astimezone(zone).isoformat(" ", "minutes")
        at += step
