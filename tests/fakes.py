"""A backend in memory that implements the port, for claims about what stands above it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import anyio.lowlevel
import anyio.to_thread

from unique_analytics_mcp.backends import Backend, Sink
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.clock import Clock
from unique_analytics_mcp.desks import Place
from unique_analytics_mcp.domain.order import ListedOrder, OrderRequest, Pace, PlatformOrder, UnreadableOrder, state_of
from unique_analytics_mcp.domain.report import Catalogue
from unique_analytics_mcp.errors import OrderNotFound, OrderNotReady
from unique_analytics_mcp.store import Store

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
HANGS_S = 300
"""Seconds after which a test counts as hanging: far more than it takes on a machine with other work, and no claim."""

CSV = (
    b"Email,Date,Assistant,Count,DesktopCount,SmartphoneCount,TabletCount,OtherDeviceCount\r\n"
    b"ada.muster@nordwind.example,05.10.2026,Legal Helper,7,7,0,0,0\r\n"
    b"ben.beispiel@nordwind.example,05.10.2026,Legal Helper,2,1,1,0,0\r\n"
    b"ada.muster@nordwind.example,06.10.2026,Translator,3,0,3,0,0\r\n"
)
"""Twelve interactions: Ada ten (seven with the Legal Helper, three with the Translator), Ben two."""


@dataclass
class FakeTime:
    """A clock that moves only when somebody sleeps, once for all who sleep together; `slept` lists each sleep."""

    now: datetime = NOW
    monotonic_s: float = 1_000.0
    slept: list[float] = field(default_factory=list)

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.now, monotonic=lambda: self.monotonic_s, sleep=self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        until = self.monotonic_s + seconds
        await anyio.lowlevel.checkpoint()
        self.monotonic_s = max(self.monotonic_s, until)


def place_in(folder: Path, backend: Backend, clock: Clock, pace: Pace | None = None) -> Place:
    """The backend with a shelf in `folder`, on the clock."""
    store = Store(folder, retention=timedelta(days=7), max_bytes=10**9, now=clock.now)
    return Place(backend=backend, shelf=store.shelf(backend.principal), pace=pace or Pace())


@dataclass
class FakeBackend:
    """Orders whose states follow `words`: one word a check, the last one for ever; every call is recorded."""

    words: Sequence[str] = ("DONE",)
    csv: bytes = CSV
    said: Sequence[str] = ()
    """What fetching a report gives beside its bytes."""
    order_prefix: str = ""
    can_list: bool = True
    principal: str = "https://platform.example company-1 user-1"
    name: str = "unique"
    catalogue: Catalogue = field(default_factory=lambda: UNIQUE_REPORTS)
    unreadable: Sequence[UnreadableOrder] = ()
    """Listed before all orders."""
    calls: list[str] = field(default_factory=list)
    orders: dict[str, PlatformOrder] = field(default_factory=dict)
    errors: dict[str, list[Exception]] = field(default_factory=dict)
    """By operation: raised in turn, before anything else happens."""
    attempted: list[datetime | None] = field(default_factory=list)
    gate: anyio.Event | None = None
    """When set, a download waits for it."""
    closed: bool = False

    def count(self, operation: str) -> int:
        return sum(call.split()[0] == operation for call in self.calls)

    async def submit(self, request: OrderRequest, *, attempted_at: datetime | None = None) -> PlatformOrder:
        await self._called("submit", request.type)
        self.attempted.append(attempted_at)
        order = PlatformOrder(
            order_id=f"{self.order_prefix}order_{len(self.orders) + 1}",
            type=request.type,
            state=state_of("PENDING"),
            platform_state="PENDING",
            start=request.window.start,
            end=request.window.end,
            options=request.options,
            created_at=NOW,
            raw={"type": request.type},
        )
        self.orders[order.order_id] = order
        return order

    async def status(self, order_id: str) -> PlatformOrder:
        await self._called("status", order_id)
        word = self.words[min(self.count("status"), len(self.words)) - 1]
        self.orders[order_id] = replace(self._known(order_id), state=state_of(word), platform_state=word)
        return self.orders[order_id]

    async def list(self, *, offset: int, limit: int) -> Sequence[ListedOrder]:
        await self._called("list", f"{offset} {limit}")
        return [*self.unreadable, *reversed(self.orders.values())][offset : offset + limit]

    async def fetch(self, order_id: str, sink: Sink, *, request: OrderRequest) -> Sequence[str]:
        await self._called("fetch", order_id)
        if not self._known(order_id).state.is_final:
            raise OrderNotReady("Not DONE yet.", hint="Wait for it.")
        if self.gate is not None:
            await self.gate.wait()
        await anyio.to_thread.run_sync(sink.write, self.csv)
        return self.said

    async def delete(self, order_id: str) -> None:
        await self._called("delete", order_id)
        del self.orders[self._known(order_id).order_id]

    async def aclose(self) -> None:
        self.closed = True

    def _known(self, order_id: str) -> PlatformOrder:
        if order_id not in self.orders:
            raise OrderNotFound(f"There is no order {order_id}.", hint="Call list_analytics_orders.")
        return self.orders[order_id]

    async def _called(self, operation: str, detail: str) -> None:
        self.calls.append(f"{operation} {detail}")
        await anyio.lowlevel.checkpoint()
        if self.errors.get(operation):
            raise self.errors[operation].pop(0)
