"""What the service needs of a store for one principal, wherever it lies: the interface of all shelves.

Safe for many tasks, processes and, on a shared store, machines: each method is one step that others see done or not
done. Knows nothing of platforms, and of reports only their bytes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from unique_analytics_mcp.domain.fetched import Intake
from unique_analytics_mcp.domain.order import NotedOrder
from unique_analytics_mcp.store._incoming import Incoming, StoredReport

Copy = Callable[[Path, BinaryIO], object]
"""Writes what stands in a file to one that is open."""


class Shelf(ABC):
    """The part of a store that belongs to one principal: attempts, orders and reports, and the locks around them.

    Every method may raise `StoreError` when the store cannot be reached or is full, forbidden or broken, and
    `InvalidRequest` for an order id that is none.
    """

    sending_s: float = 50.0
    """Seconds after `note_attempt` in which the order is sent and looked for: hosts give a call up after a minute."""

    @abstractmethod
    def lock(self, name: str) -> AbstractAsyncContextManager[None]:
        """Holds the lock of that name, of any text, for the block: one holder among all who share the store.

        Not reentrant, not in order of arrival. Cancelling ends the wait at once; the death of its holder frees it.
        """

    @abstractmethod
    async def secret(self, size_bytes: int) -> bytes:
        """Random bytes that belong to this principal, made when first asked for and kept as long as the store."""

    @abstractmethod
    async def note_attempt(self, fingerprint: str, at: datetime) -> None:
        """Write down, before an order is placed, that it may have been at that (aware) time.

        Raises:
            StoreError: it cannot be written down, or somebody else did so since `attempt` was asked.
        """

    @abstractmethod
    async def attempt(self, fingerprint: str) -> datetime | None:
        """When an order of which nothing was heard since may have been placed; at most a day ago.

        Raises:
            SubmissionUnclear: somebody may still be sending it.
        """

    @abstractmethod
    async def forget_attempt(self, fingerprint: str) -> None:
        """Say that no order was placed, or that the one that was is noted."""

    @abstractmethod
    async def note_order(self, order: NotedOrder) -> None:
        """Write an order down, instead of what was known of it."""

    @abstractmethod
    async def order(self, order_id: str) -> NotedOrder | None:
        """The order of that id."""

    async def order_for(self, fingerprint: str) -> NotedOrder | None:
        """The newest order of that fingerprint."""
        return next((order for order in await self.orders() if order.fingerprint == fingerprint), None)

    @abstractmethod
    async def orders(self) -> tuple[NotedOrder, ...]:
        """All orders, newest first."""

    @abstractmethod
    async def forget_order(self, order_id: str) -> None:
        """Remove an order and its report, where there is one."""

    @abstractmethod
    def receive(self, order_id: str) -> AbstractAsyncContextManager[Incoming]:
        """Takes a report's bytes; what is not kept by the end of the block is removed.

        One at a time for each order on a machine: a second one waits for the first.
        """

    @abstractmethod
    async def report(self, order_id: str) -> StoredReport | None:
        """The report of an order; None when there is none, it has expired or its file has another size.

        Its `intake` is None until it is read, and again when its typed table is not as it was then; what is to be read
        is held against its checksum, and absent when it was changed.
        """

    @abstractmethod
    async def note_intake(self, order_id: str, intake: Intake) -> None:
        """Write down what reading a report found, once its Parquet file is complete; a report that is gone stays so."""

    @abstractmethod
    async def export(self, order_id: str, target: Path, *, copy: Copy | None = None) -> Path:
        """Copy the bytes of a report to a file, as they are or as `copy` does it, and give its absolute path.

        The file appears whole, for this user only, and replaces one of that name; a symbolic link there is replaced
        too and never followed. Folders that are missing are made.

        Raises:
            StoreError: there is no report, its bytes were changed on the disk (it is removed then), or the file
                cannot be written.
        """
