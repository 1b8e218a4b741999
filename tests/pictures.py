"""Pictures as tests see them: a PNG decoded with nothing but zlib."""

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby

BLUE = bytes((0x00, 0x72, 0xB2))


@dataclass(frozen=True)
class Picture:
    """Lines of RGBA bytes, top to bottom."""

    width: int
    height: int
    lines: list[bytes]

    def runs(self) -> set[int]:
        """The longest stretches of blue in lines that have one, as pixels."""
        found = {max(self._stretches(line), default=0) for line in set(self.lines)}
        return found - {0}

    def _stretches(self, line: bytes) -> Iterator[int]:
        pixels = (line[place : place + 3] for place in range(0, len(line), 4))
        return (len(list(group)) for pixel, group in groupby(pixels) if pixel == BLUE)


def size_of(data: bytes) -> tuple[int, int]:
    """Width and height, after signature, checksums and stream were checked."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    assert len(zlib.decompress(b"".join(_chunks(data)))) == (4 * width + 1) * height
    return width, height


def decoded(data: bytes) -> Picture:
    """A PNG of eight bits for each of red, green, blue and opacity, not interlaced."""
    width, height = size_of(data)
    assert data[24:29] == bytes((8, 6, 0, 0, 0))
    stream = zlib.decompress(b"".join(_chunks(data)))
    lines: list[bytes] = []
    above = bytes(4 * width)
    for start in range(0, len(stream), 4 * width + 1):
        above = _unfiltered(stream[start], stream[start + 1 : start + 1 + 4 * width], above)
        lines.append(above)
    return Picture(width, height, lines)


def _chunks(data: bytes) -> Iterator[bytes]:
    place = 8
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        kind, body = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        (checksum,) = struct.unpack(">I", data[place + 8 + length : place + 12 + length])
        assert zlib.crc32(kind + body) == checksum
        if kind == b"IDAT":
            yield body
        place += 12 + length


def _unfiltered(how: int, line: bytes, above: bytes) -> bytes:
    """Bytes of the same colour lie four apart; most lines of a picture are the one above."""
    if how == _UP:
        return bytes((change + up) % 256 for change, up in zip(line, above, strict=True)) if any(line) else above
    guess, found, above = _GUESSES[how], bytearray(4), bytes(4) + above
    for place, change in enumerate(line):
        found.append((change + guess(found[place], above[place + 4], above[place])) % 256)
    return bytes(found[4:])


def _nearest(left: int, up: int, corner: int) -> int:
    to_left, to_up, to_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
    if to_left <= min(to_up, to_corner):
        return left
    return up if to_up <= to_corner else corner


_UP = 2
_GUESSES: dict[int, Callable[[int, int, int], int]] = {
    0: lambda _left, _up, _corner: 0,
    1: lambda left, _up, _corner: left,
    3: lambda left, up, _corner: (left + up) // 2,
    4: _nearest,
}
"""By the number of a filter: what a byte is a change of, by what is left of it, above it and in the corner between."""
