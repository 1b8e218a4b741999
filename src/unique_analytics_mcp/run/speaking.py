"""Errors and caveats in the words of whoever meets them: they are written for a model, and name its tools.

Knows what those are called on the command line and in Python, nothing of what went wrong.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from unique_analytics_mcp.domain.answer import TEXTS_ELSEWHERE
from unique_analytics_mcp.errors import AnalyticsError

_ORDER_AGAIN: Final = (
    "Call create_analytics_order with the same type and dates to order it again",
    "Call create_analytics_order with the same type, dates and options to order it again",
    "Call list_analytics_orders to see the orders there are",
)
"""What to do about an order that is gone, which nothing but another order replaces."""
_AT_ONCE: Final = "; create_analytics_order with reuse=false does so at once"

ON_THE_COMMAND_LINE: Final[Mapping[str, str]] = {
    "split=true": "--split",
    "start_date": "--start",
    "end_date=": "--end ",
    "end_date": "--end",
    "period=": "--period ",
    **dict.fromkeys(_ORDER_AGAIN, "Run the same command again to order it anew"),
    _AT_ONCE: "",
    "Call create_analytics_order with reuse=false to order it again": "Run the same command again",
    "Make the same call": "Run the same command",
    "make the same call": "run the same command",
    "making the same call": "running the same command",
    "The same call": "The same command",
    "the same call": "the same command",
}
"""For whoever typed a command, which finds the order there is."""

_TEXTS: Final = f"{TEXTS_ELSEWHERE}: --format csv gives it, of one order."

IN_PYTHON: Final[Mapping[str, str]] = {
    ", or a period instead": "",
    **dict.fromkeys(_ORDER_AGAIN, "Make the same call again to order it anew"),
    f". After 10 minutes like this the report counts as gone and is ordered anew when asked for{_AT_ONCE}": (
        ": it orders the report anew"
    ),
    "Call create_analytics_order with reuse=false to order it again": "Make the same call again",
    "The setting that is sent as x-user-id": "user_id",
    "The setting that is sent as x-company-id": "company_id",
    "UNIQUE_AUTH_USER_ID (or UNIQUE_USER_ID)": "user_id",
    "UNIQUE_AUTH_COMPANY_ID (or UNIQUE_COMPANY_ID)": "company_id",
    " or in a file named with --env-file, or try --demo without an account": "",
    "; `report` with --format csv writes to stdout": "",
}
"""For a program, whose every call places an order of its own and says who asks."""


def at_a_terminal(caveats: Sequence[str]) -> list[str]:
    """Caveats of a summary for whoever typed a command."""
    return [_TEXTS if said.startswith(TEXTS_ELSEWHERE) else said for said in caveats]


@contextmanager
def spoken(words: Mapping[str, str]) -> Generator[None]:
    """Inside the block an error speaks in other words for some, the keys of `words`."""
    try:
        yield
    except AnalyticsError as error:
        raise error.reworded(words) from error
