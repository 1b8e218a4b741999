"""The wait for one order, for as long as its caller has patience. Part of the service's shell; knows no reports."""

from __future__ import annotations

import anyio

from unique_analytics_mcp.domain.answer import own_order
from unique_analytics_mcp.domain.order import Fail, Fetch, Later, NotedOrder, Order, Wait, next_step
from unique_analytics_mcp.orders import Orders
from unique_analytics_mcp.polling import Clock
from unique_analytics_mcp.progress import HEARTBEAT_S, OnProgress, report_progress
from unique_analytics_mcp.tracing import Step, span


async def waited(
    orders: Orders, order_id: str, *, clock: Clock, patience_s: float, on_progress: OnProgress | None
) -> Order:
    """The order when it is final, or as it stands when `patience_s` seconds are over; errors as in `Service.wait`."""
    noted = await orders.last_seen(order_id)
    with span(Step.WAIT, report_type=noted.request.type):
        return await _ended(orders, noted, clock=clock, patience_s=patience_s, on_progress=on_progress)


async def _ended(
    orders: Orders, noted: NotedOrder, *, clock: Clock, patience_s: float, on_progress: OnProgress | None
) -> Order:
    started, order_id = clock.monotonic(), noted.order_id
    while True:
        waited_s = clock.monotonic() - started
        step = next_step(
            noted.state,
            noted.platform_state,
            waited_s=waited_s,
            patience_s=patience_s,
            due_in_s=0.0 if noted.state.is_final else orders.due_in(order_id),
        )
        if not isinstance(step, Wait):
            return own_order(noted, waited_s=waited_s, remarks=_troubles(orders, order_id, step))
        await report_progress(on_progress, noted, waited_s=waited_s, patience_s=patience_s)
        with anyio.move_on_after(patience_s - waited_s):
            await clock.sleep(min(step.seconds, HEARTBEAT_S))
            noted = await orders.current(order_id)


def _troubles(orders: Orders, order_id: str, step: Fetch | Fail | Later) -> list[str]:
    trouble = orders.trouble(order_id) if isinstance(step, Later) else ""
    return [f"The last check did not succeed: {trouble}"] if trouble else []
