"""What each caller may ask for: refused with the limit, how long to wait, and what to do instead."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from clients import served_on
from fakes import FakeBackend
from unique_analytics_mcp.domain.caller import Caller
from unique_analytics_mcp.errors import LimitReached
from unique_analytics_mcp.server.limits import Grants, Limits
from unique_analytics_mcp.watching import Tally
from web import VERSION, call, web

ADA = Caller(user_id="user-ada", company_id="nordwind")
BEN = Caller(user_id="user-ben", company_id="nordwind")


@dataclass
class Limited:
    """A server over HTTP whose clock the test moves."""

    client: httpx.AsyncClient
    backend: FakeBackend
    seconds: list[float]
    tally: Tally

    async def ask(self, tool: str = "describe_reports", **arguments: object) -> str:
        answer = (await call(self.client, tool, arguments)).json()
        return answer["result"]["content"][0]["text"] if "result" in answer else answer["error"]["message"]

    async def send(self, method: str) -> dict[str, Any]:
        meta = {"io.modelcontextprotocol/protocolVersion": VERSION, "io.modelcontextprotocol/clientCapabilities": {}}
        answer = await self.client.post(
            "/mcp",
            json={"jsonrpc": "2.0", "id": 2, "method": method, "params": {"_meta": meta}},
            headers={
                "accept": "application/json, text/event-stream",
                "mcp-protocol-version": VERSION,
                "mcp-method": method,
            },
        )
        return answer.json()


@asynccontextmanager
async def limited(folder: Path, **grants: int) -> AsyncGenerator[Limited]:
    seconds, tally, backend = [0.0], Tally(), FakeBackend()
    limits = Limits(Grants(**grants), tally=tally, monotonic=lambda: seconds[0])
    server = served_on(backend, folder, limits=limits)
    async with web(server, limits=limits, tally=tally) as client:
        yield Limited(client, backend, seconds, tally)


async def test_one_call_too_many_in_a_minute_is_told_when_to_come_back_and_then_let_in(tmp_path: Path) -> None:
    async with limited(tmp_path, calls_per_minute=2) as server:
        await server.ask()
        server.seconds[0] = 20.0
        await server.ask()
        refused = await server.ask()
        assert refused.startswith("Error executing tool describe_reports: You made 2 calls within a minute")
        assert "again in 40 seconds" in refused
        server.seconds[0] = 60.0
        assert "You made" not in await server.ask()
        figures = (await server.client.get("/metrics")).text
    assert 'unique_analytics_limit_refusals_total{limit="calls_per_minute"} 1.0' in figures


async def test_as_many_calls_as_are_granted_run_at_once_and_the_next_is_refused(tmp_path: Path) -> None:
    async with limited(tmp_path, calls_at_once=1) as server:
        server.backend.gate = anyio.Event()
        async with anyio.create_task_group() as tasks:
            run = {"type": "CHAT_INTERACTION", "period": "2026-10"}
            tasks.start_soon(lambda: server.ask("run_analytics_report", **run))
            while not server.backend.count("fetch"):  # noqa: ASYNC110 - the server runs in tasks of its own
                await anyio.sleep(0.001)
            assert "1 of your calls are running, the most at once" in await server.ask()
            assert "result" in await server.send("server/discover"), "a client may connect meanwhile"
            server.backend.gate.set()
        assert "running" not in await server.ask()


async def test_orders_are_counted_where_they_are_placed_and_reuse_is_free(tmp_path: Path) -> None:
    async with limited(tmp_path, orders_per_hour=1) as server:
        october = {"type": "CHAT_INTERACTION", "period": "2026-10"}
        await server.ask("create_analytics_order", **october)
        assert "order_1" in await server.ask("create_analytics_order", **october)
        refused = await server.ask("create_analytics_order", **{**october, "period": "2026-09"})
        assert "this one was not placed" in refused
        assert "again in 60 minutes" in refused
        assert server.backend.count("submit") == 1
        server.seconds[0] = 3600.0
        assert "order_2" in await server.ask("create_analytics_order", **{**october, "period": "2026-09"})


async def test_what_is_no_tool_is_refused_as_the_protocol_says(tmp_path: Path) -> None:
    async with limited(tmp_path, calls_per_minute=1) as server:
        await server.ask()
        answer = await server.send("resources/list")
    assert "the most there may be" in answer["error"]["message"]


def test_one_callers_orders_take_nothing_from_anothers() -> None:
    limits = Limits(Grants(orders_per_hour=1), monotonic=lambda: 0.0)
    limits.watch_of(ADA).before_placing()
    limits.watch_of(BEN).before_placing()
    with pytest.raises(LimitReached):
        limits.watch_of(ADA).before_placing()


def test_a_caller_whose_service_was_closed_meanwhile_has_used_what_they_used() -> None:
    seconds = [0.0]
    limits = Limits(Grants(orders_per_hour=1), monotonic=lambda: seconds[0])
    limits.watch_of(ADA).before_placing()
    seconds[0] = 1800.0
    limits.watch_of(BEN).before_placing()  # forgets callers who used nothing lately
    with pytest.raises(LimitReached, match="in 30 minutes"):
        limits.watch_of(ADA).before_placing()


def test_a_limit_of_nought_is_none() -> None:
    before_placing = Limits(Grants(orders_per_hour=0), monotonic=lambda: 0.0).watch_of(ADA).before_placing
    for _ in range(1000):
        before_placing()
