"""Orders that are there already: which of them are one window, or two to compare, and which are refused."""

from datetime import date, timedelta

import pytest

from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.domain.order import OrderRequest
from unique_analytics_mcp.domain.placed import plan_of
from unique_analytics_mcp.domain.plan import report_plan
from unique_analytics_mcp.domain.window import Window
from unique_analytics_mcp.errors import InvalidRequest

DETAILED = UNIQUE_REPORTS["CHAT_INTERACTION_DETAILED"]


def window(start: str, days: int, *, label: str = "asked", complete: bool = True) -> Window:
    first = date.fromisoformat(start)
    end = first + timedelta(days=days - 1)
    return Window(start=first, end=end, time_zone="UTC", label=label, complete=complete)


def order(start: str, days: int, type_: str = DETAILED.name, **options: str) -> OrderRequest:
    return OrderRequest(backend="unique", type=type_, window=window(start, days), options=options)


def test_orders_of_a_split_comparison_make_the_plan_they_were_placed_for() -> None:
    asked = window("2026-10-04", 28).model_copy(update={"label": "2026-10-04..2026-10-31"})
    wanted = report_plan(DETAILED, asked, {"assistant_id": "a1"}, compare=True, split=True, most_orders=8)
    found = plan_of(DETAILED, wanted.parts[::-1], wanted.before[::-1])
    assert (found.parts, found.before, found.window) == (wanted.parts, wanted.before, wanted.window)
    assert found.arguments == wanted.arguments


def test_two_windows_that_follow_each_other_are_compared_without_being_split() -> None:
    plan = plan_of(DETAILED, [order("2026-10-18", 14)], [order("2026-10-04", 14)])
    assert (plan.window.label, plan.split) == ("asked", False)


def test_one_part_that_is_not_complete_makes_the_window_so() -> None:
    late = OrderRequest(backend="unique", type=DETAILED.name, window=window("2026-10-15", 3, complete=False))
    assert plan_of(DETAILED, [order("2026-10-01", 14), late]).window.complete is False


@pytest.mark.parametrize(
    ("orders", "before", "said"),
    [
        pytest.param(
            [order("2026-10-01", 7), order("2026-10-08", 7, "NPS")], [], "of several types", id="several types"
        ),
        pytest.param(
            [order("2026-10-01", 7)], [order("2026-09-24", 7, assistant_id="a1")], "different options", id="a filter"
        ),
        pytest.param([order("2026-10-01", 7), order("2026-10-05", 7)], [], "2026-10-11 overlap", id="overlap"),
        pytest.param([order("2026-10-01", 7), order("2026-10-09", 7)], [], "leave days out between", id="a gap"),
        pytest.param(
            [order("2026-10-01", 31)], [order("2026-09-01", 30)], "2026-08-31 to 2026-09-30, but", id="months"
        ),
        pytest.param([order("2026-09-24", 7)], [order("2026-10-01", 7)], "2026-09-17 to 2026-09-23, but", id="turned"),
    ],
)
def test_what_is_neither_one_window_nor_two_beside_each_other_is_refused(
    orders: list[OrderRequest], before: list[OrderRequest], said: str
) -> None:
    with pytest.raises(InvalidRequest, match=said) as refused:
        plan_of(DETAILED, orders, before)
    assert "sql over r1, r2" in refused.value.hint


def test_rows_that_stand_alone_are_not_merged() -> None:
    active = UNIQUE_REPORTS["ACTIVE_USER"]
    orders = [order("2026-10-01", 7, active.name), order("2026-10-08", 7, active.name)]
    with pytest.raises(InvalidRequest, match="cannot be merged from several orders: weeks and months"):
        plan_of(active, orders)
    assert plan_of(active, orders[1:], orders[:1]).before == (orders[0],)
