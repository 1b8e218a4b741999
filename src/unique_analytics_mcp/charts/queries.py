"""A query's rows as a table of a summary, so that they are drawn like any other: labels first, then numbers.

Pure. It does not know how the statement ran, nor how anything is drawn.
"""

from __future__ import annotations

from typing import Final

from unique_analytics_mcp.domain.query import QueryAnswer
from unique_analytics_mcp.domain.report import Cell, Summary, Table
from unique_analytics_mcp.errors import InvalidRequest

MOST_DRAWN: Final = 500
"""Rows of a statement that are drawn: more than a year of days."""

_TABLE: Final = "query"
_MIDNIGHT: Final = "T00:00:00"
_NUMBERS: Final = frozenset(
    ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UBIGINT", "FLOAT", "DOUBLE", "DECIMAL")
)
"""Types of DuckDB whose values have a length."""


def with_rows(summary: Summary, answer: QueryAnswer) -> Summary:
    """The summary with a query's rows as its only table, and the query's caveats.

    Raises:
        InvalidRequest: there is no row, or no number behind a label.
    """
    if not _has_numbers(answer):
        raise InvalidRequest(
            "The statement gives no row with a label and a number, so there is nothing to draw.",
            hint="Let it select labels first, then a number: SELECT assistant, sum(count) FROM report GROUP BY ALL.",
        )
    more = [f"The statement gives more than these {len(answer.rows)} rows."] if answer.truncated else []
    table = Table(
        name=_TABLE,
        columns=answer.columns,
        rows=_dated(answer),
        total_rows=len(answer.rows),
        truncated=answer.truncated,
    )
    return summary.model_copy(update={"tables": [table], "caveats": [*more, *answer.caveats]})


def _has_numbers(answer: QueryAnswer) -> bool:
    """Whether any row has a number behind its label."""
    kinds = [kind.partition("(")[0] for kind in answer.types]
    places = [place for place, kind in enumerate(kinds) if place and kind in _NUMBERS]
    return any(row[place] is not None for row in answer.rows for place in places)


def _dated(answer: QueryAnswer) -> list[list[Cell]]:
    """The rows with days where a column of moments holds midnights only, as `date_trunc` gives them."""
    days = {
        place
        for place, kind in enumerate(answer.types)
        if kind == "TIMESTAMP" and all(str(row[place]).endswith(_MIDNIGHT) for row in answer.rows)
    }
    return [
        [str(cell).removesuffix(_MIDNIGHT) if place in days else cell for place, cell in enumerate(row)]
        for row in answer.rows
    ]
