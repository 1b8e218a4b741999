"""From CSV bytes to figures in one step, ways to look into them, and the arithmetic of a second implementation."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from summing import amount, percentage
from unique_analytics_mcp.analysis.comparison import comparison
from unique_analytics_mcp.analysis.covered import Covered
from unique_analytics_mcp.analysis.figures import figures
from unique_analytics_mcp.analysis.intake import convert
from unique_analytics_mcp.domain.report import ReportType
from unique_analytics_mcp.domain.summary import Figures
from unique_analytics_mcp.domain.window import Window


def window_of(start: date, end: date) -> Window:
    return Window(start=start, end=end, time_zone="Europe/Zurich", label="asked", complete=True)


OCTOBER = window_of(date(2026, 10, 1), date(2026, 10, 31))
SEPTEMBER = window_of(date(2026, 8, 31), date(2026, 9, 30))
"""The 31 days before it."""


def csv_of(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written).writerows([headers, *rows])
    return written.getvalue().encode()


def summed_up(
    content: bytes, report: ReportType, window: Window = OCTOBER, *, top: int = 10, told: bool = True
) -> Figures:
    """What one CSV gives, with what its reading found where that is `told`."""
    with TemporaryDirectory() as folder:
        source, parquet = Path(folder, "report.csv"), Path(folder, "report.parquet")
        source.write_bytes(content)
        intake = convert(source, parquet, report)
        intakes = {"order_1": intake} if told else {}
        return figures(Covered(window=window, parquet=[parquet], intakes=intakes), report, top=top)


def compared(now: bytes, before: bytes, report: ReportType, *, top: int = 10, now_in: Window = OCTOBER) -> Figures:
    """What two CSVs give side by side."""
    with TemporaryDirectory() as folder:
        later = _side(Path(folder, "now"), now, report, now_in)
        earlier = _side(Path(folder, "before"), before, report, SEPTEMBER)
        return comparison(later, earlier, report, top=top)


def _side(folder: Path, content: bytes, report: ReportType, window: Window) -> Covered:
    folder.mkdir()
    source, parquet = folder / "report.csv", folder / "report.parquet"
    source.write_bytes(content)
    return Covered(window=window, parquet=[parquet], intakes={folder.name: convert(source, parquet, report)})


def rows_named(found: Figures, name: str) -> list[list[Any]]:
    """The rows of one table."""
    return next(table.rows for table in found.tables if table.name == name)


def total_named(found: Figures, name: str) -> int | str | None:
    """The value of one total; None where there is no such total."""
    return next((total.value for total in found.totals if total.name == name), None)


def own_caveats(found: Figures, report: ReportType) -> list[str]:
    """Those that do not belong to every answer of the type."""
    return [caveat for caveat in found.caveats if caveat not in report.caveats]


def rounded(value: Fraction) -> str:
    """Half up to one decimal, or to two digits below 0.1."""
    return f"{amount(value, 1).normalize():f}"


def percent(difference: Fraction | int, before: Fraction | int) -> float | str | None:
    """The difference in percent of what was before."""
    if before == 0:
        return "new" if difference else 0.0
    return None if before < 0 else float(percentage(Fraction(difference) * 100 / before))
