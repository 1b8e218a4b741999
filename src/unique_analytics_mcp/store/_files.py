"""Private files: folders nobody else may enter, files that appear whole or not at all.

The lowest part of the store. Knows no orders, no reports and no rules; the operating system's errors leave it as
`StoreError`, in our words.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import stat
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, ParamSpec, TypeVar

from anyio import to_thread

from unique_analytics_mcp.errors import StoreError
from unique_analytics_mcp.paths import is_there

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


class _Words(NamedTuple):
    message: str
    hint: str


_FULL: Final = _Words(
    message="There is no room left on the disk behind the local store.",
    hint="Free disk space, set UNIQUE_ANALYTICS_DATA_DIR to a folder with more of it, "
    "or lower UNIQUE_ANALYTICS_MAX_STORE_BYTES.",
)
_FORBIDDEN: Final = _Words(
    message="This server may not write to its local store.",
    hint="Let its user write to the data folder, or set UNIQUE_ANALYTICS_DATA_DIR to one where it may.",
)
_CROWDED: Final = _Words(
    message="The local store cannot be used: the system does not let this process have more files open.",
    hint="Do less at the same time, or raise that limit (ulimit -n).",
)
_BROKEN: Final = _Words(
    message="The local store cannot be read or written.",
    hint="Check the disk behind the data folder, or set UNIQUE_ANALYTICS_DATA_DIR to another folder.",
)
_WORDS_OF: Final[Mapping[int, _Words]] = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), _FULL),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), _FORBIDDEN),
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), _CROWDED),
}
_UNFINISHED: Final = ".tmp"
_NO_FOLDER: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})
"""What is said of a place where none is; a link in a circle is not one either."""
_LOST: Final = frozenset({errno.EIO, errno.ENOSPC, errno.EDQUOT})
"""What a folder says whose names did not reach the disk; other errors say that it cannot be asked."""


@contextmanager
def in_our_words() -> Generator[None]:
    """Turns an `OSError` of the block into a `StoreError` that names no path."""
    try:
        yield
    except OSError as error:
        words = _WORDS_OF.get(error.errno or 0, _BROKEN)
        raise StoreError(words.message, hint=words.hint) from error


async def in_thread(
    work: Callable[_Arguments, _Result], *args: _Arguments.args, **kwargs: _Arguments.kwargs
) -> _Result:
    """The result of blocking file work, done in a worker thread and never left half-way by a cancellation.

    Raises:
        StoreError: the disk is full, forbidden or broken.
    """

    def told() -> _Result:
        with in_our_words():
            return work(*args, **kwargs)

    return await to_thread.run_sync(told)


def make_folder(folder: Path) -> None:
    """Create a folder, and what is missing above it, for this user only and whatever the umask."""
    if folder.is_dir():
        return
    if folder.parent != folder:  # as of a drive that is not there
        make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    folder.chmod(0o700)
    settle_names(folder.parent)


def create_file(path: Path) -> BinaryIO:
    """Open a new file for writing, for this user only and whatever the umask."""
    path.touch(mode=0o600, exist_ok=False)
    path.chmod(0o600)
    return path.open("wb")


def settle(file: BinaryIO) -> None:
    """Wait until what was written is on the disk."""
    file.flush()
    os.fsync(file.fileno())


def settle_names(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, or a power cut may take a file whose bytes are there.

    Does nothing where a system knows no such thing, or lets nobody do it.
    """
    try:
        names = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(names)
        finally:
            os.close(names)
    except OSError as error:
        if error.errno in _LOST:
            raise


@contextmanager
def writing(path: Path) -> Generator[BinaryIO]:
    """A new file that takes the place of `path` when the block ends well, and otherwise leaves no trace.

    A symbolic link at `path` is replaced, not followed.
    """
    temporary = path.with_name(f".{secrets.token_hex(8)}{_UNFINISHED}")
    try:
        with create_file(temporary) as file:
            yield file
            settle(file)
        temporary.replace(path)
        settle_names(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def unfinished(folder: Path) -> Iterator[Path]:
    """The files in a folder that `writing` is at work on, or was when its process was killed."""
    return (path for path in entries(folder) if re.fullmatch(rf"\.[0-9a-f]{{16}}{re.escape(_UNFINISHED)}", path.name))


def replace_file(path: Path, content: bytes) -> None:
    """Give the file at `path` this content in one step."""
    make_folder(path.parent)
    with writing(path) as file:
        file.write(content)


def entries(folder: Path) -> tuple[Path, ...]:
    """What lies in a folder, in no order; nothing when there is no such folder."""
    try:
        return tuple(folder.iterdir())
    except OSError as error:
        if error.errno not in _NO_FOLDER:
            raise
        return ()


def changed_at(path: Path) -> datetime:
    """When the file was last written, by the clock of its disk; aware."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def size_bytes(path: Path) -> int | None:
    """Of a file that somebody else may remove at any time; None once it is gone, and of what is none."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def bytes_of(path: Path) -> bytes:
    """What stands in a file; nothing in what is none, such as a folder, or a pipe, whose reader might wait for ever."""
    return path.read_bytes() if stat.S_ISREG(path.stat().st_mode) else b""


def discard(folder: Path, *, passing: Path) -> None:
    """Remove a folder, if it is there: in one step through `passing`, then file by file."""
    if not is_there(folder):
        return
    make_folder(passing)
    gone = passing / secrets.token_hex(8)
    with suppress(FileNotFoundError):
        folder.replace(gone)
        shutil.rmtree(gone, ignore_errors=True)
