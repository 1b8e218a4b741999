"""A rolling restart of two replicas over one folder, under callers who never stop asking; `make thorough` runs this."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from subprocess import Popen
from typing import Any

import anyio
import pytest
from anyio.to_thread import run_sync
from mcp import Client
from mcp_types import CallToolResult

from fakes import HANGS_S
from processes import serving_process
from rotation import rotating
from tenant import Tenant, tenant

pytestmark = pytest.mark.thorough

CALLERS = 4
Replica = tuple[str, "Popen[str]"]


def days() -> Iterator[str]:
    """Another one for each call, so that each call waits for an order of its own."""
    return (str(date(2025, 1, 1) + timedelta(days=number)) for number in count())


@dataclass
class Crowd:
    """Callers who ask for one day after the other until they are told that it is over."""

    mode: Any
    address: str = ""
    days: Iterator[str] = field(default_factory=days)
    answers: list[CallToolResult] = field(default_factory=list)
    is_over: bool = False

    async def ask(self) -> None:
        while not self.is_over:
            day = next(self.days)
            async with Client(self.address, mode=self.mode) as client:
                await client.list_tools()
                asked = {"type": "CHAT_INTERACTION", "start_date": day, "end_date": day}
                self.answers.append(await client.call_tool("run_analytics_report", asked))


async def all_wait(crowd: Crowd, pretended: Tenant) -> None:
    """Until each caller has an order that is not finished."""
    while pretended.posts - len(crowd.answers) < CALLERS:  # noqa: ASYNC110 - the platform lives in another thread
        await anyio.sleep(0.01)


async def test_no_call_is_lost_and_no_order_placed_twice(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mode: str
) -> None:
    with tenant(monkeypatch, tmp_path, delay_s=1) as pretended, ExitStack() as started, anyio.fail_after(HANGS_S):

        async def start() -> Replica:
            return await run_sync(started.enter_context, serving_process(pretended.environment))

        replicas = [await start(), await start()]
        crowd = Crowd(mode)
        async with (
            rotating(*(address for address, _ in replicas)) as (crowd.address, rotation),
            anyio.create_task_group() as tasks,
        ):
            for _ in range(CALLERS):
                tasks.start_soon(crowd.ask)
            for old, process in replicas:
                new, _ = await start()
                rotation.replace(old, new)
                await all_wait(crowd, pretended)
                process.send_signal(signal.SIGTERM)
                assert await run_sync(process.wait) == 0
            crowd.is_over = True
        assert [answer.content for answer in crowd.answers if answer.is_error] == []
        assert pretended.posts == len(crowd.answers) >= 2 * CALLERS
