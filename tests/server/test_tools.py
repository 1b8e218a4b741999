"""The tools through a real client: what they answer, in both forms and both protocol eras."""

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.client import Client
from mcp.server.mcpserver.exceptions import ToolError

from clients import client_on, links_of, served_on, text_of
from fakes import CSV, NOW, FakeBackend, FakeTime
from recount import HEADER
from unique_analytics_mcp.clock import Clock
from unique_analytics_mcp.errors import NotAllowed
from unique_analytics_mcp.progress import Progress
from unique_analytics_mcp.render import CONCISE_TOKENS, DETAILED_TOKENS, tokens
from unique_analytics_mcp.server.calls import increasing

OCTOBER = {"type": "CHAT_INTERACTION", "period": "last_month"}


def rows_of(summary: dict[str, Any], name: str) -> list[list[Any]]:
    return next(table["rows"] for table in summary["tables"] if table["name"] == name)


def big_csv(people: int, assistants: int) -> bytes:
    rows = (
        f"person.{person}@nordwind.example,{1 + person % 28:02d}.10.2026,Assistant number {assistant},"
        f"{person + assistant + 1},{person + assistant + 1},0,0,0\r\n"
        for person in range(people)
        for assistant in range(assistants)
    )
    return (f"{HEADER}\r\n" + "".join(rows)).encode()


# From question to numbers


async def test_one_call_goes_from_question_to_numbers(tmp_path: Path, mode: str) -> None:
    backend = FakeBackend(words=("PROCESSING", "DONE"))
    async with client_on(backend, tmp_path, mode=mode) as client:
        result = await client.call_tool("run_analytics_report", OCTOBER)
    assert not result.is_error, text_of(result)
    summary = result.structured_content["summary"]
    assert "order" not in result.structured_content
    assert rows_of(summary, "users")[0][:2] == ["ada.muster@nordwind.example", 10]
    assert summary["provenance"]["window"] == {
        "start": "2026-10-01", "end": "2026-10-31", "days": 31, "time_zone": "Europe/Zurich", "label": "last_month",
        "complete": True,
    }  # fmt: skip
    assert summary["headline"].replace("|", "") in text_of(result).replace("\\", "")
    assert "ada.muster@nordwind.example" in text_of(result)
    assert links_of(result) == [summary["csv_uri"]] == ["analytics://orders/order_1/report.csv"]


async def test_an_order_that_takes_longer_is_a_normal_answer_with_the_next_call(tmp_path: Path, mode: str) -> None:
    async with client_on(FakeBackend(words=("RUNNING",)), tmp_path, mode=mode) as client:
        result = await client.call_tool("run_analytics_report", OCTOBER | {"max_wait_seconds": 5})
    assert not result.is_error
    order = result.structured_content["order"]
    assert (order["state"], order["platform_state"], order["waited_seconds"]) == ("PROCESSING", "RUNNING", 5.0)
    assert order["next_step"]["tool"] == "wait_for_order"
    assert 'wait_for_order(order_id="order_1")' in text_of(result)
    assert "summary" not in result.structured_content


async def test_a_failed_order_is_an_error_that_says_how_to_go_on(tmp_path: Path, mode: str) -> None:
    async with client_on(FakeBackend(words=("ERROR",)), tmp_path, mode=mode) as client:
        result = await client.call_tool("run_analytics_report", OCTOBER)
    assert (result.is_error, result.structured_content) == (True, None)
    assert text_of(result).startswith("Error executing tool run_analytics_report: The platform ended order order_1")


async def test_options_reach_the_platform(tmp_path: Path) -> None:
    backend = FakeBackend()
    async with client_on(backend, tmp_path) as client:
        await client.call_tool("create_analytics_order", OCTOBER | {"assistant_id": "assistant_7"})
    assert backend.orders["order_1"].options == {"assistant_id": "assistant_7"}


async def test_an_answer_from_a_filtered_order_says_its_filter_in_both_forms(tmp_path: Path) -> None:
    order, asked = {"order_id": "order_1"}, {"assistant_id": "assistant_7"}
    async with client_on(FakeBackend(), tmp_path) as client:
        run = await client.call_tool("run_analytics_report", OCTOBER | asked)
        together = await client.call_tool("run_analytics_report", OCTOBER | asked | {"compare_to": "previous_period"})
        drawn = await client.call_tool("chart_report", order)
        rows = await client.call_tool("query_report", {"order_ids": "order_1", "sql": "SELECT 1"})
    for result in (run, together, drawn, rows):
        assert "assistant_id=assistant_7" in text_of(result)
    for summary in (run, together):
        assert summary.structured_content["summary"]["provenance"]["options"] == asked
    assert drawn.structured_content["provenance"]["options"] == asked
    assert rows.structured_content["sources"][0]["options"] == asked


@pytest.mark.parametrize(
    ("response_format", "budget"), [("concise", CONCISE_TOKENS), ("detailed", DETAILED_TOKENS)], ids=str
)
async def test_a_large_report_stays_within_the_budget_in_both_forms(
    response_format: str, budget: int, tmp_path: Path
) -> None:
    backend = FakeBackend(csv=big_csv(people=150, assistants=12))
    async with client_on(backend, tmp_path) as client:
        arguments = OCTOBER | {"top": 100, "response_format": response_format}
        result = await client.call_tool("run_analytics_report", arguments)
    assert result.structured_content["summary"]["headline"].startswith("Shortened to fit: ")
    assert text_of(result).startswith("Shortened to fit: ")
    assert budget * 0.8 <= tokens(text_of(result)) <= budget
    sent = result.model_dump_json(include={"structured_content"}, exclude_none=True)
    assert budget * 0.8 <= tokens(sent) - tokens('{"structured_content":}') <= budget


TORN = CSV.splitlines(keepends=True)[0] + b"ada.muster@nordwind.example,05.09.2026\r\n"
"""A report whose only record cannot be read."""


async def test_a_window_whose_every_row_is_rejected_is_not_said_to_have_none(tmp_path: Path) -> None:
    backend = FakeBackend(csv=TORN)
    days = {"type": "CHAT_INTERACTION", "start_date": "2026-08-31", "end_date": "2026-09-30"}
    async with client_on(backend, tmp_path) as client:
        await client.call_tool("run_analytics_report", days)
        backend.csv = CSV
        result = await client.call_tool("run_analytics_report", OCTOBER | {"compare_to": "previous_period"})
    summary = result.structured_content["summary"]
    assert summary["headline"].endswith("2026-08-31 to 2026-09-30, of which no row can be read.")
    said = [caveat for caveat in summary["caveats"] if "order_1" in caveat or caveat.startswith("2026-08-31")]
    assert [caveat.split(":")[1].split(" of the CSV")[0] for caveat in said] == [
        " 1 record",
        " The report has no row that can be read.",
    ]
    assert not any("no rows" in caveat for caveat in summary["caveats"])


@pytest.mark.parametrize(
    "asked",
    [{"period": "2026-10", "compare_to": "previous_period"}, {"period": "2025-10-01..2026-10-31", "split": True}],
    ids=["two windows", "two parts"],
)
async def test_nothing_that_can_be_read_is_not_said_to_be_nothing(asked: dict[str, Any], tmp_path: Path) -> None:
    async with client_on(FakeBackend(csv=TORN), tmp_path) as client:
        result = await client.call_tool("run_analytics_report", {"type": "CHAT_INTERACTION", **asked})
    summary = result.structured_content["summary"]
    assert "no row that can be read" in summary["headline"] or "of which no row can be read" in summary["headline"]
    assert summary["caveats"][0].startswith("1 record of the CSV could not be read")
    assert not any("has no rows" in caveat or "has rows" in caveat for caveat in summary["caveats"])


# One order, step by step


async def test_two_equal_creates_give_one_order(tmp_path: Path, mode: str) -> None:
    backend = FakeBackend()
    async with client_on(backend, tmp_path, mode=mode) as client:
        first = await client.call_tool("create_analytics_order", OCTOBER)
        second = await client.call_tool("create_analytics_order", OCTOBER)
    assert (first.structured_content["reused"], second.structured_content["reused"]) == (False, True)
    assert first.structured_content["order_id"] == second.structured_content["order_id"] == "order_1"
    assert "no new one was placed" in text_of(second)
    assert backend.count("submit") == 1


async def test_a_dry_run_shows_the_window_and_makes_no_call(tmp_path: Path, mode: str) -> None:
    backend = FakeBackend()
    async with client_on(backend, tmp_path, mode=mode) as client:
        result = await client.call_tool("create_analytics_order", OCTOBER | {"dry_run": True})
    assert "order_id" not in result.structured_content
    assert result.structured_content["next_step"]["tool"] == "create_analytics_order"
    assert text_of(result).startswith("Planned, not placed: CHAT_INTERACTION over 2026-10-01 to 2026-10-31 (31 days")
    assert backend.calls == []


async def test_an_order_is_followed_to_its_numbers(tmp_path: Path, mode: str) -> None:
    backend = FakeBackend(words=("PENDING", "RUNNING", "DONE"))
    async with client_on(backend, tmp_path, mode=mode) as client:
        created = await client.call_tool("create_analytics_order", OCTOBER)
        order_id = created.structured_content["order_id"]
        early = await client.call_tool("download_report_summary", {"order_id": order_id})
        status = await client.call_tool("get_order_status", {"order_id": order_id})
        done = await client.call_tool("wait_for_order", {"order_id": order_id, "max_wait_seconds": 60})
        summary = await client.call_tool("download_report_summary", {"order_id": order_id, "top": 1})
    assert (early.is_error, "Call wait_for_order" in text_of(early)) == (True, True)
    assert status.structured_content["state"] in ("PENDING", "PROCESSING")
    assert done.structured_content["state"] == "DONE"
    assert done.structured_content["next_step"]["tool"] == "download_report_summary"
    assert len(rows_of(summary.structured_content, "users")) == 1


async def test_a_csv_is_saved_where_the_operator_allows_it(tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    backend = FakeBackend()
    async with client_on(backend, tmp_path) as client:
        await client.call_tool("run_analytics_report", OCTOBER)
        arguments = {"order_id": "order_1", "save_csv_to": "october.csv"}
        result = await client.call_tool("download_report_summary", arguments)
    assert (tmp_path / "exports" / "october.csv").read_bytes() == backend.csv
    assert result.structured_content["saved_to"] == "october.csv"
    assert "Saved to october.csv" in text_of(result)
    assert str(tmp_path) not in text_of(result)


async def test_orders_are_listed_newest_first_in_pages(tmp_path: Path, mode: str) -> None:
    async with client_on(FakeBackend(), tmp_path, mode=mode) as client:
        for month in ("2026-01", "2026-02", "2026-03"):
            await client.call_tool("create_analytics_order", {"type": "NPS", "period": month})
        first = (await client.call_tool("list_analytics_orders", {"limit": 2})).structured_content
        following = first["next_steps"][0]
        last = (await client.call_tool(following["tool"], following["arguments"])).structured_content
    assert [row[0] for row in first["orders"]["rows"]] == ["order_3", "order_2"]
    assert (first["more"], first["next_offset"]) == (True, 2)
    assert [row[0] for row in last["orders"]["rows"]] == ["order_1"]
    assert (last["more"], "next_offset" in last) == (False, False)


async def test_orders_are_filtered_by_type_and_state(tmp_path: Path) -> None:
    async with client_on(FakeBackend(), tmp_path) as client:
        await client.call_tool("run_analytics_report", OCTOBER)
        await client.call_tool("create_analytics_order", {"type": "NPS", "period": "2026-01"})
        done = await client.call_tool("list_analytics_orders", {"state": "DONE"})
        nps = await client.call_tool("list_analytics_orders", {"type": "NPS"})
    assert [row[:3] for row in done.structured_content["orders"]["rows"]] == [["order_1", "CHAT_INTERACTION", "DONE"]]
    assert [row[:3] for row in nps.structured_content["orders"]["rows"]] == [["order_2", "NPS", "PENDING"]]


async def test_reports_are_described_without_a_call(tmp_path: Path, mode: str) -> None:
    backend = FakeBackend()
    async with client_on(backend, tmp_path, mode=mode) as client:
        every = await client.call_tool("describe_reports", {})
        one = await client.call_tool("describe_reports", {"type": "chat_interaction"})
    listed = [row[0] for row in every.structured_content["tables"][0]["rows"]]
    assert listed == [name for name, report in backend.catalogue.items() if report.on_by_default]
    columns = next(table for table in one.structured_content["tables"] if table["name"] == "columns")
    described = [dict(zip(columns["columns"], row, strict=True)) for row in columns["rows"]]
    assert [(column["name"], column["kind"]) for column in described][:4] == [
        ("email", "text"), ("date", "date"), ("assistant", "text"), ("count", "integer"),
    ]  # fmt: skip
    assert backend.calls == []


@pytest.mark.parametrize("name", [None, *FakeBackend().catalogue], ids=str)
async def test_no_description_is_longer_than_a_detailed_answer(name: str | None, tmp_path: Path) -> None:
    backend = FakeBackend()
    if name is not None and not backend.catalogue[name].on_by_default:
        return
    async with client_on(backend, tmp_path) as client:
        result = await client.call_tool("describe_reports", {} if name is None else {"type": name})
    assert tokens(text_of(result)) <= DETAILED_TOKENS
    assert tokens(result.model_dump_json(include={"structured_content"})) <= DETAILED_TOKENS


async def test_an_order_is_deleted_only_where_that_is_allowed(tmp_path: Path, mode: str) -> None:
    backend = FakeBackend()
    async with client_on(backend, tmp_path, mode=mode, allow_delete=True) as client:
        await client.call_tool("create_analytics_order", OCTOBER)
        result = await client.call_tool("delete_analytics_order", {"order_id": "order_1"})
    assert (result.is_error, backend.orders) == (False, {})
    async with client_on(backend, tmp_path, mode=mode) as client:
        refused = await client.call_tool("delete_analytics_order", {"order_id": "order_1"})
    assert refused.is_error
    assert "There is no tool of this name." in text_of(refused)


# Waiting


async def test_progress_increases_and_says_what_the_platform_says(tmp_path: Path, mode: str) -> None:
    notes: list[tuple[float, float | None, str | None]] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        notes.append((progress, total, message))

    backend = FakeBackend(words=("RUNNING", "RUNNING", "RUNNING", "DONE"))
    async with client_on(backend, tmp_path, mode=mode) as client:
        await client.call_tool("run_analytics_report", OCTOBER | {"max_wait_seconds": 120}, progress_callback=note)
    progress = [seconds for seconds, _, _ in notes]
    assert len(progress) > 2
    assert progress == sorted(set(progress))
    assert {total for _, total, _ in notes} == {120.0}
    assert any("RUNNING after" in (message or "") for _, _, message in notes)


async def test_progress_that_does_not_increase_is_not_sent() -> None:
    sent: list[float] = []

    async def send(progress: float, _total: float | None, _message: str | None) -> None:
        sent.append(progress)

    report = increasing(send)
    for waited_s in (0.0, 0.0, 2.0, 1.0, 2.5):
        await report(Progress(waited_s=waited_s, patience_s=5, platform_state="PENDING"))
    assert sent == [0.0, 2.0, 2.5]


async def test_cancelling_a_wait_ends_the_waiting_and_not_the_order(tmp_path: Path, mode: str) -> None:
    waiting, ended = anyio.Event(), anyio.Event()

    async def sleep(_seconds: float) -> None:
        waiting.set()
        try:
            await anyio.sleep_forever()
        finally:
            ended.set()

    backend, time = FakeBackend(words=("RUNNING",)), FakeTime()
    clock = Clock(now=lambda: NOW, monotonic=lambda: time.monotonic_s, sleep=sleep)
    async with client_on(backend, tmp_path, mode=mode, clock=clock) as client:
        created = await client.call_tool("create_analytics_order", OCTOBER)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.call_tool, "wait_for_order", {"order_id": created.structured_content["order_id"]})
            await waiting.wait()
            tasks.cancel_scope.cancel()
        await ended.wait()
        listed = await client.call_tool("list_analytics_orders", {})
    assert listed.structured_content["orders"]["rows"][0][0] == "order_1"
    assert backend.count("delete") == 0


# Errors


async def test_what_a_platform_refuses_is_said_in_our_words(tmp_path: Path, mode: str) -> None:
    refusal = NotAllowed("The role chat.feedback.read is missing.", hint="Ask an administrator for it.")
    async with client_on(FakeBackend(errors={"submit": [refusal]}), tmp_path, mode=mode) as client:
        result = await client.call_tool("create_analytics_order", OCTOBER)
    assert (result.is_error, result.structured_content) == (True, None)
    assert text_of(result) == (
        "Error executing tool create_analytics_order: The role chat.feedback.read is missing. "
        "Ask an administrator for it."
    )


async def test_a_crash_is_logged_under_an_id_and_tells_the_model_nothing_else(
    tmp_path: Path, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    crash = RuntimeError("/home/someone/secret.key of upstream")
    with caplog.at_level(logging.ERROR, logger="unique_analytics_mcp"):
        async with client_on(FakeBackend(errors={"submit": [crash]}), tmp_path, mode=mode) as client:
            result = await client.call_tool("create_analytics_order", OCTOBER)
    (record,) = [record for record in caplog.records if record.name.startswith("unique_analytics_mcp")]
    incident = record.getMessage().split()[1].rstrip(":")
    assert result.is_error
    assert f"under {incident}." in text_of(result)
    assert "secret" not in text_of(result)
    assert record.exc_info is not None
    assert record.exc_info[1] is crash


async def test_a_tool_outside_a_request_is_a_crash_not_an_answer(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="Something in this server failed"):
        await served_on(FakeBackend(), tmp_path).call_tool("describe_reports", {})


async def test_a_tool_that_an_extension_registered_is_called_beside_ours(tmp_path: Path) -> None:
    server = served_on(FakeBackend(), tmp_path)
    server.add_tool(lambda: "extra", name="extra_tool", description="An extra.")
    async with Client(server) as client:
        assert (await client.list_tools()).tools[-1].name == "extra_tool"
        assert text_of(await client.call_tool("extra_tool", {})) == "extra"


async def test_what_is_said_of_a_report_that_is_none_leads_to_one(tmp_path: Path) -> None:
    backend, time = FakeBackend(csv=b"Not ready yet\n"), FakeTime()
    async with client_on(backend, tmp_path, clock=time.clock) as client:
        result = await client.call_tool("run_analytics_report", OCTOBER)
        assert "Call create_analytics_order with reuse=false" in text_of(result)
        backend.csv, time.now = CSV, NOW + timedelta(minutes=1)
        await client.call_tool("create_analytics_order", OCTOBER | {"reuse": False})
        again = await client.call_tool("run_analytics_report", OCTOBER)
    assert not again.is_error, text_of(again)
    assert backend.count("submit") == 2
