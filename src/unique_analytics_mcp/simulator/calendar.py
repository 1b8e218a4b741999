"""How busy a day is: weekends, Swiss holidays, holiday seasons and the slow growth since the launch.

Pure; it knows nothing of people. Easter and the feasts that move with it are left out. Layer: simulator.
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

ZURICH = ZoneInfo("Europe/Zurich")
"""The zone whose midnight parts the days."""
LAUNCH = date(2024, 1, 15)
"""The first day anybody could use the platform: there are no rows before it."""

_BY_WEEKDAY = (0.93, 1.0, 1.0, 0.97, 0.86, 0.03, 0.02)
"""Monday first."""
_HOLIDAYS = {(1, 1): 0.01, (1, 2): 0.04, (5, 1): 0.25, (8, 1): 0.02, (12, 25): 0.01, (12, 26): 0.02}
"""What is left of a working day, by (month, day)."""
_FIRST_ADOPTION = 0.3
_GROWTH_DAYS = 600
"""Days in which the distance to full adoption shrinks to about a third."""


def days_between(first: date, last: date) -> Iterator[date]:
    """Give each day from `first` to `last`, both included; nothing if they are reversed."""
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def activity_level(day: date) -> float:
    """Say how busy a day is, from 0 before the launch to nearly 1 on a good Tuesday years later."""
    if day < LAUNCH:
        return 0.0
    holiday = _HOLIDAYS.get((day.month, day.day), 1.0)
    return _adoption(day) * _BY_WEEKDAY[day.weekday()] * _season(day) * holiday


def _adoption(day: date) -> float:
    return 1 - (1 - _FIRST_ADOPTION) * math.exp(-(day - LAUNCH).days / _GROWTH_DAYS)


def _season(day: date) -> float:
    if (day.month, day.day) >= (12, 24) or (day.month, day.day) <= (1, 3):
        return 0.35
    return 0.8 if (7, 10) <= (day.month, day.day) <= (8, 15) else 1.0
