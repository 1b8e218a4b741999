"""Which orders answer a question: one, two windows to compare, or the legal parts of a long window.

Pure. A plan holds only legal requests; how they are placed, waited for and put together is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from unique_analytics_mcp.domain.order import OrderRequest
from unique_analytics_mcp.domain.report import ReportType
from unique_analytics_mcp.domain.request import checked_options
from unique_analytics_mcp.domain.window import Window, check_limit, listed_windows, plan_windows, previous_window
from unique_analytics_mcp.errors import InvalidRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPlan:
    """The orders behind one answer."""

    report: ReportType
    window: Window
    """The whole window that was asked for."""
    parts: tuple[OrderRequest, ...]
    """What covers it: without gaps or overlaps, oldest first."""
    before: tuple[OrderRequest, ...]
    """Likewise for the equally long window just before; empty when nothing is compared."""
    split: bool
    """Whether the caller allowed several orders for one window."""

    @property
    def requests(self) -> tuple[OrderRequest, ...]:
        """All of them, those of the window itself first."""
        return (*self.parts, *self.before)

    @property
    def is_one_order(self) -> bool:
        """True when there is nothing to put together."""
        return len(self.requests) == 1

    @property
    def arguments(self) -> dict[str, str | int | bool]:
        """The arguments of `run_analytics_report` that ask for exactly this."""
        return {
            **replace(self.parts[0], window=self.window).arguments,
            **({"compare_to": "previous_period"} if self.before else {}),
            **({"split": True} if self.split else {}),
        }

    def name_of(self, number: int) -> str:
        """What to call one of `requests` in a sentence: `Part 3 of 7 (2026-10-01..2026-10-14)`."""
        window = self.requests[number].window
        return f"Part {number + 1} of {len(self.requests)} ({window.start}..{window.end})"


def report_plan(
    report: ReportType,
    window: Window,
    options: Mapping[str, str],
    *,
    compare: bool = False,
    split: bool = False,
    most_orders: int,
) -> ReportPlan:
    """The legal orders for a window, and for the one before it when they are to be compared.

    Only `split` allows more than one order for a window, and at most `most_orders` in all.

    Raises:
        InvalidRequest: a window beyond the report's limit without `split`; with it, a report whose rows cannot be
            merged or too many orders; nothing before the window to compare with; an option the report does not take.
    """
    windows = [window, previous_window(window)] if compare else [window]
    if not split:
        check_limit(window, report.max_days, report_type=report.name, otherwise=_advice(report, window, most_orders))
    sides = [plan_windows(each, report.max_days) for each in windows]
    if len(sides[0]) > 1:
        _check_split(report, sides, most_orders)
    given = checked_options(report, window, options)
    parts, *before = (
        tuple(OrderRequest(backend=report.backend, type=report.name, window=part, options=given) for part in side)
        for side in sides
    )
    return ReportPlan(
        report=report.asked_with(given), window=window, parts=parts, before=before[0] if before else (), split=split
    )


def _advice(report: ReportType, window: Window, most_orders: int) -> str:
    count = len(plan_windows(window, report.max_days))
    if report.stands_alone or count > most_orders:
        return ""
    return f"Or set split=true: {count} orders, merged into one answer."


def check_merging(report: ReportType, *, hint: str) -> None:
    """Let a report pass whose rows may be merged with those of another window.

    Raises:
        InvalidRequest: its rows stand alone.
    """
    if report.stands_alone:
        raise InvalidRequest(f"{report.name} cannot be merged from several orders: {report.stands_alone}.", hint=hint)


def _check_split(report: ReportType, sides: list[tuple[Window, ...]], most_orders: int) -> None:
    check_merging(report, hint=f"Ask for {listed_windows(sides[0])}.")
    count = sum(map(len, sides))
    if count > most_orders:
        longest = most_orders // len(sides) * report.max_days
        raise InvalidRequest(
            f"That takes {count} orders, and one call may place {most_orders}.",
            hint=f"Ask for at most {longest} days at once; the operator can set UNIQUE_ANALYTICS_MAX_SPLIT.",
        )
