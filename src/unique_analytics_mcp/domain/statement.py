"""What a statement over reports does, as its tree and the engine show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a statement does that readers of its rows must know."""

    columns_read: frozenset[str]
    """Columns of the reports that it reads, under whatever name."""
    names_sought: frozenset[str]
    """What it compares with a text that it holds itself: columns, and names that it gave."""
    asks_clock: bool
    """True when it asks what day or time it is."""
    draws_rows: bool
    """True when it takes rows by chance, others each time."""
    repeats_rows: bool
    """True when it joins reports as they are: a row then comes once for each that it meets."""
    goes_between: bool
    """True when it asks for values between others, such as medians, which the engine makes in floating point."""
    counts_rows: bool
    """True when it counts the rows of a report as they are, or takes an average over them."""
