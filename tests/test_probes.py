"""The probes can fail: a wrong number, a form that lacks it and a call that does not answer are each told."""

import json
import time
from datetime import UTC, date, datetime
from pathlib import Path

import anyio
import pytest
from mcp.client import Client
from mcp_types import CallToolResult, TextContent

from fakes import HANGS_S
from probes.asking import Outcome, Question, ask, query, report, suggested
from probes.claims import Claim, first, picture, refused, row, rows, says, size, total
from probes.counting import added, ranked
from probes.days import span
from probes.platforms import ASKED, Asked
from probes.questions import QUESTIONS
from probes.report import Findings, together
from probes.truth import Truth
from tenant import MARCH, server, tenant
from unique_analytics_mcp.app import catalogue_of
from unique_analytics_mcp.domain.period import resolve_window
from unique_analytics_mcp.server.tools import tools
from unique_analytics_mcp.settings import Settings

CHAT = "CHAT_INTERACTION"
DAYS = f"{MARCH['start_date']}..{MARCH['end_date']}"
TEXT = """\
Ada used it most.

Totals: people 2; interactions 12 (questions with their answers).

**users** (2 of 5 rows)
| email | interactions |
|---|---|
| ada \\| co@nordwind.example | 10 |
| ben@nordwind.example |  |
"""
STRUCTURE: dict[str, object] = {
    "summary": {
        "headline": "Ada used it most.",
        "totals": [{"name": "people", "value": 2, "unit": "people"}, {"name": "interactions", "value": 12, "unit": ""}],
        "tables": [
            {
                "name": "users",
                "columns": ["email", "interactions"],
                "rows": [["ada | co@nordwind.example", 10], ["ben@nordwind.example", None]],
                "total_rows": 5,
            }
        ],
    }
}


def answer(text: str = TEXT, structure: dict[str, object] | None = None, *, is_error: bool = False) -> CallToolResult:
    return CallToolResult(content=[TextContent(text=text)], structured_content=structure, is_error=is_error)


@pytest.mark.parametrize(
    "claim",
    [
        pytest.param(total("interactions", 12), id="a total"),
        pytest.param(first("users", "ada | co@nordwind.example", 10), id="the first row"),
        pytest.param(row("users", "ben@nordwind.example", ""), id="any row"),
        pytest.param(row("users", "ada | co@nordwind.example", "10.0"), id="a number by its value"),
        pytest.param(rows("users", ["ada | co@nordwind.example"], ["ben@nordwind.example"]), id="all rows"),
        pytest.param(size("users", 5), id="the number of rows"),
        pytest.param(says("used it most"), id="words"),
    ],
)
def test_a_claim_holds_only_when_text_and_structured_content_each_hold_it(claim: Claim) -> None:
    assert list(claim.missing(answer(structure=STRUCTURE))) == []
    (text_lacks,) = claim.missing(answer("Nothing.", STRUCTURE))
    (structure_lacks,) = claim.missing(answer(structure={}))
    (is_refused,) = claim.missing(answer("Error: no.", is_error=True))
    assert text_lacks.startswith("the text lacks ")
    assert structure_lacks.startswith("the structured content lacks ")
    assert is_refused == "refused: Error: no."


@pytest.mark.parametrize(
    "claim",
    [
        pytest.param(total("interactions", 1), id="the beginning of a number"),
        pytest.param(total("people", 12), id="another total's number"),
        pytest.param(first("users", "ben@nordwind.example"), id="the second row as the first"),
        pytest.param(row("users", "ada | co@nordwind.example", 100), id="a number of the row that is longer"),
        pytest.param(rows("users", ["ada | co@nordwind.example"]), id="one row too many"),
        pytest.param(size("users", 2), id="the rows shown for all rows"),
        pytest.param(says("Ben used it most"), id="other words"),
    ],
)
def test_a_claim_that_is_nearly_right_is_wrong_in_both_forms(claim: Claim) -> None:
    assert len(list(claim.missing(answer(structure=STRUCTURE)))) == 2


def test_a_refusal_is_told_from_an_answer_and_a_chart_from_a_text() -> None:
    assert list(refused("no such day").missing(answer("Error: no such day", is_error=True))) == []
    assert len(list(refused("no such day").missing(answer("Error: no", is_error=True)))) == 1
    assert len(list(refused("used").missing(answer(structure=STRUCTURE)))) == 1
    assert len(list(picture().missing(answer()))) == 1


async def outcome_of(question: Question, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Outcome:
    """Asked of our server over a tenant of five people."""
    with tenant(monkeypatch, folder) as pretended:
        truth = Truth(pretended.environment, pretended.platform.tenant.today)
        with anyio.fail_after(HANGS_S):
            async with Client(server()) as client:
                return await ask(client, question, truth, clock=time.perf_counter, platform="unique")


async def test_an_answer_is_held_against_a_count_of_the_platforms_own_rows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    question = Question(
        "Who was the most active in March?",
        [report(CHAT, **MARCH), query("#1", "SELECT email, sum(count) FROM report GROUP BY 1 ORDER BY 2 DESC, 1")],
        lambda true: [rows("rows", *ranked(true(CHAT, DAYS), "Email", by="Count"))],
    )
    found = await outcome_of(question, monkeypatch, tmp_path)
    assert (found.wrong, found.tools) == ([], ["run_analytics_report", "query_report"])
    assert found.tokens > 0


async def test_a_wrong_number_is_reported_as_wrong(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    question = Question(
        "How much was it used in March?",
        [report(CHAT, **MARCH), suggested("run_analytics_report")],
        lambda true: [total("interactions", added(true(CHAT, DAYS), "Count") + 1)],
    )
    found = await outcome_of(question, monkeypatch, tmp_path)
    assert [sentence.partition(" lacks ")[0] for sentence in found.wrong] == ["the text", "the structured content"]


RIGHT = Outcome(
    platform="unique", question="Who?", wrong=[], tools=["run_analytics_report"], tokens=1_200, seconds=0.25
)
WRONG = Outcome(
    platform="genesys", question="What?", wrong=["the text lacks it"], tools=["a", "b"], tokens=800, seconds=0.5
)


def test_the_report_names_each_question_what_is_wrong_and_the_totals() -> None:
    findings = together([Findings([RIGHT], {"unique": 3_000}), Findings([WRONG], {"genesys": 2_500})])
    text = findings.as_text()
    assert findings.wrong == [WRONG]
    assert [line.split() for line in text.splitlines()[2:4]] == [
        ["unique", "Who?", "right", "1", "1200", "250"],
        ["genesys", "What?", "WRONG", "2", "800", "500"],
    ]
    assert "WRONG  What? (genesys)\n  - the text lacks it\n" in text
    assert text.endswith("1 of 2 questions right: 3 calls, 2000 tokens of answers, 3000 at most of definitions, 0.8 s.")


def test_the_report_as_json_says_the_same() -> None:
    told = json.loads(Findings([RIGHT, WRONG], {"unique": 3_000}).as_json())
    assert [(each["question"], each["right"]) for each in told["questions"]] == [("Who?", True), ("What?", False)]
    assert told["totals"] == {
        "questions": 2,
        "right": 1,
        "calls": 3,
        "tokens": 2_000,
        "definition_tokens": {"unique": 3_000},
        "seconds": 0.75,
    }


def test_the_questions_are_many_and_different_and_use_every_tool() -> None:
    calls = [call for question in QUESTIONS for call in question.calls]
    assert len(QUESTIONS) >= 40
    assert len({question.text for question in QUESTIONS}) == len(QUESTIONS)
    assert {call.tool for call in calls} == {tool.name for tool in tools(allow_delete=False)}


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.name)
def test_every_platform_is_asked_a_dozen_different_questions_and_for_each_of_its_reports(asked: Asked) -> None:
    calls = [call for question in asked.questions for call in question.calls]
    assert len({question.text for question in asked.questions}) == len(asked.questions) >= 12
    types = {call.arguments.get("type") for call in calls}
    unasked = [name for name in catalogue_of(asked.name, Settings.model_construct()) if name not in types]
    assert unasked == [], "write a question for it in probes/questions/"


@pytest.mark.parametrize(
    "words",
    ["yesterday", "last_week", "last_month", "last_quarter", "last_90_days", "2026-02", "2026-Q3", DAYS, "2026-10-05"],
)
@pytest.mark.parametrize("today", [date(2026, 11, 21), date(2027, 1, 1), date(2028, 2, 29)], ids=str)
def test_the_probes_and_the_server_read_the_words_for_days_alike(words: str, today: date) -> None:
    now = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    window = resolve_window(period=words, start_date=None, end_date=None, now=now, time_zone="Europe/Zurich")
    assert span(words, today) == (window.start, window.end)
