"""Records of irregular CSV, one at a time and in constant memory: the careful way, in plain Python.

Where a record begins and ends is decided by the standard library's strict `csv` reader, with two mercies. A record
that cannot be read (a quote that never closes, text after a closing quote, more text than a record may hold) costs only
its first line: reading goes on with the line after it, instead of swallowing what follows. And NUL characters are taken
out. A quote inside an unquoted cell is an ordinary character. Blank lines are no records.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TextIO

from unique_analytics_mcp.analysis.scan import LONGEST_RECORD

_PATIENCE: Final = 8 * LONGEST_RECORD
"""Characters that may be read a second time in one file, so that no file takes time without end."""

_MOST_LINES: Final = 2**19
"""Lines of one record, so that no record of short lines takes memory without end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record of a file."""

    text: str
    """As it stands in the file, with its line end."""
    cells: tuple[str, ...] | None
    """Without NUL characters; None when the record cannot be read."""


def records(text: TextIO, delimiter: str) -> Iterator[Record]:
    """Every record of the text, the header first; the text must be opened with `newline=""`."""
    # The limit belongs to the interpreter, not to a reader; raising it disturbs nobody.
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_RECORD))
    lines = _Lines(text)
    while True:
        try:
            for cells in csv.reader(lines, delimiter=delimiter, strict=True):
                if cells:
                    yield Record(text=lines.taken_text(), cells=tuple(cells))
                lines.start_record()
        except csv.Error:
            for refused in lines.give_back_all_but_first():
                yield Record(text=refused, cells=None)
        else:
            return


def nul_remarks(count: int) -> tuple[str, ...]:
    """What must be said of so many NUL characters that were taken out."""
    return (f"NUL characters were taken out: {count}.",) if count else ()


class _Lines:
    """Physical lines that can be taken back; remembers those of the record under way."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._waiting: deque[str] = deque()
        self._taken: list[str] = []
        self._size = 0
        self._patience = _PATIENCE

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else self._text.readline(LONGEST_RECORD)
        if not line:
            raise StopIteration
        self._taken.append(line)
        self._size += len(line)
        if self._size >= LONGEST_RECORD or len(self._taken) > _MOST_LINES:
            raise csv.Error("the record is too long")
        return line.replace("\0", "")

    def start_record(self) -> None:
        self._taken.clear()
        self._size = 0

    def taken_text(self) -> str:
        return "".join(self._taken)

    def give_back_all_but_first(self) -> list[str]:
        """The lines that are given up: the first one of the record, or all of them when patience is at an end."""
        refused, returned = self._taken[:1], self._taken[1:]
        self._patience -= self._size
        if self._patience < 0:
            refused, returned = self._taken, []
        self._waiting.extendleft(reversed(returned))
        self._taken = []
        self._size = 0
        self._skip_rest_of_line(refused[-1])
        return refused

    def _skip_rest_of_line(self, line: str) -> None:
        while len(line) == LONGEST_RECORD and not line.endswith(("\n", "\r")):
            line = self._text.readline(LONGEST_RECORD)
