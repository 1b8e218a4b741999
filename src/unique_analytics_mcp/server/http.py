"""The server over streamable HTTP, on this machine only.

Nobody is asked for credentials yet, so nothing but loopback may be bound, where the SDK checks the Host header by
itself. Answers are never plain JSON: in that mode a caller who leaves would not end the wait (mcp.md 1.4).
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from unique_analytics_mcp.errors import ConfigurationError, InvalidRequest

if TYPE_CHECKING:
    from unique_analytics_mcp.server import AnalyticsServer

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")

_FAREWELL_S: Final = 2
"""Seconds that open calls get to end after Ctrl-C."""


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


def serve_http(server: AnalyticsServer, *, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until interrupted; `ready` is given the address, whose port is a free one for port 0.

    Raises:
        ConfigurationError: the port cannot be used.
    """
    import uvicorn

    app = server.streamable_http_app(host=host, stateless_http=True)
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=_FAREWELL_S)
    with _listening(host, port) as listener:
        name = f"[{host}]" if ":" in host else host
        ready(f"http://{name}:{listener.getsockname()[1]}/mcp")
        uvicorn.Server(config).run(sockets=[listener])


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        reason = error.strerror or "the system refuses it"
        raise ConfigurationError(f"Port {port} cannot be used: {reason}.", hint="Choose another --port.") from error
