"""A report's CSV rewritten before it is kept: pseudonyms for people, no texts of theirs.

Who is meant stands in the catalogue: columns that identify people, and columns that people wrote. What nobody declared
is judged by its header, and mail addresses are replaced wherever they stand, so that a column the platform adds
tomorrow gives nobody away by its cells' form. A name in the middle of a cell that is neither cannot be recognised,
which every answer says. Python's `csv` in constant memory; the result is UTF-8 with commas and every cell in quotes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Final

from unique_analytics_mcp.analysis._engine import store_errors
from unique_analytics_mcp.analysis.encoding import beginning, opened, settle
from unique_analytics_mcp.analysis.headers import FileColumn, Header, read_header
from unique_analytics_mcp.analysis.records import Record, nul_remarks, records
from unique_analytics_mcp.analysis.repair import quoted_line
from unique_analytics_mcp.domain.headers import speaks_of_people, speaks_of_texts
from unique_analytics_mcp.domain.people import PEOPLE_REPLACED, TEXTS_LEFT_OUT, Pseudonyms
from unique_analytics_mcp.domain.report import ReportType

Guard = Callable[[str], str]
"""A cell as it may be kept."""

_WITHHELD: Final = "(withheld: this record cannot be read)"
_REMEMBERED: Final = 10_000
"""People of one column whose pseudonyms are not made anew in every row."""
_FIGURE: Final = re.compile(r"[0-9 .:+TZ-]*")


def protect(source: Path, target: Path, report: ReportType, pseudonyms: Pseudonyms) -> tuple[str, ...]:
    """Write the CSV `source` to `target` without people's names and texts; gives what must be said of it.

    A record that cannot be read, and so not be searched for names, is withheld: a line of another width stands in its
    place, so that it is still counted.

    Raises:
        ReportUnreadable: what came is not a table of this report.
        StoreError: a file cannot be read or written.
    """
    with store_errors():
        encoding = settle(source)
        header = read_header(beginning(source, encoding), report)
        with opened(source, encoding) as text, target.open("wb") as file:
            found = records(text, header.delimiter)
            next(found, None)
            file.write(quoted_line([pseudonyms.without_mails(column.header) for column in header.columns]))
            nul_characters = _copy(found, file, [_guard(column, report, pseudonyms) for column in header.columns])
    kept = map(pseudonyms.without_mails, _remarks(header, report))
    return (*kept, *encoding.remarks, *nul_remarks(nul_characters))


def _copy(found: Iterator[Record], file: BinaryIO, guards: Sequence[Guard]) -> int:
    """Write what may be kept of each record; gives the number of NUL characters taken out."""
    nul_characters = 0
    for record in found:
        nul_characters += record.text.count("\0")
        file.write(_kept(record, guards))
    return nul_characters


def _kept(record: Record, guards: Sequence[Guard]) -> bytes:
    if record.cells is None or len(record.cells) != len(guards):
        return quoted_line([_WITHHELD] * (2 if len(guards) == 1 else 1))
    return quoted_line([guard(cell) for guard, cell in zip(guards, record.cells, strict=True)])


def _guard(column: FileColumn, report: ReportType, pseudonyms: Pseudonyms) -> Guard:
    if _is_text(column, report):
        return pseudonyms.of_text if report.column(column.name) else _except_figures(pseudonyms.of_text)
    if _is_person(column, report):
        return lru_cache(_REMEMBERED)(pseudonyms.of_person)
    return pseudonyms.without_mails


def _is_text(column: FileColumn, report: ReportType) -> bool:
    declared = report.column(column.name)
    return declared.free_text if declared else speaks_of_texts(column.header)


def _is_person(column: FileColumn, report: ReportType) -> bool:
    declared = report.column(column.name)
    return declared.personal if declared else speaks_of_people(column.header)


def _except_figures(guard: Guard) -> Guard:
    """Numbers and times pass: the header of what nobody declared may deceive (`Message Count`)."""
    return lambda cell: cell if _FIGURE.fullmatch(cell) else guard(cell)


def _remarks(header: Header, report: ReportType) -> Iterator[str]:
    texts = [column for column in header.columns if _is_text(column, report)]
    people = [column for column in header.columns if column not in texts and _is_person(column, report)]
    if people:
        yield (
            f"{PEOPLE_REPLACED}, person-… for a mail address and name-… for any other name or id: each has one in all "
            "reports read with this key, and a person known by several has several."
        )
    if texts:
        named = ", ".join(column.header for column in texts)
        yield f"{TEXTS_LEFT_OUT}: each text of {named} is shown as text-…, equal ones alike."
    replaced = {*texts, *people}
    kept = [column.header for column in header.columns if report.column(column.name) is None and column not in replaced]
    if kept:
        yield f"Of undocumented columns ({', '.join(kept)}) only mail addresses are replaced; they may hold names."
