"""Who may come in at the pretend older API, and the login tokens that say so.

A token is a JSON web token as Zitadel issues it, with the claims the gateway reads (unique-api.md 2.3, read
2026-11-21). Its signature is a word: what the gateway accepts is a list. Layer: backend, simulator side.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from unique_analytics_mcp.simulator.unique.reports import ADMIN, READ

_FAR = datetime(2100, 1, 1, tzinfo=UTC)
_PAST = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody whom the gateway knows."""

    user_id: str
    roles: frozenset[str]
    until: datetime = _FAR
    """When the token expires."""
    company_id: str = "company_demo"

    @property
    def token(self) -> str:
        """The token this visitor carries."""
        claims = {
            "iss": "https://id.nordwind.example",
            "sub": self.user_id,
            "exp": int(self.until.timestamp()),
            "urn:zitadel:iam:user:resourceowner:id": self.company_id,
        }
        return ".".join((_part({"alg": "RS256", "typ": "JWT"}), _part(claims), "demo-signature"))


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


ADMINISTRATOR = Visitor("user_demo_admin", frozenset({READ, ADMIN}))
ANALYST = Visitor("user_demo_analyst", frozenset({READ}))
GUEST = Visitor("user_demo_guest", frozenset())
LATECOMER = Visitor("user_demo_admin", frozenset({READ, ADMIN}), until=_PAST)
"""Was an administrator until the token expired."""

_VISITORS = {visitor.token: visitor for visitor in (ADMINISTRATOR, ANALYST, GUEST, LATECOMER)}


def visitor_of(headers: Mapping[str, str], now: datetime) -> Visitor | None:
    """Give whoever carries the token in these headers; None when the gateway lets nobody in with it."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    visitor = _VISITORS.get(token)
    return visitor if scheme == "Bearer" and visitor and now < visitor.until else None
