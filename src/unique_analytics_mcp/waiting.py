"""The wait for one order, for as long as its caller has patience. Part of the service's shell; knows no reports."""

from __future__ import annotations

from typing import Final

import anyio

from unique_analytics_mcp.clock import Clock
from unique_analytics_mcp.domain.order import NotedOrder, Order, Wait, next_step
from unique_analytics_mcp.domain.order_answer import own_order
from unique_analytics_mcp.errors import BackendUnavailable
from unique_analytics_mcp.orders import Orders
from unique_analytics_mcp.progress import HEARTBEAT_S, OnProgress, Progress
from unique_analytics_mcp.tracing import Step, span

FIRST_WORD_S: Final = 45.0
"""Seconds that a platform has to say anything of an order that is not noted here, however short the wait."""


async def waited(
    orders: Orders, order_id: str, *, clock: Clock, patience_s: float, on_progress: OnProgress | None
) -> Order:
    """The order when it is final, or as it stands when `patience_s` seconds are over; errors as in `Service.wait`."""
    started = clock.monotonic()
    noted = await _first_seen(orders, order_id, within_s=max(patience_s, FIRST_WORD_S))
    with span(Step.WAIT, report_type=noted.request.type):
        while True:
            waited_s = clock.monotonic() - started
            step = next_step(
                noted.state,
                noted.platform_state,
                waited_s=waited_s,
                patience_s=patience_s,
                due_in_s=0.0 if noted.state.is_final else orders.due_in(noted.order_id),
            )
            if not isinstance(step, Wait):
                return own_order(noted, waited_s=waited_s, remarks=orders.troubles(noted))
            if on_progress is not None:
                progress = Progress(waited_s=waited_s, patience_s=patience_s, platform_state=noted.platform_state)
                await on_progress(progress)
            with anyio.move_on_after(patience_s - waited_s):
                await clock.sleep(min(step.seconds, HEARTBEAT_S))
                noted = await orders.current(noted.order_id)


async def _first_seen(orders: Orders, order_id: str, *, within_s: float) -> NotedOrder:
    """The order to wait for; of one that is not noted here nothing can be told before the platform answers."""
    try:
        with anyio.fail_after(within_s):
            return await orders.last_seen(order_id)
    except TimeoutError as error:
        raise BackendUnavailable(
            f"The platform did not say how order {order_id} stands within {within_s:g} seconds.",
            hint="Make the same call again in a minute.",
        ) from error
