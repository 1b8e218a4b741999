"""What is in columns that nobody declared: their kind, how full they are, how varied, and how far they reach.

Pure but for `ask`. Of texts only their number is told, never one of them: nobody said who wrote them. A column that is
of one kind in one order and of another in the next cannot be read together, which is said instead of numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from unique_analytics_mcp.analysis._engine import quoted
from unique_analytics_mcp.analysis.amounts import exact
from unique_analytics_mcp.analysis.inference import engine_kind
from unique_analytics_mcp.analysis.plans import REPORT, columns_sql
from unique_analytics_mcp.analysis.readings import Ask
from unique_analytics_mcp.domain.report import ColumnKind, ReportType
from unique_analytics_mcp.domain.summary import COLUMNS, UNDECLARED, Cell, Table

MOST_DISTINCT: Final = 1_000
"""Different values that are counted; of more it is said that they are more."""

_HEADERS: Final = ("column", "kind", "filled", "distinct", "smallest", "largest")
_DIFFERS: Final = "differs between the orders"


def profile(ask: Ask, paths: Sequence[str], report: ReportType, *, top: int) -> Table | None:
    """One row for each undeclared column, in file order, or for each column of a report with an open schema.

    At most `top` rows, and None when there is no such column.
    """
    kinds = _kinds(ask, paths)
    names = [name for name in kinds if report.open_schema or report.column(name) is None]
    if not names:
        return None
    return Table(
        name=COLUMNS if report.open_schema else UNDECLARED,
        columns=list(_HEADERS),
        rows=[_row(ask, name, kinds[name], report) for name in names[:top]],
        total_rows=len(names),
        truncated=len(names) > top,
    )


def _kinds(ask: Ask, paths: Sequence[str]) -> Mapping[str, ColumnKind | None]:
    """By column of any of the files its kind; None where the files do not agree on one."""
    found: dict[str, ColumnKind | None] = {}
    for path in paths:
        for name, engine_type, *_ in ask(columns_sql(), report=[path]):
            kind = engine_kind(str(engine_type))
            found[str(name)] = kind if found.get(str(name), kind) is kind else None
    return found


def _row(ask: Ask, name: str, kind: ColumnKind | None, report: ReportType) -> list[Cell]:
    if kind is None:
        return [name, _DIFFERS, None, None, None, None]
    column = quoted(name)
    ((filled, smallest, largest),) = ask(
        f"FROM {REPORT} SELECT count({column}), {_edge('min', column, kind)}, {_edge('max', column, kind)}"
    )
    value = f"hash({column})" if kind is ColumnKind.TEXT else column  # long texts would fill the memory
    ((distinct,),) = ask(
        f"FROM (FROM {REPORT} SELECT DISTINCT {value} WHERE {column} IS NOT NULL LIMIT $limit) SELECT count(*)",
        limit=MOST_DISTINCT + 1,
    )
    counted = int(str(distinct))
    return [
        name,
        kind.value if report.column(name) else f"{kind.value} (inferred)",
        int(str(filled)),
        counted if counted <= MOST_DISTINCT else f"more than {MOST_DISTINCT}",
        _cell(smallest),
        _cell(largest),
    ]


def _edge(which: str, column: str, kind: ColumnKind) -> str:
    """The smallest or largest value; nothing of texts, and of moments ISO 8601."""
    match kind:
        case ColumnKind.TEXT:
            return "NULL"
        case ColumnKind.TIMESTAMP:
            return f"replace(replace(CAST({which}({column}) AS VARCHAR), ' ', 'T'), '+00', 'Z')"
        case ColumnKind.INTEGER | ColumnKind.DECIMAL | ColumnKind.DATE:
            return f"{which}({column})"


def _cell(value: object) -> Cell:
    match value:
        case int() | Decimal():
            return exact(value)
        case date():
            return value.isoformat()
        case _:
            return None if value is None else str(value)
