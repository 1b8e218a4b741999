"""Frames: JSON values over a pipe, each behind its length in four bytes. Known to both sides; no pickle."""

from __future__ import annotations

import json
from typing import Final, cast

HEAD_BYTES: Final = 4

LONGEST_FRAME: Final = 4 * 2**20
"""Bytes of the longest value that either side takes."""

Value = dict[str, object]


def encoded(value: Value) -> bytes:
    """The frame of a value."""
    body = _written(value)
    return len(body).to_bytes(HEAD_BYTES, "big") + body


def written_bytes(value: object) -> int:
    """How much room a value takes in a frame: a letter beyond ASCII takes six bytes, or twelve."""
    return len(_written(value))


def body_length(head: bytes) -> int:
    """How many bytes follow the head.

    Raises:
        ValueError: more than a frame may have.
    """
    length = int.from_bytes(head, "big")
    if length > LONGEST_FRAME:
        raise ValueError("the frame is too long")
    return length


def decoded(body: bytes) -> Value:
    """The value of a frame's body; whoever reads it knows what the other side sends.

    Raises:
        ValueError: no JSON.
    """
    return cast("Value", json.loads(body))


def _written(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
