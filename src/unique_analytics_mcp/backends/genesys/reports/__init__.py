"""The reports of Genesys Cloud, one literal each; with the columns about callers only where the operator wants them."""

from __future__ import annotations

from unique_analytics_mcp.backends.genesys.reports.aggregates import AGGREGATES
from unique_analytics_mcp.backends.genesys.reports.details import details
from unique_analytics_mcp.domain.report import Catalogue


def genesys_reports(*, personal: bool) -> Catalogue:
    """The catalogue, in the order it is shown; `personal` adds numbers, names, notes and attributes of callers."""
    reports = (AGGREGATES, details(personal=personal))
    return {report.name: report for report in reports}
