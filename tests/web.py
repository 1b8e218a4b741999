"""The server's ASGI app and a plain HTTP client of it, for claims about requests as they are on the wire."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fakes import HANGS_S
from unique_analytics_mcp.server import AnalyticsServer
from unique_analytics_mcp.server.draining import Listeners
from unique_analytics_mcp.server.http import http_app

VERSION = "2026-07-28"


@asynccontextmanager
async def web(server: AnalyticsServer, **more: Any) -> AsyncGenerator[httpx.AsyncClient]:
    """A plain HTTP client of the app, in memory, while the server's own tasks run; `more` is for `http_app`."""
    async with _client_of(server, http_app(server, listeners=Listeners(), **more)) as client:
        yield client


@asynccontextmanager
async def leaving(server: AnalyticsServer, when: anyio.Event) -> AsyncGenerator[httpx.AsyncClient]:
    """The same for a caller who has left, without an answer, by the time `when` is set."""
    app = http_app(server, listeners=Listeners())

    async def left(scope: Scope, receive: Receive, send: Send) -> None:
        is_whole = False

        async def heard() -> Message:
            nonlocal is_whole
            if is_whole:
                await when.wait()
                return {"type": "http.disconnect"}
            message = await receive()
            is_whole = not message.get("more_body", False)
            return message

        await app(scope, heard, _unheard)
        await send({"type": "http.response.start", "status": 499, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async with _client_of(server, left) as client:
        yield client


async def _unheard(_: Message) -> None:
    """What nobody is there to hear."""


@asynccontextmanager
async def _client_of(server: AnalyticsServer, app: ASGIApp) -> AsyncGenerator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    with anyio.fail_after(HANGS_S):
        async with (
            server.session_manager.run(),
            httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client,
        ):
            yield client


async def call(
    client: httpx.AsyncClient, tool: str, arguments: dict[str, Any], path: str = "/mcp", **headers: str
) -> httpx.Response:
    params = {
        "name": tool,
        "arguments": arguments,
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": VERSION,
            "io.modelcontextprotocol/clientCapabilities": {},
        },
    }
    return await client.post(
        path,
        json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params},
        headers={
            "accept": "application/json, text/event-stream",
            "mcp-protocol-version": VERSION,
            "mcp-method": "tools/call",
            "mcp-name": tool,
            **headers,
        },
    )
