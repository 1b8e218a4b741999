"""A shelf that any number of replicas share: objects in a bucket, notes and locks in Redis, a folder of copies.

Why two replicas never place one order twice: the lock only makes equal requests take turns, for it may be lost while
its holder lives. What decides is the attempt, an object that is made, or taken over, by one conditional write. Who
wrote it sends within `SENDING_S` or not at all, and nobody takes it over for `UNTOUCHED_S`; after that the platform's
list is looked through before anything is sent (docs/adr/0019). Attempts are dated by the clock of Redis, which is one
for all (docs/adr/0030).

A report's bytes and sidecar are objects that are written once. The typed table is made on each machine anew.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from unique_analytics_mcp.domain.fetched import Intake
from unique_analytics_mcp.domain.order import NotedOrder
from unique_analytics_mcp.errors import StoreError, SubmissionUnclear
from unique_analytics_mcp.store._file_shelf import FileShelf
from unique_analytics_mcp.store._files import in_thread
from unique_analytics_mcp.store._incoming import Incoming, StoredReport
from unique_analytics_mcp.store._layout import Keys, file_name
from unique_analytics_mcp.store._notes import Notes
from unique_analytics_mcp.store._objects import Objects
from unique_analytics_mcp.store._records import AttemptRecord, OrderRecord, ReportRecord, Rules, newest_first
from unique_analytics_mcp.store._shelf import Copy, Shelf

SENDING_S: Final = 25.0
"""Shorter than for a folder: other replicas may try after `UNTOUCHED_S`."""
UNTOUCHED_S: Final = 45.0
"""Longer than `SENDING_S` and writing the attempt together, by far."""


class SharedShelf(Shelf):
    """The shelf of one principal on a shared store."""

    sending_s = SENDING_S

    def __init__(
        self,
        keys: Keys,
        *,
        copies: FileShelf,
        objects: Objects,
        notes: Notes,
        rules: Rules,
        make_room: Callable[[str], Awaitable[object]],
    ) -> None:
        """`make_room` is given the report that stays whatever its size."""
        self._keys = keys
        self._copies = copies
        self._objects = objects
        self._notes = notes
        self._rules = rules
        self._make_room = make_room
        self._attempts: dict[str, str | None] = {}
        """Tags of the attempts that were seen or written here; None where there was none."""

    def lock(self, name: str) -> AbstractAsyncContextManager[None]:
        return self._notes.held(self._keys.lock(name))

    async def secret(self, size_bytes: int) -> bytes:
        async with self.lock("secret"):
            found = await self._objects.get(self._keys.secret)
            if found is not None and len(found.content) < size_bytes:
                raise _secret_damaged()
            if found is not None:
                return found.content
            fresh = secrets.token_bytes(size_bytes)
            try:
                await self._objects.put_if_unchanged(self._keys.secret, fresh, e_tag=None)
            except FileExistsError as error:
                raise _overtaken() from error
            return fresh

    # Attempts and orders

    async def note_attempt(self, fingerprint: str, at: datetime) -> None:
        now, ahead = await self._clocks()
        content = AttemptRecord(at=at - ahead, tried_at=now).encoded()
        try:
            self._attempts[fingerprint] = await self._objects.put_if_unchanged(
                self._keys.attempt(fingerprint), content, e_tag=self._attempts.get(fingerprint)
            )
        except FileExistsError as error:
            raise _overtaken() from error

    async def attempt(self, fingerprint: str) -> datetime | None:
        found = await self._objects.get(self._keys.attempt(fingerprint))
        self._attempts[fingerprint] = found.e_tag if found else None
        record = AttemptRecord.decoded(found.content) if found else None
        if record is None:
            return None
        now, ahead = await self._clocks()
        untouched = timedelta(seconds=UNTOUCHED_S) - (now - (record.tried_at or record.at))
        if untouched > timedelta():
            raise _under_way(untouched)
        noted = record.model_copy(update={"at": record.at + ahead})
        return noted.at if self._rules.keep(noted) else None

    async def _clocks(self) -> tuple[datetime, timedelta]:
        """What the clock of Redis says, by which all replicas date attempts, and how far ours is ahead of it."""
        now = await self._notes.time()
        return now, self._rules.now() - now

    async def forget_attempt(self, fingerprint: str) -> None:
        await self._objects.delete([self._keys.attempt(fingerprint)])
        self._attempts.pop(fingerprint, None)

    async def note_order(self, order: NotedOrder) -> None:
        content = OrderRecord(order=order).encoded()
        await self._notes.put(self._keys.orders, file_name(order.order_id), content, life=self._rules.order_life)

    async def order(self, order_id: str) -> NotedOrder | None:
        content = await self._notes.get(self._keys.orders, file_name(order_id))
        record = OrderRecord.decoded(content) if content else None
        return record.order if record and self._counts(record, order_id) else None

    async def orders(self) -> tuple[NotedOrder, ...]:
        notes = {
            name: OrderRecord.decoded(note) for name, note in (await self._notes.get_all(self._keys.orders)).items()
        }
        records = {name: record for name, record in notes.items() if record is not None}
        expired = [name for name, record in records.items() if not self._rules.keep(record)]
        await self._notes.delete(self._keys.orders, *expired)
        kept = {name: record.order for name, record in records.items() if name not in expired}
        return newest_first(order for name, order in kept.items() if file_name(order.order_id).encode() == name)

    async def forget_order(self, order_id: str) -> None:
        await self._notes.delete(self._keys.orders, file_name(order_id))
        await self._forget_report(order_id)

    # Reports

    def receive(self, order_id: str) -> AbstractAsyncContextManager[Incoming]:
        return self._copies.receive(order_id, on_kept=self._publish)

    async def report(self, order_id: str) -> StoredReport | None:
        record = await self._record(order_id)
        if record is None:
            await self._copies.drop_idle_report(order_id)
            return None
        return await self._copy_of(record) or await self._fetched(record)

    async def note_intake(self, order_id: str, intake: Intake) -> None:
        await self._copies.note_intake(order_id, intake)

    async def export(self, order_id: str, target: Path, *, copy: Copy | None = None) -> Path:
        await self.report(order_id)  # fetches a copy, or drops one that is no report any more
        return await self._copies.export(order_id, target, copy=copy)

    async def _record(self, order_id: str) -> ReportRecord | None:
        found = await self._objects.get(self._keys.sidecar(order_id))
        record = ReportRecord.decoded(found.content) if found else None
        if record is None or not self._counts(record, order_id):
            return None
        return record.model_copy(update={"intake": None, "typed": {}})  # each machine's own, whatever stands there

    def _counts(self, record: OrderRecord | ReportRecord, order_id: str) -> bool:
        """False for one that has expired, and for one of another order that somebody put there."""
        return record.order.order_id == order_id and self._rules.keep(record)

    async def _copy_of(self, record: ReportRecord) -> StoredReport | None:
        """The copy on this machine, when it is one of that very report."""
        copy = await self._copies.report(record.order.order_id)
        is_same = copy and (copy.fetched_at, copy.kept_sha256) == (record.fetched_at, record.file_sha256)
        return copy if is_same else None

    async def _fetched(self, record: ReportRecord) -> StoredReport | None:
        """A copy on this machine, made once however many ask; None when the bytes were removed meanwhile."""
        order_id = record.order.order_id
        async with self._copies.receive(order_id) as incoming:
            copy = await self._copy_of(record)
            if copy is not None:
                return copy
            try:
                async for piece in self._objects.stream(self._csv(record)):
                    await in_thread(incoming.write, piece)
            except FileNotFoundError:
                return None
            copy = await incoming.adopt(record)
        if copy is None:
            await self._forget_report(order_id)
            raise _damaged()
        return copy

    async def _publish(self, record: ReportRecord, file: Path) -> None:
        """Give all replicas a report that was kept here: its bytes, then its sidecar, then nothing of an older one."""
        order_id, csv = record.order.order_id, self._csv(record)
        await self._objects.put(csv, file, size_bytes=record.size_bytes)
        sidecar = record.encoded()
        await self._objects.put(self._keys.sidecar(order_id), sidecar, size_bytes=len(sidecar))
        stale = [each.key for each in await self._objects.list(self._keys.report(order_id))]
        await self._objects.delete([key for key in stale if key not in (csv, self._keys.sidecar(order_id))])
        await self._make_room(self._keys.report(order_id))

    async def _forget_report(self, order_id: str) -> None:
        await self._objects.delete([self._keys.sidecar(order_id)])
        await self._objects.delete([each.key for each in await self._objects.list(self._keys.report(order_id))])
        await self._copies.forget_order(order_id)

    def _csv(self, record: ReportRecord) -> str:
        return self._keys.csv(record.order.order_id, fetched_at=record.fetched_at, sha256=record.file_sha256)


def _overtaken() -> StoreError:
    return StoreError(
        "Another replica was faster at the same, so this one stopped before anything was sent.",
        hint="Make the same call again: it finds what the other one did.",
    )


def _secret_damaged() -> StoreError:
    return StoreError(
        "The secret in the object store that pseudonyms are made with was cut.",
        hint="Restore it, or set UNIQUE_ANALYTICS_PEOPLE_KEY, with which people have other pseudonyms than before.",
    )


def _under_way(left: timedelta) -> SubmissionUnclear:
    return SubmissionUnclear(
        "An equal order may be on its way: somebody set out to place it and has not said how it went.",
        hint=f"Make the same call again in {left.total_seconds():.0f} seconds: it finds that order, or places one.",
    )


def _damaged() -> StoreError:
    return StoreError(
        "The stored report was changed in the object store since it was fetched, so it was removed.",
        hint="Make the same call again: the report is fetched anew.",
    )
