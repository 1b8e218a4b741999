"""Answers that several orders give together: what would be ordered, what is still running, the one summary.

Pure, the counterpart of `answer` for a `ReportPlan`. The numbers come in as `Figures`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from unique_analytics_mcp.domain.answer import (
    TOPS,
    csv_uri,
    longest_cut,
    more_rows,
    query_for_all,
    texts_caveats,
    texts_uri,
    unplaced_order,
    window_caveats,
    without_filters,
)
from unique_analytics_mcp.domain.order import NextCall, NotedOrder, Order, OrderRequest
from unique_analytics_mcp.domain.plan import ReportPlan
from unique_analytics_mcp.domain.query import MOST_ORDERS
from unique_analytics_mcp.domain.report import TOTALS, Figures, Intake, Part, Provenance, Summary, Table
from unique_analytics_mcp.domain.sentences import not_said_again
from unique_analytics_mcp.domain.window import Window, months_before, spanned

_TWO: Final = 2
"""Orders of a comparison whose windows are one order each."""

_PER_LINE: Final = 8
"""Windows named in one remark of a dry run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One fetched report behind an answer."""

    order: NotedOrder
    intake: Intake
    sha256: str


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


def unfinished_together(plan: ReportPlan, orders: Sequence[Order], running: Order, *, ready: int) -> Order:
    """What time is up for: one of the orders still `running`, how the others stand, and the call that goes on.

    `orders` are those that were placed, `ready` how many reports are here.
    """
    waiting = len(plan.requests) - len(orders)
    rest = f", {waiting} not placed yet" if waiting else ""
    return running.model_copy(
        update={
            "remarks": [f"{ready} of {len(plan.requests)} orders are ready{rest}.", *running.remarks],
            "next_step": _again(plan, "The same call goes on with these orders; none is placed twice."),
        }
    )


def summary_together(plan: ReportPlan, sources: Sequence[Source], figures: Figures, *, top: int) -> Summary:
    """The engine's figures over all orders of a plan; `sources` are in the order of its requests."""
    first = sources[0]
    truncated = any(table.truncated for table in figures.tables)
    of_each = f"{texts_uri('{order_id}')} of each order"
    return Summary(
        headline=figures.headline,
        totals=list(figures.totals),
        tables=list(figures.tables),
        caveats=[
            *_said_once(sources),
            *window_caveats(*(source.order.request.window for source in sources)),
            *(texts_caveats(of_each, [source.intake for source in sources]) if figures.has_texts else ()),
            *figures.caveats,
        ],
        provenance=_provenance(sources, _window(plan, sources), of_window=len(plan.parts), truncated=truncated),
        next_steps=_after_summary(plan, sources, figures.tables, top=top),
        csv_uri=csv_uri(first.order.order_id),
    )


def provenance_of(sources: Sequence[Source]) -> Provenance:
    """Where rows of these orders come from that one statement was asked of, whatever they are."""
    windows = [source.order.window for source in sources]
    return _provenance(sources, spanned(windows), of_window=len(sources))


def _provenance(sources: Sequence[Source], window: Window, *, of_window: int, truncated: bool = False) -> Provenance:
    """Where an answer comes from; sources behind the first `of_window` are of the window that is compared with."""
    first, checksums = sources[0], [source.sha256 for source in sources]
    options = {frozenset(source.order.request.options.items()) for source in sources}
    parts = [_part(source, before=place >= of_window) for place, source in enumerate(sources)]
    return Provenance(
        order_id=first.order.order_id,
        type=", ".join(_all([source.order.request.type] for source in sources)),
        window=window,
        options=(dict(first.order.request.options) or None) if len(options) == 1 else None,
        as_of=min(source.order.created_at for source in sources),
        rows=sum(source.intake.rows for source in sources),
        rejected_rows=sum(source.intake.rejected_rows for source in sources),
        columns_missing=_all(source.intake.columns_missing for source in sources),
        columns_unknown=_all(source.intake.columns_unknown for source in sources),
        sha256=first.sha256 if len(sources) == 1 else hashlib.sha256("\n".join(checksums).encode()).hexdigest(),
        truncated=truncated,
        parts=parts if len(sources) > 1 else [],
    )


def _windows(what: str, requests: Sequence[OrderRequest]) -> Iterator[str]:
    for start in range(0, len(requests), _PER_LINE):
        windows = [request.window for request in requests[start : start + _PER_LINE]]
        yield f"{what}: {', '.join(f'{window.start}..{window.end}' for window in windows)}."


def _again(plan: ReportPlan, why: str) -> NextCall:
    return NextCall(tool="run_analytics_report", arguments=plan.arguments, why=why)


def _after_summary(plan: ReportPlan, sources: Sequence[Source], tables: Sequence[Table], *, top: int) -> list[NextCall]:
    if not any(source.intake.rows for source in sources):
        return [_more(plan, top), *_after_nothing(plan, sources)]
    is_all = longest_cut(tables) < TOPS[-1] or len(sources) > MOST_ORDERS
    order_ids = [source.order.order_id for source in sources]
    is_drawable = any(table.rows and table.name != TOTALS for table in tables)
    return [
        _more(plan, top),
        *([] if is_all else [query_for_all(order_ids)]),
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


def _said_once(sources: Sequence[Source]) -> list[str]:
    return _all(not_said_again(source.order.remarks, source.intake.remarks) for source in sources)


def _window(plan: ReportPlan, sources: Sequence[Source]) -> Window:
    """The plan's window, `complete` only when nothing of any part of it can be missing."""
    complete = all(source.order.window.complete for source in sources[: len(plan.parts)])
    return plan.window.model_copy(update={"complete": plan.window.complete and complete})


def _all(words: Iterable[Sequence[str]]) -> list[str]:
    """Each word once, in the order of first mention."""
    return list(dict.fromkeys(word for some in words for word in some))


def _part(source: Source, *, before: bool) -> Part:
    window = source.order.request.window
    return Part(
        order_id=source.order.order_id,
        start=window.start,
        end=window.end,
        before=before,
        rows=source.intake.rows,
        rejected_rows=source.intake.rejected_rows,
    )
