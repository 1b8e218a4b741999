"""Answers: what a caller sees of an order and of a summary, and the call that makes sense next."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from unique_analytics_mcp.domain.answer import summary_of
from unique_analytics_mcp.domain.fetched import Intake
from unique_analytics_mcp.domain.measures import SummaryPlan
from unique_analytics_mcp.domain.order import NextCall, NotedOrder, Order, OrderRequest, OrderState, PlatformOrder
from unique_analytics_mcp.domain.order_answer import (
    adopted_request,
    is_reusable,
    own_order,
    planned_order,
    platform_order,
)
from unique_analytics_mcp.domain.provenance import Source
from unique_analytics_mcp.domain.report import Column, ColumnKind, ReportType
from unique_analytics_mcp.domain.summary import Figures, Table
from unique_analytics_mcp.domain.window import Window
from unique_analytics_mcp.errors import UnexpectedAnswer

ZONE = "Europe/Zurich"
OCTOBER = Window(start=date(2026, 10, 1), end=date(2026, 10, 31), time_zone=ZONE, label="last_month", complete=True)
REQUEST = OrderRequest(backend="unique", type="NPS", window=OCTOBER, options={"assistant_id": "a1"})
AFTER_OCTOBER = datetime(2026, 11, 21, 9, tzinfo=UTC)
ARGUMENTS = {"type": "NPS", "start_date": "2026-10-01", "end_date": "2026-10-31", "assistant_id": "a1"}


def noted(
    state: OrderState = OrderState.DONE, *, window: Window = OCTOBER, created_at: datetime = AFTER_OCTOBER
) -> NotedOrder:
    return NotedOrder(
        order_id="o1",
        request=OrderRequest(backend="unique", type="NPS", window=window, options={"assistant_id": "a1"}),
        fingerprint="f",
        created_at=created_at,
        state=state,
        platform_state=state,
        remarks=("Prompts are hidden.",),
    )


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


TODAY = Window(start=date(2026, 11, 1), end=date(2026, 11, 21), time_zone=ZONE, label="this_month", complete=False)


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


NPS = ReportType(
    name="NPS",
    backend="unique",
    title="Net promoter score",
    answers="How satisfied people are.",
    row="one answer",
    columns=(Column(header="Score", kind=ColumnKind.INTEGER, meaning="0 to 10"),),
    max_days=365,
    roles="chat.feedback.read",
    caveats=(),
    summary=SummaryPlan(totals=()),
)
INTAKE = Intake(
    rows=3,
    rejected_rows=1,
    rejected_records=(2,),
    columns=(("Score", "score", "integer"), ("Mood", "mood", "text")),
    columns_missing=("Feedback",),
    columns_unknown=("Mood",),
    unreadable_cells={},
)


def source(order: NotedOrder | None = None, intake: Intake = INTAKE) -> Source:
    return Source(order=order or noted(), intake=intake, sha256="ab" * 32)


def table(*, truncated: bool) -> Table:
    return Table(name="scores", columns=["score"], rows=[[9]], total_rows=2 if truncated else 1, truncated=truncated)


def figures(*, truncated: bool = False) -> Figures:
    tables = table(truncated=False), table(truncated=truncated)
    return Figures(headline="Nine.", totals=(), tables=tables, caveats=("From the report.",))


def test_a_summary_says_where_its_numbers_come_from() -> None:
    summary = summary_of(source(), figures(), saved_to="october.csv")
    assert summary.provenance.model_dump(mode="json") == {
        "order_id": "o1",
        "type": "NPS",
        "window": OCTOBER.model_dump(mode="json"),
        "options": {"assistant_id": "a1"},
        "as_of": "2026-11-21T09:00:00Z",
        "rows": 3,
        "rejected_rows": 1,
        "columns_missing": ["Feedback"],
        "columns_unknown": ["Mood"],
        "sha256": "ab" * 32,
        "truncated": False,
        "parts": [],
    }
    assert (summary.headline, summary.csv_uri, summary.saved_to) == (
        "Nine.",
        "analytics://orders/o1/report.csv",
        "october.csv",
    )


def test_caveats_start_with_what_the_platform_said_and_name_a_running_window() -> None:
    summary = summary_of(source(noted(window=TODAY)), figures())
    assert summary.caveats[0] == "Prompts are hidden."
    assert "still running" in summary.caveats[1]
    assert summary.caveats[2:] == ["From the report."]


@pytest.mark.parametrize(
    ("truncated", "tools"),
    [(False, ["run_analytics_report"]), (True, ["download_report_summary", "run_analytics_report"])],
)
def test_a_cut_summary_names_the_call_for_the_rest_first(truncated: bool, tools: list[str]) -> None:
    summary = summary_of(source(), figures(truncated=truncated))
    assert [step.tool for step in summary.next_steps] == tools
    assert summary.provenance.truncated is truncated


@pytest.mark.parametrize(
    ("shown", "tool", "top"),
    [
        (10, "download_report_summary", 50),
        (50, "download_report_summary", 100),
        (99, "download_report_summary", 100),
        (100, "query_report", None),
    ],
)
def test_the_call_for_the_rest_gives_more_than_was_shown(shown: int, tool: str, top: int | None) -> None:
    cut = Table(name="users", columns=["email"], rows=[["a"]] * shown, total_rows=900, truncated=True)
    made = replace(figures(), tables=(cut,))
    more = summary_of(source(), made).next_steps[0]
    assert (more.tool, more.arguments.get("top")) == (tool, top)


def test_the_comparison_is_offered_in_one_call() -> None:
    (compare,) = summary_of(source(), figures()).next_steps
    assert compare.arguments == ARGUMENTS | {"compare_to": "previous_period"}


NOTHING = replace(INTAKE, rows=0, rejected_rows=0)


def test_of_an_empty_report_the_question_without_its_filter_is_offered() -> None:
    request = replace(noted().request, options={"assistant_id": "nobody"})
    empty = replace(noted(), request=request)
    (without,) = summary_of(source(empty, NOTHING), figures(), filters=["assistant_id"]).next_steps
    assert without.arguments == {name: value for name, value in ARGUMENTS.items() if name != "assistant_id"}
    assert without.why == (
        "Without assistant_id, which may match nothing: an id is meant, no name; query_report can choose by names that "
        "the report has."
    )


def test_of_an_empty_report_without_a_filter_the_window_before_is_offered() -> None:
    request = replace(noted().request, options={})
    (compare,) = summary_of(source(replace(noted(), request=request), NOTHING), figures()).next_steps
    assert compare.arguments["compare_to"] == "previous_period"
    assert compare.why == "Shows whether there was anything in as many days before."


def test_a_report_without_a_row_that_can_be_read_offers_nothing_to_compare() -> None:
    unread = replace(NOTHING, rejected_rows=3)
    assert summary_of(source(intake=unread), figures()).next_steps == []


def test_a_window_with_nothing_before_it_offers_no_comparison() -> None:
    first_day = Window(start=date(2000, 1, 1), end=date(2000, 1, 1), time_zone=ZONE, label="2000-01-01", complete=True)
    assert summary_of(source(noted(window=first_day)), figures()).next_steps == []
