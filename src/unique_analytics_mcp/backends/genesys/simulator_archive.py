"""The raw conversations of the pretend contact centre by time: as they are now, and as far as the data lake has come.

A day is invented when somebody asks for it, and the latest days asked for are remembered. It knows no filter and no
page. Layer: backend, simulator side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from typing import TypeAlias

from unique_analytics_mcp.backends.genesys.simulator_centre import Centre
from unique_analytics_mcp.backends.genesys.simulator_periods import Interval
from unique_analytics_mcp.backends.genesys.simulator_scenes import LONGEST
from unique_analytics_mcp.backends.genesys.simulator_tree import Conversation, milliseconds, moment_of, seen_at
from unique_analytics_mcp.simulator.calendar import ZURICH, days_between

_REMEMBERED_DAYS = 40

Invent: TypeAlias = Callable[[Centre, date], tuple[Conversation, ...]]
"""The conversations that begin on a day; equal ones for equal centres."""


class Archive:
    """All conversations there ever were."""

    def __init__(self, centre: Centre, horizon: Callable[[], datetime], lag: timedelta, invent: Invent) -> None:
        """Nothing is known of what comes after `horizon()`; the lake is complete up to `lag` before it."""
        self._horizon = horizon
        self._lag = lag
        self._of_day = lru_cache(_REMEMBERED_DAYS)(partial(invent, centre))

    @property
    def watermark(self) -> datetime:
        """The moment up to which the data lake is complete, on the full hour."""
        return (self._horizon() - self._lag).replace(minute=0, second=0, microsecond=0)

    def started_in(self, interval: Interval) -> Iterator[Conversation]:
        """Go through what began within an interval, by time, as it stands now."""
        horizon_ms = milliseconds(self._horizon())
        for conversation in self._begun(interval.start, interval.end):
            if interval.start_ms <= conversation.start_ms < interval.end_ms:
                seen = seen_at(conversation, horizon_ms)
                if seen:
                    yield seen

    def active_in(self, interval: Interval, from_ms: int = 0) -> Iterator[Conversation]:
        """Go through what was going on at some time within an interval and began at `from_ms` or later.

        It comes by its start, as it stands now.
        """
        earliest = max(interval.start - LONGEST, moment_of(from_ms))
        for conversation in self.started_in(Interval(earliest, interval.end)):
            if conversation.end_ms is None or conversation.end_ms > interval.start_ms:
                yield conversation

    def _begun(self, first: datetime, end: datetime) -> Iterator[Conversation]:
        last = min(end, self._horizon())
        for day in days_between(_local_day(first), _local_day(last)):
            yield from self._of_day(day)


def _local_day(at: datetime) -> date:
    return at.astimezone(ZURICH).date()
