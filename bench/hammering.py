"""Callers that cost next to nothing: one prepared request again and again, over connections that stay open.

Bytes are sent and read as they are; of an answer only its status, its end and whether it is an error are looked at, so
that who asks is not what is measured.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import quantiles
from time import perf_counter
from typing import Final
from urllib.parse import urlsplit

from .servers import tool_call

_LONGEST_ANSWER: Final = 1 << 20
_LENGTH: Final = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_LAST_CHUNK: Final = b"\r\n0\r\n\r\n"


@dataclass(slots=True)
class Hammered:
    """What a number of callers met in some seconds."""

    seconds: float = 0.0
    own_cpu_s: float = 0.0
    """Of the callers' process."""
    times_s: list[float] = field(default_factory=list[float])
    failed: int = 0

    @property
    def per_second(self) -> float:
        """Calls that were answered."""
        return len(self.times_s) / self.seconds

    @property
    def percentiles_s(self) -> Sequence[float]:
        """The 1st to the 99th."""
        return quantiles(self.times_s, n=100)


async def hammered(
    address: str, tool: str, arguments: Mapping[str, object], *, callers: int, seconds: float
) -> Hammered:
    """Let so many callers ask for so long, each as soon as it has its answer."""
    found, request = Hammered(), _request(address, tool, arguments)
    started, cpu_before = perf_counter(), time.process_time()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(callers):
            tasks.create_task(_ask(address, request, found, until=started + seconds))
    found.seconds, found.own_cpu_s = perf_counter() - started, time.process_time() - cpu_before
    return found


async def _ask(address: str, request: bytes, found: Hammered, *, until: float) -> None:
    to = urlsplit(address)
    reader, writer = await asyncio.open_connection(to.hostname, to.port, limit=_LONGEST_ANSWER)
    while (started := perf_counter()) < until:
        writer.write(request)
        if await _is_answered(reader):
            found.times_s.append(perf_counter() - started)
        else:
            found.failed += 1
    writer.close()
    await writer.wait_closed()


async def _is_answered(reader: asyncio.StreamReader) -> bool:
    """Reads one answer, of known length or in chunks; false when it is an error."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    body = await (reader.readexactly(int(length[1])) if length else reader.readuntil(_LAST_CHUNK))
    return head.startswith(b"HTTP/1.1 200 ") and b'"isError":true' not in body


def _request(address: str, tool: str, arguments: Mapping[str, object]) -> bytes:
    to = urlsplit(address)
    body, headers = tool_call(tool, arguments)
    headers = {"host": to.netloc, **headers, "content-length": str(len(body))}
    lines = [f"POST {to.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + body
