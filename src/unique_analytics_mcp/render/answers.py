"""What tools answer with, beside the `Order` and the `Summary` of the domain, and how domain values become it.

Pure records and conversions; how they look as text stands beside in `texts.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict

from unique_analytics_mcp.domain.order import NextCall, Order, OrderPage
from unique_analytics_mcp.domain.report import Catalogue, Column, ReportType
from unique_analytics_mcp.domain.summary import Cell, Summary, Table
from unique_analytics_mcp.render.text import CELL_LIMIT, clean, clean_list, options_text

REMARKS: Final = 12
"""How many remarks are shown."""
REMARK_LIMIT: Final = 400
"""Characters of each."""
_IDS: Final = ("order_id", "order_ids", "before")
"""Arguments that hold nothing but ids of orders."""
_LONGEST_IDS: Final = 7_000
_LONGEST_ARGUMENT: Final = 400
"""Characters of any other argument: what a tool takes. A part of a filter would be another filter."""
_NAMES: Final = 12
"""How many columns of a report the guide to all reports names."""
WORD_LIMIT: Final = 60
"""Characters of a platform's own word for a state or a type."""


class ReportAnswer(BaseModel):
    """Exactly one of the two: the numbers, or the order that is not ready yet."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    summary: Summary | None = None
    order: Order | None = None


class OrderList(BaseModel):
    """Orders as one table, newest first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    orders: Table
    offset: int
    more: bool
    """True when there are further orders behind these."""
    next_offset: int | None = None
    remarks: list[str] = []
    next_steps: list[NextCall] = []


class ReportGuide(BaseModel):
    """The reports that can be ordered, or one of them with its columns and options."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    headline: str
    tables: list[Table]
    caveats: list[str]
    time_zone: str
    """Zone whose midnights bound the days of a report."""


def clean_order(order: Order, *, remarks: int = REMARKS, limit: int = REMARK_LIMIT) -> Order:
    """The order with everything the platform wrote made safe to show; remarks and options are of so many characters."""
    return order.model_copy(
        update={
            "order_id": None if order.order_id is None else clean(order.order_id),
            "type": clean(order.type, limit=WORD_LIMIT),
            "platform_state": clean(order.platform_state, limit=WORD_LIMIT),
            "assistant_id": None if order.assistant_id is None else clean(order.assistant_id),
            "options": {name: clean(value, limit=min(limit, CELL_LIMIT)) for name, value in order.options.items()},
            "remarks": clean_list(order.remarks, items=remarks, limit=limit),
            "next_step": clean_call(order.next_step),
        }
    )


def clean_call(call: NextCall) -> NextCall:
    """The call with its texts made safe to show, and ids whole, however many: a filter may be somebody else's."""
    arguments = {
        name: clean(value, limit=_LONGEST_IDS if name in _IDS else _LONGEST_ARGUMENT)
        if isinstance(value, str)
        else value
        for name, value in call.arguments.items()
    }
    return call.model_copy(update={"arguments": arguments})


_ORDER_COLUMNS: Final = ["order_id", "type", "state", "platform_state", "start", "end", "options", "created_at"]


def order_list(page: OrderPage, *, filters: Mapping[str, str | int | bool]) -> OrderList:
    """A page of orders; `filters` are the arguments that the call for the next page repeats."""
    rows = [_order_row(clean_order(order)) for order in page.orders]
    return OrderList(
        orders=Table.whole("orders", _ORDER_COLUMNS, rows),
        offset=page.offset,
        more=page.more,
        next_offset=page.next_offset,
        remarks=clean_list(page.remarks, items=REMARKS, limit=REMARK_LIMIT),
        next_steps=[] if page.next_offset is None else [_next_page(filters, page.next_offset)],
    )


def shorter_order_list(page: OrderList, rows: int, *, filters: Mapping[str, str | int | bool]) -> OrderList:
    """The first rows of a page, with the call for the rest; `filters` as in `order_list`."""
    next_offset = page.offset + rows
    return page.model_copy(
        update={
            "orders": page.orders.model_copy(update={"rows": page.orders.rows[:rows], "total_rows": rows}),
            "more": True,
            "next_offset": next_offset,
            "remarks": ["Shortened to fit: the next page has the rest.", *page.remarks],
            "next_steps": [_next_page(filters, next_offset)],
        }
    )


def _next_page(filters: Mapping[str, str | int | bool], offset: int) -> NextCall:
    arguments = {**filters, "offset": offset}
    return NextCall(tool="list_analytics_orders", arguments=arguments, why="The next page of older orders.")


def _order_row(order: Order) -> list[Cell]:
    window = order.window
    return [
        order.order_id,
        order.type,
        order.state,
        order.platform_state,
        window and window.start.isoformat(),
        window and window.end.isoformat(),
        options_text(_asked_for(order)),
        order.created_at and order.created_at.isoformat(timespec="seconds"),
    ]


def _asked_for(order: Order) -> dict[str, str]:
    """All that was asked for beside the window: by it alone many an order is told from the next."""
    return order.options if order.assistant_id is None else {"assistant_id": order.assistant_id, **order.options}


def guide_to_all(catalogue: Catalogue, *, time_zone: str) -> ReportGuide:
    """One line for each report type."""
    return ReportGuide(
        headline=f"{len(catalogue)} report types can be ordered here. "
        "Call describe_reports with a type for what its columns mean and for its caveats.",
        tables=[_reports_table(list(catalogue.values())), _names_table(list(catalogue.values()))],
        caveats=_lacking(catalogue.values()),
        time_zone=time_zone,
    )


def guide_to_one(report: ReportType, *, time_zone: str) -> ReportGuide:
    """Everything the catalogue says about one type."""
    return ReportGuide(
        headline=f"{report.name} ({report.title}): one row is {report.row}.",
        tables=[_reports_table([report]), *_options_tables(report), _columns_table(report)],
        caveats=[*report.caveats, *_splitting(report), *_lacking([report])],
        time_zone=time_zone,
    )


def _lacking(reports: Iterable[ReportType]) -> list[str]:
    nouns = dict.fromkeys(noun for report in reports for noun in report.lacks)
    return [f"In no report: {', '.join(nouns)}."] if nouns else []


def _splitting(report: ReportType) -> list[str]:
    return [f"Orders of several windows are not merged: {report.stands_alone}."] if report.stands_alone else []


def _reports_table(reports: Collection[ReportType]) -> Table:
    return Table.whole(
        "reports",
        ["type", "answers", "max_days", "roles", "options"],
        [
            [report.name, report.answers, report.max_days, report.roles, ", ".join(o.name for o in report.options)]
            for report in reports
        ],
    )


def _names_table(reports: Collection[ReportType]) -> Table:
    rows: list[list[Cell]] = [[report.name, _first_names(report.columns)] for report in reports]
    return Table.whole("columns", ["type", "names"], rows)


def _first_names(columns: Sequence[Column]) -> str:
    names = ", ".join(column.name for column in columns[:_NAMES])
    return f"{names} and {len(columns) - _NAMES} more" if len(columns) > _NAMES else names


def _options_tables(report: ReportType) -> list[Table]:
    rows: list[list[Cell]] = [[option.name, option.meaning + _takes(option.choices)] for option in report.options]
    return [Table.whole("options", ["name", "meaning"], rows)] if rows else []


def _takes(choices: Sequence[str]) -> str:
    return f" Takes: {', '.join(choices)}." if choices else ""


def _columns_table(report: ReportType) -> Table:
    rows: list[list[Cell]] = [
        [column.name, column.kind, column.unit, column.meaning, _column_notes(column, report)]
        for column in report.columns
    ]
    return Table.whole("columns", ["name", "kind", "unit", "meaning", "notes"], rows)


def _column_notes(column: Column, report: ReportType) -> str:
    notes = {
        **dict.fromkeys(_only_with(column, report), True),
        "may be added": column.adds_up,
        "identifies people": column.personal,
        "written by people": column.free_text,
        "may be missing": column.optional,
        f"needs {column.role}": bool(column.role),
    }
    return ", ".join(note for note, holds in notes.items() if holds)


def _only_with(column: Column, report: ReportType) -> Iterator[str]:
    """The words of options without which the report does not have that column."""
    for option in report.options:
        having = [word for word in option.choices if column in report.asked_with({option.name: word}).columns]
        if 0 < len(having) < len(option.choices):
            yield f"{option.name}={' or '.join(having)}"
