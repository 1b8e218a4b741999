"""Orders: the words of every platform, the ids we accept, and the decision what to do next."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unique_analytics_mcp.domain.order import (
    Fail,
    Fetch,
    Later,
    NotedOrder,
    OrderRequest,
    OrderState,
    Pace,
    PlatformOrder,
    Wait,
    check_order_id,
    next_step,
    state_of,
)
from unique_analytics_mcp.domain.window import Window
from unique_analytics_mcp.errors import InvalidRequest

OCTOBER = Window(
    start=date(2026, 10, 1), end=date(2026, 10, 31), time_zone="Europe/Zurich", label="last_month", complete=True
)
REQUEST = OrderRequest(backend="unique", type="CHAT_INTERACTION", window=OCTOBER, options={"assistant_id": "a1"})


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("DONE", "DONE"),
        ("done", "DONE"),
        ("FAILED", "FAILED"),
        ("ERROR", "FAILED"),
        ("Cancelled", "FAILED"),
        ("PENDING", "PENDING"),
        ("QUEUED", "PENDING"),
        ("PROCESSING", "PROCESSING"),
        (" RUNNING ", "PROCESSING"),
        ("SIMMERING", "PROCESSING"),
        ("", "PROCESSING"),
    ],
)
def test_every_word_of_every_source_has_one_meaning_and_an_unknown_one_keeps_waiting(word: str, state: str) -> None:
    assert state_of(word) is OrderState(state)


@pytest.mark.parametrize("order_id", ["analyticOrder_ltz4rirt5ej8v0yeu0owa5sg", "a", "A-b_9", "x" * 200])
def test_an_opaque_word_is_an_order_id(order_id: str) -> None:
    assert check_order_id(order_id) == order_id


@pytest.mark.parametrize("order_id", ["", "a/b", "..", "a.b", "a b", "é", "a\n", "x" * 201, "a%2Fb", "٣"])
def test_anything_else_is_refused_before_a_call(order_id: str) -> None:
    with pytest.raises(InvalidRequest, match="not an order id"):
        check_order_id(order_id)


def platform_order(**changes: object) -> PlatformOrder:
    fields = {
        "order_id": "o1",
        "type": "CHAT_INTERACTION",
        "state": OrderState.PENDING,
        "platform_state": "PENDING",
        "start": OCTOBER.start,
        "end": OCTOBER.end,
        "options": {"assistant_id": "a1"},
    }
    return PlatformOrder(**(fields | changes))  # pyright: ignore[reportArgumentType] - a table of changes


def test_an_order_answers_a_request_of_its_type_days_and_options() -> None:
    assert platform_order().answers(REQUEST)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "NPS"},
        {"start": date(2026, 10, 2)},
        {"end": date(2026, 10, 30)},
        {"options": {}},
        {"options": {"assistant_id": "a2"}},
        {"start": None},
    ],
    ids=str,
)
def test_an_order_that_differs_in_anything_does_not_answer(change: dict[str, object]) -> None:
    assert not platform_order(**change).answers(REQUEST)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"type": "chat_interaction"}, None, id="as asked, in other letters"),
        pytest.param({"start": None, "end": None, "options": {}}, None, id="silent"),
        pytest.param({"end": date(2026, 10, 30)}, "end 2026-10-30, where 2026-10-31", id="another day"),
        pytest.param({"options": {"assistant_id": "a2"}}, "assistant_id a2, where a1", id="another option"),
        pytest.param({"options": {"user_id": "u1"}}, "user_id u1, where none", id="an option that nobody gave"),
    ],
)
def test_what_the_platform_took_otherwise_than_asked_is_said(change: dict[str, object], said: str | None) -> None:
    sentences = (f"The platform says of this order: {said} was asked for.",) if said else ()
    assert platform_order(**change).taken_otherwise(REQUEST) == sentences


def test_a_fingerprint_is_equal_for_equal_reports_however_they_were_asked_for() -> None:
    other_words = OCTOBER.model_copy(update={"label": "2026-10"})
    same = OrderRequest(backend="unique", type="CHAT_INTERACTION", window=other_words, options={"assistant_id": "a1"})
    assert same.fingerprint("me") == REQUEST.fingerprint("me")


@pytest.mark.parametrize(
    "other",
    [
        OrderRequest(backend="genesys", type="CHAT_INTERACTION", window=OCTOBER, options={"assistant_id": "a1"}),
        OrderRequest(backend="unique", type="NPS", window=OCTOBER, options={"assistant_id": "a1"}),
        OrderRequest(backend="unique", type="CHAT_INTERACTION", window=OCTOBER),
        OrderRequest(backend="unique", type="CHAT_INTERACTION", window=OCTOBER, options={"assistant_id": "a2"}),
        OrderRequest(
            backend="unique",
            type="CHAT_INTERACTION",
            window=Window(start=date(2026, 10, 1), end=date(2026, 10, 30), time_zone="UTC", label="x", complete=True),
            options={"assistant_id": "a1"},
        ),
    ],
    ids=["backend", "type", "no option", "other option", "other days"],
)
def test_a_fingerprint_differs_with_each_part_of_the_request(other: OrderRequest) -> None:
    assert other.fingerprint("me") != REQUEST.fingerprint("me")


def test_a_fingerprint_differs_with_the_principal() -> None:
    assert REQUEST.fingerprint("me") != REQUEST.fingerprint("you")


@pytest.mark.parametrize(
    ("created_at", "settled"),
    [
        (datetime(2026, 10, 31, 22, 59, tzinfo=UTC), False),
        (datetime(2026, 10, 31, 23, 0, tzinfo=UTC), True),
    ],
    ids=["23:59 in Zurich on the last day", "midnight in Zurich after it"],
)
def test_an_order_is_settled_when_it_was_placed_after_its_window_had_ended(created_at: datetime, settled: bool) -> None:
    noted = NotedOrder(
        order_id="o1",
        request=REQUEST,
        fingerprint="f",
        created_at=created_at,
        state=OrderState.DONE,
        platform_state="DONE",
    )
    assert noted.is_settled() is settled


def test_the_pace_checks_after_2_seconds_then_10_growing_to_30() -> None:
    assert [Pace().delay(polls) for polls in range(6)] == [2.0, 10.0, 15.0, 22.5, 30.0, 30.0]


def test_a_slower_pace_than_the_cap_is_kept() -> None:
    assert [Pace(gap_s=60).delay(polls) for polls in range(4)] == [2.0, 60.0, 60.0, 60.0]


@given(polls=st.integers(0, 10**9))
def test_the_pace_never_asks_more_often_than_the_vendor_allows_nor_overflows(polls: int) -> None:
    assert polls == 0 or 10.0 <= Pace().delay(polls) <= 30.0


@pytest.mark.parametrize(
    ("state", "word", "waited_s", "patience_s", "due_in_s", "step"),
    [
        (OrderState.DONE, "DONE", 0, 45, 2, Fetch()),
        (OrderState.DONE, "DONE", 99, 45, 2, Fetch()),
        (OrderState.FAILED, "ERROR", 0, 45, 2, Fail("ERROR")),
        (OrderState.PENDING, "PENDING", 0, 45, 2, Wait(2)),
        (OrderState.PROCESSING, "RUNNING", 40, 45, 10, Wait(5)),
        (OrderState.PROCESSING, "RUNNING", 40, 45, -3, Wait(0)),
        (OrderState.PROCESSING, "RUNNING", 45, 45, 10, Later()),
        (OrderState.PENDING, "PENDING", 0, 0, 0, Later()),
    ],
    ids=["ready", "ready late", "failed", "first", "to the end", "overdue", "patience over", "no patience"],
)
def test_an_order_is_waited_for_fetched_or_given_up_by_its_state_and_the_patience(
    state: OrderState, word: str, waited_s: float, patience_s: float, due_in_s: float, step: object
) -> None:
    assert next_step(state, word, waited_s=waited_s, patience_s=patience_s, due_in_s=due_in_s) == step


@given(
    state=st.sampled_from(OrderState),
    waited_s=st.floats(0, 1e6),
    patience_s=st.floats(0, 1e6),
    due_in_s=st.floats(-1e6, 1e6),
)
def test_a_wait_never_outlives_the_patience(
    state: OrderState, waited_s: float, patience_s: float, due_in_s: float
) -> None:
    step = next_step(state, state, waited_s=waited_s, patience_s=patience_s, due_in_s=due_in_s)
    assert not isinstance(step, Wait) or 0 <= step.seconds <= patience_s - waited_s
