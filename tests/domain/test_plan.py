"""Plans: which orders answer a question, and which questions several orders must not answer."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.domain.plan import ReportPlan, report_plan
from unique_analytics_mcp.domain.window import Window
from unique_analytics_mcp.errors import InvalidRequest

DETAILED, CHAT = UNIQUE_REPORTS["CHAT_INTERACTION_DETAILED"], UNIQUE_REPORTS["CHAT_INTERACTION"]


def window(days: int, end: date = date(2026, 10, 31)) -> Window:
    start = end - timedelta(days=days - 1)
    return Window(start=start, end=end, time_zone="Europe/Zurich", label="asked", complete=True)


def planned(days: int, *, name: str = "CHAT_INTERACTION_DETAILED", **how: bool | int) -> ReportPlan:
    most = how.pop("most_orders", 8)
    return report_plan(UNIQUE_REPORTS[name], window(days), {}, most_orders=most, **how)  # pyright: ignore[reportArgumentType] - a table of flags


def test_ninety_days_of_the_detailed_report_are_seven_orders() -> None:
    plan = planned(90, split=True)
    assert [request.window.days for request in plan.parts] == [14] * 6 + [6]
    assert (plan.parts[0].window.start, plan.parts[-1].window.end) == (plan.window.start, plan.window.end)
    assert plan.before == ()


def test_a_legal_window_is_one_order_with_or_without_split() -> None:
    assert planned(14).is_one_order
    assert planned(14, split=True).is_one_order


def test_a_comparison_is_two_orders_of_equal_length_without_a_gap() -> None:
    plan = planned(14, compare=True)
    (now,), (before,) = plan.parts, plan.before
    assert now.window.days == before.window.days == 14
    assert before.window.end + timedelta(days=1) == now.window.start


@given(st.integers(1, 200), st.booleans())
def test_the_parts_of_both_sides_are_legal_and_cover_every_day_once(days: int, compare: bool) -> None:
    plan = planned(days, split=True, compare=compare, most_orders=60)
    covered = [
        request.window.start + timedelta(days=passed)
        for request in plan.requests
        for passed in range(request.window.days)
    ]
    assert all(request.window.days <= 14 for request in plan.requests)
    assert len(set(covered)) == len(covered) == days * (2 if compare else 1)


def test_the_options_go_into_every_order() -> None:
    plan = report_plan(DETAILED, window(20), {"assistant_id": " a1 "}, split=True, compare=True, most_orders=8)
    assert [request.options for request in plan.requests] == [{"assistant_id": "a1"}] * 4


def test_its_arguments_ask_for_the_same_again() -> None:
    plan = report_plan(DETAILED, window(20), {"assistant_id": "a1"}, split=True, compare=True, most_orders=8)
    assert plan.arguments == {
        "type": "CHAT_INTERACTION_DETAILED",
        "start_date": "2026-10-12",
        "end_date": "2026-10-31",
        "assistant_id": "a1",
        "compare_to": "previous_period",
        "split": True,
    }
    assert plan.name_of(1) == "Part 2 of 4 (2026-10-26..2026-10-31)"


def refusal(days: int, *, name: str = "CHAT_INTERACTION_DETAILED", **how: bool | int) -> str:
    with pytest.raises(InvalidRequest) as caught:
        planned(days, name=name, **how)
    return str(caught.value)


def test_a_long_window_without_split_names_the_legal_ones_and_split() -> None:
    text = refusal(90)
    assert "at most 14 days" in text
    assert "Or set split=true: 7 orders, merged into one answer." in text


def test_split_is_not_advised_where_it_would_be_refused() -> None:
    assert "split" not in refusal(90, most_orders=6)
    assert "split" not in refusal(400, name="ACTIVE_USER")


def test_more_orders_than_the_operator_allows_are_refused_with_what_fits() -> None:
    text = refusal(113, split=True)
    assert "takes 9 orders, and one call may place 8" in text
    assert "at most 112 days" in text
    assert "UNIQUE_ANALYTICS_MAX_SPLIT" in text
    assert planned(112, split=True).parts[-1].window.days == 14


def test_both_sides_of_a_comparison_count_for_the_cap() -> None:
    assert "takes 14 orders, and one call may place 8. Ask for at most 56 days" in refusal(90, split=True, compare=True)
    assert len(planned(56, split=True, compare=True).requests) == 8


def test_the_cap_is_about_splitting_and_not_about_comparing() -> None:
    assert len(planned(14, compare=True, most_orders=1).requests) == 2


STAND_ALONE = {
    "ACTIVE_USER": "counted in halves",
    "REFERENCE_STAT": "listed once per window",
    "INGESTION_STAT": "listed once per window",
    "USER_CHAT_EXPORT": "not documented",
}


@pytest.mark.parametrize(("name", "why"), STAND_ALONE.items())
def test_a_report_that_stands_alone_is_not_split_and_says_why(name: str, why: str) -> None:
    text = refusal(400, name=name, split=True)
    assert f"{name} cannot be merged from several orders: " in text
    assert why in text
    assert "2025-09-27..2026-08-31" in text
    assert len(planned(365, name=name, compare=True).requests) == 2


def test_every_other_report_may_be_split() -> None:
    assert {name for name, report in UNIQUE_REPORTS.items() if report.stands_alone} == STAND_ALONE.keys()


def test_there_must_be_days_before_to_compare_with() -> None:
    first = Window(start=date(2000, 1, 1), end=date(2000, 1, 9), time_zone="UTC", label="first", complete=True)
    with pytest.raises(InvalidRequest, match="begin before 2000-01-01"):
        report_plan(CHAT, first, {}, compare=True, most_orders=8)


def test_an_option_the_report_does_not_take_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="does not take queue"):
        report_plan(CHAT, window(3), {"queue": "q"}, compare=True, most_orders=8)
