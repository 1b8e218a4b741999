"""The public analytics-order API of Unique AI, behind the port: wire names, answers, and one POST per order.

Written from "Query Analytics via API" (S004), the vendor's SDK and the release notes of 2026.20, as collected in
unique-api.md 1 to 3 (read 2026-11-21). Both dialects are read whatever is sent: camelCase (2023-12-06) and
snake_case (2026-03-01). Knows nothing of stores, summaries or MCP.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal, cast

from unique_analytics_mcp.backends import Sink
from unique_analytics_mcp.backends._answers import Answer, Call
from unique_analytics_mcp.backends._http import Connection
from unique_analytics_mcp.backends._placing import Listing, Placing, unnamed_order
from unique_analytics_mcp.backends._runtime import Runtime
from unique_analytics_mcp.backends._unique_orders import read_entry, read_order, read_order_of
from unique_analytics_mcp.backends._unique_refusals import of_file
from unique_analytics_mcp.backends.unique import refusals
from unique_analytics_mcp.backends.unique.access import UniqueAccess
from unique_analytics_mcp.domain.order import ListedOrder, OrderRequest, PlatformOrder, check_order_id
from unique_analytics_mcp.domain.report import Catalogue
from unique_analytics_mcp.errors import UnexpectedAnswer

_ORDERS: Final = "/analytics/orders"
_PAGE: Final = 100
"""The most orders one page may hold."""


class UniqueClient:
    """The port's `Backend` for one identity on one Unique platform."""

    name = "unique"
    order_prefix = ""
    can_list = True

    def __init__(self, access: UniqueAccess, *, catalogue: Catalogue, runtime: Runtime) -> None:
        """No connection is made yet.

        Raises:
            ConfigurationError: a credential cannot be sent.
        """
        self._access = access
        self.principal = access.principal
        self.catalogue = catalogue
        self._placing = Placing(place=self._place, newest=self._newest, now=runtime.now, sleep=runtime.sleep)
        self._connection = Connection(access.base_url, headers=access.headers(), runtime=runtime)

    def __repr__(self) -> str:
        return f"UniqueClient({self._connection.host!r})"

    async def submit(self, request: OrderRequest, *, attempted_at: datetime | None = None) -> PlatformOrder:
        """Place one order with at most one POST, as `Placing.submit` says.

        Raises:
            SubmissionUnclear: the list could not settle it.
            BackendError: refused, or unreachable before anything was sent.
        """
        return await self._placing.submit(request, attempted_at=attempted_at)

    async def status(self, order_id: str) -> PlatformOrder:
        """One order.

        Raises:
            OrderNotFound: the platform does not know it.
            UnexpectedAnswer: what came is no order, or another one.
            BackendError: refused or unreachable.
        """
        answer = await self._connection.send(self._order_call("GET", order_id))
        return self._placing.seen(read_order_of(order_id, answer.body))

    async def list(self, *, offset: int, limit: int) -> Sequence[ListedOrder]:
        """Orders of the whole company, newest first.

        Raises:
            BackendError: refused or unreachable.
        """
        orders: list[ListedOrder] = []
        while len(orders) < limit:
            take = min(_PAGE, limit - len(orders))
            page = self._read_orders(await self._ask_list(skip=offset + len(orders), take=take), take)
            orders += page
            if len(page) < take:
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
            path=f"{_ORDERS}/{check_order_id(order_id)}/download",
            route=f"{_ORDERS}/{{id}}/download",
            repeatable=True,
            accept="text/csv",
            words=refusals.of_download(self._access, order_id),
            elsewhere=of_file(order_id),
            astray=refusals.astray(self._access),
        )
        await self._connection.download(call, sink)
        return ()

    async def delete(self, order_id: str) -> None:
        """Remove one order and its report.

        Raises:
            OrderNotFound: the platform does not know it.
            BackendError: refused or unreachable.
        """
        await self._connection.send(self._order_call("DELETE", order_id))

    async def aclose(self) -> None:
        """Close connections."""
        await self._connection.aclose()

    async def _place(self, request: OrderRequest) -> PlatformOrder:
        call = Call(
            method="POST",
            path=_ORDERS,
            route=_ORDERS,
            repeatable=False,
            body=order_body(request, snake_case=self._access.sends_snake_case),
            words=refusals.of_submission(self._access, request, self.catalogue[request.type]),
        )
        answer = await self._connection.send(call)
        try:
            return read_order(answer.body)
        except UnexpectedAnswer as exc:
            raise unnamed_order() from exc

    async def _newest(self) -> Listing:
        answer = await self._ask_list(skip=0, take=_PAGE)
        return Listing(self._read_orders(answer, _PAGE), answer.date)

    async def _ask_list(self, *, skip: int, take: int) -> Answer:
        call = Call(
            method="GET",
            path=_ORDERS,
            route=_ORDERS,
            repeatable=True,
            query={"skip": skip, "take": take},
            words=refusals.of_listing(self._access),
        )
        return await self._connection.send(call)

    def _order_call(self, method: Literal["GET", "DELETE"], order_id: str) -> Call:
        return Call(
            method=method,
            path=f"{_ORDERS}/{check_order_id(order_id)}",
            route=f"{_ORDERS}/{{id}}",
            repeatable=True,
            words=refusals.of_order(self._access, order_id),
            astray=refusals.astray(self._access),
        )

    def _read_orders(self, answer: Answer, take: int) -> Sequence[ListedOrder]:
        """No more than were asked for, however many came: each takes a moment in which nobody else is served."""
        body = answer.body
        if isinstance(body, list):
            return [self._placing.seen(read_entry(entry)) for entry in cast("Sequence[object]", body)[:take]]
        raise UnexpectedAnswer(
            "The platform sent something else where a list of orders was expected.",
            hint="Check the base URL and UNIQUE_API_VERSION.",
        )


def order_body(request: OrderRequest, *, snake_case: bool) -> dict[str, str]:
    """The JSON that places an order; what is not asked for is left out, never sent as null."""
    fields = {
        "type": request.type,
        "start_date": request.window.start.isoformat(),
        "end_date": request.window.end.isoformat(),
        **request.options,
    }
    return fields if snake_case else {_camel_case(name): value for name, value in fields.items()}


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
