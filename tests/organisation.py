"""A pretended Genesys Cloud organisation and somebody who is logged in to it, for claims about the platform itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import httpx

from simulated import Clock
from unique_analytics_mcp.backends.genesys.simulator import GenesysPlatform, GenesysTraits
from unique_analytics_mcp.backends.genesys.simulator_archive import Invent
from unique_analytics_mcp.backends.genesys.simulator_scenes import conversations_of
from unique_analytics_mcp.simulator import SimulatorSettings, parse_faults

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
"""A Friday, half past one in Zurich: the centre is open."""
CONVERSATIONS = "/api/v2/analytics/conversations"
AGGREGATES = f"{CONVERSATIONS}/aggregates/query"
DETAILS = f"{CONVERSATIONS}/details/query"
JOBS = f"{CONVERSATIONS}/details/jobs"
OCTOBER = "2026-09-30T22:00:00.000Z/2026-10-31T23:00:00.000Z"
"""The month in Zurich, with the night that has 25 hours."""
WEEK = "2026-10-05T00:00:00.000Z/2026-10-12T00:00:00.000Z"


def organisation(
    *,
    faults: str = "",
    delay_s: float = 0.0,
    users: int = 20,
    today: date | None = None,
    clock: Clock | None = None,
    now: datetime = NOW,
    traits: GenesysTraits | None = None,
    invent: Invent = conversations_of,
) -> GenesysPlatform:
    settings = SimulatorSettings(users=users, today=today, delay_s=delay_s, faults=parse_faults(faults), drip_s=0.0)
    return GenesysPlatform(settings, traits=traits, clock=clock or Clock(), now=lambda: now, invent=invent)


@dataclass
class Caller:
    """Whoever is logged in; answers are JSON with status 2xx."""

    http: httpx.AsyncClient

    async def post(self, path: str, **body: object) -> Any:
        return (await self.http.post(path, json=body)).raise_for_status().json()

    async def get(self, path: str, **query: str) -> Any:
        return (await self.http.get(path, params=query or None)).raise_for_status().json()

    async def aggregates(self, interval: str, *metrics: str, **more: object) -> list[Any]:
        answer = await self.post(AGGREGATES, interval=interval, metrics=list(metrics), **more)
        return answer["results"]

    async def results(self, interval: str, *, page_size: int = 1_000, **more: Any) -> list[Any]:
        """All conversations of a job that is done at once, page by page."""
        job = JOBS + "/" + (await self.post(JOBS, interval=interval, **more))["jobId"]
        found, query = list[Any](), {"pageSize": str(page_size)}
        while True:
            page = await self.get(job + "/results", **query)
            found += page["conversations"]
            if "cursor" not in page:
                return found
            query["cursor"] = page["cursor"]


@asynccontextmanager
async def stranger_at(platform: GenesysPlatform) -> AsyncGenerator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=platform.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://genesys.example") as http:
        yield http


async def log_in(http: httpx.AsyncClient, platform: GenesysPlatform) -> httpx.Response:
    who = (platform.credentials.client_id, platform.credentials.client_secret)
    return await http.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=who)


@asynccontextmanager
async def caller_at(platform: GenesysPlatform) -> AsyncGenerator[Caller]:
    async with stranger_at(platform) as http:
        token = (await log_in(http, platform)).raise_for_status().json()["access_token"]
        http.headers["authorization"] = f"Bearer {token}"
        yield Caller(http)
