"""The server over streamable HTTP: what stands around `/mcp`, and how it begins and ends.

Where nobody is asked for credentials nothing but loopback may be bound. Host and Origin headers are checked by the
SDK, always: a web page must not reach a server on its reader's machine by a name of its own (DNS rebinding). What is
answered at once is plain JSON in the newest revision, and a stream otherwise. The SDK's mode that makes every answer
plain JSON stays off: in it a caller who leaves would not end the wait (mcp.md 1.4).
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from unique_analytics_mcp.errors import InvalidRequest

if TYPE_CHECKING:
    import socket
    from types import FrameType

    import uvicorn
    from mcp.server.transport_security import TransportSecuritySettings
    from starlette.types import ASGIApp, Receive, Scope, Send

    from unique_analytics_mcp.server import AnalyticsServer
    from unique_analytics_mcp.server.draining import Listeners
    from unique_analytics_mcp.server.limits import Limits
    from unique_analytics_mcp.server.readiness import Look
    from unique_analytics_mcp.watching import Tally

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")

MCP: Final = "/mcp"

LONGEST_BODY: Final = 1 << 20
"""Bytes of a request: the longest call that makes sense is a page of SQL."""
_BODY_S: Final = 20
"""For a request's body to arrive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """How the server shows itself to the network."""

    host: str = "127.0.0.1"
    port: int = 8000
    allowed_hosts: tuple[str, ...] = ()
    """Names, besides loopback, by which callers may reach it."""
    public_url: str | None = None
    """Where callers reach it through a proxy: one more such name, and the origin of pages that may call."""
    drain_s: float = 25.0
    """Seconds that running calls get to end after SIGTERM or Ctrl-C."""
    keep_alive_s: int = 75
    """Seconds between an answer and the next request on its connection.

    Longer than clients and proxies keep their ends: httpx for 5, nginx and the load balancers of AWS for 60 (their
    documents, read 2026-11-23). So they close first, and no call is lost for crossing a closing.
    """

    @property
    def names(self) -> tuple[str, ...]:
        """All names by which callers may reach it."""
        public = urlsplit(self.public_url).hostname if self.public_url else None
        return (*self.allowed_hosts, *([public] if public else []))


def check_host(host: str, *, is_guarded: bool) -> None:
    """Without a gate let only this machine's own addresses pass.

    Raises:
        InvalidRequest: any other host.
    """
    if not is_guarded and host not in LOOPBACK:
        raise InvalidRequest(
            f"Nobody would be asked for credentials, so {host} is refused: others could reach it.",
            hint=f"Set UNIQUE_ANALYTICS_AUTH to token or oidc, or choose --host from {', '.join(LOOPBACK)}.",
        )


def serve_http(
    server: AnalyticsServer,
    exposure: Exposure,
    *,
    ready: Callable[[str], None],
    limits: Limits,
    tally: Tally,
    systems: Mapping[str, Look],
) -> None:
    """Serve until a signal, then let running calls end; `ready` is given the address, whose port is a free one for 0.

    `limits` hold for each caller, `/metrics` has the counts of `tally`, and `/ready` looks whether `systems` answer.

    SIGTERM is a normal end; after Ctrl-C the signal is raised again.

    Raises:
        ConfigurationError: the port cannot be used.
    """
    from unique_analytics_mcp.server.draining import Listeners, keep_running_calls
    from unique_analytics_mcp.server.listening import listening

    keep_running_calls()
    listeners = Listeners()
    app = http_app(
        server, allowed_hosts=exposure.names, listeners=listeners, limits=limits, tally=tally, systems=systems
    )
    with listening(exposure.host, exposure.port) as listener:
        name = _bracketed(exposure.host)
        ready(f"http://{name}:{listener.getsockname()[1]}{MCP}")
        _draining_server(app, listeners, exposure).run(sockets=[listener])


def http_app(
    server: AnalyticsServer,
    *,
    listeners: Listeners,
    allowed_hosts: Iterable[str] = (),
    limits: Limits | None = None,
    tally: Tally | None = None,
    systems: Mapping[str, Look] | None = None,
) -> ASGIApp:
    """The server as an ASGI app, with the probes beside `/mcp` and everything each request passes.

    The one place that says in which order: the first of the list is the outermost.
    """
    from unique_analytics_mcp.server.metrics import Metrics
    from unique_analytics_mcp.server.middleware import (
        Addresses,
        BodyLimits,
        Challenges,
        Counting,
        Farewells,
        RequestIds,
        Resumptions,
    )
    from unique_analytics_mcp.server.probes import PATHS, add_probes
    from unique_analytics_mcp.server.readiness import Readiness

    metrics = Metrics(tools=server.tool_names, routes=(MCP, *PATHS), tally=tally)
    add_probes(server, metrics, Readiness(systems or {}))
    # What is refused by a limit is counted, and is no access to anything.
    server.middleware[:0] = [metrics.watch_calls, listeners.keep, *([limits.watch] if limits else [])]
    app = server.streamable_http_app(
        streamable_http_path=MCP,
        stateless_http=True,
        max_request_body_size=LONGEST_BODY,
        transport_security=_security(allowed_hosts),
    )
    if login := server.login:
        app.router.routes[:0] = login.metadata  # at the address of the SDK's own: the first is taken
    passed: list[Callable[[ASGIApp], ASGIApp]] = [
        lambda app: Addresses(app, end=MCP),
        RequestIds,
        lambda app: Counting(app, metrics),
        lambda app: Farewells(app, listeners),
        Resumptions,
        lambda app: BodyLimits(app, longest_bytes=LONGEST_BODY, patience_s=_BODY_S),
        *([lambda app: Challenges(app, login.scopes)] if login else []),
    ]
    around = reduce(lambda inner, wrap: wrap(inner), reversed(passed), app)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await (around if scope["type"] == "http" else app)(scope, receive, send)

    return answer


def _security(allowed_hosts: Iterable[str]) -> TransportSecuritySettings:
    """Loopback at any port, and the names the operator gave, at any port and over https alone."""
    from mcp.server.transport_security import TransportSecuritySettings

    near = [_bracketed(host) for host in LOOPBACK]
    given = [_bracketed(host) for host in allowed_hosts]
    origins = [f"http://{host}" for host in near] + [f"https://{host}" for host in given]
    return TransportSecuritySettings(allowed_hosts=_at_any_port(near + given), allowed_origins=_at_any_port(origins))


def _at_any_port(names: list[str]) -> list[str]:
    return [form for name in names for form in (name, f"{name}:*")]


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _draining_server(app: ASGIApp, listeners: Listeners, exposure: Exposure) -> uvicorn.Server:
    """A server that takes no further connections after a signal and ends when the running calls have, or are cut."""
    import uvicorn

    from unique_analytics_mcp.server.connections import Impatient

    class Draining(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            listeners.send_home()
            await super().shutdown(sockets)

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            """SIGTERM is how every orchestrator says goodbye, so it is not raised again as if it were unexpected."""
            if sig == signal.SIGTERM:
                self.should_exit = True
            else:
                super().handle_exit(sig, frame)

    config = uvicorn.Config(
        app,
        http=Impatient,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=exposure.keep_alive_s,
    )
    config.timeout_graceful_shutdown = exposure.drain_s  # pyright: ignore[reportAttributeAccessIssue] - it takes fractions too
    return Draining(config)
