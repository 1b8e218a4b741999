"""What the analysis tests share: made-up report types, and one way to read CSV bytes and see every cell."""

import atexit
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from unittest.mock import patch

from unique_analytics_mcp.analysis import intake
from unique_analytics_mcp.analysis.parts import part_paths, typed_table
from unique_analytics_mcp.domain.fetched import Intake
from unique_analytics_mcp.domain.measures import SummaryPlan
from unique_analytics_mcp.domain.report import Column, ColumnKind, ReportType

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Reading:
    """What one CSV became; each cell as text, None where it is NULL."""

    intake: Intake
    rows: list[tuple[str | None, ...]]


NO_PLAN = SummaryPlan(totals=())


def report_type(*columns: Column, open_schema: bool = False, summary: SummaryPlan = NO_PLAN) -> ReportType:
    return ReportType(
        name="MADE_UP",
        backend="made-up",
        title="Made up",
        answers="Nothing.",
        row="a row",
        columns=columns,
        max_days=365,
        roles="none",
        caveats=(),
        summary=summary,
        open_schema=open_schema,
    )


def column(header: str, kind: ColumnKind, *other_headers: str) -> Column:
    return Column(header=header, kind=kind, meaning="Made up", other_headers=other_headers)


def text_report(headers: Sequence[str]) -> ReportType:
    return report_type(*(column(header, ColumnKind.TEXT) for header in headers))


VISITS = report_type(
    column("Email", ColumnKind.TEXT, "User Mail"),
    column("Date", ColumnKind.DATE),
    column("Count", ColumnKind.INTEGER),
)
"""One column of each kind that hostile files are about."""


def read(content: bytes, report: ReportType = VISITS, *, carefully: bool = False) -> Reading:
    """The CSV converted; `carefully` keeps it off the engine's fast path."""
    with TemporaryDirectory() as folder:
        source, target = Path(folder, "report.csv"), Path(folder, "report.parquet")
        source.write_bytes(content)
        found = convert_carefully(source, target, report) if carefully else intake.convert(source, target, report)
        assert {*Path(folder).iterdir()} == {source, *part_paths(target)}
        return Reading(intake=found, rows=cells_of(target))


def convert_carefully(source: Path, target: Path, report: ReportType) -> Intake:
    with patch.object(intake, "_read_regular", return_value=None):
        return intake.convert(source, target, report)


def cells_of(parquet: Path) -> list[tuple[str | None, ...]]:
    rows = _looking().execute(
        "FROM read_parquet($path, union_by_name=true) SELECT CAST(COLUMNS(*) AS VARCHAR)",
        {"path": typed_table(parquet)},
    )
    return [tuple(None if cell is None else str(cell) for cell in row) for row in rows.fetchall()]


@cache
def _looking() -> "DuckDBPyConnection":
    """A connection of the tests alone, which holds nothing; to open one takes longer than to read a small file."""
    import duckdb

    connection = duckdb.connect(":memory:")
    connection.execute("SET TimeZone = 'UTC'")
    atexit.register(_looking.cache_clear)
    return connection


def by_python(content: bytes, delimiter: str = ",", encoding: str = "utf-8-sig") -> list[tuple[str | None, ...]]:
    """The records after the header as the standard library reads them, empty cells as None."""
    lines = io.StringIO(content.decode(encoding), newline="")
    records = [record for record in csv.reader(lines, delimiter=delimiter) if record]
    return [tuple(cell or None for cell in record) for record in records[1:]]
