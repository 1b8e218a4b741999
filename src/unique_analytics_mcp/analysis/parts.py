"""A typed table on the disk: one Parquet file or, of a large report, several beside each other.

Parquet cannot be appended to, so what is converted while a report still arrives becomes a file each. The first one has
the table's own name and is put in its place last: the table is there when that is. The others have a number behind it,
so that names are in the order of the rows.
"""

from __future__ import annotations

import glob
from pathlib import Path


def part_path(parquet: Path, number: int) -> Path:
    """Where the part of that number, from 0 on, of the table at `parquet` lies."""
    return parquet if number == 0 else parquet.with_name(f"{parquet.name}.{number:04}")


def part_paths(parquet: Path) -> list[Path]:
    """The parts there are, in the order of their rows; the first one even when there is no table."""
    return [parquet, *sorted(parquet.parent.glob(f"{glob.escape(parquet.name)}.*"))]


def typed_table(parquet: Path) -> str:
    """The table as a reading function takes it: a pattern that matches its parts and nothing else."""
    return glob.escape(str(parquet)) + "*"


def reach(parquet: Path) -> list[str]:
    """What an engine must be allowed to open for the table."""
    return [typed_table(parquet), *map(str, part_paths(parquet))]


def take_over(made: Path, parquet: Path) -> None:
    """Put the table at `made` in the place of the one at `parquet`, for this user only and whatever the umask.

    Raises:
        OSError: the disk is broken; then there is no table.
    """
    for stale in part_paths(parquet):
        stale.unlink(missing_ok=True)
    for number, part in reversed([*enumerate(part_paths(made))]):
        part.chmod(0o600)
        part.replace(part_path(parquet, number))
