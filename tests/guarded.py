"""A server over HTTP that asks callers who they are, in front of a pretended platform for each of them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult

from fakes import HANGS_S, FakeBackend, FakeTime, place_in
from issuer import AUDIENCE, FakeIssuer
from unique_analytics_mcp.backends._trust import shared_trust
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.domain.caller import Caller
from unique_analytics_mcp.server import build_server
from unique_analytics_mcp.server.auditing import Book
from unique_analytics_mcp.server.gate import Gate, issuer_gate
from unique_analytics_mcp.server.issuer import Issuer
from unique_analytics_mcp.service import Service
from unique_analytics_mcp.simulator import serve

SECRET = "a-secret-of-24-characters"
OCTOBER = {"type": "CHAT_INTERACTION", "period": "2026-10"}


def csv_of(name: str) -> bytes:
    return f"Email,Date,Assistant,Count\r\n{name}@nordwind.example,05.10.2026,Helper of {name},7\r\n".encode()


@dataclass
class Callers:
    """A pretended platform for each caller, whose one report names nobody but them; all share one disk."""

    folder: Path
    platforms: dict[Caller | None, FakeBackend] = field(default_factory=dict)

    @asynccontextmanager
    async def open_service(self, caller: Caller | None) -> AsyncGenerator[Service]:
        name = caller.user_id if caller else "operator"
        backend = FakeBackend(csv=csv_of(name), principal=name)
        self.platforms[caller] = backend
        time = FakeTime()
        place = place_in(self.folder, backend, time.clock)
        async with Service(
            place, clock=time.clock, time_zone="UTC", enabled=["CHAT_INTERACTION"], own_orders_only=caller is not None
        ) as service:
            yield service


@asynccontextmanager
async def serving(callers: Callers, gate: Gate, *, audit: Book | None = None) -> AsyncGenerator[str]:
    server = build_server(
        callers.open_service, catalogue=UNIQUE_REPORTS, allow_delete=True, time_zone="UTC", gate=gate, audit=audit
    )
    app = server.streamable_http_app(stateless_http=True)
    async with app.router.lifespan_context(app), serve(app) as url:
        yield f"{url}/mcp"


@dataclass
class Guarded:
    url: str
    issuer: FakeIssuer
    callers: Callers

    @asynccontextmanager
    async def client(self, name: str, **claims: Any) -> AsyncGenerator[Client]:
        async with client_with(self.url, self.issuer.token(sub=name, **claims)) as client:
            yield client


@asynccontextmanager
async def guarding(issuer: FakeIssuer, folder: Path, *, audit: Book | None = None) -> AsyncGenerator[Guarded]:
    callers, gate = (
        Callers(folder),
        issuer_gate(Issuer(url=issuer.url, audience=AUDIENCE), public_url=AUDIENCE, trust=shared_trust),
    )
    async with serving(callers, gate, audit=audit) as url:
        yield Guarded(url, issuer, callers)


@asynccontextmanager
async def client_with(url: str, token: str) -> AsyncGenerator[Client]:
    headers = {"authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(headers=headers, trust_env=False, verify=False, timeout=HANGS_S) as web:
        with anyio.fail_after(HANGS_S):
            async with Client(streamable_http_client(url, http_client=web)) as client:
                yield client


async def answer_to(client: Client) -> CallToolResult:
    answer = await client.call_tool("run_analytics_report", OCTOBER)
    assert not answer.is_error, answer.content
    return answer
