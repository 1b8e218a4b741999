"""A regular CSV looked at and cut into pieces in one thread, while another one makes use of those that are ready.

The looking is plain Python and the engine leaves the interpreter to itself while it works, so both cores are busy; and
of a file that still arrives, most is typed before its last byte is there.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import BinaryIO, Final

from unique_analytics_mcp.analysis.pieces import Pieces, pieces_in
from unique_analytics_mcp.analysis.scan import Look, Structure, chunks_after_mark

_FIRST: Final = 2
"""Pieces for which the engine is asked first: one for each of its threads."""
_WORTH_IT: Final = 4
"""Pieces for which it is asked again before the end; while it works more become ready, so it is asked a few times."""
_MOST: Final = 64
"""Pieces of one part of the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece that is complete."""

    path: Path
    records: int
    """Records that ended since the piece before it ended."""
    longest: int
    """No record is longer than this many bytes."""


class Cutting:
    """A file that is being cut."""

    seen: Look | None = None
    """What the whole file says, once all pieces were taken; None when it is irregular."""

    def __init__(self, file: BinaryIO, delimiter: str) -> None:
        self._file = file
        self._structure = Structure(delimiter)
        self._records = 0
        self._ready: SimpleQueue[Piece | None] = SimpleQueue()
        self._is_wanted = True

    def stop(self) -> None:
        """Let the thread end with its next bytes."""
        self._is_wanted = False

    def run(self, folder: Path) -> None:
        """Cut the file into pieces in the new folder; blocks."""
        try:
            with pieces_in(folder) as pieces:
                is_regular = all(self._takes(chunk, pieces) for chunk in chunks_after_mark(self._file))
            if is_regular and pieces.paths:
                self._offer(pieces.paths[-1])
                self.seen = self._structure.result()
        finally:
            self._ready.put(None)

    def batches(self, *, at_once: bool) -> Iterator[Sequence[Piece]]:
        """Complete pieces as they come, all of them in one batch when `at_once`; ends early with the first doubt."""
        ready: list[Piece] = []
        enough = _FIRST
        while (piece := self._ready.get()) is not None:
            ready.append(piece)
            is_enough = len(ready) >= _MOST or (len(ready) >= enough and self._ready.empty())
            if is_enough and not at_once:
                yield ready
                ready = []
                enough = _WORTH_IT
        if ready:
            yield ready

    def _takes(self, chunk: bytes, pieces: Pieces) -> bool:
        if not (self._is_wanted and self._structure.takes(chunk)):
            return False
        if pieces.write(chunk, self._structure.record_end):
            self._offer(pieces.paths[-2])
        return True

    def _offer(self, path: Path) -> None:
        records = self._structure.records
        self._ready.put(Piece(path=path, records=records - self._records, longest=self._structure.longest))
        self._records = records


@contextmanager
def cutting(file: BinaryIO, delimiter: str, folder: Path) -> Generator[Cutting]:
    """The file while it is cut into pieces in the new folder; the thread has ended when the block is left.

    Raises:
        OSError: the file cannot be read, or a piece cannot be written; after the block.
    """
    cut = Cutting(file, delimiter)
    with ThreadPoolExecutor(1, thread_name_prefix="cutting") as thread:
        running = thread.submit(cut.run, folder)
        try:
            yield cut
        finally:
            cut.stop()
        running.result()
