"""A pretend Unique tenant at an address on loopback, and clients of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import anyio
import httpx

from fakes import HANGS_S
from unique_analytics_mcp.backends._runtime import Runtime
from unique_analytics_mcp.backends.unique.access import UniqueAccess
from unique_analytics_mcp.backends.unique.client import UniqueClient
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.backends.unique.simulator import UniquePlatform
from unique_analytics_mcp.domain.order import OrderRequest
from unique_analytics_mcp.domain.window import Window
from unique_analytics_mcp.simulator import SimulatorSettings, parse_faults, serve

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
DEMO = UniquePlatform().credentials


def window(start: date = date(2026, 10, 1), end: date = date(2026, 10, 31)) -> Window:
    return Window(start=start, end=end, time_zone="Europe/Zurich", label="asked", complete=True)


REQUEST = OrderRequest(backend="unique", type="CHAT_INTERACTION", window=window())


def access(base_url: str = "https://platform.example/public/chat", **other: str) -> UniqueAccess:
    return replace(
        UniqueAccess(
            base_url=base_url,
            api_key=DEMO.api_key,
            app_id=DEMO.app_id,
            user_id=DEMO.admin_user_id,
            company_id=DEMO.company_id,
        ),
        **other,
    )


def client_of(
    known: UniqueAccess,
    *,
    slept: list[float] | None = None,
    now: Callable[[], datetime] = lambda: NOW,
    transport: httpx.MockTransport | None = None,
) -> UniqueClient:
    async def sleep(seconds: float) -> None:
        if slept is not None:
            slept.append(seconds)

    runtime = Runtime(now=now, sleep=sleep, random=lambda: 1.0, transport=transport, download_transport=transport)
    return UniqueClient(known, catalogue=UNIQUE_REPORTS, runtime=runtime)


@dataclass
class Tenant:
    """A pretend platform at an address, and the sleeps of whoever uses it."""

    platform: UniquePlatform
    address: str
    slept: list[float] = field(default_factory=list)
    ahead: timedelta = timedelta(0)
    """How far the user's clock is ahead of the platform's."""
    clients: list[UniqueClient] = field(default_factory=list)

    def client(self, *, prefix: str = "/public/chat", **other: str) -> UniqueClient:
        client = client_of(access(self.address + prefix, **other), slept=self.slept, now=lambda: NOW + self.ahead)
        self.clients.append(client)
        return client

    def count(self, method: str) -> int:
        return sum(request.method == method for request in self.platform.requests)


@asynccontextmanager
async def tenant(faults: str = "", *, delay_s: float = 0) -> AsyncGenerator[Tenant]:
    settings = SimulatorSettings(users=20, delay_s=delay_s, today=date(2026, 11, 20), faults=parse_faults(faults))
    platform = UniquePlatform(settings, now=lambda: NOW)
    async with serve(platform.app) as address:
        home = Tenant(platform, address)
        try:
            with anyio.fail_after(HANGS_S):
                yield home
        finally:
            for client in home.clients:
                await client.aclose()


def written(**other: object) -> dict[str, object]:
    """An order as the platform writes it, but for these fields."""
    return {
        "id": "order_1",
        "object": "analytics-order",
        "type": "CHAT_INTERACTION",
        "state": "PENDING",
        "configuration": {"startDate": "2026-10-01", "endDate": "2026-10-31"},
        "createdAt": "2026-11-20T08:00:00.000Z",
        **other,
    }
