"""From a report's bytes to its typed table: while they still arrive, or once they are there.

Part of the service's shell; knows the store's files and the analysis.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from anyio import CapacityLimiter, Semaphore, to_thread

from unique_analytics_mcp.domain.fetched import Intake
from unique_analytics_mcp.domain.report import ReportType
from unique_analytics_mcp.errors import AnalyticsError
from unique_analytics_mcp.tracing import Step, note, span

if TYPE_CHECKING:
    from unique_analytics_mcp.store import Arriving, Incoming, StoredReport


@dataclass(slots=True)
class Early:
    """What reading a report found while it arrived."""

    typed_path: Path
    intake: Intake | None = None
    """None where only the whole report will tell."""


@asynccontextmanager
async def read_early(incoming: Incoming, report: ReportType, turns: Semaphore) -> AsyncGenerator[Early]:
    """Reads a report while the block receives it; leaving the block after its last byte waits for the rest.

    Nothing is read early when no turn is free: a slow download must not keep another report waiting.
    """
    early = Early(await to_thread.run_sync(incoming.typed_path))
    try:
        turns.acquire_nowait()
    except anyio.WouldBlock:
        yield early
        return
    try:
        with incoming.arriving() as arriving:
            tasks = await anyio.create_task_group().__aenter__()
            tasks.start_soon(_read, early, arriving, report)
            try:
                yield early
            except BaseException:
                arriving.give_up()
                raise
            finally:
                await tasks.__aexit__(None, None, None)  # the caller's own error would come back wrapped in a group
    finally:
        turns.release()


async def _read(early: Early, arriving: Arriving, report: ReportType) -> None:
    from unique_analytics_mcp.analysis.intake import convert_arriving

    # Whoever reads it once it is there meets the same error, and says so.
    with suppress(AnalyticsError), span(Step.READ, report_type=report.name):
        # A thread of its own: if all threads there are waited for bytes, none would be left to fetch them.
        early.intake = await to_thread.run_sync(
            convert_arriving, BufferedReader(arriving), early.typed_path, report, limiter=CapacityLimiter(1)
        )
        if early.intake is not None:
            note(rows=early.intake.rows)


async def read_stored(stored: StoredReport, report: ReportType, turns: Semaphore) -> Intake:
    """What reading a fetched report finds, once it is its turn; its typed table is then in its place.

    Raises:
        ReportUnreadable: it is no table.
        StoreError: a file cannot be read or written.
    """
    from unique_analytics_mcp.analysis.intake import convert

    with span(Step.READ, report_type=report.name):
        async with turns:
            found = await to_thread.run_sync(convert, stored.csv_path, stored.parquet_path, report)
        note(rows=found.rows)
    return found
