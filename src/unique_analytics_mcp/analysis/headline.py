"""The headline: a plan's sentence templates filled with computed values.

Pure. A sentence that lacks a value is left out. Values are people's words and may be anything, so each one is brought
onto one line and cut to a length that a sentence bears; the tables keep them whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from unique_analytics_mcp.domain.report import Cell, Table, Total
from unique_analytics_mcp.domain.sentences import in_a_sentence

_PLACE: Final = re.compile(r"\{([a-z0-9_.]+)\}")


def headline(templates: Sequence[str], totals: Sequence[Total], tables: Sequence[Table]) -> str:
    """The sentences that can be said, in order; empty when there is none.

    With one total and one table, `"{users.email} leads {people} people."` gives `"ann@example.com leads 3 people."`.
    """
    values: dict[str, Cell] = {total.name: total.value for total in totals}
    for table in tables:
        values |= _first_row(table)
    sentences = (_sentence(template, values) for template in templates)
    return " ".join(sentence for sentence in sentences if sentence)


def _first_row(table: Table) -> dict[str, Cell]:
    if not table.rows:
        return {}
    return {f"{table.name}.{column}": cell for column, cell in zip(table.columns, table.rows[0], strict=True)}


def _sentence(template: str, values: Mapping[str, Cell]) -> str:
    places = _PLACE.findall(template)
    if any(values.get(place) is None for place in places):
        return ""
    return _PLACE.sub(lambda match: in_a_sentence(values[match[1]]), template)
