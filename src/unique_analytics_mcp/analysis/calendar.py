"""The groups of a trend: every day, month, hour or weekday that a window has, in natural order. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, assert_never

from unique_analytics_mcp.domain.measures import DayPart
from unique_analytics_mcp.domain.period import Window

_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def groups(part: DayPart, window: Window) -> list[str]:
    """The groups as they are shown and as `Phrases.key` names them; hours and weekdays are all there always."""
    match part:
        case "day":
            return _days(window)
        case "month":
            return list(dict.fromkeys(day[: len("2026-10")] for day in _days(window)))
        case "hour":
            return [f"{hour:02}:00" for hour in range(24)]
        case "weekday":
            return list(_WEEKDAYS)
        case _:
            assert_never(part)


def _days(window: Window) -> list[str]:
    return [str(window.start + timedelta(days=passed)) for passed in range(window.days)]
