"""Periods that are none, and what is offered in their place. It is Saturday, 21 November 2026."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.periods import brisk, days, near_misses, odd_texts, resolve
from unique_analytics_mcp.domain.meant import meant
from unique_analytics_mcp.domain.period import PERIOD_WORDS
from unique_analytics_mcp.errors import InvalidRequest

TODAY = date(2026, 11, 21)
SPOKEN = (
    *("last", "past", "two", "three", "5", "12", "31", ".", "-", "months", "weeks", "year", "week", "of", "the"),
    *("to", "date", "since", "friday", "october", "march", "2026", "2025", "q3", "q4", "h1", "42", "mtd"),
    *("01.10.2026", "2026/10/5"),
)
spoken = st.lists(st.sampled_from(SPOKEN), max_size=4).map(" ".join)


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("last_moth", "last_month"),
        ("October 2026", "2026-10"),
        ("2026 Oct", "2026-10"),
        ("for october", "2026-10"),
        ("december", "2025-12"),
        ("november", "2026-11"),
        ("ma 2026", None),
        ("10/2026", "2026-10"),
        ("12/2025", "2025-12"),
        ("2026/10", "2026-10"),
        ("Q3 2026", "2026-Q3"),
        ("2026Q3", "2026-Q3"),
        ("12", None),
        ("Q5 2026", None),
        ("week 7 of 2026", "2026-W07"),
        ("w42 2026", "2026-W42"),
        ("week 53 of 2026", "2026-W53"),
        ("week 53 of 2025", None),
        ("H2 2025", "2025-07-01..2025-12-31"),
        ("first half of 2026", None),
        ("October 5th, 2026", "2026-10-05"),
        ("October 3rd, 2026", "2026-10-03"),
        ("5. 10. 2026", None),
        ("05.10.2026", "2026-10-05"),
        ("2026/10/5", "2026-10-05"),
        ("05/10/2026", None),
        ("31.02.2026", None),
        ("05/10/2026-06/10/2026", None),
        ("05-10-2026-06-10-2026", None),
        ("01.10.-14.10.2026", None),
        ("2026-10-01 to 2026-10-14", "2026-10-01..2026-10-14"),
        ("2026-10-01, 2026-10-02, 2026-10-03", None),
        ("2026-10-01T00:00:00Z/2026-10-14T23:59:59.999Z", "2026-10-01..2026-10-14"),
        ("01.10.2026 - 14.10.2026", "2026-10-01..2026-10-14"),
        ("past month", "last_month"),
        ("previous day", "yesterday"),
        ("month to date", "this_month"),
        ("quarter to date", "this_quarter"),
        ("year to date", "this_year"),
        ("wtd", "this_week"),
        ("MTD", "this_month"),
        ("YTD", "this_year"),
        ("qtd", "this_quarter"),
        ("7d", "last_7_days"),
        ("last two weeks", "2026-11-02..2026-11-15"),
        ("last 3 months", "2026-08-01..2026-10-31"),
        ("last twelve months", "2025-11-01..2026-10-31"),
        ("past 2 quarters", "2026-04-01..2026-09-30"),
        ("2 years", "2024-01-01..2025-12-31"),
        ("last 0 weeks", None),
        ("last 99999999 months", None),
        ("last 99999999 weeks", None),
        ("next 3 months", None),
        ("13/2026", None),
        ("Q3", "2026-Q3"),
        ("quarter 4", "2026-Q4"),
        ("half 1", "2026-01-01..2026-06-30"),
        ("Q5", None),
        ("since monday", "2026-11-16..2026-11-21"),
        ("since_saturday", "2026-11-21..2026-11-21"),
        ("from sunday", "2026-11-15..2026-11-21"),
        ("since 2026-10-05", "2026-10-05..2026-11-21"),
        ("from 05.10.2026", "2026-10-05..2026-11-21"),
        ("from 2026-10-01 to 2026-10-14", "2026-10-01..2026-10-14"),
        ("since march", "2026-03-01..2026-11-21"),
        ("from december", "2025-12-01..2026-11-21"),
        ("since January 5, 2026", "2026-01-05..2026-11-21"),
        ("since q3", None),
        ("since the launch", None),
        ("everything", None),
        ("", None),
    ],
)
def test_a_period_that_is_none_is_offered_what_it_says(text: str, offered: str | None) -> None:
    assert meant(text, PERIOD_WORDS, TODAY) == offered


@pytest.mark.parametrize(
    ("text", "today", "offered"),
    [
        ("Q4", date(2026, 9, 30), "2025-Q4"),
        ("Q4", date(2026, 10, 1), "2026-Q4"),
        ("H2", date(2026, 6, 30), "2025-07-01..2025-12-31"),
        ("H2", date(2026, 7, 1), "2026-07-01..2026-12-31"),
    ],
)
def test_a_quarter_or_half_is_of_this_year_from_its_first_day(text: str, today: date, offered: str) -> None:
    assert meant(text, PERIOD_WORDS, today) == offered


def said_of(period: str) -> str:
    """Why it is refused; nothing when it is not."""
    try:
        resolve(period)
    except InvalidRequest as refused:
        return str(refused)
    return ""


@brisk
@given(spoken | near_misses | odd_texts, days)
def test_whatever_is_offered_is_written_as_a_period(text: str, today: date) -> None:
    offered = meant(text, PERIOD_WORDS, today)
    assert offered is None or "There is no" not in said_of(offered)
