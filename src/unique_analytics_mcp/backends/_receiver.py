"""One try of a download, held from two threads: a worker that receives, and the event loop that may call it off.

A worker blocked in the network cannot be stopped, only be left behind. So bytes reach the sink through a `Receiver`;
once that is closed nothing is written any more, and the worker is woken by hanging up its connection.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from unique_analytics_mcp.backends import Sink


class _Stream(Protocol):
    """What the HTTP client's trace reports when a connection is made."""

    def get_extra_info(self, info: str) -> object: ...


class Receiver:
    """Passes bytes on to a sink until it is closed."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._gate = threading.Lock()
        self._closed = False
        self._line: socket.socket | None = None

    def take(self, chunk: bytes) -> bool:
        """Write a chunk; False when nobody wants more."""
        with self._gate:
            if not self._closed:
                self._sink.write(chunk)
            return not self._closed

    def restart(self) -> None:
        """Tell the sink that the download begins again."""
        with self._gate:
            if not self._closed:
                self._sink.restart()

    def watch(self, event: str, details: Mapping[str, object]) -> None:
        """Remember the connection in use; called by the HTTP client with each step of its own (`trace`)."""
        if not event.endswith(("connect_tcp.complete", "start_tls.complete")):
            return
        line = cast("_Stream", details["return_value"]).get_extra_info("socket")
        self._line = line if isinstance(line, socket.socket) else None
        if self._closed:
            self._hang_up()

    def close(self) -> None:
        """Let nothing through any more and hang up; blocks while a write is in progress, which is one chunk at most."""
        self._closed = True
        self._hang_up()
        with self._gate:
            pass

    def _hang_up(self) -> None:
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)
