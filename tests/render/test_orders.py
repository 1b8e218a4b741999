"""Orders and pages of them: the same in both forms, and within their budget."""

from __future__ import annotations

from render.showing import order, unsaid
from unique_analytics_mcp.domain.order import NextCall, OrderPage
from unique_analytics_mcp.render import (
    CONCISE_TOKENS,
    DETAILED_TOKENS,
    OrderList,
    cost,
    fit_order,
    fit_orders,
    order_text,
    orders_text,
    structured,
)
from unique_analytics_mcp.server.parameters import LONGEST_TEXT


def test_an_order_says_the_same_in_both_forms() -> None:
    made = order()
    assert unsaid(made, order_text(made), besides="2026-11-02T08:00:05Z") == []


def test_an_order_text_reads_well() -> None:
    assert order_text(order()) == (
        "Order order_1 is PROCESSING (the platform says RUNNING): CHAT_INTERACTION over 2026-10-01 to 2026-10-31 "
        "(31 days, both included, Europe/Zurich, last_month). Backend: unique. Only assistant assistant_7. Placed at "
        "2026-11-02T08:00:05Z. Waited 45.0 seconds. This is an equal, earlier order: no new one was placed.\n\n"
        "- The last check did not succeed.\n\n"
        'Next:\n- wait_for_order(order_id="order_1"): Still running.'
    )


def test_a_planned_order_is_not_said_to_exist() -> None:
    planned = order(
        order_id=None, state=None, platform_state="", assistant_id=None, created_at=None, reused=False,
        waited_seconds=None, remarks=[],
    )  # fmt: skip
    assert order_text(planned).startswith("Planned, not placed: CHAT_INTERACTION over 2026-10-01")
    assert "order_id" not in structured(planned)


def test_what_a_platform_wrote_about_an_order_is_cleaned_everywhere() -> None:
    dirty = order(
        platform_state="RUN\u202eNING",
        assistant_id="a\u200b7",
        type="CHAT\n",
        remarks=["one\ntwo"] * 12,
        next_step=NextCall(tool="wait_for_order", arguments={"order_id": "o\u200b1", "top": 3}, why=""),
    )
    shown = fit_order(dirty)
    assert (shown.platform_state, shown.assistant_id, shown.type) == ("RUNNING", "a7", "CHAT")
    assert shown.remarks == ["one two"] * 12
    assert shown.next_step.arguments == {"order_id": "o1", "top": 3}


def test_remarks_beyond_the_budget_are_counted() -> None:
    shown = fit_order(order(remarks=["A sentence about the order."] * 50))
    assert shown.remarks == ["A sentence about the order."] * 20 + ["… and 30 more"]


def test_the_worst_order_stays_within_a_concise_answer() -> None:
    hostile = fit_order(order(remarks=["wörd " * 500] * 50, platform_state="X1" * 9_000, assistant_id="ß" * 9_000))
    assert cost(hostile, order_text(hostile)) <= CONCISE_TOKENS


def test_an_order_of_long_filters_stays_within_a_concise_answer_and_names_each() -> None:
    filters = {f"filter_{number}": "wörd " * 80 for number in range(12)}
    shown = fit_order(order(options=filters))
    assert cost(shown, order_text(shown)) <= CONCISE_TOKENS
    assert shown.options.keys() == filters.keys()
    assert {value[-1] for value in shown.options.values()} == {"…"}
    assert fit_order(order(options={"queue": "a" * 200})).options == {"queue": "a" * 200}


def test_a_call_repeats_a_filter_as_long_as_a_tool_takes_one() -> None:
    queues = ",".join(f"{number:08}-0000-4000-8000-000000000000" for number in range(10))
    again = NextCall(tool="create_analytics_order", arguments={"type": "AGGREGATES", "queue": queues}, why="Again.")
    shown = fit_order(order(options={"queue": queues}, next_step=again))
    assert 200 < len(queues) <= LONGEST_TEXT
    assert shown.next_step == again
    assert queues in order_text(shown)


def page_of(count: int, *, next_offset: int | None = None, prefix: str = "order") -> OrderList:
    """As it is shown."""
    listed = [order(order_id=f"{prefix}_{number}") for number in range(count)]
    page = OrderPage(orders=listed, offset=40, more=next_offset is not None, next_offset=next_offset)
    return fit_orders(page, filters={"state": "DONE", "limit": 20})


def test_a_page_of_orders_names_the_next_one_with_the_same_filters() -> None:
    page = page_of(2, next_offset=42)
    assert page.next_steps[0].arguments == {"state": "DONE", "limit": 20, "offset": 42}
    assert orders_text(page) == (
        "Orders 41 to 42, newest first. There are more.\n\n"
        "**orders** (2 rows)\n"
        "| order_id | type | state | platform_state | start | end | options | created_at |\n"
        "|---|---|---|---|---|---|---|---|\n"
        "| order_0 | CHAT_INTERACTION | PROCESSING | RUNNING | 2026-10-01 | 2026-10-31 | assistant_id=assistant_7 "
        "| 2026-11-02T08:00:05+00:00 |\n"
        "| order_1 | CHAT_INTERACTION | PROCESSING | RUNNING | 2026-10-01 | 2026-10-31 | assistant_id=assistant_7 "
        "| 2026-11-02T08:00:05+00:00 |\n\n"
        'Next:\n- list_analytics_orders(state="DONE", limit=20, offset=42): The next page of older orders.'
    )


def test_no_orders_is_an_answer() -> None:
    assert orders_text(page_of(0)) == "No orders here. There are no more."


def test_a_page_that_is_too_long_ends_earlier_and_continues_there() -> None:
    fitting = page_of(100, prefix="a1b2c3d4" * 4)
    shown = len(fitting.orders.rows)
    assert 50 < shown < 100
    assert cost(fitting, orders_text(fitting)) <= DETAILED_TOKENS
    assert (fitting.more, fitting.next_offset) == (True, 40 + shown)
    assert fitting.next_steps[0].arguments == {"state": "DONE", "limit": 20, "offset": 40 + shown}


def test_of_orders_too_long_for_any_page_one_is_shown_and_the_next_page_named() -> None:
    long = order(options={f"filter_{number}": "ß1" * 100 for number in range(60)})
    page = fit_orders(OrderPage(orders=[long, long], offset=0, more=False, next_offset=None), filters={})
    assert (len(page.orders.rows), page.next_offset) == (1, 1)


def test_a_page_that_fits_is_left_alone() -> None:
    page = page_of(20)
    assert (len(page.orders.rows), page.more, page.next_steps, page.remarks) == (20, False, [], [])
