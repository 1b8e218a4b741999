"""Windows: what they hold, how long ones are cut into legal parts, and which one came before."""

from __future__ import annotations

from datetime import date, timedelta
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.periods import ZURICH, brisk, days, each_day, noon, resolve, window
from unique_analytics_mcp.domain.window import (
    EARLIEST_DAY,
    Window,
    check_limit,
    months_before,
    plan_windows,
    previous_window,
    workdays,
)
from unique_analytics_mcp.errors import InvalidRequest


def test_a_window_within_the_limit_is_its_own_plan() -> None:
    last_year = resolve("last_year")
    assert plan_windows(last_year, 365) == (last_year,)
    check_limit(last_year, 365, report_type="CHAT_INTERACTION")


def test_parts_are_full_from_the_start_and_only_the_last_is_still_running() -> None:
    assert plan_windows(resolve("this_month"), 14) == (
        window("2026-11-01", "2026-11-14"),
        window("2026-11-15", "2026-11-21", complete=False),
    )


@pytest.mark.parametrize(
    ("period", "limit", "labels"),
    [
        pytest.param("2024", 365, ["2024-01-01..2024-11-30", "2024-12-01..2024-12-31"], id="a leap year"),
        pytest.param(
            "2023-05-10..2024-06-20", 365, ["2023-05-10..2024-04-30", "2024-05-01..2024-06-20"], id="a year and more"
        ),
        pytest.param(
            "2026-Q3",
            31,
            ["2026-07-01..2026-07-31", "2026-08-01..2026-08-31", "2026-09-01..2026-09-30"],
            id="a quarter",
        ),
        pytest.param("2026-10", 30, ["2026-10-01..2026-10-30", "2026-10-31"], id="a month"),
        pytest.param("2026-09-20..2026-10-17", 14, ["2026-09-20..2026-10-03", "2026-10-04..2026-10-17"], id="full"),
    ],
)
def test_parts_end_with_a_month_where_that_takes_no_more_of_them(period: str, limit: int, labels: list[str]) -> None:
    assert [part.label for part in plan_windows(resolve(period), limit)] == labels


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
    assert all(part.days <= limit for part in parts)
    assert all(part.days == limit or (part.end + timedelta(days=1)).day == 1 for part in parts[:-1])
    assert [part.complete for part in parts] == [True] * (len(parts) - 1) + [complete]
    assert [resolve(part.label, now=noon("2110-01-01")).start for part in parts] == [part.start for part in parts]


@pytest.mark.parametrize(
    ("period", "limit", "message", "hint"),
    [
        pytest.param(
            "2024",
            365,
            "R covers at most 365 days in one order, and 2024-01-01 to 2024-12-31 is 366 days, both ends counted.",
            "Ask for each of these periods on its own: 2024-01-01..2024-11-30, 2024-12-01..2024-12-31.",
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


@pytest.mark.parametrize(
    ("asked", "before"),
    [
        ("2026-10", "2026-09-01..2026-09-30"),
        ("2026-03", "2026-02-01..2026-02-28"),
        ("2026-Q3", "2026-04-01..2026-06-30"),
        ("2025", "2024-01-01..2024-12-31"),
        ("2026-05-01..2026-07-31", "2026-02-01..2026-04-30"),
    ],
)
def test_the_months_before_whole_months_are_as_many_however_long(asked: str, before: str) -> None:
    months = months_before(resolve(asked))
    assert months is not None
    assert months.label == before


@pytest.mark.parametrize("asked", ["2026-08", "2026-10-01..2026-10-30", "2026-W42", "2000-01", "this_month"])
def test_parts_of_months_have_no_months_before_and_neither_have_those_before_which_as_many_days_come(
    asked: str,
) -> None:
    assert months_before(resolve(asked)) is None


@brisk
@given(start=days, length=st.integers(1, 800))
def test_workdays_are_those_from_monday_to_friday(start: date, length: int) -> None:
    asked = window(f"{start}", f"{start + timedelta(days=length - 1)}")
    assert workdays(asked) == sum(day.weekday() < 5 for day in each_day(asked))
