"""One poller per order: who may ask a platform for a state, and when.

Any number of callers may wait for one order; they share its `Checks`. The first to wake when a check is due makes it,
the others find its answer. A check that fails for a passing reason costs nothing but time: the last known state
stands and the next check is due later. Knows the port, nothing of stores or reports.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

import anyio

from unique_analytics_mcp.clock import Clock
from unique_analytics_mcp.domain.order import SHOWN_WITHIN_S, Pace, PlatformOrder
from unique_analytics_mcp.errors import BackendError, OrderNotFound, RateLimited, UnexpectedAnswer

FINAL_KEPT_S: Final = 600.0
"""How long what was seen of a finished order is kept at least, in seconds, for those who still wait for it."""


@dataclass(slots=True)
class Checks:
    """What the checks of one order told this process, and when the next one is due."""

    due_at: float
    """On the monotonic clock."""
    latest: PlatformOrder | None = None
    seen_at: float = float("-inf")
    polls: int = 0
    trouble: str = ""
    """Why the last check failed, while the state before it still stands."""
    troubles: int = 0
    """How many failed so."""
    refusal: BackendError | None = None
    """What the last check ended with, where it ended for good."""
    was_odd: bool = False
    """True when the last answer that came was none that the platform's documents promise."""
    lock: anyio.Lock = field(default_factory=anyio.Lock)

    def is_of_use(self, *, since: float) -> bool:
        """False when nobody learned anything of the order, or its end before that moment, and nobody is asking."""
        if self.latest is None:
            return self.lock.locked()
        return not self.is_final or self.seen_at > since

    @property
    def is_final(self) -> bool:
        """True when the platform will not change the order any more."""
        return self.latest is not None and self.latest.state.is_final


class Poller:
    """The checks of one backend's orders."""

    def __init__(self, ask: Callable[[str], Awaitable[PlatformOrder]], *, pace: Pace, clock: Clock) -> None:
        self._ask = ask
        self._pace = pace
        self._clock = clock
        self._checks: dict[str, Checks] = {}

    def placed(self, order: PlatformOrder, *, ago_s: float = 0.0) -> None:
        """Note an order that was placed so many seconds ago, here or by another process, unless it is known.

        Its first check is due after the pace's first delay.
        """
        if order.order_id in self._checks:
            return
        self._tidy()
        placed_at = self._clock.monotonic() - ago_s
        self._checks[order.order_id] = Checks(due_at=placed_at + self._pace.delay(0), latest=order, seen_at=placed_at)

    def forget(self, order_id: str) -> None:
        """Drop what is known, when an order is gone."""
        self._checks.pop(order_id, None)

    def due_in(self, order_id: str) -> float:
        """Seconds until the next check is due; 0 or less when it is."""
        return self._checks_of(order_id).due_at - self._clock.monotonic()

    def trouble(self, order_id: str) -> str:
        """Why the last check failed, or nothing."""
        return self._checks_of(order_id).trouble

    async def observe(self, order_id: str, *, at_most_old_s: float | None = None) -> PlatformOrder:
        """The latest state, asked for only when a check is due or the last one is older than `at_most_old_s`.

        No check is ever due for an order seen as final. Who waits while another's check is refused hears that refusal,
        and makes none of their own where that check failed.

        Raises:
            BackendError: the check failed for good, or nothing was known before it.
        """
        checks = self._checks_of(order_id)
        heard, troubles = checks.refusal, checks.troubles
        async with checks.lock:
            if checks.refusal is not None and checks.refusal is not heard:
                raise checks.refusal
            has_just_failed = checks.troubles > troubles
            if checks.latest is not None and (has_just_failed or not self._is_stale(checks, at_most_old_s)):
                return checks.latest
            return await self._check(checks, order_id)

    def _checks_of(self, order_id: str) -> Checks:
        if order_id not in self._checks:
            self._tidy()
            self._checks[order_id] = Checks(due_at=self._clock.monotonic())
        return self._checks[order_id]

    def _tidy(self) -> None:
        long_ago = self._clock.monotonic() - FINAL_KEPT_S
        self._checks = {
            order_id: checks for order_id, checks in self._checks.items() if checks.is_of_use(since=long_ago)
        }

    def _is_stale(self, checks: Checks, at_most_old_s: float | None) -> bool:
        now = self._clock.monotonic()
        if at_most_old_s is None:
            return now >= checks.due_at and not checks.is_final
        return now - checks.seen_at >= at_most_old_s

    def _is_just_placed(self, checks: Checks) -> bool:
        """Placed so lately that its platform may not show it yet: told as lost, it would be placed a second time."""
        return checks.polls == 0 and self._clock.monotonic() - checks.seen_at < SHOWN_WITHIN_S

    async def _check(self, checks: Checks, order_id: str) -> PlatformOrder:
        try:
            order = await self._ask(order_id)
        except BackendError as error:
            # One odd answer, such as the page of a proxy at work, ends no wait of minutes; the second one is believed.
            is_odd = isinstance(error, UnexpectedAnswer)
            is_hidden = isinstance(error, OrderNotFound) and self._is_just_placed(checks)
            may_pass = error.retryable or is_hidden or (is_odd and not checks.was_odd)
            checks.was_odd = is_odd
            if not may_pass or checks.latest is None:
                checks.refusal = error
                raise
            checks.trouble = error.message
            checks.troubles += 1
            self._postpone(checks, error)
            return checks.latest
        checks.latest, checks.seen_at = order, self._clock.monotonic()
        checks.trouble, checks.refusal, checks.was_odd = "", None, False
        checks.polls += 1
        self._postpone(checks)
        return order

    def _postpone(self, checks: Checks, error: BackendError | None = None) -> None:
        asked_for = error.retry_after_s if isinstance(error, RateLimited) else None
        delay_s = max(self._clock.jitter(self._pace.delay(max(checks.polls, 1))), asked_for or 0.0)
        checks.due_at = self._clock.monotonic() + delay_s
