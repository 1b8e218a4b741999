"""Summaries: the numbers and tables computed from a report, and the words by which they know each other.

Pure values. How a summary is computed is `analysis`; how it is shown is `render`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Self

from pydantic import BaseModel, ConfigDict

from unique_analytics_mcp.domain.measures import TextsAsked
from unique_analytics_mcp.domain.order import NextCall
from unique_analytics_mcp.domain.provenance import Provenance

Cell = str | int | float | bool | None
"""A value in a table. Decimals are text, so that no digit is lost; dates are ISO text."""

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


class Total(BaseModel):
    """One number over the whole report."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    value: int | str | None = None
    """Decimals as text, so that no digit is lost; None where there is none, such as a ratio to nothing."""
    unit: str


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

    @property
    def unsaid_caveats(self) -> list[str]:
        """The caveats that the headline does not say already, where both are shown: a chart shows no headline."""
        return [caveat for caveat in self.caveats if caveat not in self.headline]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The engine's part of a summary."""

    headline: str
    totals: tuple[Total, ...]
    tables: tuple[Table, ...]
    caveats: tuple[str, ...]
    has_texts: bool = False
    """True when people wrote some of its columns: no figure shows them."""
    texts_asked: TextsAsked | None = None
    """What gives those that the figures make people ask for, where there may be some."""

    @property
    def truncated(self) -> bool:
        """True when any table is cut."""
        return any(table.truncated for table in self.tables)
