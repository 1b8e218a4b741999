"""How the text of a cell becomes a typed value: one SQL expression per kind of column.

Pure text. An expression gives NULL for what it cannot read, exactly: nothing is rounded, cut or guessed. DuckDB's own
casts would read `12.7` as the integer 13, `0x1F` as 31, `10.02.24` as a day of the year 24 and would round a decimal
with too many digits, so each cast is guarded by the whole form of the text. Matching a form costs more than the cast,
so texts that programs print have a cheaper guard before it, and days a bound, which let nothing through that the form
would not.

- integer: digits with an optional sign, up to 64 bit.
- decimal: plain or with an exponent, at most 14 digits before the point and 24 after it, which holds every number that
  JavaScript prints from 0.00000001 on. Where all are plain and of 13 characters at most, as prices are, half the digits
  will do: a table is then a quarter smaller, and its sums take half the time.
- date: `dd.MM.yyyy`, `dd.MM.yy` (of this century), an ISO date, or the date an ISO time is written with.
- timestamp: ISO 8601; without an offset it is UTC; digits after the microsecond are dropped.

Blanks around a value do not matter. An empty cell is NULL in every kind, text included.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, assert_never

from unique_analytics_mcp.domain.report import ColumnKind

_BLANKS: Final = r"E' \t\r\n'"
DECIMAL: Final = "DECIMAL(38,24)"
"""The engine's type of a decimal."""
SHORT_DECIMAL: Final = "DECIMAL(18,12)"
"""The engine's type of one that has half the digits."""

_BEFORE_ALL_REPORTS: Final = "DATE '1999-12-31'"
_USUAL_MOMENT: Final = "[1-9]???-??-??T[0-9]?:??:??.???Z"
_WHOLE: Final = r"[+-]?[0-9]+"
_PLAIN: Final = r"[+-]?([0-9]+\.?[0-9]{0,24}|\.[0-9]{1,24})0*"
_SCIENTIFIC: Final = r"[+-]?[0-9]+(\.[0-9]+)?[eE][+-]?[0-9]{1,2}"
_DAY_LONG_YEAR: Final = r"[0-9]{1,2}\.[0-9]{1,2}\.[1-9][0-9]{3}"
_DAY_SHORT_YEAR: Final = r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{2}"
_ISO: Final = (
    r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}"
    r"([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?(Z|[+-][01][0-9](:?[0-5][0-9])?)?)?"
)


def is_filled(column: str) -> str:
    """A condition that is true where the quoted column holds more than blanks."""
    return f"{trimmed(column)} <> ''"


def typed(column: str, kind: ColumnKind, *, short_decimals: bool = False) -> str:
    """The value of the quoted VARCHAR column as the kind, or NULL where its text is not of that kind.

    With `short_decimals` a longer decimal is NULL too.
    """
    match kind:
        case ColumnKind.TEXT:
            return column
        case ColumnKind.INTEGER:
            return _by_form(column, _integer)
        case ColumnKind.DECIMAL:
            return f"CASE {_short_decimal(column)} END" if short_decimals else _by_form(column, _decimal)
        case ColumnKind.DATE:
            return f"coalesce({_recent_date(column)}, {_by_form(column, _date)})"
        case ColumnKind.TIMESTAMP:
            return _by_form(column, _timestamp)
        case _:
            assert_never(kind)


def trimmed(column: str) -> str:
    """The text of the quoted column without the blanks around it."""
    return f"trim({column}, {_BLANKS})"


def _by_form(column: str, branches: Callable[[str], str]) -> str:
    # Trimming costs more than all the rest, so it is left to the cells that need it.
    return f"CASE {branches(column)} {branches(trimmed(column))} END"


def _when(condition: str, value: str) -> str:
    return f"WHEN {condition} THEN {value}"


def _matches(text: str, form: str) -> str:
    return f"regexp_full_match({text}, '{form}')"


def _integer(text: str) -> str:
    value = f"TRY_CAST({text} AS BIGINT)"
    # What the engine reads of a single character is a digit; counts seldom have two.
    is_digit = f"strlen({text}) = 1"
    is_usual = f"CAST({value} AS VARCHAR) = {text}"
    return f"{_when(is_digit, value)} {_when(is_usual, value)} {_when(_matches(text, _WHOLE), value)}"


def _short_decimal(text: str) -> str:
    return _when(_is_plain(text, longest=13), f"TRY_CAST({text} AS {SHORT_DECIMAL})")


def _is_plain(text: str, *, longest: int) -> str:
    # Too short for a digit too many; without these signs the engine reads plain decimals alone.
    return " AND ".join([f"strlen({text}) <= {longest}", *(f"NOT contains({text}, '{sign}')" for sign in "eE_")])


def _decimal(text: str) -> str:
    value = f"TRY_CAST({text} AS {DECIMAL})"
    is_usual = _is_plain(text, longest=24)
    fraction = rf"length(regexp_extract({text}, '\.([0-9]+)', 1))"
    exponent = f"TRY_CAST(regexp_extract({text}, '[eE]([+-]?[0-9]+)', 1) AS INTEGER)"
    is_exact = f"{_matches(text, _SCIENTIFIC)} AND {fraction} - {exponent} <= 24"
    return f"{_when(is_usual, value)} {_when(_matches(text, _PLAIN), value)} {_when(is_exact, value)}"


def _recent_date(text: str) -> str:
    # Of what the engine takes for a day, only what lies before this millennium may lack the form: `10.02.24`, `epoch`.
    return f"nullif(greatest({_swiss_date(text)}, {_BEFORE_ALL_REPORTS}), {_BEFORE_ALL_REPORTS})"


def _swiss_date(text: str) -> str:
    return f"CAST(try_strptime({text}, '%d.%m.%Y') AS DATE)"


def _date(text: str) -> str:
    with_century = f"concat(left({text}, -2), '20', right({text}, 2))"
    return " ".join(
        [
            _when(_matches(text, _DAY_LONG_YEAR), _swiss_date(text)),
            _when(_matches(text, _ISO), f"TRY_CAST(left({text}, 10) AS DATE)"),
            _when(_matches(text, _DAY_SHORT_YEAR), _swiss_date(with_century)),
        ]
    )


def _timestamp(text: str) -> str:
    value = f"TRY_CAST({text} AS TIMESTAMPTZ)"
    # As JavaScript prints it. Elsewhere the engine takes nothing but a digit for one.
    is_usual = f"{text} GLOB '{_USUAL_MOMENT}'"
    return f"{_when(is_usual, value)} {_when(_matches(text, _ISO), value)}"
