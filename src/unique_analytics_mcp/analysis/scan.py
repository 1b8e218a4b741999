"""A second look at a file's bytes: whether they are regular enough for the engine, and how many records they hold.

The engine reads regular CSV rightly and fast, but some irregular CSV wrongly without an error (a quote after a blank,
an unclosed quote at the end). So this looks at nothing but quotes and line ends, independently of the engine, in
constant memory and at the speed of `bytes.count` where there are no quotes. It knows no encoding beyond "ASCII bytes
mean ASCII characters". Bytes that mean nothing here are dropped first, all at once: what is left is a twentieth, and
looking at it costs next to nothing.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

LONGEST_RECORD: Final = 16 * 2**20
"""The longest record that is read, in bytes; a longer one is rejected."""

_CHUNK: Final = 2**18


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the bytes of a regular file say."""

    records: int
    """The header included."""
    cells: int
    """Of all records together; the engine takes empty cells beyond the header's width without a word."""


def chunks_after_mark(file: BinaryIO) -> Iterator[bytes]:
    """The file's bytes from its beginning, in whole lines, without the byte order mark of UTF-8."""
    skip_mark(file)
    while chunk := file.read(_CHUNK):
        yield chunk if chunk.endswith(b"\n") else chunk + file.readline(LONGEST_RECORD)


def skip_mark(file: BinaryIO) -> None:
    """Go to the file's beginning, behind the byte order mark of UTF-8."""
    file.seek(0)
    if file.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
        file.seek(0)


class Structure:
    """What the bytes say so far, in chunks of whole lines.

    Regular means: quotes stand around whole cells and are all closed, line ends are all LF or all CRLF, no line is
    blank, no byte is NUL and no record is too long.
    """

    record_end: int
    """In the last chunk, the place behind the last record that ends in it; 0 when none does."""
    longest: int
    """No record so far is longer than this many bytes."""

    def __init__(self, delimiter: str) -> None:
        borders = b"\r\n" + delimiter.encode()
        self._delimiter = delimiter.encode()
        self._content = bytes(set(range(256)) - set(borders))
        self._kinds = bytes(byte if byte in b'"' else ord("," if byte in borders else "x") for byte in range(256))
        self._inside = False
        self._line_is_open = False
        self._delimiters = 0
        self._line_feeds = 0
        self._crlf_line_feeds = 0
        self._unended = 0
        self.longest = 0
        self.record_end = 0

    def takes(self, chunk: bytes) -> bool:
        """Count the chunk; false when something in it is irregular."""
        if self._line_is_open or b"\0" in chunk:
            return False
        self._line_is_open = not chunk.endswith(b"\n")
        outside = self._outside(chunk)
        self.longest = max(self.longest, self._unended + len(chunk))
        self._unended = len(chunk) - self.record_end if self.record_end else self._unended + len(chunk)
        return self._counts(outside) and self.longest <= LONGEST_RECORD

    def result(self) -> Look | None:
        """What the whole file says, once all of it was taken; None when a quote is still open."""
        return None if self._inside else Look(records=self.records, cells=self._delimiters + self.records)

    @property
    def records(self) -> int:
        """Records that have ended, the header included, and one whose line is not ended."""
        return self._line_feeds + self._line_is_open

    def _outside(self, chunk: bytes) -> bytes:
        """The chunk with each run of quoted bytes, but not its quotes, left out and each pair of quotes as one."""
        if not self._inside and b'"' not in chunk:
            self.record_end = chunk.rfind(b"\n") + 1
            return chunk
        parts = chunk.split(b'"')
        first = int(self._inside)
        self._inside = self._inside == (len(parts) % 2 == 1)
        self.record_end = _last_line_end(parts, len(chunk), first)
        kept = [*([b""] * first), *parts[first::2], *([b""] * self._inside)]
        return b'"'.join(kept)

    def _counts(self, outside: bytes) -> bool:
        skeleton = outside.translate(None, self._content)
        line_feeds = skeleton.count(b"\n")
        crlf = outside.count(b"\r\n") if b"\r" in skeleton else 0
        self._delimiters += skeleton.count(self._delimiter)
        self._line_feeds += line_feeds
        self._crlf_line_feeds += crlf
        return (
            skeleton.count(b"\r") == crlf
            and self._crlf_line_feeds in (0, self._line_feeds)
            and not outside.startswith((b"\n", b"\r\n"))
            and not (b"\n\n" in skeleton and b"\n\n" in outside)
            and not (b"\n\r\n" in skeleton and b"\n\r\n" in outside)
            and not (b'"' in outside and self._has_stray_quote(outside))
        )

    def _has_stray_quote(self, outside: bytes) -> bool:
        """True when a quote stands next to something else than a border of its cell or another quote."""
        kinds = outside.translate(self._kinds)
        return b'x"' in kinds or b'"x' in kinds


def _last_line_end(parts: Sequence[bytes], size: int, first_outside: int) -> int:
    """The place behind the last line feed outside quotes; 0 when there is none. One quote stands between two parts."""
    end = size
    for place in range(len(parts) - 1, -1, -1):
        line_end = parts[place].rfind(b"\n") + 1 if place % 2 == first_outside else 0
        if line_end:
            return end - len(parts[place]) + line_end
        end -= len(parts[place]) + 1
    return 0
