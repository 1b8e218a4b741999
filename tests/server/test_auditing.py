"""The audit file as a server writes it: who got what, never a cell, and nothing given that is not noted."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from mcp import MCPError
from mcp.client import Client
from mcp_types import PromptReference

from clients import served_on, text_of
from fakes import HANGS_S, FakeBackend
from guarded import guarding
from issuer import issuing
from unique_analytics_mcp.domain.caller import Scope
from unique_analytics_mcp.errors import StoreError
from unique_analytics_mcp.server.auditing import _ARGUMENTS
from unique_analytics_mcp.server.parameters import parameters_of
from unique_analytics_mcp.server.tools import SILENT, tools

OCTOBER = {"type": "CHAT_INTERACTION", "period": "2026-10"}
WINDOW = {"start": "2026-10-01", "end": "2026-10-31"}


@dataclass
class FakeBook:
    lines: list[dict[str, Any]] = field(default_factory=list)
    is_full: bool = False

    async def write(self, content: Mapping[str, object], /) -> None:
        if self.is_full:
            raise StoreError("This access cannot be noted.", hint="Make room.")
        self.lines.append(json.loads(json.dumps(content)))

    @property
    def told(self) -> list[dict[str, Any]]:
        """What each line says beside who asked."""
        said = ("what", "outcome", "order_ids", "rows")
        return [{key: line[key] for key in said if key in line} for line in self.lines]


@asynccontextmanager
async def audited(
    folder: Path, mode: str = "auto", backend: FakeBackend | None = None
) -> AsyncGenerator[tuple[Client, FakeBook]]:
    book = FakeBook()
    server = served_on(backend or FakeBackend(), folder, allow_delete=True, audit=book)
    with anyio.fail_after(HANGS_S):
        async with Client(server, mode=mode) as client:
            yield client, book


async def test_a_report_is_noted_before_and_after_with_its_window_its_order_and_its_rows(
    tmp_path: Path, mode: str
) -> None:
    async with audited(tmp_path, mode) as (client, book):
        answer = await client.call_tool("run_analytics_report", OCTOBER)
    rows = sum(len(table["rows"]) for table in (answer.structured_content or {})["summary"]["tables"])
    who = {"by": "operator", "client": "", "request_id": "", "what": "run_analytics_report", "asked": OCTOBER}
    given = {"type": "CHAT_INTERACTION", "window": WINDOW, "order_ids": ["order_1"], "rows": rows, "rows_read": 3}
    assert book.lines == [{**who, "outcome": "begun"}, {**who, "outcome": "given", **given}]


async def test_each_line_names_the_person_and_the_client_whose_token_the_call_brought(tmp_path: Path) -> None:
    book = FakeBook()
    with issuing() as issuer:
        async with guarding(issuer, tmp_path, audit=book) as guarded:
            for name in ("user-ada", "user-ben"):
                async with guarded.client(name, azp=f"client of {name}") as client:
                    await client.call_tool("list_analytics_orders", {})
    assert [(line["by"], line["client"]) for line in book.lines] == [
        ({"user": name, "company": "company-nordwind"}, f"client of {name}") for name in ("user-ada", "user-ben")
    ]


CALLS: tuple[tuple[str, dict[str, str], int | None], ...] = (
    ("get_order_status", {"order_id": "order_1"}, 0),
    ("wait_for_order", {"order_id": "order_1"}, 0),
    ("download_report_summary", {"order_id": "order_1"}, None),
    ("chart_report", {"order_id": "order_1"}, 3),
    ("list_analytics_orders", {}, 1),
    ("query_report", {"order_ids": "order_1", "sql": "SELECT email FROM report"}, 3),
)


NOT_NOTED = {"sql", "reuse", "top", "response_format", "max_wait_seconds", "chart", "measure", "by"}
"""Arguments that may name people, or do not say which orders and days were asked for."""


def test_each_argument_of_a_tool_is_noted_or_known_not_to_be() -> None:
    taken = {each.name for tool in tools(allow_delete=True) for each in parameters_of(tool.function, {})}
    assert taken == {*_ARGUMENTS} | NOT_NOTED, "does it belong to _ARGUMENTS of server/auditing.py, or to NOT_NOTED?"


def test_every_tool_that_reads_of_orders_is_among_the_calls() -> None:
    reading = {tool.name for tool in tools(allow_delete=True) if tool.scope is Scope.READ}
    assert reading - SILENT == {tool for tool, _, _ in CALLS}


async def test_each_reading_tool_is_noted_once(tmp_path: Path) -> None:
    async with audited(tmp_path) as (client, book):
        await client.call_tool("run_analytics_report", OCTOBER)
        for tool, arguments, rows in CALLS:
            book.lines.clear()
            assert not (await client.call_tool(tool, arguments)).is_error
            [line] = book.lines
            assert (line["what"], line["order_ids"]) == (tool, ["order_1"])
            assert rows is None or line["rows"] == rows
            assert "SELECT" not in json.dumps(line)


async def test_each_order_type_and_day_that_a_query_or_chart_read_is_noted_however_many(tmp_path: Path) -> None:
    async with audited(tmp_path) as (client, book):
        days = [f"2026-10-{day:02}" for day in range(1, 13)]
        for day in days:
            kind = "INGESTION_STAT" if day == days[-1] else "CHAT_INTERACTION"
            await client.call_tool("run_analytics_report", {"type": kind, "start_date": day, "end_date": day})
        order_ids = [f"order_{number}" for number in range(1, 13)]
        every, alike = ",".join(order_ids), ",".join(order_ids[:-1])
        calls = (
            ("query_report", {"order_ids": every, "sql": "SELECT count(*) FROM r1"}, 12),
            ("chart_report", {"order_id": every, "sql": "SELECT email, sum(count) FROM r1 GROUP BY 1"}, 12),
            ("chart_report", {"order_id": alike, "by": "users"}, 11),
        )
        for tool, arguments, read in calls:
            book.lines.clear()
            answer = await client.call_tool(tool, arguments)
            assert not answer.is_error, text_of(answer)
            [line] = book.lines
            assert line["order_ids"] == order_ids[:read]
            assert line["type"] == ("CHAT_INTERACTION, INGESTION_STAT" if read == len(days) else "CHAT_INTERACTION")
            assert line["window"] == {"start": days[0], "end": days[read - 1]}


async def test_a_comparison_is_noted_with_the_days_of_both_windows(tmp_path: Path) -> None:
    async with audited(tmp_path) as (client, book):
        await client.call_tool("run_analytics_report", OCTOBER | {"compare_to": "previous_period"})
    assert book.lines[-1]["window"] == {"start": "2026-08-31", "end": "2026-10-31"}
    assert book.lines[-1]["order_ids"] == ["order_1", "order_2"]


PARTS = (("", 0), ("/summary", None), ("/schema", 0), ("/report.csv?offset=0&limit=2", 2), ("/texts", 0))


async def test_each_resource_is_noted_once_with_its_rows(tmp_path: Path) -> None:
    async with audited(tmp_path) as (client, book):
        await client.call_tool("run_analytics_report", OCTOBER)
        for part, rows in PARTS:
            book.lines.clear()
            await client.read_resource(f"analytics://orders/order_1{part}")
            [line] = book.lines
            assert (line["what"], line["asked"]) == ("resource", {"uri": f"analytics://orders/order_1{part}"})
            assert rows is None or line["rows"] == rows


async def test_orders_are_noted_before_they_are_placed_or_deleted(tmp_path: Path) -> None:
    async with audited(tmp_path) as (client, book):
        await client.call_tool("create_analytics_order", OCTOBER)
        await client.call_tool("delete_analytics_order", {"order_id": "order_1"})
    assert book.told == [
        {"what": "create_analytics_order", "outcome": "begun"},
        {"what": "create_analytics_order", "outcome": "given", "order_ids": ["order_1"], "rows": 0},
        {"what": "delete_analytics_order", "outcome": "begun"},
        {"what": "delete_analytics_order", "outcome": "given", "order_ids": ["order_1"], "rows": 0},
    ]


async def test_what_is_refused_is_noted_and_what_gives_no_data_is_not(tmp_path: Path, mode: str) -> None:
    async with audited(tmp_path, mode) as (client, book):
        await client.call_tool("describe_reports", {})
        await client.read_resource("analytics://reports")
        await client.get_prompt("adoption_review", {})
        await client.call_tool("get_order_status", {"order_id": "another"})
        with pytest.raises(MCPError):
            await client.read_resource("analytics://orders/another/report.csv")
        await client.complete(PromptReference(name="adoption_review"), {"name": "order_id", "value": ""})
    assert [(line["what"], line["outcome"]) for line in book.lines] == [
        ("get_order_status", "refused"),
        ("resource", "refused"),
        ("completion", "given"),
    ]


async def test_an_order_that_failed_is_named_by_the_line_of_the_call_that_placed_it(tmp_path: Path, mode: str) -> None:
    backend = FakeBackend(words=["FAILED"])
    async with audited(tmp_path, mode, backend) as (client, book):
        assert (await client.call_tool("run_analytics_report", OCTOBER)).is_error
    assert book.told == [
        {"what": "run_analytics_report", "outcome": "begun"},
        {"what": "run_analytics_report", "outcome": "refused", "order_ids": ["order_1"]},
    ]


async def test_nothing_of_a_reports_rows_is_ever_noted(tmp_path: Path) -> None:
    async with audited(tmp_path) as (client, book):
        await client.call_tool("run_analytics_report", OCTOBER)
        await client.read_resource("analytics://orders/order_1/report.csv")
        sql = "SELECT * FROM report WHERE email = 'ada.muster@nordwind.example'"
        await client.call_tool("query_report", {"order_ids": "order_1", "sql": sql})
    for word in ("nordwind.example", "Legal Helper", "Translator"):
        assert word not in json.dumps(book.lines)


async def test_without_room_for_the_note_no_order_is_placed_and_no_data_given(tmp_path: Path, mode: str) -> None:
    backend = FakeBackend()
    async with audited(tmp_path, mode, backend) as (client, book):
        await client.call_tool("run_analytics_report", OCTOBER)
        book.is_full = True
        answers = [
            await client.call_tool("create_analytics_order", {**OCTOBER, "reuse": False}),
            await client.call_tool("download_report_summary", {"order_id": "order_1"}),
        ]
        with pytest.raises(MCPError, match=r"cannot be noted\. Make room"):
            await client.read_resource("analytics://orders/order_1/report.csv")
    for answer in answers:
        assert answer.is_error
        assert "This access cannot be noted. Make room." in text_of(answer)
        assert answer.structured_content is None
    assert backend.count("submit") == 1


async def test_a_call_whose_caller_left_is_noted_as_cancelled(tmp_path: Path) -> None:
    backend = FakeBackend(gate=anyio.Event())
    async with audited(tmp_path, "auto", backend) as (client, book):
        await client.call_tool("create_analytics_order", OCTOBER)
        await client.call_tool("wait_for_order", {"order_id": "order_1"})
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.call_tool, "download_report_summary", {"order_id": "order_1"})
            while not backend.count("fetch"):
                await anyio.lowlevel.checkpoint()
            tasks.cancel_scope.cancel()
        with anyio.fail_after(HANGS_S):
            while len(book.lines) < 4:
                await anyio.lowlevel.checkpoint()
    assert book.told[-1] == {"what": "download_report_summary", "outcome": "cancelled"}
