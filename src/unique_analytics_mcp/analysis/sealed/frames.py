"""Frames: JSON values over a pipe, each behind its length in four bytes. Known to both sides; no pickle."""

from __future__ import annotations

import json
from typing import Final

HEAD_BYTES: Final = 4

LONGEST_FRAME: Final = 4 * 2**20
"""Bytes of the longest value that either side takes."""

Value = dict[str, object]


def encoded(value: Value) -> bytes:
    """The frame of a value."""
    body = json.dumps(value, separators=(",", ":")).encode()
    return len(body).to_bytes(HEAD_BYTES, "big") + body


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
    """The value of a frame's body.

    Raises:
        ValueError: no JSON object.
    """
    value: object = json.loads(body)
    if not isinstance(value, dict):
        raise ValueError("the frame holds no object")  # noqa: TRY004 - one error for whatever is no frame
    return value  # pyright: ignore[reportUnknownVariableType] - the keys of a JSON object are text
