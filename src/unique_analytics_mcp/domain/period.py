"""Periods: from what a caller wrote to the `Window` it means.

Pure domain layer: no I/O, and no clock: the moment is a parameter. What a window is, and what a limit makes of it, is
`window`.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final, Literal, NamedTuple

from unique_analytics_mcp.domain.meant import meant
from unique_analytics_mcp.domain.window import EARLIEST_DAY, Window, range_label, today_in
from unique_analytics_mcp.errors import InvalidRequest

DEFAULT_LABEL: Final = "yesterday (default, no dates given)"
"""The label of the window that stands in when neither a period nor dates were given."""

_Unit = Literal["day", "week", "month", "quarter", "year"]

_LAST: Final[Mapping[str, _Unit]] = {
    "yesterday": "day",
    "last_week": "week",
    "last_month": "month",
    "last_quarter": "quarter",
    "last_year": "year",
}
_THIS: Final[Mapping[str, _Unit]] = {
    "today": "day",
    "this_week": "week",
    "this_month": "month",
    "this_quarter": "quarter",
    "this_year": "year",
}

PERIOD_WORDS: Final[tuple[str, ...]] = (*_LAST, *_THIS, "last_7_days", "last_30_days", "last_90_days")
"""Every period that is a word, for completions and error texts; `last_N_days` takes any N from 1."""

_HOW_TO_ASK: Final = (
    f"Use a period such as {', '.join(PERIOD_WORDS)} (any number of days), "
    "or YYYY, YYYY-MM, YYYY-Qn, YYYY-Wnn, YYYY-MM-DD or two of these with .. between; "
    "or start_date and end_date, both as YYYY-MM-DD and inclusive."
)
_ONE_DAY: Final = timedelta(days=1)
_LONGEST_TEXT: Final = 40


def resolve_window(
    *,
    period: str | None = None,
    start_date: str | None = None,
    end_date: str | None = None,
    now: datetime,
    time_zone: str,
) -> Window:
    """The window that a period, or a pair of inclusive dates, means at the moment `now`.

    With `now` on 2026-11-21 in Europe/Zurich:

        period="last_month"        2026-10-01 to 2026-10-31, complete
        period="this_week"         2026-11-16 to 2026-11-21, not complete
        period="last_7_days"       2026-11-14 to 2026-11-20, complete
        period="2026-W42"          2026-10-12 to 2026-10-18, complete
        period="2026-07..2026-Q3"  2026-07-01 to 2026-09-30, complete
        nothing at all             2026-11-20 to 2026-11-20, labelled `DEFAULT_LABEL`

    Case, surrounding blanks, and blanks or hyphens between words do not matter. An empty or blank text counts as
    not given, because many hosts fill optional parameters with one.

    Raises:
        InvalidRequest: both a period and dates, one date without the other, an unknown period, an impossible,
            reversed or future date, or one before `EARLIEST_DAY`.
        ValueError: `now` carries no time zone.
    """
    today = _Today(today_in(now, time_zone), time_zone)
    asked = _read(_given(period), _given(start_date), _given(end_date), today)
    _check_span(asked, today)
    return Window(
        start=asked.start, end=asked.end, time_zone=time_zone, label=asked.label, complete=asked.end < today.day
    )


@dataclass(frozen=True, slots=True)
class _Today:
    """The day it is, and where: what relative words need to know and every refusal says."""

    day: date
    time_zone: str

    @property
    def yesterday(self) -> date:
        return self.day - _ONE_DAY

    def refusal(self, message: str, advice: str) -> InvalidRequest:
        return InvalidRequest(message, hint=f"Today is {self.day} in {self.time_zone}. {advice}")


class _Asked(NamedTuple):
    """What was read, before anybody asked whether it makes sense."""

    start: date
    end: date
    label: str
    so_far: str | None = None
    """How to ask for the part up to today, unless by a period that names its days."""


def _given(text: str | None) -> str | None:
    return (text or "").strip() or None


def _read(period: str | None, start: str | None, end: str | None, today: _Today) -> _Asked:
    match (period, start, end):
        case (None, None, None):
            return _Asked(today.yesterday, today.yesterday, DEFAULT_LABEL)
        case (str(), None, None):
            return _read_period(period, today)
        case (None, str(), str()):
            days = _read_day(start, "start_date", today), _read_day(end, "end_date", today)
            return _asked_range(*days)._replace(so_far=f"end_date='{today.day}'")
        case (None, _, _):
            raise _refuse_half(start, today)
        case _:
            raise today.refusal("Both a period and dates were given.", "Give one of them and leave the other out.")


def _read_period(text: str, today: _Today) -> _Asked:
    if len(text) <= _LONGEST_TEXT:
        for reader in (_read_word, _read_last_days, _read_calendar_unit, _read_range):
            if asked := reader(text, today):
                return asked
    raise _refuse_unknown(text, today)


def _read_word(text: str, today: _Today) -> _Asked | None:
    word = _as_word(text)
    unit = _THIS.get(word) or _LAST.get(word)
    if unit is None:
        return None
    start_of_this, _ = _UNIT_AROUND[unit](today.day)
    if word in _THIS:
        return _Asked(start_of_this, today.day, word)
    return _Asked(*_UNIT_AROUND[unit](start_of_this - _ONE_DAY), word)


def _read_last_days(text: str, today: _Today) -> _Asked | None:
    match = re.fullmatch("last_([0-9]+)_days?", _as_word(text))
    if match is None:
        return None
    count = int(match[1])
    label = f"last_{count}_days"
    if count == 0:
        raise today.refusal(f"{label} holds no day.", "Count at least one day, as in last_7_days.")
    if count > (today.day - EARLIEST_DAY).days:
        raise _refuse_early(label, today)
    return _Asked(today.day - timedelta(days=count), today.yesterday, label)


def _read_calendar_unit(text: str, today: _Today) -> _Asked | None:
    label = text.upper()
    for form in _FORMS:
        if match := form.pattern.fullmatch(label):
            numbers = [int(group) for group in match.groups()]
            return _Asked(*_span_of_form(form, numbers, label, today), label, f"period='this_{form.unit}'")
    return None


def _span_of_form(form: _Form, numbers: list[int], label: str, today: _Today) -> tuple[date, date]:
    try:
        return _UNIT_AROUND[form.unit](form.first_day(*numbers))
    except (ValueError, OverflowError) as exc:
        raise today.refusal(f"There is no {form.unit} {label} in the calendar.", _HOW_TO_ASK) from exc


def _read_range(text: str, today: _Today) -> _Asked | None:
    start, dots, end = text.partition("..")
    if not dots:
        return None
    return _asked_range(_read_end(start.strip(), today).start, _read_end(end.strip(), today).end)


def _read_end(text: str, today: _Today) -> _Asked:
    if asked := _read_calendar_unit(text, today):
        return asked
    raise today.refusal(f"In period, {_quoted(text)} is no day, week, month, quarter or year.", _HOW_TO_ASK)


def _read_day(text: str, parameter: str, today: _Today) -> date:
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise today.refusal(
            f"In {parameter}, {_quoted(text)} is not a day written as YYYY-MM-DD.",
            "Give whole days as YYYY-MM-DD, without a time.",
        )
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise today.refusal(f"In {parameter}, {text} is not in the calendar.", "Give an existing day.") from exc


def _asked_range(start: date, end: date) -> _Asked:
    return _Asked(start, end, range_label(start, end))


def _check_span(asked: _Asked, today: _Today) -> None:
    if asked.start > asked.end:
        raise today.refusal(f"The start {asked.start} is after the end {asked.end}.", "Give the earlier day first.")
    if asked.start < EARLIEST_DAY:
        raise _refuse_early(asked.label, today)
    if asked.end > today.day:
        raise _refuse_future(asked, today)


def _refuse_half(start: str | None, today: _Today) -> InvalidRequest:
    given, missing = ("start_date", "end_date") if start else ("end_date", "start_date")
    return today.refusal(
        f"{given} was given without {missing}.", "Give both, as YYYY-MM-DD and inclusive, or a period instead."
    )


def _refuse_unknown(text: str, today: _Today) -> InvalidRequest:
    nearest = meant(text[:_LONGEST_TEXT], PERIOD_WORDS, today.day)
    question = f"Did you mean {_until_today(nearest, today)}? " if nearest else ""
    return today.refusal(f"There is no period {_quoted(text)}.", question + _HOW_TO_ASK)


def _until_today(period: str, today: _Today) -> str:
    """The period, or its days up to today while it is not over: what is offered can be asked for."""
    asked = _read_period(period, today)
    if asked.start > today.day:
        raise _refuse_future(asked, today)
    return period if asked.end <= today.day else range_label(asked.start, today.day)


def _refuse_early(label: str, today: _Today) -> InvalidRequest:
    return today.refusal(f"{label} begins before {EARLIEST_DAY}.", f"Ask for days from {EARLIEST_DAY} up to today.")


def _refuse_future(asked: _Asked, today: _Today) -> InvalidRequest:
    message = f"{asked.label} ends in the future, on {asked.end}."
    if asked.start > today.day:
        return today.refusal(message, "Ask for days up to today.")
    so_far = asked.so_far or f"period='{range_label(asked.start, today.day)}'"
    return today.refusal(message, f"Use {so_far} for the part up to today.")


def _as_word(text: str) -> str:
    return re.sub(r"[\s_-]+", "_", text.lower())


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "…")


def _day(day: date) -> tuple[date, date]:
    return day, day


def _week(day: date) -> tuple[date, date]:
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def _month(day: date) -> tuple[date, date]:
    return day.replace(day=1), _last_of_month(day.year, day.month)


def _quarter(day: date) -> tuple[date, date]:
    first_month = day.month - (day.month - 1) % 3
    return date(day.year, first_month, 1), _last_of_month(day.year, first_month + 2)


def _year(day: date) -> tuple[date, date]:
    return date(day.year, 1, 1), date(day.year, 12, 31)


def _last_of_month(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


_UNIT_AROUND: Final[Mapping[_Unit, Callable[[date], tuple[date, date]]]] = {
    "day": _day,
    "week": _week,
    "month": _month,
    "quarter": _quarter,
    "year": _year,
}


def _first_of_quarter(year: int, quarter: int) -> date:
    return date(year, 3 * quarter - 2, 1)


class _Form(NamedTuple):
    """One way to write a calendar unit; the groups of `pattern` are the arguments of `first_day`."""

    pattern: re.Pattern[str]
    unit: _Unit
    first_day: Callable[..., date]


_FORMS: Final = (
    _Form(re.compile("([0-9]{4})"), "year", partial(date, month=1, day=1)),
    _Form(re.compile("([0-9]{4})-Q([0-9])"), "quarter", _first_of_quarter),
    _Form(re.compile("([0-9]{4})-([0-9]{2})"), "month", partial(date, day=1)),
    _Form(re.compile("([0-9]{4})-W([0-9]{2})"), "week", partial(date.fromisocalendar, day=1)),
    _Form(re.compile("([0-9]{4})-([0-9]{2})-([0-9]{2})"), "day", date),
)
