"""The calendar of a window: when its days begin, what its zone's clocks show, the groups of a trend.

Pure. Groups are every day, week, month, hour, weekday or moment, in natural order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, pairwise, zip_longest
from typing import Final, Literal, assert_never
from zoneinfo import ZoneInfo

from unique_analytics_mcp.domain.measures import MINUTES, DayPart
from unique_analytics_mcp.domain.window import Window

_STEP: Final = timedelta(hours=12)
"""Clocks are not changed twice within it."""

_MINUTE: Final = timedelta(minutes=1)

_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_Clocks = dict[tuple[str, int], str]
"""Moments by what the clock shows, and by how often it has shown that before on the same day."""


def offsets(window: Window) -> list[tuple[datetime, timedelta]]:
    """How far the zone's clocks are ahead of UTC from each moment on; the first is the window's beginning."""
    zone = ZoneInfo(window.time_zone)
    first, after = window.bounds
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


def groups(part: DayPart, window: Window) -> list[str]:
    """The groups as they are shown and as `Phrases.key` names them; hours are all there always."""
    match part:
        case "day":
            return [str(day) for day in _days(window)]
        case "week" | "month":
            return list(dict.fromkeys(_group(part, day) for day in _days(window)))
        case "hour":
            return [f"{hour:02}:00" for hour in range(24)]
        case "weekday":
            first = window.start.weekday() if window.days < len(_WEEKDAYS) else 0
            return [_WEEKDAYS[(first + passed) % 7] for passed in range(min(window.days, 7))]
        case "15 minutes" | "30 minutes" | "60 minutes":
            return list(_moments(window, timedelta(minutes=MINUTES[part])))
        case _:
            assert_never(part)


def side_by_side(part: DayPart, now: Window, before: Window) -> list[tuple[str | None, str | None]]:
    """The groups of two equally long windows, the first with the first; None where one has nothing to set beside.

    Such windows may hold more or fewer weeks. Moments stand beside those of the same clock, day by day: a day on which
    the clocks are changed has an hour more or less.
    """
    if part not in MINUTES:
        return list(zip_longest(groups(part, now), groups(part, before)))
    nothing: _Clocks = {}
    days = zip_longest(_clocks(groups(part, now)), _clocks(groups(part, before)), fillvalue=nothing)
    return [
        (shown.get(clock), earlier.get(clock))
        for shown, earlier in days
        for clock in dict.fromkeys([*max(shown, earlier, key=len), *shown, *earlier])
    ]


def _clocks(moments: list[str]) -> Iterator[_Clocks]:
    """The moments of each day."""
    day_ends, clock_ends = len("2026-10-25"), len("2026-10-25 02:00")
    for _, of_a_day in groupby(moments, lambda moment: moment[:day_ends]):
        found: _Clocks = {}
        for moment in of_a_day:
            clock = moment[day_ends:clock_ends]
            found[clock, int((clock, 0) in found)] = moment
        yield found


def cut(part: DayPart, window: Window) -> list[str]:
    """The weeks or months of which the window holds only a part: its first, its last, both or none."""
    if part not in ("week", "month"):
        return []
    day = timedelta(days=1)
    edges = ((window.start, window.start - day), (window.end, window.end + day))
    found = [_group(part, inside) for inside, outside in edges if _group(part, inside) == _group(part, outside)]
    return list(dict.fromkeys(found))


def once_more(part: DayPart, window: Window) -> list[str]:
    """The weekdays that a window of over a week holds once more than the others."""
    over = window.days % len(_WEEKDAYS)
    if part != "weekday" or window.days < len(_WEEKDAYS):
        return []
    return [_WEEKDAYS[(window.start.weekday() + passed) % len(_WEEKDAYS)] for passed in range(over)]


def uneven_hours(part: DayPart, window: Window) -> dict[str, int]:
    """By how many minutes the window holds more, or below zero fewer, of an hour of the day than it has days.

    Of those hours that changes of the clocks leave so: what autumn adds to one, spring takes from it.
    """
    if part != "hour":
        return {}
    minutes: Counter[str] = Counter()
    for shown_last, shown_next in _joints(window):
        first, sign = min(shown_last, shown_next), 1 if shown_next < shown_last else -1
        for passed in range(abs(shown_next - shown_last) // _MINUTE):
            minutes[f"{(first + passed * _MINUTE).hour:02}:00"] += sign
    return {hour: count for hour, count in minutes.items() if count}


def _joints(window: Window) -> Iterator[tuple[datetime, datetime]]:
    """What the clocks show when a stretch without changes ends, and when the next begins; midnights are at both ends.

    Not every day begins at midnight: some zones leave that hour out.
    """
    stretches = offsets(window)
    ends = [*(moment for moment, _ in stretches[1:]), window.bounds[1]]
    first, after = (datetime.combine(day, time(), UTC) for day in (window.start, window.end + timedelta(days=1)))
    shown_last = (end + ahead for end, (_, ahead) in zip(ends, stretches, strict=True))
    shown_next = (moment + ahead for moment, ahead in stretches)
    return zip([first, *shown_last], [*shown_next, after], strict=True)


def _group(part: Literal["week", "month"], day: date) -> str:
    return str(day - timedelta(days=day.weekday())) if part == "week" else str(day)[: len("2026-10")]


def _days(window: Window) -> list[date]:
    return [window.start + timedelta(days=passed) for passed in range(window.days)]


def _moments(window: Window, step: timedelta) -> Iterator[str]:
    """With the zone's offset, so that the hour that comes twice in autumn is two groups."""
    zone = ZoneInfo(window.time_zone)
    at, after = window.bounds
    while at < after:
        yield at.astimezone(zone).isoformat(" ", "minutes")
        at += step
