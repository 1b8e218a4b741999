"""The order a start has made, from an answer whose shape is not documented: "the ID of the analytics order" (S001).

Pure. What might be something else than an id is taken for none: the list settles it then.
"""

from __future__ import annotations

import json
from typing import Final

from unique_analytics_mcp.backends._unique_orders import is_order_id, loosened, read_order
from unique_analytics_mcp.domain.order import OrderRequest, OrderState, PlatformOrder
from unique_analytics_mcp.errors import UnexpectedAnswer

_ID_NAMES: Final = ("id", "orderid", "analyticorderid", "analyticsorderid")
_WRAPPINGS: Final = ("data", "result", "order", "analyticorder", "analyticsorder")
_REAL_IDS: Final = ("analyticorder_", "analyticsorder_")
"""How ids begin, in small letters; a bare word that begins otherwise may be anything, `OK` for example."""


def read_placed(body: object, request: OrderRequest) -> PlatformOrder | None:
    """The order as it was answered, or as it was asked for under the id that was answered; None without an id.

    analyticOrder_1, "analyticOrder_1", {"id": "1"}, {"orderId": "1"}, {"data": {"id": "1"}} all name one.
    """
    value = _value(body)
    try:
        return read_order(value)
    except UnexpectedAnswer:
        order_id = _order_id(value)
    return _just_placed(order_id, request) if order_id else None


def _just_placed(order_id: str, request: OrderRequest) -> PlatformOrder:
    """The answer says no state, so it is the first of the documented ones."""
    return PlatformOrder(
        order_id=order_id,
        type=request.type,
        state=OrderState.PENDING,
        platform_state="PENDING",
        start=request.window.start,
        end=request.window.end,
        raw={"id": order_id},
    )


def _value(body: object) -> object:
    """The JSON value of a text, or the text itself without blanks and quotes around it."""
    text = str(body).strip()
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text.strip("'\"` \t\r\n")


def _order_id(value: object) -> str:
    if isinstance(value, str):
        return value if value.lower().startswith(_REAL_IDS) and is_order_id(value) else ""
    fields = loosened(value)
    if not fields:
        return ""
    named = (fields.get(name) for name in _ID_NAMES)
    found = next((part for part in named if isinstance(part, str) and is_order_id(part)), "")
    return found or next((deeper for name in _WRAPPINGS if (deeper := _order_id(fields.get(name)))), "")
