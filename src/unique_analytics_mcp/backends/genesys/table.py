"""Rows written as CSV into a sink, a portion at a time, off the event loop."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from anyio import to_thread

if TYPE_CHECKING:
    from unique_analytics_mcp.backends import Sink

_AT_ONCE: Final = 2_000
"""Rows that are held as text at a time."""


async def write(rows: Iterable[Sequence[str]], sink: Sink) -> None:
    """Append rows, with commas, quotes where they are needed, and lines that end as RFC 4180 has it.

    Raises:
        StoreError: the sink's.
    """
    waiting = iter(rows)
    while portion := list(islice(waiting, _AT_ONCE)):
        await to_thread.run_sync(lambda portion=portion: sink.write(_written(portion)))


def _written(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8", errors="replace")
