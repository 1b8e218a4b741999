"""The interactive view of charts: an MCP App (`io.modelcontextprotocol/ui`, protocol 2026-01-26).

The view is one file that asks for nothing outside itself, so its content policy allows nothing. Hosts that know the
extension show it beside the answer of the tool that names it; all others show the text and the picture. Hosts of
older protocols are not told of extensions: they read the tool's `_meta`, some of them under its former key.
Specification: https://github.com/modelcontextprotocol/ext-apps (read 2026-11-21).
"""

from __future__ import annotations

from typing import Final

from mcp.server.apps import Apps, ResourceCsp

from unique_analytics_mcp.charts import view_html

CHART_VIEW: Final = "ui://unique-analytics/chart.html"

SHOWN_BY: Final[dict[str, object]] = {"ui": {"resourceUri": CHART_VIEW}, "ui/resourceUri": CHART_VIEW}
"""What a tool's `_meta` says when its answers are shown by the view."""


def chart_app() -> Apps:
    """The extension that serves the view."""
    apps = Apps()
    apps.add_html_resource(
        CHART_VIEW,
        view_html(),
        name="chart",
        title="Chart of a report",
        description="Shows what chart_report answers: sorting, hover, refresh.",
        csp=ResourceCsp(connect_domains=[], resource_domains=[]),
        prefers_border=True,
    )
    return apps
