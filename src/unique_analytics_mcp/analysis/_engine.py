"""The one place that opens DuckDB connections of this process, and the table that turns its errors into ours.

Other people's SQL never runs here but in `sealed`.

A connection lives in memory, reaches only the tables and the folder it was opened for, loads no extension and is
locked: a path with `*` or `[` in it is taken literally, and a folder named `key=value` adds no column. DuckDB is
imported when the first connection is opened. Measurements behind the limits: reference/performance.md, sections 2 and
5.
"""

from __future__ import annotations

import glob
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from unique_analytics_mcp.analysis.parts import reach
from unique_analytics_mcp.errors import ReportUnreadable, StoreError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MEMORY_MB: Final = 128  # no slower than twice as much, for ten million rows or for keys that are all different
_THREADS: Final = 2  # rows stay in their order; more would take more memory


def quoted(identifier: str) -> str:
    """The name as an SQL identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """The text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def literal_path(path: Path) -> str:
    """The path as a reading function takes it, with nothing in it that matches other files."""
    return glob.escape(str(path))


@contextmanager
def store_errors() -> Generator[None]:
    """Inside the block, trouble with a file is our error.

    Raises:
        StoreError: the disk is full, or a file is gone or cannot be read or written.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise _gone() from error
    except OSError as error:
        raise _store_error() from error


@contextmanager
def workplace(beside: Path) -> Generator[Path]:
    """A private folder next to `beside`, gone with all it holds at the end, however the end comes.

    Raises:
        StoreError: the disk is full, or a file cannot be read or written, anywhere inside the block.
    """
    with store_errors(), TemporaryDirectory(prefix=".analysis-", dir=beside.parent) as folder:
        yield Path(folder)


class Engine:
    """One open connection."""

    def __init__(self, connection: DuckDBPyConnection, tables: Sequence[Path]) -> None:
        self._connection, self._tables = connection, tables

    def ask(self, sql: str, /, **values: object) -> list[tuple[object, ...]]:
        """All rows of one statement; each value fills the parameter `$name` of its name.

        In a thread of `anyio` it ends like its caller who has left meanwhile, and runs nothing.

        Raises:
            ReportUnreadable: the file is not what the statement takes it for, or its numbers overflow.
            StoreError: a file is not there or cannot be read or written, or the memory limit is too small.
        """
        import duckdb

        end_with_caller()
        try:
            return self._connection.execute(sql, values).fetchall()
        except (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.PermissionException) as error:
            are_there = all(table.exists() for table in self._tables)
            raise (_store_error() if are_there else _gone()) from error
        except (
            duckdb.ConversionException,
            duckdb.InvalidInputException,
            duckdb.NotImplementedException,
            duckdb.OutOfRangeException,
        ) as error:
            raise ReportUnreadable(
                "The report cannot be computed: its bytes are not a regular table, or its numbers are too large.",
                hint="Read the report's CSV page by page to see what it holds.",
            ) from error


def end_with_caller() -> None:
    """End here, in a thread of `anyio`, like its caller who has left meanwhile."""
    from anyio import from_thread

    with suppress(RuntimeError):  # elsewhere than in such a thread
        from_thread.check_cancelled()


@contextmanager
def engine(tables: Sequence[Path] = (), *, folder: Path, memory_mb: int = _MEMORY_MB) -> Generator[Engine]:
    """An open engine that can reach typed `tables` and what is in `folder`, and nothing else.

    What outgrows its memory goes to the folder.
    """
    import duckdb

    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "memory_limit": f"{memory_mb}MB",
            "threads": _THREADS,
            "async_threads": 0,  # eight others, which take a tenth of the time of opening and have nothing to do
            "temp_directory": str(folder),
        },
    )
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET allowed_paths = ?", [[path for table in tables for path in reach(table)]])
        connection.execute("SET allowed_directories = ?", [[f"{literal_path(folder)}/"]])
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield Engine(connection, tables)
    finally:
        connection.close()


def _gone() -> StoreError:
    return StoreError(
        "The report is not in the local store any more: it was removed, or made room for others, while it was read.",
        hint="Make the same call again: the report is fetched anew.",
    )


def _store_error() -> StoreError:
    return StoreError(
        "The report could not be read from or written to the local store.",
        hint="Ask the operator whether the disk is full and the data folder writable, then try again.",
    )
