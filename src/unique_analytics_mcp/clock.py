"""The clock of the service's shell: what time it is, and how to let some pass."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import anyio


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Time as the service sees it; every test may bring its own."""

    now: Callable[[], datetime]
    """The wall clock, aware."""
    monotonic: Callable[[], float] = anyio.current_time
    """Seconds that never jump."""
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    jitter: Callable[[float], float] = float
    """A delay in seconds with a little randomness, so that many orders do not beat in time."""
