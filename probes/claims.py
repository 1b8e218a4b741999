"""What can be demanded of an answer. Each claim says what is missing, in sentences, and nothing when it holds.

Whatever an answer must say, its text and its structured content must say each alone; a refusal has only a text.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final, Protocol

from mcp_types import CallToolResult, ImageContent

from probes.counting import Value
from probes.reading import TOTALS, Cells, Reading, readings, text_of

_PNG: Final = b"\x89PNG\r\n"


class Claim(Protocol):
    """Something an answer must hold."""

    def missing(self, answer: CallToolResult) -> Iterator[str]:
        """What is wrong with the answer."""
        ...


@dataclass(frozen=True, slots=True)
class _InBothForms:
    """A claim that each form of the answer must hold."""

    what: str
    holds: Callable[[Reading], bool]

    def missing(self, answer: CallToolResult) -> Iterator[str]:
        if answer.is_error:
            yield f"refused: {text_of(answer)}"
            return
        for reading in readings(answer):
            if not self.holds(reading):
                yield f"{reading.form} lacks {self.what}"


@dataclass(frozen=True, slots=True)
class _Refused:
    parts: Sequence[str]

    def missing(self, answer: CallToolResult) -> Iterator[str]:
        if not answer.is_error or answer.structured_content is not None:
            yield "not refused with a text alone"
        for part in self.parts:
            if part not in text_of(answer):
                yield f"the refusal lacks {part!r}; it says: {text_of(answer)}"


class _Picture:
    def missing(self, answer: CallToolResult) -> Iterator[str]:
        pictures = [block for block in answer.content if isinstance(block, ImageContent)]
        if not any(base64.b64decode(picture.data).startswith(_PNG) for picture in pictures):
            yield "there is no picture"
        elif not all((picture.meta or {}).get("alt") for picture in pictures):
            yield "the picture has no words for whoever cannot see it"


def first(table: str, *cells: Value) -> Claim:
    """The table's first row begins with these cells."""
    shown = _shown(cells)
    return _InBothForms(
        f"{shown} as first row of {table}", lambda reading: _begins(list(reading.tables.get(table, ()))[:1], shown)
    )


def row(table: str, *cells: Value) -> Claim:
    """Some row of the table begins with these cells."""
    shown = _shown(cells)
    return _InBothForms(f"{shown} in {table}", lambda reading: _begins(reading.tables.get(table, ()), shown))


def rows(table: str, *all_of_them: Sequence[Value]) -> Claim:
    """The table shows exactly as many rows as these, each beginning with these cells, in their order."""
    expected = [_shown(cells) for cells in all_of_them]

    def holds(reading: Reading) -> bool:
        found = reading.tables.get(table, ())
        return len(found) == len(expected) and all(map(_starts, found, expected))

    return _InBothForms(f"{expected} as {table}", holds)


def total(name: str, value: Value) -> Claim:
    """This is one of the totals."""
    return row(TOTALS, name, value)


def size(table: str, count: int) -> Claim:
    """The table has so many rows in all, shown or not."""
    return _InBothForms(f"{table} of {count} rows", lambda reading: reading.sizes.get(table) == count)


def says(*parts: str) -> Claim:
    """These words are somewhere in the answer."""
    return _InBothForms(f"the words {list(parts)}", lambda reading: all(part in reading.words for part in parts))


def refused(*parts: str) -> Claim:
    """The call is refused, with these words and nothing else."""
    return _Refused(parts)


def picture() -> Claim:
    """The answer brings a picture, with words for whoever cannot see it."""
    return _Picture()


def _shown(cells: Sequence[Value]) -> Cells:
    return tuple(map(_as_shown, cells))


def _as_shown(value: Value) -> str:
    """The value as answers show it: on one line, without what nobody can see."""
    return " ".join(str(value).replace("\ufe0f", "").split())


def _begins(found: Sequence[Cells], cells: Cells) -> bool:
    return any(_starts(each, cells) for each in found)


def _starts(found: Cells, cells: Cells) -> bool:
    return len(found) >= len(cells) and all(map(_same, found, cells))


def _same(found: str, cell: str) -> bool:
    """Equal as texts, or as numbers: 14 is 14.0."""
    return found == cell or _number(found) == _number(cell) is not None


def _number(cell: str) -> Decimal | None:
    try:
        return Decimal(cell)
    except InvalidOperation:
        return None
