"""What the older Unique API offers: its reports, where each is started, and what must be said of all of them.

The reports themselves are those of the public API; who composes the two is `app`. Written from "Analytics API"
(S001, read 2026-11-21). Layer: backend, values only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from unique_analytics_mcp.domain.report import Catalogue, ReportType

NO_PROMISE: Final = (
    "The vendor gives no promise for this older API, neither that it stays as it is nor that it answers; it is used "
    "for platforms older than 2026.20."
)

STARTS: Final[Mapping[str, str]] = {
    "CHAT_INTERACTION": "/analytics/chat-interactions",
    "ACTIVE_USER": "/analytics/active-users",
    "CHAT_INTERACTION_DETAILED": "/analytics/chat-interactions-detailed",
    "REFERENCE_STAT": "/analytics/reference-stat-export",
}
"""By report type: the path whose GET starts the job."""


def legacy_catalogue(public: Catalogue) -> Catalogue:
    """The report types this API has, drawn from the public API's literals."""
    return {name: _as_legacy(public[name]) for name in STARTS}


def _as_legacy(report: ReportType) -> ReportType:
    """No filter is documented here, nor is one spoken of, and every answer says what the vendor thinks of this API."""
    filters = [option.name for option in report.options]

    def said(caveats: Sequence[str]) -> tuple[str, ...]:
        return (*(caveat for caveat in caveats if not any(name in caveat for name in filters)), NO_PROMISE)

    return replace(
        report,
        backend="unique-legacy",
        options=(),
        caveats=said(report.caveats),
        caveats_without_rows=said(report.caveats_without_rows),
    )
