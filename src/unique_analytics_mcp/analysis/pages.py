"""A report's CSV page by page, in whole records, as the platform wrote it.

A record is what the intake takes for one: a line end inside quotes does not end it. Blank lines count as nothing.
Regular files are cut at the speed of reading bytes; irregular ones go through the careful reader. Memory is constant
in the size of the file: it holds one page, which ends early where its records are long. Of whoever leaves no further
records are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

from unique_analytics_mcp.analysis._engine import end_with_caller, store_errors
from unique_analytics_mcp.analysis.encoding import beginning, beginning_if_utf8, opened, settle
from unique_analytics_mcp.analysis.headers import choose_delimiter
from unique_analytics_mcp.analysis.records import records
from unique_analytics_mcp.analysis.scan import look, skip_mark
from unique_analytics_mcp.domain.fetched import CsvPage

LONGEST_PAGE: Final = 8 * 2**20
"""Bytes or characters of a page's records; one record alone may be longer."""
_READ_AT_ONCE: Final = 4_096
"""Records between two looks at whether the caller is still there."""

T = TypeVar("T")


def page(csv_path: Path, *, offset: int, limit: int) -> CsvPage:
    """At most `limit` records from `offset` on, counted from 0 after the header; at least one where there is one.

    Raises:
        StoreError: the file cannot be read.
    """
    with store_errors():
        return _regular_page(csv_path, offset, limit) or _careful_page(csv_path, offset, limit)


def _regular_page(path: Path, offset: int, limit: int) -> CsvPage | None:
    """The page of a regular UTF-8 file; None when it is not one."""
    with path.open("rb") as file:
        first_text = beginning_if_utf8(file)
        seen = None if first_text is None else look(file, choose_delimiter(first_text))
        if seen is None:
            return None
        skip_mark(file)
        cut = _while_wanted(_whole_records(file))
        header = next(cut, b"")
        body = list(_within_a_page(islice(cut, offset, offset + limit)))
    try:
        text = b"".join([header, *body]).decode()
    except UnicodeDecodeError:
        return None
    return _page(text, offset, rows=len(body), total_rows=max(seen.records - 1, 0))


def _careful_page(path: Path, offset: int, limit: int) -> CsvPage:
    encoding = settle(path)
    body: list[str] = []
    total_rows, end, size = 0, offset + limit, 0
    with opened(path, encoding) as text:
        every = _while_wanted(records(text, choose_delimiter(beginning(path, encoding))))
        header = next((record.text for record in every), "")
        for total_rows, record in enumerate(every, start=1):
            if offset < total_rows <= end:
                size += len(record.text)
                if body and size > LONGEST_PAGE:
                    end = total_rows - 1
                else:
                    body.append(record.text)
    return _page("".join([header, *body]), offset, rows=len(body), total_rows=total_rows)


def _page(text: str, offset: int, *, rows: int, total_rows: int) -> CsvPage:
    end = offset + rows
    return CsvPage(
        text=text,
        offset=offset,
        rows=rows,
        total_rows=total_rows,
        next_offset=end if rows and end < total_rows else None,
    )


def _while_wanted(found: Iterable[T]) -> Iterator[T]:
    for place, record in enumerate(found):
        if place % _READ_AT_ONCE == 0:
            end_with_caller()
        yield record


def _within_a_page(cut: Iterable[bytes]) -> Iterator[bytes]:
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
