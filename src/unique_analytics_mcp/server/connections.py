"""Connections over HTTP that dawdle: a request's head must arrive within a time, and an answer must be read.

uvicorn 0.54 waits for ever for the first line of a new connection and for the rest of a head that has begun; whoever
sends a byte a minute on thousands of connections would take them all. It also holds an answer for as long as nobody
reads it, of a page of a report eight megabytes. Bodies of requests have a time of their own (`middleware`), and
so have idle connections that have served (`Exposure`).
"""

from __future__ import annotations

from asyncio import TimerHandle, Transport
from typing import ClassVar, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S: Final = 10.0
"""For the head of a request, from the connection or, where that has served, from the first byte."""

UNREAD_S: Final = 60.0
"""In which at least a part of an answer must be read, where more is left than the system takes in advance."""


class Impatient(H11Protocol):
    """uvicorn's own protocol, which hangs up on whoever does not come to the point, or does not listen."""

    patience_s: ClassVar[float] = HEAD_S
    unread_s: ClassVar[float] = UNREAD_S
    _deadline: TimerHandle | None = None
    _reading: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - uvicorn narrows asyncio's own signature
        """Begin to wait."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        self._stop_watching()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Watch whether what is left of an answer is read."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        """Stop watching: it was."""
        self._stop_watching()
        super().resume_writing()

    def handle_events(self) -> None:
        """Wait for the rest of a head that has begun, and no longer once it is complete."""
        super().handle_events()
        if self._is_answering():
            self._stop_waiting()
        elif self._deadline is None and not self._is_idle():
            self._wait()

    def _is_answering(self) -> bool:
        return bool(self.cycle) and not self.cycle.response_complete

    def _is_idle(self) -> bool:
        return self.timeout_keep_alive_task is not None

    def _wait(self) -> None:
        self._deadline = self.loop.call_later(self.patience_s, self.timeout_keep_alive_handler)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _watch(self) -> None:
        unread = self.transport.get_write_buffer_size()
        self._reading = self.loop.call_later(self.unread_s, self._look, unread)

    def _look(self, unread_before: int) -> None:
        if self.transport.get_write_buffer_size() < unread_before:
            self._watch()
        else:
            self.transport.abort()

    def _stop_watching(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
