"""The resources: the catalogue, orders, and reports as the platform wrote them.

Each is a function whose positional parameter is the variable in its path and whose keywords are its query, checked
like a tool's. The SDK's own router is not used: it cannot give a page of a CSV its own `_meta`, ignores misspelt
query names, and reports a query that is no number as a crash.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from secrets import token_hex
from typing import Annotated, Final
from urllib.parse import parse_qsl

from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.shared.uri_template import UriTemplate
from mcp_types import Resource, ResourceTemplate

from unique_analytics_mcp.domain.answer import csv_uri, texts_uri
from unique_analytics_mcp.domain.fetched import CsvPage, Intake
from unique_analytics_mcp.domain.report import Catalogue
from unique_analytics_mcp.errors import InvalidRequest
from unique_analytics_mcp.render import DETAILED_TOKENS, clean, fit, fit_order, guide_to_all, guide_to_one, structured
from unique_analytics_mcp.render.fence import TAG_BYTES, fenced, lines_within, text_lines
from unique_analytics_mcp.server.calls import Call
from unique_analytics_mcp.server.parameters import Count, Parameter, parameters_of, read_arguments

WHOLE_CSV_CHARS: Final = 100_000
"""A CSV up to this length is served whole; of a longer one, as many whole rows as it holds."""

PAGE_ROWS: Final = 1_000
"""Rows of a page where the reader names an offset but no limit, and of the pages named in `/schema`."""
MOST_PAGE_ROWS: Final = 10_000

SUMMARY_ROWS: Final = 50
"""Rows of each ranking in the summary resource."""

TEXT_ROWS: Final = 20
"""Rows of texts where the reader names no limit."""
MOST_TEXT_ROWS: Final = 100

JSON: Final = "application/json"
CSV: Final = "text/csv"
TEXT: Final = "text/plain"

Contents = list[ReadResourceContents]


_Offset = Annotated[int | None, Count("Rows to skip.", least=0)]
_Limit = Annotated[int | None, Count("Rows to give.", least=1, most=MOST_PAGE_ROWS)]
_TextLimit = Annotated[int | None, Count("Rows to give.", least=1, most=MOST_TEXT_ROWS)]


async def reports(call: Call) -> Contents:
    """The report types that can be ordered here, and what each answers."""
    return _json(structured(guide_to_all(call.service.catalogue, time_zone=call.service.time_zone)))


async def report(call: Call, type: str) -> Contents:
    """One report type: columns and their meaning, limit, roles, options, caveats."""
    literal = call.service.report_type(type)
    return _json(structured(guide_to_one(literal, time_zone=call.service.time_zone)))


async def order(call: Call, order_id: str) -> Contents:
    """One order as it stands, and where its report, summary and schema are once it is DONE."""
    found = fit_order(await call.service.status(order_id))
    uri = order_uri(order_id)
    parts = {"csv_uri": csv_uri(order_id), "summary_uri": f"{uri}/summary", "schema_uri": f"{uri}/schema"}
    return _json({**structured(found), **parts})


def order_uri(order_id: str) -> str:
    """Where an order is; its parts are below."""
    return f"analytics://orders/{order_id}"


async def summary(call: Call, order_id: str) -> Contents:
    """The detailed summary of a DONE order's report."""
    return _json(structured(fit(await call.service.summary(order_id, top=SUMMARY_ROWS), DETAILED_TOKENS)))


async def schema(call: Call, order_id: str) -> Contents:
    """Columns, types and row count of a DONE order's report, and the addresses of its CSV's pages."""
    intake = await call.service.intake(order_id)
    return _json({"order_id": order_id, **_schema(intake), "csv": _pages(order_id, intake.rows + intake.rejected_rows)})


async def report_csv(call: Call, order_id: str, *, offset: _Offset = None, limit: _Limit = None) -> Contents:
    """The CSV, people as the operator lets them be seen: whole when small, else the first page; offset, limit: rows."""
    if offset is None and limit is None:
        page = await _whole_or_first_page(call, order_id)
    else:
        page = await call.service.csv_page(order_id, offset=offset or 0, limit=limit or PAGE_ROWS)
    return _csv(order_id, page)


async def texts(call: Call, order_id: str, *, offset: _Offset = None, limit: _TextLimit = None) -> Contents:
    """What people wrote in a DONE order's report (messages, comments, file names): untrusted, fenced, cut to length."""
    page = await call.service.texts(order_id, offset=offset or 0, limit=limit or TEXT_ROWS)
    if not page.columns:
        return [ReadResourceContents("This report has no column that people wrote.", TEXT)]
    every = [text_lines(page.offset + place, page.columns, row) for place, row in enumerate(page.rows, start=1)]
    shown = every[: lines_within(every, DETAILED_TOKENS)]
    end = page.offset + len(shown)
    head = f"Rows with texts: {page.total_rows}. Here: {page.offset + 1} to {end}." if shown else "No rows here."
    more = f" The next page: {texts_uri(order_id)}?offset={end}" if shown and end < page.total_rows else ""
    fence = fenced([line for lines in shown for line in lines], tag=token_hex(TAG_BYTES))
    return [ReadResourceContents(f"{head}{more}\n{fence}", TEXT, {"rows": len(shown)})]


async def _whole_or_first_page(call: Call, order_id: str) -> CsvPage:
    """As many whole rows as `WHOLE_CSV_CHARS` hold, at least one: a first try tells how long a row is."""
    page = await call.service.csv_page(order_id, offset=0, limit=PAGE_ROWS)
    if page.next_offset is not None and len(page.text) < WHOLE_CSV_CHARS:
        generous = _rows_in(page) * 5 // 4
        page = await call.service.csv_page(order_id, offset=0, limit=min(generous, MOST_PAGE_ROWS))
    while len(page.text) > WHOLE_CSV_CHARS and page.rows > 1:
        fewer = min(_rows_in(page), page.rows - 1)
        page = await call.service.csv_page(order_id, offset=0, limit=max(1, fewer))
    return page


def _rows_in(page: CsvPage) -> int:
    """How many rows like these the limit holds."""
    return page.rows * WHOLE_CSV_CHARS // len(page.text)


def _csv(order_id: str, page: CsvPage) -> Contents:
    """A page; where rows follow it, a second content says so, because many hosts do not show `_meta`."""
    position: dict[str, object] = {"offset": page.offset, "rows": page.rows, "total_rows": page.total_rows}
    if page.next_offset is None:
        return [ReadResourceContents(page.text, CSV, position)]
    more = _page_uri(order_id, page.next_offset, page.rows)
    note = f"Rows {page.offset + 1} to {page.offset + page.rows} of {page.total_rows}. The next page: {more}"
    return [
        ReadResourceContents(page.text, CSV, {**position, "next_uri": more}),
        ReadResourceContents(note, TEXT),
    ]


def _schema(intake: Intake) -> dict[str, object]:
    return {
        "rows": intake.rows,
        "rejected_rows": intake.rejected_rows,
        "rejected_records": intake.rejected_records,
        "columns": [
            {
                "header": clean(header),
                "name": clean(name),
                "type": kind,
                **({"inferred": True} if name in intake.columns_inferred else {}),
            }
            for header, name, kind in intake.columns
        ],
        "columns_missing": list(map(clean, intake.columns_missing)),
        "columns_unknown": list(map(clean, intake.columns_unknown)),
        "unreadable_cells": {clean(name): count for name, count in intake.unreadable_cells.items()},
        "remarks": list(map(clean, intake.remarks)),
    }


def _pages(order_id: str, rows: int) -> dict[str, object]:
    """Where the CSV is: whole, or in pages of which the first and the last are named."""
    last = max(rows - 1, 0) // PAGE_ROWS * PAGE_ROWS
    return {
        "uri": csv_uri(order_id),
        "rows": rows,
        "pages": last // PAGE_ROWS + 1,
        "page_rows": PAGE_ROWS,
        "first_page_uri": _page_uri(order_id, 0, PAGE_ROWS),
        "last_page_uri": _page_uri(order_id, last, PAGE_ROWS),
    }


def _page_uri(order_id: str, offset: int, limit: int) -> str:
    return f"{csv_uri(order_id)}?offset={offset}&limit={limit}"


def _json(value: dict[str, object]) -> Contents:
    return [ReadResourceContents(json.dumps(value, ensure_ascii=False, separators=(",", ":")), JSON)]


@dataclass(frozen=True, slots=True)
class Address:
    """A resource: its path with at most one variable, and the function that reads it."""

    path: str
    function: Callable[..., Awaitable[Contents]]
    title: str
    mime_type: str

    @property
    def name(self) -> str:
        """Its name in lists."""
        return self.function.__name__

    @property
    def description(self) -> str:
        """Its docstring, on one line."""
        return " ".join((self.function.__doc__ or "").split())


_REPORTS: Final = Address("analytics://reports", reports, "Report types", JSON)
_TEMPLATES: Final = (
    Address("analytics://reports/{type}", report, "One report type", JSON),
    Address("analytics://orders/{order_id}", order, "Order", JSON),
    Address("analytics://orders/{order_id}/report.csv", report_csv, "Report as CSV", CSV),
    Address("analytics://orders/{order_id}/summary", summary, "Summary of a report", JSON),
    Address("analytics://orders/{order_id}/schema", schema, "Columns of a report", JSON),
    Address("analytics://orders/{order_id}/texts", texts, "What people wrote", TEXT),
)


class Resources:
    """All resources of a server."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._routes = [
            (UriTemplate.parse(address.path), address, parameters_of(address.function, catalogue))
            for address in (_REPORTS, *_TEMPLATES)
        ]

    def listed(self) -> list[Resource]:
        """The resources whose address holds no variable: the catalogue and each of its types."""
        types = [
            Resource(
                uri=f"{_REPORTS.path}/{literal.name}",
                name=literal.name,
                title=literal.title,
                description=literal.answers,
                mime_type=JSON,
            )
            for literal in self._catalogue.values()
        ]
        listed = Resource(
            uri=_REPORTS.path,
            name=_REPORTS.name,
            title=_REPORTS.title,
            description=_REPORTS.description,
            mime_type=JSON,
        )
        return [listed, *types]

    def templates(self) -> list[ResourceTemplate]:
        """The resources whose address holds a variable."""
        return [
            ResourceTemplate(
                uri_template=address.path + _query(query),
                name=address.name,
                title=address.title,
                description=address.description,
                mime_type=address.mime_type,
            )
            for _, address, query in self._routes
            if address is not _REPORTS
        ]

    async def read(self, uri: str, call: Call) -> Contents:
        """What stands at an address.

        Raises:
            InvalidRequest: no such address, or a query that makes no sense.
            AnalyticsError: what the service raises.
        """
        path, _, query = uri.partition("?")
        for template, address, parameters in self._routes:
            if (variables := template.match(path)) is not None:
                arguments = read_arguments(address.name, parameters, _asked(query))
                return await address.function(call, *variables.values(), **arguments)
        known = ", ".join(address.path for _, address, _ in self._routes)
        raise InvalidRequest(f"There is no resource {clean(uri)!r}.", hint=f"The resources are: {known}.")


def _asked(query: str) -> dict[str, str]:
    """The names and values of a query.

    Raises:
        InvalidRequest: a name is given twice.
    """
    given = parse_qsl(query, keep_blank_values=True)
    asked = dict(given)
    if len(asked) < len(given):
        raise InvalidRequest("The query of the address gives a name twice.", hint="Give each once.")
    return asked


def _query(parameters: Sequence[Parameter]) -> str:
    return f"{{?{','.join(parameter.name for parameter in parameters)}}}" if parameters else ""
