"""Pretend platforms over real HTTP on loopback, inside an event loop or in a thread of their own.

It knows ASGI and uvicorn, nothing of platforms. It starts and stops within milliseconds, takes no signal
handlers, leaves the logging of the process alone and does not wait for open connections. Layer: simulator.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from email.utils import formatdate
from typing import Final, Protocol

import uvicorn
from anyio.from_thread import start_blocking_portal
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from unique_analytics_mcp.simulator.door import ConnectionDropped

_LOOPBACK: Final = "127.0.0.1"


class Platform(Protocol):
    """What every pretend platform has."""

    @property
    def app(self) -> ASGIApp:
        """What to serve."""
        ...

    def environment(self, base_url: str) -> dict[str, str]:
        """Give the environment a client needs when the app is served at this address."""
        ...

    @property
    def others(self) -> Mapping[str, Mapping[str, str]]:
        """Who else may come in: what is other in their environment, by what they are."""
        ...


@asynccontextmanager
async def serve(app: ASGIApp, port: int = 0) -> AsyncGenerator[str]:
    """Serve the app on this machine while the block runs; gives the base URL, without a slash at its end.

    Needs an asyncio loop. Port 0 takes a free one. The app's lifespan is not run.

    Raises:
        OSError: the port is taken.
    """
    state = ServerState()
    config = uvicorn.Config(
        _closing_on_drop(app, state),
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        proxy_headers=False,
        server_header=False,
    )
    config.load()
    listener = await asyncio.get_running_loop().create_server(lambda: H11Protocol(config, state, {}), _LOOPBACK, port)
    try:
        yield f"http://{_LOOPBACK}:{listener.sockets[0].getsockname()[1]}"
    finally:
        listener.close()
        await _stop(state)


@contextmanager
def serve_in_thread(app: ASGIApp, port: int = 0) -> Generator[str]:
    """Serve the app as `serve` does, in a thread with its own event loop, for callers that block."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(serve(app, port)) as base_url:
        yield base_url


def side_by_side(apps: Mapping[str, ASGIApp]) -> ASGIApp:
    """Join apps under one address by the beginning of the path, such as `/public`; the path is passed on whole."""
    longest_first = sorted(apps.items(), key=lambda entry: len(entry[0]), reverse=True)

    async def joined(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] + "/"
        matching = (app for prefix, app in longest_first if path.startswith(prefix + "/"))
        app = next(matching, None) or _nobody()
        await app(scope, receive, send)

    return joined


def _nobody() -> ASGIApp:
    return PlainTextResponse("Nobody lives here.", status_code=404, headers={"date": formatdate(usegmt=True)})


def _closing_on_drop(app: ASGIApp, state: ServerState) -> ASGIApp:
    async def closing(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except ConnectionDropped:
            _close(state, scope["client"])
            while (await receive())["type"] != "http.disconnect":
                pass
        except asyncio.CancelledError:
            # Only _stop cancels, after it has cut the connection; uvicorn would log the cancellation as a failure.
            return

    return closing


def _close(state: ServerState, client: tuple[str, int]) -> None:
    for connection in _connections(state):
        if connection.client == client:
            connection.transport.close()


async def _stop(state: ServerState) -> None:
    for connection in _connections(state):
        connection.transport.abort()
    tasks = list(state.tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _connections(state: ServerState) -> list[H11Protocol]:
    return [connection for connection in state.connections if isinstance(connection, H11Protocol)]
