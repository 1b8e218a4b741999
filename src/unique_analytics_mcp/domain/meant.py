"""What somebody may have meant by a period that is none: the period to ask for instead.

Pure, and never acted upon: `last 3 months` may be three whole months or ninety days, so it is offered, not taken.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Final

from unique_analytics_mcp.domain.window import month_before

_DAY: Final = re.compile(
    r"\b([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?![0-9])|\b([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})\b"
)
_TIME: Final = re.compile(r"[T ]?[0-9]{1,2}:[0-9]{2}[0-9:.]*")
_BEGUN: Final = re.compile("([0-9]{4}-[0-9]{2})(-[0-9]{2})?")
_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBERS: Final = (
    *("zero", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
_HALVES: Final = {"1": "{year}-01-01..{year}-06-30", "2": "{year}-07-01..{year}-12-31"}
_UNITS: Final = {"d": "day", "w": "week", "m": "month", "q": "quarter", "y": "year"}
_MONTHS_IN: Final = {"month": 1, "quarter": 3, "year": 12}
_NOISE: Final = frozenset({"the", "of", "in", "for", "st", "nd", "rd", "th"})
_BEFORE: Final = ("last", "past", "previous", "prior")
_NEAR: Final = 0.88  # forgives a slip such as last_moth, but does not take last_6_months for last_month


def meant(text: str, words: Collection[str], today: date) -> str | None:
    """A period like the text, one of `words` or one that the calendar has; None when it is like none."""
    tokens = [_as_number(token) for token in re.findall("[0-9]+|[a-z]+", text.lower()) if token not in _NOISE]
    near = get_close_matches("_".join(tokens), words, n=1, cutoff=_NEAR)
    try:
        offered = _since(text, tokens, today) or _of_days(text) or _of_the_calendar(tokens, today)
        return offered or _up_to_now(tokens, today) or next(iter(near), None)
    except (ValueError, OverflowError):
        return None


def _since(text: str, tokens: Sequence[str], today: date) -> str | None:
    """From a day, a month or the last such weekday up to today."""
    match tokens:
        case ["since" | "from", name] if weekday := _place(name, _WEEKDAYS):
            first = today - timedelta(days=(today.isoweekday() - weekday) % 7)
        case ["since" | "from", *rest] if begun := _BEGUN.fullmatch(
            _of_days(text) or _of_the_calendar(rest, today) or ""
        ):
            first = date.fromisoformat(f"{begun[1]}{begun[2] or '-01'}")
        case _:
            return None
    return _range(first, today + timedelta(days=1)) if first <= today else None


def _of_days(text: str) -> str | None:
    """Days that no country reads otherwise, the year first or points after day and month; no other number beside."""
    found = [_day(match) for match in _DAY.finditer(text)]
    others = re.search("[0-9]", _TIME.sub("", _DAY.sub("", text)))
    return "..".join(found) if len(found) in (1, 2) and not others else None


def _day(match: re.Match[str]) -> str:
    year, month, day = match.group(1, 2, 3) if match[1] else match.group(6, 5, 4)
    return date(int(year), int(month), int(day)).isoformat()


def _as_number(token: str) -> str:
    return str(_NUMBERS.index(token)) if token in _NUMBERS else token


def _of_the_calendar(tokens: Sequence[str], today: date) -> str | None:
    match sorted(tokens, key=_by_size):
        case [*rest, year] if re.fullmatch("[0-9]{4}", year):
            return _in_year(rest, year)
        case [name] if month := _place(name, _MONTHS):
            return f"{today.year - (month > today.month)}-{month:02}"
        case _:
            return _latest(tokens, today)


def _latest(tokens: Sequence[str], today: date) -> str | None:
    """A quarter or half of this year when it has begun, otherwise of the year before."""
    match tokens:
        case ["q" | "quarter" | "h" | "half" as word, number] if number.isdigit():
            months = 3 if word.startswith("q") else 6
            first = date(today.year, months * (int(number) - 1) + 1, 1)
            return _in_year(tokens, f"{today.year - (first > today)}")
        case _:
            return None


def _by_size(token: str) -> tuple[bool, int]:
    """Words before numbers, a year last; whatever the order was that they were written in."""
    return token.isdigit(), len(token)


def _in_year(tokens: Sequence[str], year: str) -> str | None:
    match tokens:
        case ["q" | "quarter", number]:
            return f"{year}-Q{date(int(year), 3 * int(number), 1).month // 3}"
        case ["w" | "week", number]:
            return f"{year}-W{date.fromisocalendar(int(year), int(number), 1).isocalendar().week:02}"
        case ["h" | "half", "1" | "2" as number]:
            return _HALVES[number].format(year=year)
        case [name, day] if month := _place(name, _MONTHS):
            return date(int(year), month, int(day)).isoformat()
        case [name] if month := _place(name, _MONTHS) or _number_of_month(name):
            return f"{year}-{month:02}"
        case _:
            return None


def _place(token: str, names: Sequence[str]) -> int:
    """The number of a name from 1 on by its beginning; 0 of anything else."""
    named = (number for number, name in enumerate(names, 1) if name.startswith(token) and token[2:])
    return next(named, 0)


def _number_of_month(token: str) -> int:
    return int(token) if token.isdigit() and int(token) <= len(_MONTHS) else 0


def _up_to_now(tokens: Sequence[str], today: date) -> str | None:
    match tokens:
        case ["week" | "month" | "quarter" | "year" as word, "to", "date"]:
            return f"this_{word}"
        case ["wtd" | "mtd" | "qtd" | "ytd" as word]:
            return f"this_{_UNITS[word[0]]}"
        case [before, word] if before in _BEFORE and (unit := _unit(word)) in _UNITS.values():
            return "yesterday" if unit == "day" else f"last_{unit}"
        case [before, number, word] if before in _BEFORE and number.isdigit():
            return _last(int(number), _unit(word), today)
        case [number, word] if number.isdigit():
            return _last(int(number), _unit(word), today)
        case _:
            return None


def _unit(word: str) -> str:
    return _UNITS.get(word, word.removesuffix("s"))


def _last(count: int, unit: str, today: date) -> str | None:
    """So many whole units before the one that is under way."""
    if count == 0:
        return None
    if unit == "day":
        return f"last_{count}_days"
    if unit == "week":
        this = today - timedelta(days=today.weekday())
        return _range(this - timedelta(weeks=count), this)
    if unit in _MONTHS_IN:
        months = _MONTHS_IN[unit]
        this = date(today.year, (today.month - 1) // months * months + 1, 1)
        return _range(month_before(this, count * months), this)
    return None


def _range(start: date, after: date) -> str:
    return f"{start}..{after - timedelta(days=1)}"
