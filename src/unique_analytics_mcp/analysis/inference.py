"""Which kind a column is that nobody declared, read from its cells.

Pure. A column is of the narrowest kind that all its filled cells fit exactly: whole numbers, decimals, days, moments.
It stays text where one cell does not fit or is not written as programs write numbers (`007`, `+41`), where its header
speaks of identifiers (`Chat ID`, `Zip`), and where it is empty. What a cell of a kind looks like is `casts`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from unique_analytics_mcp.analysis.casts import is_filled, trimmed, typed
from unique_analytics_mcp.domain.report import ColumnKind

_IDENTIFIES: Final = re.compile(r"(.*_)?(id|ids|uuid|guid|key|code|number|no|nr|phone|zip|plz|hash|version)")
_PLAIN: Final = r"-?(0|[1-9][0-9]*)(\.[0-9]+)?|-?[1-9](\.[0-9]+)?e[+-][0-9]+"  # as programs print numbers
_LONGEST_DAY: Final = 10  # characters: dd.MM.yyyy and ISO dates; what is longer has a time
_ZONE: Final = r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)$"
_DROPPED_DIGITS: Final = r"\.[0-9]{7}"


def counts_sql(column: str) -> list[str]:
    """Aggregates over the quoted VARCHAR column: its filled cells, then those that fit each of `_KINDS`."""
    return [
        f"count(*) FILTER (WHERE {is_filled(column)})",
        *(f"count(*) FILTER (WHERE {fits})" for fits in _fits(column)),
    ]


def kind_of(name: str, counts: Sequence[int]) -> ColumnKind:
    """The kind of the column of that snake_case name, by what `counts_sql` gave."""
    filled, *fitting = counts
    if not filled or _IDENTIFIES.fullmatch(name):
        return ColumnKind.TEXT
    found = (kind for kind, count in zip(_KINDS, fitting, strict=True) if count == filled)
    return next(found, ColumnKind.TEXT)


def zoneless_sql(column: str) -> str:
    """An aggregate over the quoted VARCHAR column of moments: those that name no zone."""
    return f"count(*) FILTER (WHERE {is_filled(column)} AND NOT regexp_matches({trimmed(column)}, '{_ZONE}'))"


def engine_kind(engine_type: str) -> ColumnKind:
    """The kind of a column of ours by the engine's type."""
    return _ENGINE_KINDS.get(engine_type.partition("(")[0], ColumnKind.TEXT)


_KINDS: Final = (ColumnKind.INTEGER, ColumnKind.DECIMAL, ColumnKind.DATE, ColumnKind.TIMESTAMP)

_ENGINE_KINDS: Final[Mapping[str, ColumnKind]] = {
    "BIGINT": ColumnKind.INTEGER,
    "DECIMAL": ColumnKind.DECIMAL,
    "DATE": ColumnKind.DATE,
    "TIMESTAMP WITH TIME ZONE": ColumnKind.TIMESTAMP,
}


def _fits(column: str) -> list[str]:
    text = trimmed(column)
    integer, decimal, day, moment = (typed(column, kind) for kind in _KINDS)
    return [
        f"CAST({integer} AS VARCHAR) = {text}",
        f"{decimal} IS NOT NULL AND regexp_full_match({text}, '{_PLAIN}')",
        f"{day} IS NOT NULL AND length({text}) <= {_LONGEST_DAY}",
        f"{moment} IS NOT NULL AND length({text}) > {_LONGEST_DAY} AND NOT regexp_matches({text}, '{_DROPPED_DIGITS}')",
    ]
