"""The plan that orders make which are there already: one window of several parts, or two to compare.

Pure, the counterpart of `plan` for whoever has the orders in hand. What cannot be put together honestly is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Final

from unique_analytics_mcp.domain.order import OrderRequest
from unique_analytics_mcp.domain.plan import ReportPlan, check_merging
from unique_analytics_mcp.domain.report import ReportType
from unique_analytics_mcp.domain.window import Window, previous_window, spanned
from unique_analytics_mcp.errors import InvalidRequest

BY_SQL: Final = (
    "Give all ids in order_id, and a statement in sql over r1, r2, …: a column named before, right behind a number, is "
    "drawn beside it."
)
"""The way of whatever cannot be put together so."""


def plan_of(report: ReportType, orders: Sequence[OrderRequest], before: Sequence[OrderRequest] = ()) -> ReportPlan:
    """The plan of these orders, of which those of each side may come in any order.

    Raises:
        InvalidRequest: they are of several types or options, their windows do not follow each other, their rows cannot
            be merged, or those before do not cover the equally long window before.
    """
    parts, earlier = (tuple(sorted(side, key=lambda each: each.window.start)) for side in (orders, before))
    _check_alike((*parts, *earlier))
    for side in filter(None, (parts, earlier)):
        _check_joined(side, report)
    window = spanned([each.window for each in parts])
    if earlier:
        _check_before(window, spanned([each.window for each in earlier]), report)
    return ReportPlan(
        report=report.asked_with(parts[0].options),
        window=window,
        parts=parts,
        before=earlier,
        split=max(len(parts), len(earlier)) > 1,
    )


def _check_alike(orders: Sequence[OrderRequest]) -> None:
    types = dict.fromkeys(each.type for each in orders)
    if len(types) > 1:
        raise InvalidRequest(
            f"These orders are of several types, whose rows are not of one table: {', '.join(types)}.", hint=BY_SQL
        )
    if any(dict(each.options) != dict(orders[0].options) for each in orders):
        raise InvalidRequest(
            "These orders were placed with different options, such as filters, so they do not count the same.",
            hint=BY_SQL,
        )


def _check_joined(orders: Sequence[OrderRequest], report: ReportType) -> None:
    """One right after the other, of a report whose rows can be merged."""
    windows = [each.window for each in orders]
    if len(windows) > 1:
        check_merging(report, hint="Give one order.")
    for one, following in pairwise(windows):
        if following.start != one.end + timedelta(days=1):
            apart = "overlap" if following.start <= one.end else "leave days out between them"
            raise InvalidRequest(
                f"The windows {one.start} to {one.end} and {following.start} to {following.end} {apart}.", hint=BY_SQL
            )


def _check_before(window: Window, before: Window, report: ReportType) -> None:
    wanted = previous_window(window)
    if (before.start, before.end) != (wanted.start, wanted.end):
        raise InvalidRequest(
            f"Beside {window.start} to {window.end} stand as many days before, {wanted.start} to {wanted.end}, but the "
            f"orders in before cover {before.start} to {before.end}.",
            hint=f"run_analytics_report of type {report.name} from {window.start} to {window.end} with "
            f"compare_to=previous_period orders them, and names the call that draws both. Other windows: {BY_SQL}",
        )
