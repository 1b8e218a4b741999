"""From fetched reports to their one answer. Part of the service's shell; knows the analysis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from unique_analytics_mcp.domain.answer import summary_of
from unique_analytics_mcp.domain.order import Order
from unique_analytics_mcp.domain.plan import ReportPlan
from unique_analytics_mcp.domain.provenance import Source
from unique_analytics_mcp.domain.report import ReportType
from unique_analytics_mcp.domain.summary import Figures, Summary
from unique_analytics_mcp.domain.together import summary_together, unfinished_together
from unique_analytics_mcp.domain.window import Window, previous_window
from unique_analytics_mcp.fetching import intake_of
from unique_analytics_mcp.gathering import Gathering
from unique_analytics_mcp.tracing import Step, span
from unique_analytics_mcp.watching import Turns

if TYPE_CHECKING:
    from unique_analytics_mcp.analysis.covered import Covered
    from unique_analytics_mcp.store import StoredReport


async def answered(gathering: Gathering, *, top: int, turns: Turns) -> Summary | Order:
    """The summary over all reports of a plan, or an order that is still running when some are missing.

    Raises:
        ReportUnreadable: a report's numbers cannot be computed.
        StoreError: a report cannot be read.
    """
    plan = gathering.plan
    if plan.is_one_order:
        if not gathering.reports:
            return gathering.running
        return await summed_up(gathering.reports[0], plan.report, top=top, turns=turns)
    if not gathering.is_complete:
        placed, ready = len(gathering.orders), len(gathering.reports)
        return unfinished_together(plan, gathering.running, placed=placed, ready=ready)
    in_turn = [report for _, report in sorted(gathering.reports.items())]
    return await summed_up_together(plan, in_turn, top=top, turns=turns)


async def summed_up_together(plan: ReportPlan, reports: Sequence[StoredReport], *, top: int, turns: Turns) -> Summary:
    """The summary over the reports of a plan, which are in the order of its requests.

    Raises:
        ReportUnreadable: a report's numbers cannot be computed.
        StoreError: a report cannot be read.
    """
    now, before = reports[: len(plan.parts)], reports[len(plan.parts) :]
    covered = [_covered(plan.window, now), *([_covered(previous_window(plan.window), before)] if before else ())]
    figures = await _figures(plan.report, covered, top=top, turns=turns)
    return summary_together(plan, sources_behind(reports), figures, top=top)


async def summed_up(
    report: StoredReport,
    kind: ReportType,
    *,
    top: int,
    turns: Turns,
    saved_to: str | None = None,
    remarks: Sequence[str] = (),
) -> Summary:
    """The summary of one report; `remarks` come before what the engine has to say.

    Raises:
        ReportUnreadable: its numbers cannot be computed.
        StoreError: it cannot be read.
    """
    (source,), request = sources_behind([report]), report.order.request
    figures = await _figures(kind, [_covered(request.window, [report])], top=top, turns=turns)
    figures = replace(figures, caveats=(*remarks, *figures.caveats))
    return summary_of(source, figures, filters=kind.filters(request.options), saved_to=saved_to)


def sources_behind(reports: Sequence[StoredReport]) -> list[Source]:
    """What an answer says of the reports it comes from."""
    return [Source(order=report.order, intake=intake_of(report), sha256=report.sha256) for report in reports]


def _covered(window: Window, reports: Sequence[StoredReport]) -> Covered:
    """The window with the tables of the reports that cover it."""
    from unique_analytics_mcp.analysis.covered import Covered

    intakes = {report.order.order_id: intake_of(report) for report in reports}
    return Covered(window=window, parquet=[report.parquet_path for report in reports], intakes=intakes)


async def _figures(kind: ReportType, covered: Sequence[Covered], *, top: int, turns: Turns) -> Figures:
    """The figures of one window, or of two side by side, once it is their turn."""
    from unique_analytics_mcp.analysis.comparison import comparison
    from unique_analytics_mcp.analysis.figures import figures

    now, *before = covered
    intakes = [intake for each in covered for intake in each.intakes.values()]
    rows = sum(intake.rows for intake in intakes)
    with span(Step.SUMMARISE, report_type=kind.name, reports=len(intakes), rows=rows):
        if before:
            return await turns.of_report(lambda: comparison(now, before[0], kind, top=top))
        return await turns.of_report(lambda: figures(now, kind, top=top))
