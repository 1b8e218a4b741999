"""Regular CSV cut at record ends into small files, so that the engine never has to guess where a record begins.

Reading one large file, the engine jumps into its middle and takes what looks like a line there for a record, which
fails on texts with line ends in them; reading it in one go, it keeps the whole file in memory. Of small files it does
neither.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

_ENOUGH: Final = 4 * 2**20


class Pieces:
    """Files that each begin with a header record and hold whole records after it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: BinaryIO | None = None
        self._size = 0
        self.paths: list[Path] = []
        """Of all pieces, the one under way included."""

    def write(self, data: bytes, record_end: int) -> bool:
        """Take the next bytes; the last record that ends in them ends at `record_end`, 0 when none does.

        True when the piece under way ended there and another one begins.
        """
        is_enough = record_end > 0 and self._size >= _ENOUGH
        if is_enough:
            self._append(data[:record_end])
            self.close()
            # Any first line passes for a header, but its line end must be that of the file.
            self._append(b"header\r\n" if data.endswith(b"\r\n", 0, record_end) else b"header\n")
            data = data[record_end:]
        self._append(data)
        return is_enough

    def close(self) -> None:
        """End the file under way."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _append(self, data: bytes) -> None:
        if self._file is None:
            self.paths.append(self._folder / f"{len(self.paths)}.csv")
            self._file = self.paths[-1].open("xb")
            self._size = 0
        self._size += self._file.write(data)


@contextmanager
def pieces_in(folder: Path) -> Generator[Pieces]:
    """Pieces in a new folder; they are complete when the block is left."""
    folder.mkdir()
    pieces = Pieces(folder)
    try:
        yield pieces
    finally:
        pieces.close()
