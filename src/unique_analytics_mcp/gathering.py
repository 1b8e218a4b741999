"""Several orders for one answer: placed one after the other, a few at a time, waited for and fetched together.

Part of the service's shell: it repeats the life of one order, which it is given as functions, and knows no port, no
store and no analysis. What is placed is noted by those functions, so that an equal call later goes on with it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

import anyio

from unique_analytics_mcp.domain.order import Order, OrderRequest, check_order_id
from unique_analytics_mcp.domain.plan import ReportPlan
from unique_analytics_mcp.errors import AnalyticsError, OrderFailed, OrderNotReady
from unique_analytics_mcp.progress import HEARTBEAT_S, OnProgress, Progress

if TYPE_CHECKING:
    from unique_analytics_mcp.store import StoredReport

AT_ONCE: Final = 3
"""Orders of one call that the platform works on at the same time."""


class WaitForOrder(Protocol):
    """Gives an order when it is final or time is up."""

    def __call__(self, order_id: str, *, patience_s: float, on_progress: OnProgress | None) -> Awaitable[Order]:
        """Wait up to `patience_s` seconds."""
        ...


class FetchReport(Protocol):
    """Gives the typed report of a DONE order."""

    def __call__(self, order_id: str, *, patience_s: float) -> Awaitable[StoredReport]:
        """Wait up to `patience_s` seconds for the download."""
        ...


@dataclass(slots=True, kw_only=True)
class Gathering:
    """The way from a plan to its reports, for one call; `orders` and `reports` fill by the number of the request."""

    plan: ReportPlan
    create: Callable[[OrderRequest], Awaitable[Order]]
    wait: WaitForOrder
    fetch: FetchReport
    monotonic: Callable[[], float]
    patience_s: float
    on_placed: Callable[[Order], None] | None = None
    on_progress: OnProgress | None = None
    orders: dict[int, Order] = field(default_factory=dict[int, Order])
    reports: dict[int, StoredReport] = field(default_factory=dict[int, "StoredReport"])
    _started: float = 0.0
    _placing: anyio.Lock = field(default_factory=anyio.Lock)

    async def gather(self) -> None:
        """Place, wait and fetch until all reports are here or time is up.

        Raises:
            AnalyticsError: of the first order that failed, which it names; the others go on at the platform.
        """
        self._started = self.monotonic()
        first = [await self._place() for _ in self.plan.requests[:AT_ONCE]]
        await _side_by_side(partial(self._follow, number) for number in first)

    @property
    def is_complete(self) -> bool:
        """True when all reports are here."""
        return len(self.reports) == len(self.plan.requests)

    @property
    def running(self) -> Order:
        """The first order that was placed and has no report; only while something is missing."""
        return next(order for number, order in self.orders.items() if number not in self.reports)

    def _left_s(self) -> float:
        return max(self.patience_s - (self.monotonic() - self._started), 0.0)

    async def _place(self) -> int:
        """Place the next order; only one at a time."""
        number = len(self.orders)
        with self._naming(number):
            order = await self.create(self.plan.requests[number])
        self.orders[number] = order
        if self.on_placed is not None:
            self.on_placed(order)
        return number

    async def _follow(self, number: int) -> None:
        """One of the `AT_ONCE` lanes: an order to its report, then the next order that nobody has placed."""
        following: int | None = number
        while following is not None:
            following = await self._next() if await self._finish(following) else None

    async def _finish(self, number: int) -> bool:
        """Whether the report came in time."""
        with self._naming(number):
            placed = self.orders[number]
            order_id = check_order_id(placed.order_id or "")
            order = await self.wait(order_id, patience_s=self._left_s(), on_progress=self._tell)
            self.orders[number] = order.model_copy(update={"reused": placed.reused})
            if not order.is_final:
                return False
            try:
                self.reports[number] = await self.fetch(order_id, patience_s=max(self._left_s(), HEARTBEAT_S))
            except OrderNotReady as late:
                self.orders[number] = order.model_copy(update={"remarks": [*order.remarks, late.message]})
                return False
            return True

    async def _next(self) -> int | None:
        async with self._placing:
            if len(self.orders) == len(self.plan.requests) or not self._left_s():
                return None
            return await self._place()

    async def _tell(self, progress: Progress) -> None:
        if self.on_progress is None:
            return
        waited_s = self.monotonic() - self._started
        ready, orders = len(self.reports), len(self.plan.requests)
        await self.on_progress(
            replace(progress, waited_s=waited_s, patience_s=self.patience_s, ready=ready, orders=orders)
        )

    @contextmanager
    def _naming(self, number: int) -> Generator[None]:
        """An error of the block names its order, where there are several."""
        if self.plan.is_one_order:
            yield
            return
        try:
            yield
        except OrderFailed as error:
            hint = "Make the same call again: only what is missing is ordered, and the rest is reused."
            raise error.about(self.plan.name_of(number), hint=hint) from error
        except AnalyticsError as error:
            raise error.about(self.plan.name_of(number)) from error


async def fetched_together(
    fetch: FetchReport, order_ids: Sequence[str], *, monotonic: Callable[[], float], patience_s: float
) -> list[StoredReport]:
    """The reports of DONE orders, in their order, `AT_ONCE` of them at a time, within `patience_s` seconds for all.

    Raises:
        AnalyticsError: the first that came; nobody waits for the others then.
    """
    found: dict[str, StoredReport] = {}
    waiting, late_at = iter(order_ids), monotonic() + patience_s

    async def lane() -> None:
        for order_id in waiting:
            found[order_id] = await fetch(order_id, patience_s=max(late_at - monotonic(), 0.0))

    await _side_by_side([lane] * AT_ONCE)
    return [found[order_id] for order_id in order_ids]


async def _side_by_side(lanes: Iterable[Callable[[], Awaitable[None]]]) -> None:
    """Run all to their ends, or to the first error of ours, which ends the others and comes out as it is."""
    errors: list[AnalyticsError] = []

    async def run(lane: Callable[[], Awaitable[None]]) -> None:
        try:
            await lane()
        except AnalyticsError as error:
            errors.append(error)
            tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        for lane in lanes:
            tasks.start_soon(run, lane)
    if errors:
        raise errors[0]
