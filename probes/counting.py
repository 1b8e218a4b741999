"""Counting in plain Python over the rows of a CSV: what the engine's numbers are held against.

Cells are text as the platform wrote them. Sums of money stay exact decimals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_FLOOR, Decimal

Row = Mapping[str, str]
Number = int | Decimal
Value = str | Number


def added(rows: Iterable[Row], column: str) -> Number:
    """The sum of a column."""
    total = sum((Decimal(row[column]) for row in rows), Decimal(0))
    return int(total) if total == total.to_integral_value() else total


def distinct(rows: Iterable[Row], column: str) -> int:
    """How many different values a column has."""
    return len({row[column] for row in rows})


def distinct_by(rows: Iterable[Row], group: str, column: str) -> Mapping[str, int]:
    """How many different values the column has in each group."""
    return Counter(group for group, _ in {(row[group], row[column]) for row in rows})


def ranked(rows: Iterable[Row], *columns: str, by: str = "") -> list[tuple[Value, ...]]:
    """Each group with the sum of `by`, or with its number of rows: the largest first, ties by the groups' values."""
    sums: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        sums[tuple(row[column] for column in columns)] += Decimal(row[by]) if by else 1  # pyright: ignore[reportArgumentType] - a counter adds decimals as well
    return [(*group, _plain(value)) for group, value in sorted(sums.items(), key=lambda item: (-item[1], item[0]))]


def where(rows: Iterable[Row], column: str, holds: str | Callable[[str], bool]) -> list[Row]:
    """The rows whose cell is this text, or fulfils this condition."""
    return [row for row in rows if (row[column] == holds if isinstance(holds, str) else holds(row[column]))]


def ratio(whole: Number, parts: Number, digits: int) -> str:
    """How much of the whole falls to each part, to so many digits, halves up; `12.0`, not `12.00`."""
    step = Decimal(1).scaleb(-digits)
    return str(float((Decimal(whole) / Decimal(parts) + step / 2).quantize(step, ROUND_FLOOR)))


def percent(part: Value, whole: Number) -> str:
    """How many percent of the whole the part is, to one decimal, halves up."""
    return ratio(100 * Decimal(part), whole, 1)


def changed(now: Number, before: Number) -> tuple[Value, ...]:
    """A number beside an earlier one: both, the difference, and that as percent of the earlier one."""
    return now, before, now - before, percent(now - before, before)


def _plain(value: Number) -> Number:
    return int(value) if value == int(value) else value
