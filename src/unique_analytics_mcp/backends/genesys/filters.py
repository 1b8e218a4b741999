"""Filters: from what a caller wrote to the platform's predicates.

A predicate holds one value, so several values of one dimension are an `or` of predicates and several dimensions an
`and` of such clauses (genesys-api.md 2.1). Names become ids before anything is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from unique_analytics_mcp.backends.genesys.names import Kind

if TYPE_CHECKING:
    from unique_analytics_mcp.backends.genesys.names import Directory

DIMENSIONS: Final[Mapping[str, str]] = {
    "queue": "queueId",
    "user": "userId",
    "media_type": "mediaType",
    "direction": "direction",
    "wrap_up_code": "wrapUpCode",
}
"""Option to dimension, for filters and groups alike."""

NAMED: Final[Sequence[Kind]] = ("queue", "user", "wrap_up_code")
"""What has a name beside its id."""

Clause = Mapping[str, object]


async def clauses(options: Mapping[str, str], directory: Directory) -> Sequence[Clause]:
    """One clause for each dimension that is filtered, ids in the place of names.

    Raises:
        InvalidRequest: a name that nobody has, or several have.
        NotAllowed: names cannot be read.
    """
    values: dict[str, Sequence[str]] = {name: [options[name]] for name in DIMENSIONS if name in options}
    for kind in NAMED:
        if kind in options:
            values[kind] = await directory.ids(kind, options[kind])
    return [_any_of(DIMENSIONS[name], chosen) for name, chosen in values.items()]


def _any_of(dimension: str, values: Sequence[str]) -> Clause:
    predicates = [
        {"type": "dimension", "dimension": dimension, "operator": "matches", "value": value} for value in values
    ]
    return {"type": "or", "predicates": predicates}
