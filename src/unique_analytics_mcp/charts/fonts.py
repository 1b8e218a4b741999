"""How wide a text is in the bundled font, and which letters it has.

Reads three tables of an OpenType file (`cmap`, `hmtx`, `head`), because the drawing library measures nothing. The font
is Inter, reduced to Latin, Greek, Cyrillic and common symbols; kerning is left out, so that widths are sums.
Format: https://learn.microsoft.com/typography/opentype/spec/ (read 2026-11-21).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from struct import unpack_from
from typing import Final, Self

FOLDER: Final = Path(__file__).parent / "fonts"
REGULAR: Final = FOLDER / "Inter-Regular.otf"
SEMIBOLD: Final = FOLDER / "Inter-SemiBold.otf"

MISSING: Final = "□"
"""Stands for each letter that the font does not have."""

_JOINING: Final = frozenset("\u200d\ufe0e\ufe0f\u20e3")
"""Parts of an emoji that never stand alone."""


@dataclass(frozen=True, slots=True)
class Font:
    """Widths of letters, in parts of the font's size."""

    widths: dict[int, float]

    @classmethod
    def read(cls, path: Path) -> Self:
        """The font of an OpenType file."""
        data = path.read_bytes()
        tables = _tables(data)
        (units,) = unpack_from(">H", data, tables["head"] + 18)
        (count,) = unpack_from(">H", data, tables["hhea"] + 34)
        advances = unpack_from(">" + "Hh" * count, data, tables["hmtx"])[::2]
        glyphs = _glyphs(data, tables["cmap"])
        return cls({code: advances[min(glyph, count - 1)] / units for code, glyph in glyphs.items()})

    def width(self, text: str, size: float) -> float:
        """How far a text reaches at that size, in the size's unit."""
        return size * sum(self.widths.get(ord(char), 1.0) for char in text)

    def shown(self, text: str) -> str:
        """The text with `MISSING` for what the font cannot show."""
        kept = (char for char in text if char not in _JOINING)
        return "".join(char if ord(char) in self.widths else MISSING for char in kept)

    def cut(self, text: str, size: float, room: float) -> str:
        """The text, ended by an ellipsis where it would reach further than `room`."""
        if self.width(text, size) <= room:
            return text
        while text and self.width(f"{text}…", size) > room:
            text = text[:-1]
        return f"{text.rstrip()}…"

    def cut_inside(self, text: str, size: float, room: float) -> str:
        """The text, an ellipsis in its middle where it would reach further than `room`."""
        kept, shown = len(text), text
        while kept and self.width(shown, size) > room:
            kept -= 1
            shown = f"{text[: kept - kept // 2].rstrip(' …')}…{text[len(text) - kept // 2 :].lstrip(' …')}"
        return shown


def _tables(data: bytes) -> dict[str, int]:
    """Where each table of the file begins."""
    (count,) = unpack_from(">H", data, 4)
    entries = (unpack_from(">4sLLL", data, 12 + 16 * place) for place in range(count))
    return {tag.decode("ascii"): offset for tag, _, offset, _ in entries}


def _glyphs(data: bytes, cmap: int) -> dict[int, int]:
    """Letter to glyph, from the table's first subtable, which is of format 4 (segments)."""
    (subtable,) = unpack_from(">L", data, cmap + 8)
    start = cmap + subtable
    (doubled,) = unpack_from(">H", data, start + 6)
    count = doubled // 2
    ends = unpack_from(f">{count}H", data, start + 14)
    firsts, deltas, offsets_at = start + 16 + doubled, start + 16 + 2 * doubled, start + 16 + 3 * doubled
    found: dict[int, int] = {}
    for place, end in enumerate(ends[:-1]):
        (first,) = unpack_from(">H", data, firsts + 2 * place)
        (delta,) = unpack_from(">H", data, deltas + 2 * place)
        (offset,) = unpack_from(">H", data, offsets_at + 2 * place)
        for code in range(first, end + 1):
            glyph = code
            if offset:
                (glyph,) = unpack_from(">H", data, offsets_at + 2 * place + offset + 2 * (code - first))
            found[code] = (glyph + delta) % 65_536
    return found
