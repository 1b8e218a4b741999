"""The days a phrase such as `last_month` means: a second reading of the words, sharing no code with the server's."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Final

Span = tuple[date, date]
"""First and last day, both included."""

_DAY: Final = timedelta(days=1)


def span(words: str, today: date) -> Span:
    """The days of `yesterday`, `last_week`, `last_30_days`, `2026-10`, `2026-Q3` or `2026-10-01..2026-10-14`."""
    if words in _RELATIVE:
        return _RELATIVE[words](today)
    if rolling := re.fullmatch(r"last_(\d+)_days", words):
        return today - int(rolling[1]) * _DAY, today - _DAY
    if quarter := re.fullmatch(r"(\d{4})-Q([1-4])", words):
        return _months(int(quarter[1]) * 12 + 3 * int(quarter[2]) - 3, 3)
    if month := re.fullmatch(r"(\d{4})-(\d{2})", words):
        return _months(int(month[1]) * 12 + int(month[2]) - 1, 1)
    first, _, last = words.partition("..")
    return date.fromisoformat(first), date.fromisoformat(last or first)


def span_before(days: Span) -> Span:
    """The equally long days that end just before."""
    first, last = days
    return first - (last - first) - _DAY, first - _DAY


def _months(first: int, count: int) -> Span:
    """So many months, counted from the year 0."""
    return _first_day(first), _first_day(first + count) - _DAY


def _first_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def _this_month(today: date) -> int:
    return today.year * 12 + today.month - 1


def _last_week(today: date) -> Span:
    monday = today - today.weekday() * _DAY
    return monday - 7 * _DAY, monday - _DAY


_RELATIVE: Final[Mapping[str, Callable[[date], Span]]] = {
    "yesterday": lambda today: (today - _DAY, today - _DAY),
    "last_week": _last_week,
    "last_month": lambda today: _months(_this_month(today) - 1, 1),
    "last_quarter": lambda today: _months(_this_month(today) // 3 * 3 - 3, 3),
}
