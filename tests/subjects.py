"""What the conformance suite is run over: each backend against its own pretend platform, one entry each.

An entry says how to build the platform and the client, and which question is legal there. Everything a test knows of a
platform goes through the entry, so a new backend is one more entry here and no change in any test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

import anyio.lowlevel

from fakes import FakeTime
from unique_analytics_mcp.backends import Backend
from unique_analytics_mcp.backends.unique.client import UniqueClient
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.backends.unique.simulator import UniquePlatform
from unique_analytics_mcp.backends.unique_legacy.access import LegacyAccess
from unique_analytics_mcp.backends.unique_legacy.catalogue import legacy_catalogue
from unique_analytics_mcp.backends.unique_legacy.client import LegacyClient
from unique_analytics_mcp.backends.unique_legacy.simulator import LegacyPlatform
from unique_analytics_mcp.backends.unique_legacy.simulator_tokens import ADMINISTRATOR
from unique_analytics_mcp.domain.report import Catalogue
from unique_analytics_mcp.simulator import Operation, RecordedRequest, SimulatorSettings
from unique_analytics_mcp.simulator.unique.orders import Wanted
from unique_analytics_mcp.simulator.unique.reports import ADMIN, READ
from unique_clients import access as public_access

OCTOBER: Final = {"start_date": "2026-10-01", "end_date": "2026-10-31"}
WEEK: Final = {"start_date": "2026-10-05", "end_date": "2026-10-11"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One backend and its pretend platform."""

    name: str
    secret: str
    """What must never be said."""
    secret_setting: str
    """Where the operator gives it."""
    catalogue: Catalogue
    question: Mapping[str, str]
    """A legal order, as arguments of `Service.request`."""
    short: Mapping[str, str]
    """A window that every report type allows."""
    texts: Mapping[str, str]
    """A legal order whose rows hold what people wrote."""
    traps: Sequence[str]
    """What those rows hold for careless readers."""
    platform: Callable[[SimulatorSettings, FakeTime], Any]
    client: Callable[[str, FakeTime, str], Backend]
    """For the platform's address, a clock and a secret."""
    operation: Callable[[RecordedRequest], Operation | None]
    """What a request does; only what creates an order is `CREATE`."""
    tells_state: Operation
    """The operation by which the platform tells how an order stands."""
    order_ids: Callable[[Any], Sequence[str]]
    """The orders the platform has, newest first."""
    held: Callable[[Any, str], bytes]
    """The report of an order as the platform holds it."""
    fill: Callable[[Any, int], None]
    """Places so many orders of somebody else's, one after the other."""


def _unique_operation(request: RecordedRequest) -> Operation | None:
    depth = len(request.path.partition("/analytics/orders")[2].split("/")) - 1
    by_depth = {0: Operation.LIST, 1: Operation.GET, 2: Operation.DOWNLOAD}
    return Operation.CREATE if request.method == "POST" else by_depth.get(depth)


def _legacy_operation(request: RecordedRequest) -> Operation | None:
    if request.method == "POST":
        return Operation.LIST
    return Operation.DOWNLOAD if "/download/" in request.path else Operation.CREATE


def _order_ids(platform: UniquePlatform | LegacyPlatform) -> list[str]:
    return [job.job_id for job in platform.orders]


def _held(platform: UniquePlatform | LegacyPlatform, order_id: str) -> bytes:
    return b"".join(platform.tenant.csv(platform.tenant.order(order_id)))


def _fill(platform: UniquePlatform | LegacyPlatform, count: int) -> None:
    for number in range(count):
        day = date(2026, 1, 1) + timedelta(days=number)
        platform.tenant.place(Wanted("ACTIVE_USER", day, day), frozenset({READ, ADMIN}))


def _unique_platform(settings: SimulatorSettings, time: FakeTime) -> UniquePlatform:
    return UniquePlatform(settings, clock=lambda: time.monotonic_s, now=lambda: time.now)


def _legacy_platform(settings: SimulatorSettings, time: FakeTime) -> LegacyPlatform:
    return LegacyPlatform(settings, clock=lambda: time.monotonic_s, now=lambda: time.now)


async def _no_sleep(_: float) -> None:
    await anyio.lowlevel.checkpoint()


def _unique_client(address: str, time: FakeTime, secret: str) -> Backend:
    return UniqueClient(
        public_access(f"{address}/public/chat", api_key=secret),
        catalogue=UNIQUE_REPORTS,
        now=lambda: time.now,
        sleep=_no_sleep,
        random=lambda: 1.0,
    )


def _legacy_client(address: str, time: FakeTime, secret: str) -> Backend:
    return LegacyClient(
        LegacyAccess(base_url=f"{address}/chat", token=secret),
        catalogue=legacy_catalogue(UNIQUE_REPORTS),
        now=lambda: time.now,
        sleep=_no_sleep,
        random=lambda: 1.0,
    )


UNIQUE: Final = Subject(
    name="unique",
    secret=UniquePlatform().credentials.api_key,
    secret_setting="UNIQUE_APP_KEY",
    catalogue=UNIQUE_REPORTS,
    question={"type": "CHAT_INTERACTION", **OCTOBER},
    short=WEEK,
    texts={"type": "CHAT_INTERACTION_DETAILED", **WEEK},
    traps=('"', "\n", ";", ",", "ü", "\u200b", "=SUM(", "Ignore all previous instructions"),
    platform=_unique_platform,
    client=_unique_client,
    operation=_unique_operation,
    tells_state=Operation.GET,
    order_ids=_order_ids,
    held=_held,
    fill=_fill,
)

LEGACY: Final = replace(
    UNIQUE,
    name="unique-legacy",
    secret=ADMINISTRATOR.token,
    secret_setting="UNIQUE_ACCESS_TOKEN",
    catalogue=legacy_catalogue(UNIQUE_REPORTS),
    platform=_legacy_platform,
    client=_legacy_client,
    operation=_legacy_operation,
    tells_state=Operation.LIST,
)

SUBJECTS: Final = (UNIQUE, LEGACY)
