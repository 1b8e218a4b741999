"""Orders as their callers see them, each with the one call that makes sense next.

Pure. It names tools, because every answer says what to do next, but knows nothing of MCP; summaries are `answer`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final, TypedDict

from unique_analytics_mcp.domain.order import NextCall, NotedOrder, Order, OrderRequest, OrderState, PlatformOrder
from unique_analytics_mcp.domain.report import ReportType
from unique_analytics_mcp.domain.window import EARLIEST_DAY, Window, range_label, today_in
from unique_analytics_mcp.errors import UnexpectedAnswer

OPEN_WINDOW_REUSE = timedelta(minutes=15)
"""How long an order stays reusable whose window had not ended when it was placed."""

_MOST_DAYS: Final = 3_660
"""Of an order that was placed elsewhere: ten years, many times as much as a platform gives."""


def call_after(order_id: str, state: OrderState, request: OrderRequest | None) -> NextCall:
    """What to call for an order in that state; `request` is None for an order placed by somebody else."""
    match state:
        case OrderState.DONE:
            return NextCall(
                tool="download_report_summary", arguments={"order_id": order_id}, why="The report is ready."
            )
        case OrderState.PENDING | OrderState.PROCESSING:
            return NextCall(
                tool="wait_for_order",
                arguments={"order_id": order_id},
                why="The platform is still working; the order goes on by itself.",
            )
        case OrderState.FAILED if request is not None:
            return NextCall(
                tool="create_analytics_order",
                arguments=request.arguments,
                why="The platform gave this order up; a new one may succeed.",
            )
        case OrderState.FAILED:
            return NextCall(tool="list_analytics_orders", arguments={}, why="The platform gave this order up.")


class _ShownOptions(TypedDict):
    assistant_id: str | None
    options: dict[str, str]


def shown_options(options: Mapping[str, str]) -> _ShownOptions:
    """The fields of an `Order` that say what was asked for beside the window."""
    others = {name: value for name, value in options.items() if name != "assistant_id"}
    return {"assistant_id": options.get("assistant_id"), "options": others}


def own_order(
    noted: NotedOrder, *, reused: bool = False, waited_s: float | None = None, remarks: Sequence[str] = ()
) -> Order:
    """An order of this principal."""
    request = noted.request
    return Order(
        order_id=noted.order_id,
        backend=request.backend,
        type=request.type,
        state=noted.state,
        platform_state=noted.platform_state,
        window=noted.window,
        **shown_options(request.options),
        created_at=noted.created_at,
        reused=reused,
        waited_seconds=None if waited_s is None else round(waited_s, 1),
        remarks=[*noted.remarks, *remarks],
        next_step=call_after(noted.order_id, noted.state, request),
    )


def deleted_order(noted: NotedOrder, *, remark: str) -> Order:
    """An order as it was, of which nothing more can be asked."""
    left = NextCall(tool="list_analytics_orders", arguments={}, why="Shows the orders that are left.")
    return own_order(noted, remarks=[remark]).model_copy(update={"next_step": left})


def planned_order(request: OrderRequest, *, reuse: bool, remarks: Sequence[str]) -> Order:
    """What a dry run answers when nothing is to be reused: no id, no state, the call that would place it."""
    step = NextCall(
        tool="create_analytics_order",
        arguments={**request.arguments, **({} if reuse else {"reuse": False})},
        why="This places the order.",
    )
    return unplaced_order(request, remarks=remarks, next_step=step)


def unplaced_order(request: OrderRequest, *, remarks: Sequence[str], next_step: NextCall) -> Order:
    """A request that nothing was ordered for."""
    return Order(
        order_id=None,
        backend=request.backend,
        type=request.type,
        state=None,
        platform_state="",
        window=request.window,
        **shown_options(request.options),
        remarks=[*remarks],
        next_step=next_step,
    )


def platform_order(order: PlatformOrder, *, backend: str, time_zone: str) -> Order:
    """An order as the platform lists it; it may be somebody else's."""
    return Order(
        order_id=order.order_id,
        backend=backend,
        type=order.type,
        state=order.state,
        platform_state=order.platform_state,
        window=platform_window(order, time_zone=time_zone),
        **shown_options(order.options),
        created_at=order.created_at,
        remarks=list(order.remarks),
        next_step=call_after(order.order_id, order.state, None),
    )


def platform_window(order: PlatformOrder, *, time_zone: str) -> Window | None:
    """The days an order covers by the platform's own words; None where it does not say both, or says nonsense."""
    if order.start is None or order.end is None or not _can_be_meant(order.start, order.end):
        return None
    return Window(
        start=order.start,
        end=order.end,
        time_zone=time_zone,
        label=range_label(order.start, order.end),
        complete=order.created_at is None or today_in(order.created_at, time_zone) > order.end,
    )


def _can_be_meant(start: date, end: date) -> bool:
    """False for days that nobody orders: what is told day by day would take minutes for some of them."""
    return EARLIEST_DAY <= start <= end < date.max and (end - start).days < _MOST_DAYS


def adopted_request(order: PlatformOrder, *, backend: str, report: ReportType, time_zone: str) -> OrderRequest:
    """The request that an order placed elsewhere answers.

    Raises:
        UnexpectedAnswer: the platform does not say which days it covers.
    """
    window = platform_window(order, time_zone=time_zone)
    if window is not None:
        return OrderRequest(backend=backend, type=report.name, window=window, options=order.options)
    raise UnexpectedAnswer(
        f"The platform does not say in possible dates which days order {order.order_id} covers.",
        hint="Order the report again with create_analytics_order and dates of your own.",
    )


def is_reusable(noted: NotedOrder, *, age: timedelta) -> bool:
    """Whether an equal request may be answered with this order.

    A failed order never; a settled one always; one whose window was still running only while it is young, which nobody
    knows of one that comes from the future, because the clock was set back.
    """
    if noted.state is OrderState.FAILED:
        return False
    return noted.is_settled() or abs(age) <= OPEN_WINDOW_REUSE
