"""An irregular CSV rewritten as a regular one: UTF-8, commas, every cell in quotes, no record of another width.

What could not be taken over is counted, never dropped in silence. It works in constant memory at the speed of Python's
`csv`, so it is the way for files that the engine could misread, not for all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from unique_analytics_mcp.analysis.encoding import Encoding, opened
from unique_analytics_mcp.analysis.pieces import Pieces
from unique_analytics_mcp.analysis.records import Record, records
from unique_analytics_mcp.analysis.scan import LONGEST_RECORD

DELIMITER: Final = ","
"""The delimiter of a rewritten file."""

_MOST_NUMBERS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """What was written, and what was not."""

    records: int
    """Records written, the header included."""
    longest: int
    """Bytes of the longest of them."""
    rejected: int
    """Records of another width, unreadable ones and those longer than `LONGEST_RECORD`."""
    rejected_records: tuple[int, ...]
    """Numbers of the first of them, counting records from 1 after the header."""
    nul_characters: int
    """Taken out of cells, or met in rejected records."""


def rewrite(source: Path, pieces: Pieces, *, encoding: Encoding, delimiter: str, width: int) -> Repaired:
    """Write the records of `source` that have `width` cells."""
    written = longest = rejected = nul_characters = 0
    numbers: list[int] = []
    with opened(source, encoding) as text:
        for number, record in enumerate(records(text, delimiter)):
            nul_characters += record.text.count("\0")
            line = _regular_line(record, width)
            if line is None:
                rejected += 1
                numbers = [*numbers, number][:_MOST_NUMBERS]
            else:
                pieces.write(line, len(line))
                written += 1
                longest = max(longest, len(line))
    return Repaired(
        records=written,
        longest=longest,
        rejected=rejected,
        rejected_records=tuple(numbers),
        nul_characters=nul_characters,
    )


def quoted_line(cells: Iterable[str]) -> bytes:
    """A record of a rewritten file: every cell in quotes, `DELIMITER` between them."""
    joined = '","'.join(cell.replace('"', '""') for cell in cells)
    return f'"{joined}"\n'.encode()


def _regular_line(record: Record, width: int) -> bytes | None:
    if record.cells is None or len(record.cells) != width:
        return None
    line = quoted_line(record.cells)
    return line if len(line) <= LONGEST_RECORD else None
