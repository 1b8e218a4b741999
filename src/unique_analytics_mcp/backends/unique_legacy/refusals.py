"""What to tell a caller whom the older Unique API refuses: our words by status, for each kind of call.

Pure. No answer of the platform is quoted; meanings as for the public API (unique-api.md 3.1, read 2026-11-21).
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from unique_analytics_mcp.backends._unique_refusals import (
    missing_role,
    no_role,
    of_report,
    refused_order,
)
from unique_analytics_mcp.backends.unique_legacy.access import RENEWAL, LegacyAccess
from unique_analytics_mcp.domain.order import OrderRequest
from unique_analytics_mcp.domain.report import ReportType
from unique_analytics_mcp.errors import (
    BackendError,
    BackendUnavailable,
    NotAllowed,
    NotAuthenticated,
    OrderNotFound,
    RequestRefused,
    UnexpectedAnswer,
)

_ROLE_HINT: Final = (
    "Ask an administrator to give it to the user whose login token this is. "
    "If that user has it, ask whether the gateway blocks this route."
)
_ADDRESS_HINT: Final = (
    "Check UNIQUE_API_BASE_URL or UNIQUE_API_BASE, and UNIQUE_ANALYTICS_LEGACY_GRAPHQL_PATH. "
    "A platform of 2026.20 or newer has the public API: leave UNIQUE_ANALYTICS_BACKEND out."
)
_MAY_HAVE_CHANGED: Final = "The vendor may have changed this API, for which it gives no promise."


def of_start(access: LegacyAccess, request: OrderRequest, report: ReportType) -> dict[int, BackendError]:
    """For a new order; `report` is its type's literal."""
    refused, missing = refused_order(request), missing_role(report, hint=_ROLE_HINT)
    return {401: not_authenticated(access), 400: refused, 422: refused, 403: missing, 404: _wrong_address(access)}


def of_graphql(access: LegacyAccess) -> dict[int, BackendError]:
    """For a question in GraphQL."""
    return {401: not_authenticated(access), 403: not_allowed(), 400: not_understood(), 404: astray(access)}


def of_download(access: LegacyAccess, order_id: str) -> dict[int, BackendError]:
    """For the report of an order."""
    return {
        401: not_authenticated(access),
        403: not_allowed(),
        **of_report(order_id),
    }


def not_authenticated(access: LegacyAccess) -> NotAuthenticated:
    """For a token that the gateway does not take."""
    hint = f"It may have expired. {RENEWAL}"
    if access.token.startswith("ukey_"):
        hint = "UNIQUE_ACCESS_TOKEN looks like an API key, which the older API does not take: use a login token."
    if access.token.lower().startswith("bearer "):
        hint = "UNIQUE_ACCESS_TOKEN begins with Bearer: give the token alone, as that word is sent anyway."
    return NotAuthenticated("The platform did not accept the login token (401).", hint=hint)


def not_allowed() -> NotAllowed:
    """For a user without any of the roles."""
    return no_role(hint=_ROLE_HINT)


def not_understood() -> RequestRefused:
    """For a question that the platform does not take for one."""
    return RequestRefused("The platform does not understand the question for its orders.", hint=_MAY_HAVE_CHANGED)


def not_carried_out() -> BackendUnavailable:
    """For a question that the platform understood and could not answer: what is a 5xx elsewhere."""
    return BackendUnavailable(
        "The platform answered with an error in GraphQL.",
        hint=f"Make the same call again in a minute. {_MAY_HAVE_CHANGED}",
    )


def astray(access: LegacyAccess) -> UnexpectedAnswer:
    """For a 404 that says nothing of the order, because already the address is unknown: the order may well exist."""
    return UnexpectedAnswer(_nothing_there(access), hint=_ADDRESS_HINT)


def too_deep(order_id: str, depth: int) -> UnexpectedAnswer:
    """For an order that the newest `depth` orders do not show."""
    return UnexpectedAnswer(
        f"Order {order_id} is not among the newest {depth} that the platform lists.",
        hint="Call list_analytics_orders to see the orders there are.",
    )


def unreadable(order_id: str) -> UnexpectedAnswer:
    """For an order that may be one of those that the list shows without saying which, or how it stands."""
    return UnexpectedAnswer(
        f"The platform lists an order without a usable id, type or state, and no other that is {order_id}.",
        hint="Make the same call again in a minute; if it stays so, ask the platform's operator for that order.",
    )


def _wrong_address(access: LegacyAccess) -> OrderNotFound:
    return OrderNotFound(_nothing_there(access), hint=_ADDRESS_HINT)


def _nothing_there(access: LegacyAccess) -> str:
    parts = urlsplit(access.base_url)
    return f"{parts.hostname} has no older analytics API under the prefix {parts.path or '(none)'} (404)."
