r"""What a host writes over stdio, heard whole: half a character, which JSON can name, is read as the sign for none.

Hosts in JavaScript cut texts between the halves of an emoji and write what is left as `\ud83d`. The SDK drops such a
message without an answer, so its host would wait for ever; bytes that are no UTF-8 it reads as that sign already. Can
go when the SDK, which is 2.3 now, answers what it cannot read.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import asynccontextmanager, suppress

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter
from pydantic import ValidationError

Heard = SessionMessage | Exception
"""A message, or why there is none."""


@asynccontextmanager
async def heard_whole(stream: AsyncIterable[Heard]) -> AsyncGenerator[MemoryObjectReceiveStream[Heard]]:
    """The same messages, with those that were dropped for half a character among them."""
    passed_on, heard = anyio.create_memory_object_stream[Heard]()

    async def pass_on() -> None:
        async with passed_on:
            async for item in stream:
                await passed_on.send(_whole(item))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(pass_on)
        yield heard
        tasks.cancel_scope.cancel()


def _whole(item: Heard) -> Heard:
    line = item.errors()[0]["input"] if isinstance(item, ValidationError) else None
    if isinstance(line, str):
        with suppress(ValueError, RecursionError):
            written = json.dumps(json.loads(line), ensure_ascii=False)
            whole = written.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            return SessionMessage(jsonrpc_message_adapter.validate_json(whole, by_name=False))
    return item
