"""The public analytics-order API of Unique AI, behind the port: wire names, answers, and one POST per order.

Written from "Query Analytics via API" (S004), the vendor's SDK and the release notes of 2026.20, as collected in
unique-api.md 1 to 3 (read 2026-11-21). Both dialects are read whatever is sent: camelCase (2023-12-06) and
snake_case (2026-03-01). Knows nothing of stores, summaries or MCP.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import random as chance
from typing import Final, Literal, cast
from zoneinfo import ZoneInfo

import anyio

from unique_analytics_mcp.backends import Sink
from unique_analytics_mcp.backends._answers import Answer, Call
from unique_analytics_mcp.backends._http import Connection, DownloadTransport, JsonTransport, Runtime, Told, untold
from unique_analytics_mcp.backends.unique import refusals
from unique_analytics_mcp.backends.unique.access import UniqueAccess
from unique_analytics_mcp.domain.order import OrderRequest, PlatformOrder, check_order_id, state_of
from unique_analytics_mcp.domain.report import Catalogue, loose
from unique_analytics_mcp.errors import BackendError, InvalidRequest, SubmissionUnclear, UnexpectedAnswer

__all__ = ["UniqueAccess", "UniqueClient"]

_ORDERS: Final = "/analytics/orders"
_PAGE: Final = 100
"""The most orders one page may hold."""
_LOOKS_S: Final = (0.0, 2.0, 5.0)
"""Pauses before the looks at the list that settle an unclear submission."""
_ROUGH_DATE: Final = timedelta(seconds=30)
"""How far the gateway that dates an answer and the service that dates an order may be apart."""
_CLOCKS_APART: Final = timedelta(seconds=120)
"""How far the platform's clock and ours may be apart, when no answer shows the platform's."""
_DAYS_OF: Final = ZoneInfo("Europe/Zurich")
"""Older platforms write the days of a window as moments, at the midnights of this zone (S001)."""
_LAST_SECOND: Final = time(23, 59, 59)
_HIDDEN_PROMPTS: Final = (
    "The platform left texts that people wrote out of this report: whoever ordered it lacks the role chat.data.admin."
)
_LOOK_AGAIN: Final = "Call create_analytics_order again: it looks for this order before it places another."


class UniqueClient:
    """The port's `Backend` for one identity on one Unique platform."""

    def __init__(
        self,
        access: UniqueAccess,
        *,
        catalogue: Catalogue,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
        random: Callable[[], float] = chance,
        transport: JsonTransport | None = None,
        download_transport: DownloadTransport | None = None,
        told: Told | None = None,
    ) -> None:
        """No connection is made yet; `now` is aware, the transports stand in for the network, `told` counts requests.

        Raises:
            ConfigurationError: a credential cannot be sent.
        """
        runtime = Runtime(
            now=now,
            sleep=sleep,
            random=random,
            transport=transport,
            download_transport=download_transport,
            told=told or untold,
        )
        self._access = access
        self._catalogue = catalogue
        self._now = now
        self._sleep = sleep
        self._seen: set[str] = set()
        """Ids of all orders ever answered; one that was known before a POST cannot be that POST's."""
        self._connection = Connection(access.base_url, headers=access.headers(), runtime=runtime)

    def __repr__(self) -> str:
        return f"UniqueClient({self._connection.host!r})"

    @property
    def name(self) -> str:
        """The backend's word in settings and answers."""
        return "unique"

    @property
    def principal(self) -> str:
        """Whose orders these are, as one opaque text."""
        return self._access.principal

    @property
    def order_prefix(self) -> str:
        """None: the platform's own ids."""
        return ""

    @property
    def can_list(self) -> bool:
        """The platform lists the orders of the whole company."""
        return True

    @property
    def catalogue(self) -> Catalogue:
        """The report types by name."""
        return self._catalogue

    async def submit(self, request: OrderRequest, *, attempted_at: datetime | None = None) -> PlatformOrder:
        """Place one order with at most one POST.

        When its answer is unclear, the newest order is taken that answers the request, was created since and was
        never seen before. With `attempted_at` such an order is looked for first, and nothing sent if there is one.

        Raises:
            SubmissionUnclear: the list could not settle it.
            BackendError: refused, or unreachable before anything was sent.
        """
        if attempted_at is not None and (earlier := await self._find(request, since=attempted_at)):
            return earlier
        started, others = self._now(), frozenset(self._seen)
        try:
            return await self._place(request)
        except SubmissionUnclear as doubt:
            return await self._settle(request, doubt, started=started, others=others)

    async def status(self, order_id: str) -> PlatformOrder:
        """One order.

        Raises:
            OrderNotFound: the platform does not know it.
            BackendError: refused or unreachable.
        """
        answer = await self._connection.send(self._order_call("GET", order_id))
        return self._read_order(answer.body)

    async def list(self, *, offset: int, limit: int) -> Sequence[PlatformOrder]:
        """Orders of the whole company, newest first.

        Raises:
            BackendError: refused or unreachable.
        """
        orders: list[PlatformOrder] = []
        while len(orders) < limit:
            take = min(_PAGE, limit - len(orders))
            page = self._read_orders(await self._ask_list(skip=offset + len(orders), take=take))
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
        report = self._catalogue.get(request.type)
        call = Call(
            method="POST",
            path=_ORDERS,
            route=_ORDERS,
            repeatable=False,
            body=order_body(request, snake_case=self._access.sends_snake_case),
            words=refusals.of_submission(self._access, request, report),
        )
        answer = await self._connection.send(call)
        try:
            return self._read_order(answer.body)
        except UnexpectedAnswer as exc:
            raise SubmissionUnclear("The platform's answer does not name the order.", hint=_LOOK_AGAIN) from exc

    async def _settle(
        self, request: OrderRequest, doubt: SubmissionUnclear, *, started: datetime, others: frozenset[str]
    ) -> PlatformOrder:
        for pause_s in _LOOKS_S:
            await self._sleep(pause_s)
            if order := await self._find(request, since=started, others=others):
                return order
        raise SubmissionUnclear(
            f"It is unclear whether the {request.type} order was placed; the platform does not list it so far.",
            hint=_LOOK_AGAIN,
        ) from doubt

    async def _find(
        self, request: OrderRequest, *, since: datetime, others: frozenset[str] = frozenset()
    ) -> PlatformOrder | None:
        """The order that an attempt made at `since`, by our clock, has left behind; none of the `others`, by id."""
        try:
            answer = await self._ask_list(skip=0, take=_PAGE)
            orders = self._read_orders(answer)
        except BackendError as exc:
            raise SubmissionUnclear(
                f"The {request.type} order may have been placed, and the list that would show it could not be read. "
                f"{exc.message}",
                hint=f"{exc.hint} {_LOOK_AGAIN}",
            ) from exc
        earliest = earliest_creation(since, our_now=self._now(), platform_now=answer.date)
        candidates = [order for order in orders if order.order_id not in others]
        return newest_answering(candidates, request, created_since=earliest)

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

    def _read_order(self, body: object) -> PlatformOrder:
        order = read_order(body)
        self._seen.add(order.order_id)
        return order

    def _read_orders(self, answer: Answer) -> Sequence[PlatformOrder]:
        body = answer.body
        if isinstance(body, list):
            return [self._read_order(entry) for entry in cast("Sequence[object]", body)]
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


def earliest_creation(since: datetime, *, our_now: datetime, platform_now: datetime | None) -> datetime:
    """The earliest creation, by the platform's clock, of an order that was asked for at `since` by ours.

    An order that is adopted although somebody else placed it within the allowance is the same report, only that
    much older; one that is not recognised is paid for twice. So the allowance is generous.
    """
    if platform_now is None:
        return since - _CLOCKS_APART
    return since + (platform_now - our_now) - _ROUGH_DATE


def newest_answering(
    orders: Iterable[PlatformOrder], request: OrderRequest, *, created_since: datetime
) -> PlatformOrder | None:
    """The newest order that would give the requested report; one that does not say when it was created is none."""
    fitting = [
        (order.created_at, order)
        for order in orders
        if order.created_at and order.created_at >= created_since and order.answers(request)
    ]
    return max(fitting, key=lambda entry: entry[0])[1] if fitting else None


def read_order(body: object) -> PlatformOrder:
    """An order as the platform writes it; what it does not say is left open, what we do not know stays in `raw`.

    Raises:
        UnexpectedAnswer: no JSON object, or without a usable id, a type or a state.
    """
    raw = _object(body)
    fields = _loosened(raw)
    configuration = _loosened(_object(fields.get("configuration")))
    order_id, type_name, word = (_text(fields.get(name)) for name in ("id", "type", "state"))
    if not (type_name and word and _is_order_id(order_id)):
        raise UnexpectedAnswer(
            "The platform sent an order without a usable id, type or state.",
            hint="Make the same call again; if it stays so, check UNIQUE_API_VERSION.",
        )
    assistant_id = _text(configuration.get("assistantid"))
    return PlatformOrder(
        order_id=order_id,
        type=type_name,
        state=state_of(word),
        platform_state=word,
        start=read_day(configuration.get("startdate")),
        end=read_day(configuration.get("enddate")),
        options={"assistant_id": assistant_id} if assistant_id else {},
        created_at=_aware(_moment(fields.get("createdat"))),
        remarks=(_HIDDEN_PROMPTS,) if configuration.get("hidepromptsdata") is True else (),
        raw=raw,
    )


def read_day(value: object) -> date | None:
    """The day, both ends of a window being inclusive, that a date or a moment stands for; None for anything else.

    2024-06-02                     2024-06-02
    2024-05-02T22:00:00.000Z       2024-05-03, which began then in Zurich
    2024-06-02T21:59:59.999Z       2024-06-02, which ended then in Zurich
    2024-06-02T23:59:59.999Z       2024-06-02, which ended then in UTC
    """
    moment = _moment(value)
    if moment is None:
        return None
    is_of_zurich = moment.utcoffset() == timedelta(0) and moment.time() < _LAST_SECOND
    try:
        return (moment.astimezone(_DAYS_OF) if is_of_zurich else moment).date()
    except OverflowError:
        return None


def _moment(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(_text(value))
    except ValueError:
        return None


def _aware(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _object(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def _loosened(fields: Mapping[str, object]) -> dict[str, object]:
    """The same values under names that camelCase and snake_case share."""
    return {loose(name): value for name, value in fields.items()}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _is_order_id(text: str) -> bool:
    try:
        check_order_id(text)
    except InvalidRequest:
        return False
    return True


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
