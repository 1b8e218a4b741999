"""How a value leaves the sealed engine: its type asked for in SQL, and then written as an answer bears it.

Pure: knows no connection and no page.
"""

from __future__ import annotations

import math
import re
from decimal import Context
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from unique_analytics_mcp.domain.summary import Cell

_LONGEST: Final = 2_000
"""Characters of a text."""
_INTEGERS: Final = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_UNSIGNED: Final = ("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT")
_AS_THEY_ARE: Final = frozenset(("BOOLEAN", "FLOAT", "DOUBLE", *_INTEGERS, *_UNSIGNED))
"""Types whose values leave the engine as numbers; all others leave it as text."""
_SURE_DIGITS: Final = 15
"""Digits that a DOUBLE holds for sure: those behind are often of no number that anybody wrote."""
_MOST_WRITTEN_DIGITS: Final = 20
"""A longer decimal beside medians is one of them: they have digits down to the last place of their type."""
_DIGITS: Final = re.compile(r"-?[0-9]+\.[0-9]+")
_MOMENTS: Final = ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")
_MOMENTS_WITH_ZONE: Final = ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS")
"""The second is what a DATE becomes that is given a zone."""


def cell_sql(name: str, kind: str) -> str:
    """What is selected of a column of that type, so that its values leave as `cell` takes them."""
    if kind == "FLOAT":  # as the engine writes it: as a DOUBLE 0.1 would be 0.10000000149011612
        return f"CAST(CAST({name} AS VARCHAR) AS DOUBLE)"
    return name if kind in _AS_THEY_ARE else f"left(CAST({name} AS VARCHAR), {_LONGEST})"


def cell(value: object, kind: str, *, between: bool) -> Cell:
    """The value as JSON bears it: decimals without trailing zeros and moments by ISO 8601, both as text.

    `between` says that decimals may be made of others by floating point, as medians are.
    """
    match value:
        case None | bool() | int():
            return value
        case float():
            return _sure(value) if math.isfinite(value) else str(value)
        case _:
            return _written(str(value), kind, between=between)


def _sure(value: float) -> float:
    """The number without digits that are none of it: 0.1 + 0.2 gives 0.3. Whole numbers are as they are."""
    is_exact = value.is_integer() or abs(value) >= 10**_SURE_DIGITS
    return value if is_exact else float(f"{value:.{_SURE_DIGITS}g}")


def _decimal(text: str, *, between: bool) -> str:
    """The number without zeros at its end, and without digits that are none of a median."""
    if between and len(text.replace(".", "").strip("-0")) > _MOST_WRITTEN_DIGITS:
        whole = len(text.partition(".")[0].lstrip("-"))
        text = f"{Context(prec=max(_SURE_DIGITS, whole)).create_decimal(text):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _written(text: str, kind: str, *, between: bool) -> str:
    if kind.startswith("DECIMAL"):  # or a list of them
        return _DIGITS.sub(lambda found: _decimal(found[0], between=between), text)
    if kind in _MOMENTS_WITH_ZONE:
        return f"{text.replace(' ', 'T')}:00" if text.endswith("+00") else text
    return text.replace(" ", "T") if kind in _MOMENTS else text
