"""How things stood: what may be said of readings, which must never be added.

Pure. The SQL gives each group's first, latest and highest reading, and the sum and the number behind its average; the
sum itself is shown nowhere. An average is rounded once, half up, to `DECIMALS` decimals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final, Protocol

from unique_analytics_mcp.analysis import amounts
from unique_analytics_mcp.analysis.amounts import Record, exact, numbers
from unique_analytics_mcp.analysis.changes import change_percent
from unique_analytics_mcp.domain.summary import Cell, Table, Total

DECIMALS: Final = 1
"""Decimals of an average."""

ROUNDED: Final = (
    f"Averages and their changes are each rounded to {DECIMALS} decimal, or to two digits where they are smaller, "
    "halves up."
)

FIRST_PEAK: Final = "Where several dates share the highest value, the first of them is named."


class Ask(Protocol):
    """The engine, over one report."""

    def __call__(self, sql: str, /, **values: object) -> list[tuple[object, ...]]:
        """All rows of one statement."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What readings add to a summary."""

    totals: tuple[Total, ...] = ()
    tables: tuple[Table, ...] = ()
    caveats: tuple[str, ...] = ()
    spoken: tuple[Table, ...] = ()
    """Tables of one row that only the headline speaks of."""
    shared: tuple[str, ...] = ()
    """Names of the tables whose first row others equal."""
    idle: tuple[str, ...] = ()
    """Names of the tables whose first row is of nobody, so that it does not lead."""
    said: tuple[str, ...] = ()
    """Of a comparison: clauses that its headline begins with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one group of readings stands."""

    readings: int
    average: Fraction
    first: int
    first_at: date
    latest: int
    latest_at: date
    peak: int
    peak_at: date
    """The earliest date of the highest reading."""
    last_peak_at: date
    """The latest of its dates."""

    @property
    def shares_peak(self) -> bool:
        """True when several dates have the highest reading."""
        return self.peak_at != self.last_peak_at


STANDING_SQL: Final = (
    "count(*) AS readings, sum(value) AS whole, first(value ORDER BY dated, value DESC), min(dated), "
    "first(value ORDER BY dated DESC, value DESC), max(dated), max(value), first(dated ORDER BY value DESC, dated), "
    "first(dated ORDER BY value DESC, dated DESC)"
)
"""Of the columns `dated` and `value` of a group; `standing` reads it."""


def standing(record: Record) -> Standing:
    """What `STANDING_SQL` gave of one group."""
    readings, whole, first, latest, peak = numbers(record)
    first_at, latest_at, peak_at, last_peak_at = (value for value in record if isinstance(value, date))
    return Standing(
        readings=int(readings),
        average=Fraction(whole) / int(readings),
        first=int(first),
        first_at=first_at,
        latest=int(latest),
        latest_at=latest_at,
        peak=int(peak),
        peak_at=peak_at,
        last_peak_at=last_peak_at,
    )


def of_peaks(found: Iterable[Standing]) -> Iterator[str]:
    """That a highest reading is not the only one."""
    if any(each.shares_peak for each in found):
        yield FIRST_PEAK


def rounded(value: Fraction) -> str:
    """The value to `DECIMALS` decimals, halves up, without trailing zeros: `"12.5"`, `"12"`."""
    return str(exact(amounts.rounded(value, DECIMALS)))


def change(value: Fraction | int, before: Fraction | int) -> list[Cell]:
    """The difference and its percentage of what was before; `new` where that was nothing."""
    difference = Fraction(value) - Fraction(before)
    shown: Cell = rounded(difference) if isinstance(value, Fraction) else int(difference)
    return [shown, change_percent(value, before)]
