"""A query's rows as Markdown, and cut to their budget.

Pure. Cells, column names and caveats are made safe to show here; they come from reports and from the statement.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from unique_analytics_mcp.domain.query import QueryAnswer, QuerySource, paged
from unique_analytics_mcp.domain.sentences import counted
from unique_analytics_mcp.domain.summary import Table
from unique_analytics_mcp.render.budget import cost, most
from unique_analytics_mcp.render.text import (
    CELL_LIMIT,
    bullets,
    clean,
    clean_cell,
    clean_list,
    clean_options,
    escape,
    moment_text,
    options_text,
    paragraphs,
    table_text,
    window_text,
)
from unique_analytics_mcp.render.tokens import CONCISE_TOKENS

_CAPS: Final = ((CELL_LIMIT, 12, 8), (80, 6, 4), (40, 3, 1))
"""Characters of a cell, caveats, tables described: what real reports get first, then what holds against anything."""

_COLUMNS_NAMED: Final = 20
_OPTIONS_NAMED: Final = 6


def fit_query(answer: QueryAnswer, *, offset: int) -> QueryAnswer:
    """The answer, cleaned, with as many of its first rows as both its forms can hold; none when not even one fits.

    `offset` counts the rows before it.
    """
    for cell_limit, caveats, sources in _CAPS:
        if fitting := _cut(_cleaned(answer, cell_limit=cell_limit, caveats=caveats, sources=sources), offset=offset):
            return fitting
    return _too_wide(_cleaned(answer, cell_limit=40, caveats=1, sources=1), offset=offset)


def _cut(whole: QueryAnswer, *, offset: int) -> QueryAnswer | None:
    """As many first rows as fit; None when there are some and not even one does."""

    def first(rows: int) -> QueryAnswer:
        some = whole.model_copy(update={"rows": whole.rows[:rows]})
        return paged(some, offset=offset, shortened_from=len(whole.rows))

    rows = most(len(whole.rows), lambda number: _cost(first(number)) <= CONCISE_TOKENS)
    return first(rows) if rows or _cost(whole) <= CONCISE_TOKENS else None


def query_text(answer: QueryAnswer) -> str:
    """The rows first, then where they come from."""
    return paragraphs(
        escape(answer.headline),
        table_text(_table(answer)) if answer.rows else "",
        f"Caveats:\n{bullets(map(escape, answer.caveats))}" if answer.caveats else "",
        bullets(map(_source_text, answer.sources)),
    )


def _table(answer: QueryAnswer) -> Table:
    heads = [f"{name} ({kind})" for name, kind in zip(answer.columns, answer.types, strict=True)]
    return Table.whole("rows", heads, answer.rows)


def _source_text(source: QuerySource) -> str:
    asked = f", asked for {escape(options_text(source.options))}" if source.options else ""
    return (
        f"{source.table}: order {source.order_id}, {source.type}, {window_text(source.window)}{asked}, as of "
        f"{moment_text(source.as_of)}, {counted(source.rows, 'row')}, {source.rejected_rows} rejected"
    )


def _cost(answer: QueryAnswer) -> int:
    return cost(answer, query_text(answer))


def _cleaned(answer: QueryAnswer, *, cell_limit: int, caveats: int, sources: int) -> QueryAnswer:
    said = [*_undescribed(answer.sources[sources:]), *answer.caveats]
    return answer.model_copy(
        update={
            "columns": [clean(name, limit=cell_limit) for name in answer.columns],
            "types": [clean(kind, limit=cell_limit) for kind in answer.types],
            "rows": [[clean_cell(cell, limit=cell_limit) for cell in row] for row in answer.rows],
            "caveats": clean_list(said, items=caveats, limit=400),
            "sources": [_clean_source(source, limit=cell_limit) for source in answer.sources[:sources]],
        }
    )


def _undescribed(sources: Sequence[QuerySource]) -> Iterator[str]:
    """Which tables the answer has no room to describe."""
    if sources:
        tables = " to ".join(dict.fromkeys((sources[0].table, sources[-1].table)))
        yield f"Read too, but not described here: {tables}, of the orders in the order of order_ids."


def _clean_source(source: QuerySource, *, limit: int) -> QuerySource:
    return source.model_copy(update={"options": clean_options(source.options, items=_OPTIONS_NAMED, limit=limit)})


def _too_wide(answer: QueryAnswer, *, offset: int) -> QueryAnswer:
    """What remains when one row is longer than an answer may be."""
    width = len(answer.columns)
    return answer.model_copy(
        update={
            "headline": f"Not one row of {width} columns fits an answer: select fewer columns, or shorten long texts.",
            "columns": answer.columns[:_COLUMNS_NAMED],
            "types": answer.types[:_COLUMNS_NAMED],
            "rows": [],
            "truncated": True,
            "next_offset": offset,
        }
    )
