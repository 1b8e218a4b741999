"""The service is opened by the first call that needs it, once, and closed with the server."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import anyio
import pytest
from mcp import Client

from fakes import FakeBackend, FakeTime
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.desks import Place
from unique_analytics_mcp.domain.caller import Caller
from unique_analytics_mcp.domain.order import Pace
from unique_analytics_mcp.errors import ConfigurationError
from unique_analytics_mcp.server import AnalyticsServer, build_server
from unique_analytics_mcp.server.opening import Services, services_of
from unique_analytics_mcp.service import Service
from unique_analytics_mcp.store import Store


class Opener:
    """Opens real services on a fake backend, and counts."""

    def __init__(self, folder: Path, *, failures: int = 0, on_close: Exception | None = None) -> None:
        self.opened = self.closed = 0
        self._folder = folder
        self._failures = failures
        self._on_close = on_close

    @asynccontextmanager
    async def __call__(self, _caller: Caller | None) -> AsyncGenerator[Service]:
        if self._failures:
            self._failures -= 1
            raise ConfigurationError("The store is not there.", hint="Mount it.")
        backend, time = FakeBackend(), FakeTime()
        store = Store(self._folder, retention=timedelta(days=1), max_bytes=10**6, now=lambda: time.now)
        place = Place(backend=backend, shelf=store.shelf(backend.principal), pace=Pace())
        self.opened += 1
        async with Service(place, clock=time.clock, time_zone="UTC", enabled=("NPS",)) as service:
            try:
                yield service
            finally:
                self.closed += 1
                if self._on_close is not None:
                    raise self._on_close


def served(opener: Opener) -> AnalyticsServer:
    return build_server(opener, catalogue=UNIQUE_REPORTS, allow_delete=False, time_zone="UTC")


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_listing_opens_nothing_and_calls_share_one_service_that_is_closed_at_the_end(
    tmp_path: Path, mode: str
) -> None:
    opener = Opener(tmp_path)
    async with Client(served(opener), mode=mode) as client:
        await client.list_tools()
        assert opener.opened == 0
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(client.call_tool, "list_analytics_orders", {})
        assert opener.opened == 1
    assert opener.closed == 1


async def test_a_service_that_cannot_be_opened_is_a_tool_error_and_the_next_call_tries_again(tmp_path: Path) -> None:
    opener = Opener(tmp_path, failures=1)
    async with Client(served(opener)) as client:
        refused = await client.call_tool("list_analytics_orders", {})
        answered = await client.call_tool("list_analytics_orders", {})
    assert refused.is_error
    assert "The store is not there. Mount it." in getattr(refused.content[0], "text", "")
    assert not answered.is_error


class Looks:
    """The pauses between two looks for services that nobody uses, which end when a test says so."""

    def __init__(self) -> None:
        self._due = anyio.Semaphore(0)

    async def sleep(self, _seconds: float) -> None:
        await self._due.acquire()

    async def one(self) -> None:
        self._due.release()
        await anyio.wait_all_tasks_blocked()


@asynccontextmanager
async def lending(opener: Opener, time: FakeTime, looks: Looks) -> AsyncGenerator[Services]:
    opening = services_of(opener, idle_s=60, sleep=looks.sleep, monotonic=lambda: time.monotonic_s)
    async with opening as services:
        yield services


async def test_a_service_nobody_uses_any_more_is_closed_though_nobody_calls_but_never_during_a_call(
    tmp_path: Path,
) -> None:
    opener, time, looks = Opener(tmp_path), FakeTime(), Looks()
    ada, ben = (Caller(user_id=name, company_id="nordwind") for name in ("ada", "ben"))
    async with lending(opener, time, looks) as services:
        async with services.lent_to(ada) as first:
            async with services.lent_to(ada) as again:
                assert again is first
            async with services.lent_to(ben):
                pass
            time.monotonic_s += 61
            await looks.one()
            assert (opener.opened, opener.closed) == (2, 1)
        await looks.one()
        assert opener.closed == 1
        time.monotonic_s += 61
        await looks.one()
        assert opener.closed == 2
        async with services.lent_to(ada) as anew:
            assert anew is not first
    assert opener.closed == opener.opened == 3


async def test_a_service_that_cannot_be_closed_is_logged_and_ends_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    opener, time, looks = Opener(tmp_path, on_close=OSError("the connection is gone")), FakeTime(), Looks()
    ada, ben = (Caller(user_id=name, company_id="nordwind") for name in ("ada", "ben"))
    async with lending(opener, time, looks) as services:
        async with services.lent_to(ada):
            pass
        time.monotonic_s += 61
        async with services.lent_to(ben) as service:
            await looks.one()
            assert opener.closed == 1
            assert await service.noted_order_ids() == []
    assert "the connection is gone" in caplog.text
