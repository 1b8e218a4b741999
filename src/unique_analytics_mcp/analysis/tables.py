"""The engine's records as the tables of a summary. Pure; how numbers become cells is `amounts`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from unique_analytics_mcp.analysis.amounts import Asked, Number, Record, exact, numbers, share
from unique_analytics_mcp.domain.measures import Breakdown, Measure, Ranking, Trend
from unique_analytics_mcp.domain.summary import EMPTY_GROUP, Cell, Table

SHARE_COLUMN: Final = "share_percent"
"""Header of the column of shares."""

_ALL: Final = 100


def ranking_table(
    ranking: Ranking, asked: Asked, found: Sequence[Record], whole: Mapping[str, Number | None], *, top: int
) -> Table:
    """The first `top` groups; `found` has one more where there is one, and the number of all groups ends a record.

    The first measure is followed by its share of the whole where it has one.
    """
    groups = len(ranking.by)
    leading, *others = asked.figures
    total = whole.get(leading.name) if _has_shares(ranking, asked) else None
    shared = [] if total is None else [SHARE_COLUMN]

    def row(record: Record) -> list[Cell]:
        first, *values = numbers(record[groups:-1])
        amounts = asked.amounts([first, *values])
        part = [] if total is None else [share(first, total)]
        return [
            *map(group_text, record[:groups]),
            exact(first),
            *part,
            *(exact(amounts[figure.name]) for figure in others),
        ]

    return Table(
        name=ranking.name,
        columns=[*ranking.by, leading.name, *shared, *(figure.name for figure in others)],
        rows=[row(record) for record in found[:top]],
        total_rows=all_groups(found),
        truncated=len(found) > top,
    )


def all_groups(found: Sequence[Record]) -> int:
    """How many groups a ranking has in all, which ends each of its records."""
    return int(numbers(found[0])[-1]) if found else 0


def _has_shares(ranking: Ranking, asked: Asked) -> bool:
    leading = asked.figures[0]
    return isinstance(leading, Measure) and leading.adds_up and ranking.where is None and not ranking.fewest_first


def trend_table(trend: Trend, asked: Asked, found: Sequence[Record], groups: Sequence[str]) -> Table:
    """One row per group, in their order; those that `found` lacks hold zeros, and nothing for ratios."""
    by_group = {group_text(record[0]): numbers(record[1:]) for record in found}
    nothing = [0] * len(asked.measures)

    def row(group: str) -> list[Cell]:
        return [group, *map(exact, asked.amounts(by_group.get(group, nothing)).values())]

    return Table.whole(trend.name, [trend.by, *trend.measures], [row(group) for group in groups])


PEAK: Final = "{}_peak"
"""Name of a trend's highest row, a table that only the headline speaks of."""


def peak_table(trend: Table) -> Table:
    """The row of a trend whose first measure is the highest; none where several rows have that, or all nothing."""
    values = [Decimal(row[1] or 0) for row in trend.rows]
    most = max(values, default=Decimal(0))
    found = [row for row, value in zip(trend.rows, values, strict=True) if value == most]
    return Table.whole(PEAK.format(trend.name), trend.columns, found if most and len(found) == 1 else [])


def breakdown_table(breakdown: Breakdown, sums: Sequence[Number]) -> Table:
    """One row per column of the breakdown, in the plan's order."""
    whole = sum(sums)
    rows: list[list[Cell]] = [
        [label, exact(value), share(value, whole)] for label, value in zip(breakdown.columns, sums, strict=True)
    ]
    return Table.whole(breakdown.name, [breakdown.label, breakdown.measure, SHARE_COLUMN], rows)


def lead_together(values: Sequence[object]) -> bool:
    """True when the first of these values, largest first, is of several, and of something."""
    return len(values) > 1 and values[0] == values[1] != 0


def lead_with_nothing(values: Sequence[object]) -> bool:
    """True when the first of these values, largest first, is 0, so that nobody leads."""
    return bool(values) and values[0] == 0


def ends_among_equals(values: Sequence[object], *, top: int) -> bool:
    """True when one of these values that is not among the first `top` equals the last of those."""
    return values[top - 1] in values[top:] if len(values) > top else False


def leads_unnamed(table: Table, places: Sequence[int]) -> bool:
    """True when the first row is of rows without a value in one of these places."""
    return bool(table.rows) and any(table.rows[0][place] == EMPTY_GROUP for place in places)


def has_odd_shares(table: Table) -> bool:
    """True when a share is more than all or less than nothing, as where amounts below zero are taken off the whole."""
    return any(isinstance(part, float) and not 0 <= part <= _ALL for _, part in _shares(table))


def outgrows(table: Table, whole: Number | None) -> bool:
    """True when the amounts shown are more than the whole: some that are not shown are below zero."""
    return 0 < Fraction(whole or 0) < sum(Fraction(amount or 0) for amount, _ in _shares(table))


def lacks_shares(table: Table) -> bool:
    """True when amounts have no shares because those below zero leave no whole above it."""
    return any(part is None and Decimal(amount or 0) for amount, part in _shares(table))


def _shares(table: Table) -> list[tuple[Cell, Cell]]:
    """Of each row the amount and its share; nothing of a table without shares."""
    if SHARE_COLUMN not in table.columns:
        return []
    place = table.columns.index(SHARE_COLUMN)
    return [(row[place - 1], row[place]) for row in table.rows]


def group_text(value: object) -> str:
    """A group's own value as a cell."""
    if value is None:
        return EMPTY_GROUP
    return value.isoformat() if isinstance(value, date) else str(value)
