"""The engine's errors in our words: a table from its texts to sentences that hold nothing of them but names.

An error text of the engine may repeat paths, settings and values of cells; of those texts only what stands in a group
below goes on, and that is a name or a word of the statement itself.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from unique_analytics_mcp.analysis.sealed.gate import Refused, shown, tables_hint

if TYPE_CHECKING:
    import duckdb

Tables = Mapping[str, Collection[str]]

_NO_COLUMN: Final = re.compile(
    r'Referenced column "([^"\n]+)"|does not have a column named "([^"\n]+)"|column "([^"\n]+)" does not exist'
    r'|Column "([^"\n]+)" (?:in EXCLUDE|not found)|Referenced table "([^"\n]+)" not found'
)
_SAID: Final = (
    (
        re.compile(r'syntax error at or near "([^"\n]{1,40})"'),
        "The statement cannot be read from '{}' on.",
        "Correct it and call again; the dialect is DuckDB's.",
    ),
    (
        re.compile(r'[Cc]olumn "([^"\n]+)" must appear in the GROUP BY clause'),
        "{} is neither grouped nor aggregated.",
        "Add it to GROUP BY, or wrap it in any_value, min or max.",
    ),
    (
        re.compile(r'Ambiguous reference to column name "([^"\n]+)"'),
        "{} is in more than one of the tables.",
        "Put the table's name before it, such as r1.{}.",
    ),
    (
        re.compile(r"No function matches the given name and argument types '([^'\n]{1,80})'"),
        "There is no {}: the values are of other types.",
        "Cast them, for example CAST(x AS DATE).",
    ),
    (
        re.compile(r"Cannot compare values of type ([A-Z0-9(), ]+) and type"),
        "Values of type {} are compared with those of another type.",
        "Cast one side, for example CAST(x AS DATE).",
    ),
    (
        re.compile(r'best candidate function for the function call "([^"\n]{1,80})"'),
        "The types of the values in {} do not say which function is meant.",
        "Cast them, for example CAST(x AS DATE).",
    ),
    (
        re.compile(r"(?:date|timestamp) field (?:format|value out of range)"),
        "A value cannot be read as a day or a moment.",
        "Write days as DATE '2026-10-05'; strptime(x, '%d.%m.%Y') reads others, try_strptime gives NULL for the rest.",
    ),
    (
        re.compile(r"lambda arrow"),
        "A lambda is not written with an arrow here.",
        "Write lambda x: x > 1 instead of x -> x > 1.",
    ),
    (
        re.compile(r"WHERE clause cannot contain aggregates"),
        "WHERE cannot hold aggregates.",
        "Put the condition on groups into HAVING.",
    ),
    (
        re.compile(r"WHERE clause cannot contain window functions"),
        "WHERE cannot hold window functions.",
        "Put the condition on them into QUALIFY.",
    ),
    (
        re.compile(r"Invalid type specifier|precision not allowed"),
        "A format does not suit its value.",
        "Give %d and {:d} whole numbers, and %.1f and {:.1f} a DOUBLE, or use round(x, 1).",
    ),
    (
        re.compile(r"More than one row returned by a subquery"),
        "A subquery that stands for one value gives several rows.",
        "Use IN, an aggregate, or LIMIT 1 in it.",
    ),
    (
        re.compile(r"specifier .* not recognized"),
        "There is no such part of a date.",
        "Use day, week, month, quarter, year, isodow, hour or minute.",
    ),
)
_GONE: Final = (
    "The table of a report cannot be read any more.",
    "Call download_report_summary for each order, then query again.",
)
_BY_KIND: Final = {
    "ConversionException": ("A value cannot be read as the type asked for.", "Use TRY_CAST, which gives NULL instead."),
    "OutOfRangeException": ("A number becomes too large.", "Cast to DOUBLE, or compute with smaller numbers."),
    "IOException": _GONE,
    "PermissionException": _GONE,  # what the locked engine says of a file that is not there
    "ParserException": ("The statement cannot be read.", "Correct it and call again; the dialect is DuckDB's."),
}


def explained(error: duckdb.Error, tables: Tables) -> Refused:
    """What went wrong, and what to change."""
    text = str(error)
    if found := _NO_COLUMN.search(text):
        return no_column(next(name for name in found.groups() if name), tables)
    for pattern, message, hint in _SAID:
        if found := pattern.search(text):
            names = [shown(name) for name in found.groups()]
            return Refused(*(words.format(*names) if names else words for words in (message, hint)))
    message, hint = _BY_KIND.get(
        type(error).__name__, ("The engine cannot run this statement.", f"Simplify it. {tables_hint(tables)}")
    )
    return Refused(message, hint)


def no_column(name: str, tables: Tables) -> Refused:
    """A name that nothing has, and the names there are."""
    near = get_close_matches(name.lower(), {column for columns in tables.values() for column in columns}, n=1)
    guess = f"Did you mean {near[0]}? " if near else ""
    return Refused(f"There is no column or table {shown(name)}.", f"{guess}{tables_hint(tables)}")
