"""Whether something is there, alike with each Python."""

from __future__ import annotations

from pathlib import Path


def is_there(path: Path) -> bool:
    """Whether something has that path; a link that leads nowhere has nothing.

    From Python 3.14 on `Path.exists` also denies what nobody may look at, and names that no file can have.

    Raises:
        OSError: it cannot be told: a folder above it may not be looked into, or its name is too long.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True
