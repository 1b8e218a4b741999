"""What to tell a caller whom a Unique platform refuses, where both of its APIs mean the same.

Pure. No answer of the platform is quoted. What a status means for analytics orders is documented nowhere; these are
the working assumptions of unique-api.md 3.1 (read 2026-11-21).
"""

from __future__ import annotations

from typing import Final

from unique_analytics_mcp.domain.order import OrderRequest
from unique_analytics_mcp.domain.report import ReportType
from unique_analytics_mcp.errors import BackendError, NotAllowed, OrderNotFound, OrderNotReady, RequestRefused

_SINGLE_TENANT_ONLY: Final = frozenset({"CHAT_INTERACTION_DETAILED"})


def unknown_order(order_id: str) -> OrderNotFound:
    """For an order that the platform does not have."""
    return OrderNotFound(
        f"The platform has no order {order_id}: it was deleted, or never was.",
        hint="Call list_analytics_orders to see the orders there are.",
    )


def no_role(*, hint: str) -> NotAllowed:
    """For a caller without any of the roles."""
    return NotAllowed(
        "The platform does not allow this (403): analytics orders need the role chat.feedback.read or chat.data.admin.",
        hint=hint,
    )


def missing_role(report: ReportType, *, hint: str) -> NotAllowed:
    """For a caller without the roles of a report type."""
    name, roles = report.name, report.roles.rstrip(".")
    tenant = " It is not offered on multi-tenant platforms at all." if name in _SINGLE_TENANT_ONLY else ""
    return NotAllowed(
        f"The platform does not allow {name} (403): a role is missing. It needs {roles}.{tenant}", hint=hint
    )


def refused_order(request: OrderRequest) -> RequestRefused:
    """For an order that the platform's own validation refuses."""
    window = request.window
    has_assistant = "assistant_id" in request.options
    suspects = "the dates, the range or the assistant" if has_assistant else "the dates or the range"
    advice = "Check that assistant_id is the id of a space, not its name; then try" if has_assistant else "Try"
    return RequestRefused(
        f"The platform refused {request.type} from {window.start} to {window.end} ({window.days} days): "
        f"it does not accept the type, {suspects}.",
        hint=f"{advice} a shorter or an earlier window.",
    )


def of_report(order_id: str) -> dict[int, BackendError]:
    """For the report of an order, by a status of the platform."""
    gone = OrderNotFound(
        f"The platform has no report of order {order_id} any more: the order or its file was removed.",
        hint="Call create_analytics_order with the same type and dates to order it again.",
    )
    return {404: gone, 410: gone, **{status: _not_ready(order_id, status) for status in (400, 409)}}


def of_file(order_id: str) -> dict[int, BackendError]:
    """For the report of an order, by a status of the place where the platform keeps its files.

    Of what is not there such places say either that they do not have it or that they do not show it.
    """
    return {status: _not_ready(order_id, status) for status in (403, 404, 410)}


def _not_ready(order_id: str, status: int) -> OrderNotReady:
    return OrderNotReady(
        f"The report of order {order_id} is not ready, or gone ({status}).",
        hint="Call get_order_status for it, and wait_for_order while it is not DONE.",
    )
