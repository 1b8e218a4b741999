"""The gate of a server over HTTP: who may come in, and who it is that asks now.

The SDK does the OAuth side: it refuses a request without a valid token and remembers the access for the time of a
request; what a client is told to ask the issuer for is said here. Without a gate everybody asks with the operator's
identity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import TokenVerifier
from mcp.server.auth.routes import create_protected_resource_routes
from mcp.server.auth.settings import AuthSettings
from pydantic import AnyHttpUrl
from starlette.routing import Route

from unique_analytics_mcp.domain.caller import Caller, Scope, check_scope
from unique_analytics_mcp.server.issuer import Issuer
from unique_analytics_mcp.server.tokens import IssuedTokens, SharedToken, Trust, caller_of


@dataclass(frozen=True, slots=True)
class Login:
    """What a client is told that has to log in.

    The SDK tells it only the scope without which nobody comes in, and clients ask for what they are told: they would
    get a token that may place no order.
    """

    metadata: Sequence[Route]
    """Where the issuer is, and the scopes to ask it for (RFC 9728)."""
    scopes: str
    """The same, as a challenge says them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """How callers are asked for credentials."""

    settings: AuthSettings
    verifier: TokenVerifier
    names_callers: bool
    """True when each caller has an identity of their own."""
    asked: Sequence[str] = ()
    """Scopes that clients shall ask the issuer for; those of the tools when there are none."""

    def login(self, scopes: Sequence[str]) -> Login | None:
        """How a client comes to a token for a server whose tools need these scopes; None without an issuer."""
        if self.settings.resource_server_url is None:
            return None
        asked = [*(self.asked or scopes)]
        metadata = create_protected_resource_routes(
            resource_url=self.settings.resource_server_url,
            authorization_servers=[self.settings.issuer_url],
            scopes_supported=asked,
        )
        return Login(metadata, " ".join(asked))


def shared_gate(secret: str) -> Gate:
    """One secret for all callers; there is no issuer, so no metadata names one."""
    nobody = AnyHttpUrl("https://localhost")
    return Gate(
        settings=AuthSettings(issuer_url=nobody, resource_server_url=None, required_scopes=[]),
        verifier=SharedToken(secret),
        names_callers=False,
    )


def issuer_gate(issuer: Issuer, *, public_url: str, trust: Trust, asked: Sequence[str] = ()) -> Gate:
    """Tokens of an OpenID provider for the server at `public_url`, which its metadata say (RFC 9728)."""
    return Gate(
        settings=AuthSettings.model_validate(  # of texts: an AnyHttpUrl has a slash at its end that no issuer wrote
            {
                "issuer_url": issuer.url,
                "resource_server_url": public_url,
                "required_scopes": [Scope.READ],
                "validate_token_resource": False,  # the verifier checks the audience itself, which may be no address
            }
        ),
        verifier=IssuedTokens(issuer, trust=trust),
        names_callers=True,
        asked=asked,
    )


def caller_now() -> Caller | None:
    """Whose request this is; None for the operator's own identity."""
    access = get_access_token()
    return None if access is None else caller_of(access)


def client_now() -> str:
    """The client whose token this request brings; empty where none is asked for."""
    access = get_access_token()
    return "" if access is None else access.client_id


def check_allowed(scope: Scope) -> None:
    """Let the request through whose token holds the scope; without a gate every request.

    Raises:
        NotAllowed: the scope is missing.
    """
    access = get_access_token()
    if access is not None:
        check_scope(scope, access.scopes)
