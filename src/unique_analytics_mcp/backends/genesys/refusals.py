"""What to tell a caller whom Genesys Cloud refuses: our words by status, code and kind of call.

Pure. Of an answer only its `code` and its `contextId` are quoted, the latter by each refusal: support asks for it
(genesys-api.md 6.2). Permissions are those of 1.2, the texts of a 400 those of 2.4 and 3.3 (read 2026-11-21).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final

from unique_analytics_mcp.errors import (
    BackendError,
    BackendUnavailable,
    NotAllowed,
    NotAuthenticated,
    OrderNotFound,
    RequestRefused,
)

Explain = Callable[[int, bytes], BackendError | None]
"""The error for a status and the beginning of its body; None where the general words do."""

CONTEXT: Final = re.compile(rb'"contextId"\s*:\s*"([0-9A-Za-z-]{1,64})"')
"""Where a refusal of the API has the id that support asks for (6.2)."""

AGGREGATES: Final = "analytics:conversationAggregate:view"
DETAILS: Final = "analytics:conversationDetail:view or analytics:agentConversationDetail:view"
AVAILABILITY: Final = "analytics:conversationDetail:view"

_CODE: Final = re.compile(rb'"code"\s*:\s*"([a-z.]{1,64})"')
_TOO_MANY: Final = re.compile(rb"limit of [0-9]+ results|larger than result limit")
_TOO_MANY_DAYS: Final = re.compile(rb"does not exceed [0-9]+ days")
_TOO_MANY_PAGES: Final = re.compile(rb"Pagination may not exceed")
_ADMIN: Final = "An administrator can add it to a role of the OAuth client (Admin > Integrations > OAuth)."


class TooManyResults(RequestRefused):
    """One answer cannot hold what was asked for; smaller questions may do."""


TOO_MANY: Final = TooManyResults(
    "Genesys Cloud has more groups and buckets for this question than one answer of it holds.",
    hint="Group by fewer things, filter by queue, or take a coarser granularity or a shorter window.",
)
MORE_THAN_PAGES: Final = RequestRefused(
    "There are 100000 conversations or more in this window, and freshness=live can page no further.",
    hint="Leave freshness out (archived has no such limit), filter by queue, or ask for a shorter window.",
)


def of_login() -> Mapping[int, BackendError]:
    """For a token that is asked for: the login's errors have another shape than the API's (1.1)."""
    return {
        status: NotAuthenticated(
            f"The login of Genesys Cloud did not accept the OAuth client ({status}).",
            hint="Check GENESYS_CLIENT_ID and GENESYS_CLIENT_SECRET, and that the client belongs to GENESYS_REGION "
            "and has the grant type Client Credentials.",
        )
        for status in (400, 401, 403)
    }


def of_call(what: str, permission: str) -> Explain:
    """For any call of the API: `what` it gives, and the permission it needs."""

    def explain(status: int, body: bytes) -> BackendError | None:
        match status:
            case 400:
                return _wrong(body)
            case 401:
                return _refused_token()
            case 403:
                needs = f"the OAuth client needs the permission {permission}"
                return NotAllowed(f"Genesys Cloud does not give {what} (403): {needs}.", hint=_ADMIN)
            case 404:
                return RequestRefused(
                    f"Genesys Cloud has nothing at the address of {what} (404).",
                    hint="Check GENESYS_API_BASE or GENESYS_REGION.",
                )
            case 413:
                return TOO_MANY
            case _:
                return _down(status) if status >= HTTPStatus.INTERNAL_SERVER_ERROR else None

    return explain


def of_details() -> Explain:
    """For conversation details."""
    return of_call("conversation details", DETAILS)


def of_job(order_id: str) -> Explain:
    """For a job of conversation details; one that is unknown was deleted, or has expired."""
    otherwise = of_details()

    def explain(status: int, body: bytes) -> BackendError | None:
        return gone(order_id) if status == HTTPStatus.NOT_FOUND else otherwise(status, body)

    return explain


def gone(order_id: str) -> OrderNotFound:
    """For a job whose results the platform does not keep any more."""
    return OrderNotFound(
        f"Genesys Cloud has no results for order {order_id} any more (404): the job was deleted or has expired.",
        hint="Call create_analytics_order with the same type, dates and options to order it again.",
    )


def _wrong(body: bytes) -> RequestRefused:
    if _TOO_MANY.search(body):
        return TOO_MANY
    if _TOO_MANY_PAGES.search(body):
        return MORE_THAN_PAGES
    if _TOO_MANY_DAYS.search(body):
        return RequestRefused(
            "Genesys Cloud refused the window as too long (400).",
            hint="Ask for a shorter one; freshness=live takes at most 31 days.",
        )
    code = _CODE.search(body)
    named = f", {code[1].decode()}" if code else ""
    return RequestRefused(
        f"Genesys Cloud refused the request as wrong (400{named}).",
        hint="Change the window, the granularity, the grouping or a filter; do not repeat it as it is.",
    )


def _down(status: int) -> BackendUnavailable:
    return BackendUnavailable(
        f"Genesys Cloud answered with an error of its own ({status}).", hint="Make the same call again in a minute."
    )


def _refused_token() -> NotAuthenticated:
    return NotAuthenticated(
        "Genesys Cloud did not accept a token that its own login had just given (401).",
        hint="Check that GENESYS_API_BASE and GENESYS_LOGIN_BASE, or GENESYS_REGION, are of one organisation.",
    )
