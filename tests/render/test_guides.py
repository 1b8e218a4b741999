"""Guides to the reports that can be ordered."""

from __future__ import annotations

from dataclasses import replace

from render.showing import leaves
from unique_analytics_mcp.backends.genesys.reports import genesys_reports
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.domain.measures import SummaryPlan
from unique_analytics_mcp.domain.report import Column, ColumnKind, Option, ReportType
from unique_analytics_mcp.render import CONCISE_TOKENS, cost, guide_text, guide_to_all, guide_to_one, structured

INTERACTIONS = ReportType(
    name="CHAT_INTERACTION",
    backend="unique",
    title="Chat interactions",
    answers="Who used which assistant most?",
    row="one person, day and assistant",
    columns=(
        Column(header="Email", kind=ColumnKind.TEXT, meaning="Who asked.", personal=True),
        Column(header="Count", kind=ColumnKind.INTEGER, meaning="Questions.", unit="interactions", adds_up=True),
        Column(
            header="Message", kind=ColumnKind.TEXT, meaning="The question.", free_text=True, optional=True,
            role="chat.data.admin",
        ),
    ),
    max_days=365,
    roles="chat.feedback.read",
    caveats=("Emails may be pseudonyms.",),
    summary=SummaryPlan(totals=()),
    options=(Option(name="assistant_id", meaning="Only this assistant."),),
)  # fmt: skip


def test_the_guide_to_all_reports_is_one_row_each() -> None:
    guide = guide_to_all({"CHAT_INTERACTION": INTERACTIONS}, time_zone="Europe/Zurich")
    assert guide.tables[0].rows == [
        ["CHAT_INTERACTION", "Who used which assistant most?", 365, "chat.feedback.read", "assistant_id"]
    ]
    assert "Days are those of Europe/Zurich" in guide_text(guide)


def test_the_guide_to_all_reports_names_the_columns_that_a_statement_may_read() -> None:
    wide = replace(INTERACTIONS, name="WIDE", columns=INTERACTIONS.columns[:1] * 14)
    guide = guide_to_all({"CHAT_INTERACTION": INTERACTIONS, "WIDE": wide}, time_zone="Europe/Zurich")
    assert guide.tables[1].rows == [
        ["CHAT_INTERACTION", "email, count, message"],
        ["WIDE", f"{', '.join(['email'] * 12)} and 2 more"],
    ]


def test_the_guide_to_all_reports_of_both_services_is_a_concise_answer() -> None:
    guide = guide_to_all({**UNIQUE_REPORTS, **genesys_reports(personal=True)}, time_zone="Europe/Zurich")
    assert cost(guide, guide_text(guide)) <= CONCISE_TOKENS
    assert "email, date, assistant, count, desktop_count" in guide_text(guide)


def test_the_guide_to_one_report_explains_its_columns_options_and_caveats() -> None:
    guide = guide_to_one(INTERACTIONS, time_zone="Europe/Zurich")
    named = {table.name: table.rows for table in guide.tables}
    assert named["options"] == [["assistant_id", "Only this assistant."]]
    assert named["columns"] == [
        ["email", "text", "", "Who asked.", "identifies people"],
        ["count", "integer", "interactions", "Questions.", "may be added"],
        ["message", "text", "", "The question.", "written by people, may be missing, needs chat.data.admin"],
    ]
    assert [leaf for leaf in leaves(structured(guide)) if leaf not in guide_text(guide)] == []


def test_a_report_without_options_has_no_table_of_them() -> None:
    bare = guide_to_one(
        ReportType(
            name="X", backend="unique", title="", answers="", row="", columns=(), max_days=1, roles="", caveats=(),
            summary=SummaryPlan(totals=()),
        ),
        time_zone="UTC",
    )  # fmt: skip
    assert [table.name for table in bare.tables] == ["reports", "columns"]
    assert "Caveats" not in guide_text(bare)
