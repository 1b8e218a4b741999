"""A report type completed with the currency of the deployment, which no file names. Layer: backend, values only."""

from __future__ import annotations

from dataclasses import replace

from unique_analytics_mcp.backends.unique.reports.words import MONEY, UNKNOWN_CURRENCY
from unique_analytics_mcp.domain.report import ReportType


def in_currency(report: ReportType, currency: str) -> ReportType:
    """The report type with that currency in its units and sentences; as it is where it has no money."""
    if UNKNOWN_CURRENCY not in report.caveats:
        return report
    said = f"Amounts are in {currency}, as the operator says; the file does not name its currency."
    plan = report.summary
    return replace(
        report,
        columns=tuple(replace(each, unit=each.unit.replace(MONEY, currency)) for each in report.columns),
        caveats=tuple(said if caveat == UNKNOWN_CURRENCY else caveat for caveat in report.caveats),
        summary=replace(
            plan,
            totals=tuple(replace(each, unit=each.unit.replace(MONEY, currency)) for each in plan.totals),
            compared={name: said.replace(MONEY, currency) for name, said in plan.compared.items()},
            headline=tuple(sentence.replace(f"in {MONEY}", currency) for sentence in plan.headline),
        ),
    )
