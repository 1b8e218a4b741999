"""A report's CSV page by page, in whole records, as the platform wrote it.

A record is what the intake takes for one: a line end inside quotes does not end it. Blank lines count as nothing.
How many records there are is known from the intake, so a file is read no further than to the end of the page. What is
regular so far is passed over at the speed of reading bytes; irregular files go through the careful reader. Memory is
constant in the size of the file: it holds one page, which ends early where its records are long. Of whoever leaves no
further records are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

from unique_analytics_mcp.analysis._engine import end_with_caller, store_errors
from unique_analytics_mcp.analysis.encoding import beginning, beginning_if_utf8, opened, settle
from unique_analytics_mcp.analysis.headers import choose_delimiter
from unique_analytics_mcp.analysis.records import records
from unique_analytics_mcp.analysis.scan import Structure, chunks_after_mark, skip_mark
from unique_analytics_mcp.domain.fetched import CsvPage

LONGEST_PAGE: Final = 8 * 2**20
"""Bytes or characters of a page's records; one record alone may be longer."""
_READ_AT_ONCE: Final = 4_096
"""Records between two looks at whether the caller is still there."""

_CHUNKS_AT_ONCE: Final = 16
"""Likewise, of chunks that are passed over."""

T = TypeVar("T")
Text = TypeVar("Text", str, bytes)


def page(csv_path: Path, *, offset: int, limit: int, total_rows: int) -> CsvPage:
    """At most `limit` records from `offset` on, counted from 0 after the header; at least one where there is one.

    `total_rows` are all records of the file after its header, as its intake counted them.

    Raises:
        StoreError: the file cannot be read.
    """
    with store_errors():
        found = _regular_page(csv_path, offset, limit)
        header, body = _careful_page(csv_path, offset, limit) if found is None else found
    end = offset + len(body)
    return CsvPage(
        text="".join([header, *body]),
        offset=offset,
        rows=len(body),
        total_rows=total_rows,
        next_offset=end if body and end < total_rows else None,
    )


def _regular_page(path: Path, offset: int, limit: int) -> tuple[str, list[str]] | None:
    """Header and records of a UTF-8 file that is regular as far as the page; None when it is not."""
    with path.open("rb") as file:
        first_text = beginning_if_utf8(file)
        start = None if first_text is None else _place_before(file, choose_delimiter(first_text), offset + 1, limit)
        if start is None:
            return None
        skip_mark(file)
        header = next(_whole_records(file), b"")
        file.seek(start.at)
        cut = _while_wanted(_whole_records(file))
        first = offset + 1 - start.records
        body = list(_within_a_page(islice(cut, first, first + limit)))
    try:
        return header.decode(), [record.decode() for record in body]
    except UnicodeDecodeError:
        return None


@dataclass(frozen=True, slots=True)
class _Place:
    """A place in a file where a record begins."""

    at: int
    records: int
    """Before it, the header included."""


def _place_before(file: BinaryIO, delimiter: str, first: int, limit: int) -> _Place | None:
    """A place close before the record with the number `first`; None where a page from there would not be regular."""
    skip_mark(file)
    structure, read_to = Structure(delimiter), file.tell()
    place, reached = _Place(read_to, 0), 0
    for chunk in _while_wanted(chunks_after_mark(file), looking_every=_CHUNKS_AT_ONCE):
        if not structure.takes(chunk):
            return None
        ended = structure.records - (not chunk.endswith(b"\n"))
        if structure.record_end and ended <= first:
            place = _Place(read_to + structure.record_end, ended)
        read_to += len(chunk)
        reached = reached or (read_to if structure.records > first else 0)
        if structure.records >= first + limit or (reached and read_to - reached > LONGEST_PAGE):
            return place
    return place if structure.result() else None


def _careful_page(path: Path, offset: int, limit: int) -> tuple[str, list[str]]:
    encoding = settle(path)
    with opened(path, encoding) as text:
        every = (record.text for record in records(text, choose_delimiter(beginning(path, encoding))))
        wanted = _while_wanted(every)
        return next(wanted, ""), list(_within_a_page(islice(wanted, offset, offset + limit)))


def _while_wanted(found: Iterable[T], *, looking_every: int = _READ_AT_ONCE) -> Iterator[T]:
    for place, part in enumerate(found):
        if place % looking_every == 0:
            end_with_caller()
        yield part


def _within_a_page(cut: Iterable[Text]) -> Iterator[Text]:
    """The first records as far as a page holds them."""
    size = 0
    for place, record in enumerate(cut):
        size += len(record)
        if place and size > LONGEST_PAGE:
            return
        yield record


def _whole_records(file: BinaryIO) -> Iterator[bytes]:
    """Records of a regular file: lines up to the one that closes the quotes."""
    lines: list[bytes] = []
    quotes = 0
    for line in file:
        lines.append(line)
        quotes += line.count(b'"')
        if quotes % 2 == 0:
            yield b"".join(lines)
            lines.clear()
