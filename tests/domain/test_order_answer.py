"""Orders as callers see them, each with the call that makes sense next."""

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.noting import AFTER_OCTOBER, ARGUMENTS, NPS, OCTOBER, REQUEST, TODAY, ZONE, noted
from unique_analytics_mcp.domain.order import NextCall, NotedOrder, Order, OrderState, PlatformOrder
from unique_analytics_mcp.domain.order_answer import (
    adopted_request,
    is_reusable,
    own_order,
    planned_order,
    platform_order,
)
from unique_analytics_mcp.errors import UnexpectedAnswer


def test_an_own_order_is_shown_whole() -> None:
    assert own_order(noted(), reused=True, waited_s=3.14159, remarks=["Late."]) == Order(
        order_id="o1",
        backend="unique",
        type="NPS",
        state=OrderState.DONE,
        platform_state="DONE",
        window=OCTOBER,
        assistant_id="a1",
        created_at=AFTER_OCTOBER,
        reused=True,
        waited_seconds=3.1,
        remarks=["Prompts are hidden.", "Late."],
        next_step=NextCall(tool="download_report_summary", arguments={"order_id": "o1"}, why="The report is ready."),
    )


@pytest.mark.parametrize(
    ("state", "tool", "arguments"),
    [
        (OrderState.DONE, "download_report_summary", {"order_id": "o1"}),
        (OrderState.PENDING, "wait_for_order", {"order_id": "o1"}),
        (OrderState.PROCESSING, "wait_for_order", {"order_id": "o1"}),
        (OrderState.FAILED, "create_analytics_order", ARGUMENTS),
    ],
)
def test_each_state_names_the_one_next_call(state: OrderState, tool: str, arguments: dict[str, str]) -> None:
    step = own_order(noted(state)).next_step
    assert (step.tool, step.arguments) == (tool, arguments)


def test_a_plan_has_no_id_and_names_the_call_that_places_it() -> None:
    plan = planned_order(REQUEST, reuse=True, remarks=["Dry run."])
    assert (plan.order_id, plan.state, plan.platform_state, plan.remarks) == (None, None, "", ["Dry run."])
    assert (plan.next_step.tool, plan.next_step.arguments) == ("create_analytics_order", ARGUMENTS)


def listed(**changes: object) -> PlatformOrder:
    fields: dict[str, object] = {
        "order_id": "o1",
        "type": "NPS",
        "state": OrderState.FAILED,
        "platform_state": "ERROR",
        "start": OCTOBER.start,
        "end": OCTOBER.end,
        "created_at": AFTER_OCTOBER,
    }
    return PlatformOrder(**(fields | changes))  # pyright: ignore[reportArgumentType] - a table of changes


def test_somebody_elses_failed_order_points_back_to_the_list() -> None:
    order = platform_order(listed(), backend="unique", time_zone=ZONE)
    assert (order.next_step.tool, order.assistant_id, order.platform_state) == ("list_analytics_orders", None, "ERROR")


@pytest.mark.parametrize(
    ("changes", "complete"),
    [
        ({}, True),
        ({"created_at": None}, True),
        ({"created_at": datetime(2026, 10, 31, 22, 59, tzinfo=UTC)}, False),
    ],
    ids=["placed after", "not said when", "placed on the last day"],
)
def test_the_window_of_a_listed_order_is_read_from_the_platform(changes: dict[str, object], complete: bool) -> None:
    window = platform_order(listed(**changes), backend="unique", time_zone=ZONE).window
    assert window is not None
    assert (window.start, window.end, window.days, window.complete) == (OCTOBER.start, OCTOBER.end, 31, complete)


def test_the_window_of_a_listed_order_of_one_day_is_called_as_that_day() -> None:
    window = platform_order(listed(end=OCTOBER.start), backend="unique", time_zone=ZONE).window
    assert window is not None
    assert (window.label, window.days) == (OCTOBER.start.isoformat(), 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"start": None},
        {"end": None},
        {"start": date(2026, 12, 1)},
        {"start": date(1970, 1, 1)},
        {"end": date(2126, 10, 31)},
        {"start": date.max, "end": date.max},
    ],
    ids=[
        "no start",
        "no end",
        "reversed, as in the vendor's own example",
        "before there was a platform",
        "a hundred years",
        "the last day there is",
    ],
)
def test_a_listed_order_without_sound_dates_has_no_window_and_cannot_be_adopted(changes: dict[str, object]) -> None:
    order = listed(**changes)
    assert platform_order(order, backend="unique", time_zone=ZONE).window is None
    with pytest.raises(UnexpectedAnswer, match="which days order o1 covers"):
        adopted_request(order, backend="unique", report=NPS, time_zone=ZONE)


def test_an_order_placed_elsewhere_is_adopted_with_its_days_and_options() -> None:
    request = adopted_request(listed(options={"assistant_id": "a1"}), backend="unique", report=NPS, time_zone=ZONE)
    assert (request.type, request.window.days, request.options) == ("NPS", 31, {"assistant_id": "a1"})


@pytest.mark.parametrize(
    ("order", "age", "reusable"),
    [
        (noted(), timedelta(days=300), True),
        (noted(OrderState.PENDING), timedelta(hours=5), True),
        (noted(OrderState.FAILED), timedelta(0), False),
        (noted(window=TODAY), timedelta(minutes=15), True),
        (noted(window=TODAY), timedelta(minutes=16), False),
        (noted(window=TODAY), timedelta(hours=-1), False),
    ],
    ids=["closed and old", "closed and running", "failed", "open and young", "open and old", "open, clock set back"],
)
def test_a_closed_window_stays_reusable_and_a_running_one_ages_out(
    order: NotedOrder, age: timedelta, reusable: bool
) -> None:
    assert is_reusable(order, age=age) is reusable
