"""Our client and service at a pretended Genesys Cloud organisation, and a plain recount of its conversations."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import anyio
import httpx

from fakes import HANGS_S, FakeTime, place_in
from inventing import invented_once
from loopback import Sink
from organisation import NOW, caller_at, organisation
from recount import rows_of
from unique_analytics_mcp.backends._runtime import Runtime
from unique_analytics_mcp.backends.genesys.access import GenesysAccess
from unique_analytics_mcp.backends.genesys.client import GenesysClient
from unique_analytics_mcp.backends.genesys.regions import Hosts
from unique_analytics_mcp.backends.genesys.reports import genesys_reports
from unique_analytics_mcp.backends.genesys.simulator import GenesysPlatform, GenesysTraits
from unique_analytics_mcp.backends.genesys.simulator_archive import Invent
from unique_analytics_mcp.domain.order import OrderRequest, Pace
from unique_analytics_mcp.domain.summary import Summary
from unique_analytics_mcp.domain.window import Window
from unique_analytics_mcp.service import Service

AGGREGATES = "GENESYS_CONVERSATION_AGGREGATES"
DETAILS = "GENESYS_CONVERSATION_DETAILS"
QUERY = "/api/v2/analytics/conversations/aggregates/query"
LIVE = "/api/v2/analytics/conversations/details/query"
JOBS = "/api/v2/analytics/conversations/details/jobs"
ZONE = "Europe/Zurich"


def window(start: str = "2026-10-05", end: str = "2026-10-11", *, zone: str = ZONE) -> Window:
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    return Window(start=first, end=last, time_zone=zone, label="asked", complete=True)


MONTH = window("2026-10-01", "2026-10-31")


def request(type: str = AGGREGATES, asked: Window | None = None, /, **options: str) -> OrderRequest:
    return OrderRequest(backend="genesys", type=type, window=asked or window(), options=options)


@dataclass
class Centre:
    """An organisation, a clock, and whoever works with it."""

    platform: GenesysPlatform
    time: FakeTime
    transport: httpx.AsyncBaseTransport
    clients: list[GenesysClient] = field(default_factory=list)

    def access(self, **other: Any) -> GenesysAccess:
        who, here = self.platform.credentials, "http://127.0.0.1"
        known = GenesysAccess(hosts=Hosts(here, here), client_id=who.client_id, client_secret=who.client_secret)
        return replace(known, **other)

    def client(self, *, personal: bool = False, **other: Any) -> GenesysClient:
        made = GenesysClient(
            self.access(personal=personal, **other),
            catalogue=genesys_reports(personal=personal),
            runtime=Runtime(
                now=lambda: self.time.now,
                monotonic=lambda: self.time.monotonic_s,
                sleep=self.time.sleep,
                random=lambda: 1.0,
                transport=self.transport,
            ),
        )
        self.clients.append(made)
        return made

    def asked(self, path: str, method: str = "POST") -> list[Any]:
        """The requests to a path, oldest first."""
        return [each for each in self.platform.requests if each.path == path and each.method == method]


@asynccontextmanager
async def centre(
    traits: GenesysTraits | None = None, *, invent: Invent = invented_once, **other: Any
) -> AsyncGenerator[Centre]:
    platform = organisation(traits=traits, invent=invent, **other)
    home = Centre(platform, FakeTime(now=NOW), httpx.ASGITransport(app=platform.app))
    with anyio.fail_after(HANGS_S):
        yield home
    for client in home.clients:
        await client.aclose()


@asynccontextmanager
async def service_at(home: Centre, folder: Path, **other: Any) -> AsyncGenerator[Service]:
    backend = home.client(**other)
    place = place_in(folder, backend, home.time.clock, Pace(gap_s=3))
    names = list(backend.catalogue)
    async with Service(place, clock=home.time.clock, time_zone=ZONE, enabled=names) as service:
        yield service


async def summed_up(service: Service, type: str, period: str, **options: str) -> Summary:
    found = await service.answer(service.plan(type=type, period=period, options=options), top=1_000, patience_s=600)
    assert isinstance(found, Summary)
    return found


@dataclass(frozen=True)
class Fetched:
    """A report's rows, and what was said of it."""

    rows: list[dict[str, str]]
    said: list[str]


async def fetched(client: GenesysClient, asked: OrderRequest) -> Fetched:
    order, sink = await client.submit(asked), Sink()
    said = await client.fetch(order.order_id, sink, request=asked)
    return Fetched(rows_of(sink.content), list(said))


# A plain recount, which knows the platform's trees and nothing of our code


@dataclass(frozen=True)
class Event:
    """One metric of one leg."""

    name: str
    value: float
    at: datetime
    media_type: str
    queue: str
    user: str
    direction: str
    wrap_up_code: str


_REMEMBERED: dict[str, list[Event]] = {}


async def events_in(platform: GenesysPlatform, period: str) -> list[Event]:
    """Every metric that was emitted in a period: a day, a month, or days from .. to; equal for equal organisations."""
    first, _, last = (f"{period}-01..{period}-31" if len(period) == len("2026-10") else period).partition("..")
    if period not in _REMEMBERED:
        ends = date.fromisoformat(first) - timedelta(days=2), date.fromisoformat(last or first) + timedelta(days=2)
        async with caller_at(platform) as caller:
            around = await caller.results("/".join(f"{end}T00:00:00.000Z" for end in ends))
        found = (event for one in around for event in _events(one))
        _REMEMBERED[period] = [event for event in found if first <= str(_local_day(event)) <= (last or first)]
    return _REMEMBERED[period]


def _local_day(event: Event) -> date:
    return event.at.astimezone(ZoneInfo(ZONE)).date()


def _events(conversation: Mapping[str, Any]) -> Iterator[Event]:
    for participant in conversation["participants"]:
        for session in participant["sessions"]:
            segments = session.get("segments", [])
            queues = [segment["queueId"] for segment in segments if "queueId" in segment]
            codes = [segment["wrapUpCode"] for segment in segments if "wrapUpCode" in segment]
            for metric in session.get("metrics", []):
                yield Event(
                    name=metric["name"],
                    value=metric["value"],
                    at=datetime.fromisoformat(metric["emitDate"]),
                    media_type=session["mediaType"],
                    queue=queues[0] if queues else "",
                    user=participant.get("userId", ""),
                    direction=session.get("direction", ""),
                    wrap_up_code=codes[0] if codes else "",
                )
