"""The reports of a statement: fetched a few at a time, in one patience, and left to themselves when one fails."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest

from fakes import FakeBackend, FakeTime
from processes import sealed_children
from services import elsewhere, service_on
from unique_analytics_mcp.backends import Sink
from unique_analytics_mcp.domain.caller import Caller
from unique_analytics_mcp.domain.order import OrderRequest
from unique_analytics_mcp.errors import OrderNotReady, QueryEnded
from unique_analytics_mcp.gathering import AT_ONCE
from unique_analytics_mcp.server.limits import Grants, Limits
from unique_analytics_mcp.service import Service
from unique_analytics_mcp.watching import Counted, Watch

IDS = [f"other_{number}" for number in range(5)]


@dataclass
class Numbered(FakeBackend):
    """DONE orders, each with a report that counts its own number; fetching one takes its time."""

    time: FakeTime = field(default_factory=FakeTime)
    takes_s: float = 0.0
    torn: Sequence[str] = ()
    """Orders whose report has a record beside that is no row."""
    under_way: int = 0

    async def fetch(self, order_id: str, sink: Sink, *, request: OrderRequest) -> Sequence[str]:
        self.under_way += 1
        try:
            if self.gate is not None:
                await self.gate.wait()
            self.time.monotonic_s += self.takes_s
            lines = ["Email,Date,Assistant,Count", f"ada.muster@nordwind.example,05.10.2026,Translator,{order_id[-1]}"]
            lines += ["torn"] if order_id in self.torn else []
            await anyio.to_thread.run_sync(sink.write, "".join(f"{line}\r\n" for line in lines).encode())
        finally:
            self.under_way -= 1
        return ()


@asynccontextmanager
async def numbered(
    folder: Path, *, watch: Watch | None = None, **traits: object
) -> AsyncGenerator[tuple[Numbered, Service]]:
    orders = {order_id: elsewhere(order_id=order_id) for order_id in IDS}
    backend = Numbered(orders=orders, **traits)  # pyright: ignore[reportArgumentType] - a table of traits
    async with service_on(backend, folder, time=backend.time, watch=watch) as service:
        yield backend, service


async def test_reports_are_fetched_a_few_at_a_time_and_stay_in_their_order(tmp_path: Path) -> None:
    sql = "SELECT (SELECT count FROM r1), (SELECT count FROM r2), (SELECT count FROM r5), sum(count) FROM report"
    gate, rows = anyio.Event(), list[list[object]]()
    async with numbered(tmp_path, gate=gate) as (backend, service):

        async def ask() -> None:
            answer = await service.query(",".join(reversed(IDS)), sql)
            rows.extend([*row] for row in answer.rows)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            while backend.under_way < AT_ONCE:
                await anyio.lowlevel.checkpoint()
            await anyio.wait_all_tasks_blocked()
            assert backend.under_way == AT_ONCE
            gate.set()
    assert rows == [[4, 3, 0, 10]]


async def test_all_reports_of_a_statement_are_waited_for_in_one_patience(tmp_path: Path) -> None:
    async with numbered(tmp_path, takes_s=46.0) as (_, service):
        with pytest.raises(OrderNotReady, match="still on its way"):
            await service.query(",".join(IDS), "SELECT count(*) FROM report")


async def test_statements_of_all_callers_of_a_server_take_turns(tmp_path: Path) -> None:
    limits = Limits(Grants())
    others = limits.watch_of(Caller(user_id="user-ada", company_id="nordwind")).turns.statements
    ben = limits.watch_of(Caller(user_id="user-ben", company_id="nordwind"))
    async with numbered(tmp_path, watch=ben) as (_, service):
        await service.query(IDS[0], "SELECT 1")
        async with others, others:
            with anyio.move_on_after(0.1) as waiting:
                await service.query(IDS[0], "SELECT 1")
        assert waiting.cancelled_caught
        assert (await service.query(IDS[0], "SELECT 1")).rows == [[1]]


async def test_one_child_runs_all_statements_of_a_service_and_ends_with_it(tmp_path: Path) -> None:
    before = sealed_children()
    async with numbered(tmp_path) as (_, service):
        answers = [await service.query(IDS[0], "SELECT count FROM r1") for _ in range(2)]
        assert [answer.rows for answer in answers] == [[[0]]] * 2
        assert len(sealed_children()) == len(before) + 1
    assert sealed_children() == before


async def test_a_statement_that_runs_into_a_limit_is_counted_and_told(tmp_path: Path) -> None:
    watch = Watch()
    async with numbered(tmp_path, watch=watch) as (_, service):
        await service.query(IDS[0], "SELECT 1")
        with pytest.raises(QueryEnded, match="needed more memory"):
            await service.query(IDS[0], "SELECT [range(100000000)]")
    assert watch.tally.of(Counted.QUERIES_ENDED) == {(): 1}


async def test_what_some_reports_lost_is_said_once_and_of_their_tables_alone(tmp_path: Path) -> None:
    async with numbered(tmp_path, torn=IDS[1:3]) as (_, service):
        answer = await service.query(",".join(IDS[:3]), "SELECT 1")
    lost = [said.partition(" could not be read")[0] for said in answer.caveats if "record" in said]
    assert lost == ["r2, r3: 1 record of the CSV"]


async def test_an_order_that_is_not_done_is_told_though_others_are_still_fetched(tmp_path: Path) -> None:
    async with numbered(tmp_path, gate=anyio.Event()) as (backend, service):
        backend.words = ("DONE", "PROCESSING")
        with anyio.fail_after(5), pytest.raises(OrderNotReady, match="is not DONE yet: the platform says PROCESSING"):
            await service.query(",".join(IDS[:2]), "SELECT 1")
