"""One try of a download, held from two threads: a worker that receives, and the event loop that may call it off.

A worker blocked in the network cannot be stopped, only be left behind. So bytes reach the sink through a `Receiver`;
once that is closed nothing is written any more, and the worker is woken by hanging up its connection. So it is when
bytes come that bring neither an answer nor a piece of the report, which the HTTP client would read for months.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, cast

import anyio

if TYPE_CHECKING:
    from unique_analytics_mcp.backends import Sink


class _Stream(Protocol):
    """What the HTTP client's trace reports when a connection is made."""

    def get_extra_info(self, info: str) -> object: ...


class Receiver:
    """Passes bytes on to a sink until it is closed."""

    def __init__(self, sink: Sink, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._sink = sink
        self._monotonic = monotonic
        self._waits_since: float | None = monotonic()
        self.is_given_up = False
        """True once nobody waits for the next piece any more."""
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

    def awaited(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The same pieces; what is done with them meanwhile does not count as waiting."""
        for piece in pieces:
            self._waits_since = None
            yield piece
            self._waits_since = self._monotonic()

    async def watch_over(self, patience_s: float) -> None:
        """Give the download up and hang up once neither an answer nor a further piece has come for so many seconds."""
        while (left_s := patience_s - self._waited_s()) > 0:  # noqa: ASYNC110 - a piece comes in a thread
            await anyio.sleep(left_s)
        self.is_given_up = True
        self._hang_up()

    def watch(self, event: str, details: Mapping[str, object]) -> None:
        """Remember the connection in use; called by the HTTP client with each step of its own (`trace`)."""
        if not event.endswith(("connect_tcp.complete", "start_tls.complete")):
            return
        line = cast("_Stream", details["return_value"]).get_extra_info("socket")
        self._line = line if isinstance(line, socket.socket) else None
        if self._closed or self.is_given_up:
            self._hang_up()

    def close(self) -> None:
        """Let nothing through any more and hang up; blocks while a write is in progress, which is one chunk at most."""
        self._closed = True
        self._hang_up()
        with self._gate:
            pass

    def _waited_s(self) -> float:
        since = self._waits_since
        return 0.0 if since is None else self._monotonic() - since

    def _hang_up(self) -> None:
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)
