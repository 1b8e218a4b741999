"""A query's rows as a table of a summary, so that they are drawn like any other: labels first, then numbers.

Pure. It does not know how the statement ran, nor how anything is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from unique_analytics_mcp.domain.answer import csv_uri
from unique_analytics_mcp.domain.provenance import Provenance
from unique_analytics_mcp.domain.query import QueryAnswer, QuerySource
from unique_analytics_mcp.domain.report import ReportType
from unique_analytics_mcp.domain.summary import Cell, Summary, Table
from unique_analytics_mcp.errors import InvalidRequest
from unique_analytics_mcp.render import clean
from unique_analytics_mcp.render.text import options_text

MOST_DRAWN: Final = 500
"""Rows of a statement that are drawn: more than a year of days."""

QUERY: Final = "query"
"""The table's name."""

_MIDNIGHT: Final = "T00:00:00"
_DAY: Final = len("2026-10-05")
_MONTH: Final = len("2026-10")
_UTC: Final = "+00:00"
_DAYS: Final = ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "DATE")
"""Types of DuckDB whose values are days, or begin with one."""
_WHOLE: Final = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_NUMBERS: Final = frozenset((*_WHOLE, *(f"U{name}" for name in _WHOLE), "FLOAT", "DOUBLE", "DECIMAL"))
"""Types of DuckDB whose values have a length."""
_NO_LENGTH: Final = frozenset(("inf", "-inf", "nan"))


def summary_of_rows(provenance: Provenance, answer: QueryAnswer) -> Summary:
    """A query's rows as the only table of a summary, with the query's caveats.

    Raises:
        InvalidRequest: there is no row, or no number behind a label that has a length.
    """
    _check_numbers(answer)
    more = [f"The statement gives more than these {len(answer.rows)} rows."] if answer.truncated else []
    table = Table(
        name=QUERY,
        columns=answer.columns,
        rows=_dated(answer),
        total_rows=len(answer.rows),
        truncated=answer.truncated,
    )
    return Summary(
        headline="",
        totals=[],
        tables=[table],
        caveats=[*more, *_tables_read(answer.sources), *answer.caveats],
        provenance=provenance,
        next_steps=[],
        csv_uri=csv_uri(provenance.order_id),
    )


def joined(reports: Sequence[ReportType]) -> ReportType:
    """The first of several types, with the titles and the columns of all."""
    return replace(
        reports[0],
        title=" and ".join(report.title for report in reports),
        columns=tuple(column for report in reports for column in report.columns),
    )


def _tables_read(sources: Sequence[QuerySource]) -> Iterator[str]:
    """What each of several tables is."""
    if len(sources) > 1:
        yield f"Tables: {'; '.join(map(_table_text, sources))}."


def _table_text(source: QuerySource) -> str:
    asked = f" ({options_text(source.options)})" if source.options else ""
    return f"{source.table} is {source.type}{asked}, {source.window.start} to {source.window.end}"


def _check_numbers(answer: QueryAnswer) -> None:
    kinds = [kind.partition("(")[0] for kind in answer.types]
    places = [place for place, kind in enumerate(kinds) if place and kind in _NUMBERS]
    filled = {place: cells for place in places if (cells := {row[place] for row in answer.rows} - {None})}
    if not filled:
        raise InvalidRequest(
            "The statement gives no row with a label and a number, so there is nothing to draw.",
            hint="Let it select labels first, then a number: SELECT assistant, sum(count) FROM report GROUP BY ALL.",
        )
    if all(cells & _NO_LENGTH for cells in filled.values()):
        raise InvalidRequest(
            f"{clean(answer.columns[min(filled)], limit=60)} holds values without a length: inf or nan.",
            hint="Divide by nullif(x, 0), which gives NULL there: NULL is left out.",
        )


def _dated(answer: QueryAnswer) -> list[list[Cell]]:
    """The rows with days where moments are midnights, as `date_trunc` gives them, and months where they are months."""
    lengths = {
        place: length
        for place, (name, kind) in enumerate(zip(answer.columns, answer.types, strict=True))
        if kind in _DAYS and (length := _length(name, [str(row[place]) for row in answer.rows]))
    }
    return [
        [str(cell)[: lengths[place]] if place in lengths else cell for place, cell in enumerate(row)]
        for row in answer.rows
    ]


def _length(name: str, cells: Sequence[str]) -> int | None:
    """How many characters of each cell say all of it; None for all of them."""
    days = [cell.removesuffix(_UTC).removesuffix(_MIDNIGHT) for cell in cells]
    if any(len(day) != _DAY for day in days):
        return None
    return _MONTH if "month" in name.casefold() and all(day.endswith("-01") for day in days) else _DAY
