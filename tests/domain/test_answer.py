"""Summaries as callers see them: where their numbers come from, and the calls that make sense next."""

from dataclasses import replace
from datetime import date

import pytest

from domain.noting import ARGUMENTS, OCTOBER, TODAY, ZONE, noted
from unique_analytics_mcp.domain.answer import summary_of
from unique_analytics_mcp.domain.fetched import Intake
from unique_analytics_mcp.domain.order import NotedOrder
from unique_analytics_mcp.domain.provenance import Source
from unique_analytics_mcp.domain.summary import Figures, Table
from unique_analytics_mcp.domain.window import Window

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
