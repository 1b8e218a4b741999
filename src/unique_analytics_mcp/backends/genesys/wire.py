"""Reading JSON of Genesys Cloud: optional keys are absent when unknown (genesys-api.md 5.1), so each has a default.

Pure; knows no path and no report.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import cast

from unique_analytics_mcp.backends._answers import read_iso_moment
from unique_analytics_mcp.errors import UnexpectedAnswer

Node = Mapping[str, object]
"""A JSON object as it came."""


def mapping(value: object) -> Node:
    """The JSON object, or an empty one."""
    return cast("Node", value) if isinstance(value, dict) else {}


def mappings(value: object) -> Sequence[Node]:
    """The JSON objects of a list, without its nulls; none where there is no list.

    Raises:
        UnexpectedAnswer: there is something else, which would be lost in silence.
    """
    found = [each for each in _items(value) if each is not None]
    if (value is None or isinstance(value, list)) and all(isinstance(each, dict) for each in found):
        return cast("Sequence[Node]", found)
    raise without("a list of objects")


def without(things: str) -> UnexpectedAnswer:
    """For an answer that does not hold what it should."""
    return UnexpectedAnswer(
        f"Genesys Cloud sent something else where JSON was expected that holds {things}.",
        hint="Make the same call again; if it stays so, check GENESYS_API_BASE or GENESYS_REGION.",
    )


def text(value: object) -> str:
    """The text, or an empty one."""
    return value if isinstance(value, str) else ""


def texts(value: object) -> Sequence[str]:
    """The texts of a list."""
    return [each for each in _items(value) if isinstance(each, str)]


def number(value: object) -> int | float | None:
    """The number; a truth value is none, nor is what is too large to be told from infinity."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if isinstance(value, int) or math.isfinite(value) else None


def moment(value: object) -> datetime | None:
    """The aware moment of `2026-10-05T08:00:00.000Z`; None for anything else."""
    return read_iso_moment(text(value))


def written(at: datetime) -> str:
    """The moment as the platform writes it: UTC, with milliseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"


def plain(number: Decimal) -> str:
    """The number as the platform writes it, without an exponent and without zeros behind: `660906.0` is 660906."""
    return format(number.to_integral_value() if number == number.to_integral_value() else number.normalize(), "f")


def interval(start: datetime, end: datetime) -> str:
    """From `start` until just before `end`."""
    return f"{written(start)}/{written(end)}"


def _items(value: object) -> Sequence[object]:
    return cast("Sequence[object]", value) if isinstance(value, list) else ()
