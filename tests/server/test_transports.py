"""Real processes and real sockets: one MCP server over stdio, one over streamable HTTP, both protocol eras."""

import asyncio
import errno
import signal
import socket
import sys
from collections.abc import Iterator
from typing import NoReturn

import anyio
import anyio.lowlevel
import httpx
import pytest
from mcp import Client, StdioServerParameters

from fakes import HANGS_S
from processes import SOURCE, serving_process
from tenant import MARCH, Tenant, tenant
from unique_analytics_mcp.server.listening import listening
from unique_analytics_mcp.server.tools import tools

SERVE = ["-m", "unique_analytics_mcp", "serve"]
REVISIONS = {"auto": "2026-07-28", "legacy": "2025-11-25"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    with pytest.MonkeyPatch.context() as patch, tenant(patch, tmp_path_factory.mktemp("store")) as pretended:
        yield pretended


async def main_job(client: Client) -> None:
    """Tools are listed; one call gives numbers, with progress on the way; the link in the answer opens the CSV."""
    notes: list[str] = []

    async def on_progress(progress: float, total: float | None, message: str | None) -> None:
        notes.append(message or f"{progress} of {total}")

    assert {tool.name for tool in (await client.list_tools()).tools} == {
        tool.name for tool in tools(allow_delete=False)
    }
    result = await client.call_tool(
        "run_analytics_report", {"type": "CHAT_INTERACTION", **MARCH}, progress_callback=on_progress
    )
    assert not result.is_error, result.content
    summary = (result.structured_content or {})["summary"]
    [page, *_] = (await client.read_resource(summary["csv_uri"])).contents
    assert "Email,Date,Assistant" in getattr(page, "text", "")


@pytest.mark.parametrize("mode", ["auto", pytest.param("legacy", marks=pytest.mark.thorough)])
async def test_a_host_gets_the_main_job_done_over_stdio(served: Tenant, mode: str) -> None:
    server = StdioServerParameters(
        command=sys.executable, args=SERVE, env={**served.environment, "PYTHONPATH": str(SOURCE)}
    )
    with anyio.fail_after(HANGS_S):
        async with Client(server, mode=mode) as client:
            assert client.protocol_version == REVISIONS[mode]
            await main_job(client)
    assert served.posts == 1


@pytest.fixture(scope="module")
def address(served: Tenant) -> Iterator[str]:
    """Of a server process, which must end on Ctrl-C by itself."""
    with serving_process(served.environment) as (address, process):
        yield address
        process.send_signal(signal.SIGINT)
        assert process.wait(HANGS_S) == 130
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


@pytest.mark.parametrize("mode", REVISIONS)
async def test_a_host_gets_the_main_job_done_over_http(served: Tenant, address: str, mode: str) -> None:
    with anyio.fail_after(HANGS_S):
        async with Client(address, mode=mode) as client:
            assert client.protocol_version == REVISIONS[mode]
            await main_job(client)
    assert served.posts == 1


async def test_a_web_page_that_was_given_our_address_is_turned_away(address: str) -> None:
    async with httpx.AsyncClient(trust_env=False, verify=False) as web:
        answer = await web.post(address, json={}, headers={"host": "attacker.example"})
    assert answer.status_code == 421


def test_an_answer_in_two_pieces_does_not_wait_for_the_network_to_confirm_the_first() -> None:
    with listening("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_a_connection_that_cannot_be_opened_is_told_of_once_and_not_as_often_as_asyncio_asks(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def accept(_: socket.socket) -> NoReturn:
        raise OSError(errno.EMFILE, "Too many open files")

    with listening("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        monkeypatch.setattr(socket.socket, "accept", accept)
        async with await asyncio.get_running_loop().create_server(asyncio.Protocol, sock=listener, backlog=2_048):
            with anyio.fail_after(HANGS_S):
                while not caplog.records:
                    await anyio.lowlevel.checkpoint()
    assert [record.getMessage().split("\n")[0] for record in caplog.records] == [
        "socket.accept() out of system resource"
    ]


@pytest.mark.thorough
async def test_an_idle_connection_is_kept_for_as_long_as_the_operator_says(served: Tenant) -> None:
    environment = {**served.environment, "UNIQUE_ANALYTICS_KEEP_ALIVE_SECONDS": "1"}
    with serving_process(environment) as (address, _), anyio.fail_after(HANGS_S):
        async with await anyio.connect_tcp("127.0.0.1", httpx.URL(address).port or 0) as stream:
            asked_at = anyio.current_time()
            await stream.send(b"GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
            answer = b"".join([piece async for piece in stream])
            ended_after_s = anyio.current_time() - asked_at
    assert answer.startswith(b"HTTP/1.1 200")
    assert 1 <= ended_after_s < 60, "the usual 75 seconds"
