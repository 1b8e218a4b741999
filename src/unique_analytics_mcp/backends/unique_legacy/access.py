"""Who we are to the older Unique API: a login token, and what it says about itself.

A token of the kind Zitadel issues is a JSON web token: its claims name the user, the company and the moment it
expires (unique-api.md 2.3, read 2026-11-21). They are read, never verified: that is the gateway's part.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, TypeAlias, cast

from unique_analytics_mcp.backends._unique_addresses import base_url, full_base
from unique_analytics_mcp.errors import ConfigurationError, NotAuthenticated

GraphqlPath: TypeAlias = Literal["/graphql", "/grqphql"]
"""Where orders are listed and deleted; the second is how the API's page prints it once."""

RENEWAL: Final = "Put a new login token into UNIQUE_ACCESS_TOKEN and start again."

_COMPANY: Final = "urn:zitadel:iam:user:resourceowner:id"
_CLOCKS_APART: Final = timedelta(seconds=60)
"""How far the gateway's clock may be behind ours; a token within it is left to the gateway."""
_PUBLIC: Final = "/public"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyAccess:
    """One identity on one platform, as the operator set it up."""

    base_url: str
    """With the prefix, as `internal_base` gives it."""
    token: str = field(repr=False)
    graphql_path: GraphqlPath = "/graphql"

    @property
    def principal(self) -> str:
        """Opaque, equal for equal platform and user; a token that names nobody is somebody of its own."""
        claims = _claims(self.token)
        who = [claims.get(_COMPANY), claims["sub"]] if "sub" in claims else [self.token]
        identity = json.dumps(["unique-legacy", self.base_url, *who])
        return hashlib.sha256(identity.encode()).hexdigest()[:32]

    def headers(self) -> Mapping[str, str]:
        """What goes with every call."""
        return {"authorization": f"Bearer {self.token}"}

    def check_expiry(self, now: datetime) -> None:
        """Let a token pass that may still be good, by this computer's clock.

        Raises:
            NotAuthenticated: it says itself that it has expired.
        """
        expires_at = _moment(_claims(self.token).get("exp"))
        if expires_at is not None and now > expires_at + _CLOCKS_APART:
            raise NotAuthenticated(
                f"The login token expired at {expires_at:%Y-%m-%d %H:%M} UTC; nothing was sent.", hint=RENEWAL
            )


def internal_base(full: str | None, host: str | None) -> str:
    """The base URL of the older API: `UNIQUE_API_BASE` in full where it is set, else from `UNIQUE_API_BASE_URL`.

    It lives beside the public API, without that one's `/public` (unique-api.md 2.1 and 5):

        gateway.acme.unique.app      https://gateway.acme.unique.app/chat

    Raises:
        ConfigurationError: not an address, one of the public API, or one that would send the token unencrypted.
    """
    if not full:
        return base_url(host or "").replace(_PUBLIC, "", 1)
    base = full_base(full)
    if f"{_PUBLIC}/" in f"{base}/":
        raise ConfigurationError(
            "UNIQUE_API_BASE is the address of the public API; the older API is not there.",
            hint=f"Leave {_PUBLIC} out of it, or set UNIQUE_API_BASE_URL to the gateway instead.",
        )
    return base


def _claims(token: str) -> Mapping[str, object]:
    """What the token says of itself; nothing where it is no JSON web token."""
    payload = token.split(".")[1:2]
    try:
        claims = json.loads(base64.urlsafe_b64decode(f"{payload[0]}===")) if payload else None
    except (ValueError, RecursionError):
        return {}
    return cast("Mapping[str, object]", claims) if isinstance(claims, dict) else {}


def _moment(seconds: object) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
