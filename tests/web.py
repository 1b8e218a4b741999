"""The server's ASGI app and a plain HTTP client of it, for claims about requests as they are on the wire."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx

from unique_analytics_mcp.server import AnalyticsServer
from unique_analytics_mcp.server.draining import Listeners
from unique_analytics_mcp.server.http import http_app

VERSION = "2026-07-28"


@asynccontextmanager
async def web(server: AnalyticsServer, **more: Any) -> AsyncGenerator[httpx.AsyncClient]:
    """A plain HTTP client of the app, in memory, while the server's own tasks run; `more` is for `http_app`."""
    app = http_app(server, listeners=Listeners(), **more)
    transport = httpx.ASGITransport(app)
    with anyio.fail_after(10):
        async with (
            server.session_manager.run(),
            httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client,
        ):
            yield client


async def call(client: httpx.AsyncClient, tool: str, arguments: dict[str, Any], **headers: str) -> httpx.Response:
    params = {
        "name": tool,
        "arguments": arguments,
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": VERSION,
            "io.modelcontextprotocol/clientCapabilities": {},
        },
    }
    return await client.post(
        "/mcp",
        json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params},
        headers={
            "accept": "application/json, text/event-stream",
            "mcp-protocol-version": VERSION,
            "mcp-method": "tools/call",
            "mcp-name": tool,
            **headers,
        },
    )
