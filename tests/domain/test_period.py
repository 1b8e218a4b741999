"""What a period means: tables of cases for what people write, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.periods import brisk, day, near_misses, odd_texts, resolve, window
from unique_analytics_mcp.domain.period import DEFAULT_LABEL, PERIOD_WORDS
from unique_analytics_mcp.domain.window import EARLIEST_DAY, Window
from unique_analytics_mcp.errors import InvalidRequest


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
        ("2026-07..2026-10", window("2026-07-01", "2026-10-31")),
        ("2026-W40..2026-10-14", window("2026-09-28", "2026-10-14")),
        ("2024-q4 .. 2025", window("2024-10-01", "2025-12-31")),
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
        ("last_6_months", "There is no period 'last_6_months'.", "Did you mean 2026-05-01..2026-10-31? Use a period"),
        ("Q4 2026", "There is no period 'Q4 2026'.", "Did you mean 2026-10-01..2026-11-21? Use a period"),
        ("H2", "There is no period 'H2'.", "Did you mean 2026-07-01..2026-11-21? Use a period"),
        ("December 2026", "2026-12 ends in the future, on 2026-12-31.", "Ask for days up to today."),
        ("since 2026-12-01", "2026-12-01 ends in the future, on 2026-12-01.", "Ask for days up to today."),
        ("21.11.2026", "There is no period '21.11.2026'.", "Did you mean 2026-11-21? Use a period"),
        ("week to date", "There is no period 'week to date'.", "Did you mean this_week? Use a period"),
        ("everything", "There is no period 'everything'.", "Use a period such as yesterday, last_week,"),
        ("05/10/2026", "There is no period '05/10/2026'.", "YYYY-MM-DD or two of these with .. between;"),
        ("2026-10-05T00:00:00", "There is no period '2026-10-05T00:00:00'.", "Did you mean 2026-10-05? "),
        ("٢٠٢٦", "There is no period '٢٠٢٦'.", "YYYY, YYYY-MM, YYYY-Qn, YYYY-Wnn,"),
        ("x\u202e" * 30, "There is no period '" + r"x\u202e" * 20 + "…'.", "Use a period such as"),
        ("x" * 40, f"There is no period '{'x' * 40}'.", "Use a period such as"),
        ("2026-02-30", "There is no day 2026-02-30 in the calendar.", "YYYY-MM-DD"),
        ("2026-13", "There is no month 2026-13 in the calendar.", "YYYY-MM,"),
        ("2026-Q5", "There is no quarter 2026-Q5 in the calendar.", "YYYY-Qn,"),
        ("2026-Q0", "There is no quarter 2026-Q0 in the calendar.", "YYYY-Qn,"),
        ("2025-W53", "There is no week 2025-W53 in the calendar.", "YYYY-Wnn,"),
        ("2027-W53", "There is no week 2027-W53 in the calendar.", "YYYY-Wnn,"),
        ("9999-W52", "There is no week 9999-W52 in the calendar.", "YYYY-Wnn,"),
        ("0000", "There is no year 0000 in the calendar.", "YYYY,"),
        ("2026-10-01..", "In period, '' is no day, week, month, quarter or year.", "two of these with .. between"),
        ("2026-09..october", "In period, 'october' is no day, week, month, quarter or year.", "with .. between"),
        (
            "2026-09..2026-12",
            "2026-09-01..2026-12-31 ends in the future, on 2026-12-31.",
            "period='2026-09-01..2026-11-21'",
        ),
        ("2026-10-01..2026-10-32", "There is no day 2026-10-32 in the calendar.", "Use a period such as"),
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
        (f"last_{'9' * 5_000}_days", f"There is no period 'last_{'9' * 35}…'.", "Use a period such as"),
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
            "Use end_date='2026-11-21' for the part up to today.",
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


def test_every_word_offered_is_understood() -> None:
    assert [resolve(word).label for word in PERIOD_WORDS] == list(PERIOD_WORDS)
