"""What the service tells whoever runs it, and asks before it places an order or runs a statement; part of its shell.

Told are counts with bounded words: no order, no person and no address is in any of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeVar

from anyio import Semaphore, to_thread

STATEMENTS_AT_ONCE: Final = 2
"""Each may take as much memory as a child may have."""
REPORTS_AT_ONCE: Final = 2
"""Each takes up to 160 MB for ten million rows (docs/measurements.md)."""

T = TypeVar("T")


class Counted(StrEnum):
    """What is counted, and behind each what its words are."""

    ORDERS = "orders"
    """Backend; `placed`, `reused`, `refused` (not placed), `unclear` (nobody can say whether it was placed) or `failed`
    (given up by the platform)."""
    POLLS = "polls"
    """Backend."""
    UPSTREAM = "upstream_requests"
    """Method; route with its variables named; status, or `unreachable`."""
    QUERIES_ENDED = "queries_ended"
    """No words: statements that ran into a limit."""
    REFUSED = "limit_refusals"
    """The limit: `calls_per_minute`, `calls_at_once` or `orders_per_hour`."""


class Tally:
    """Counts of what happened since the process began."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[Counted, tuple[str, ...]]] = Counter()

    def add(self, what: Counted, *words: str) -> None:
        """Count one more; from any thread, for one count more or less decides nothing."""
        self._counts[what, words] += 1

    def of(self, what: Counted) -> Mapping[tuple[str, ...], int]:
        """The counts of it by their words."""
        return {words: count for (counted, words), count in list(self._counts.items()) if counted is what}


def _allowed() -> None:
    """Every order may be placed."""


class Turns:
    """What a process does at the same time, whoever asks: for its memory, a turn is taken for each while it runs."""

    def __init__(self) -> None:
        self.statements = Semaphore(STATEMENTS_AT_ONCE)
        self.reports = Semaphore(REPORTS_AT_ONCE)
        """For reports that are there and are read, summed up or looked into."""
        self.arriving = Semaphore(REPORTS_AT_ONCE)
        """For reports that are read while they arrive: a slow download keeps one for long."""

    async def of_report(self, work: Callable[[], T]) -> T:
        """What `work` makes of reports that are there, in a thread, once it is its turn.

        Of whoever leaves the engine runs no further statement; the turn ends with the thread, not before.
        """
        async with self.reports:
            return await to_thread.run_sync(work)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Who watches a service."""

    tally: Tally = field(default_factory=Tally)
    before_placing: Callable[[], None] = _allowed
    """Raises an `AnalyticsError` when no further order may be placed now."""
    turns: Turns = field(default_factory=Turns)
