"""What has expired goes when its time has come, not only when somebody calls."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

import anyio

from unique_analytics_mcp.errors import StoreError

_EVERY_S: Final = 3_600.0


@asynccontextmanager
async def upkeep(
    sweep: Callable[[], Awaitable[None]], *, sleep: Callable[[float], Awaitable[None]] = anyio.sleep
) -> AsyncGenerator[None]:
    """Sweeps before the block and every hour during it; a sweep that fails later is left to the next.

    Raises:
        StoreError: of the first sweep.
    """
    await sweep()
    tasks = await anyio.create_task_group().__aenter__()
    tasks.start_soon(_keep_sweeping, sweep, sleep)
    try:
        yield
    finally:
        tasks.cancel_scope.cancel()
        await tasks.__aexit__(None, None, None)  # the caller's own error would come back wrapped in a group


async def _keep_sweeping(sweep: Callable[[], Awaitable[None]], sleep: Callable[[float], Awaitable[None]]) -> None:
    while True:
        await sleep(_EVERY_S)
        with suppress(StoreError):
            await sweep()
