"""The port: what every analytics service can do for us.

A backend knows its platform's wire format and nothing of stores, summaries or MCP. Only `submit` changes anything
for others, and it is never repeated blindly.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from unique_analytics_mcp.domain.order import ListedOrder, OrderRequest, PlatformOrder
from unique_analytics_mcp.domain.report import Catalogue


class Sink(Protocol):
    """Takes a report's bytes as they arrive; called from a worker thread."""

    def write(self, chunk: bytes, /) -> None:
        """Take the next bytes.

        Raises:
            StoreError: they cannot be kept.
        """
        ...

    def restart(self) -> None:
        """Forget what came so far: the download begins again."""
        ...


class Backend(Protocol):
    """One analytics service, for one identity."""

    @property
    def name(self) -> str:
        """Its word in settings and answers, e.g. `unique`."""
        ...

    @property
    def principal(self) -> str:
        """Whose orders these are: tenant address, company and user, as one opaque text; holds no secret."""
        ...

    @property
    def order_prefix(self) -> str:
        """What the ids of its orders begin with; empty where the platform's own ids are used as they are."""
        ...

    @property
    def can_list(self) -> bool:
        """True when the platform tells which orders there are; otherwise only the orders noted here are known."""
        ...

    @property
    def catalogue(self) -> Catalogue:
        """Its report types by name."""
        ...

    async def submit(self, request: OrderRequest, *, attempted_at: datetime | None = None) -> PlatformOrder:
        """Place one order.

        At most one creating request is sent. When its answer is unclear, the newest orders are listed and one that
        answers the request and was created since is taken. `attempted_at` says that an earlier process may have
        sent the request at that (aware) time: then the list is asked first and the request only sent when no such
        order is found.

        Raises:
            InvalidRequest: an option names what the platform does not have; nothing was placed.
            SubmissionUnclear: the list could not settle it.
            BackendError: refused or unreachable before anything was sent.
        """
        ...

    async def status(self, order_id: str) -> PlatformOrder:
        """Ask for one order.

        Raises:
            OrderNotFound: the platform does not know it.
            BackendError: refused or unreachable.
        """
        ...

    async def list(self, *, offset: int, limit: int) -> Sequence[ListedOrder]:
        """Orders, newest first; may be others' too. Fewer than `limit` means there are no more.

        One that cannot be read has its place among the others: it hides none of them.

        Only called where `can_list`.

        Raises:
            BackendError: refused or unreachable.
        """
        ...

    async def fetch(self, order_id: str, sink: Sink, *, request: OrderRequest) -> Sequence[str]:
        """Stream the report's bytes, a CSV, into `sink`, all of them or an error; gives what must be said of them.

        `request` is what the order was placed for.

        Raises:
            OrderNotReady: the order is not DONE.
            UnexpectedAnswer: what came is not CSV, or not complete.
            StoreError: the sink's.
            BackendError: refused or unreachable.
        """
        ...

    async def delete(self, order_id: str) -> None:
        """Remove one order and its report from the platform.

        Raises:
            OrderNotFound: it is gone already, where the platform tells.
            BackendError: refused or unreachable.
        """
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...
