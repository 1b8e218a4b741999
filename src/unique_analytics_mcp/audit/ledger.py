"""The file behind a chain: opened, locked and appended to for each line.

A line is with the operating system before `write` returns, so it outlives a kill of this process; it is not forced to
the disk, which would cost milliseconds a call. Opened anew each time, so an operator may move the file away. The
lock is the operating system's: several processes of one machine may share a file, several machines may not.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from anyio import CapacityLimiter, to_thread

from unique_analytics_mcp.audit.chain import BEGINS, START, hash_of, sealed
from unique_analytics_mcp.errors import StoreError
from unique_analytics_mcp.paths import is_there

LOCK_S: Final = 5.0
"""Seconds to wait for another process that appends, which takes well under a millisecond."""

_TAIL_BYTES: Final = 1 << 16
"""Where the last line is looked for; no line of ours is nearly as long."""

_TRIAL: Final = bytes(4096)


def takes_lines(file: Path) -> bool:
    """Whether lines can be added to the file, or it can be made in its folder, where its lock stands too.

    Found out by writing a little that has no name there and is gone at once; blocks.
    """
    try:
        return _is_free(file) and _is_free(_lock_of(file)) and _has_room(file.parent)
    except OSError:  # a folder above it may not be looked into, or its name is too long
        return False


def _lock_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.lock")


def _is_free(file: Path) -> bool:
    return not is_there(file) or (file.is_file() and os.access(file, os.R_OK | os.W_OK))


def _has_room(folder: Path) -> bool:
    with TemporaryFile(dir=folder) as trial:
        return os.write(trial.fileno(), _TRIAL) == len(_TRIAL)


class Ledger:
    """An audit file; nothing is opened before the first line."""

    def __init__(self, path: Path, *, now: Callable[[], datetime]) -> None:
        """`now` is aware."""
        self._path = path
        self._now = now
        self._turns: CapacityLimiter | None = None

    @property
    def systems(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """A look at the file by its name; raises `StoreError` when no line can be added to it."""
        return {"audit": self._look}

    async def write(self, content: Mapping[str, object]) -> None:
        """Append one line, with the time it was written at.

        Raises:
            StoreError: it cannot be kept; the file is as it was.
        """
        self._turns = self._turns or CapacityLimiter(1)
        await to_thread.run_sync(self._append, content, limiter=self._turns)

    async def _look(self) -> None:
        if not await to_thread.run_sync(takes_lines, self._path):
            raise _unnoted()

    def _append(self, content: Mapping[str, object]) -> None:
        from filelock import FileLock

        try:
            self._path.parent.stat()  # the lock would make a folder that is away, where nobody looks for lines
            with FileLock(_lock_of(self._path), timeout=LOCK_S, mode=0o600), self._opened() as file:
                _add(file, self._following(file, content))
        except OSError as error:  # as the lock's Timeout is
            raise _unnoted() from error

    @contextmanager
    def _opened(self) -> Generator[int]:
        file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            yield file
        finally:
            os.close(file)

    def _following(self, file: int, content: Mapping[str, object]) -> str:
        """The text of the next line; before the first, and behind one that a crash cut, a chain begins."""
        content, tail = {**content, "time": self._now().isoformat(timespec="milliseconds")}, _tail(file)
        previous = hash_of(tail.removesuffix(b"\n").rpartition(b"\n")[2] + b"\n") if tail.endswith(b"\n") else None
        if previous is not None:
            return f"{sealed(content, previous)}\n"
        end_of_cut = "\n" if tail and not tail.endswith(b"\n") else ""
        beginning = f"{sealed({BEGINS: content['time']}, START)}\n"
        return f"{end_of_cut}{beginning}{sealed(content, hash_of(beginning.encode()) or START)}\n"


def _unnoted() -> StoreError:
    return StoreError(
        "Accesses cannot be noted in the audit file, so nothing is given out.",
        hint="The operator must make room for the file that UNIQUE_ANALYTICS_AUDIT_FILE names, or let it be written.",
    )


def _tail(file: int) -> bytes:
    size = os.lseek(file, 0, os.SEEK_END)
    os.lseek(file, max(0, size - _TAIL_BYTES), os.SEEK_SET)
    return os.read(file, _TAIL_BYTES)


def _add(file: int, text: str) -> None:
    """All of it or nothing."""
    size, data = os.lseek(file, 0, os.SEEK_END), text.encode()
    try:
        written = os.write(file, data)
    except OSError:
        os.ftruncate(file, size)
        raise
    if written < len(data):
        os.ftruncate(file, size)
        raise OSError("the disk took only a part of the line")
