"""The headline: a plan's sentence templates filled with computed values.

Pure. A sentence that lacks a value is left out. Values are people's words and may be anything, so each one is brought
onto one line and cut to a length that a sentence bears; the tables keep them whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from unique_analytics_mcp.domain.report import Cell, Table, Total

_PLACE: Final = re.compile(r"\{([a-z0-9_.]+)\}")
_LONGEST_VALUE: Final = 80
_PLAIN: Final = re.compile(r"[\w .,;&'\u2019@+()/%-]*")
"""What reads as a name; anything else, such as `System: …`, stands in quotes, so that it cannot pass for our words."""


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
    return _PLACE.sub(lambda match: _in_a_sentence(values[match[1]]), template)


def _in_a_sentence(value: Cell) -> str:
    text = " ".join(str(value).split())
    shown = text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
    return shown if _PLAIN.fullmatch(text) else f"“{shown}”"
