"""The header record: is this a table at all, how is it delimited, and which declared column is which.

Pure: text and a report type in, a `Header` or a refusal out. Headers are matched without regard to case, blanks and
punctuation, because their real spelling is undocumented (unique-api.md sections 4 and 9); what nobody declared is kept
under its own name.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from unique_analytics_mcp.domain.headers import loose, snake_case
from unique_analytics_mcp.domain.report import Column, ColumnKind, ReportType
from unique_analytics_mcp.errors import ReportUnreadable

_DELIMITERS: Final = ",;\t"
_MOST_COLUMNS: Final = 500
"""Many times as many as any report has; the engine has no memory for twice as many."""
_LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class FileColumn:
    """One column of a file."""

    header: str
    """As the file spells it."""
    name: str
    """Its snake_case name, unique in the file."""
    kind: ColumnKind
    is_declared: bool = True
    """False where nobody declared it: its kind is then what its cells show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the header record says."""

    delimiter: str
    columns: tuple[FileColumn, ...]
    missing: tuple[str, ...]
    """Declared headers that are not there."""
    unknown: tuple[str, ...]
    """Headers that nobody declared, as the file spells them; of a column without one its name."""
    remarks: tuple[str, ...]

    @property
    def is_declared(self) -> bool:
        """Whether the kind of every column is known."""
        return all(column.is_declared for column in self.columns)


def read_header(beginning: str, report: ReportType) -> Header:
    """What the first record of a file says; `beginning` is its decoded start, without a byte order mark.

    Raises:
        ReportUnreadable: it is empty, HTML or JSON, or its first record is not a header of this report.
    """
    _refuse_other_formats(beginning)
    declared = _by_spelling(report)
    delimiter = choose_delimiter(beginning, declared)
    headers = _first_record(beginning, delimiter)
    found = _match(headers, declared)
    if len(headers) > _MOST_COLUMNS or not (found or report.open_schema):
        raise _not_a_report(f"its first line is not a header of {report.name}")
    names = _names(headers, found)
    return Header(
        delimiter=delimiter,
        columns=tuple(
            FileColumn(
                header=header,
                name=name,
                kind=found[place].kind if place in found else ColumnKind.TEXT,
                is_declared=place in found,
            )
            for place, (header, name) in enumerate(zip(headers, names, strict=True))
        ),
        missing=tuple(column.header for column in report.columns if column not in found.values()),
        unknown=tuple(
            header if header.strip() else name
            for place, (header, name) in enumerate(zip(headers, names, strict=True))
            if place not in found
        ),
        remarks=_remarks(headers, names),
    )


def choose_delimiter(beginning: str, declared: Mapping[str, Column] | None = None) -> str:
    """`,` `;` or tab: the one that gives the most declared headers, then the most cells; `,` when nothing decides."""

    def merit(delimiter: str) -> tuple[int, int]:
        headers = _first_record(beginning, delimiter)
        return sum(loose(header) in (declared or {}) for header in headers), len(headers)

    return max(_DELIMITERS, key=merit)


def _refuse_other_formats(beginning: str) -> None:
    text = beginning.lstrip()
    if not text:
        raise _not_a_report("it is empty")
    if text.startswith("<"):
        raise _not_a_report("it is a web page")
    if text.startswith(("{", "[")):
        raise _not_a_report("it is JSON")


def _not_a_report(why: str) -> ReportUnreadable:
    return ReportUnreadable(
        f"What the platform delivered is not a report: {why}.",
        hint="Call create_analytics_order with reuse=false to order it again; "
        "if it comes back the same, ask the platform's operator.",
    )


def _first_record(beginning: str, delimiter: str) -> list[str]:
    """The cells of the first line that is not blank; none when it cannot be read with this delimiter."""
    lines = io.StringIO(beginning.replace("\0", ""), newline="")
    with suppress(csv.Error):
        for cells in csv.reader(lines, delimiter=delimiter, strict=True):
            if cells:
                return cells
    return []


def _by_spelling(report: ReportType) -> dict[str, Column]:
    return {loose(spelling): column for column in report.columns for spelling in (*column.other_headers, column.header)}


def _match(headers: Sequence[str], declared: Mapping[str, Column]) -> dict[int, Column]:
    """Place to declared column; a column stands for the first header that spells it."""
    found: dict[int, Column] = {}
    for place, header in enumerate(headers):
        column = declared.get(loose(header))
        if column is not None and column not in found.values():
            found[place] = column
    return found


def _names(headers: Sequence[str], found: Mapping[int, Column]) -> list[str]:
    taken = {column.name for column in found.values()}
    names: list[str] = []
    for place, header in enumerate(headers):
        name = found[place].name if place in found else _free_name(header, place, taken)
        taken.add(name)
        names.append(name)
    return names


def _free_name(header: str, place: int, taken: set[str]) -> str:
    base = snake_case(header)[:_LONGEST_NAME] if loose(header) else f"column_{place + 1}"
    numbered = (f"{base}_{number}" for number in range(2, _MOST_COLUMNS + 2))
    return base if base not in taken else next(name for name in numbered if name not in taken)


def _remarks(headers: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    seen: set[str] = set()
    remarks: list[str] = []
    for header, name in zip(headers, names, strict=True):
        if not header.strip():
            remarks.append(f"A column has no header; it is kept as {name}.")
        elif (spelling := loose(header) or header) in seen:
            remarks.append(f"The header of {name} stands there more than once; each column is kept.")
        else:
            seen.add(spelling)
    return tuple(remarks)
