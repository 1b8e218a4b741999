"""The SQL of a ranking: the first groups of a table, their measures, and how many groups there are.

Counting different values costs the engine five times as much as adding up, and a ranking shows ten groups of
thousands. So where what adds up decides the order, the first groups are found by that alone, and different values are
counted in their rows only. The answer is the same. Pure text; knows no report. Measurements: docs/adr/0013.
"""

from __future__ import annotations

from collections.abc import Sequence

from unique_analytics_mcp.analysis._engine import quoted


def leaders_sql(
    table: str,
    keys: Sequence[str],
    measures: Sequence[str],
    *,
    where: str = "true",
    order: str = "DESC",
    first_alone: bool,
) -> str:
    """Per group: its keys, its measures, and the number of all groups; at most `$limit` rows.

    The first measure decides, ties the keys. With `first_alone` it is asked first, the others in a second step.
    """
    if not first_alone:
        return _ranked(f"FROM {table}", keys, [*measures, "count(*) OVER ()"], where, order)
    # No column of a report has a blank in its name.
    names = [quoted(f"key {place}") for place, _ in enumerate(keys)]
    labelled = [f"{key} AS {name}" for key, name in zip(keys, names, strict=True)]
    first = _ranked(f"FROM {table}", labelled, [measures[0], 'count(*) OVER () AS "all groups"'], where, order)
    is_leader = " AND ".join(f"{key} IS NOT DISTINCT FROM {name}" for key, name in zip(keys, names, strict=True))
    groups = '(FROM leaders SELECT any_value("all groups"))'
    return f"WITH leaders AS MATERIALIZED ({first}) " + _ranked(
        f"FROM {table} SEMI JOIN leaders ON {is_leader}", keys, [*measures, groups], where, order
    )


def _ranked(source: str, keys: Sequence[str], measures: Sequence[str], where: str, order: str) -> str:
    places = range(1, len(keys) + 1)
    return (
        f"{source} SELECT {', '.join([*keys, *measures])} WHERE {where} GROUP BY {', '.join(map(str, places))} "
        f"ORDER BY {len(keys) + 1} {order}, {', '.join(f'{place} NULLS LAST' for place in places)} LIMIT $limit"
    )
