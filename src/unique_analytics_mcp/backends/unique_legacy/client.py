"""The older Unique API, behind the port: a GET that creates, GraphQL for everything known of orders, a download.

Written from "Analytics API" (S001) and unique-api.md 5 (read 2026-11-21). The GET is sent at most once, whatever
happens, and never anywhere else than asked: it creates. The list is the only place that tells an order's state, so it
is read until the order is found. Knows nothing of stores, summaries or MCP.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from unique_analytics_mcp.backends import Sink
from unique_analytics_mcp.backends._answers import Answer, Call
from unique_analytics_mcp.backends._http import Connection
from unique_analytics_mcp.backends._placing import Listing, Placing, unnamed_order
from unique_analytics_mcp.backends._runtime import Runtime
from unique_analytics_mcp.backends._unique_orders import read_entry
from unique_analytics_mcp.backends._unique_refusals import of_file, unknown_order
from unique_analytics_mcp.backends.unique_legacy import graphql, refusals
from unique_analytics_mcp.backends.unique_legacy.access import LegacyAccess
from unique_analytics_mcp.backends.unique_legacy.catalogue import STARTS
from unique_analytics_mcp.backends.unique_legacy.placed import read_placed
from unique_analytics_mcp.domain.order import ListedOrder, OrderRequest, PlatformOrder, check_order_id
from unique_analytics_mcp.domain.report import Catalogue
from unique_analytics_mcp.errors import BackendUnavailable, OrderNotFound, RequestRefused

_DOWNLOAD: Final = "/analytics/analytics-scheduler/download"
_PAGE: Final = 100
"""Orders asked for at a time."""
_PRINTED_PAGE: Final = 20
"""What the documents ask for: a page with fewer is the last, while one with more may have been cut by the platform."""
_DEPTH: Final = 10_000
"""How many of the newest orders are looked through for one."""


class LegacyClient:
    """The port's `Backend` for one identity on one Unique platform older than 2026.20."""

    name = "unique-legacy"
    order_prefix = ""
    can_list = True

    def __init__(self, access: LegacyAccess, *, catalogue: Catalogue, runtime: Runtime) -> None:
        """No connection is made yet.

        Raises:
            ConfigurationError: the token cannot be sent.
        """
        self._access = access
        self.principal = access.principal
        self.catalogue = catalogue
        self._now = runtime.now
        self._placing = Placing(place=self._place, newest=self._newest, now=runtime.now, sleep=runtime.sleep)
        self._connection = Connection(access.base_url, headers=access.headers(), runtime=runtime)

    def __repr__(self) -> str:
        return f"LegacyClient({self._connection.host!r})"

    async def submit(self, request: OrderRequest, *, attempted_at: datetime | None = None) -> PlatformOrder:
        """Place one order with at most one creating GET, as `Placing.submit` says.

        Raises:
            SubmissionUnclear: the list could not settle it.
            BackendError: refused, or unreachable before anything was sent.
        """
        return await self._placing.submit(request, attempted_at=attempted_at)

    async def status(self, order_id: str) -> PlatformOrder:
        """One order, looked for in the list from the newest on.

        Raises:
            OrderNotFound: the platform does not list it.
            UnexpectedAnswer: it may be what the platform lists and nobody can read.
            BackendError: refused or unreachable.
        """
        check_order_id(order_id)
        is_doubtful = False
        for looked_at in range(0, _DEPTH, _PAGE):
            page = await self.list(offset=looked_at, limit=_PAGE)
            for order in page:
                if isinstance(order, PlatformOrder) and order.order_id == order_id:
                    return order
                is_doubtful = is_doubtful or order.order_id in ("", order_id)
            if len(page) < _PAGE:
                raise refusals.unreadable(order_id) if is_doubtful else unknown_order(order_id)
        raise refusals.too_deep(order_id, _DEPTH)

    async def list(self, *, offset: int, limit: int) -> Sequence[ListedOrder]:
        """Orders of the whole company, newest first; a page that the platform cuts short is asked for on.

        Raises:
            BackendError: refused or unreachable.
        """
        orders: list[ListedOrder] = []
        while len(orders) < limit:
            take = min(_PAGE, limit - len(orders))
            page = self._read_orders(await self._ask_list(skip=offset + len(orders), take=take), take)
            orders += page
            if len(page) < min(take, _PRINTED_PAGE):
                break
        return tuple(orders)

    async def fetch(self, order_id: str, sink: Sink, *, request: OrderRequest) -> Sequence[str]:  # noqa: ARG002 - the id says it all here
        """Stream the report into `sink`, all of it or an error; cancelled, it writes nothing more.

        Raises:
            OrderNotReady: the order is not DONE.
            UnexpectedAnswer: what came is not CSV.
            StoreError: the sink's.
            BackendError: refused, unreachable, or cut short each time.
        """
        call = Call(
            method="GET",
            path=f"{_DOWNLOAD}/{check_order_id(order_id)}",
            route=f"{_DOWNLOAD}/{{id}}",
            repeatable=True,
            accept="text/csv",
            words=refusals.of_download(self._access, order_id),
            elsewhere=of_file(order_id),
            astray=refusals.astray(self._access),
        )
        self._access.check_expiry(self._now())
        await self._connection.download(call, sink)
        return ()

    async def delete(self, order_id: str) -> None:
        """Remove one order and its report. A refusal does not say why: of an order that is listed no more it is gone.

        Raises:
            OrderNotFound: it was gone already.
            BackendError: refused or unreachable.
        """
        answer = await self._ask(graphql.delete_body(check_order_id(order_id)))
        try:
            graphql.read_data(answer.body, graphql.DELETE, self._access)
        except (RequestRefused, BackendUnavailable):
            try:
                await self.status(order_id)
            except OrderNotFound:
                if answer.is_repeated:
                    return
                raise
            raise

    async def aclose(self) -> None:
        """Close connections."""
        await self._connection.aclose()

    async def _place(self, request: OrderRequest) -> PlatformOrder:
        path = STARTS[request.type]
        call = Call(
            method="GET",
            path=path,
            route=path,
            repeatable=False,
            query={"startDate": request.window.start.isoformat(), "endDate": request.window.end.isoformat()},
            accept="application/json, text/plain",
            takes_text=True,
            words=refusals.of_start(self._access, request, self.catalogue[request.type]),
        )
        placed = read_placed((await self._send(call)).body, request)
        if placed is None:
            raise unnamed_order()
        return placed

    async def _newest(self) -> Listing:
        answer = await self._ask_list(skip=0, take=_PAGE)
        return Listing(self._read_orders(answer, _PAGE), answer.date)

    async def _ask_list(self, *, skip: int, take: int) -> Answer:
        return await self._ask(graphql.list_body(skip=skip, take=take))

    async def _ask(self, question: Mapping[str, object]) -> Answer:
        """Ask in GraphQL; both questions may be asked twice."""
        path = self._access.graphql_path
        call = Call(
            method="POST",
            path=path,
            route=path,
            repeatable=True,
            body=question,
            words=refusals.of_graphql(self._access),
            explain=lambda _, body: graphql.read_refusal(body, self._access),
        )
        return await self._send(call)

    async def _send(self, call: Call) -> Answer:
        self._access.check_expiry(self._now())
        return await self._connection.send(call)

    def _read_orders(self, answer: Answer, take: int) -> Sequence[ListedOrder]:
        """No more than were asked for, however many came: each takes a moment in which nobody else is served."""
        page = graphql.read_page(answer.body, self._access)[:take]
        return [self._placing.seen(read_entry(entry)) for entry in page]
