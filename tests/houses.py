"""A pretend platform of any backend at an address on loopback, a gate before it, and services upon it, on one clock."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from fakes import HANGS_S, FakeTime
from subjects import Subject, house_settings
from unique_analytics_mcp.backends import Backend
from unique_analytics_mcp.desks import Place
from unique_analytics_mcp.domain.order import OrderRequest, Pace
from unique_analytics_mcp.domain.plan import ReportPlan
from unique_analytics_mcp.service import Service
from unique_analytics_mcp.simulator import Operation, RecordedRequest, parse_faults, serve
from unique_analytics_mcp.simulator.door import replaying
from unique_analytics_mcp.store import SharedStore, Store

A_MINUTE = timedelta(minutes=1)
"""After an attempt of which nothing was heard nobody can still be sending, wherever the store is."""


class Gate:
    """Stands before a platform and keeps the requests of one operation waiting, once it is closed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._free = anyio.Event()
        self._free.set()
        self._held: Callable[[str, str], bool] = lambda _method, _path: False
        self.arrived = anyio.Event()
        """Set when a request waits."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._held(scope["method"], scope["path"]):
            # Read before it waits: whoever sent it may be gone by then, and it is carried out all the same.
            receive = replaying(await Request(scope, receive).body(), receive)
            self.arrived.set()
            await self._free.wait()
        await self._app(scope, receive, send)

    def close(self, held: Callable[[str, str], bool]) -> None:
        """Keep requests waiting whose method and path are held."""
        self.arrived, self._free, self._held = anyio.Event(), anyio.Event(), held

    def open(self) -> None:
        """Let all pass, those that wait too."""
        self._free.set()


def open_store(folder: Path, now: Callable[[], datetime]) -> Store | SharedStore:
    """The store of a service that somebody opens; the conformance suite puts another one in its place."""
    return Store(folder, retention=timedelta(days=7), max_bytes=10**9, now=now)


@dataclass
class House:
    """A platform at an address, and the services somebody opened upon it, on one clock."""

    subject: Subject
    platform: Any
    gate: Gate
    address: str
    folder: Path
    time: FakeTime = field(default_factory=FakeTime)
    drawn: list[str] = field(default_factory=list[str])
    """Of the orders that live here alone, the ids the clients gave them, oldest first."""

    @asynccontextmanager
    async def service(self, *, secret: str | None = None) -> AsyncGenerator[Service]:
        """A service that keeps its store where all of this house do."""
        backend = self.client(secret)
        async with open_store(self.folder, lambda: self.time.now) as store:
            place = Place(backend=backend, shelf=store.shelf(backend.principal), pace=Pace())
            async with Service(
                place, clock=self.time.clock, time_zone="Europe/Zurich", enabled=list(self.subject.catalogue)
            ) as service:
                yield service

    def client(self, secret: str | None = None) -> Backend:
        """A client of the platform, with the true secret unless another is given."""
        return self.subject.client(self.address, self.time, secret or self.subject.secret, self.drawn)

    @property
    def placed(self) -> int:
        """How often an order was placed: by a request, or here where the platform has none."""
        return len(self.drawn) if self.subject.lives_here else self.count(Operation.CREATE)

    def count(self, operation: Operation) -> int:
        """How many requests of that kind came in."""
        return sum(self.subject.operation(request) is operation for request in self.platform.requests)

    @property
    def order_ids(self) -> Sequence[str]:
        """Of all orders, newest first: those the platform has, or those that were placed here alone."""
        return self.drawn[::-1] if self.subject.lives_here else self.at_platform

    @property
    def at_platform(self) -> Sequence[str]:
        """Of the orders the platform has, newest first."""
        return self.subject.order_ids(self.platform)

    def held(self, order_id: str) -> bytes:
        """A report as the platform holds it."""
        return self.subject.held(self.platform, order_id)

    def is_of(self, operation: Operation) -> Callable[[str, str], bool]:
        """True for the method and path of such requests."""

        def fits(method: str, path: str) -> bool:
            request = RecordedRequest(method, path, {}, {}, b"", None)
            return self.subject.operation(request) is operation

        return fits


@asynccontextmanager
async def house(subject: Subject, folder: Path, faults: str = "", *, delay_s: float = 0.0) -> AsyncGenerator[House]:
    """The subject's platform, served while the block runs; `delay_s` are seconds of the fake clock."""
    time = FakeTime()
    settings = house_settings(delay_s=delay_s, faults=parse_faults(faults))
    platform = subject.platform(settings, time)
    gate = Gate(platform.app)
    async with serve(gate) as address:
        with anyio.fail_after(HANGS_S):
            yield House(subject, platform, gate, address, folder, time)


def question(service: Service, subject: Subject, **other: str) -> OrderRequest:
    """The subject's legal order, but for these arguments."""
    arguments = {**subject.question, **other}
    return service.request(
        type=arguments.pop("type"),
        start_date=arguments.pop("start_date"),
        end_date=arguments.pop("end_date"),
        period=arguments.pop("period", None),
        options=arguments,
    )


def plan(service: Service, subject: Subject) -> ReportPlan:
    """The same question as one call asks it."""
    request = question(service, subject)
    window = request.window
    return service.plan(
        type=request.type, start_date=str(window.start), end_date=str(window.end), options=request.options
    )
