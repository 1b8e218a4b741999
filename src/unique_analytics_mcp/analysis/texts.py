"""What people wrote in a report, page by page: the cells of its free-text columns, as they stand.

The only reading that gives texts. Rows without any are passed over. How texts are made safe to show is not known here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from unique_analytics_mcp.analysis._engine import engine, quoted, workplace
from unique_analytics_mcp.analysis.parts import typed_table
from unique_analytics_mcp.analysis.plans import REPORT, columns_sql
from unique_analytics_mcp.domain.report import Column, ReportType

LONGEST_TEXT: Final = 4_000
"""Characters of a text that are read; nobody is shown more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPage:
    """Some consecutive rows with texts."""

    columns: tuple[str, ...]
    """Headers of the column that orders the rows, if any, and of the free-text columns; none when there are none."""
    rows: tuple[tuple[str, ...], ...]
    """Of each row, the text of each column; empty where there is none."""
    offset: int
    """Rows with texts before these."""
    total_rows: int
    """Rows with texts in all."""


def texts(parquet_path: Path, report: ReportType, *, offset: int, limit: int) -> TextPage:
    """At most `limit` rows with texts from `offset` on, in the order that the report's plan names, else of the file.

    Raises:
        ReportUnreadable: the file is no Parquet of ours.
        StoreError: it cannot be read.
    """
    path = typed_table(parquet_path)
    with workplace(parquet_path) as folder, engine([parquet_path], folder=folder) as db:
        names = {str(name) for name, *_ in db.ask(columns_sql(), report=path)}
        written = text_columns(report, names)
        if not written:
            return TextPage(columns=(), rows=(), offset=offset, total_rows=0)
        first = [column for column in report.columns if column.name in names & {report.summary.texts_by}]
        source = f"FROM {REPORT} WHERE concat({', '.join(quoted(column.name) for column in written)}) <> ''"
        ((total,),) = db.ask(f"SELECT count(*) {source}", report=path)
        found = db.ask(_page_sql(source, first, written), report=path, limit=limit, offset=offset)
    return TextPage(
        columns=tuple(column.header for column in (*first, *written)),
        rows=tuple(tuple(map(str, row)) for row in found),
        offset=offset,
        total_rows=int(str(total)),
    )


def text_columns(report: ReportType, names: Collection[str]) -> list[Column]:
    """The free-text columns among those of these names."""
    return [column for column in report.columns if column.free_text and column.name in names]


def _page_sql(source: str, first: Sequence[Column], written: Sequence[Column]) -> str:
    cells = (f"coalesce(left(CAST({quoted(each.name)} AS VARCHAR), {LONGEST_TEXT}), '')" for each in (*first, *written))
    order = "".join(f"ORDER BY {quoted(each.name)} NULLS LAST, filename, file_row_number " for each in first)
    return f"SELECT {', '.join(cells)} {source} {order}LIMIT $limit OFFSET $offset"
