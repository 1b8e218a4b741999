"""Connections over HTTP that dawdle: a request's head must arrive within a time, from whoever sends it.

uvicorn 0.54 waits for ever for the first line of a new connection and for the rest of a head that has begun; whoever
sends a byte a minute on thousands of connections would take them all. Bodies have a time of their own (`middleware`).
"""

from __future__ import annotations

from asyncio import TimerHandle, Transport
from typing import ClassVar, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S: Final = 10.0
"""For the head of a request, from the connection or the end of the answer before."""


class Impatient(H11Protocol):
    """uvicorn's own protocol, which hangs up on whoever does not come to the point."""

    patience_s: ClassVar[float] = HEAD_S
    _deadline: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - uvicorn narrows asyncio's own signature
        """Begin to wait."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Stop waiting once a head is complete."""
        super().handle_events()
        if self._is_answering():
            self._stop_waiting()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        if not self._is_answering():
            self._wait()

    def _is_answering(self) -> bool:
        return bool(self.cycle) and not self.cycle.response_complete

    def _wait(self) -> None:
        self._stop_waiting()
        self._deadline = self.loop.call_later(self.patience_s, self.timeout_keep_alive_handler)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
