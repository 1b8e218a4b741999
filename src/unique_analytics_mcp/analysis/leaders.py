"""The SQL of a ranking: the first groups of a table, their measures, and how many groups there are.

Counting different values costs the engine five times as much as adding up, and a ranking shows ten groups of
thousands. So where what adds up decides the order, the first groups are found by that alone, and different values are
counted in their rows only. The answer is the same. Pure text; knows no report. Measurements: docs/measurements.md.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

_GROUPS: Final = '"all groups"'


def leaders_sql(
    table: str,
    keys: Sequence[str],
    measures: Sequence[str],
    *,
    where: str = "true",
    order: str = "DESC",
    later: Collection[int] = (),
) -> str:
    """Per group: its keys, its measures, and the number of all groups; at most `$limit` rows.

    The first measure decides, ties the keys. Those at the places `later` are asked of the first groups alone.
    """
    if not later:
        return _ranked(f"FROM {table}", keys, [*measures, "count(*) OVER ()"], where, order)
    names, same, labels = _names("key", keys), _names("same key", keys), _names("measure", measures)
    at_once = [f"{measure} AS {labels[place]}" for place, measure in enumerate(measures) if place not in later]
    others = [f"{measure} AS {labels[place]}" for place, measure in enumerate(measures) if place in later]
    first = _ranked(f"FROM {table}", _each_as(keys, names), [*at_once, f"count(*) OVER () AS {_GROUPS}"], where, order)
    of_leaders = f"FROM {table} SEMI JOIN leaders ON {_are_equal(keys, names)}"
    second = _grouped(of_leaders, _each_as(keys, same), others, where)
    return (
        f"WITH leaders AS MATERIALIZED ({first}), counted AS ({second}) "
        f"FROM leaders JOIN counted ON {_are_equal(same, names)} "
        f"SELECT {', '.join([*names, *labels, _GROUPS])} {_in_order(keys, order)}"
    )


def _ranked(source: str, keys: Sequence[str], measures: Sequence[str], where: str, order: str) -> str:
    return f"{_grouped(source, keys, measures, where)} {_in_order(keys, order)} LIMIT $limit"


def _grouped(source: str, keys: Sequence[str], measures: Sequence[str], where: str) -> str:
    places = ", ".join(str(place) for place, _ in enumerate(keys, start=1))
    return f"{source} SELECT {', '.join([*keys, *measures])} WHERE {where} GROUP BY {places}"


def _in_order(keys: Sequence[str], order: str) -> str:
    """By the first measure, which stands behind the keys, then by these."""
    ties = ", ".join(f"{place} NULLS LAST" for place, _ in enumerate(keys, start=1))
    return f"ORDER BY {len(keys) + 1} {order}, {ties}"


def _names(kind: str, parts: Sequence[str]) -> list[str]:
    # No column of a report has a blank in its name.
    return [f'"{kind} {place}"' for place, _ in enumerate(parts)]


def _each_as(parts: Sequence[str], names: Sequence[str]) -> list[str]:
    return [f"{part} AS {name}" for part, name in zip(parts, names, strict=True)]


def _are_equal(ones: Sequence[str], others: Sequence[str]) -> str:
    return " AND ".join(f"{one} IS NOT DISTINCT FROM {other}" for one, other in zip(ones, others, strict=True))
