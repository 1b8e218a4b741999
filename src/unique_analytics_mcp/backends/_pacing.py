"""A report's bytes as they come from the network: in even pieces, and not so slowly that they never end.

Each read is bounded already; but a connection that gives a byte before each time-out would be read for months. Pure:
pieces come in and go out, time is a parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

WINDOW_S: Final = 300.0
"""Seconds of waiting for bytes over which their number is judged."""

LEAST_BYTES: Final = 16 * 1024
"""How many must come in them: 55 in a second, a hundredth of what the slowest of lines carries."""


class TooSlow(Exception):
    """Fewer bytes came than anybody could mean."""


def hurried(pieces: Iterator[bytes], *, monotonic: Callable[[], float]) -> Iterator[bytes]:
    """The same pieces; what is done with them meanwhile does not count as waiting.

    Raises:
        TooSlow: fewer than `LEAST_BYTES` came in `WINDOW_S` seconds.
    """
    waited_s, come = 0.0, 0
    asked_at = monotonic()
    for piece in pieces:
        waited_s += monotonic() - asked_at
        come += len(piece)
        if waited_s >= WINDOW_S:
            if come < LEAST_BYTES:
                raise TooSlow
            waited_s, come = 0.0, 0
        yield piece
        asked_at = monotonic()


def even(pieces: Iterator[bytes], *, piece_bytes: int) -> Iterator[bytes]:
    """The same bytes in pieces of that size, but for the last."""
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) >= piece_bytes:
            yield bytes(held[:piece_bytes])
            del held[:piece_bytes]
    if held:
        yield bytes(held)
