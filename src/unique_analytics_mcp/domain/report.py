"""Reports: what a type of report is (its catalogue literal) and what a summary of one is.

Pure values. A `ReportType` is written once per type, as a literal in its backend's `reports/`; everything else
(limits, roles, typing of columns, totals, tables, texts) is read from it. The words of a summary's plan are in
`measures`; how a summary is computed is `analysis`; how it is shown is `render`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Self

from pydantic import BaseModel, ConfigDict

from unique_analytics_mcp.domain.measures import SummaryPlan
from unique_analytics_mcp.domain.order import NextCall
from unique_analytics_mcp.domain.window import Window

Cell = str | int | float | bool | None
"""A value in a table. Decimals are text, so that no digit is lost; dates are ISO text."""


class ColumnKind(StrEnum):
    """How the text of a column is read."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    TIMESTAMP = "timestamp"


_NOT_WORD: Final = re.compile(r"[^0-9a-z]+")
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def snake_case(header: str) -> str:
    """The name a header has in tables and SQL: `DesktopCount` and `Desktop Count` give `desktop_count`."""
    return _NOT_WORD.sub("_", _HUMP.sub("_", header).lower()).strip("_") or "column"


def loose(header: str) -> str:
    """A header reduced to what two spellings of it share: lower-case letters and digits."""
    return _NOT_WORD.sub("", header.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column as the documents print it."""

    header: str
    kind: ColumnKind
    meaning: str
    unit: str = ""
    adds_up: bool = False
    """True when values of different rows may be added."""
    personal: bool = False
    """True when the values name or identify a person."""
    free_text: bool = False
    """True when people wrote the values: untrusted, and left out unless asked for."""
    optional: bool = False
    """True when platforms or callers exist that do not get it; its absence is no defect."""
    role: str = ""
    """The role without which the column is missing, where there is one."""
    other_headers: tuple[str, ...] = ()
    """Other spellings that were seen or are likely."""

    @property
    def name(self) -> str:
        """Its snake_case name in tables, Parquet and SQL."""
        return snake_case(self.header)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """Something a report takes beside its window; becomes a flat tool parameter of this name."""

    name: str
    meaning: str
    choices: tuple[str, ...] = ()
    """The words it may be, as they are sent; any text where there are none."""
    shapes: bool = False
    """True when it says how rows are made; otherwise it chooses among them, and may match nothing."""


Narrow = Callable[["ReportType", Mapping[str, str]], "ReportType"]
"""The report type as certain options make it: other columns, another summary."""

Check = Callable[[Window, Mapping[str, str]], None]
"""Raises `InvalidRequest` for a window and options that do not go together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportType:
    """One type of report: the literal from which everything about it follows."""

    name: str
    backend: str
    title: str
    answers: str
    """One sentence: the questions it answers."""
    row: str
    """What one row is."""
    columns: tuple[Column, ...]
    max_days: int
    """Longest window, inclusive days."""
    roles: str
    """The roles the platform asks for, as a phrase."""
    caveats: tuple[str, ...]
    """Sentences that belong to every answer from it."""
    summary: SummaryPlan
    options: tuple[Option, ...] = ()
    check: Check | None = None
    """What only window and options together can violate, where there is such a rule."""
    narrow: Narrow | None = None
    """What its options change in its columns and summary, where they do; as it stands it holds all there can be."""
    on_by_default: bool = True
    """False when the operator must name it before anybody can order it."""
    open_schema: bool = False
    """True when its columns are not documented: whatever comes is taken as it comes."""
    stands_alone: str = ""
    """Why its rows must not be merged with those of another window, as a clause; empty where they may."""
    lacks: tuple[str, ...] = ()
    """What people ask of it and no report of its service holds, as nouns."""

    def asked_with(self, options: Mapping[str, str]) -> ReportType:
        """The type as an order with these options gives it."""
        return self if self.narrow is None else self.narrow(self, options)

    def filters(self, options: Mapping[str, str]) -> list[str]:
        """Names of those options that choose among rows."""
        shapes = {option.name for option in self.options if option.shapes}
        return [name for name in options if name not in shapes]

    def column(self, name: str) -> Column | None:
        """The declared column of that snake_case name."""
        return next((column for column in self.columns if column.name == name), None)


Catalogue = Mapping[str, ReportType]
"""Report types by name, in the order they are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What reading a report's CSV found; kept in its sidecar."""

    rows: int
    """Rows read into the typed table."""
    rejected_rows: int
    """Records with more or fewer cells than the header; kept in the CSV, left out of the numbers."""
    rejected_records: tuple[int, ...]
    """Numbers of the first of them, counting records from 1 after the header; at most 20."""
    columns: tuple[tuple[str, str, str], ...]
    """Of each column in the file, in order: header, snake_case name, kind."""
    columns_missing: tuple[str, ...]
    """Declared headers that are not in the file, optional ones included."""
    columns_unknown: tuple[str, ...]
    """Headers in the file that nobody declared; they are kept."""
    unreadable_cells: Mapping[str, int]
    """By column name: cells that are not empty but not of the column's kind; empty in the typed table."""
    remarks: tuple[str, ...] = ()
    """What else had to be mended, in sentences: encoding, NUL bytes, doubled headers."""
    columns_inferred: tuple[str, ...] = ()
    """Names of the columns whose kind was read from their cells, because nobody declared it."""


class Total(BaseModel):
    """One number over the whole report."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    value: int | str | None = None
    """Decimals as text, so that no digit is lost; None where there is none, such as a ratio to nothing."""
    unit: str


EMPTY_GROUP: Final = "(empty)"
"""How a table shows the group of rows without a value."""


TOTALS: Final = "totals"
"""The table of a comparison whose rows are the totals: each in a unit of its own."""

COLUMNS: Final = "columns"
"""The table that says how full and how varied the columns of a report are none of which are documented."""

UNDECLARED: Final = "undocumented_columns"
"""Likewise, of those of another report that nobody declared."""

BEFORE: Final = "before"
"""The column of what the number to its left was in the window before; `day_before` likewise is that window's `day`."""

CHANGE: Final = "change"
"""The column of the difference of both; empty where it would say nothing."""

RANK: Final = "rank"
"""The column of a group's place in the order of all."""


class Table(BaseModel):
    """Rows as arrays under their column names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    columns: list[str]
    rows: list[list[Cell]]
    total_rows: int
    """How many rows there are in all."""
    truncated: bool
    """True when `rows` holds fewer than `total_rows`."""

    @classmethod
    def whole(cls, name: str, columns: Sequence[str], rows: Sequence[list[Cell]]) -> Self:
        """A table that holds all its rows."""
        return cls(name=name, columns=[*columns], rows=[*rows], total_rows=len(rows), truncated=False)

    def without(self, columns: Collection[str]) -> Self:
        """The table without these columns."""
        kept = [place for place, column in enumerate(self.columns) if column not in columns]
        rows = [[row[place] for place in kept] for row in self.rows]
        return self.model_copy(update={"columns": [self.columns[place] for place in kept], "rows": rows})

    @property
    def spare_ids(self) -> tuple[str, ...]:
        """The columns of ids that have names beside them, where no name stands for two ids.

        `queue_id` beside `queue_name`, and `wrap_up_code` beside `wrap_up_code_name`.
        """
        places = {column: place for place, column in enumerate(self.columns)}
        named = ((column, places.get(f"{column.removesuffix('_id')}_name")) for column in places)
        return tuple(column for column, name in named if name is not None and self._is_told(places[column], name))

    def _is_told(self, place: int, name: int) -> bool:
        pairs = {(row[name], row[place]) for row in self.rows}
        return len({name for name, _ in pairs}) == len(pairs)


class Part(BaseModel):
    """One of several orders behind an answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order_id: str
    start: date
    """First day, inclusive."""
    end: date
    """Last day, inclusive."""
    before: bool
    """True when it belongs to the window that is compared with."""
    rows: int
    rejected_rows: int


class Provenance(BaseModel):
    """Where an answer comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order_id: str
    """Of several orders the first; `parts` has them all."""
    type: str
    window: Window | None
    options: dict[str, str] | None = None
    """What was asked for beside the window, such as a filter; None for nothing."""
    as_of: datetime
    """When the order was placed, of several the earliest: later events are not in the report."""
    rows: int
    rejected_rows: int
    columns_missing: list[str]
    columns_unknown: list[str]
    sha256: str
    """Of the CSV's bytes as the platform sent them; of several CSVs, of their checksums, one a line."""
    truncated: bool
    """True when any table was cut."""
    parts: list[Part] = []
    """The orders behind the answer when they are more than one, oldest first, those compared with behind."""


class Summary(BaseModel):
    """The answer computed from one report."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    headline: str
    totals: list[Total]
    tables: list[Table]
    caveats: list[str]
    provenance: Provenance
    next_steps: list[NextCall]
    csv_uri: str
    """Resource that serves the CSV as the store keeps it."""
    saved_to: str | None = None
    """File name in the export folder, where the caller asked for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The engine's part of a summary."""

    headline: str
    totals: tuple[Total, ...]
    tables: tuple[Table, ...]
    caveats: tuple[str, ...]
    has_texts: bool = False
    """True when people wrote some of its columns: no figure shows them."""

    @property
    def truncated(self) -> bool:
        """True when any table is cut."""
        return any(table.truncated for table in self.tables)


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvPage:
    """Some consecutive records of a report under its header."""

    text: str
    """The header record, then the records of the page, each with the line end it has in the file."""
    offset: int
    """Records before this page, the header not counted."""
    rows: int
    """Records on this page."""
    total_rows: int
    """Records in the file; those that the summary had to reject are among them."""
    next_offset: int | None
    """Where the next page begins; None on the last one."""
