"""Orders: what is asked for, what the platform says of it, and what to do next.

Pure values and decisions. It knows the words of every platform's states, but no wire format, no clock and no
store: times come in as arguments, and `next_step` only says what the shell should do.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints

from unique_analytics_mcp.domain.sentences import in_a_sentence
from unique_analytics_mcp.domain.window import Window
from unique_analytics_mcp.errors import InvalidRequest

ORDER_ID_PATTERN: Final = r"[A-Za-z0-9_-]{1,200}"

_ORDER_ID: Final = re.compile(ORDER_ID_PATTERN)

SHOWN_WITHIN_S: Final = 55
"""How long a platform may not show an order that was just placed; until then none like it is placed anew."""


class OrderState(StrEnum):
    """Our four words for where an order is in its life."""

    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    DONE = "DONE"
    FAILED = "FAILED"

    @property
    def is_final(self) -> bool:
        """True when the platform will not change this state any more."""
        return self in (OrderState.DONE, OrderState.FAILED)


# The union of what the documents, the vendor's SDK and its helper say, and what a careful client accepts besides.
_STATE_OF_WORD: Final[Mapping[str, OrderState]] = {
    "DONE": OrderState.DONE,
    **dict.fromkeys(("FAILED", "ERROR", "CANCELLED", "CANCELED", "ABORTED", "EXPIRED"), OrderState.FAILED),
    **dict.fromkeys(("PENDING", "QUEUED", "CREATED"), OrderState.PENDING),
    **dict.fromkeys(("PROCESSING", "RUNNING", "STARTED"), OrderState.PROCESSING),
}


def state_of(word: str) -> OrderState:
    """Our state for a platform's own word, in any case; an unknown word keeps waiting (PROCESSING)."""
    return _STATE_OF_WORD.get(word.strip().upper(), OrderState.PROCESSING)


def check_order_id(order_id: str) -> str:
    """The id unchanged, when it is a legal one.

    Raises:
        InvalidRequest: anything but 1 to 200 letters, digits, `_` and `-`; no call is made for it.
    """
    if _ORDER_ID.fullmatch(order_id):
        return order_id
    raise InvalidRequest(
        "That is not an order id: order ids are 1 to 200 letters, digits, '_' and '-'.",
        hint="Only query_report and chart_report take several, with commas between. "
        "Call list_analytics_orders to see the orders there are.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """One report that somebody wants: a legal type, window and options of one backend."""

    backend: str
    type: str
    window: Window
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the report takes beside its window, by the names of its catalogue literal; never an empty value."""

    @property
    def arguments(self) -> dict[str, str | int | bool]:
        """The tool arguments that ask for exactly this."""
        start, end = self.window.start.isoformat(), self.window.end.isoformat()
        return {"type": self.type, "start_date": start, "end_date": end, **self.options}

    def fingerprint(self, principal: str) -> str:
        """64 hex digits, equal for requests that would give the same report to the same principal."""
        identity = [
            self.backend,
            principal,
            self.type,
            self.window.start.isoformat(),
            self.window.end.isoformat(),
            sorted(self.options.items()),
        ]
        return hashlib.sha256(json.dumps(identity).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformOrder:
    """What a platform says of one order, in our terms; `raw` is its answer, key for key."""

    order_id: str
    type: str
    state: OrderState
    platform_state: str
    """The platform's own word, verbatim."""
    start: date | None = None
    """First day, inclusive, where the answer says it."""
    end: date | None = None
    """Last day, inclusive, where the answer says it."""
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    created_at: datetime | None = None
    """Aware; the platform's clock."""
    remarks: tuple[str, ...] = ()
    """Sentences a reader of the report should know, e.g. that prompts are hidden."""
    provisional: bool = False
    """True when rows of its window may still be missing although the window is over; `remarks` say why."""
    raw: Mapping[str, object] = field(default_factory=dict[str, object])

    def answers(self, request: OrderRequest) -> bool:
        """True when this order would give exactly the report that was requested."""
        return (self.type, self.start, self.end, dict(self.options)) == (
            request.type,
            request.window.start,
            request.window.end,
            dict(request.options),
        )

    def taken_otherwise(self, request: OrderRequest) -> tuple[str, ...]:
        """What the platform says of the order placed for the request that was not asked for; silence says nothing."""
        asked = {"type": request.type, "start": request.window.start, "end": request.window.end, **request.options}
        said = {"type": self.type, "start": self.start, "end": self.end, **self.options}
        return tuple(
            f"The platform says of this order: {name} {in_a_sentence(value)}, "
            f"where {asked.get(name, 'none')} was asked for."
            for name, value in said.items()
            if value is not None and str(value).casefold() != str(asked.get(name)).casefold()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableOrder:
    """An entry of a platform's list without a usable id, type or state; what it does not say is empty or None."""

    order_id: str = ""
    type: str = ""
    created_at: datetime | None = None
    """Aware; the platform's clock."""

    def may_answer(self, request: OrderRequest, *, created_since: datetime) -> bool:
        """False when what it says shows that it is not the order that was placed for the request since then."""
        is_of_type = self.type in ("", request.type)
        return is_of_type and (self.created_at is None or self.created_at >= created_since)


ListedOrder: TypeAlias = PlatformOrder | UnreadableOrder
"""An entry of a platform's list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedOrder:
    """An order this principal placed, as the store remembers it, so that nothing ordered is lost."""

    order_id: Annotated[str, StringConstraints(pattern=f"^{ORDER_ID_PATTERN}$")]
    request: OrderRequest
    fingerprint: str
    created_at: AwareDatetime
    """Our clock when the order was placed or found."""
    state: OrderState
    """The last state seen; once final it is never asked for again."""
    platform_state: str
    remarks: tuple[str, ...] = ()
    provisional: bool = False
    """True when the platform said that rows of the window may still be missing."""
    missed_since: AwareDatetime | None = None
    """Since when it is DONE and the platform does not give its report, by our clock; None where it does."""

    @property
    def window(self) -> Window:
        """The request's window, `complete` only when nothing of it can be missing."""
        return self.request.window.model_copy(update={"complete": False}) if self.provisional else self.request.window

    def is_settled(self) -> bool:
        """True when the order was placed after its window had ended, so that its numbers are final."""
        return not self.provisional and self.request.window.is_over(self.created_at)


class NextCall(BaseModel):
    """The one call that makes sense next, ready to be made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tool: str
    arguments: dict[str, str | int | bool]
    why: str


class Order(BaseModel):
    """An order as callers see it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order_id: str | None
    """None only for a dry run that found nothing to reuse."""
    backend: str
    type: str
    state: OrderState | None
    """None only for a dry run that found nothing to reuse."""
    platform_state: str
    """The platform's own word, verbatim; empty for such a dry run."""
    window: Window | None
    """None only for another person's order whose answer names no dates."""
    assistant_id: str | None = None
    options: dict[str, str] = {}
    """What the report was asked for beside its window and `assistant_id`."""
    created_at: datetime | None = None
    reused: bool = False
    """True when an equal, earlier order was returned instead of a new one."""
    waited_seconds: float | None = None
    """Seconds spent in this call; only on answers of a waiting call."""
    remarks: list[str] = []
    next_step: NextCall

    @property
    def is_final(self) -> bool:
        """True when the platform will not change its state any more; an order that was not placed has none."""
        return self.state is not None and self.state.is_final


class OrderPage(BaseModel):
    """Orders, newest first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    orders: list[Order]
    offset: int
    more: bool
    """True when there are further orders, or when the search ended before the last one."""
    next_offset: int | None
    """Where the next page begins; None when this is the last."""
    remarks: list[str] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often a platform may be asked for a state, in seconds."""

    first_s: float = 2.0
    """Before the first check: small reports are ready in one or two seconds (unique-api.md 1.5)."""
    gap_s: float = 10.0
    """Between checks; the vendor asks for at least 10 (S001, S004)."""
    longest_s: float = 30.0
    growth: float = 1.5
    """Factor from one gap to the next, up to `longest_s`."""

    def delay(self, polls: int) -> float:
        """Seconds to wait after `polls` checks (0 before the first)."""
        if polls == 0:
            return self.first_s
        return min(self.gap_s * self.growth ** min(polls - 1, 50), max(self.gap_s, self.longest_s))


@dataclass(frozen=True, slots=True)
class Wait:
    """Sleep, then ask the platform again."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Fetch:
    """The report is ready."""


@dataclass(frozen=True, slots=True)
class Fail:
    """The order has ended without a report; `word` is the platform's."""

    word: str


@dataclass(frozen=True, slots=True)
class Later:
    """The caller's patience is over; the order goes on."""


def next_step(
    state: OrderState, platform_state: str, *, waited_s: float, patience_s: float, due_in_s: float
) -> Wait | Fetch | Fail | Later:
    """What to do with an order just observed.

    `due_in_s` is when the pace allows the next check. A wait that would end before that check could not learn
    anything new, but the caller asked for it, so it is sat out up to `patience_s` and then ends as `Later`.
    """
    if state is OrderState.DONE:
        return Fetch()
    if state is OrderState.FAILED:
        return Fail(platform_state)
    remaining_s = patience_s - waited_s
    if remaining_s <= 0:
        return Later()
    return Wait(min(max(due_in_s, 0.0), remaining_s))
