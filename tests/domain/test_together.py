"""Answers of several orders: what a dry run says, what time being up says, where the numbers come from."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.domain.answer import summary_of
from unique_analytics_mcp.domain.fetched import Intake
from unique_analytics_mcp.domain.order import NotedOrder, OrderRequest, OrderState
from unique_analytics_mcp.domain.order_answer import own_order
from unique_analytics_mcp.domain.plan import ReportPlan, report_plan
from unique_analytics_mcp.domain.provenance import Part, Source
from unique_analytics_mcp.domain.summary import Figures, Table
from unique_analytics_mcp.domain.together import planned_together, summary_together, unfinished_together
from unique_analytics_mcp.domain.window import Window

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def plan(
    days: int = 20,
    *,
    complete: bool = True,
    compare: bool = False,
    split: bool = True,
    type_: str = "CHAT_INTERACTION_DETAILED",
    **options: str,
) -> ReportPlan:
    end = date(2026, 10, 31)
    window = Window(
        start=end - timedelta(days=days - 1), end=end, time_zone="UTC", label=f"last_{days}_days", complete=complete
    )
    return report_plan(UNIQUE_REPORTS[type_], window, options, compare=compare, split=split, most_orders=60)


def noted(request: OrderRequest, number: int, state: OrderState = OrderState.DONE) -> NotedOrder:
    return NotedOrder(
        order_id=f"order_{number}",
        request=request,
        fingerprint=str(number),
        created_at=NOON - timedelta(minutes=number),
        state=state,
        platform_state=state,
        remarks=("Prompts are hidden.",),
    )


def source(request: OrderRequest, number: int) -> Source:
    intake = Intake(
        rows=10 * number,
        rejected_rows=number,
        rejected_records=(),
        columns=(),
        columns_missing=("Answer",),
        columns_unknown=(f"Extra {number}",),
        unreadable_cells={},
    )
    return Source(order=noted(request, number), intake=intake, sha256=f"{number}" * 64)


def test_a_dry_run_lists_what_is_new_and_what_is_there() -> None:
    wanted = plan(90, assistant_id="a1")
    known = noted(wanted.parts[2], 1)
    order = planned_together(wanted, [None, None, known, None, None, None, None], at_once=3)
    assert (order.order_id, order.state, order.window, order.assistant_id) == (None, None, wanted.window, "a1")
    assert order.remarks[:4] == [
        "Dry run: nothing was ordered.",
        "Orders to place: 6, at most 3 at a time; equal orders to reuse: 1.",
        (
            "New: 2026-08-03..2026-08-16, 2026-08-17..2026-08-30, 2026-09-14..2026-09-27, 2026-09-28..2026-10-11, "
            "2026-10-12..2026-10-25, 2026-10-26..2026-10-31."
        ),
        "Reused: 2026-08-31..2026-09-13.",
    ]
    assert order.next_step.arguments == wanted.arguments


def test_a_dry_run_of_orders_that_are_all_there_places_none() -> None:
    wanted = plan(7)
    (request,) = wanted.parts
    order = planned_together(wanted, [noted(request, 1, OrderState.DONE)], at_once=3)
    assert order.next_step.why == "This gives the answer."


def test_a_long_dry_run_names_every_window() -> None:
    wanted = plan(365)
    order = planned_together(wanted, [None] * 27, at_once=3)
    said = " ".join(remark for remark in order.remarks if remark.startswith("New: "))
    assert [str(request.window.start) for request in wanted.parts if str(request.window.start) not in said] == []
    assert max(map(len, order.remarks)) <= 400


def test_time_being_up_names_the_call_that_goes_on_with_all_orders() -> None:
    wanted = plan(90)
    running = own_order(noted(wanted.parts[1], 1, OrderState.PROCESSING))
    late = unfinished_together(wanted, running, placed=4, ready=1)
    assert (late.order_id, late.state) == ("order_1", OrderState.PROCESSING)
    assert late.remarks == ["1 of 7 orders are ready, 3 not placed yet.", "Prompts are hidden."]
    assert (late.next_step.tool, late.next_step.arguments) == ("run_analytics_report", wanted.arguments)


def test_a_summary_of_several_orders_names_each_of_them() -> None:
    wanted = plan(14, compare=True, assistant_id="a1")
    sources = [source(request, number) for number, request in enumerate(wanted.requests, 1)]
    figures = Figures(headline="More.", totals=(), tables=(), caveats=("From the report.",))
    summary = summary_together(wanted, sources, figures, top=10)
    provenance = summary.provenance
    assert provenance.parts == [
        Part(
            order_id="order_1", start=date(2026, 10, 18), end=date(2026, 10, 31), before=False, rows=10, rejected_rows=1
        ),
        Part(
            order_id="order_2", start=date(2026, 10, 4), end=date(2026, 10, 17), before=True, rows=20, rejected_rows=2
        ),
    ]
    assert (provenance.order_id, provenance.window, provenance.rows, provenance.rejected_rows) == (
        "order_1",
        wanted.window,
        30,
        3,
    )
    assert (provenance.as_of, provenance.options) == (NOON - timedelta(minutes=2), {"assistant_id": "a1"})
    assert (provenance.columns_missing, provenance.columns_unknown) == (["Answer"], ["Extra 1", "Extra 2"])
    assert summary.caveats == ["Prompts are hidden.", "From the report."]
    (more,) = summary.next_steps
    assert more.arguments == wanted.arguments | {"top": 50, "response_format": "detailed"}


def cut_at(shown: int) -> Figures:
    whole = Table(name="daily", columns=["date"], rows=[["2026-10-31"]], total_rows=1, truncated=False)
    cut = Table(name="users", columns=["email"], rows=[["a"]] * shown, total_rows=900, truncated=True)
    return Figures(headline="More.", totals=(), tables=(whole, cut), caveats=())


@pytest.mark.parametrize(("top", "more"), [(3, 50), (15, 75), (30, 100)])
def test_the_next_call_shows_five_times_the_rows_within_what_a_summary_can(top: int, more: int) -> None:
    wanted = plan(14, compare=True)
    sources = [source(request, number) for number, request in enumerate(wanted.requests, 1)]
    summary = summary_together(wanted, sources, cut_at(top), top=top)
    assert summary.next_steps[0].arguments["top"] == more
    assert summary.provenance.truncated


def test_beyond_the_longest_ranking_a_query_over_all_orders_gives_the_rest() -> None:
    wanted = plan(14, compare=True)
    sources = [source(request, number) for number, request in enumerate(wanted.requests, 1)]
    _, rest, _ = summary_together(wanted, sources, cut_at(100), top=100).next_steps
    assert (rest.tool, rest.arguments["order_ids"]) == ("query_report", "order_1,order_2")
    assert [step.tool for step in summary_together(wanted, sources, cut_at(99), top=99).next_steps] == [
        "run_analytics_report",
        "chart_report",
    ]


def test_of_more_orders_than_a_call_may_name_neither_a_chart_nor_a_query_is_offered() -> None:
    wanted = plan(33 * 14)
    sources = [source(request, number) for number, request in enumerate(wanted.requests, 1)]
    (more,) = summary_together(wanted, sources, cut_at(100), top=100).next_steps
    assert more.tool == "run_analytics_report"


@pytest.mark.parametrize(
    ("type_", "compare", "tables", "tools"),
    [
        ("CHAT_INTERACTION", True, ["email"], ["run_analytics_report", "query_report"]),
        ("CHAT_INTERACTION", True, ["assistant"], ["run_analytics_report"]),
        ("CHAT_INTERACTION", False, ["email"], ["run_analytics_report"]),
        ("MODEL_USAGE", True, ["email"], ["run_analytics_report"]),
        ("REFERENCE_STAT", True, ["file_uploader"], ["run_analytics_report"]),
    ],
    ids=["people", "people who cannot be matched", "no comparison", "ids for people", "documents of people"],
)
def test_a_comparison_of_people_names_the_call_that_says_who_is_gone(
    type_: str, compare: bool, tables: list[str], tools: list[str]
) -> None:
    wanted = plan(14 if compare else 400, compare=compare, type_=type_)
    sources = [source(request, number) for number, request in enumerate(wanted.requests, 1)]
    shown = Table(name="found", columns=tables, rows=[["a"]], total_rows=1, truncated=False)
    figures = Figures(headline="More.", totals=(), tables=(shown,), caveats=())
    steps = summary_together(wanted, sources, figures, top=10).next_steps
    assert [step.tool for step in steps] == [*tools, "chart_report"]
    for step in steps[1:-1]:
        assert step.arguments == {
            "order_ids": "order_1,order_2",
            "sql": "FROM r2 ANTI JOIN r1 USING (email) SELECT DISTINCT email ORDER BY email",
        }


@pytest.mark.parametrize("compare", [False, True], ids=["one order", "compared"])
def test_where_a_report_says_again_what_its_order_said_the_report_is_believed(compare: bool) -> None:
    wanted = plan(14, compare=compare)
    placed, *others = [source(request, number) for number, request in enumerate(wanted.requests, 1)]
    reached = [f"The archive reached only to 2026-10-31 {hour}:00 (UTC)." for hour in ("07", "08")]
    order = replace(placed.order, remarks=(*placed.order.remarks, reached[0]))
    read = replace(placed, order=order, intake=replace(placed.intake, remarks=(reached[1],)))
    figures = Figures(headline="More.", totals=(), tables=(), caveats=(reached[1],))
    summary = summary_together(wanted, [read, *others], figures, top=10) if compare else summary_of(read, figures)
    assert summary.caveats == ["Prompts are hidden.", reached[1]]


def test_a_window_that_still_runs_is_said_to() -> None:
    wanted = plan(14, complete=False, compare=True)
    sources = [source(request, number) for number, request in enumerate(wanted.requests, 1)]
    figures = Figures(headline="More.", totals=(), tables=(), caveats=())
    assert any("still running" in caveat for caveat in summary_together(wanted, sources, figures, top=10).caveats)


@pytest.mark.parametrize(("late", "complete"), [(0, False), (1, False), (2, True)], ids=["part 1", "part 2", "before"])
def test_a_window_is_complete_where_nothing_of_its_own_parts_can_be_missing(late: int, complete: bool) -> None:
    wanted = plan(28, compare=True)
    sources = [source(request, number) for number, request in enumerate(wanted.requests, 1)]
    sources[late] = replace(sources[late], order=replace(sources[late].order, provisional=True))
    figures = Figures(headline="More.", totals=(), tables=(), caveats=())
    window = summary_together(wanted, sources, figures, top=10).provenance.window
    assert window is not None
    assert window.complete is complete


@pytest.mark.parametrize(
    ("days", "type_", "calls"),
    [
        pytest.param(31, "NPS", [("2026-09-01", "2026-09-30", None)], id="a month"),
        pytest.param(30, "NPS", [], id="no whole month"),
        pytest.param(31, "CHAT_INTERACTION_DETAILED", [("2026-09-01", "2026-09-30", True)], id="a month in parts"),
    ],
)
def test_a_comparison_of_a_month_names_the_call_for_the_month_before(
    days: int, type_: str, calls: list[tuple[str, str, bool | None]]
) -> None:
    wanted = plan(days, compare=True, type_=type_)
    sources = [source(request, number) for number, request in enumerate(wanted.requests)]
    figures = Figures(headline="", totals=(), tables=(), caveats=())
    steps = summary_together(wanted, sources, figures, top=10).next_steps
    found = [step.arguments for step in steps if "calendar months before" in step.why]
    assert [(each["start_date"], each["end_date"], each.get("split")) for each in found] == calls


@pytest.mark.parametrize(
    ("compare", "drawn", "why"),
    [
        (True, {"order_id": "order_0,order_1", "before": "order_2,order_3"}, "Draws both windows side by side."),
        (False, {"order_id": "order_0,order_1"}, "Draws the whole window."),
    ],
    ids=["compared", "merged"],
)
def test_what_several_orders_give_together_names_the_call_that_draws_it(
    compare: bool, drawn: dict[str, str], why: str
) -> None:
    wanted = plan(28, compare=compare)
    sources = [source(request, number + 1) for number, request in enumerate(wanted.requests)]
    sources = [replace(each, order=replace(each.order, order_id=f"order_{n}")) for n, each in enumerate(sources)]
    step = summary_together(wanted, sources, cut_at(3), top=3).next_steps[-1]
    assert (step.tool, step.arguments, step.why) == ("chart_report", drawn, why)


def test_totals_alone_are_nothing_to_draw() -> None:
    wanted = plan(14, compare=True)
    sources = [source(request, number) for number, request in enumerate(wanted.requests, 1)]
    totals = Table.whole("totals", ["total", "value", "before"], [["messages", 3, 2]])
    figures = Figures(headline="More.", totals=(), tables=(totals,), caveats=())
    assert [step.tool for step in summary_together(wanted, sources, figures, top=3).next_steps] == [
        "run_analytics_report"
    ]


@pytest.mark.parametrize(
    ("assistants", "rejected", "calls"),
    [([], 0, 0), (["nobody"], 0, 1), (["nobody"], 2, 0)],
    ids=["no filter", "a filter", "rows that cannot be read"],
)
def test_of_empty_reports_only_the_question_without_the_filter_is_offered(
    assistants: list[str], rejected: int, calls: int
) -> None:
    of_all = plan(14, compare=True)
    wanted = plan(14, compare=True, assistant_id=assistants[0]) if assistants else of_all
    sources = [source(request, number) for number, request in enumerate(wanted.requests, 1)]
    empty = [replace(each, intake=replace(each.intake, rows=0, rejected_rows=rejected)) for each in sources]
    figures = Figures(headline="", totals=(), tables=(), caveats=())
    _, *steps = summary_together(wanted, empty, figures, top=10).next_steps
    assert [step.arguments for step in steps] == [of_all.arguments] * calls
