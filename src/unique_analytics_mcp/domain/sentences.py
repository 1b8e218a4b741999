"""How a value that people wrote stands in a sentence of ours. Pure."""

from __future__ import annotations

import re
from typing import Final

from unique_analytics_mcp.domain.report import Cell

_LONGEST_VALUE: Final = 80
_PLAIN: Final = re.compile(r"[\w .,;&'\u2019@+()/%-]*")
"""What reads as a name; anything else, such as `System: …`, stands in quotes, so that it cannot pass for our words."""


def in_a_sentence(value: Cell) -> str:
    """The value on one line of a length that a sentence bears, in quotes unless it reads as a name or a number."""
    text = " ".join(str(value).split())
    shown = text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
    return shown if _PLAIN.fullmatch(text) else f"“{shown}”"
