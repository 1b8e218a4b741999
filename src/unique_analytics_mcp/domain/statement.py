"""What a statement over reports does, as its tree and the engine show, and how one names a column."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_WORDS: Final = """
    all analyse analyze and anti any array as asc asof asymmetric at authorization binary both by case cast check
    collate collation column columns concurrently constraint create cross default deferrable desc describe distinct do
    else end except false fetch for foreign freeze from full generated glob group having ilike in initially inner
    intersect into is isnull join lambda lateral leading left like limit map natural not notnull null offset on only or
    order outer overlaps pivot pivot_longer pivot_wider placing positional primary qualify references returning right
    select semi show similar some struct summarize symmetric table tablesample then to trailing true try_cast tuple
    union unique unpack unpivot using variadic verbose when where window with
"""
RESERVED: Final = frozenset(_WORDS.split())
"""Words of DuckDB 2.0 that are no column's name unless they stand in quotes."""

_PLAIN: Final = re.compile(r"[^\W\d]\w*")


def as_written(column: str) -> str:
    """The column's name as a statement takes it: `email`, `"when"`, `"2nd_login"`."""
    is_plain = _PLAIN.fullmatch(column) and column not in RESERVED
    return column if is_plain else f'"{column}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a statement does that readers of its rows must know."""

    columns_read: frozenset[str]
    """Columns of the reports that it reads, under whatever name."""
    asks_clock: bool
    """True when it asks what day or time it is."""
    draws_rows: bool
    """True when it takes rows by chance, others each time."""
    repeats_rows: bool
    """True when it joins reports as they are: a row then comes once for each that it meets."""
    counts_rows: bool
    """True when it counts the rows of a report as they are, or takes an average over them."""
