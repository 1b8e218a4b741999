"""Report types: what the tables are that a platform can produce, and what may be asked of each.

Pure values. A `ReportType` is written once per type, as a literal in its backend's `reports/`; everything else
(limits, roles, typing of columns, totals, tables, texts) is read from it. The words of a summary's plan are in
`measures`, what comes of it in `summary`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from unique_analytics_mcp.domain.headers import snake_case
from unique_analytics_mcp.domain.measures import SummaryPlan
from unique_analytics_mcp.domain.window import Window


class ColumnKind(StrEnum):
    """How the text of a column is read."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    TIMESTAMP = "timestamp"


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
    sparse: bool = False
    """True when an empty cell is a 0; elsewhere it is a number that nobody knows."""
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
    """Sentences that belong to every answer from it that is about rows."""
    summary: SummaryPlan
    caveats_without_rows: tuple[str, ...] = ()
    """Those of them that belong to an answer about no rows too: what a report may lack, and whose it is."""
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

    def caveats_about(self, rows: int) -> tuple[str, ...]:
        """The sentences that belong to an answer about so many of its rows."""
        return self.caveats if rows else self.caveats_without_rows

    def column(self, name: str) -> Column | None:
        """The declared column of that snake_case name."""
        return next((column for column in self.columns if column.name == name), None)


Catalogue = Mapping[str, ReportType]
"""Report types by name, in the order they are shown."""
