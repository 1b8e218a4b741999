"""The end of a server process over HTTP: SIGTERM lets calls end, sends listeners home, and cuts what takes too long."""

import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import anyio
import httpx
import pytest
from mcp import Client
from mcp_types import CallToolResult

from fakes import HANGS_S
from processes import serving_process
from tenant import MARCH, Tenant, tenant

pytestmark = pytest.mark.thorough

RUN = {"type": "CHAT_INTERACTION", **MARCH}
LISTEN = {
    "jsonrpc": "2.0",
    "id": "listening",
    "method": "subscriptions/listen",
    "params": {
        "notifications": {"toolsListChanged": True},
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        },
    },
}


@contextmanager
def platform(patch: pytest.MonkeyPatch, folder: Path) -> Generator[tuple[Tenant, Callable[[], None]]]:
    """A tenant whose orders are done when the test says so."""
    seconds = [0.0]

    def ripen() -> None:
        seconds[0] = 10.0

    with tenant(patch, folder, delay_s=5, clock=lambda: seconds[0]) as pretended:
        yield pretended, ripen


async def placed(pretended: Tenant) -> None:
    while not pretended.posts:  # noqa: ASYNC110 - the platform lives in another thread
        await anyio.sleep(0.01)


async def refuses_connections(address: str) -> None:
    async with httpx.AsyncClient(trust_env=False, verify=False) as web:
        while True:
            try:
                await web.get(address)
            except httpx.ConnectError:
                return
            except httpx.TransportError:
                continue  # the door was shut on a connection that stood in line


async def test_a_call_that_runs_ends_well_after_sigterm_while_nobody_new_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mode: str
) -> None:
    with (
        platform(monkeypatch, tmp_path) as (pretended, ripen),
        serving_process(pretended.environment) as (address, process),
        anyio.fail_after(HANGS_S),
    ):
        answers: list[CallToolResult] = []

        async def ask() -> None:
            async with Client(address, mode=mode) as client:
                await client.list_tools()  # or the client would ask for schemas after the answer, when nobody listens
                answers.append(await client.call_tool("run_analytics_report", RUN))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            await placed(pretended)
            process.send_signal(signal.SIGTERM)
            await refuses_connections(address)
            ripen()
        assert not answers[0].is_error
        assert await anyio.to_thread.run_sync(process.wait) == 0


async def test_a_listener_is_sent_home_with_the_protocols_own_farewell(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    headers = {
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "subscriptions/listen",
    }
    with (
        platform(monkeypatch, tmp_path) as (pretended, _),
        serving_process({**pretended.environment, "UNIQUE_ANALYTICS_DRAIN_SECONDS": "60"}) as (address, process),
        anyio.fail_after(HANGS_S),
    ):
        async with (
            httpx.AsyncClient(trust_env=False, verify=False) as web,
            web.stream("POST", address, json=LISTEN, headers=headers) as stream,
        ):
            heard = stream.aiter_text()
            assert "acknowledged" in await anext(heard)
            process.send_signal(signal.SIGTERM)
            farewell = "".join([text async for text in heard])
        assert '"id":"listening"' in farewell
        assert '"result"' in farewell
        assert await anyio.to_thread.run_sync(process.wait) == 0


async def test_a_listener_of_an_older_revision_is_sent_home_without_noise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    headers = {"accept": "text/event-stream", "mcp-protocol-version": "2025-11-25"}
    with (
        platform(monkeypatch, tmp_path) as (pretended, _),
        serving_process({**pretended.environment, "UNIQUE_ANALYTICS_DRAIN_SECONDS": "60"}) as (address, process),
        anyio.fail_after(HANGS_S),
    ):
        async with (
            httpx.AsyncClient(trust_env=False, verify=False) as web,
            web.stream("GET", address, headers=headers) as stream,
        ):
            assert stream.status_code == 200
            process.send_signal(signal.SIGTERM)
            assert [text async for text in stream.aiter_text()] == []
        assert await anyio.to_thread.run_sync(process.wait) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


async def test_a_call_that_takes_longer_than_the_limit_is_cut_and_the_end_is_still_a_good_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (
        platform(monkeypatch, tmp_path) as (pretended, _),
        serving_process({**pretended.environment, "UNIQUE_ANALYTICS_DRAIN_SECONDS": "0.1"}) as (address, process),
        anyio.fail_after(HANGS_S),
    ):

        async def ask() -> None:
            with pytest.raises(Exception):  # noqa: B017, PT011 - however the client says that the line is dead
                async with Client(address) as client:
                    await client.call_tool("run_analytics_report", RUN)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            await placed(pretended)
            process.send_signal(signal.SIGTERM)
        assert await anyio.to_thread.run_sync(process.wait) == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
