"""How much each caller may ask for: requests a minute, requests at once, orders an hour.

Where all ask with the operator's identity they share one measure. Counted in this process alone, over sliding times:
several replicas grant as much each. Knows no HTTP: how many bytes and connections are taken is `http`'s.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import anyio

from unique_analytics_mcp.domain.caller import Caller
from unique_analytics_mcp.errors import LimitReached
from unique_analytics_mcp.server.calls import refusal
from unique_analytics_mcp.server.gate import caller_now
from unique_analytics_mcp.watching import Counted, Tally, Turns, Watch

if TYPE_CHECKING:
    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

_UNCOUNTED: Final = frozenset({"subscriptions/listen", "ping", "initialize", "server/discover"})
"""A listener stays for as long as its host runs; the others cost nothing."""

_MINUTE_S: Final = 60.0
_HOUR_S: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    """What each caller is granted; 0 for as much as they like."""

    calls_per_minute: int = 0
    calls_at_once: int = 0
    orders_per_hour: int = 0


@dataclass(slots=True)
class _Used:
    """What one caller used, by the monotonic clock."""

    at_once: int = 0
    calls: deque[float] = field(default_factory=deque[float])
    orders: deque[float] = field(default_factory=deque[float])

    def is_idle(self, now: float) -> bool:
        """Whether forgetting it gives nobody more."""
        _forget(self.calls, now - _MINUTE_S)
        _forget(self.orders, now - _HOUR_S)
        return not (self.at_once or self.calls or self.orders)


class Limits:
    """What all callers of one server used."""

    def __init__(
        self, grants: Grants, *, tally: Tally | None = None, monotonic: Callable[[], float] = anyio.current_time
    ) -> None:
        self._grants, self._tally, self._monotonic = grants, tally or Tally(), monotonic
        self._used: dict[Caller | None, _Used] = {}
        self._turns = Turns()

    async def watch(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Let a request through within the caller's grants; as a middleware of the SDK's server."""
        if ctx.method in _UNCOUNTED or ctx.request_id is None:
            return await call_next(ctx)
        try:
            used = self._counted(caller_now())
        except LimitReached as error:
            return refusal(ctx, error)
        with _at_once(used):
            return await call_next(ctx)

    def watch_of(self, caller: Caller | None) -> Watch:
        """How the caller's service is watched: it asks before it places an order, and takes turns with the others."""
        return Watch(tally=self._tally, before_placing=partial(self._order, caller), turns=self._turns)

    def _counted(self, caller: Caller | None) -> _Used:
        used, now, grants = self._of(caller), self._monotonic(), self._grants
        if 0 < grants.calls_at_once <= used.at_once:
            raise self._refused(
                "calls_at_once",
                f"{used.at_once} of your calls are running, the most at once.",
                "Wait until one of them has ended, then make this call again.",
            )
        wait_s = _taken(used.calls, grants.calls_per_minute, now, _MINUTE_S)
        if wait_s:
            raise self._refused(
                "calls_per_minute",
                f"You made {grants.calls_per_minute} calls within a minute, the most there may be.",
                f"Make this call again in {math.ceil(wait_s)} seconds; to wait for an order use wait_for_order, "
                "which is one call.",
            )
        return used

    def _order(self, caller: Caller | None) -> None:
        most, now = self._grants.orders_per_hour, self._monotonic()
        wait_s = _taken(self._of(caller).orders, most, now, _HOUR_S)
        if wait_s:
            raise self._refused(
                "orders_per_hour",
                f"You placed {most} orders within an hour, the most there may be; this one was not placed.",
                f"Call again in {math.ceil(wait_s / 60)} minutes, or list_analytics_orders for those there are: "
                "an equal request reuses one without counting.",
            )

    def _refused(self, limit: str, message: str, hint: str) -> LimitReached:
        self._tally.add(Counted.REFUSED, limit)
        return LimitReached(message, hint=hint)

    def _of(self, caller: Caller | None) -> _Used:
        if caller not in self._used:
            now = self._monotonic()
            self._used = {other: used for other, used in self._used.items() if not used.is_idle(now)}
        return self._used.setdefault(caller, _Used())


@contextmanager
def _at_once(used: _Used) -> Generator[None]:
    used.at_once += 1
    try:
        yield
    finally:
        used.at_once -= 1


def _taken(times: deque[float], most: int, now: float, span_s: float) -> float:
    """Seconds until there is room for one more; 0 when there is, and then it is taken."""
    if not most:
        return 0.0
    _forget(times, now - span_s)
    if len(times) >= most:
        return times[0] + span_s - now
    times.append(now)
    return 0.0


def _forget(times: deque[float], before: float) -> None:
    while times and times[0] <= before:
        times.popleft()
