"""What the service tells whoever runs it, and asks before it places an order or runs a statement; part of its shell.

Told are counts with bounded words: no order, no person and no address is in any of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import anyio

STATEMENTS_AT_ONCE: Final = 2
"""Statements that run at the same time in a process, whoever asks: each may take as much memory as a child may have."""


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


def statement_turns() -> anyio.Semaphore:
    """All the turns that statements of a process have."""
    return anyio.Semaphore(STATEMENTS_AT_ONCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Who watches a service."""

    tally: Tally = field(default_factory=Tally)
    before_placing: Callable[[], None] = _allowed
    """Raises an `AnalyticsError` when no further order may be placed now."""
    statements: anyio.Semaphore = field(default_factory=statement_turns)
    """One turn is taken for each statement while it runs."""
