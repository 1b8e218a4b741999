"""What every command says of itself: the program's name, the code it ends with, and lines on stderr."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Final

from unique_analytics_mcp.errors import (
    AnalyticsError,
    ConfigurationError,
    InvalidRequest,
    NotAllowed,
    NotAuthenticated,
)

PROGRAM: Final = "unique-analytics-mcp"

DONE, TROUBLE, BAD_INPUT, TIMED_OUT, NOT_AUTHORISED, INTERRUPTED = 0, 1, 2, 3, 4, 130


def told(line: str, code: int) -> int:
    """Say one line on stderr, whatever words of a platform are in it; gives `code` back."""
    from unique_analytics_mcp.render import clean

    _say(f"{PROGRAM}: {clean(line, limit=2_000)}")
    return code


def exit_code(error: AnalyticsError) -> int:
    """The code for what went wrong."""
    match error:
        case InvalidRequest() | ConfigurationError():
            return BAD_INPUT
        case NotAuthenticated() | NotAllowed():
            return NOT_AUTHORISED
        case _:
            return TROUBLE


def tell_serving(address: str) -> None:
    """Say on stderr that requests are answered at `address` from now on."""
    _say(f"Serving on {address} until Ctrl-C.")


def tell_waiting() -> None:
    """Say on stderr why nothing happens: a person typed what is meant for a host to start."""
    _say(f"Waiting for an MCP client until Ctrl-C; a host starts this. To try it: {PROGRAM} demo")


def _say(line: str) -> None:
    """On stderr, at once; a full disk or a reader who left ends no server."""
    with suppress(OSError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
