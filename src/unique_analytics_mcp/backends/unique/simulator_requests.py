"""What callers of the pretend Unique platform may write, and the dialect they write it in.

Holds the two API versions, the validation of an order and of a page of the list. It does not know who is
asking. Defaults: "Query Analytics via API" (S004); wording of refusals: NestJS's validator. Where the documents are
silent it is strict: an unknown property is refused, as is a page beyond 100. Layer: backend, simulator side.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import cast

from starlette.datastructures import QueryParams

from unique_analytics_mcp.simulator import Refusal
from unique_analytics_mcp.simulator.unique.answers import is_json, nest
from unique_analytics_mcp.simulator.unique.orders import Wanted, check_window, read_day, window
from unique_analytics_mcp.simulator.unique.reports import REPORTS

_DEFAULT_TAKE = 20
_MAXIMUM_TAKE = 100
_FIELDS = ("type", "startDate", "endDate", "assistantId")
_CAPITAL = re.compile("[A-Z]")
_WHOLE_NUMBER = re.compile("[0-9]{1,15}")
"""One that JavaScript holds exactly."""


class Dialect(Enum):
    """A version of the API; its value is the `x-api-version` header."""

    CAMEL = "2023-12-06"
    SNAKE = "2026-03-01"

    def key(self, camel: str) -> str:
        """Spell a key as this version does: `startDate` becomes `start_date` in the newer one."""
        if self is Dialect.CAMEL:
            return camel
        return _CAPITAL.sub(lambda letter: "_" + letter.group().lower(), camel)


def read_order(body: bytes, content_type: str, dialect: Dialect, today: date) -> Wanted:
    """Read the body of a create request; without dates the window is yesterday.

    A body that does not say it is JSON is passed over, as Express does.

    Raises:
        Refusal: 400, with the list of invalid fields or what is wrong with the window.
    """
    given = _json_object(body) if is_json(content_type) else {}
    values = {field: given.get(dialect.key(field)) for field in _FIELDS}
    if complaints := _complaints(given, values, dialect):
        raise Refusal(nest(400, complaints))
    texts = cast("dict[str, str | None]", values)
    start, end = window(texts["startDate"], texts["endDate"], today)
    wanted = Wanted(str(texts["type"]), start, end, texts["assistantId"])
    check_window(wanted, dialect.key("startDate"), dialect.key("endDate"))
    return wanted


def read_page(query: QueryParams) -> tuple[int, int]:
    """Read `skip` and `take` of a list request, with their defaults.

    Raises:
        Refusal: 400, when one is not a number in its range.
    """
    skip, take = query.get("skip", "0"), query.get("take", str(_DEFAULT_TAKE))
    if not _WHOLE_NUMBER.fullmatch(skip):
        raise Refusal(nest(400, ["skip must not be less than 0", "skip must be an integer number"]))
    if not _WHOLE_NUMBER.fullmatch(take) or not 1 <= int(take) <= _MAXIMUM_TAKE:
        raise Refusal(nest(400, ["take must not be less than 1", f"take must not be greater than {_MAXIMUM_TAKE}"]))
    return int(skip), int(take)


def _json_object(body: bytes) -> dict[str, object]:
    try:
        parsed: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refusal(nest(400, "Unexpected token in JSON at position 0")) from error
    if not isinstance(parsed, dict):
        raise Refusal(nest(400, "Unexpected token in JSON at position 0"))
    return cast("dict[str, object]", parsed)


def _complaints(given: Mapping[str, object], values: Mapping[str, object], dialect: Dialect) -> list[str]:
    known = {dialect.key(field) for field in _FIELDS}
    found = [f"property {key} should not exist" for key in given if key not in known]
    if values["type"] not in list(REPORTS):
        found.append(f"type must be one of the following values: {', '.join(REPORTS)}")
    found += [
        f"{dialect.key(field)} must be a valid ISO 8601 date string"
        for field in ("startDate", "endDate")
        if values[field] is not None and read_day(values[field]) is None
    ]
    if not isinstance(values["assistantId"], str | None):
        found.append(f"{dialect.key('assistantId')} must be a string")
    return found
