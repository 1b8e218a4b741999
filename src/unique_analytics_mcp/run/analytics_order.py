"""`run_analytics_order`, which stands in for the function of that name in the vendor's SDK.

The same parameters and result keys, better promises (S000; unique_sdk 2026.44.2, read 2026-11-21; unique-api.md 6).
Knows the service and the settings, no wire format.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Final, NotRequired, TypedDict

from unique_analytics_mcp.app import open_service
from unique_analytics_mcp.domain.order import Order, OrderState
from unique_analytics_mcp.errors import InvalidRequest
from unique_analytics_mcp.run.finishing import csv_target, finished_order, id_of, naming, steady_pace
from unique_analytics_mcp.run.speaking import IN_PYTHON, spoken
from unique_analytics_mcp.settings import read_settings

if TYPE_CHECKING:
    from unique_analytics_mcp.service import Service


_FORMS: Final = {
    "type": "Name a report type, such as CHAT_INTERACTION.",
    **dict.fromkeys(("start_date", "end_date"), "Give a day as YYYY-MM-DD."),
}
"""How what is no id is written."""


class RunAnalyticsOrderResult(TypedDict):
    """What became of an order."""

    order: dict[str, object]
    """The platform's own answer for the finished order, key for key: `id`, `type`, `state` and more."""
    csv_path: NotRequired[str]
    """Absolute path of the CSV; only when `save_csv_to` was given and the order is DONE."""


async def run_analytics_order(
    user_id: str,
    company_id: str,
    type: str,
    start_date: str,
    end_date: str,
    *,
    assistant_id: str | None = None,
    poll_interval: float = 5.0,
    max_wait: float = 600.0,
    save_csv_to: str | None = None,
) -> RunAnalyticsOrderResult:
    """Place one order, wait until it is finished, and save its CSV where that is asked for.

    Address and credentials come from the environment (`UNIQUE_API_BASE`, `UNIQUE_API_KEY`, `UNIQUE_APP_ID`), who asks
    from the call. Each call places one order of its own and never a second one, whatever the network does. An order
    that the platform gives up (FAILED, ERROR) is returned like a finished one, without a `csv_path`.

    Args:
        user_id: Whose roles decide what may be ordered. The older Unique API is asked by its token's user in any case,
            Genesys Cloud by its client.
        company_id: The company on the platform.
        type: A report type such as `CHAT_INTERACTION`; one that is switched off by default has to be named in
            `UNIQUE_ANALYTICS_REPORT_TYPES`.
        start_date: First day, inclusive, as YYYY-MM-DD.
        end_date: Last day, inclusive, as YYYY-MM-DD.
        assistant_id: Only this assistant's rows.
        poll_interval: Seconds between two checks, more than 0; the first one comes after 2 s at the latest.
        max_wait: Seconds by the clock from the call until the order must be finished; saving the CSV of a finished
            order is not cut short.
        save_csv_to: File for the CSV as the platform wrote it (with pseudonyms for people where the settings ask for
            them), readable for this user only; it appears whole or not at all, and missing folders are made.

    Raises:
        InvalidRequest: something in the call is wrong, or its file cannot be written; nothing was ordered.
        ConfigurationError: a setting is missing; nothing was ordered.
        OrderTimedOut: a `TimeoutError` with `order_id` and `state`; another call places another order.
        BackendError: refused, unreachable or unclear; once the order is placed, its message names it.
        StoreError: the order or the CSV cannot be kept.
    """
    _check_texts(user_id=user_id, company_id=company_id, type=type, start_date=start_date, end_date=end_date)
    if assistant_id is not None:
        _check_texts(assistant_id=assistant_id)
    _check_times(poll_interval=poll_interval, max_wait=max_wait)
    options = {} if assistant_id is None else {"assistant_id": assistant_id}
    with spoken(IN_PYTHON):
        target = csv_target(save_csv_to) if save_csv_to else None
        settings = read_settings().model_copy(update={"user_id": user_id, "company_id": company_id})
        async with open_service(settings, pace=steady_pace(poll_interval)) as service:
            request = service.request(type=type, start_date=start_date, end_date=end_date, options=options)
            order = await finished_order(service, request, max_wait_s=max_wait, reuse=False)
            return await _result(service, order, target)


def _check_texts(**given: object) -> None:
    """An empty one is a variable that was never set: the platform would answer another question than was asked."""
    for name, value in given.items():
        if not isinstance(value, str) or not value.strip():
            what = "empty" if isinstance(value, str) else "not text"
            raise InvalidRequest(f"{name} is {what}.", hint=_FORMS.get(name, "Give the id as the platform writes it."))


def _check_times(*, poll_interval: object, max_wait: object) -> None:
    if not (isinstance(poll_interval, int | float) and 0 < poll_interval < math.inf):
        raise InvalidRequest("poll_interval must be a number of seconds above 0.", hint="For example 5.")
    if not (isinstance(max_wait, int | float) and 0 <= max_wait < math.inf):
        raise InvalidRequest("max_wait must be a number of seconds, 0 or more.", hint="For example 600.")


async def _result(service: Service, order: Order, target: Path | None) -> RunAnalyticsOrderResult:
    order_id = id_of(order)
    with naming(order):
        answer = dict(await service.platform_answer(order_id))
        if target is None or order.state is not OrderState.DONE:
            return {"order": answer}
        return {"order": answer, "csv_path": str(await service.save_csv(order_id, target))}
