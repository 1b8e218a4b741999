"""Who asks: the identity behind a call over HTTP, and what it may do.

Pure values. How a token becomes a caller is known to the server alone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from unique_analytics_mcp.errors import NotAllowed


class Scope(StrEnum):
    """What a caller may be allowed to do; none of them holds another."""

    READ = "analytics:read"
    """Look at orders and reports."""
    ORDER = "analytics:order"
    """Place orders."""
    DELETE = "analytics:delete"
    """Remove orders, where the operator allows it at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """One person of one company, as the issuer of their token names them."""

    user_id: str
    """The platform's `x-user-id`."""
    company_id: str
    """The platform's `x-company-id`."""


def check_scope(needed: Scope, held: Collection[str]) -> None:
    """Let a caller through who holds the scope.

    Raises:
        NotAllowed: names the scope that is missing.
    """
    if needed not in held:
        raise NotAllowed(
            f"The access token does not allow this: it lacks the scope {needed}.",
            hint="Ask whoever issues the tokens for this scope, then connect again.",
        )
