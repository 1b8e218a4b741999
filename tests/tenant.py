"""A pretended tenant on real HTTP, with an environment that points at it."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from unique_analytics_mcp.app import enabled_catalogue, open_service
from unique_analytics_mcp.backends.unique.simulator import UniquePlatform
from unique_analytics_mcp.server import AnalyticsServer, build_server
from unique_analytics_mcp.settings import read_settings, setting_names
from unique_analytics_mcp.simulator import SimulatorSettings, parse_faults, serve_in_thread
from unique_analytics_mcp.simulator.unique.reports import Pseudonyms

MARCH = {"start_date": "2025-03-01", "end_date": "2025-03-31"}
"""A month that is over whenever the tests run."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """A platform that is served, and what a process needs to know of it."""

    platform: UniquePlatform
    environment: dict[str, str]

    @property
    def requests(self) -> list[str]:
        """Method and path of every request so far."""
        return [f"{request.method} {request.path}" for request in self.platform.requests]

    @property
    def posts(self) -> int:
        """How many orders anybody asked for."""
        return sum(request.startswith("POST") for request in self.requests)

    @property
    def order_ids(self) -> list[str]:
        """Of the orders there are, newest first."""
        return [job.job_id for job in self.platform.orders]


def forget_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of whoever runs the tests may decide what they see."""
    for name in (name for names in setting_names().values() for name in names):
        monkeypatch.delenv(name, raising=False)


@contextmanager
def tenant(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    *,
    faults: str = "",
    delay_s: float = 0.0,
    users: int = 5,
    poll_s: float = 0.02,
    pseudonyms: Pseudonyms = "off",
    clock: Callable[[], float] = time.monotonic,
) -> Generator[Tenant]:
    """The platform, served while the block runs; the store is in `folder`."""
    settings = SimulatorSettings(users=users, delay_s=delay_s, faults=parse_faults(faults), retry_after_s=0)
    platform = UniquePlatform(settings, clock=clock, pseudonyms=pseudonyms)
    forget_environment(monkeypatch)
    with serve_in_thread(platform.app) as url:
        environment = {
            **platform.environment(url),
            "UNIQUE_ANALYTICS_DATA_DIR": str(folder),
            "UNIQUE_ANALYTICS_POLL_SECONDS": str(poll_s),
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield Tenant(platform, environment)


def server() -> AnalyticsServer:
    """The MCP server that the environment asks for, as `serve` builds it."""
    settings = read_settings()
    return build_server(
        partial(open_service, settings),
        catalogue=enabled_catalogue(settings),
        allow_delete=settings.allow_delete,
        time_zone=settings.time_zone,
    )
