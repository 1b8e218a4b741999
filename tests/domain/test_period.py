"""What a period means: tables of cases for what people write, properties for every moment and zone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from math import ceil
from string import printable
from zoneinfo import ZoneInfoNotFoundError

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from unique_analytics_mcp.domain.period import (
    DEFAULT_LABEL,
    EARLIEST_DAY,
    PERIOD_WORDS,
    Window,
    check_limit,
    plan_windows,
    previous_window,
    resolve_window,
    today_in,
)
from unique_analytics_mcp.errors import InvalidRequest

ZURICH = "Europe/Zurich"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)  # a Saturday
ONE_DAY = timedelta(days=1)
ZONES = (ZURICH, "UTC", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "Pacific/Apia")

brisk = settings(max_examples=50, deadline=None, database=None)

zones = st.sampled_from(ZONES)
moments = st.datetimes(datetime(2002, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - made aware
days = st.dates(date(2001, 1, 1), date(2099, 12, 31))
words = st.sampled_from(PERIOD_WORDS) | st.integers(1, 700).map(lambda count: f"last_{count}_days")
labels = (
    words
    | days.map(date.isoformat)
    | days.map(lambda day: f"{day:%Y-%m}")
    | days.map(lambda day: f"{day:%G-W%V}")
    | days.map(lambda day: f"{day:%Y}-Q{(day.month + 2) // 3}")
    | days.map(lambda day: f"{day:%Y}")
    | st.tuples(days, days).map(lambda pair: f"{min(pair)}..{max(pair)}")
)
near_misses = st.text("0123456789-.QWqw_ lastdyekmonthri", max_size=45)
odd_texts = st.text("\0\xa0²٣İ\u0131\u017féß\u202e\ud800😀" + printable)


def day(text: str) -> date:
    return date.fromisoformat(text)


def noon(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T12:00:00+00:00")


def window(start: str, end: str, *, label: str | None = None, complete: bool = True) -> Window:
    label = label or (start if start == end else f"{start}..{end}")
    return Window(start=day(start), end=day(end), time_zone=ZURICH, label=label, complete=complete)


def resolve(
    period: str | None = None,
    start_date: str | None = None,
    end_date: str | None = None,
    *,
    now: datetime = NOW,
    time_zone: str = ZURICH,
) -> Window:
    return resolve_window(period=period, start_date=start_date, end_date=end_date, now=now, time_zone=time_zone)


def each_day(covered: Window) -> list[date]:
    return [covered.start + timedelta(days=offset) for offset in range(covered.days)]


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("yesterday", window("2026-11-20", "2026-11-20", label="yesterday")),
        ("last_week", window("2026-11-09", "2026-11-15", label="last_week")),
        ("last_month", window("2026-10-01", "2026-10-31", label="last_month")),
        ("last_quarter", window("2026-07-01", "2026-09-30", label="last_quarter")),
        ("last_year", window("2025-01-01", "2025-12-31", label="last_year")),
        ("today", window("2026-11-21", "2026-11-21", label="today", complete=False)),
        ("this_week", window("2026-11-16", "2026-11-21", label="this_week", complete=False)),
        ("this_month", window("2026-11-01", "2026-11-21", label="this_month", complete=False)),
        ("this_quarter", window("2026-10-01", "2026-11-21", label="this_quarter", complete=False)),
        ("this_year", window("2026-01-01", "2026-11-21", label="this_year", complete=False)),
        ("last_1_days", window("2026-11-20", "2026-11-20", label="last_1_days")),
        ("last_7_days", window("2026-11-14", "2026-11-20", label="last_7_days")),
        ("last_365_days", window("2025-11-21", "2026-11-20", label="last_365_days")),
        ("2026-10", window("2026-10-01", "2026-10-31", label="2026-10")),
        ("2024-02", window("2024-02-01", "2024-02-29", label="2024-02")),
        ("2026-Q3", window("2026-07-01", "2026-09-30", label="2026-Q3")),
        ("2024-Q1", window("2024-01-01", "2024-03-31", label="2024-Q1")),
        ("2026-W42", window("2026-10-12", "2026-10-18", label="2026-W42")),
        ("2020-W53", window("2020-12-28", "2021-01-03", label="2020-W53")),
        ("2026-W01", window("2025-12-29", "2026-01-04", label="2026-W01")),
        ("2025", window("2025-01-01", "2025-12-31", label="2025")),
        ("2026-10-05", window("2026-10-05", "2026-10-05", label="2026-10-05")),
        ("2026-11-21", window("2026-11-21", "2026-11-21", label="2026-11-21", complete=False)),
        ("2026-10-01..2026-10-14", window("2026-10-01", "2026-10-14")),
        ("2026-11-01..2026-11-21", window("2026-11-01", "2026-11-21", complete=False)),
        ("2026-10-05..2026-10-05", window("2026-10-05", "2026-10-05", label="2026-10-05")),
        ("2000-01-01", window("2000-01-01", "2000-01-01")),
    ],
)
def test_a_period_means_these_days(period: str, expected: Window) -> None:
    assert resolve(period) == expected


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("Last month", "last_month"),
        ("  LAST-WEEK\n", "last_week"),
        ("last - quarter", "last_quarter"),
        ("last-7-days", "last_7_days"),
        ("Last 007 Days", "last_7_days"),
        ("last_1_day", "last_1_days"),
        ("2026-q3", "2026-Q3"),
        (" 2026-w42 ", "2026-W42"),
        ("2026-10-01 .. 2026-10-14", "2026-10-01..2026-10-14"),
    ],
)
def test_case_blanks_and_hyphens_do_not_matter(written: str, plain: str) -> None:
    assert resolve(written) == resolve(plain)


@pytest.mark.parametrize("nothing", [None, "", "  "], ids=["omitted", "empty", "blank"])
def test_no_period_and_no_dates_give_the_last_full_day_and_say_so(nothing: str | None) -> None:
    assert resolve(nothing, nothing, nothing) == window("2026-11-20", "2026-11-20", label=DEFAULT_LABEL)


def test_empty_dates_beside_a_period_count_as_not_given() -> None:
    assert resolve("last_month", "", " ") == resolve("last_month")


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-10-01", "2026-10-14", window("2026-10-01", "2026-10-14")),
        (" 2026-10-05 ", "2026-10-05", window("2026-10-05", "2026-10-05", label="2026-10-05")),
        ("2026-11-21", "2026-11-21", window("2026-11-21", "2026-11-21", complete=False)),
        ("2023-12-31", "2024-03-01", window("2023-12-31", "2024-03-01")),
    ],
    ids=["two weeks", "one day with blanks", "today", "over a leap day"],
)
def test_two_dates_are_both_inclusive(start: str, end: str, expected: Window) -> None:
    assert resolve(start_date=start, end_date=end) == expected


@pytest.mark.parametrize(
    ("period", "message", "advice"),
    [
        ("last_moth", "There is no period 'last_moth'.", "Did you mean last_month? "),
        ("Yestrday", "There is no period 'Yestrday'.", "Did you mean yesterday? "),
        (
            "last_6_months",
            "There is no period 'last_6_months'.",
            "Europe/Zurich. Use a period such as yesterday, last_week,",
        ),
        ("everything", "There is no period 'everything'.", "Use a period such as yesterday, last_week,"),
        ("2026/10/05", "There is no period '2026/10/05'.", "YYYY-MM-DD or YYYY-MM-DD..YYYY-MM-DD;"),
        ("05.10.2026", "There is no period '05.10.2026'.", "YYYY-MM-DD or YYYY-MM-DD..YYYY-MM-DD;"),
        ("2026-10-05T00:00:00", "There is no period '2026-10-05T00:00:00'.", "YYYY-MM-DD or"),
        ("٢٠٢٦", "There is no period '٢٠٢٦'.", "YYYY, YYYY-MM, YYYY-Qn, YYYY-Wnn,"),
        ("x\u202e" * 30, "There is no period '" + r"x\u202e" * 20 + "…'.", "Use a period such as"),
        ("2026-02-30", "There is no day 2026-02-30 in the calendar.", "YYYY-MM-DD"),
        ("2026-13", "There is no month 2026-13 in the calendar.", "YYYY-MM,"),
        ("2026-Q5", "There is no quarter 2026-Q5 in the calendar.", "YYYY-Qn,"),
        ("2026-Q0", "There is no quarter 2026-Q0 in the calendar.", "YYYY-Qn,"),
        ("2025-W53", "There is no week 2025-W53 in the calendar.", "YYYY-Wnn,"),
        ("2027-W53", "There is no week 2027-W53 in the calendar.", "YYYY-Wnn,"),
        ("9999-W52", "There is no week 9999-W52 in the calendar.", "YYYY-Wnn,"),
        ("0000", "There is no year 0000 in the calendar.", "YYYY,"),
        ("2026-10-01..", "In period, '' is not a day written as YYYY-MM-DD.", "without a time"),
        ("2026-09..2026-10", "In period, '2026-09' is not a day written as YYYY-MM-DD.", "whole days"),
        ("2026-10-01..2026-10-32", "In period, 2026-10-32 is not in the calendar.", "an existing day"),
        ("2026-10-14..2026-10-01", "The start 2026-10-14 is after the end 2026-10-01.", "the earlier day first"),
        ("2026", "2026 ends in the future, on 2026-12-31.", "Use period='this_year' for the part up to today."),
        ("2026-Q4", "2026-Q4 ends in the future, on 2026-12-31.", "Use period='this_quarter' for"),
        ("2026-11", "2026-11 ends in the future, on 2026-11-30.", "Use period='this_month' for"),
        ("2026-W47", "2026-W47 ends in the future, on 2026-11-22.", "Use period='this_week' for"),
        ("2026-11-21..2026-11-22", "2026-11-21..2026-11-22 ends in the future, on 2026-11-22.", "period='2026-11-21'"),
        ("2026-11-22", "2026-11-22 ends in the future, on 2026-11-22.", "Ask for days up to today."),
        ("2027", "2027 ends in the future, on 2027-12-31.", "Ask for days up to today."),
        ("last_0_days", "last_0_days holds no day.", "Count at least one day, as in last_7_days."),
        ("last_99999999_days", "last_99999999_days begins before 2000-01-01.", "from 2000-01-01 up to today"),
        (f"last_{'9' * 30}_days", f"last_{'9' * 30}_days begins before 2000-01-01.", "from 2000-01-01 up to today"),
        ("1999-12-31", "1999-12-31 begins before 2000-01-01.", "from 2000-01-01 up to today"),
        ("1999-12-31..2999-01-01", "1999-12-31..2999-01-01 begins before 2000-01-01.", "from 2000-01-01 up to today"),
        ("0001", "0001 begins before 2000-01-01.", "from 2000-01-01 up to today"),
    ],
)
def test_a_period_that_cannot_be_ordered_is_refused_with_a_way_out(period: str, message: str, advice: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        resolve(period)
    assert refused.value.message == message
    assert refused.value.hint.startswith("Today is 2026-11-21 in Europe/Zurich. ")
    assert advice in refused.value.hint


@pytest.mark.parametrize(
    ("period", "start", "end", "message", "advice"),
    [
        pytest.param(
            "last_month",
            "2026-10-01",
            "2026-10-14",
            "Both a period and dates were given.",
            "Give one of them",
            id="both",
        ),
        pytest.param(
            "last_month",
            None,
            "2026-10-14",
            "Both a period and dates were given.",
            "Give one of them",
            id="both with one date",
        ),
        pytest.param(None, "2026-10-01", None, "start_date was given without end_date.", "Give both,", id="no end"),
        pytest.param(None, "", "2026-10-14", "end_date was given without start_date.", "Give both,", id="blank start"),
        pytest.param(
            None,
            "2026-10-14",
            "2026-10-01",
            "The start 2026-10-14 is after the end 2026-10-01.",
            "earlier day first",
            id="reversed",
        ),
        pytest.param(
            None,
            "2026-11-01",
            "2026-11-22",
            "2026-11-01..2026-11-22 ends in the future, on 2026-11-22.",
            "Use period='2026-11-01..2026-11-21' for the part up to today.",
            id="future end",
        ),
        pytest.param(
            None,
            "2026-02-30",
            "2026-03-01",
            "In start_date, 2026-02-30 is not in the calendar.",
            "an existing day",
            id="30 February",
        ),
        pytest.param(
            None,
            "2026-02-01",
            "2026-02-29",
            "In end_date, 2026-02-29 is not in the calendar.",
            "an existing day",
            id="leap day of another year",
        ),
        pytest.param(
            None,
            "20261001",
            "2026-10-14",
            "In start_date, '20261001' is not a day written as YYYY-MM-DD.",
            "YYYY-MM-DD",
            id="without hyphens",
        ),
        pytest.param(
            None,
            "2026-W42-1",
            "2026-10-14",
            "In start_date, '2026-W42-1' is not a day written as YYYY-MM-DD.",
            "whole",
            id="ISO week day",
        ),
        pytest.param(
            None,
            "2026-10-01",
            "2026-10-14T23:59",
            "In end_date, '2026-10-14T23:59' is not a day written as YYYY-MM-DD.",
            "without a time",
            id="with a time",
        ),
        pytest.param(
            None,
            "yesterday",
            "today",
            "In start_date, 'yesterday' is not a day written as YYYY-MM-DD.",
            "YYYY-MM-DD",
            id="a word",
        ),
        pytest.param(
            None,
            "1970-01-01",
            "2026-10-14",
            "1970-01-01..2026-10-14 begins before 2000-01-01.",
            "from 2000-01-01",
            id="absurdly early",
        ),
        pytest.param(
            None,
            "0000-00-00",
            "0000-00-00",
            "In start_date, 0000-00-00 is not in the calendar.",
            "an existing day",
            id="zeros",
        ),
    ],
)
def test_dates_that_cannot_be_ordered_are_refused_with_a_way_out(
    period: str | None, start: str | None, end: str | None, message: str, advice: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        resolve(period, start, end)
    assert refused.value.message == message
    assert refused.value.hint.startswith("Today is 2026-11-21 in Europe/Zurich. ")
    assert advice in refused.value.hint


@brisk
@given(period=odd_texts | near_misses, start=st.none() | near_misses, end=st.none() | near_misses)
@example(period="last_1_days" * 9, start=None, end=None)
@example(period="\ud800..\ud800", start=None, end=None)
@example(period="last_²_days", start=None, end=None)
def test_no_text_raises_anything_but_a_refusal(period: str, start: str | None, end: str | None) -> None:
    try:
        resolved = resolve(period, start, end)
    except InvalidRequest as refused:
        assert "Today is 2026-11-21" in refused.hint  # noqa: PT017 - most texts are refused, a few are not
    else:
        assert EARLIEST_DAY <= resolved.start <= resolved.end <= day("2026-11-21")


@pytest.mark.parametrize(
    ("moment", "zone", "expected"),
    [
        ("2026-03-28T22:59:59", ZURICH, "2026-03-28"),
        ("2026-03-28T23:00:00", ZURICH, "2026-03-29"),
        ("2026-03-29T21:59:59", ZURICH, "2026-03-29"),
        ("2026-03-29T22:00:00", ZURICH, "2026-03-30"),
        ("2026-10-24T21:59:59", ZURICH, "2026-10-24"),
        ("2026-10-24T22:00:00", ZURICH, "2026-10-25"),
        ("2026-10-25T22:59:59", ZURICH, "2026-10-25"),
        ("2026-10-25T23:00:00", ZURICH, "2026-10-26"),
        ("2026-03-08T04:59:59", "America/New_York", "2026-03-07"),
        ("2026-03-08T05:00:00", "America/New_York", "2026-03-08"),
        ("2026-03-09T04:00:00", "America/New_York", "2026-03-09"),
        ("2026-12-31T09:59:59", "Pacific/Kiritimati", "2026-12-31"),
        ("2026-12-31T10:00:00", "Pacific/Kiritimati", "2027-01-01"),
        ("2026-11-20T18:14:59", "Asia/Kathmandu", "2026-11-20"),
        ("2026-11-20T18:15:00", "Asia/Kathmandu", "2026-11-21"),
        ("2011-12-30T09:59:59", "Pacific/Apia", "2011-12-29"),
        ("2011-12-30T10:00:00", "Pacific/Apia", "2011-12-31"),
    ],
)
def test_today_changes_at_local_midnight(moment: str, zone: str, expected: str) -> None:
    now = datetime.fromisoformat(f"{moment}+00:00")
    assert today_in(now, zone) == day(expected)
    assert resolve("yesterday", now=now, time_zone=zone).end == day(expected) - ONE_DAY


def test_a_moment_without_a_zone_is_a_bug_of_the_caller() -> None:
    with pytest.raises(ValueError, match="now must carry a time zone"):
        today_in(datetime(2026, 11, 21), ZURICH)  # noqa: DTZ001 - the case


def test_an_unknown_zone_surfaces_as_it_is() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        today_in(NOW, "Europe/Atlantis")


def test_a_window_is_over_once_its_last_day_has_ended_in_its_zone() -> None:
    october = window("2026-10-01", "2026-10-31")
    assert not october.is_over(datetime.fromisoformat("2026-10-31T22:59:59+00:00"))
    assert october.is_over(datetime.fromisoformat("2026-10-31T23:00:00+00:00"))


@pytest.mark.parametrize(
    ("today", "period", "start", "end"),
    [
        ("2024-03-01", "yesterday", "2024-02-29", "2024-02-29"),
        ("2024-03-31", "last_month", "2024-02-01", "2024-02-29"),
        ("2023-03-31", "last_month", "2023-02-01", "2023-02-28"),
        ("2027-01-01", "yesterday", "2026-12-31", "2026-12-31"),
        ("2027-01-01", "last_month", "2026-12-01", "2026-12-31"),
        ("2027-01-01", "last_quarter", "2026-10-01", "2026-12-31"),
        ("2027-01-01", "last_year", "2026-01-01", "2026-12-31"),
        ("2027-01-01", "last_week", "2026-12-21", "2026-12-27"),
        ("2027-01-01", "this_week", "2026-12-28", "2027-01-01"),
        ("2027-01-01", "this_year", "2027-01-01", "2027-01-01"),
        ("2026-11-16", "this_week", "2026-11-16", "2026-11-16"),
        ("2026-11-22", "this_week", "2026-11-16", "2026-11-22"),
        ("2026-11-22", "2026-W47", "2026-11-16", "2026-11-22"),
        ("2026-12-31", "2026", "2026-01-01", "2026-12-31"),
        ("2026-03-31", "this_quarter", "2026-01-01", "2026-03-31"),
        ("2026-04-01", "last_quarter", "2026-01-01", "2026-03-31"),
        ("2021-01-04", "last_week", "2020-12-28", "2021-01-03"),
        ("2011-12-31", "last_2_days", "2011-12-29", "2011-12-30"),
        ("2000-01-08", "last_7_days", "2000-01-01", "2000-01-07"),
        ("9999-12-31", "9999-12", "9999-12-01", "9999-12-31"),
    ],
)
def test_edges_of_weeks_months_quarters_and_years(today: str, period: str, start: str, end: str) -> None:
    resolved = resolve(period, now=noon(today))
    assert (resolved.start, resolved.end) == (day(start), day(end))
    assert resolved.complete == (end < today)


@brisk
@given(now=moments, zone=zones, period=st.none() | words)
def test_every_word_resolves_at_every_moment(now: datetime, zone: str, period: str | None) -> None:
    resolved = resolve(period, now=now, time_zone=zone)
    today = today_in(now, zone)
    assert EARLIEST_DAY <= resolved.start <= resolved.end <= today
    assert resolved.days == len(each_day(resolved))
    assert resolved.complete == (resolved.end < today) == resolved.is_over(now)
    assert (resolved.time_zone, resolved.label) == (zone, period or DEFAULT_LABEL)


@brisk
@given(now=moments, zone=zones, count=st.integers(1, 700))
def test_last_n_days_are_n_days_and_end_yesterday(now: datetime, zone: str, count: int) -> None:
    resolved = resolve(f"last_{count}_days", now=now, time_zone=zone)
    assert (resolved.days, resolved.end) == (count, today_in(now, zone) - ONE_DAY)


@brisk
@given(inside=days)
def test_a_calendar_unit_is_exactly_the_days_that_share_its_name(inside: date) -> None:
    for form in ("%Y", "%Y-%m", "%G-W%V"):
        unit = resolve(inside.strftime(form), now=noon("2110-01-01"))
        assert unit.start <= inside <= unit.end
        assert {each.strftime(form) for each in each_day(unit)} == {unit.label}
        assert unit.label not in {(unit.start - ONE_DAY).strftime(form), (unit.end + ONE_DAY).strftime(form)}


@brisk
@given(year=st.integers(2001, 2099))
def test_the_four_quarters_are_the_year(year: int) -> None:
    quarters = [resolve(f"{year}-Q{number}", now=noon("2110-01-01")) for number in (1, 2, 3, 4)]
    assert [each for quarter in quarters for each in each_day(quarter)] == each_day(
        resolve(f"{year}", now=noon("2110-01-01"))
    )
    assert [quarter.start.month for quarter in quarters] == [1, 4, 7, 10]


@brisk
@given(now=moments, zone=zones)
def test_last_and_this_meet_without_a_gap(now: datetime, zone: str) -> None:
    for unit in ("week", "month", "quarter", "year"):
        last, this = (resolve(f"{which}_{unit}", now=now, time_zone=zone) for which in ("last", "this"))
        assert last.end + ONE_DAY == this.start


@brisk
@given(now=moments, zone=zones, period=labels)
def test_a_label_asks_for_the_same_window_again(now: datetime, zone: str, period: str) -> None:
    try:
        resolved = resolve(period, now=now, time_zone=zone)
    except InvalidRequest as refused:
        assert "in the future" in refused.message  # noqa: PT017 - a drawn date may lie after the drawn moment
        for offered in re.findall("period='(.+)'", refused.hint):
            assert resolve(offered, now=now, time_zone=zone).end == today_in(now, zone)
    else:
        assert resolve(resolved.label, now=now, time_zone=zone) == resolved


@brisk
@given(now=moments, zone=zones, start=days, length=st.integers(0, 400))
def test_dates_and_their_range_are_the_same_request(now: datetime, zone: str, start: date, length: int) -> None:
    end = min(start + timedelta(days=length), today_in(now, zone))
    start = min(start, end)
    given_dates = resolve(None, f"{start}", f"{end}", now=now, time_zone=zone)
    assert given_dates == resolve(f"{start}..{end}", now=now, time_zone=zone)
    assert (given_dates.start, given_dates.end) == (start, end)


def test_a_window_within_the_limit_is_its_own_plan() -> None:
    last_year = resolve("last_year")
    assert plan_windows(last_year, 365) == (last_year,)
    check_limit(last_year, 365, report_type="CHAT_INTERACTION")


def test_parts_are_full_from_the_start_and_only_the_last_is_still_running() -> None:
    assert plan_windows(resolve("this_month"), 14) == (
        window("2026-11-01", "2026-11-14"),
        window("2026-11-15", "2026-11-21", complete=False),
    )


@brisk
@given(start=days, length=st.integers(1, 800), limit=st.integers(1, 400), complete=st.booleans())
def test_a_plan_covers_the_window_exactly_with_as_few_parts_as_possible(
    start: date,
    length: int,
    limit: int,
    complete: bool,
) -> None:
    end = start + timedelta(days=length - 1)
    whole = window(f"{start}", f"{end}", complete=complete)
    parts = plan_windows(whole, limit)
    assert [each for part in parts for each in each_day(part)] == each_day(whole)
    assert len(parts) == ceil(length / limit)
    assert all(part.days == limit for part in parts[:-1])
    assert parts[-1].days <= limit
    assert [part.complete for part in parts] == [True] * (len(parts) - 1) + [complete]
    assert [resolve(part.label, now=noon("2110-01-01")).start for part in parts] == [part.start for part in parts]


@pytest.mark.parametrize(
    ("period", "limit", "message", "hint"),
    [
        pytest.param(
            "2024",
            365,
            "R covers at most 365 days in one order, and 2024-01-01 to 2024-12-31 is 366 days, both ends counted.",
            "Ask for each of these periods on its own: 2024-01-01..2024-12-30, 2024-12-31.",
            id="366 of 365",
        ),
        pytest.param(
            "2026-10-01..2026-10-15",
            14,
            "R covers at most 14 days in one order, and 2026-10-01 to 2026-10-15 is 15 days, both ends counted.",
            "Ask for each of these periods on its own: 2026-10-01..2026-10-14, 2026-10-15.",
            id="15 of 14",
        ),
        pytest.param(
            "2026-10-01..2026-10-02",
            1,
            "R covers at most 1 day in one order, and 2026-10-01 to 2026-10-02 is 2 days, both ends counted.",
            "Ask for each of these periods on its own: 2026-10-01, 2026-10-02.",
            id="2 of 1",
        ),
        pytest.param(
            "2025",
            14,
            "R covers at most 14 days in one order, and 2025-01-01 to 2025-12-31 is 365 days, both ends counted.",
            "Ask for 27 periods of up to 14 days, one right after the other: "
            "the first is 2025-01-01..2025-01-14, the last 2025-12-31.",
            id="too many to list",
        ),
        pytest.param(
            "2026-10-01..2026-10-06",
            1,
            "R covers at most 1 day in one order, and 2026-10-01 to 2026-10-06 is 6 days, both ends counted.",
            "Ask for each of these periods on its own: "
            "2026-10-01, 2026-10-02, 2026-10-03, 2026-10-04, 2026-10-05, 2026-10-06.",
            id="the longest list",
        ),
        pytest.param(
            "2026-10-01..2026-10-07",
            1,
            "R covers at most 1 day in one order, and 2026-10-01 to 2026-10-07 is 7 days, both ends counted.",
            "Ask for 7 periods of up to 1 day, one right after the other: "
            "the first is 2026-10-01, the last 2026-10-07.",
            id="one more than can be listed",
        ),
    ],
)
def test_a_longer_window_is_refused_with_the_legal_ones(period: str, limit: int, message: str, hint: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        check_limit(resolve(period), limit, report_type="R")
    assert (refused.value.message, refused.value.hint) == (message, hint)


def test_a_limit_under_one_day_is_a_bug_of_the_caller() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        plan_windows(resolve("yesterday"), 0)


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("last_month", window("2026-08-31", "2026-09-30")),
        ("yesterday", window("2026-11-19", "2026-11-19")),
        ("this_month", window("2026-10-11", "2026-10-31")),
        ("2026-W42", window("2026-10-05", "2026-10-11")),
        ("2024", window("2022-12-31", "2023-12-31")),
    ],
)
def test_the_window_before_has_the_same_length_and_ends_the_day_before(period: str, expected: Window) -> None:
    assert previous_window(resolve(period)) == expected


def test_no_window_is_made_before_the_earliest_day() -> None:
    assert previous_window(resolve("2000-01-02")).start == EARLIEST_DAY
    with pytest.raises(InvalidRequest, match=r"^The 2 days before 2000-01-02 begin before 2000-01-01\."):
        previous_window(resolve("2000-01-02..2000-01-03"))


def test_a_window_counts_its_days_and_survives_json() -> None:
    october = resolve("last_month")
    assert october.model_dump(mode="json") == {
        "start": "2026-10-01",
        "end": "2026-10-31",
        "days": 31,
        "time_zone": ZURICH,
        "label": "last_month",
        "complete": True,
    }
    assert Window.model_validate_json(october.model_dump_json()) == october


@pytest.mark.parametrize(
    "change",
    [{"end": "2026-09-30"}, {"days": 30}, {"end": "never"}, {"zone": "UTC"}],
    ids=["reversed", "miscounted", "no date", "unknown field"],
)
def test_a_window_that_contradicts_itself_cannot_be_made(change: dict[str, object]) -> None:
    fields = resolve("last_month").model_dump() | change
    with pytest.raises(ValidationError):
        Window.model_validate(fields)


def test_the_schema_promises_every_field_of_a_window() -> None:
    schema = Window.model_json_schema(mode="serialization")
    assert schema["required"] == list(Window.model_fields)


def test_a_window_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(resolve("last_month"), "complete", False)  # noqa: B010 - a type checker would refuse the assignment


def test_every_word_offered_is_understood() -> None:
    assert [resolve(word).label for word in PERIOD_WORDS] == list(PERIOD_WORDS)
