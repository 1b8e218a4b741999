"""The engine's records as the tables of a summary.

Pure. Numbers stay exact: whole numbers are ints of any size, decimals text without trailing zeros, and a share is a
percentage rounded half up to one decimal from exact fractions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from unique_analytics_mcp.domain.report import Breakdown, Cell, Measure, Ranking, Table, Trend

EMPTY_GROUP: Final = "(empty)"
"""How the group of rows without a value is shown."""

SHARE_COLUMN: Final = "share_percent"
"""Header of the column of shares."""

Number = int | Decimal
Record = Sequence[object]
"""One row as the engine gives it."""


def numbers(record: Record) -> list[Number]:
    """The record's numbers, in order; anything else in it is passed over."""
    return [value for value in record if isinstance(value, int | Decimal)]


def exact(number: Number) -> int | str:
    """The number without loss: 12, or "12.5"."""
    if isinstance(number, int):
        return number
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def share(part: Number, whole: Number) -> float | None:
    """How many percent of the whole the part is, to one decimal; None when the whole is not positive."""
    if whole <= 0:
        return None
    return math.floor(Fraction(part) * 1000 / Fraction(whole) + Fraction(1, 2)) / 10


def ranking_table(
    ranking: Ranking, measures: Sequence[Measure], found: Sequence[Record], whole: Mapping[str, Number], *, top: int
) -> Table:
    """The first `top` groups; `found` has one more where there is one, and the number of all groups ends a record.

    The first measure is followed by its share of the whole where it adds up.
    """
    groups = len(ranking.by)
    leading, *others = measures
    shared = [SHARE_COLUMN] if leading.adds_up else []

    def row(record: Record) -> list[Cell]:
        first, *rest = numbers(record[groups:-1])
        part = [share(first, whole[leading.name])] if shared else []
        return [*map(group_text, record[:groups]), exact(first), *part, *map(exact, rest)]

    return Table(
        name=ranking.name,
        columns=[*ranking.by, leading.name, *shared, *(measure.name for measure in others)],
        rows=[row(record) for record in found[:top]],
        total_rows=int(numbers(found[0])[-1]) if found else 0,
        truncated=len(found) > top,
    )


def trend_table(trend: Trend, found: Sequence[Record], start: date, end: date) -> Table:
    """One row per day from `start` to `end`; the days that `found` lacks hold zeros."""
    by_day = {record[0]: [exact(value) for value in numbers(record[1:])] for record in found}
    days = [start + timedelta(days=passed) for passed in range((end - start).days + 1)]
    zeros = [0] * len(trend.measures)
    return Table(
        name=trend.name,
        columns=[trend.by, *trend.measures],
        rows=[[day.isoformat(), *by_day.get(day, zeros)] for day in days],
        total_rows=len(days),
        truncated=False,
    )


def breakdown_table(breakdown: Breakdown, sums: Sequence[Number]) -> Table:
    """One row per column of the breakdown, in the plan's order."""
    whole = sum(sums)
    return Table(
        name=breakdown.name,
        columns=[breakdown.label, breakdown.measure, SHARE_COLUMN],
        rows=[[label, exact(value), share(value, whole)] for label, value in zip(breakdown.columns, sums, strict=True)],
        total_rows=len(sums),
        truncated=False,
    )


def group_text(value: object) -> str:
    """A group's own value as a cell."""
    if value is None:
        return EMPTY_GROUP
    return value.isoformat() if isinstance(value, date) else str(value)
