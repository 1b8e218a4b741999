"""Somebody whose client knows the address of a server and nothing else, and a server that callers log in to."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import InitVar, dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import anyio
import httpx2
from mcp import Client
from mcp.client.auth import OAuthClientProvider, TokenStorage
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl
from starlette.types import ASGIApp, Receive, Scope, Send

from fakes import HANGS_S
from guarded import Callers
from logins import LoginIssuer
from unique_analytics_mcp.app import gate_of
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.server import build_server
from unique_analytics_mcp.server.draining import Listeners
from unique_analytics_mcp.server.http import MCP, http_app
from unique_analytics_mcp.settings import Settings
from unique_analytics_mcp.simulator import serve

BACK = "http://127.0.0.1:49152/callback"
"""Where a browser is sent after a login; nobody listens there."""


@dataclass
class Person(TokenStorage):
    """The SDK's own client, which logs in where it must; it may have a token from before."""

    url: str
    having: InitVar[str | None] = None
    requests: list[str] = field(default_factory=list)
    """Each by method, path and status, those of the login too."""
    tokens: OAuthToken | None = None
    registered: OAuthClientInformationFull | None = None
    _back: dict[str, str] = field(default_factory=dict)

    def __post_init__(self, having: str | None) -> None:
        self.tokens = OAuthToken(access_token=having) if having else None

    @asynccontextmanager
    async def client(self) -> AsyncGenerator[Client]:
        login = OAuthClientProvider(
            self.url,
            OAuthClientMetadata(redirect_uris=[AnyUrl(BACK)], token_endpoint_auth_method="none"),
            self,
            redirect_handler=self._agree,
            callback_handler=self._come_back,
        )
        hooks = {"response": [self._note]}
        with anyio.fail_after(HANGS_S):
            async with (
                httpx2.AsyncClient(
                    auth=login, trust_env=False, verify=False, timeout=HANGS_S, event_hooks=hooks
                ) as web,
                Client(streamable_http_client(self.url, http_client=web)) as client,
            ):
                yield client

    async def _note(self, response: httpx2.Response) -> None:
        self.requests.append(f"{response.request.method} {response.request.url.path} {response.status_code}")

    async def _agree(self, url: str) -> None:
        """What a browser does: it opens the page and is sent back."""
        async with httpx2.AsyncClient(trust_env=False, verify=False) as browser:
            answer = await browser.get(url)
        self._back = dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    async def _come_back(self) -> AuthorizationCodeResult:
        return AuthorizationCodeResult.model_validate(self._back)

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.registered

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.registered = client_info


@asynccontextmanager
async def logging_in(
    issuer: LoginIssuer, callers: Callers, *, allow_delete: bool = False, **settings: Any
) -> AsyncGenerator[str]:
    """The address of a server that an operator has set up for the issuer, under that same address."""
    door: list[ASGIApp] = []

    async def opened(scope: Scope, receive: Receive, send: Send) -> None:
        await door[0](scope, receive, send)

    async with serve(opened) as origin:
        gate = gate_of(Settings(auth="oidc", oidc_issuer=issuer.url, public_url=f"{origin}{MCP}", **settings))
        server = build_server(
            callers.open_service, catalogue=UNIQUE_REPORTS, allow_delete=allow_delete, time_zone="UTC", gate=gate
        )
        door.append(http_app(server, listeners=Listeners()))
        async with server.session_manager.run():
            yield f"{origin}{MCP}"
