"""The demonstration: what it shows is what it counted, and it says so when it is not."""

import re
from datetime import date
from pathlib import Path

import pytest

from clients import client_on
from fakes import FakeBackend
from pictures import size_of
from tenant import server, tenant
from unique_analytics_mcp.__main__ import main
from unique_analytics_mcp.domain.summary import Cell, Summary, Table, Total
from unique_analytics_mcp.errors import UnexpectedAnswer
from unique_analytics_mcp.platforms import PLATFORMS
from unique_analytics_mcp.render import CONCISE_TOKENS, fit
from unique_analytics_mcp.server import demo
from unique_analytics_mcp.server.demo import Recount, connections, demonstrate, recounts, recounts_of_queues
from unique_analytics_mcp.simulator import build_firm, identifier
from unique_analytics_mcp.simulator.unique.reports import REPORTS, Extract, csv_chunks
from unique_analytics_mcp.terminal import Terminal

pytestmark = pytest.mark.thorough

ROWS = [
    {"Email": "ada@firm.example", "Assistant": "Legal", "Count": "7"},
    {"Email": "ben@firm.example", "Assistant": "Legal", "Count": "2"},
    {"Email": "ada@firm.example", "Assistant": "Translator", "Count": "3"},
]


def summary(users: list[list[object]]) -> Summary:
    def table(name: str, columns: list[str], rows: list[list[object]]) -> Table:
        return Table.model_validate(
            {"name": name, "columns": columns, "rows": rows, "total_rows": len(rows), "truncated": False}
        )

    return Summary.model_construct(
        tables=[
            table("days", ["date", "interactions"], [["2025-03-01", 12]]),
            table("users", ["email", "interactions", "share"], users),
            table("assistants", ["assistant", "interactions"], [["Legal", 9], ["Translator", 3]]),
            table("pairs", ["email", "assistant", "interactions"], [["ada@firm.example", "Legal", 7]]),
        ]
    )


def test_the_leaders_agree_with_a_plain_count() -> None:
    assert [
        (recount.shown, recount.agrees) for recount in recounts(summary([["ada@firm.example", 10, 0.8]]), ROWS)
    ] == [
        ("ada@firm.example: 10", True),
        ("Legal: 9", True),
        ("ada@firm.example with Legal: 7", True),
    ]


@pytest.mark.parametrize(
    ("users", "shown"),
    [
        ([["ada@firm.example", 11, 0.8]], "ada@firm.example: 11"),
        ([["ben@firm.example", 10, 0.8]], "ben@firm.example: 10"),
        ([], "nobody: None"),
    ],
    ids=["wrong number", "wrong person", "no ranking"],
)
def test_a_ranking_that_is_not_what_the_csv_says_is_seen(users: list[list[object]], shown: str) -> None:
    first = recounts(summary(users), ROWS)[0]
    assert first == Recount(of="the most active person", shown=shown, counted="ada@firm.example: 10")
    assert not first.agrees


def test_a_queues_average_is_its_milliseconds_by_its_times_and_never_another() -> None:
    columns = ["queue_name", "queue_id", "handled", "average_handle_s"]
    rows: list[list[Cell]] = [["Support", "1", 3, "40"], ["(empty)", "(empty)", 1, "900"], ["Claims", "2", 1, "60.1"]]
    table = Table(name="queues", columns=columns, rows=rows, total_rows=3, truncated=False)
    totals = [Total(name="handled", value=5, unit="legs"), Total(name="average_handle_s", value="217", unit="s")]
    csv = [("Support", "2", "20000"), ("Support", "1", "100000"), ("Claims", "1", "60050"), ("", "1", "900000")]
    slowest, busiest, together = recounts_of_queues(
        Summary.model_construct(tables=[table], totals=totals),
        [{"queueName": name, "tHandle.count": count, "tHandle.sumMs": spent} for name, count, spent in csv],
    )
    assert (slowest.agrees, slowest.shown) == (True, "Claims: 60.1 s over 1 legs of conversations")
    assert (busiest.agrees, busiest.shown) == (True, "Support: 40.0 s over 3 legs of conversations")
    assert not together.agrees
    assert together.counted == "216.0 s over 5 legs of conversations"


def test_of_several_leaders_any_may_come_first() -> None:
    rows = [*ROWS, {"Email": "ben@firm.example", "Assistant": "Other", "Count": "8"}]
    assert recounts(summary([["ben@firm.example", 10, 0.5]]), rows)[0].agrees
    assert recounts(summary([["ada@firm.example", 10, 0.5]]), rows)[0].agrees


async def test_the_whole_report_is_read_through_the_protocol_page_by_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    notes: list[str] = []
    monkeypatch.setattr(demo, "PAGE_ROWS", 7)
    with tenant(monkeypatch, tmp_path, users=20, delay_s=0.1) as served:
        shown = await demonstrate(notes.append, server=server())
        assert len(served.order_ids) == 1
    assert shown.rows == shown.summary.provenance.rows > 14
    assert all(recount.agrees for recount in shown.recounts)
    assert notes
    assert size_of(shown.chart) == (1200, 675)


async def test_a_server_that_answers_with_an_error_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with tenant(monkeypatch, tmp_path, faults="failed"), pytest.raises(UnexpectedAnswer, match="FAILED"):
        await demonstrate(print, server=server())


def test_the_texts_to_copy_start_this_very_server() -> None:
    for backend in PLATFORMS:
        texts = connections(backend)
        assert len(texts) == 3
        assert all("unique_analytics_mcp" in text and "--demo" in text for text in texts.values())
        assert all(
            (f"--backend {backend}" in text.replace('", "', " ")) == (backend != "unique") for text in texts.values()
        )


@pytest.mark.parametrize("backend", PLATFORMS)
def test_the_command_shows_the_answer_checks_it_and_says_how_to_connect(
    capfd: pytest.CaptureFixture[str], backend: str
) -> None:
    assert main(["demo", "--backend", backend]) == 0
    out, err = capfd.readouterr()
    assert out.count("checked: ") == 3
    assert "DIFFERS" not in out
    assert "claude mcp add" in out
    (picture,) = re.findall(r"^(/.*/unique-analytics-.*\.png)$", out, flags=re.MULTILINE)
    assert size_of(Path(picture).read_bytes()) == (1200, 675)
    Path(picture).unlink()
    assert "\x1b" not in out + err
    assert "Traceback" not in err


def test_a_difference_is_a_line_and_code_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = Recount(of="the most active person", shown="ada: 10", counted="ada: 11")

    async def differing(*_: object) -> demo.Demonstration:
        return demo.Demonstration(summary=summary([]), protocol="2026-07-28", rows=3, recounts=(wrong,), chart=b"")

    def shown_elsewhere(_terminal: Terminal, _summary: Summary) -> None: ...

    monkeypatch.setattr(demo, "demonstrate", differing)
    monkeypatch.setattr(Terminal, "summary", shown_elsewhere)
    assert main(["demo"]) == 1
    assert "DIFFERS, the CSV says ada: 11" in capsys.readouterr().out


def october() -> bytes:
    """The report behind the question, of all 400 people."""
    extract = Extract(firm=build_firm(7, 400), order_id="order_1", start=date(2026, 10, 1), end=date(2026, 10, 31))
    return b"".join(csv_chunks(REPORTS["CHAT_INTERACTION"], extract))


async def test_the_concise_answer_shows_ten_rows_whatever_id_the_platform_gives_the_order(tmp_path: Path) -> None:
    async with client_on(FakeBackend(csv=october()), tmp_path) as client:
        question = {"type": "CHAT_INTERACTION", "period": "2026-10", "response_format": "detailed"}
        told = (await client.call_tool("run_analytics_report", question)).structured_content
    whole = Summary.model_validate(told["summary"])
    assert [len(table.rows) for table in whole.tables] == [10, 10, 10, 31, 4]
    for number in range(100):
        order_id = identifier("analyticOrder", f"any/{number}")
        renamed = Summary.model_validate_json(whole.model_dump_json().replace("order_1", order_id))
        assert [len(table.rows) for table in fit(renamed, CONCISE_TOKENS).tables] == [10, 10, 10, 0, 4], order_id
