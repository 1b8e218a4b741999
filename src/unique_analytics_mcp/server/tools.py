"""The tools: each a function whose signature, defaults and docstring are what the model sees.

They turn arguments into calls of the service and what comes back into an answer within its budget. All checks of
kinds and ranges are done before (`parameters.py`), all errors are translated behind (`calls.py`).
"""

from __future__ import annotations

import base64
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Final, Literal, get_args

from anyio import to_thread
from mcp_types import ImageContent, ResourceLink, ToolAnnotations
from pydantic import BaseModel

from unique_analytics_mcp.charts import (
    ALL_GROUPS,
    MOST_BARS,
    MOST_DRAWN,
    Chart,
    ChartAnswer,
    Wish,
    chart_of,
    fit_chart,
    joined,
    summary_of_rows,
)
from unique_analytics_mcp.domain.answer import csv_uri
from unique_analytics_mcp.domain.caller import Scope
from unique_analytics_mcp.domain.order import Order, OrderState
from unique_analytics_mcp.domain.placed import BY_SQL
from unique_analytics_mcp.domain.plan import ReportPlan
from unique_analytics_mcp.domain.query import QueryAnswer
from unique_analytics_mcp.domain.report import ReportType
from unique_analytics_mcp.domain.summary import Summary
from unique_analytics_mcp.errors import InvalidRequest
from unique_analytics_mcp.render import (
    CONCISE_TOKENS,
    DETAILED_TOKENS,
    OrderList,
    ReportAnswer,
    ReportGuide,
    fit,
    fit_order,
    fit_orders,
    fit_query,
    guide_text,
    guide_to_all,
    guide_to_one,
    order_text,
    orders_text,
    query_text,
    summary_text,
)
from unique_analytics_mcp.render.budget import MOST_ROWS
from unique_analytics_mcp.server.apps import SHOWN_BY
from unique_analytics_mcp.server.calls import Answer, Call
from unique_analytics_mcp.server.parameters import Count, Flag, ReportTypeName, Text

Comparison = Literal["none", "previous_period"]
Format = Literal["concise", "detailed"]
ChartKind = Literal["auto", "line", "bar"]

_LONGEST_IDS: Final = 7_000
_LONGEST_SQL: Final = 8_000

_Type = Annotated[str, ReportTypeName("Report type.")]
_OnlyType = Annotated[str | None, ReportTypeName("Only this report type.")]
_OrderId = Annotated[str, Text("Order id.")]
_Period = Annotated[
    str | None,
    Text("Days in words: yesterday, last_month, this_quarter, last_30_days, 2026-10, 2026-Q3, 2026-W42."),
]
_StartDate = Annotated[str | None, Text("First day, YYYY-MM-DD, instead of period.")]
_EndDate = Annotated[str | None, Text("Last day, included.")]
_Top = Annotated[int, Count("Rows of each ranking.", least=1, most=MOST_ROWS)]
_Format = Annotated[Format, Text("detailed allows four times the length.", get_args(Format))]
_CompareTo = Annotated[
    Comparison,
    Text("previous_period: beside the equally long window before. Other windows: query_report.", get_args(Comparison)),
]
_MaxWait = Annotated[int, Count("Seconds until it answers with the order as it stands.", least=1, most=600)]


async def run_analytics_report(  # noqa: PLR0913 - its signature is its schema
    call: Call,
    *,
    type: _Type,
    period: _Period = None,
    start_date: _StartDate = None,
    end_date: _EndDate = None,
    compare_to: _CompareTo = "none",
    split: Annotated[bool, Flag("Cover a window beyond the limit by several orders, merged.")] = False,
    dry_run: Annotated[bool, Flag("Only list the orders this would place or reuse.")] = False,
    top: _Top = 10,
    response_format: _Format = "concise",
    max_wait_seconds: _MaxWait = 45,
    **options: str,
) -> Answer:
    """Answer a usage question in one call: orders the report, waits, and gives totals, rankings and trends.

    Start here. An equal earlier order is reused. When the platform needs longer, the answer is the order and the
    call to continue with; do not order again. Without period and dates: yesterday.
    """
    plan = call.service.plan(
        type=type,
        period=period,
        start_date=start_date,
        end_date=end_date,
        options=options,
        compare=compare_to == "previous_period",
        split=split,
    )
    found = await _found(call, plan, dry_run=dry_run, top=top, patience_s=max_wait_seconds)
    if isinstance(found, Order):
        order = fit_order(found)
        return Answer(order_text(order), ReportAnswer(order=order))
    return report_answer(found, response_format)


def report_answer(found: Summary, form: Format) -> Answer:
    """The answer of `run_analytics_report` for a summary."""
    summary = fit(found, _BUDGETS[form])
    return Answer(summary_text(summary), ReportAnswer(summary=summary), _csv_links(summary))


async def _found(call: Call, plan: ReportPlan, *, dry_run: bool, top: int, patience_s: float) -> Summary | Order:
    if dry_run:
        return await call.service.foresee(plan)
    found = await call.service.answer(
        plan, top=top, patience_s=patience_s, on_placed=call.on_placed, on_progress=call.on_progress
    )
    if isinstance(found, Summary):
        _note_parts(call, found)
    return found


def _note_parts(call: Call, found: Summary) -> None:
    """Of several orders each is noted: what is shown of them may be cut."""
    for part in found.provenance.parts:
        call.on_read(part.order_id, found.provenance.type, part.start, part.end)


async def create_analytics_order(
    call: Call,
    *,
    type: _Type,
    period: _Period = None,
    start_date: _StartDate = None,
    end_date: _EndDate = None,
    reuse: Annotated[bool, Flag("Give back an equal running or recent order instead of a second one.")] = True,
    dry_run: Annotated[bool, Flag("Only show the window and whether an order would be reused.")] = False,
    **options: str,
) -> Answer:
    """Place one order and return at once, without waiting for its report.

    For several orders side by side; for one question, or beyond limits, use run_analytics_report. Then
    wait_for_order.
    """
    request = call.service.request(type=type, period=period, start_date=start_date, end_date=end_date, options=options)
    place = call.service.preview if dry_run else call.service.create
    return _order_answer(await place(request, reuse=reuse))


async def get_order_status(call: Call, *, order_id: _OrderId) -> Answer:
    """Where an order stands now. To wait, use wait_for_order instead of asking repeatedly."""
    return _order_answer(await call.service.status(order_id))


async def wait_for_order(call: Call, *, order_id: _OrderId, max_wait_seconds: _MaxWait = 45) -> Answer:
    """Wait until an order is DONE or FAILED. Still running when time is up is a normal answer: call again.

    Ending the wait never ends the order. For the numbers of a DONE order call download_report_summary.
    """
    order = await call.service.wait(order_id, patience_s=max_wait_seconds, on_progress=call.on_progress)
    return _order_answer(order)


async def download_report_summary(
    call: Call,
    *,
    order_id: _OrderId,
    top: _Top = 10,
    response_format: _Format = "concise",
    save_csv_to: Annotated[str | None, Text("File name such as october.csv, in the export folder.")] = None,
) -> Answer:
    """The numbers of a DONE order: headline, totals, rankings, trends, caveats and where they come from.

    Also for more rows (top, response_format) of a report already run; it is not ordered again.
    """
    found = await call.service.summary(order_id, top=top, save_csv_to=save_csv_to)
    summary = fit(found, _BUDGETS[response_format])
    return Answer(summary_text(summary), summary, _csv_links(summary))


async def chart_report(
    call: Call,
    *,
    order_id: Annotated[str, Text("Order ids of one window, with commas.", longest=_LONGEST_IDS, several=True)],
    before: Annotated[str | None, Text("Those of as many days before.", longest=_LONGEST_IDS, several=True)] = None,
    chart: Annotated[ChartKind, Text("line: over time.", get_args(ChartKind))] = "auto",
    measure: Annotated[str | None, Text("Its column.")] = None,
    by: Annotated[str | None, Text("Table, such as users.")] = None,
    top: Annotated[int, Count("Most bars.", least=1, most=MOST_BARS)] = 10,
    sql: Annotated[
        str | None,
        Text("SELECT over report to draw instead: labels, number[, before].", longest=_LONGEST_SQL),
    ] = None,
) -> Answer:
    """Draw DONE orders as picture, view and text."""
    if sql is None:
        groups = top + 1 if measure is None else ALL_GROUPS
        found = await call.service.summary_together(order_id, before=before, top=groups)
        _note_parts(call, found)
        report = call.service.report_type(found.provenance.type)
    else:
        found, report = await _rows_of(call, order_id, sql, before=before)
    wish = Wish(kind=None if chart == "auto" else chart, measure=measure, by=by, top=top)
    drawn = chart_of(found, report, wish)
    record, text = fit_chart(drawn)
    return Answer(text, record, (await _picture(drawn),))


async def _rows_of(call: Call, order_ids: str, sql: str, *, before: str | None) -> tuple[Summary, ReportType]:
    """A statement's rows as what is drawn, and what is known of their columns."""
    if before is not None:
        raise InvalidRequest("before is not taken with sql, which sets windows side by side itself.", hint=BY_SQL)
    answer = await _queried(call, order_ids, sql, limit=MOST_DRAWN)
    types = dict.fromkeys(source.type for source in answer.sources)
    found = summary_of_rows(await call.service.provenance(order_ids), answer)
    return found, joined([*map(call.service.report_type, types)])


async def list_analytics_orders(
    call: Call,
    *,
    type: _OnlyType = None,
    state: Annotated[str | None, Text("Only orders in this state.", tuple(each.value for each in OrderState))] = None,
    limit: Annotated[int, Count("Orders per page.", least=1, most=100)] = 20,
    offset: Annotated[int, Count("Orders to skip: next_offset of the page before.", least=0)] = 0,
) -> Answer:
    """Orders on the platform, newest first: to find an id again, or what still runs."""
    page = await call.service.orders(type=type, state=state, limit=limit, offset=offset)
    filters = {name: value for name, value in (("type", type), ("state", state)) if value is not None}
    fitting = fit_orders(page, filters={**filters, "limit": limit})
    return Answer(orders_text(fitting), fitting)


async def query_report(
    call: Call,
    *,
    order_ids: Annotated[str, Text("Order ids, with commas.", longest=_LONGEST_IDS, several=True)],
    sql: Annotated[str, Text("One DuckDB SELECT.", longest=_LONGEST_SQL)],
    limit: Annotated[int, Count("Rows.", least=1, most=500)] = 100,
    offset: Annotated[int, Count("Rows skipped.", least=0)] = 0,
) -> Answer:
    """SQL over finished reports.

    Tables: report (orders of one type, with order_id), r1, r2 by id. Columns: describe_reports.
    """
    found = fit_query(await _queried(call, order_ids, sql, limit=limit, offset=offset), offset=offset)
    return Answer(query_text(found), found)


async def _queried(call: Call, order_ids: str, sql: str, *, limit: int, offset: int = 0) -> QueryAnswer:
    found = await call.service.query(order_ids, sql, limit=limit, offset=offset)
    for source in found.sources:
        call.on_read(source.order_id, source.type, source.window.start, source.window.end)
    return found


async def describe_reports(call: Call, *, type: _OnlyType = None) -> Answer:
    """What each report answers, and its columns; with a type, what they mean, limits, roles, options and caveats.

    Use it to choose a type or to read a column; it gives no numbers and orders nothing.
    """
    time_zone = call.service.time_zone
    if type is None:
        guide = guide_to_all(call.service.catalogue, time_zone=time_zone)
    else:
        guide = guide_to_one(call.service.report_type(type), time_zone=time_zone)
    return Answer(guide_text(guide), guide)


async def delete_analytics_order(call: Call, *, order_id: _OrderId) -> Answer:
    """Remove an order and its report, on the platform and here, for good. Only when the user asked."""
    return _order_answer(await call.service.delete(order_id))


_BUDGETS: Final[dict[Format, int]] = {"concise": CONCISE_TOKENS, "detailed": DETAILED_TOKENS}


def _order_answer(found: Order) -> Answer:
    order = fit_order(found)
    return Answer(order_text(order), order)


async def _picture(chart: Chart) -> ImageContent:
    from unique_analytics_mcp.charts.png import png

    drawn = await to_thread.run_sync(png, chart)
    data = base64.b64encode(drawn).decode("ascii")
    return ImageContent(data=data, mime_type="image/png", _meta={"alt": chart.alt_text})


def _csv_links(summary: Summary) -> tuple[ResourceLink, ...]:
    """One for each order behind the answer."""
    provenance = summary.provenance
    orders = {part.order_id: part.rows + part.rejected_rows for part in provenance.parts}
    return tuple(
        ResourceLink(
            uri=csv_uri(order_id),
            name=f"{provenance.type}.csv",
            description=f"All {rows} rows.",
            mime_type="text/csv",
        )
        for order_id, rows in (orders or {provenance.order_id: provenance.rows + provenance.rejected_rows}).items()
    )


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: the function, what hosts call it, the record it answers with and how careful they should be."""

    function: Callable[..., Awaitable[Answer]]
    title: str
    record: type[BaseModel]
    hints: ToolAnnotations
    scope: Scope = Scope.READ
    """What an access token must allow for it."""
    meta: dict[str, object] | None = None
    """What hosts are told beside, such as the view that shows its answers."""

    @property
    def name(self) -> str:
        """Its name for the model."""
        return self.function.__name__

    @property
    def description(self) -> str:
        """Its docstring, each paragraph on one line."""
        paragraphs = (inspect.getdoc(self.function) or "").split("\n\n")
        return "\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _hints(*, reads: bool, repeats: bool, platform: bool = True, destroys: bool = False) -> ToolAnnotations:
    """All four hints, always."""
    return ToolAnnotations(
        read_only_hint=reads, idempotent_hint=repeats, open_world_hint=platform, destructive_hint=destroys
    )


_PLACES: Final = _hints(reads=False, repeats=False)
_READS: Final = _hints(reads=True, repeats=True)
_MAY_SAVE: Final = _hints(reads=False, repeats=True)
_READS_HERE: Final = _hints(reads=True, repeats=True, platform=False)
_DESTROYS: Final = _hints(reads=False, repeats=True, destroys=True)

_TOOLS: Final = (
    Tool(run_analytics_report, "Run an analytics report", ReportAnswer, _PLACES, Scope.ORDER),
    Tool(create_analytics_order, "Create an analytics order", Order, _PLACES, Scope.ORDER),
    Tool(get_order_status, "Get an order's status", Order, _READS),
    Tool(wait_for_order, "Wait for an order", Order, _READS),
    Tool(download_report_summary, "Download and sum up a report", Summary, _MAY_SAVE),
    Tool(chart_report, "Draw a chart", ChartAnswer, _READS, meta=SHOWN_BY),
    Tool(list_analytics_orders, "List analytics orders", OrderList, _READS),
    Tool(query_report, "Query reports", QueryAnswer, _READS),
    Tool(describe_reports, "Describe the reports", ReportGuide, _READS_HERE),
)
SILENT: Final = frozenset({describe_reports.__name__})
"""Tools that give nothing of any order or report."""

_DELETION: Final = Tool(delete_analytics_order, "Delete an analytics order", Order, _DESTROYS, Scope.DELETE)


def tools(*, allow_delete: bool) -> tuple[Tool, ...]:
    """The tools of a session, always in the same order."""
    return (*_TOOLS, _DELETION) if allow_delete else _TOOLS
