"""What to tell a caller whom the Unique platform refuses: our words by status, for each kind of call.

Pure. No answer of the platform is quoted. What a status means for analytics orders is documented nowhere; these are
the working assumptions of unique-api.md 3.1 (read 2026-11-21).
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from unique_analytics_mcp.backends._unique_refusals import (
    missing_role,
    no_role,
    of_report,
    refused_order,
    unknown_order,
)
from unique_analytics_mcp.backends.unique.access import UniqueAccess
from unique_analytics_mcp.domain.order import OrderRequest
from unique_analytics_mcp.domain.report import ReportType
from unique_analytics_mcp.errors import (
    BackendError,
    NotAuthenticated,
    OrderNotFound,
    UnexpectedAnswer,
)

_KEY: Final = "UNIQUE_APP_KEY (or UNIQUE_API_KEY)"
_COMPANY: Final = "UNIQUE_AUTH_COMPANY_ID (or UNIQUE_COMPANY_ID)"
_USER: Final = "UNIQUE_AUTH_USER_ID (or UNIQUE_USER_ID)"
_TOKEN: Final = re.compile(r"eyJ[\w-]*\.[\w-]+\.[\w-]*")
"""A JSON web token: three parts, the first one starting like `{"`."""


def of_listing(access: UniqueAccess) -> dict[int, BackendError]:
    """For a page of the list."""
    return {**_of_identity(access), 404: OrderNotFound(_wrong_address(access), hint=_ADDRESS_HINT)}


def of_submission(access: UniqueAccess, request: OrderRequest, report: ReportType) -> dict[int, BackendError]:
    """For a new order; `report` is its type's literal."""
    refused = refused_order(request)
    return {**of_listing(access), 400: refused, 422: refused, 403: missing_role(report, hint=_ROLE_HINT)}


def of_order(access: UniqueAccess, order_id: str) -> dict[int, BackendError]:
    """For an order that is asked for or deleted."""
    return {**_of_identity(access), 404: unknown_order(order_id)}


def of_download(access: UniqueAccess, order_id: str) -> dict[int, BackendError]:
    """For the report of an order."""
    return {**_of_identity(access), **of_report(order_id)}


def astray(access: UniqueAccess) -> UnexpectedAnswer:
    """For a 404 that says nothing of the order, because already the address is unknown: the order may well exist."""
    return UnexpectedAnswer(_wrong_address(access), hint=_ADDRESS_HINT)


_ADDRESS_HINT: Final = (
    "Check UNIQUE_API_BASE_URL or UNIQUE_API_BASE, and UNIQUE_API_VERSION. "
    "The platform must be 2026.20 or newer to offer analytics orders there."
)


def _wrong_address(access: UniqueAccess) -> str:
    parts = urlsplit(access.base_url)
    prefix = parts.path or "(none)"
    return (
        f"{parts.hostname} has no analytics orders under the prefix {prefix} with version {access.api_version} (404)."
    )


def _of_identity(access: UniqueAccess) -> dict[int, BackendError]:
    return {
        401: NotAuthenticated("The platform did not accept the credentials (401).", hint=_credential_hint(access)),
        403: no_role(hint=_ROLE_HINT),
    }


_ROLE_HINT: Final = (
    f"Ask an administrator to give it to the user in {_USER}. "
    "If that user has it, ask whether the gateway blocks this route."
)


def _credential_hint(access: UniqueAccess) -> str:
    if _TOKEN.fullmatch(access.api_key):
        return f"{_KEY} looks like a login token, which the public API does not take: use an API key (ukey_…)."
    if access.api_key.startswith("app_") or access.app_id.startswith("ukey_"):
        return f"{_KEY} and UNIQUE_APP_ID look swapped: the key begins with ukey_."
    return (
        f"Check that {_KEY}, UNIQUE_APP_ID and {_COMPANY} belong together. "
        "If they worked before, try again in a minute: an outage of the key service looks the same."
    )
