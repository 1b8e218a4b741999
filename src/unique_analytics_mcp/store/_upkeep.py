"""What has expired goes when its time has come, not only when somebody calls."""

from __future__ import annotations

import logging
import math
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import anyio

from unique_analytics_mcp.background import background
from unique_analytics_mcp.errors import StoreError

EVERY_S: Final = 3_600.0

_LOG: Final = logging.getLogger(__name__)


class Upkeep:
    """The sweeps of one store: one in an hour, however many of a process have it open."""

    def __init__(
        self,
        sweep: Callable[[], Awaitable[None]],
        *,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
        monotonic: Callable[[], float] = anyio.current_time,
    ) -> None:
        self._sweep, self._sleep, self._monotonic = sweep, sleep, monotonic
        self._due_at = -math.inf

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Sweeps when it is due, before the block and during it; a sweep that fails during it is left to the next hour.

        Raises:
            StoreError: of the sweep before the block.
        """
        try:
            await self._sweep_if_due()
        except BaseException:
            self._due_at = -math.inf  # whoever opens the store next hears of it too
            raise
        async with background() as tasks:
            tasks.start_soon(self._keep_sweeping)
            yield

    async def _sweep_if_due(self) -> None:
        now = self._monotonic()
        if now >= self._due_at:
            self._due_at = now + EVERY_S  # at once, so that nobody begins another one beside it
            await self._sweep()

    async def _keep_sweeping(self) -> None:
        while True:
            await self._sleep(self._due_at - self._monotonic())
            try:
                await self._sweep_if_due()
            except StoreError as error:
                _LOG.warning("What has expired stays for another hour: %s", error)
            except Exception:  # noqa: BLE001 - logged: it would end the service that has the store open, and all others
                _LOG.exception("What has expired stays for another hour: sweeping the store failed")
