"""A real MCP client connected in memory to our server over a fake platform, for claims about what agents see."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
from mcp.client import Client
from mcp_types import CallToolResult, ResourceLink, TextContent

from fakes import HANGS_S, FakeBackend, FakeTime, place_in
from unique_analytics_mcp.clock import Clock
from unique_analytics_mcp.domain.caller import Caller
from unique_analytics_mcp.domain.people import Pseudonyms
from unique_analytics_mcp.server import AnalyticsServer, build_server
from unique_analytics_mcp.server.auditing import Book
from unique_analytics_mcp.server.limits import Limits
from unique_analytics_mcp.service import Service

TIME_ZONE = "Europe/Zurich"


def served_on(
    backend: FakeBackend,
    folder: Path,
    *,
    clock: Clock | None = None,
    allow_delete: bool = False,
    people: Pseudonyms | None = None,
    audit: Book | None = None,
    limits: Limits | None = None,
) -> AnalyticsServer:
    """The server over a service with a store in `folder`; every type that is on by default may be ordered."""
    enabled = [name for name, report in backend.catalogue.items() if report.on_by_default]

    @asynccontextmanager
    async def open_service(caller: Caller | None) -> AsyncGenerator[Service]:
        time = FakeTime()
        service = Service(
            place_in(folder, backend, time.clock),
            clock=clock or time.clock,
            time_zone=TIME_ZONE,
            enabled=enabled,
            export_dir=folder / "exports",
            people=people,
            watch=limits and limits.watch_of(caller),
        )
        async with service:
            yield service

    return build_server(
        open_service,
        catalogue={name: backend.catalogue[name] for name in enabled},
        allow_delete=allow_delete,
        time_zone=TIME_ZONE,
        audit=audit,
    )


@asynccontextmanager
async def client_on(
    backend: FakeBackend,
    folder: Path,
    *,
    mode: Any = "auto",
    clock: Clock | None = None,
    allow_delete: bool = False,
    people: Pseudonyms | None = None,
) -> AsyncGenerator[Client]:
    """A connected client; what is done with it must not hang."""
    server = served_on(backend, folder, clock=clock, allow_delete=allow_delete, people=people)
    with anyio.fail_after(HANGS_S):
        async with Client(server, mode=mode) as client:
            yield client


def text_of(result: CallToolResult) -> str:
    """The one text of an answer."""
    (text,) = [block.text for block in result.content if isinstance(block, TextContent)]
    return text


def links_of(result: CallToolResult) -> list[str]:
    """The addresses of an answer's resource links."""
    return [block.uri for block in result.content if isinstance(block, ResourceLink)]
