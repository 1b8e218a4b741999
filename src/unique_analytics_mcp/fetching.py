"""From a DONE order to a typed report in the store, once, however many ask.

A download and the reading behind it run in the background of the service: a caller who leaves, or whose patience
ends, loses nothing, and the next one finds the report or the same download. Part of the service's shell; knows the
port, the store and the analysis.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, Self

import anyio
from anyio import CancelScope, to_thread
from anyio.abc import TaskGroup

from unique_analytics_mcp.background import background
from unique_analytics_mcp.domain.fetched import Intake
from unique_analytics_mcp.domain.order import NotedOrder, OrderState
from unique_analytics_mcp.domain.people import Pseudonyms
from unique_analytics_mcp.domain.report import ReportType
from unique_analytics_mcp.errors import BackendError, BackendUnavailable, OrderFailed, OrderNotFound, OrderNotReady
from unique_analytics_mcp.reading import Early, read_early, read_stored
from unique_analytics_mcp.tracing import Step, note, span
from unique_analytics_mcp.watching import Turns

if TYPE_CHECKING:
    from unique_analytics_mcp.backends import Backend
    from unique_analytics_mcp.store import Incoming, Rewrite, Shelf, StoredReport

_CAN_READ_EARLY: Final = os.name == "posix"  # elsewhere a file that is being read cannot get its final name

GONE_AFTER: Final = timedelta(minutes=10)
"""How long the report of a DONE order must be refused before it counts as gone."""

_WORD_LENGTH: Final = 60
"""Characters of a platform's own word for a state in a message."""


@dataclass(slots=True)
class _Download:
    """A report on its way."""

    finished: anyio.Event
    scope: CancelScope = field(default_factory=CancelScope)
    report: StoredReport | None = None
    error: Exception | None = None


class Reports:
    """The reports of one identity; an async context manager that owns the downloads."""

    def __init__(
        self,
        backend: Backend,
        shelf: Shelf,
        people: Pseudonyms | None,
        *,
        now: Callable[[], datetime],
        turns: Turns,
    ) -> None:
        """`people` replaces names before anything is kept; None keeps what comes. `now` gives the aware time."""
        self._backend = backend
        self._shelf = shelf
        self._people = people
        self._now = now
        self._downloads: dict[str, _Download] = {}
        self._turns = turns
        self._background = background()
        self._tasks: TaskGroup

    async def __aenter__(self) -> Self:
        self._tasks = await self._background.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._background.__aexit__(None, None, None)

    async def of(self, noted: NotedOrder, report: ReportType, *, patience_s: float | None) -> StoredReport:
        """The fetched and typed report of a DONE order; None for `patience_s` waits as long as it takes.

        Raises:
            OrderNotReady: still on its way after `patience_s` seconds; the download goes on.
            BackendError: it cannot be fetched.
            ReportUnreadable: it is no table; its bytes are kept.
            StoreError: it cannot be kept.
        """
        stored = await self._shelf.report(noted.order_id)
        if stored is not None and stored.intake is not None:
            return stored
        download = self._downloads.get(noted.order_id) or self._start(noted, report)
        with anyio.move_on_after(patience_s):
            await download.finished.wait()
        return _outcome(download, noted.order_id)

    async def fetched(self, noted: NotedOrder) -> StoredReport:
        """The report of a DONE order as bytes, read or not; errors as in `of`.

        `ReportUnreadable` only with pseudonyms: what cannot be read cannot be searched for names, so it is not kept.
        """
        async with self._shelf.lock(f"report-{noted.order_id}"):
            return await self._shelf.report(noted.order_id) or await self._fetch(noted)

    @asynccontextmanager
    async def at_rest(self, order_id: str) -> AsyncGenerator[None]:
        """Nobody fetches or reads the order's report during the block: a download here is ended, others waited for."""
        download = self._downloads.get(order_id)
        if download is not None:
            download.scope.cancel()
        async with self._shelf.lock(f"report-{order_id}"):
            yield

    def _start(self, noted: NotedOrder, report: ReportType) -> _Download:
        download = self._downloads[noted.order_id] = _Download(finished=anyio.Event())
        self._tasks.start_soon(self._run, noted, report, download)
        return download

    async def _run(self, noted: NotedOrder, report: ReportType, download: _Download) -> None:
        try:
            with download.scope:
                download.report = await self._fetch_and_read(noted, report)
        except Exception as error:  # noqa: BLE001 - handed over whole to the callers, where it is raised
            download.error = error
        finally:
            del self._downloads[noted.order_id]
            download.finished.set()

    async def _fetch_and_read(self, noted: NotedOrder, report: ReportType) -> StoredReport:
        async with self._shelf.lock(f"report-{noted.order_id}"):
            stored = await self._shelf.report(noted.order_id) or await self._fetch(noted, read_as=report)
            if stored.intake is None:
                stored = await self._noted(stored, await read_stored(stored, report, self._turns.reports))
            return stored

    async def _fetch(self, noted: NotedOrder, *, read_as: ReportType | None = None) -> StoredReport:
        """The report's bytes, kept; typed already where that could be done while they came."""
        try:
            async with self._shelf.receive(noted.order_id) as incoming:
                if read_as is None or self._people is not None or not _CAN_READ_EARLY:
                    return await self._received(noted, incoming)
                async with read_early(incoming, read_as, self._turns.arriving) as early:
                    stored = await self._received(noted, incoming)
                return await self._typed(stored, early)
        except OrderNotFound:
            await self._shelf.forget_order(noted.order_id)
            raise
        except OrderNotReady as refused:
            raise await self._missed(noted, refused) from refused

    async def _missed(self, noted: NotedOrder, refused: OrderNotReady) -> BackendError:
        """What to say of a report that the platform does not give although its order is DONE.

        One refusal may pass. An order of which nothing else was heard for `GONE_AFTER` answers no request any more.
        """
        now, minutes = self._now(), GONE_AFTER // timedelta(minutes=1)
        since = min(noted.missed_since or now, now)  # the clock may have been set back
        if now - since >= GONE_AFTER:
            await self._shelf.forget_order(noted.order_id)
            return OrderNotFound(
                f"{refused.message} The order is DONE and this has not changed for {minutes} minutes: "
                "the platform no longer holds the report.",
                hint="Call create_analytics_order with the same type and dates to order it again.",
            )
        await self._shelf.note_order(replace(noted, missed_since=since))
        return BackendUnavailable(
            f"{refused.message} The platform says that the order is DONE.",
            hint=f"Make the same call again in a minute. After {minutes} minutes like this the report counts "
            "as gone and is ordered anew when asked for; create_analytics_order with reuse=false does so at once.",
        )

    async def _received(self, noted: NotedOrder, incoming: Incoming) -> StoredReport:
        with span(Step.DOWNLOAD, backend=self._backend.name, report_type=noted.request.type):
            remarks = await self._backend.fetch(noted.order_id, incoming, request=noted.request)
            if self._people is not None:
                await incoming.rewrite(_protection(self._people, self._backend.catalogue[noted.request.type]))
            stored = await incoming.keep(noted, remarks=remarks)
            note(size_bytes=stored.size_bytes)
            if noted.missed_since is not None:
                await self._shelf.note_order(replace(noted, missed_since=None))
            return stored

    async def _typed(self, stored: StoredReport, early: Early) -> StoredReport:
        from unique_analytics_mcp.analysis.intake import put_in_place

        if early.intake is None:
            return stored
        await to_thread.run_sync(put_in_place, early.typed_path, stored.parquet_path)
        return await self._noted(stored, early.intake)

    async def _noted(self, stored: StoredReport, found: Intake) -> StoredReport:
        intake = replace(found, remarks=(*stored.remarks, *found.remarks))
        await self._shelf.note_intake(stored.order.order_id, intake)
        return replace(stored, intake=intake)


def check_done(noted: NotedOrder, *, remarks: Sequence[str]) -> NotedOrder:
    """The order, which has a report; `remarks` say why it may have one although the last word known is another.

    Raises:
        OrderFailed: the platform gave it up.
        OrderNotReady: it is still running, for all we know.
    """
    word = noted.platform_state[:_WORD_LENGTH]
    if noted.state is OrderState.FAILED:
        raise OrderFailed(
            f"The platform ended order {noted.order_id} without a report: it says {word}.",
            hint="Call create_analytics_order with the same type and dates to order it again, or a shorter window.",
        )
    if noted.state is not OrderState.DONE:
        raise OrderNotReady(
            " ".join((f"Order {noted.order_id} is not DONE yet: the platform says {word}.", *remarks)),
            hint=f"Call wait_for_order with order_id='{noted.order_id}'.",
        )
    return noted


def _protection(people: Pseudonyms, report: ReportType) -> Rewrite:
    from unique_analytics_mcp.analysis.people import protect

    return partial(protect, report=report, pseudonyms=people)


def intake_of(report: StoredReport) -> Intake:
    """What reading the report found.

    Raises:
        OrderNotReady: it has not been read; what `Reports.of` gives has.
    """
    if report.intake is None:
        raise _on_its_way(report.order.order_id)
    return report.intake


def _outcome(download: _Download, order_id: str) -> StoredReport:
    if download.error is not None:
        raise download.error
    if download.report is None:
        raise _on_its_way(order_id)
    return download.report


def _on_its_way(order_id: str) -> OrderNotReady:
    return OrderNotReady(
        f"The report of order {order_id} is still on its way from the platform.",
        hint=f"Call download_report_summary with order_id='{order_id}' again; the download goes on meanwhile.",
    )
