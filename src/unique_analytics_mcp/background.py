"""Tasks beside a block. Knows nothing of what they do."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from anyio.abc import TaskGroup


@asynccontextmanager
async def background() -> AsyncGenerator[TaskGroup]:
    """A group for tasks that are cancelled at the end of the block, whose own error comes out as it is.

    A plain task group would wrap that error in an `ExceptionGroup`, as this one does with errors of its tasks.
    """
    tasks = await anyio.create_task_group().__aenter__()
    try:
        yield tasks
    finally:
        tasks.cancel_scope.cancel()
        await tasks.__aexit__(None, None, None)
