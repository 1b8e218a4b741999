"""The days of pretended contact centres, invented once for all tests that are not about how they are invented.

Seed, size and day decide what a day holds, and it is tuples of words and numbers throughout, so no test can change it
for another. What a platform of its own invents is compared with it by the conformance suite.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from unique_analytics_mcp.backends.genesys.simulator_centre import Centre
from unique_analytics_mcp.backends.genesys.simulator_scenes import conversations_of
from unique_analytics_mcp.backends.genesys.simulator_tree import Conversation

_INVENTED: Final[dict[tuple[int, float, date], tuple[Conversation, ...]]] = {}


def invented_once(centre: Centre, day: date) -> tuple[Conversation, ...]:
    """The conversations that begin on a day."""
    key = (centre.seed, centre.daily, day)
    if key not in _INVENTED:
        _INVENTED[key] = conversations_of(centre, day)
    return _INVENTED[key]
