"""Where callers connect: the port that is taken at the start, and what happens when no more connections can be opened.

Knows sockets, nothing of HTTP.
"""

from __future__ import annotations

import errno
import math
import os
import socket
import time
from typing import Final

from unique_analytics_mcp.errors import ConfigurationError

_TAKEN: Final = (errno.EADDRINUSE, errno.EACCES)
"""By another program, or kept for the system's own; else no such host is this machine's."""
_EXHAUSTED: Final = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
"""What is said where a connection waits and cannot be opened."""
_PAUSE_S: Final = 0.5
"""Less than the second after which asyncio asks again."""


def listening(host: str, port: int) -> Listener:
    """A listener whose connections send at once: asyncio sees to that only for sockets that name their protocol.

    Raises:
        ConfigurationError: the port cannot be used.
    """
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        number = error.errno or 0  # below 0 for a name that cannot be looked up
        reason = os.strerror(number) if number > 0 else error.strerror or "the system refuses it"
        at_fault = "--port" if error.errno in _TAKEN else "--host"
        raise ConfigurationError(
            f"Port {port} of {host} cannot be used: {reason}.", hint=f"Choose another {at_fault}."
        ) from error
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Listener(fileno=listener.detach())


class Listener(socket.socket):
    """A socket that is quiet for a moment after it could open no connection.

    asyncio would ask again at once, as often as connections may wait, and log each time: megabytes a second. It does so
    no more since python/cpython#151616 of June 2026; this can go with the last Python that lacks it.
    """

    _again_at = -math.inf

    def accept(self) -> tuple[socket.socket, tuple[str, int]]:
        """The next connection and its address.

        Raises:
            BlockingIOError: none waits, or the last could not be opened a moment ago.
            OSError: it cannot be opened.
        """
        if time.monotonic() < self._again_at:
            raise BlockingIOError
        try:
            return super().accept()
        except OSError as error:
            if error.errno in _EXHAUSTED:
                self._again_at = time.monotonic() + _PAUSE_S
            raise
