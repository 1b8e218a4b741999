"""Rows written as CSV into a sink, a portion at a time, off the event loop."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from anyio import to_thread

if TYPE_CHECKING:
    from unique_analytics_mcp.backends import Sink

_AT_ONCE: Final = 2_000
"""Rows that are held as text at a time."""


async def write(rows: Iterable[Sequence[str]], sink: Sink) -> None:
    """Append rows, with commas, quotes where they are needed, and lines that end as RFC 4180 has it.

    The rows are asked for in a worker thread, and what they raise is raised here.

    Raises:
        StoreError: the sink's.
    """
    waiting = iter(rows)
    while await to_thread.run_sync(_write_some, waiting, sink):
        pass


def _write_some(rows: Iterator[Sequence[str]], sink: Sink) -> bool:
    """False when there was nothing left to write."""
    portion = list(islice(rows, _AT_ONCE))
    if portion:
        sink.write(_written(portion))
    return bool(portion)


def _written(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8", errors="replace")
