"""Requests: everything that can be refused without a call is, by name and with the way out."""

from datetime import UTC, datetime

import pytest

from unique_analytics_mcp.domain.measures import Measure, SummaryPlan
from unique_analytics_mcp.domain.period import resolve_window
from unique_analytics_mcp.domain.report import Column, ColumnKind, Option, ReportType
from unique_analytics_mcp.domain.request import find_report_type, order_request
from unique_analytics_mcp.domain.window import Window
from unique_analytics_mcp.errors import InvalidRequest

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def report(name: str, **changes: object) -> ReportType:
    fields = {
        "name": name,
        "backend": "unique",
        "title": name.title(),
        "answers": "Who asked what.",
        "row": "one question",
        "columns": (Column(header="Count", kind=ColumnKind.INTEGER, meaning="questions", adds_up=True),),
        "max_days": 14,
        "roles": "chat.feedback.read",
        "caveats": (),
        "summary": SummaryPlan(totals=(Measure(name="rows", how="rows"),)),
        "options": (Option(name="assistant_id", meaning="Only this assistant."),),
    }
    return ReportType(**(fields | changes))  # pyright: ignore[reportArgumentType] - a table of changes


CATALOGUE = {name: report(name) for name in ("CHAT_INTERACTION", "NPS", "USER_CHAT_EXPORT")}
ENABLED = ("CHAT_INTERACTION", "NPS")


@pytest.mark.parametrize("name", ["CHAT_INTERACTION", "chat_interaction", " Chat_Interaction "])
def test_a_type_is_found_in_any_case(name: str) -> None:
    assert find_report_type(name, catalogue=CATALOGUE, enabled=ENABLED) is CATALOGUE["CHAT_INTERACTION"]


@pytest.mark.parametrize(
    ("name", "sentences"),
    [
        ("CHAT_INTERACTIONS", ["no report type 'CHAT_INTERACTIONS'", "Did you mean CHAT_INTERACTION?", "NPS"]),
        ("zebra", ["no report type 'zebra'", "The report types are: CHAT_INTERACTION, NPS."]),
        ("", ["no report type ''"]),
        ("USER_CHAT_EXPORT", ["switched off", "UNIQUE_ANALYTICS_REPORT_TYPES", "Switched on: CHAT_INTERACTION, NPS."]),
    ],
    ids=["near", "far", "empty", "switched off"],
)
def test_a_type_that_may_not_be_ordered_is_refused_with_those_that_may(name: str, sentences: list[str]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        find_report_type(name, catalogue=CATALOGUE, enabled=ENABLED)
    assert [sentence for sentence in sentences if sentence not in str(caught.value)] == []


def last_days(count: int) -> Window:
    return resolve_window(period=f"last_{count}_days", now=NOW, time_zone="Europe/Zurich")


def test_a_legal_request_carries_type_window_and_trimmed_options() -> None:
    request = order_request(CATALOGUE["NPS"], last_days(7), {"assistant_id": " a1 "})
    assert (request.backend, request.type, request.options) == ("unique", "NPS", {"assistant_id": "a1"})
    assert request.window == last_days(7)


@pytest.mark.parametrize(
    ("report", "days", "options", "sentence"),
    [
        (CATALOGUE["NPS"], 15, {}, "14"),
        (CATALOGUE["NPS"], 1, {"granularity": "P1D"}, "NPS does not take granularity"),
        (CATALOGUE["NPS"], 1, {"granularity": "P1D"}, "NPS takes: assistant_id."),
        (CATALOGUE["NPS"], 1, {"assistant_id": "  "}, "assistant_id is blank. Give it a value, or leave it out."),
        (report("X", options=()), 1, {"a": "b"}, "X takes: no options."),
    ],
    ids=["too long", "foreign option", "the options there are", "a blank", "no options"],
)
def test_what_breaks_a_rule_is_refused_by_name(
    report: ReportType, days: int, options: dict[str, str], sentence: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        order_request(report, last_days(days), options)
    assert sentence in str(caught.value)
