"""A window and the typed tables that cover it: what figures are computed from. Pure; reads nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from unique_analytics_mcp.analysis import caveats
from unique_analytics_mcp.analysis.parts import typed_table
from unique_analytics_mcp.domain.fetched import Intake
from unique_analytics_mcp.domain.window import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """One window, and the tables whose rows, stacked, are its rows."""

    window: Window
    parquet: Sequence[Path]
    intakes: Mapping[str, Intake] = field(default_factory=dict[str, Intake])
    """What `convert` said of the tables, by their orders: from it caveats say what reading the CSVs lost."""

    @property
    def rejected_rows(self) -> int:
        """How many of its records could not be read."""
        return caveats.rejected(self.intakes)

    @property
    def paths(self) -> list[str]:
        """The tables as the engine takes them."""
        return [typed_table(path) for path in self.parquet]
