"""The catalogue: the reports of Unique's analytics orders, one literal each, by theme.

Columns, roles and limits as "Query Analytics via API" (S004) and the release notes of platform 2026.20 print them
(unique-api.md section 4). The real spelling of headers is unverified, so likely spellings stand beside them. A new
report type is one literal in one of the modules here. Layer: backend, values only.
"""

from __future__ import annotations

from typing import Final

from unique_analytics_mcp.backends.unique.reports.chat import CHAT_REPORTS
from unique_analytics_mcp.backends.unique.reports.currency import in_currency
from unique_analytics_mcp.backends.unique.reports.knowledge import KNOWLEDGE_REPORTS
from unique_analytics_mcp.backends.unique.reports.platform import PLATFORM_REPORTS
from unique_analytics_mcp.domain.report import Catalogue

UNIQUE_REPORTS: Final[Catalogue] = {
    report.name: report for report in (*CHAT_REPORTS, *KNOWLEDGE_REPORTS, *PLATFORM_REPORTS)
}
"""The report types by name, in the order they are shown."""


def unique_reports(currency: str | None) -> Catalogue:
    """The report types as one deployment has them: money in its currency, where the operator named it."""
    if currency is None:
        return UNIQUE_REPORTS
    return {name: in_currency(report, currency) for name, report in UNIQUE_REPORTS.items()}
