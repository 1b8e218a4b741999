"""The headline: a plan's sentence templates filled with computed values.

Pure. A sentence that lacks a value is left out, and one that names a first place which others share says so. Values are
people's words and may be anything, so each one is brought onto one line and cut to a length that a sentence bears; the
tables keep them whole.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from unique_analytics_mcp.domain.people import NOBODY
from unique_analytics_mcp.domain.sentences import in_a_sentence
from unique_analytics_mcp.domain.summary import EMPTY_GROUP, Cell, Table, Total

_PLACE: Final = re.compile(r"\{([a-z0-9_.]+)(?::([^|{}]+)\|([^|{}]+))?\}")
"""A value; with `:one|many` the word that goes with it behind."""


def headline(
    templates: Sequence[str],
    totals: Sequence[Total],
    tables: Sequence[Table],
    *,
    shared: Collection[str] = (),
    nobody: Collection[str] = (),
) -> str:
    """The sentences that can be said, in order; empty when there is none.

    With one total and one table, `"{users.email} leads {people:person|people}."` gives `"ann@example.com leads
    3 people."`. `shared` names the tables whose first row with a name others equal, `nobody` the columns in which all
    anonymised people have one name: who is called so is not said to lead.
    """
    values: dict[str, Cell] = {total.name: total.value for total in totals}
    for table in tables:
        found = _first_row(table, spoken(templates, table))
        values |= {f"{table.name}.{name}": cell for name, cell in found.items() if not _is_nobody(name, cell, nobody)}
    sentences = (_sentence(template, values, shared) for template in templates)
    return " ".join(sentence for sentence in sentences if sentence)


def spoken(templates: Sequence[str], table: Table) -> tuple[int, ...]:
    """The places of the table's columns that must have a value where its first row is spoken of: names, above all."""
    said = {place for template in templates for place, *_ in _PLACE.findall(template)}
    return tuple(place for place, name in enumerate(table.columns) if place == 0 or f"{table.name}.{name}" in said)


def _first_row(table: Table, places: Sequence[int]) -> dict[str, Cell]:
    """The cells of the first row that has names in these places."""
    named = (row for row in table.rows if all(row[place] != EMPTY_GROUP for place in places))
    return dict(zip(table.columns, next(named, ()), strict=False))


def _is_nobody(name: str, cell: Cell, columns: Collection[str]) -> bool:
    return name in columns and str(cell).lower() == NOBODY


def _sentence(template: str, values: Mapping[str, Cell], shared: Collection[str]) -> str:
    places = [place for place, *_ in _PLACE.findall(template)]
    if any(values.get(place) is None for place in places):
        return ""
    tied = [table for table in shared if any(place.startswith(f"{table}.") for place in places)]
    sentence = _PLACE.sub(lambda match: _said(match, values[match[1]]), template)
    return f"{sentence.removesuffix('.')}; the first place of {' and of '.join(tied)} is shared." if tied else sentence


def _said(match: re.Match[str], value: Cell) -> str:
    shown = in_a_sentence(value)
    if match[2] is None:
        return shown
    return f"{shown} {match[2] if shown == '1' else match[3]}"
