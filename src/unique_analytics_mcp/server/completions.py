"""Completions: the next characters of a report type, a period or a known order id.

One table from the name of an argument to the words there are, whatever template or prompt asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mcp_types import Completion

from unique_analytics_mcp.domain.period import PERIOD_WORDS
from unique_analytics_mcp.domain.report import Catalogue
from unique_analytics_mcp.server.gate import caller_now
from unique_analytics_mcp.server.opening import Services

MOST_VALUES: Final = 100
"""The protocol's limit of one answer."""


async def complete(name: str, value: str, *, catalogue: Catalogue, services: Services | None) -> Completion:
    """The words for argument `name` that begin with `value`, in any case."""
    begun = value.strip().casefold()
    words = [word for word in await _words(name, catalogue, services) if word.casefold().startswith(begun)]
    return Completion(values=words[:MOST_VALUES], total=len(words), has_more=len(words) > MOST_VALUES)


async def _words(name: str, catalogue: Catalogue, services: Services | None) -> Sequence[str]:
    match name:
        case "type":
            return list(catalogue)
        case "period":
            return PERIOD_WORDS
        case "order_id" if services is not None:
            async with services.lent_to(caller_now()) as service:
                return await service.noted_order_ids()
        case _:
            return []
