"""Reports on the shelf, and how one comes onto it: bytes as they arrive, then all of it in one step.

Knows files and records, nothing of platforms. `Incoming` is a `backends.Sink`.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from unique_analytics_mcp.domain.fetched import Intake
from unique_analytics_mcp.domain.order import NotedOrder
from unique_analytics_mcp.errors import StoreError
from unique_analytics_mcp.store._arriving import Arriving
from unique_analytics_mcp.store._files import (
    create_file,
    entries,
    in_our_words,
    in_thread,
    make_folder,
    settle,
    settle_names,
)
from unique_analytics_mcp.store._layout import SIDECAR
from unique_analytics_mcp.store._records import ReportRecord, Rules

Rewrite = Callable[[Path, Path], tuple[str, ...]]
"""Writes the file that is to be kept from the one that came, and gives what must be said of it."""

OnKept = Callable[[ReportRecord, Path], Awaitable[None]]
"""Is given the sidecar and the file of a report that was just kept here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReport:
    """A report on this machine. Its files may be removed at any time once it has expired or room is needed."""

    csv_path: Path
    """The bytes as the platform sent them, or as `Incoming.rewrite` left them."""
    parquet_path: Path
    """Where the typed table is, or is to be written while `intake` is None."""
    size_bytes: int
    """Of the CSV file."""
    sha256: str
    """Of the bytes as the platform sent them."""
    kept_sha256: str
    """Of the CSV file."""
    remarks: tuple[str, ...]
    """What the platform said of the bytes and what was done to them before they were kept, in sentences."""
    fetched_at: datetime
    order: NotedOrder
    """As it was when the report was fetched."""
    intake: Intake | None
    """What reading the CSV found; None until `Shelf.note_intake`, and when the typed table is gone."""


def stored(record: ReportRecord, folder: Path) -> StoredReport:
    """The report whose sidecar says `record`, in its folder; that the files are there is not checked."""
    return StoredReport(
        csv_path=folder / f"{record.sha256}.csv",
        parquet_path=folder / f"{record.sha256}.parquet",
        size_bytes=record.size_bytes,
        sha256=record.sha256,
        kept_sha256=record.file_sha256,
        remarks=record.remarks,
        fetched_at=record.fetched_at,
        order=record.order,
        intake=record.intake,
    )


class Incoming:
    """A report while it arrives: gone again unless it is kept."""

    def __init__(
        self,
        part: Path,
        folder: Path,
        *,
        rules: Rules,
        make_room: Callable[[], None],
        on_kept: OnKept | None = None,
    ) -> None:
        make_folder(part.parent)
        part.unlink(missing_ok=True)
        self._part = part
        self._sidecar = part.with_suffix(".json")
        self._rewritten = part.with_suffix(".rewritten")
        self._typed = part.with_suffix(".typed")
        shutil.rmtree(self._typed, ignore_errors=True)
        self._arriving: Arriving | None = None
        self._folder = folder
        self._rules = rules
        self._make_room = make_room
        self._on_kept = on_kept
        self._file: BinaryIO = create_file(part)
        self._size_bytes = 0
        self._sha256 = hashlib.sha256()
        self._kept_sha256 = ""
        self._remarks: tuple[str, ...] = ()

    def write(self, chunk: bytes, /) -> None:
        """Take the next bytes; blocks, so call it from a worker thread.

        Raises:
            StoreError: the disk is full, or the report is larger than the whole store may be.
        """
        self._size_bytes += len(chunk)
        if self._size_bytes > self._rules.max_bytes:
            raise _too_large(self._rules.max_bytes)
        self._sha256.update(chunk)
        with in_our_words():
            self._file.write(chunk)
            if self._arriving is not None:
                self._file.flush()
                self._arriving.has_come(self._size_bytes)

    def restart(self) -> None:
        """Forget what came so far: the download begins again.

        Raises:
            StoreError: the disk is broken.
        """
        self._give_up()
        self._size_bytes = 0
        self._sha256 = hashlib.sha256()
        with in_our_words():
            self._file.seek(0)
            self._file.truncate()

    def arriving(self) -> Arriving:
        """The bytes for somebody who reads them while they come, to be asked for once and before the first of them.

        Raises:
            StoreError: no further file can be opened.
        """
        with in_our_words():
            self._arriving = Arriving(self._part.open("rb", buffering=0))
        return self._arriving

    def typed_path(self) -> Path:
        """Where a typed table may be made meanwhile, in a new folder that is gone in the end with all it holds; blocks.

        Raises:
            StoreError: the disk is full, forbidden or broken.
        """
        with in_our_words():
            make_folder(self._typed)
        return self._typed / "typed.parquet"

    async def rewrite(self, work: Rewrite) -> None:
        """Let `work` make the file that is kept from the one that came, which is removed; the checksum stays the old.

        Raises:
            StoreError: the disk is full, forbidden or broken.
            AnalyticsError: what `work` raises; nothing can be kept then.
        """
        await in_thread(self._rewrite, work)

    async def keep(self, order: NotedOrder, *, remarks: Sequence[str] = ()) -> StoredReport:
        """Put the report in its place, instead of an earlier one, and make room for it; `remarks` are kept with it.

        Raises:
            StoreError: the disk is full, forbidden or broken; an earlier report is still there.
        """
        if self._arriving is not None:
            self._arriving.complete()
        record = self._record(order, remarks)
        report = await in_thread(self._keep, record)
        if self._on_kept is not None:
            await self._on_kept(record, report.csv_path)
        return report

    async def adopt(self, record: ReportRecord) -> StoredReport | None:
        """Put bytes in their place that were kept elsewhere under `record`; None when they are not those bytes.

        Raises:
            StoreError: the disk is full, forbidden or broken.
        """
        if (self._size_bytes, self._sha256.hexdigest()) != (record.size_bytes, record.file_sha256):
            return None
        return await in_thread(self._keep, record)

    def discard(self) -> None:
        """Remove what was not kept; what cannot be removed is left to the next sweep."""
        self._give_up()
        with suppress(OSError):
            self._file.close()
        for path in (self._part, self._sidecar, self._rewritten):
            with suppress(OSError):
                path.unlink()
        shutil.rmtree(self._typed, ignore_errors=True)

    def _give_up(self) -> None:
        if self._arriving is not None:
            self._arriving.give_up()
            self._arriving = None

    def _rewrite(self, work: Rewrite) -> None:
        self._file.close()
        self._rewritten.unlink(missing_ok=True)
        create_file(self._rewritten).close()
        self._remarks = work(self._part, self._rewritten)
        self._rewritten.replace(self._part)
        self._file = self._part.open("r+b")
        self._kept_sha256 = hashlib.file_digest(self._file, "sha256").hexdigest()
        self._size_bytes = self._file.tell()

    def _record(self, order: NotedOrder, remarks: Sequence[str]) -> ReportRecord:
        return ReportRecord(
            order=order,
            size_bytes=self._size_bytes,
            sha256=self._sha256.hexdigest(),
            kept_sha256=self._kept_sha256,
            remarks=(*remarks, *self._remarks),
            fetched_at=self._rules.now(),
        )

    def _keep(self, record: ReportRecord) -> StoredReport:
        report = stored(record, self._folder)
        self._finish(record)
        self._place(report)
        self._make_room()
        return report

    def _finish(self, record: ReportRecord) -> None:
        with self._file:
            settle(self._file)
        self._sidecar.unlink(missing_ok=True)
        with create_file(self._sidecar) as file:
            file.write(record.encoded())
            settle(file)

    def _place(self, report: StoredReport) -> None:
        sidecar = self._folder / SIDECAR
        make_folder(self._folder)
        self._part.replace(report.csv_path)
        self._sidecar.replace(sidecar)
        settle_names(self._folder)
        for path in entries(self._folder):
            if path not in (report.csv_path, sidecar) and not path.is_dir():
                path.unlink(missing_ok=True)


def _too_large(max_bytes: int) -> StoreError:
    return StoreError(
        f"The report is larger than the {max_bytes:,} bytes the local store may hold.",
        hint="Ask for a shorter period, or let the operator raise UNIQUE_ANALYTICS_MAX_STORE_BYTES.",
    )
