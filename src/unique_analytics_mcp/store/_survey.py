"""How the store stands: whether it can be written, what it holds, what the disk behind it has left.

Looks at sizes only: no report is opened and no record read.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from unique_analytics_mcp.store._files import create_file, entries, make_folder, settle, size_bytes
from unique_analytics_mcp.store._layout import Layout


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What there is and what there is room for."""

    reports: int
    """Of all principals."""
    kept_bytes: int
    """Of all files of these reports."""
    free_bytes: int
    """That this user may still write to the disk."""


def survey(root: Path, library: Path) -> Survey:
    """Look at the store in `root`, whose principals have their folders in `library`; blocks."""
    _write_a_little(root)
    reports = [report for principal in entries(library) for report in entries(Layout(principal).reports)]
    return Survey(
        reports=len(reports),
        kept_bytes=sum(size_bytes(path) or 0 for report in reports for path in entries(report)),
        free_bytes=shutil.disk_usage(root).free,
    )


def check_folder(root: Path) -> None:
    """Let a store's folder pass that may be written, after it was made where it was not there; blocks.

    Raises:
        OSError: there is none, or it may not be written.
    """
    make_folder(root)
    if not os.access(root, os.W_OK | os.X_OK):
        raise OSError(errno.EACCES, "the folder may not be written")


def _write_a_little(root: Path) -> None:
    make_folder(root)
    trial = root / f".{secrets.token_hex(8)}.tmp"
    try:
        with create_file(trial) as file:
            file.write(bytes(4096))
            settle(file)
    finally:
        trial.unlink(missing_ok=True)
