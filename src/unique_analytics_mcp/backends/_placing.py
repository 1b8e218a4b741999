"""Placing an order once: one creating request, and the platform's list where its answer is unclear (ADR 5).

Knows neither HTTP nor a platform: how an order is placed and where the newest ones are seen are parameters, and so are
clock and sleep.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final, TypeVar

from unique_analytics_mcp.domain.order import (
    SHOWN_WITHIN_S,
    ListedOrder,
    OrderRequest,
    PlatformOrder,
    UnreadableOrder,
)
from unique_analytics_mcp.domain.sentences import counted
from unique_analytics_mcp.errors import BackendError, SubmissionUnclear

_LOOKS_S: Final = (0.0, 2.0, 5.0)
"""Pauses before the looks at the list that settle an unclear submission."""
_ROUGH_DATE: Final = timedelta(seconds=30)
"""How far the gateway that dates an answer and the service that dates an order may be apart."""
_CLOCKS_APART: Final = timedelta(seconds=120)
"""How far the platform's clock and ours may be apart, when no answer shows the platform's."""
_LONGEST_AGO: Final = timedelta(days=1)
"""How long an attempt counts."""
_LOOK_AGAIN: Final = "Make the same call again in {}: it looks for this order before it places another."
_IN_A_MINUTE: Final = _LOOK_AGAIN.format("a minute")

Seen = TypeVar("Seen", PlatformOrder, ListedOrder)


@dataclass(frozen=True, slots=True)
class Listing:
    """The newest orders of a platform, in any order."""

    orders: Sequence[ListedOrder]
    date: datetime | None
    """The platform's clock when it listed them, aware; None where the answer does not show it."""


class Placing:
    """Places orders on one platform for one identity, each with at most one creating request."""

    def __init__(
        self,
        *,
        place: Callable[[OrderRequest], Awaitable[PlatformOrder]],
        newest: Callable[[], Awaitable[Listing]],
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        """`place` sends the request and raises `SubmissionUnclear` where nobody can say what became of it."""
        self._place = place
        self._newest = newest
        self._now = now
        self._sleep = sleep
        self._seen: set[str] = set()
        self._sent_at: dict[str, datetime] = {}
        """When each request of which nothing was heard was last sent by this process, by its fingerprint."""

    def seen(self, order: Seen) -> Seen:
        """Note an order that the platform told of; one known before a request cannot be that request's."""
        if order.order_id:
            self._seen.add(order.order_id)
        return order

    async def submit(self, request: OrderRequest, *, attempted_at: datetime | None) -> PlatformOrder:
        """Place one order.

        When the answer is unclear, the newest order is taken that answers the request, was created since and was
        never seen before. With `attempted_at`, the first of the attempts in doubt, such an order is looked for first,
        and nothing sent if there is one, or may be one that is not listed yet.

        Raises:
            SubmissionUnclear: the list could not settle it.
            BackendError: refused, or unreachable before anything was sent.
        """
        if attempted_at is not None and (earlier := await self._earlier(request, attempted_at)):
            return earlier
        started, others, fingerprint = self._now(), frozenset(self._seen), request.fingerprint("")
        self._sent_at[fingerprint] = started
        try:
            placed = self.seen(await self._place(request))
        except SubmissionUnclear as doubt:
            placed = await self._settle(request, doubt, started=started, others=others)
        except BackendError:
            self._sent_at.pop(fingerprint, None)
            raise
        self._sent_at.pop(fingerprint, None)
        return placed

    async def _earlier(self, request: OrderRequest, attempted_at: datetime) -> PlatformOrder | None:
        """What earlier attempts left behind; None once it would have been listed."""
        found = await self._find(request, since=attempted_at)
        latest = max(attempted_at, self._sent_at.get(request.fingerprint(""), attempted_at))
        age_s = (self._now() - latest).total_seconds()
        if found is None and 0 <= age_s < SHOWN_WITHIN_S:
            raise _not_listed(request, again_in=counted(ceil(SHOWN_WITHIN_S - age_s), "second"))
        return found

    async def _settle(
        self, request: OrderRequest, doubt: SubmissionUnclear, *, started: datetime, others: frozenset[str]
    ) -> PlatformOrder:
        for pause_s in _LOOKS_S:
            await self._sleep(pause_s)
            if order := await self._find(request, since=started, others=others):
                return order
        raise _not_listed(request) from doubt

    async def _find(
        self, request: OrderRequest, *, since: datetime, others: frozenset[str] = frozenset()
    ) -> PlatformOrder | None:
        """The order that an attempt made at `since`, by our clock, has left behind; none of the `others`, by id."""
        try:
            listing = await self._newest()
        except BackendError as exc:
            raise SubmissionUnclear(
                f"The {request.type} order may have been placed, and the list that would show it could not be read. "
                f"{exc.message}",
                hint=f"{exc.hint} The same call looks for this order before it places another.",
            ) from exc
        now = self._now()
        if since > now and request.window.complete:
            since = now - _LONGEST_AGO  # our clock was set back meanwhile, so nobody knows when that was
        earliest = earliest_creation(since, our_now=now, platform_now=listing.date)
        candidates = [order for order in listing.orders if order.order_id not in others]
        readable = [order for order in candidates if isinstance(order, PlatformOrder)]
        unreadable = [order for order in candidates if isinstance(order, UnreadableOrder)]
        found = newest_answering(readable, request, created_since=earliest)
        if found is None and any(order.may_answer(request, created_since=earliest) for order in unreadable):
            raise SubmissionUnclear(
                f"The {request.type} order may be one that the platform lists without a usable id, type or state.",
                hint=f"{_IN_A_MINUTE} If it stays so, ask the platform's operator for that order.",
            )
        return found


def _not_listed(request: OrderRequest, *, again_in: str = "a minute") -> SubmissionUnclear:
    return SubmissionUnclear(
        f"It is unclear whether the {request.type} order was placed; the platform does not list it so far.",
        hint=_LOOK_AGAIN.format(again_in),
    )


def unnamed_order() -> SubmissionUnclear:
    """For an answer that accepts an order without saying which."""
    return SubmissionUnclear("The platform's answer does not name the order.", hint=_IN_A_MINUTE)


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
    """The newest order that would give the requested report; one that does not say when it was created is none.

    Nor is one that was created while the days still ran, when the request came after them: its rows are fewer.
    """
    window = request.window
    fitting = [
        (order.created_at, order)
        for order in orders
        if order.created_at and order.created_at >= created_since and order.answers(request)
        if window.is_over(order.created_at) or not window.complete
    ]
    return max(fitting, key=lambda entry: entry[0])[1] if fitting else None
