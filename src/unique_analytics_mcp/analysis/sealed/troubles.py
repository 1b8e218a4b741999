"""The engine's errors in our words: a table from its texts to sentences that hold nothing of them but names.

An error text of the engine may repeat paths, settings and values of cells; of those texts only what stands in a group
below goes on, and that is a name or a word of the statement itself.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from unique_analytics_mcp.analysis.sealed.dialects import DATE_PARTS, FIELD, INSTEAD, instead_of
from unique_analytics_mcp.analysis.sealed.gate import Refused, shown, tables_hint

if TYPE_CHECKING:
    import duckdb

Tables = Mapping[str, Collection[str]]

_NO_COLUMN: Final = re.compile(
    r'Referenced column "([^"\n]+)"|does not have a column named "([^"\n]+)"|[Cc]olumn "([^"\n]+)" does not exist'
    r'|Column "([^"\n]+)" (?:in EXCLUDE|not found)'
)
_NO_TABLE: Final = re.compile(r'Referenced table "([^"\n]+)" not found')
_NO_FUNCTION: Final = re.compile(r"No function matches the given name and argument types '([^'\n(]+)([^'\n]{1,80})'")
_OPERATORS: Final = {"~~": "LIKE", "!~~": "NOT LIKE", "~~*": "ILIKE", "!~~*": "NOT ILIKE"}
_CORRECT: Final = (
    "Correct it and call again; the dialect is DuckDB's: names in double quotes, texts in single, LIMIT 10 at the end "
    "instead of TOP, QUALIFY rank() OVER (ORDER BY x DESC) BETWEEN 1 AND 10 for ties, EXCEPT instead of MINUS, "
    "regexp_matches(x, 'a.*') instead of REGEXP."
)
_SAID: Final = (
    (
        re.compile(r'syntax error at or near "([^"\n]{1,40})"'),
        "The statement cannot be read from '{}' on.",
        _CORRECT,
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
        re.compile(r"(?:date|timestamp) field (?:format|value out of range)|according to format specifier"),
        "A value cannot be read as a day or a moment.",
        "Write days as DATE '2026-10-05'; strptime(x, '%d.%m.%Y') reads others, try_strptime gives NULL for the rest.",
    ),
    (
        re.compile(r"lambda arrow"),
        "A lambda is not written with an arrow here.",
        "Write lambda x: x > 1 instead of x -> x > 1.",
    ),
    (
        re.compile(r"Max expression depth"),
        "The statement is too deeply nested.",
        "Nest less; of many values take list_sum([a, b]) or IN (a, b) instead of a chain of operators.",
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
    (
        re.compile(r"Unrecognized format for strftime"),
        "A format of days is not one of DuckDB's.",
        "Use %Y, %m, %d, %H, %M and %S; %G-W%V for weeks.",
    ),
    (
        re.compile(r"Unknown TimeZone"),
        "There is no such time zone.",
        "Name it as in Europe/Zurich.",
    ),
    (
        re.compile(r"Cannot mix aggregates with non-aggregated columns"),
        "Aggregates are mixed with columns that GROUP BY ALL does not group.",
        "Write the columns out: GROUP BY email, assistant.",
    ),
    (
        re.compile(r"aggregate function calls cannot be nested"),
        "An aggregate cannot hold another.",
        "Aggregate in a subquery first, or as a window: sum(sum(x)) OVER ().",
    ),
    (
        re.compile(r"Window functions are not supported here"),
        "A window function stands without OVER, or where none may.",
        "Write OVER (ORDER BY x) behind it, and conditions on it into QUALIFY.",
    ),
    (
        re.compile(r"Combining QUALIFY with GROUP BY ALL"),
        "QUALIFY cannot stand with GROUP BY ALL.",
        "Write the columns out: GROUP BY email, assistant.",
    ),
    (
        re.compile(r"at least one window function must appear"),
        "QUALIFY stands without a window function.",
        "Put conditions on groups into HAVING; QUALIFY takes those on windows, such as rank() OVER (ORDER BY x DESC).",
    ),
    (
        re.compile(r'window "([^"\n]+)" does not exist'),
        "There is no window {}.",
        "Define it behind WHERE with WINDOW {} AS (ORDER BY x), or write OVER (ORDER BY x).",
    ),
    (
        re.compile(r'Unknown ordered aggregate "([^"\n]+)"'),
        "{} takes no WITHIN GROUP.",
        "Put the order into its brackets: {}(x, ', ' ORDER BY x).",
    ),
    (
        re.compile(r"Subquery returns \d+ columns"),
        "A subquery that stands for one value gives several columns.",
        "Select one column in it.",
    ),
    (
        re.compile(r"Set operations can only apply to expressions with the same number"),
        "The parts of a UNION, INTERSECT or EXCEPT differ in their number of columns.",
        "Select equally many in each.",
    ),
    (
        re.compile(r"(ORDER|GROUP BY) term out of range"),
        "{} names a column by a place that there is not.",
        "Name the column instead.",
    ),
    (
        re.compile(r"LIMIT/OFFSET cannot be negative"),
        "LIMIT and OFFSET cannot be negative.",
        "Leave them out: limit and offset beside sql say which rows come.",
    ),
    (
        re.compile(r"QUANTILE can only take parameters"),
        "A quantile is a number from 0 to 1.",
        "Write 0.9 for the 90th percentile.",
    ),
    (
        re.compile(r"Division by zero"),
        "A whole number is divided by zero.",
        "Divide by nullif(x, 0), which gives NULL there.",
    ),
    (
        re.compile(r"Malformed JSON"),
        "A text is read as JSON that is none.",
        f"{FIELD} gives NULL for such texts.",
    ),
    (
        re.compile(r"because it is not a struct"),
        "A value is asked for a field that has none.",
        f"Of a text in JSON take {FIELD}.",
    ),
    (
        re.compile(r"Type with name ([^\n]+) does not exist"),
        "There is no type {}.",
        "Use VARCHAR, BIGINT, DOUBLE, DECIMAL(18,2), DATE or TIMESTAMP.",
    ),
    (
        re.compile(r"Unrecognized Regex option"),
        "A regular expression is given an option that there is not.",
        "Use 'i' for any case and 'g' to replace each match; groups are chosen by regexp_extract(x, '(a)(b)', 2).",
    ),
    (
        re.compile(
            r"Cannot (?:combine types of|mix values of type) ([A-Z0-9_(), ]+?) and ([A-Z0-9_(), ]+?)(?: in | - )"
        ),
        "Values of {} and of {} stand where all must be of one type.",
        "Cast one side, for example CAST(x AS VARCHAR).",
    ),
    (
        re.compile(r"Macro ([a-z_]+)\(\) does not support the supplied arguments"),
        "{} takes another number of values, or others.",
        "Give it what it needs, for example split_part(x, '@', 1) or list_sum([a, b]).",
    ),
    (
        re.compile(r"GROUP BY clause cannot contain aggregates"),
        "GROUP BY cannot hold aggregates.",
        "Group by the other columns only, such as GROUP BY email, or write GROUP BY ALL.",
    ),
    (
        re.compile(r"non-integer literal has no effect"),
        "A text stands in ORDER BY, which orders nothing.",
        "Write columns without quotes, or in double ones.",
    ),
    (
        re.compile(r"In a DISTINCT aggregate, ORDER BY expressions must appear"),
        "An aggregate of DISTINCT values is ordered by something else.",
        "Order it by those values, such as string_agg(DISTINCT x, ', ' ORDER BY x).",
    ),
    (
        re.compile(r"[Ww]indow function(?:s are not allowed in window definitions| calls|s? cannot be nested)"),
        "A window function stands within an aggregate or another window function.",
        "Compute the inner one in a subquery first.",
    ),
    (
        re.compile(r"UNNEST\(\) can only be applied|Invalid LIST argument|Parameter type needs to be List"),
        "A list is needed where there is none.",
        "Make one of a text by string_split(x, ','), of values by [a, b], and of rows by list(x).",
    ),
    (
        re.compile(r"invalid perl operator|invalid escape sequence|missing [)\]]: |repetition|character class range"),
        "A regular expression cannot be read.",
        "Expressions are RE2's: close each bracket; there are no look-arounds and no back references.",
    ),
)
_GONE: Final = (
    "The table of a report cannot be read any more.",
    "Call download_report_summary for each order, then query again.",
)
_BY_KIND: Final = {
    "ConversionException": (
        "A value cannot be read as the type asked for.",
        "Write numbers with a point, as in 10.5; TRY_CAST gives NULL for others; beside texts CAST(x AS VARCHAR).",
    ),
    "OutOfRangeException": ("A number becomes too large.", "Cast to DOUBLE, or compute with smaller numbers."),
    "IOException": _GONE,
    "PermissionException": _GONE,  # what the locked engine says of a file that is not there
    "ParserException": ("The statement cannot be read.", _CORRECT),
}


def explained(error: duckdb.Error, tables: Tables) -> Refused:
    """What went wrong, and what to change."""
    text = str(error)
    if found := _NO_COLUMN.search(text):
        return no_column(next(name for name in found.groups() if name), tables)
    if found := _NO_TABLE.search(text):
        return _no_table(found[1], tables)
    if found := _NO_FUNCTION.search(text):
        return _no_function(*found.groups())
    for pattern, message, hint in _SAID:
        if found := pattern.search(text):
            names = [shown(name) for name in found.groups()]
            return Refused(*(words.format(*names) if names else words for words in (message, hint)))
    message, hint = _BY_KIND.get(
        type(error).__name__, ("The engine cannot run this statement.", f"Simplify it. {tables_hint(tables)}")
    )
    return Refused(message, hint)


def no_column(name: str, tables: Tables) -> Refused:
    """A name that nothing has, or not the tables where it is read, and the names there are."""
    if holders := [table for table, columns in tables.items() if name.lower() in columns]:
        have = "has" if len(holders) == 1 else "have"
        return Refused(
            f"Only {', '.join(holders)} {have} a column {shown(name)}, and the statement reads it elsewhere.",
            f"Take it from there, or join by a column of both. {tables_hint(tables)}",
        )
    return Refused(
        f"There is no column or table {shown(name)}.", f"{_meant(name.lower(), tables)}{tables_hint(tables)}"
    )


def _no_table(name: str, tables: Tables) -> Refused:
    """A name before a column that no table goes by where the column is read, though one may elsewhere."""
    return Refused(
        f"A column is read from {shown(name)}, and no table or subquery of the same SELECT is called so.",
        "Each is called by its alias, or else its own name, and only there: leave the name before the column out, or "
        f"write AS {shown(name)} behind the one that is meant. {tables_hint(tables)}",
    )


def _meant(name: str, tables: Tables) -> str:
    """What may have been meant by a name that nothing has."""
    if name in DATE_PARTS:
        return "Parts of dates are texts: date_trunc('month', x), date_part('isodow', x), date_diff('day', a, b). "
    near = get_close_matches(name, {column for columns in tables.values() for column in columns}, n=1)
    return f"Did you mean {near[0]}? " if near else "Texts stand in 'single quotes'. "


def _no_function(name: str, values: str) -> Refused:
    """A function that there is, though not for these values."""
    called = f"{_OPERATORS.get(name, shown(name))}{shown(values)}"
    hint = instead_of(name) if name in INSTEAD else ""
    return Refused(
        f"There is no {called}: it takes values of other types, or another number of them.",
        f"{hint}Cast them, for example CAST(x AS DATE).",
    )
