"""What the calls of a client depend upon in its process: clock, sleep, chance, network, trust, patience.

Values alone: what is called, and how, is `_http`.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import random as chance
from typing import TYPE_CHECKING, TypeAlias

import anyio

from unique_analytics_mcp.backends._retry import Retry
from unique_analytics_mcp.backends._trust import shared_trust

if TYPE_CHECKING:
    import httpx

JsonTransport: TypeAlias = "httpx.AsyncBaseTransport"
"""Stands in for the network in JSON calls."""

DownloadTransport: TypeAlias = "httpx.BaseTransport"
"""Stands in for the network in downloads."""

Told: TypeAlias = Callable[[str, str, str], None]
"""Is told of each request that was sent: method, route, and status or `unreachable`; from any thread."""


def untold(_method: str, _route: str, _status: str) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """Clock, sleep, chance and network of the process; tests bring their own."""

    now: Callable[[], datetime]
    """Aware."""
    random: Callable[[], float] = chance
    """From 0 up to 1."""
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    monotonic: Callable[[], float] = time.perf_counter
    transport: JsonTransport | None = None
    download_transport: DownloadTransport | None = None
    trust: Callable[[], ssl.SSLContext] = shared_trust
    retry: Retry = field(default_factory=Retry)
    told: Told = untold
