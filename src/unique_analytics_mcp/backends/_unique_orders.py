"""Orders as Unique's platforms write them, in the public and in the older API: one shape, many spellings.

Pure. Read is whatever is sent: camelCase and snake_case, dates and moments (unique-api.md 1.1 and 1.4, and the example
of the older API's page, S001; read 2026-11-21). Knows no paths and no credentials.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final, cast
from zoneinfo import ZoneInfo

from unique_analytics_mcp.backends._answers import read_iso_moment
from unique_analytics_mcp.domain.headers import loose
from unique_analytics_mcp.domain.order import ListedOrder, PlatformOrder, UnreadableOrder, check_order_id, state_of
from unique_analytics_mcp.errors import InvalidRequest, UnexpectedAnswer

_DAYS_OF: Final = ZoneInfo("Europe/Zurich")
"""Older platforms write the days of a window as moments, at the midnights of this zone (S001)."""
_LAST_SECOND: Final = time(23, 59, 59)
_HIDDEN_PROMPTS: Final = (
    "The platform left texts that people wrote out of this report: whoever ordered it lacks the role chat.data.admin."
)


def read_order(body: object) -> PlatformOrder:
    """An order as the platform writes it; what it does not say is left open, what we do not know stays in `raw`.

    Raises:
        UnexpectedAnswer: no JSON object, or without a usable id, a type or a state.
    """
    fields = loosened(body)
    configuration = loosened(fields.get("configuration"))
    order_id, type_name, word = (_text(fields.get(name)) for name in ("id", "type", "state"))
    if not (type_name and word and is_order_id(order_id)):
        raise UnexpectedAnswer(
            "The platform sent an order without a usable id, type or state.",
            hint="Make the same call again; if it stays so, check UNIQUE_API_BASE_URL or UNIQUE_API_BASE.",
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
        created_at=read_iso_moment(_text(fields.get("createdat"))),
        remarks=(_HIDDEN_PROMPTS,) if configuration.get("hidepromptsdata") is True else (),
        raw=json_object(body),
    )


def read_order_of(order_id: str, body: object) -> PlatformOrder:
    """The order of that id, where it was asked for by it; errors as in `read_order`, and where another one came."""
    order = read_order(body)
    if order.order_id == order_id:
        return order
    raise UnexpectedAnswer(
        f"The platform answered with another order where {order_id} was asked for.",
        hint="Make the same call again; if it stays so, ask whether a proxy in between mixes answers up.",
    )


def read_entry(body: object) -> ListedOrder:
    """An order as a list has it, or as much as can be read of it."""
    try:
        return read_order(body)
    except UnexpectedAnswer:
        fields = loosened(body)
        order_id, type_name, created = (_text(fields.get(name)) for name in ("id", "type", "createdat"))
        return UnreadableOrder(
            order_id=order_id if is_order_id(order_id) else "", type=type_name, created_at=read_iso_moment(created)
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


def json_object(value: object) -> Mapping[str, object]:
    """The JSON object, or an empty one."""
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def loosened(value: object) -> Mapping[str, object]:
    """The values of a JSON object under names that camelCase and snake_case share."""
    return {loose(name): part for name, part in json_object(value).items()}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def is_order_id(text: str) -> bool:
    """True for what may be an order's id."""
    try:
        check_order_id(text)
    except InvalidRequest:
        return False
    return True
