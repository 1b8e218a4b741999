"""A report whose bytes come compressed although nobody asked for that: unpacked to the last byte, or an error.

Not left to the HTTP client, which takes the first of several gzip members, or the beginning of one, for all of it, and
a coding it does not know for none. Pure: pieces come in, pieces of bounded size go out.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from unique_analytics_mcp.errors import UnexpectedAnswer

_GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS


def unpacked(pieces: Iterable[bytes], coding: str, *, host: str, piece_bytes: int) -> Iterator[bytes]:
    """What stands in the pieces of a body of that `Content-Encoding`, at most `piece_bytes` at a time.

    Raises:
        UnexpectedAnswer: a coding other than gzip and deflate.
        zlib.error: while the pieces are taken: they are not of that coding, or end too soon.
    """
    match coding.strip().lower():
        case "" | "identity":
            return iter(pieces)
        case "gzip" | "x-gzip" | "deflate":
            return _inflated(pieces, piece_bytes)
        case _:
            raise UnexpectedAnswer(
                f"{host} sent a report compressed in a way that nobody asked for.",
                hint="Make the same call again; if it stays so, check what stands between here and there.",
            )


def _inflated(pieces: Iterable[bytes], piece_bytes: int) -> Iterator[bytes]:
    member = zlib.decompressobj(_GZIP_OR_ZLIB)
    for packed in pieces:
        left = packed
        while left:
            if member.eof:
                member = zlib.decompressobj(_GZIP_OR_ZLIB)
            if piece := member.decompress(left, piece_bytes):
                yield piece
            left = member.unconsumed_tail or member.unused_data
    yield member.flush()
    if not member.eof:
        raise zlib.error("cut short")
