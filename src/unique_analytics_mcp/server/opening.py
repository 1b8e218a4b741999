"""The services of a server: one for each caller, opened by the first call that needs it.

A host that only lists tools, as each does at its start, waits for nothing but the SDK. A service lives in a task of
its own, because what it opens must be closed by the task that opened it. Nothing is shared between two callers, and
a service that nobody has asked for some time is closed; what it kept on disk is there for the next.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import anyio
from anyio import CancelScope
from anyio.abc import TaskGroup, TaskStatus

from unique_analytics_mcp.background import background
from unique_analytics_mcp.domain.caller import Caller

if TYPE_CHECKING:
    from unique_analytics_mcp.service import Service

OpenService = Callable[[Caller | None], AbstractAsyncContextManager["Service"]]
"""Opens the service of a caller; None stands for the operator's own identity."""

_log: Final = logging.getLogger(__name__)

IDLE_S: Final = 900.0
"""Seconds after its last call in which a caller's service stays open: downloads behind a call end within them."""

_LOOK_S: Final = 60.0
"""Between two looks for services that nobody uses any more."""


@dataclass(slots=True)
class _Opened:
    """A caller's service, and who uses it."""

    service: Service | None = None
    lock: anyio.Lock = field(default_factory=anyio.Lock)
    scope: CancelScope = field(default_factory=CancelScope)
    calls: int = 0
    used_at: float = 0.0


class Services:
    """Opens the service of each caller once, and lends it out."""

    def __init__(
        self,
        open_service: OpenService,
        tasks: TaskGroup,
        *,
        idle_s: float,
        sleep: Callable[[float], Awaitable[None]],
        monotonic: Callable[[], float],
    ) -> None:
        self._open_service = open_service
        self._tasks = tasks
        self._idle_s = idle_s
        self._sleep = sleep
        self._monotonic = monotonic
        self._opened: dict[Caller | None, _Opened] = {}

    @asynccontextmanager
    async def lent_to(self, caller: Caller | None) -> AsyncGenerator[Service]:
        """The caller's open service, which stays open for the block.

        Raises:
            AnalyticsError: it cannot be opened; the next call tries again.
        """
        opened = self._opened.setdefault(caller, _Opened())
        opened.calls += 1
        try:
            yield await self._service(caller, opened)
        finally:
            opened.calls -= 1
            opened.used_at = self._monotonic()

    async def _service(self, caller: Caller | None, opened: _Opened) -> Service:
        async with opened.lock:
            service: Service = opened.service or await self._tasks.start(self._keep_open, caller, opened.scope)
            opened.service = service
            return service

    async def _keep_open(self, caller: Caller | None, scope: CancelScope, *, task_status: TaskStatus[Service]) -> None:
        is_open = False
        try:
            with scope:
                async with self._open_service(caller) as service:
                    task_status.started(service)
                    is_open = True
                    await anyio.sleep_forever()
        except Exception:
            if not is_open:
                raise
            _log.exception("A service could not be closed as it should")  # no other caller's service ends by it

    async def close_idle(self) -> None:
        """Close services that nobody has asked for some time, for as long as it runs."""
        while True:
            await self._sleep(_LOOK_S)
            long_ago = self._monotonic() - self._idle_s
            for caller, opened in list(self._opened.items()):
                if not opened.calls and opened.used_at < long_ago:
                    del self._opened[caller]
                    opened.scope.cancel()


@asynccontextmanager
async def services_of(
    open_service: OpenService,
    *,
    idle_s: float = IDLE_S,
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    monotonic: Callable[[], float] = anyio.current_time,
) -> AsyncGenerator[Services]:
    """Services that can be had for the block; those that were opened are closed after it, or `idle_s` unused."""
    async with background() as tasks:
        services = Services(open_service, tasks, idle_s=idle_s, sleep=sleep, monotonic=monotonic)
        tasks.start_soon(services.close_idle)
        yield services
