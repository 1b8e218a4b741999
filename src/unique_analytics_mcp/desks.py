"""Desks: one for each analytics service, with its orders and reports, and the way from a type or an id to its desk.

Part of the service's shell. An order's id says by how it begins which desk it belongs to, so that it is found after a
restart and without asking anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Final, Self

import anyio

from unique_analytics_mcp.clock import Clock
from unique_analytics_mcp.domain.order import (
    NotedOrder,
    Order,
    OrderRequest,
    OrderState,
    Pace,
    PlatformOrder,
    check_order_id,
)
from unique_analytics_mcp.domain.order_answer import own_order, platform_order
from unique_analytics_mcp.domain.people import Pseudonyms
from unique_analytics_mcp.errors import BackendError, OrderNotFound
from unique_analytics_mcp.fetching import Reports, check_done
from unique_analytics_mcp.orders import Orders
from unique_analytics_mcp.watching import Watch

if TYPE_CHECKING:
    from unique_analytics_mcp.backends import Backend
    from unique_analytics_mcp.store import Shelf

LIST_PAGE: Final = 100
LIST_DEPTH: Final = 2_000
"""How many of a platform's newest orders a filtered list looks through."""
LIST_S: Final = 30.0
"""Seconds after which it asks for no further page of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A backend, the shelf for what comes from it, and how often its platform may be asked."""

    backend: Backend
    shelf: Shelf
    pace: Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What a desk knows of orders that match."""

    orders: Sequence[Order]
    """Newest first."""
    remarks: Sequence[str] = ()
    """Why there may be more of them."""
    unreadable: int = 0
    """How many entries of the platform's list are no readable orders, whether they would match or not."""


class Desk:
    """The orders and reports of one identity on one backend."""

    def __init__(
        self,
        place: Place,
        *,
        clock: Clock,
        people: Pseudonyms | None,
        adopt: Callable[[PlatformOrder], OrderRequest] | None,
        watch: Watch,
    ) -> None:
        """`adopt` gives the request that an order placed elsewhere answers; without it only our own are known.

        Nor are others known of a platform that lists none: it does not say what an order was placed for.
        """
        backend = place.backend
        self.backend = backend
        adopt = adopt if backend.can_list else None
        self._lists_others = adopt is not None
        self.shelf = place.shelf
        self._monotonic = clock.monotonic
        self.orders = Orders(backend, place.shelf, clock=clock, pace=place.pace, adopt=adopt, watch=watch)
        self.reports = Reports(backend, place.shelf, people, now=clock.now, turns=watch.turns)

    async def done(self, order_id: str) -> NotedOrder:
        """An order that has a report, by the platform's latest word; errors as in `Orders.current` and `check_done`."""
        noted = await self.orders.current(order_id, fresh=True)
        return check_done(noted, remarks=self.orders.troubles(noted))

    async def listed(self, type: str | None, state: OrderState | None, *, count: int, time_zone: str) -> Listed:
        """At least `count` of the orders that match, where there are so many; only ours where no others are known.

        Raises:
            BackendError: refused or unreachable.
        """
        if not self._lists_others:
            noted = [own_order(each) for each in await self.shelf.orders()]
            return Listed(orders=[order for order in noted if _matches(order, type, state)])
        found: dict[str | None, Order] = {}  # by id: what was placed meanwhile pushes others onto the next page again
        unreadable = 0
        depth, late_at = 0, self._monotonic() + LIST_S
        while depth < LIST_DEPTH and self._monotonic() < late_at:
            batch = await self.backend.list(offset=depth, limit=LIST_PAGE)
            readable = [order for order in batch if isinstance(order, PlatformOrder)]
            unreadable += len(batch) - len(readable)
            orders = (platform_order(order, backend=self.backend.name, time_zone=time_zone) for order in readable)
            found |= {order.order_id: order for order in orders if _matches(order, type, state)}
            if len(batch) < LIST_PAGE or len(found) >= count:
                return Listed(orders=[*found.values()], unreadable=unreadable)
            depth += LIST_PAGE
        remark = f"Only the newest {depth} orders were looked through."
        return Listed(orders=[*found.values()], remarks=[remark], unreadable=unreadable)


class Desks:
    """All desks of one identity; an async context manager that owns their downloads and connections."""

    def __init__(self, desks: Sequence[Desk]) -> None:
        self._desks = {desk.backend.name: desk for desk in desks}
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for desk in self._desks.values():
            await self._open.enter_async_context(desk.reports)
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await self._open.aclose()
        finally:
            with anyio.CancelScope(shield=True):
                for desk in self._desks.values():
                    await desk.backend.aclose()

    def of_backend(self, name: str) -> Desk:
        """The desk of the backend of that name."""
        return self._desks[name]

    def of_order(self, order_id: str) -> Desk:
        """The desk whose order ids begin like this one; of several, the one with the longest beginning.

        Raises:
            InvalidRequest: not an order id.
            OrderNotFound: no desk has such ids.
        """
        order_id = check_order_id(order_id)
        fitting = [desk for desk in self._desks.values() if order_id.startswith(desk.backend.order_prefix)]
        if fitting:
            return max(fitting, key=lambda desk: len(desk.backend.order_prefix))
        raise OrderNotFound(
            f"There is no order {order_id}: the ids of this server's orders begin otherwise.",
            hint="Call list_analytics_orders to see the orders there are.",
        )

    async def listed(self, type: str | None, state: OrderState | None, *, count: int, time_zone: str) -> Listed:
        """The orders of all desks together, also where one of several cannot tell; errors as in `Desk.listed`."""
        asked = [desk for desk in self._desks.values() if type is None or type in desk.backend.catalogue]
        if len(asked) == 1:
            return await asked[0].listed(type, state, count=count, time_zone=time_zone)
        found: list[Listed] = []
        failed: list[BackendError] = []
        for desk in asked:
            try:
                found.append(await desk.listed(type, state, count=count, time_zone=time_zone))
            except BackendError as error:
                failed.append(error)
        if failed and not found:
            raise failed[0]
        orders = [order for listed in found for order in listed.orders]
        remarks = [remark for listed in found for remark in listed.remarks]
        missing = [f"Others are missing. {error}" for error in failed]
        unreadable = sum(listed.unreadable for listed in found)
        return Listed(orders=_newest_first(orders), remarks=[*missing, *remarks], unreadable=unreadable)

    async def noted_order_ids(self) -> list[str]:
        """The ids of the orders noted here, newest first, without a call."""
        noted = [each for desk in self._desks.values() for each in await desk.shelf.orders()]
        return [each.order_id for each in sorted(noted, key=attrgetter("created_at"), reverse=True)]


def _newest_first(orders: Sequence[Order]) -> list[Order]:
    """Those that do not say when they were placed come last."""
    return sorted(orders, key=lambda order: order.created_at.timestamp() if order.created_at else 0.0, reverse=True)


def _matches(order: Order, type: str | None, state: OrderState | None) -> bool:
    return type in (None, order.type) and state in (None, order.state)
