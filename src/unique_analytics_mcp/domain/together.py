"""Answers that several orders give together: what would be ordered, what is still running, the one summary.

Pure, the counterpart of `answer` for a `ReportPlan`. The numbers come in as `Figures`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from unique_analytics_mcp.domain.answer import (
    TOPS,
    longest_cut,
    more_rows,
    query_for_all,
    summary_over,
    what_they_wrote,
    without_filters,
)
from unique_analytics_mcp.domain.order import NextCall, NotedOrder, Order, OrderRequest
from unique_analytics_mcp.domain.order_answer import unplaced_order
from unique_analytics_mcp.domain.plan import ReportPlan
from unique_analytics_mcp.domain.provenance import Source, provenance_of_plan
from unique_analytics_mcp.domain.query import MOST_ORDERS
from unique_analytics_mcp.domain.summary import TOTALS, Figures, Summary, Table
from unique_analytics_mcp.domain.window import months_before

_TWO: Final = 2
"""Orders of a comparison whose windows are one order each."""

_PER_LINE: Final = 8
"""Windows named in one remark of a dry run."""


def planned_together(plan: ReportPlan, reusable: Sequence[NotedOrder | None], *, at_once: int) -> Order:
    """What a dry run answers: which windows would be ordered and which equal orders there are, request by request."""
    pairs = list(zip(plan.requests, reusable, strict=True))
    new = [request for request, noted in pairs if noted is None]
    known = [request for request, noted in pairs if noted is not None]
    pace = f", at most {at_once} at a time" if len(new) > at_once else ""
    return unplaced_order(
        replace(plan.parts[0], window=plan.window),
        remarks=[
            "Dry run: nothing was ordered.",
            f"Orders to place: {len(new)}{pace}; equal orders to reuse: {len(known)}.",
            *_windows("New", new),
            *_windows("Reused", known),
            *plan.report.caveats,
        ],
        next_step=_again(plan, f"This {'places the orders and ' if new else ''}gives the answer."),
    )


def unfinished_together(plan: ReportPlan, running: Order, *, placed: int, ready: int) -> Order:
    """What time is up for: one of the orders still `running`, how many others there are, and the call that goes on.

    So many of the plan's orders are `placed`, and so many reports `ready`.
    """
    waiting = len(plan.requests) - placed
    rest = f", {waiting} not placed yet" if waiting else ""
    return running.model_copy(
        update={
            "remarks": [f"{ready} of {len(plan.requests)} orders are ready{rest}.", *running.remarks],
            "next_step": _again(plan, "The same call goes on with these orders; none is placed twice."),
        }
    )


def summary_together(plan: ReportPlan, sources: Sequence[Source], figures: Figures, *, top: int) -> Summary:
    """The summary over all orders of a plan; `sources` are in the order of its requests."""
    return summary_over(
        sources,
        figures,
        provenance=provenance_of_plan(plan, sources, truncated=figures.truncated),
        next_steps=_after_summary(plan, sources, figures, top=top),
    )


def _windows(what: str, requests: Sequence[OrderRequest]) -> Iterator[str]:
    for start in range(0, len(requests), _PER_LINE):
        windows = [request.window for request in requests[start : start + _PER_LINE]]
        yield f"{what}: {', '.join(f'{window.start}..{window.end}' for window in windows)}."


def _again(plan: ReportPlan, why: str) -> NextCall:
    return NextCall(tool="run_analytics_report", arguments=plan.arguments, why=why)


def _after_summary(plan: ReportPlan, sources: Sequence[Source], figures: Figures, *, top: int) -> list[NextCall]:
    if not any(source.intake.rows for source in sources):
        return [_more(plan, top), *_after_nothing(plan, sources)]
    tables = figures.tables
    is_all = longest_cut(tables) < TOPS[-1] or len(sources) > MOST_ORDERS
    order_ids = [source.order.order_id for source in sources]
    is_drawable = any(table.rows and table.name != TOTALS for table in tables)
    return [
        _more(plan, top),
        *([] if is_all else [query_for_all(order_ids)]),
        *what_they_wrote(sources[: len(plan.parts)], figures),
        *_months_before(plan),
        *_gone(plan, order_ids, tables),
        *(_drawing(plan, order_ids) if is_drawable else ()),
    ]


def _after_nothing(plan: ReportPlan, sources: Sequence[Source]) -> Iterator[NextCall]:
    """The question without filters that may match nothing; nothing where rows could not be read."""
    filters = plan.report.filters(plan.parts[0].options)
    if filters and not any(source.intake.rejected_rows for source in sources):
        yield without_filters(plan.arguments, filters)


def _drawing(plan: ReportPlan, order_ids: Sequence[str]) -> Iterator[NextCall]:
    """The call that draws what the orders give together, as far as one call may name them."""
    parts, before = (",".join(ids) for ids in (order_ids[: len(plan.parts)], order_ids[len(plan.parts) :]))
    if len(order_ids) <= MOST_ORDERS:
        yield NextCall(
            tool="chart_report",
            arguments={"order_id": parts, **({"before": before} if before else {})},
            why="Draws both windows side by side." if before else "Draws the whole window.",
        )


def _months_before(plan: ReportPlan) -> Iterator[NextCall]:
    """The call for the calendar months before, which equally many days before are not."""
    months = months_before(plan.window) if plan.before else None
    in_parts = len(plan.parts) > 1
    if months and (in_parts or months.days <= plan.report.max_days):
        yield NextCall(
            tool="run_analytics_report",
            arguments={
                **replace(plan.parts[0], window=months).arguments,
                **({"split": True} if in_parts else {}),
            },
            why="Gives the calendar months before: compared are as many days.",
        )


def _gone(plan: ReportPlan, order_ids: Sequence[str], tables: Sequence[Table]) -> Iterator[NextCall]:
    """The call that names who did nothing any more, where two orders name people, and no others, whom tables match."""
    people, is_mixed = plan.report.summary.people, plan.report.summary.people_where is not None
    is_matched = any(people in table.columns for table in tables)
    if plan.before and len(order_ids) == _TWO and is_matched and not is_mixed:
        yield NextCall(
            tool="query_report",
            arguments={
                "order_ids": ",".join(order_ids),
                "sql": f"FROM r2 ANTI JOIN r1 USING ({people}) SELECT DISTINCT {people} ORDER BY {people}",
            },
            why="Names who is gone; with r1 and r2 swapped, who is new.",
        )


def _more(plan: ReportPlan, top: int) -> NextCall:
    return more_rows("run_analytics_report", plan.arguments, top=min(max(5 * top, TOPS[0]), TOPS[-1]))
