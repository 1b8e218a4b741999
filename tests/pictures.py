"""Pictures as tests see them: a PNG decoded with nothing but zlib."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

BLUE = (0x00, 0x72, 0xB2)


@dataclass(frozen=True)
class Picture:
    """Lines of RGBA bytes, top to bottom."""

    width: int
    height: int
    lines: list[bytes]

    def runs(self, color: tuple[int, int, int] = BLUE) -> list[int]:
        """The longest stretch of that colour in each line that has one, as pixels."""
        wanted = bytes(color)
        found = (max(self._stretches(line, wanted), default=0) for line in self.lines)
        return [length for length in found if length]

    def _stretches(self, line: bytes, wanted: bytes) -> Iterator[int]:
        pixels = (line[place : place + 3] for place in range(0, len(line), 4))
        return (len(list(group)) for pixel, group in groupby(pixels) if pixel == wanted)


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
    found = bytearray(line)
    for place in range(len(line)):
        left = found[place - 4] if place >= 4 else 0
        corner = above[place - 4] if place >= 4 else 0
        guess = (0, left, above[place], (left + above[place]) // 2, _nearest(left, above[place], corner))[how]
        found[place] = (found[place] + guess) % 256
    return bytes(found)


def _nearest(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda value: abs(guess - value))
