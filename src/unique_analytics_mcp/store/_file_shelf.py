"""A shelf that is a folder: safe for many tasks and many processes of one machine.

The layout is in `_layout`. Knows nothing of platforms, and of reports only their bytes.
"""

from __future__ import annotations

import errno
import hashlib
import secrets
import shutil
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

from anyio import CancelScope

from unique_analytics_mcp.domain.fetched import Intake
from unique_analytics_mcp.domain.order import NotedOrder
from unique_analytics_mcp.errors import StoreError
from unique_analytics_mcp.paths import is_there
from unique_analytics_mcp.store._files import (
    bytes_of,
    changed_at,
    discard,
    entries,
    in_thread,
    replace_file,
    size_bytes,
    unfinished,
    writing,
)
from unique_analytics_mcp.store._incoming import Incoming, OnKept, StoredReport, stored
from unique_analytics_mcp.store._layout import SIDECAR, Layout
from unique_analytics_mcp.store._locks import held, held_if_free
from unique_analytics_mcp.store._records import AttemptRecord, OrderRecord, Record, ReportRecord, Rules, newest_first
from unique_analytics_mcp.store._shelf import Copy, Shelf

_Kind = TypeVar("_Kind", bound=Record)
_CHUNK_BYTES: Final = 1 << 20


class FileShelf(Shelf):
    """The shelf of one principal in a folder of their own."""

    def __init__(self, folder: Path, *, rules: Rules, make_room: Callable[[], None]) -> None:
        self._layout = Layout(folder)
        self._rules = rules
        self._make_room = make_room

    def lock(self, name: str) -> AbstractAsyncContextManager[None]:
        return held(self._layout.lock(f"named {name}"))

    async def secret(self, size_bytes: int) -> bytes:
        async with self.lock("secret"):
            return await in_thread(self._secret, size_bytes)

    async def note_attempt(self, fingerprint: str, at: datetime) -> None:
        path = self._layout.attempt(fingerprint)
        await in_thread(replace_file, path, AttemptRecord(at=at).encoded())

    async def attempt(self, fingerprint: str) -> datetime | None:
        record = await in_thread(self._read, AttemptRecord, self._layout.attempt(fingerprint))
        return None if record is None else record.at

    async def forget_attempt(self, fingerprint: str) -> None:
        await in_thread(self._layout.attempt(fingerprint).unlink, missing_ok=True)

    async def note_order(self, order: NotedOrder) -> None:
        await in_thread(replace_file, self._layout.order(order.order_id), OrderRecord(order=order).encoded())

    async def order(self, order_id: str) -> NotedOrder | None:
        return await in_thread(self._order, self._layout.order(order_id))

    async def orders(self) -> tuple[NotedOrder, ...]:
        return await in_thread(self._orders)

    async def forget_order(self, order_id: str) -> None:
        await in_thread(self._forget_order, order_id)

    @asynccontextmanager
    async def receive(self, order_id: str, *, on_kept: OnKept | None = None) -> AsyncGenerator[Incoming]:
        part, folder = self._layout.part(order_id), self._layout.report(order_id)
        async with held(self._layout.change_lock(part)):
            incoming = await in_thread(
                Incoming, part, folder, rules=self._rules, make_room=self._make_room, on_kept=on_kept
            )
            try:
                yield incoming
            finally:
                with CancelScope(shield=True):
                    await in_thread(incoming.discard)

    async def report(self, order_id: str) -> StoredReport | None:
        return await in_thread(self._report, order_id)

    async def note_intake(self, order_id: str, intake: Intake) -> None:
        await in_thread(self._note_intake, order_id, intake)

    async def export(self, order_id: str, target: Path, *, copy: Copy | None = None) -> Path:
        return await in_thread(self._export, order_id, target, copy or _copy_bytes)

    async def drop_idle_report(self, order_id: str) -> None:
        """Remove a report unless somebody is receiving or removing it."""
        await in_thread(self._drop_idle_report, order_id)

    def _drop_idle_report(self, order_id: str) -> None:
        folder = self._layout.report(order_id)
        if is_there(folder):
            with suppress(BlockingIOError), held_if_free(self._layout.change_lock(folder)):
                discard(folder, passing=self._layout.incoming)

    def _read(self, kind: type[_Kind], path: Path) -> _Kind | None:
        record = kind.read(path)
        return record if record is not None and self._rules.keep(record) else None

    def _secret(self, size_bytes: int) -> bytes:
        path = self._layout.secret
        if not is_there(path):
            replace_file(path, secrets.token_bytes(size_bytes))
        found = bytes_of(path)
        if len(found) < size_bytes:
            raise OSError(errno.EIO, "the secret is damaged")
        return found

    def _orders(self) -> tuple[NotedOrder, ...]:
        notes = (path for path in entries(self._layout.orders) if path.suffix == ".json")
        return newest_first(filter(None, map(self._order, notes)))

    def _order(self, note: Path) -> NotedOrder | None:
        """The order of a note; one that lies in the place of another order's is none."""
        record = self._read(OrderRecord, note)
        return record.order if record and self._layout.order(record.order.order_id) == note else None

    def _forget_order(self, order_id: str) -> None:
        self._layout.order(order_id).unlink(missing_ok=True)
        self._forget_report(order_id)

    def _forget_report(self, order_id: str) -> None:
        discard(self._layout.report(order_id), passing=self._layout.incoming)

    def _report(self, order_id: str) -> StoredReport | None:
        record = self._sidecar(order_id)
        if record is None:
            return None
        report = stored(record, self._layout.report(order_id))
        if record.typed and record.typed == _typed_files(report.parquet_path):
            return report
        return replace(report, intake=None) if _is_intact(report) else None

    def _sidecar(self, order_id: str) -> ReportRecord | None:
        """The sidecar of a report whose CSV has its size."""
        folder, record = self._layout.report(order_id), self._record(order_id)
        is_there = record and size_bytes(stored(record, folder).csv_path) == record.size_bytes
        return record if is_there else None

    def _record(self, order_id: str) -> ReportRecord | None:
        """A report's sidecar; one of another order's report is none."""
        record = self._read(ReportRecord, self._layout.report(order_id) / SIDECAR)
        return record if record and record.order.order_id == order_id else None

    def _note_intake(self, order_id: str, intake: Intake) -> None:
        folder, record = self._layout.report(order_id), self._record(order_id)
        if record is not None:
            typed = _typed_files(stored(record, folder).parquet_path)
            replace_file(folder / SIDECAR, record.model_copy(update={"intake": intake, "typed": typed}).encoded())

    def _export(self, order_id: str, target: Path, copy: Copy) -> Path:
        record = self._sidecar(order_id)
        if record is None:
            raise _no_report()
        report = stored(record, self._layout.report(order_id))
        is_intact = _is_intact(report)
        if is_intact is None:
            raise _no_report()
        if not is_intact:
            self._forget_report(order_id)
            raise _damaged()
        self._drop_unfinished(target.absolute().parent)
        try:
            return _written(report.csv_path, target.absolute(), copy)
        except OSError as error:
            raise _not_exported() from error

    def _drop_unfinished(self, folder: Path) -> None:
        """Remove what killed exports left in a folder of the operator's, which no sweep looks into."""
        with suppress(OSError):  # what may be written into may not always be listed
            for path in unfinished(folder):
                self._drop_if_left(path)

    def _drop_if_left(self, path: Path) -> None:
        with suppress(OSError):
            if not self._rules.keep_workplace(changed_at(path)):
                path.unlink()


def _typed_files(parquet: Path) -> dict[str, tuple[int, int]]:
    """Size in bytes and last change in nanoseconds of all files of a table, by name; none while it changes."""
    try:
        found = {path.name: path.stat() for path in entries(parquet.parent) if path.name.startswith(parquet.name)}
    except FileNotFoundError:
        return {}
    return {name: (stat.st_size, stat.st_mtime_ns) for name, stat in found.items()}


def _is_intact(report: StoredReport) -> bool | None:
    """Whether the bytes are those that were kept; None once they are gone."""
    try:
        with report.csv_path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == report.kept_sha256
    except FileNotFoundError:
        return None


def _written(source: Path, target: Path, copy: Copy) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    with writing(target) as file:
        copy(source, file)
    return target


def _copy_bytes(source: Path, target: BinaryIO) -> None:
    with source.open("rb") as original:
        shutil.copyfileobj(original, target, _CHUNK_BYTES)


def _no_report() -> StoreError:
    return StoreError(
        "The report of this order is not in the local store.",
        hint="Call download_report_summary, which fetches it, then save it.",
    )


def _damaged() -> StoreError:
    return StoreError(
        "The stored report was changed on the disk since it was fetched, so it was removed.",
        hint="Make the same call again: the report is fetched anew.",
    )


def _not_exported() -> StoreError:
    return StoreError(
        "The report could not be saved to that file.",
        hint="Choose a file in a folder that may be written and has room for the report.",
    )
