"""Requests: everything that can be refused without a call is, by name and with the way out."""

from datetime import UTC, date, datetime

import pytest

from unique_analytics_mcp.domain.measures import Measure, SummaryPlan
from unique_analytics_mcp.domain.report import Column, ColumnKind, Option, ReportType
from unique_analytics_mcp.domain.request import find_report_type, order_request
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


def ask(**changes: object) -> object:
    fields: dict[str, object] = {
        "report": CATALOGUE["NPS"],
        "period": None,
        "start_date": None,
        "end_date": None,
        "options": {},
        "now": NOW,
        "time_zone": "Europe/Zurich",
    }
    return order_request(**(fields | changes))  # pyright: ignore[reportArgumentType] - a table of changes


def test_a_legal_request_carries_type_window_and_trimmed_options() -> None:
    request = order_request(
        report=CATALOGUE["NPS"],
        period="last_7_days",
        start_date=None,
        end_date=None,
        options={"assistant_id": " a1 "},
        now=NOW,
        time_zone="Europe/Zurich",
    )
    assert (request.backend, request.type, request.options) == ("unique", "NPS", {"assistant_id": "a1"})
    assert (request.window.start, request.window.end) == (date(2026, 11, 14), date(2026, 11, 20))


def test_a_blank_option_counts_as_not_given() -> None:
    request = order_request(
        report=CATALOGUE["NPS"],
        period="yesterday",
        start_date=None,
        end_date=None,
        options={"assistant_id": "  "},
        now=NOW,
        time_zone="Europe/Zurich",
    )
    assert request.options == {}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"period": "last_15_days"}, "14"),
        ({"options": {"granularity": "P1D"}}, "NPS does not take granularity"),
        ({"options": {"granularity": "P1D"}}, "NPS takes: assistant_id."),
        ({"report": report("X", options=()), "options": {"a": "b"}}, "X takes: no options."),
        ({"period": "zebra"}, "2026-11-21"),
    ],
    ids=["too long", "foreign option", "the options there are", "no options", "period"],
)
def test_what_breaks_a_rule_is_refused_by_name(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        ask(**change)
    assert sentence in str(caught.value)
