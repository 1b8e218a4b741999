"""What hosts write over stdio, byte for byte: an answer comes to each request that can be read at all."""

import json
import os
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio import to_thread

from clients import served_on
from fakes import HANGS_S, FakeBackend

Ask = Callable[[str, str], Awaitable[Any]]
HELLO = '{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"a host","version":"1"}}'


@asynccontextmanager
async def host(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Ask]:
    """Asks a method with parameters as they are written, and gives the answer."""
    (heard, said), (answers, answered) = os.pipe(), os.pipe()
    with (
        os.fdopen(heard) as stdin,
        os.fdopen(answered, "w") as stdout,
        os.fdopen(said, "w") as line_out,
        os.fdopen(answers) as line_in,
    ):
        monkeypatch.setattr(sys, "stdin", stdin)
        monkeypatch.setattr(sys, "stdout", stdout)

        async def ask(method: str, params: str) -> Any:
            line_out.write(f'{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}\n')
            line_out.flush()
            return json.loads(await to_thread.run_sync(line_in.readline, abandon_on_cancel=True))

        with anyio.fail_after(HANGS_S):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(served_on(FakeBackend(), folder).run_stdio_async)
                try:
                    await ask("initialize", HELLO)
                    yield ask
                finally:
                    line_out.close()


@pytest.mark.parametrize(
    ("written", "read"),
    [(r"a\ud83d", "a�"), (r"\ude00 b", "� b"), (r"\ud83d\ude00", "😀")],
    ids=["the first half", "the second half", "both halves"],
)
async def test_half_a_character_is_answered_as_if_it_were_none(
    written: str, read: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with host(tmp_path, monkeypatch) as ask:
        arguments = f'{{"type":"NPS","assistant_id":"{written}","dry_run":true}}'
        answer = await ask("tools/call", f'{{"name":"create_analytics_order","arguments":{arguments}}}')
    assert answer["result"]["structuredContent"]["assistant_id"] == read
