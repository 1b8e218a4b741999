"""The service of a server, opened by the first call that needs it and closed when the server ends.

A host that only lists tools, as each does at its start, then waits for nothing but the SDK. The service lives in a
task of its own, because what it opens must be closed by the task that opened it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

import anyio
from anyio.abc import TaskGroup, TaskStatus

if TYPE_CHECKING:
    from unique_analytics_mcp.service import Service

OpenService = Callable[[], AbstractAsyncContextManager["Service"]]


class ServiceOnDemand:
    """Opens a service once, for whoever asks first."""

    def __init__(self, open_service: OpenService, tasks: TaskGroup) -> None:
        self._open_service = open_service
        self._tasks = tasks
        self._lock = anyio.Lock()
        self._service: Service | None = None

    async def get(self) -> Service:
        """The open service.

        Raises:
            AnalyticsError: it cannot be opened; the next call tries again.
        """
        async with self._lock:
            service: Service = self._service or await self._tasks.start(self._keep_open)
            self._service = service
            return service

    async def _keep_open(self, *, task_status: TaskStatus[Service]) -> None:
        async with self._open_service() as service:
            task_status.started(service)
            await anyio.sleep_forever()


@asynccontextmanager
async def on_demand(open_service: OpenService) -> AsyncGenerator[ServiceOnDemand]:
    """A service that can be had for the block, and is closed after it if anybody asked for it."""
    tasks = await anyio.create_task_group().__aenter__()
    try:
        yield ServiceOnDemand(open_service, tasks)
    finally:
        tasks.cancel_scope.cancel()
        await tasks.__aexit__(None, None, None)  # the server's own error would come back wrapped in a group
