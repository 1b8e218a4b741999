"""Where orders come from and where they stand: reuse or place, note, refresh, adopt.

Every order of this principal is noted before anybody waits for it, and the intention to place it before that, so
that a killed process finds both again. Part of the service's shell: knows the port and the store, no reports.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import anyio

from unique_analytics_mcp.clock import Clock
from unique_analytics_mcp.domain.order import (
    SHOWN_WITHIN_S,
    NotedOrder,
    Order,
    OrderRequest,
    OrderState,
    Pace,
    PlatformOrder,
    check_order_id,
)
from unique_analytics_mcp.domain.order_answer import is_reusable, own_order
from unique_analytics_mcp.errors import AnalyticsError, OrderNotFound, StoreError, SubmissionUnclear
from unique_analytics_mcp.polling import Poller
from unique_analytics_mcp.tracing import Step, note, span
from unique_analytics_mcp.watching import Counted, Watch

if TYPE_CHECKING:
    from unique_analytics_mcp.backends import Backend
    from unique_analytics_mcp.store import Shelf


class Orders:
    """The orders of one principal on one backend."""

    def __init__(
        self,
        backend: Backend,
        shelf: Shelf,
        *,
        clock: Clock,
        pace: Pace,
        adopt: Callable[[PlatformOrder], OrderRequest] | None,
        watch: Watch,
    ) -> None:
        """`adopt` gives the request that an order placed elsewhere answers, or raises an `AnalyticsError`.

        Without it such an order is unknown, whatever the platform says.
        """
        self._backend = backend
        self._shelf = shelf
        self._clock = clock
        self._fresh_s = pace.first_s
        self._request_of = adopt
        self._watch = watch
        self._poller = Poller(self._asked, pace=pace, clock=clock)

    async def reusable(self, request: OrderRequest) -> NotedOrder | None:
        """The noted order that may answer the request, by what is known here: no call is made.

        Days of another zone, which the server may have been set to before, are other days.
        """
        noted = await self._shelf.order_for(self._fingerprint(request))
        if noted is None or noted.request.window.time_zone != request.window.time_zone:
            return None
        return noted if self._is_reusable(noted) else None

    async def create(self, request: OrderRequest, *, reuse: bool) -> Order:
        """An equal order that the platform still has, or a new one; one at a time for equal requests.

        Raises:
            BackendError: refused, unreachable or unclear.
            StoreError: the intention cannot be noted, so nothing was placed.
        """
        with span(Step.ORDER, backend=self._backend.name, report_type=request.type):
            async with self._shelf.lock(self._fingerprint(request)):
                noted = await self._confirmed(request) if reuse else None
                if noted is None:
                    return await self._place(request)
                self._count("reused")
                return own_order(noted, reused=True)

    async def current(self, order_id: str, *, fresh: bool = False) -> NotedOrder:
        """An order by its id: the note when it is final, otherwise the platform's latest word.

        `fresh` asks the platform unless its last word is only seconds old.

        Raises:
            InvalidRequest: not an order id.
            OrderNotFound: neither the platform nor the store knows it.
            BackendError: refused or unreachable.
        """
        noted = await self._shelf.order(check_order_id(order_id))
        if noted is None:
            if self._request_of is None:
                raise OrderNotFound(
                    f"There is no order {order_id} of yours.",
                    hint="Call list_analytics_orders to see your orders.",
                )
            seen = await self._observe(order_id, fresh=fresh)
            return await self._adopt(seen, self._request_of(seen))
        return noted if noted.state.is_final else await self._refresh(noted, fresh=fresh)

    async def last_seen(self, order_id: str) -> NotedOrder:
        """An order by its id without a call where it is noted; errors as in `current`."""
        return await self._shelf.order(check_order_id(order_id)) or await self.current(order_id)

    async def platform_answer(self, order_id: str) -> Mapping[str, object]:
        """What the platform itself said of an order when it was last seen, key for key; errors as in `current`."""
        return (await self._observe(check_order_id(order_id), fresh=False)).raw

    def due_in(self, order_id: str) -> float:
        """Seconds until the next check of an order is due."""
        return self._poller.due_in(order_id)

    def troubles(self, noted: NotedOrder) -> list[str]:
        """What to remark of an order that may have moved on unseen, because its last check failed; or nothing."""
        trouble = "" if noted.state.is_final else self._poller.trouble(noted.order_id)
        return [f"The last check did not succeed: {trouble}"] if trouble else []

    async def forget(self, order_id: str) -> None:
        """Drop the note, the report and what is known of an order that is gone."""
        self._poller.forget(order_id)
        await self._shelf.forget_order(order_id)

    def _fingerprint(self, request: OrderRequest) -> str:
        return request.fingerprint(self._backend.principal)

    def _is_reusable(self, noted: NotedOrder) -> bool:
        return is_reusable(noted, age=self._clock.now() - noted.created_at)

    async def _observe(self, order_id: str, *, fresh: bool) -> PlatformOrder:
        return await self._poller.observe(order_id, at_most_old_s=self._fresh_s if fresh else None)

    async def _refresh(self, noted: NotedOrder, *, fresh: bool) -> NotedOrder:
        """The order after a check, if one is due; its note follows.

        Raises:
            OrderNotFound: the platform lost it; the note is dropped, so that it can be ordered again.
            BackendError: refused; a passing trouble leaves the last known state.
        """
        age_s = (self._clock.now() - noted.created_at).total_seconds()
        if 0 <= age_s < SHOWN_WITHIN_S:
            self._poller.placed(_as_placed(noted), ago_s=age_s)
        try:
            seen = await self._observe(noted.order_id, fresh=fresh)
        except OrderNotFound:
            await self.forget(noted.order_id)
            raise
        return await self._follow(noted, seen)

    async def _confirmed(self, request: OrderRequest) -> NotedOrder | None:
        """The reusable order, after making sure that its report is here or the platform still has it."""
        noted = await self.reusable(request)
        if noted is None:
            return None
        if noted.state is OrderState.DONE and await self._shelf.report(noted.order_id):
            return noted
        try:
            current = await self._refresh(noted, fresh=True)
        except OrderNotFound:
            return None
        return current if self._is_reusable(current) else None

    async def _place(self, request: OrderRequest) -> Order:
        self._watch.before_placing()
        fingerprint, now = self._fingerprint(request), self._clock.now()
        earlier = await self._shelf.attempt(fingerprint)
        await self._shelf.note_attempt(fingerprint, earlier or now)
        try:
            with anyio.fail_after(self._shelf.sending_s):
                placed = await self._backend.submit(request, attempted_at=earlier)
        except TimeoutError as error:
            self._count("unclear")
            raise _unanswered(request) from error
        except SubmissionUnclear:
            self._count("unclear")
            raise
        except AnalyticsError:
            self._count("refused")
            if earlier is None:
                await self._forget_attempt(fingerprint)
            raise
        self._count("placed")
        self._poller.placed(placed)
        noted = _note(placed, request=request, fingerprint=fingerprint, created_at=now)
        remarks = await self._keep(noted)
        if not remarks:
            await self._forget_attempt(fingerprint)
        return own_order(noted, remarks=remarks)

    async def _forget_attempt(self, fingerprint: str) -> None:
        with suppress(StoreError):  # what became of it is what the caller must hear; a noted attempt costs one look
            await self._shelf.forget_attempt(fingerprint)

    async def _keep(self, noted: NotedOrder) -> list[str]:
        """Note an order; when that fails the order must still reach its caller, with a remark."""
        try:
            await self._shelf.note_order(noted)
        except StoreError as error:
            return [f"The order exists but could not be noted here. {error}"]
        return []

    async def _follow(self, noted: NotedOrder, seen: PlatformOrder) -> NotedOrder:
        if (seen.state, seen.platform_state) == (noted.state, noted.platform_state):
            return noted
        current = replace(
            noted,
            state=seen.state,
            platform_state=seen.platform_state,
            remarks=tuple(dict.fromkeys((*noted.remarks, *seen.remarks))),
            provisional=noted.provisional or seen.provisional,
        )
        if current.state is OrderState.FAILED:
            self._count("failed")
        await self._keep(current)
        return current

    async def _asked(self, order_id: str) -> PlatformOrder:
        self._watch.tally.add(Counted.POLLS, self._backend.name)
        return await self._backend.status(order_id)

    def _count(self, outcome: str) -> None:
        note(outcome=outcome)
        self._watch.tally.add(Counted.ORDERS, self._backend.name, outcome)

    async def _adopt(self, order: PlatformOrder, request: OrderRequest) -> NotedOrder:
        """A note for an order placed elsewhere; its fingerprint matches no request, so it is never reused as ours."""
        noted = _note(
            order,
            request=request,
            fingerprint=hashlib.sha256(f"adopted {order.order_id}".encode()).hexdigest(),
            created_at=order.created_at or self._clock.now(),
        )
        await self._keep(noted)
        return noted


def _unanswered(request: OrderRequest) -> SubmissionUnclear:
    return SubmissionUnclear(
        f"It is unclear whether the {request.type} order was placed: the platform took too long to answer.",
        hint="Make the same call again in a minute: it finds that order, or places one.",
    )


def _as_placed(noted: NotedOrder) -> PlatformOrder:
    """What the platform said of an order when another process placed it, as far as its note tells."""
    return PlatformOrder(
        order_id=noted.order_id,
        type=noted.request.type,
        state=noted.state,
        platform_state=noted.platform_state,
        provisional=noted.provisional,
    )


def _note(order: PlatformOrder, *, request: OrderRequest, fingerprint: str, created_at: datetime) -> NotedOrder:
    return NotedOrder(
        order_id=order.order_id,
        request=request,
        fingerprint=fingerprint,
        created_at=created_at,
        state=order.state,
        platform_state=order.platform_state,
        remarks=(*order.remarks, *order.taken_otherwise(request)),
        provisional=order.provisional,
    )
