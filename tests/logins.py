"""The pretended OpenID provider with a login, at which any client may register and somebody agrees to what it asks for.

By RFC 8414 (metadata), 7591 (registration), 6749 with 7636 (codes and their proofs), 8707 (resources) and 9207 (who
answers), from those documents and never from the SDK, whose client is the other side.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from issuer import COMPANY, FakeIssuer
from unique_analytics_mcp.app import real_clock

LIFE = timedelta(minutes=5)


@dataclass(frozen=True)
class Login:
    """What somebody has agreed to."""

    client_id: str
    redirect_uri: str
    challenge: str
    resource: str
    scope: str


@dataclass
class LoginIssuer(FakeIssuer):
    life: timedelta = LIFE
    """Of the access token that a login gives; renewed ones always live on."""
    granted: str | None = None
    """Scopes that somebody agrees to, whatever is asked for; all that are asked for when None."""
    audience: str | None = None
    """What tokens name in `aud`; the resource that was asked for when None."""
    company_scope: str | None = None
    """The scope without which a token names no company, if there is one."""
    logins: list[Mapping[str, str]] = field(default_factory=list)
    """What each login asked for."""
    issued: list[str] = field(default_factory=list)
    """Access tokens in the order of their issue."""
    _clients: dict[str, list[str]] = field(default_factory=dict)
    _codes: dict[str, Login] = field(default_factory=dict)
    _renewals: dict[str, Login] = field(default_factory=dict)

    @property
    def app(self) -> Starlette:
        metadata = f"/.well-known/oauth-authorization-server{self.path.rstrip('/')}"
        return Starlette(
            routes=[
                *super().app.routes,
                Route(metadata, self._metadata),
                Route("/register", self._register, methods=["POST"]),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    def _metadata(self, _: Request) -> JSONResponse:
        endpoints = {"authorization": "authorize", "token": "token", "registration": "register"}
        return JSONResponse(
            {
                "issuer": self.url,
                **{f"{name}_endpoint": f"{self.origin}/{path}" for name, path in endpoints.items()},
                "response_types_supported": ["code"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["none"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def _register(self, request: Request) -> JSONResponse:
        asked = await request.json()
        client_id = f"client-{len(self._clients) + 1}"
        self._clients[client_id] = asked["redirect_uris"]
        return JSONResponse({**asked, "client_id": client_id}, status_code=201)

    def _authorize(self, request: Request) -> Response:
        """Somebody who is logged in agrees, and goes back to the client with a code."""
        asked = dict(request.query_params)
        if asked["redirect_uri"] not in self._clients.get(asked["client_id"], []):
            return JSONResponse({"error": "invalid_client"}, status_code=400)
        if (asked["response_type"], asked["code_challenge_method"]) != ("code", "S256"):
            return JSONResponse({"error": "invalid_request"}, status_code=400)
        self.logins.append(asked)
        code = uuid4().hex
        self._codes[code] = Login(
            client_id=asked["client_id"],
            redirect_uri=asked["redirect_uri"],
            challenge=asked["code_challenge"],
            resource=asked["resource"],
            scope=asked.get("scope", "") if self.granted is None else self.granted,
        )
        back = urlencode({"code": code, "state": asked["state"], "iss": self.url})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}", status_code=302)

    async def _token(self, request: Request) -> JSONResponse:
        """A token for a code or for a refresh token; either serves once, and only who has asked for it."""
        sent = dict(parse_qsl((await request.body()).decode()))
        if sent["grant_type"] == "authorization_code":
            login, life = self._codes.pop(sent["code"], None), self.life
            proven = login is not None and self._proves(sent, login)
        else:
            login, life = self._renewals.pop(sent["refresh_token"], None), LIFE
            proven = login is not None
        if login is None or not proven or (sent["client_id"], sent["resource"]) != (login.client_id, login.resource):
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        return JSONResponse(self._issue(login, life))

    def _proves(self, sent: Mapping[str, str], login: Login) -> bool:
        digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        return (challenge, sent["redirect_uri"]) == (login.challenge, login.redirect_uri)

    def _issue(self, login: Login, life: timedelta) -> dict[str, object]:
        changed: dict[str, Any] = {} if self.company_scope in (None, *login.scope.split()) else {COMPANY: None}
        self.issued.append(
            self.token(
                aud=self.audience or login.resource,
                azp=login.client_id,
                exp=real_clock().now() + life,
                scope=login.scope,
                **changed,
            )
        )
        renewal = uuid4().hex
        self._renewals[renewal] = login
        return {
            "access_token": self.issued[-1],
            "token_type": "Bearer",
            "expires_in": int(life.total_seconds()),
            "scope": login.scope,
            "refresh_token": renewal,
        }
