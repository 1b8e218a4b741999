"""A file that is read while it is still being written: a read waits for bytes that have not come yet."""

from __future__ import annotations

import errno
from io import SEEK_SET, FileIO, RawIOBase
from threading import Condition
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Arriving(RawIOBase):
    """The reader's end, for one thread, while another one tells how far the file has come.

    A read raises an `OSError` once it is known that the rest will never come.
    """

    def __init__(self, file: FileIO) -> None:
        """`file` is read from where it stands, and closed with this one."""
        super().__init__()
        self._file = file
        self._size_bytes = 0
        self._is_complete = False
        self._is_given_up = False
        self._changed = Condition()

    # The writer's side

    def has_come(self, size_bytes: int) -> None:
        """So many bytes are in the file by now."""
        with self._changed:
            self._size_bytes = size_bytes
            self._changed.notify()

    def complete(self) -> None:
        """All bytes are there."""
        with self._changed:
            self._is_complete = True
            self._changed.notify()

    def give_up(self) -> None:
        """No more bytes will come, or what came counts no longer; nothing where all are there."""
        with self._changed:
            self._is_given_up = not self._is_complete
            self._changed.notify()

    # The reader's side

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = SEEK_SET, /) -> int:
        """As of any file, but the end is where it is now."""
        return self._file.seek(offset, whence)

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        """As of any file; 0 only at the end of the complete one."""
        place = self._file.tell()
        with self._changed:
            self._changed.wait_for(lambda: self._size_bytes > place or self._is_complete or self._is_given_up)
            if self._is_given_up:
                raise OSError(errno.ECANCELED, "the rest will not come")
            come = self._size_bytes - place
        return self._file.readinto(memoryview(buffer)[: max(come, 0)])

    def close(self) -> None:
        self._file.close()
        super().close()
