"""The child: limits first, then one question at a time from stdin and one answer each to stdout.

An empty question only asks whether it is there.

It is started with an empty environment and holds no secret. Its address space, written files and processor time are
limited by the operating system before the engine is loaded; on Windows, which has no such limits, only the parent's
kill at the deadline holds. It ends when its parent does: by the end of stdin, or by its processor time. The engine
keeps much of what a large statement took, so that a child which has grown says so, and is not kept idle.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO, Final, cast

from unique_analytics_mcp.analysis.sealed.frames import HEAD_BYTES, Value, body_length, decoded, encoded
from unique_analytics_mcp.analysis.sealed.gate import Refused
from unique_analytics_mcp.analysis.sealed.tables import Report, Tables
from unique_analytics_mcp.analysis.sealed.troubles import explained

ADDRESS_SPACE: Final = 2**30
"""Bytes a child may map."""

GROWN: Final = 2**28
"""Bytes in memory from which on a child is not kept: three times what a small question takes."""

_SPARE_SECONDS: Final = 2


def main() -> None:
    """Answer until stdin ends."""
    _limit("RLIMIT_AS", ADDRESS_SPACE)
    _limit("RLIMIT_FSIZE", 0)
    _limit("RLIMIT_CORE", 0)
    import duckdb

    tables = _Opened()
    ready: Value = {"ready": duckdb.__version__}
    _send(ready)
    for question in _questions(sys.stdin.buffer):
        if not question:
            _send(ready)
            continue
        _allow_seconds(cast("float", question["limit_s"]))
        answer = _answered(question, tables)
        last = "spent" in answer or _resident_bytes() > GROWN
        _send({**answer, "last": last})
        if last:
            return


class _Opened:
    """The tables of the last question, kept for the next one about the same reports."""

    def __init__(self) -> None:
        self._reports: list[Report] = []
        self._tables: Tables | None = None
        self._stack = False

    def of(self, reports: list[Report], *, stack: bool) -> Tables:
        """Tables of exactly these reports."""
        if self._tables is None or (self._reports, self._stack) != (reports, stack):
            if self._tables is not None:
                self._tables.close()
            self._tables = None
            self._tables = Tables(reports, stack=stack)
            self._reports, self._stack = reports, stack
        return self._tables


def _answered(question: Value, opened: _Opened) -> Value:
    import duckdb

    try:
        reports = [Report(**report) for report in cast("list[dict[str, str]]", question["reports"])]
        tables = opened.of(reports, stack=bool(question["stack"]))
        rows = tables.ask(
            str(question["sql"]), limit=cast("int", question["limit"]), offset=cast("int", question["offset"])
        )
    except Refused as refusal:
        return {"refused": refusal.message, "hint": refusal.hint}
    except duckdb.Error as error:
        refusal = explained(error, {})
        return {"refused": refusal.message, "hint": refusal.hint}
    except MemoryError:
        return {"spent": "memory"}
    statement = rows.statement
    names = {"columns_read": sorted(statement.columns_read), "names_sought": sorted(statement.names_sought)}
    return {
        "columns": rows.columns,
        "types": rows.types,
        "rows": rows.rows,
        "more": rows.more,
        "statement": {**asdict(statement), **names},
    }


def _questions(pipe: BinaryIO) -> Iterator[Value]:
    while head := pipe.read(HEAD_BYTES):
        yield decoded(pipe.read(body_length(head)))


def _send(answer: Mapping[str, object]) -> None:
    sys.stdout.buffer.write(encoded(dict(answer)))
    sys.stdout.buffer.flush()


def _limit(name: str, most: int) -> None:
    """Set a limit of the operating system, for good; one that it does not have or does not lower is left."""
    try:
        import resource
    except ImportError:
        return
    try:
        resource.setrlimit(getattr(resource, name), (most, most))
    except (AttributeError, OSError, ValueError):
        return


def _resident_bytes() -> int:
    """How much memory it holds; 0 where the operating system does not write that down."""
    try:
        import resource

        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except (ImportError, OSError):
        return 0
    return int(pages) * resource.getpagesize()


def _allow_seconds(seconds: float) -> None:
    """Let the child end by itself when it computes on after this, which happens when the parent is gone."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    allowed = int(used.ru_utime + used.ru_stime + seconds) + _SPARE_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, resource.getrlimit(resource.RLIMIT_CPU)[1]))
