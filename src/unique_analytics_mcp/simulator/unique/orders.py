"""Orders at a pretend Unique platform, whichever API they come through: windows, states and dates.

The states are the words of "Query Analytics via API" (S004); limits and defaults too. Where the documents are silent
it is strict: half a date range is refused. It knows neither paths nor who is asking. Layer: simulator.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType

from unique_analytics_mcp.simulator.jobs import Stage
from unique_analytics_mcp.simulator.routing import Refusal
from unique_analytics_mcp.simulator.unique.answers import nest

MAXIMUM_DAYS = 365
"""Longest window of any order, both ends included."""
MAXIMUM_DAYS_BY_TYPE = MappingProxyType({"CHAT_INTERACTION_DETAILED": 14})
"""Shorter limits, both ends included."""
SINGLE_TENANT_TYPES = frozenset(("CHAT_INTERACTION_DETAILED",))
"""What multi-tenant instances do not have."""
STATES = MappingProxyType(
    {
        Stage.WAITING: "PENDING",
        Stage.WORKING: "PROCESSING",
        Stage.UNDOCUMENTED: "RECALCULATING",
        Stage.DONE: "DONE",
        Stage.FAILED: "FAILED",
        Stage.ERROR: "ERROR",
    }
)
"""The platform's word for each stage."""

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A valid order: what to report on."""

    type: str
    start: date
    end: date
    """Included."""
    assistant_id: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it was accepted."""

    wanted: Wanted
    hides_prompts: bool
    """True when it was placed without `chat.data.admin`."""
    placed_by: str
    """The user's id."""


def read_day(value: object) -> date | None:
    """Read a day as `YYYY-MM-DD`; None for anything else."""
    if not isinstance(value, str) or not _ISO_DATE.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def window(start: str | None, end: str | None, today: date) -> tuple[date, date]:
    """Give the window of two valid days; without any it is yesterday.

    Raises:
        Refusal: 400, when only one is given.
    """
    if start and end:
        return date.fromisoformat(start), date.fromisoformat(end)
    if start or end:
        raise Refusal(nest(400, "The start and the end of the range must be given together"))
    yesterday = today - timedelta(days=1)
    return yesterday, yesterday


def check_window(wanted: Wanted, start_name: str = "startDate", end_name: str = "endDate") -> None:
    """Refuse a window that is reversed or too long, naming the fields as the caller spells them.

    Raises:
        Refusal: 400.
    """
    if wanted.start > wanted.end:
        raise Refusal(nest(400, f"{start_name} must not be after {end_name}"))
    limit = MAXIMUM_DAYS_BY_TYPE.get(wanted.type, MAXIMUM_DAYS)
    if (wanted.end - wanted.start).days >= limit:
        raise Refusal(nest(400, f"The date range of {wanted.type} must not exceed {limit} days"))


def iso(moment: datetime) -> str:
    """Write a moment in UTC with milliseconds and `Z`."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
