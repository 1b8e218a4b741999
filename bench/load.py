"""Load: a thousand callers who wait at once on one process, for one order and for many.

The real server over HTTP, the simulated platform in another process with orders that never end, the callers in this
one. What a cheap tool takes meanwhile is compared with what it took on the same server before anybody waited.
"""

from __future__ import annotations

import asyncio
import os
import re
import resource
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

import httpx

from .measure import machine
from .report import Bound, Report, Table
from .servers import UNLIMITED, platform, serving, tool_call
from .worker import memory_bytes

_CALLERS: Final = 1_000
_QUICK_CALLERS: Final = 50
_ORDERS: Final = 50
_WAIT_S: Final = 45
_QUICK_WAIT_S: Final = 8
_SETTLED_S: Final = 12
"""From the first caller until the last one waits, on a small machine."""
_CHEAP_CALLS: Final = 100
_MOST_SLOWER: Final = 4
_MOST_KB: Final = 150
_MOST_PER_MINUTE: Final = 12
_UPSTREAM: Final = re.compile(r"^unique_analytics_upstream_requests_total\{.*\} ([0-9.e+]+)$", re.MULTILINE)
_NOTES: Final = """\
Callers are connections of their own, each with one wait_for_order of 45 seconds; the cheap tool is describe_reports,
one call after the other on a further connection. Memory is VmRSS of the server while all wait, less VmRSS before, over
the callers. The callers' own process shares the cores with the server, so what it takes is in the times too. Upstream
counts what /metrics counted while all waited, as a rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was measured while nobody waits, or all do."""

    cheap_s: Sequence[float]
    resident_bytes: int
    upstream_per_minute: float = 0.0

    @property
    def p99_s(self) -> float:
        """What 99 of 100 cheap calls stay below."""
        return quantiles(self.cheap_s, n=100)[98]


class Callers:
    """Raw requests to one server."""

    def __init__(self, web: httpx.AsyncClient, address: str, pid: int) -> None:
        self._web, self._address, self._process = web, address, Path(f"/proc/{pid}")

    async def call(self, tool: str, **arguments: object) -> str:
        """The text of an answer."""
        body, headers = tool_call(tool, arguments)
        answer = await self._web.post(self._address, content=body, headers=headers)
        if answer.status_code != HTTPStatus.OK or '"isError":true' in answer.text:
            raise RuntimeError(answer.text[:300])
        return answer.text

    async def order_id(self, month: int) -> str:
        """A new order, for another window for each number."""
        day = f"{2021 + month // 12}-{month % 12 + 1:02d}"
        placed = await self.call("create_analytics_order", type="CHAT_INTERACTION", period=day)
        found = re.search(r'"order_id":\s*"(\w+)"', placed)
        if found is None:
            raise RuntimeError(placed[:300])
        return found[1]

    async def look(self, *, over_s: float = 0.0) -> Seen:
        """Cheap calls one after the other, then memory; upstream calls are counted over at least `over_s` seconds."""
        started, before = perf_counter(), await self._upstream()
        cheap_s = [await self._timed() for _ in range(_CHEAP_CALLS)]
        resident_bytes = memory_bytes("VmRSS", self._process)
        await asyncio.sleep(max(0.0, over_s - (perf_counter() - started)))
        asked, passed_s = await self._upstream() - before, perf_counter() - started
        return Seen(cheap_s=cheap_s, resident_bytes=resident_bytes, upstream_per_minute=60 * asked / passed_s)

    async def _timed(self) -> float:
        started = perf_counter()
        await self.call("describe_reports")
        return perf_counter() - started

    async def _upstream(self) -> float:
        figures = await self._web.get(self._address.replace("/mcp", "/metrics"))
        return sum(map(float, _UPSTREAM.findall(figures.text)))


def run(*, quick: bool) -> Report:
    """Measure a server without callers, with all of them on one order, and with all of them on many."""
    callers, wait_s = (_QUICK_CALLERS, _QUICK_WAIT_S) if quick else (_CALLERS, _WAIT_S)
    _allow_connections()
    idle, one, many = asyncio.run(_measured(callers, wait_s))
    return _report(callers, idle, one, many)


async def _measured(callers: int, wait_s: int) -> tuple[Seen, Seen, Seen]:
    async with _served() as server:
        orders = [await server.order_id(number) for number in range(_ORDERS)]
        await server.look()
        idle = await server.look()
        one = await _while_waiting(server, orders[:1], callers, wait_s)
        many = await _while_waiting(server, orders, callers, wait_s)
        return idle, one, many


async def _while_waiting(server: Callers, orders: Sequence[str], callers: int, wait_s: int) -> Seen:
    async with asyncio.TaskGroup() as tasks:
        for number in range(callers):
            order_id = orders[number % len(orders)]
            tasks.create_task(server.call("wait_for_order", order_id=order_id, max_wait_seconds=wait_s))
        settled_s = min(_SETTLED_S, wait_s / 3)
        await asyncio.sleep(settled_s)
        return await server.look(over_s=wait_s - settled_s - 5)


@asynccontextmanager
async def _served() -> AsyncGenerator[Callers]:
    """A server in front of a platform whose orders never end."""
    unlimited = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    with (
        TemporaryDirectory(prefix="bench-load-") as folder,
        platform(delay_s=100_000) as environment,
        serving({**environment, **UNLIMITED, "UNIQUE_ANALYTICS_DATA_DIR": folder}) as server,
    ):
        async with httpx.AsyncClient(limits=unlimited, timeout=120, trust_env=False) as web:
            yield Callers(web, server.address, server.pid)


def _allow_connections() -> None:
    """Two descriptors for each caller; processes started later inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * _CALLERS if hard == resource.RLIM_INFINITY else min(4 * _CALLERS, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def _report(callers: int, idle: Seen, one: Seen, many: Seen) -> Report:
    rows = [
        _row("nobody waits", idle, idle, callers),
        _row(f"{callers} on one order", one, idle, callers),
        _row(f"{callers} on {_ORDERS} orders", many, idle, callers),
    ]
    slower = max(median(seen.cheap_s) for seen in (one, many)) / median(idle.cheap_s)
    return Report(
        title="Load: callers who wait at once on one process",
        machine=f"{machine()}, load {os.getloadavg()[0]:.1f} at the end",
        tables=[Table(("", "p50 ms", "p99 ms", "kB per wait", "upstream per minute"), rows)],
        bounds=[
            Bound("a cheap call while all wait, p50 to that of the idle server", slower, _MOST_SLOWER),
            Bound("memory for each waiting call", _kilobytes(one, idle, callers), _MOST_KB, " kB"),
            Bound("upstream requests a minute for one order", one.upstream_per_minute, _MOST_PER_MINUTE),
        ],
        notes=[_NOTES],
    )


def _row(name: str, seen: Seen, idle: Seen, callers: int) -> tuple[str, ...]:
    times = (median(seen.cheap_s), seen.p99_s)
    kilobytes = _kilobytes(seen, idle, callers)
    return (name, *(f"{1000 * value:.1f}" for value in times), f"{kilobytes:.0f}", f"{seen.upstream_per_minute:.0f}")


def _kilobytes(seen: Seen, idle: Seen, callers: int) -> float:
    return (seen.resident_bytes - idle.resident_bytes) / callers / 1e3
