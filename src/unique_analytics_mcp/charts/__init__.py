"""One chart of a report: the same numbers as text, as a picture and for the interactive view.

From a `Summary` or a query's rows, so that a new report type can be drawn without a change here. Nothing in this
package asks the engine, the store or the network; nothing heavy is imported before a picture is drawn.

- `choosing.py`       which table and which column of a summary are drawn, and the refusals
- `gaps.py`           the days, weeks, months and moments of a development that have no row
- `queries.py`        a query's rows in the place of a summary's tables
- `specification.py`  the chart as a value: what every rendering shows
- `answers.py`        the chart within its token budget: the record and the text that say the same
- `marks.py`          bars and sparklines of characters
- `picture.py`        the chart as SVG, of `bars.py`, `timeline.py`, `scales.py`, `shapes.py` and `fonts.py`
- `png.py`            that SVG as PNG
- `view.html`         the interactive view: an MCP App in one file
"""

from pathlib import Path

from unique_analytics_mcp.charts.answers import ChartAnswer, fit_chart
from unique_analytics_mcp.charts.choosing import ALL_GROUPS, MOST_BARS, chart_of
from unique_analytics_mcp.charts.queries import MOST_DRAWN, joined, summary_of_rows
from unique_analytics_mcp.charts.specification import Chart, Wish

__all__ = [
    "ALL_GROUPS",
    "MOST_BARS",
    "MOST_DRAWN",
    "Chart",
    "ChartAnswer",
    "Wish",
    "chart_of",
    "fit_chart",
    "joined",
    "summary_of_rows",
    "view_html",
]


def view_html() -> str:
    """The interactive view: one HTML file without any outside reference."""
    return (Path(__file__).parent / "view.html").read_text(encoding="utf-8")
