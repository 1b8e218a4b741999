"""Genesys Cloud conversation analytics, behind the port: orders, and reports written as CSV.

Two kinds of order live here alone, because the platform answers their question at once: aggregates, and details of
live data. They are DONE when placed, and their report is asked for when it is fetched, as often as it is fetched, so a
process that dies loses nothing. Details of archived data are jobs of the platform. An order's id says which it is.
Knows nothing of stores, summaries or MCP.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple
from uuid import uuid4

from unique_analytics_mcp.backends import Sink
from unique_analytics_mcp.backends._retry import Retry
from unique_analytics_mcp.backends._runtime import Runtime
from unique_analytics_mcp.backends.genesys import table
from unique_analytics_mcp.backends.genesys.access import GenesysAccess
from unique_analytics_mcp.backends.genesys.aggregates import Aggregates
from unique_analytics_mcp.backends.genesys.api import Api
from unique_analytics_mcp.backends.genesys.conversations import write_conversations
from unique_analytics_mcp.backends.genesys.details import LONGEST_LAG, Details, reach
from unique_analytics_mcp.backends.genesys.filters import NAMED, clauses
from unique_analytics_mcp.backends.genesys.names import Directory
from unique_analytics_mcp.backends.genesys.spans import span_of
from unique_analytics_mcp.domain.order import OrderRequest, OrderState, PlatformOrder, check_order_id
from unique_analytics_mcp.domain.report import Catalogue
from unique_analytics_mcp.errors import OrderNotFound

_PATIENCE: Final = Retry(tries=5, obeyed_s=65.0, doubtful_s=None)
"""Limits are per minute (genesys-api.md 6.1), so a report sits a minute out; a refused token is renewed instead."""
_AGGREGATES: Final = "GENESYS_CONVERSATION_AGGREGATES"
_DETAILS: Final = "GENESYS_CONVERSATION_DETAILS"
_TYPES: Final = {"aggregates": _AGGREGATES, "live": _DETAILS, "details": _DETAILS}
"""The word in an order's id, and the type of its report."""
_ID: Final = re.compile(r"genesys-(aggregates|live|details)-([A-Za-z0-9_-]+)")


class _OrderId(NamedTuple):
    """What an order's id says."""

    word: str
    own: str
    """For details the platform's id of the job."""


class GenesysClient:
    """The port's `Backend` for one OAuth client of one organisation."""

    name = "genesys"
    order_prefix = "genesys-"
    can_list = False

    def __init__(
        self,
        access: GenesysAccess,
        *,
        catalogue: Catalogue,
        runtime: Runtime,
        new_id: Callable[[], str] = lambda: uuid4().hex,
    ) -> None:
        """No connection is made yet; `new_id` names the orders that live here alone."""
        self.principal = access.principal
        self.catalogue = catalogue
        self._now = runtime.now
        self._new_id = new_id
        self._api = Api(access, replace(runtime, retry=_PATIENCE))
        self._directory = Directory(self._api, now=runtime.now)
        self._aggregates = Aggregates(self._api, self._directory)
        self._details = Details(self._api)

    def __repr__(self) -> str:
        return f"GenesysClient({self._api!r})"

    async def submit(self, request: OrderRequest, *, attempted_at: datetime | None = None) -> PlatformOrder:  # noqa: ARG002 - no list would show an earlier attempt's job, which expires by itself
        """Place one order; names in its filters are looked up first. A job is started with at most one POST.

        Raises:
            InvalidRequest: a name that nobody has, or several have; nothing was placed.
            SubmissionUnclear: a job may have been started.
            BackendError: refused, or unreachable before anything was sent.
        """
        filters = await clauses(request.options, self._directory)
        if request.type == _AGGREGATES:
            return self._placed_here("aggregates", request)
        if request.options.get("freshness") == "live":
            remark = f"Live data of {self._now():%Y-%m-%d %H:%M} UTC or later: conversations may still change."
            return self._placed_here("live", request, remark)
        span = span_of(request.window)
        data_until = await self._details.data_until()
        is_doubtful = data_until is not None or self._now() < span.end + LONGEST_LAG
        late = reach(data_until, span, request.window.time_zone) if is_doubtful else ""
        job_id = await self._details.place(span, filters)
        return PlatformOrder(
            order_id=f"genesys-details-{job_id}",
            type=_DETAILS,
            state=OrderState.PENDING,
            platform_state="QUEUED",
            created_at=self._now(),
            remarks=(late,) if late else (),
            provisional=bool(late),
            raw={"jobId": job_id},
        )

    async def status(self, order_id: str) -> PlatformOrder:
        """One order; those that live here alone are DONE.

        Raises:
            OrderNotFound: the platform does not know it.
            BackendError: refused or unreachable.
        """
        known = _read_id(order_id)
        if known.word != "details":
            return _done(order_id, _TYPES[known.word])
        job = await self._details.state(known.own, order_id)
        return PlatformOrder(
            order_id=order_id,
            type=_DETAILS,
            state=job.state,
            platform_state=job.word,
            created_at=job.submitted_at,
            raw=job.raw,
        )

    async def list(self, *, offset: int, limit: int) -> Sequence[PlatformOrder]:  # noqa: ARG002 - see can_list
        """None: the platform lists no jobs."""
        return ()

    async def fetch(self, order_id: str, sink: Sink, *, request: OrderRequest) -> Sequence[str]:
        """Ask for the report and write it as CSV into `sink`, all of it or an error; gives what must be said of it.

        Raises:
            OrderNotFound: the job was deleted, or has expired.
            UnexpectedAnswer: what came is not what the documents promise.
            StoreError: the sink's.
            BackendError: refused or unreachable.
        """
        known = _read_id(order_id)
        report = self.catalogue[request.type].asked_with(request.options)
        await table.write([[column.header for column in report.columns]], sink)
        if known.word == "aggregates":
            rows, said = await self._aggregates.table(request, report)
            await table.write(rows, sink)
            return said
        pages = (
            self._details.job_pages(known.own, order_id)
            if known.word == "details"
            else self._details.live_pages(span_of(request.window), await clauses(request.options, self._directory))
        )
        names = {kind: await self._directory.names(kind) for kind in NAMED}
        return await write_conversations(pages, sink, request=request, report=report, names=names)

    async def delete(self, order_id: str) -> None:
        """Remove one order.

        Raises:
            OrderNotFound: the job is gone already.
            BackendError: refused or unreachable.
        """
        known = _read_id(order_id)
        if known.word == "details":
            await self._details.delete(known.own, order_id)

    async def aclose(self) -> None:
        """Close connections."""
        await self._api.aclose()

    def _placed_here(self, word: str, request: OrderRequest, *remarks: str) -> PlatformOrder:
        return replace(
            _done(f"genesys-{word}-{self._new_id()}", request.type),
            created_at=self._now(),
            remarks=remarks,
            provisional=bool(remarks),
        )


def _done(order_id: str, type: str) -> PlatformOrder:
    return PlatformOrder(order_id=order_id, type=type, state=OrderState.DONE, platform_state="DONE")


def _read_id(order_id: str) -> _OrderId:
    found = _ID.fullmatch(check_order_id(order_id))
    if found:
        return _OrderId(found[1], found[2])
    raise OrderNotFound(
        f"There is no order {order_id}: the ids of Genesys orders name what they are of.",
        hint="Call list_analytics_orders to see the orders there are.",
    )
