"""Queries: a page of rows that a statement gave, and what it was asked of.

Pure. What is said beside its rows is `query_caveats`; how it runs is `analysis/sealed`, how its rows are
shown `render`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict

from unique_analytics_mcp.domain.fetched import Intake
from unique_analytics_mcp.domain.order import NotedOrder, check_order_id
from unique_analytics_mcp.domain.sentences import counted
from unique_analytics_mcp.domain.summary import Cell
from unique_analytics_mcp.domain.window import Window
from unique_analytics_mcp.errors import InvalidRequest

MOST_ORDERS: Final = 32
"""How many orders one query may read."""

_SEPARATORS: Final = re.compile(r"[\s,;]+")


class QuerySource(BaseModel):
    """One table and the order it comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: str
    """`r1`, `r2`, … in the order the ids were given."""
    order_id: str
    type: str
    window: Window
    options: dict[str, str] | None = None
    """What was asked for beside the window, such as a filter; None for nothing."""
    as_of: datetime
    """When the order was placed: later events are not in the report."""
    rows: int
    rejected_rows: int


class QueryAnswer(BaseModel):
    """A page of a statement's rows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    headline: str
    columns: list[str]
    types: list[str] = []
    """The engine's types of the columns, such as `BIGINT`."""
    rows: list[list[Cell]]
    truncated: bool
    """True when there are rows behind these."""
    next_offset: int | None = None
    sources: list[QuerySource] = []
    caveats: list[str] = []


def order_ids_of(text: str, *, name: str = "order_ids") -> list[str]:
    """The ids in `a`, in `a, b` or in a list as text, quoted or not, in their order; `name` is the parameter's.

    Raises:
        InvalidRequest: none, too many, one twice, or something that is no order id.
    """
    found = [check_order_id(word) for word in _words(text)]
    if not 1 <= len(found) <= MOST_ORDERS:
        raise InvalidRequest(
            f"{name} names {len(found) or 'no'} orders.", hint=f"Give 1 to {MOST_ORDERS} ids, separated by commas."
        )
    for order_id in found:
        if found.count(order_id) > 1:
            raise InvalidRequest(
                f"{name} names {order_id} twice; its rows would count twice.", hint="Give each id once."
            )
    return found


def _words(text: str) -> list[str]:
    inner = text.strip()
    if inner.startswith("[") and inner.endswith("]"):
        inner = inner[1:-1]
    return [word.strip("'\"`") for word in _SEPARATORS.split(inner) if word]


def sources_of(orders: Sequence[tuple[NotedOrder, Intake]]) -> list[QuerySource]:
    """The tables `r1`, `r2`, … of these orders."""
    return [
        QuerySource(
            table=f"r{number}",
            order_id=noted.order_id,
            type=noted.request.type,
            window=noted.window,
            options=dict(noted.request.options) or None,
            as_of=noted.created_at,
            rows=intake.rows,
            rejected_rows=intake.rejected_rows,
        )
        for number, (noted, intake) in enumerate(orders, start=1)
    ]


def paged(answer: QueryAnswer, *, offset: int, shortened_from: int | None = None) -> QueryAnswer:
    """The answer with a headline and a next page that fit its rows, of which `offset` are before it.

    `shortened_from` counts the rows there were before some were cut to fit.
    """
    shown = len(answer.rows)
    cut = shortened_from is not None and shown < shortened_from
    more = answer.truncated or cut
    next_offset = offset + shown if more else None
    prefix = f"Shortened to fit: {shown} of {shortened_from} rows. " if cut else ""
    return answer.model_copy(
        update={
            "headline": f"{prefix}{_headline(shown, offset, next_offset)}",
            "truncated": more,
            "next_offset": next_offset,
        }
    )


def _headline(shown: int, offset: int, next_offset: int | None) -> str:
    if next_offset is not None:
        rest = f"query_report with the same order_ids and sql and offset={next_offset} gives the next"
        return f"Rows {offset + 1} to {offset + shown}; {rest}."
    if shown == 0:
        return f"There are no more than {offset} rows." if offset else "No rows: nothing matches the statement."
    if offset:
        return f"Rows {offset + 1} to {offset + shown}, the last."
    return f"{counted(shown, 'row')}, all that the statement gives."
