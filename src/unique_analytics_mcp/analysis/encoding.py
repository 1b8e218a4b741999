"""Which encoding a report's bytes are in, when nobody says so.

UTF-8 is what the vendor's client expects. UTF-16 is recognised by its byte order mark. A file that is not UTF-8 is
taken for Windows-1252 (which prints Latin-1's letters alike) only when not one character outside ASCII in it is valid
UTF-8; otherwise it is UTF-8 with damaged places, which are replaced and counted. Nothing here knows CSV.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, Final

from unique_analytics_mcp.domain.sentences import counted

_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_CHUNK: Final = 2**18
_BEGINNING: Final = 2**18
_UTF_8: Final = "utf-8-sig"
_UTF_16: Final = "utf-16"
_WINDOWS: Final = "cp1252"


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How a file's bytes become text."""

    codec: str
    """Python's name of the codec; it takes a byte order mark off."""
    damaged: int
    """Places that are not valid in it and read as U+FFFD."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader of the numbers should know of it, in sentences."""
        spoken = {_UTF_16: "The file is UTF-16.", _WINDOWS: "The file is not UTF-8; it was read as Windows-1252."}
        remarks = [spoken[self.codec]] if self.codec in spoken else []
        if self.damaged:
            remarks.append(
                f"{counted(self.damaged, 'place')} in the file cannot be decoded and read as {_REPLACEMENT}."
            )
        return tuple(remarks)


def beginning_if_utf8(file: BinaryIO) -> str | None:
    """The text a file begins with, far enough for any header; None when it is not UTF-8."""
    file.seek(0)
    first = file.read(_BEGINNING)
    try:
        return codecs.getincrementaldecoder(_UTF_8)().decode(first, final=len(first) < _BEGINNING)
    except UnicodeDecodeError:
        return None


def beginning(path: Path, encoding: Encoding) -> str:
    """The text a file begins with, far enough for any header."""
    with opened(path, encoding) as text:
        return text.read(_BEGINNING)


def settle(path: Path) -> Encoding:
    """The encoding of the whole file, from all its bytes."""
    with path.open("rb") as file:
        mark = file.read(2)
    if mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return _examine(path, _UTF_16)[0]
    unicode, has_valid_places = _examine(path, _UTF_8)
    if unicode.damaged and not has_valid_places:
        return _examine(path, _WINDOWS)[0]
    return unicode


def opened(path: Path, encoding: Encoding) -> TextIOWrapper:
    """The file as text with its line ends as they are; damaged places read as U+FFFD."""
    return path.open(encoding=encoding.codec, errors="replace", newline="")


def _examine(path: Path, codec: str) -> tuple[Encoding, bool]:
    """The encoding with its damage counted, and whether any character outside ASCII is valid in it.

    Decoding twice tells a replaced place from a replacement character that is really in the file.
    """
    replacing = codecs.getincrementaldecoder(codec)("replace")
    dropping = codecs.getincrementaldecoder(codec)("ignore")
    damaged = 0
    has_valid_places = False
    for chunk in _chunks(path):
        valid = dropping.decode(chunk, final=not chunk)
        damaged += replacing.decode(chunk, final=not chunk).count(_REPLACEMENT) - valid.count(_REPLACEMENT)
        has_valid_places = has_valid_places or not valid.isascii()
    return Encoding(codec=codec, damaged=damaged), has_valid_places


def _chunks(path: Path) -> Iterator[bytes]:
    """The file's bytes, then once no bytes: the end."""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
    yield b""
