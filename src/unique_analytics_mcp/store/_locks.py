"""Locks that hold across tasks and across processes, and that the system releases when their holder dies.

Knows files, nothing of what they protect. Only `filelock` is asked, and never to wait: waiting is ours, so that a
cancelled task stops waiting at once.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio

from unique_analytics_mcp.store._files import in_thread, make_folder

if TYPE_CHECKING:
    from filelock import BaseFileLock

_SHORTEST_PAUSE_S: Final = 0.01
_LONGEST_PAUSE_S: Final = 0.2


@asynccontextmanager
async def held(path: Path) -> AsyncGenerator[None]:
    """Holds the lock at `path` for the block, after waiting for it as long as it takes.

    Raises:
        StoreError: no lock file can be made.
    """
    lock = await in_thread(_lock_at, path)
    pause_s = _SHORTEST_PAUSE_S
    try:
        while not await in_thread(_take, lock):
            await anyio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        yield
    finally:
        lock.release()


@contextmanager
def held_if_free(path: Path) -> Generator[None]:
    """Holds the lock at `path` for the block.

    Raises:
        BlockingIOError: somebody else holds it.
    """
    lock = _lock_at(path)
    if not _take(lock):
        raise BlockingIOError
    try:
        yield
    finally:
        lock.release()


def _lock_at(path: Path) -> BaseFileLock:
    from filelock import FileLock

    make_folder(path.parent)
    return FileLock(path, mode=0o600, thread_local=False)


def _take(lock: BaseFileLock) -> bool:
    from filelock import Timeout

    try:
        lock.acquire(blocking=False)
    except Timeout:
        return False
    return True
