"""The two GraphQL questions of the older Unique API, and what its answers mean: what came beside errors still counts.

Pure. The documents are those of "Analytics API" (S001, read 2026-11-21); the codes of errors are those of Apollo, on
which NestJS builds. No text of the platform goes into an error.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final, cast

from unique_analytics_mcp.backends._unique_orders import json_object
from unique_analytics_mcp.backends.unique_legacy.access import LegacyAccess
from unique_analytics_mcp.backends.unique_legacy.refusals import (
    not_allowed,
    not_authenticated,
    not_carried_out,
    not_understood,
)
from unique_analytics_mcp.errors import BackendError, UnexpectedAnswer

LIST: Final = "analyticsOrders"
DELETE: Final = "analyticsOrderDelete"

_MISUNDERSTOOD: Final = frozenset(("GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"))
"""Codes that the same question gets each time."""
_FIELDS: Final = "updatedAt type stateUpdatedAt id state createdBy createdAt configuration companyId"
_LIST: Final = (
    "query AnalyticsOrders($orderBy: [AnalyticsOrderOrderByWithRelationInput!], $take: Int, $skip: Int) "
    f"{{ {LIST}(orderBy: $orderBy, take: $take, skip: $skip) {{ {_FIELDS} }} }}"
)
_DELETE: Final = f"mutation AnalyticsOrderDelete($orderId: String!) {{ {DELETE}(orderId: $orderId) {{ {_FIELDS} }} }}"


def list_body(*, skip: int, take: int) -> Mapping[str, object]:
    """The question for a page of orders, newest first."""
    return {"query": _LIST, "variables": {"orderBy": [{"createdAt": "desc"}], "skip": skip, "take": take}}


def delete_body(order_id: str) -> Mapping[str, object]:
    """The order to delete one."""
    return {"query": _DELETE, "variables": {"orderId": order_id}}


def read_data(body: object, field: str, access: LegacyAccess) -> object:
    """What a field of the answer holds; errors beside it are of parts of it, which are null.

    Raises:
        NotAuthenticated, NotAllowed, RequestRefused, BackendUnavailable: there is an error in its place.
        UnexpectedAnswer: it is no answer of GraphQL.
    """
    answer = json_object(body)
    data = json_object(answer.get("data"))
    if data.get(field) is None and answer.get("errors"):
        raise _error_of(_codes(answer["errors"]), access)
    if field not in data:
        raise UnexpectedAnswer(
            "The platform sent something else where an answer of GraphQL was expected.",
            hint="Check UNIQUE_API_BASE_URL or UNIQUE_API_BASE, and UNIQUE_ANALYTICS_LEGACY_GRAPHQL_PATH.",
        )
    return data[field]


def read_page(body: object, access: LegacyAccess) -> Sequence[object]:
    """The orders of a page, as they are written; errors as in `read_data`."""
    page = read_data(body, LIST, access)
    if isinstance(page, list):
        return cast("Sequence[object]", page)
    raise UnexpectedAnswer(
        "The platform sent something else where a list of orders was expected.",
        hint="Make the same call again; if it stays so, check UNIQUE_API_BASE_URL or UNIQUE_API_BASE.",
    )


def read_refusal(body: bytes, access: LegacyAccess) -> BackendError | None:
    """What a body says of the caller, where the status says less: Apollo answers 400 to whom it does not admit."""
    try:
        codes = _codes(json_object(json.loads(body)).get("errors"))
    except (ValueError, RecursionError):
        return None
    return _refusal_of(codes, access)


def _codes(errors: object) -> set[str]:
    entries = cast("Sequence[object]", errors if isinstance(errors, list) else ())
    return {str(json_object(json_object(entry).get("extensions")).get("code")).upper() for entry in entries}


def _error_of(codes: set[str], access: LegacyAccess) -> BackendError:
    general = not_understood() if codes & _MISUNDERSTOOD else not_carried_out()
    return _refusal_of(codes, access) or general


def _refusal_of(codes: set[str], access: LegacyAccess) -> BackendError | None:
    if "UNAUTHENTICATED" in codes:
        return not_authenticated(access)
    return not_allowed() if "FORBIDDEN" in codes else None
