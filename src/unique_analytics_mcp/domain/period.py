"""Periods: from what a caller wrote to a `Window` of whole days, and on to the windows a limit allows.

Pure domain layer: no I/O, no clock (the moment is a parameter) and no report catalogue (limits are
parameters). A day is a calendar day of one named time zone and both ends of a window are inclusive, so
neither summer time nor a date that a zone skipped changes a count of days.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final, Literal, NamedTuple, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator

from unique_analytics_mcp.domain.meant import meant
from unique_analytics_mcp.domain.sentences import counted
from unique_analytics_mcp.errors import InvalidRequest

EARLIEST_DAY: Final = date(2000, 1, 1)
"""The first day that may be asked for: no platform has older data, so an older date is a slip."""

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
    "or YYYY, YYYY-MM, YYYY-Qn, YYYY-Wnn, YYYY-MM-DD or YYYY-MM-DD..YYYY-MM-DD; "
    "or start_date and end_date, both as YYYY-MM-DD and inclusive."
)
_ONE_DAY: Final = timedelta(days=1)
_LONGEST_TEXT: Final = 40
_LONGEST_LIST: Final = 6


def _count_days(start: date, end: date) -> int:
    return (end - start).days + 1


def _days_of_fields(fields: Mapping[str, date]) -> int:
    return _count_days(fields["start"], fields["end"])


class Window(BaseModel):
    """The days one report covers: never empty, without gaps, of one time zone."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)

    start: date
    """First day, inclusive."""
    end: date
    """Last day, inclusive."""
    days: int = Field(default_factory=_days_of_fields)
    """Number of days, both ends counted; may be left out when a window is made, but never be wrong."""
    time_zone: str
    """IANA name of the zone whose midnights bound the days."""
    label: str
    """How it was asked for: `last_month`, `2026-Q3`, `2026-10-01..2026-10-14`, or `DEFAULT_LABEL`."""
    complete: bool
    """False while the last day was not over when the window was resolved."""

    @model_validator(mode="after")
    def _check_days(self) -> Self:
        if self.start > self.end:
            raise ValueError("a window's start must not be after its end")
        if self.days != _count_days(self.start, self.end):
            raise ValueError("a window's days must count both its ends")
        return self

    def is_over(self, now: datetime) -> bool:
        """True when the last day had ended at the moment `now`, which must be aware."""
        return self.end < today_in(now, self.time_zone)


def today_in(now: datetime, time_zone: str) -> date:
    """The date on the calendars of `time_zone` at the moment `now`.

    Raises:
        ValueError: `now` carries no time zone, so that it names no moment.
        ZoneInfoNotFoundError: there is no such zone; settings check the name before it comes here.
    """
    if now.utcoffset() is None:
        raise ValueError("now must carry a time zone")
    return now.astimezone(ZoneInfo(time_zone)).date()


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


def plan_windows(window: Window, limit_days: int) -> tuple[Window, ...]:
    """The windows of at most `limit_days` that together are exactly `window`: in order, as few as possible.

    A window within the limit is returned as it is. Otherwise all parts but the last are full, and each is labelled
    with its own dates.

    Raises:
        ValueError: a limit under one day.
    """
    if limit_days < 1:
        raise ValueError("limit_days must be at least 1")
    if window.days <= limit_days:
        return (window,)
    return tuple(_part(window, offset, limit_days) for offset in range(0, window.days, limit_days))


def check_limit(window: Window, limit_days: int, *, report_type: str, otherwise: str = "") -> None:
    """Let a window of at most `limit_days` pass, both ends counted.

    `otherwise` is what the hint advises beside the plan, as a sentence.

    Raises:
        InvalidRequest: the window is longer; the hint holds the plan of `plan_windows`.
        ValueError: a limit under one day.
    """
    parts = plan_windows(window, limit_days)
    if len(parts) == 1:
        return
    raise InvalidRequest(
        f"{report_type} covers at most {counted(limit_days, 'day')} in one order, and {window.start} to {window.end} "
        f"is {counted(window.days, 'day')}, both ends counted.",
        hint=f"Ask for {listed_windows(parts)}. {otherwise}".strip(),
    )


def previous_window(window: Window) -> Window:
    """The window of equally many days that ends on the day before `window` starts.

    The length is what counts, also for a calendar unit: before October come the 31 days up to 30 September.
    A window that is not complete still gets a complete one before it.

    Raises:
        InvalidRequest: the days before would begin before `EARLIEST_DAY`.
    """
    if (window.start - EARLIEST_DAY).days < window.days:
        raise InvalidRequest(
            f"The {counted(window.days, 'day')} before {window.start} begin before {EARLIEST_DAY}.",
            hint="Ask for a later or a shorter window, or for no comparison.",
        )
    start, end = window.start - timedelta(days=window.days), window.start - _ONE_DAY
    return Window(start=start, end=end, time_zone=window.time_zone, label=_range_label(start, end), complete=True)


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
    """The period for the part up to today, where there is a word for it."""


def _given(text: str | None) -> str | None:
    return (text or "").strip() or None


def _read(period: str | None, start: str | None, end: str | None, today: _Today) -> _Asked:
    match (period, start, end):
        case (None, None, None):
            return _Asked(today.yesterday, today.yesterday, DEFAULT_LABEL)
        case (str(), None, None):
            return _read_period(period, today)
        case (None, str(), str()):
            return _asked_range(_read_day(start, "start_date", today), _read_day(end, "end_date", today))
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
            return _Asked(*_span_of_form(form, numbers, label, today), label, f"this_{form.unit}")
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
    return _asked_range(_read_day(start.strip(), "period", today), _read_day(end.strip(), "period", today))


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
    return _Asked(start, end, _range_label(start, end))


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
    question = f"Did you mean {nearest}? " if nearest else ""
    return today.refusal(f"There is no period {_quoted(text)}.", question + _HOW_TO_ASK)


def _refuse_early(label: str, today: _Today) -> InvalidRequest:
    return today.refusal(f"{label} begins before {EARLIEST_DAY}.", f"Ask for days from {EARLIEST_DAY} up to today.")


def _refuse_future(asked: _Asked, today: _Today) -> InvalidRequest:
    message = f"{asked.label} ends in the future, on {asked.end}."
    if asked.start > today.day:
        return today.refusal(message, "Ask for days up to today.")
    so_far = asked.so_far or _range_label(asked.start, today.day)
    return today.refusal(message, f"Use period='{so_far}' for the part up to today.")


def _part(window: Window, offset: int, limit_days: int) -> Window:
    days = min(limit_days, window.days - offset)
    start = window.start + timedelta(days=offset)
    end = start + timedelta(days=days - 1)
    return Window(
        start=start,
        end=end,
        time_zone=window.time_zone,
        label=_range_label(start, end),
        complete=window.complete or end < window.end,
    )


def listed_windows(parts: tuple[Window, ...]) -> str:
    """Several windows of one length, as words that can be asked for."""
    if len(parts) <= _LONGEST_LIST:
        return f"each of these periods on its own: {', '.join(part.label for part in parts)}"
    return (
        f"{len(parts)} periods of up to {counted(parts[0].days, 'day')}, one right after the other: "
        f"the first is {parts[0].label}, the last {parts[-1].label}"
    )


def _range_label(start: date, end: date) -> str:
    return f"{start}" if start == end else f"{start}..{end}"


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
