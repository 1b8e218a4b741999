"""Charts of summaries that are made by hand."""

from datetime import UTC, date, datetime

from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.charts import Chart, Wish, chart_of
from unique_analytics_mcp.domain.provenance import Provenance
from unique_analytics_mcp.domain.report import ReportType
from unique_analytics_mcp.domain.summary import Cell, Summary, Table, Total
from unique_analytics_mcp.domain.window import Window

MODELS = UNIQUE_REPORTS["MODEL_USAGE"]
WINDOW = Window(start=date(2026, 10, 1), end=date(2026, 10, 31), time_zone="UTC", label="2026-10", complete=True)
PROVENANCE = Provenance(
    order_id="order_1", type="MODEL_USAGE", window=WINDOW, as_of=datetime(2026, 11, 21, 9, tzinfo=UTC), rows=9,
    rejected_rows=0, columns_missing=[], columns_unknown=[], sha256="0" * 64, truncated=False,
)  # fmt: skip


def table(name: str, columns: list[str], *rows: list[Cell]) -> Table:
    return Table(name=name, columns=columns, rows=list(rows), total_rows=len(rows), truncated=False)


def summary_of(*tables: Table) -> Summary:
    return Summary(
        headline="",
        totals=[Total(name="spent", value="12.5", unit="CHF")],
        tables=list(tables),
        caveats=[],
        provenance=PROVENANCE,
        next_steps=[],
        csv_uri="analytics://orders/order_1/report.csv",
    )


def drawn(*tables: Table, wish: Wish | None = None, report: ReportType = MODELS) -> Chart:
    return chart_of(summary_of(*tables), report, wish or Wish())


def points(chart: Chart) -> list[tuple[str, Cell]]:
    return [(point.label, point.value) for point in chart.points]
