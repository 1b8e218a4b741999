"""A body whose bytes come compressed: unpacked piece by piece and to the last byte, or an error.

Not left to the HTTP client, which takes the first of several gzip members, or the beginning of one, for all of it, a
coding it does not know for none, and unpacks codings within codings whole: of two thousand bytes it makes gigabytes.
Pure: pieces come in, pieces of bounded size go out.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

from unique_analytics_mcp.errors import UnexpectedAnswer

CODING: Final = "gzip"
"""What may be asked for."""

_GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS


class Unpacking:
    """One body of a `Content-Encoding`, while it comes."""

    def __init__(self, coding: str, *, host: str, piece_bytes: int) -> None:
        """`piece_bytes` is the most that is unpacked at a time.

        Raises:
            UnexpectedAnswer: a coding other than gzip and deflate, or several.
        """
        self._piece_bytes = piece_bytes
        match coding.lower():
            case "" | "identity":
                self._member = None
            case "gzip" | "x-gzip" | "deflate":
                self._member = zlib.decompressobj(_GZIP_OR_ZLIB)
            case _:
                raise UnexpectedAnswer(
                    f"{host} sent an answer compressed in a way that nobody asked for.",
                    hint="Make the same call again; if it stays so, check what stands between here and there.",
                )
        self._has_begun = False

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        """What stands in the next bytes of the body.

        Raises:
            zlib.error: while the pieces are taken: they are not of that coding.
        """
        if self._member is None:
            yield packed
            return
        left = packed
        while left:
            self._has_begun = True
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP_OR_ZLIB)
            if piece := self._member.decompress(left, self._piece_bytes):
                yield piece
            left = self._member.unconsumed_tail or self._member.unused_data

    def rest(self) -> bytes:
        """What is left behind the last bytes of the body.

        Raises:
            zlib.error: it ends too soon.
        """
        if self._member is None or not self._has_begun:
            return b""
        rest = self._member.flush()
        if not self._member.eof:
            raise zlib.error("cut short")
        return rest
