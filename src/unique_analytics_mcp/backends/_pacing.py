"""A report's bytes as they come from the network: gathered to larger pieces, and not so slowly that they never end.

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


def gathered(pieces: Iterator[bytes], *, piece_bytes: int) -> Iterator[bytes]:
    """The same bytes in pieces of at least that size, but for the last."""
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= piece_bytes:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)
