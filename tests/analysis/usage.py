"""A made-up report of two months, and what plain Python makes of it; for claims about other people's SQL."""

import csv
import io
from typing import Any

from analysis.reading import column, report_type
from unique_analytics_mcp.analysis.sealed.tables import Tables
from unique_analytics_mcp.domain.report import ColumnKind

OCTOBER = (
    b"Email,Date,Assistant,Count,Cost,Moment\r\n"
    b"ada.muster@nordwind.example,05.10.2026,Legal Helper,7,0.10,2026-10-05T08:00:00Z\r\n"
    b"ben.beispiel@nordwind.example,05.10.2026,Legal Helper,2,0.20,2026-10-05T09:30:00.500Z\r\n"
    b"ada.muster@nordwind.example,06.10.2026,Translator,3,0.70,2026-10-06T10:00:00Z\r\n"
    b"cleo.probe@nordwind.example,19.10.2026,Translator,3,,\r\n"
)
NOVEMBER = (
    b"Email,Date,Assistant,Count,Cost,Moment\r\n"
    b"ada.muster@nordwind.example,02.11.2026,Legal Helper,5,1.25,2026-11-02T08:00:00Z\r\n"
    b"dora.dummy@nordwind.example,03.11.2026,Legal Helper,4,2,2026-11-03T08:00:00Z\r\n"
)
USAGE = report_type(
    column("Email", ColumnKind.TEXT),
    column("Date", ColumnKind.DATE),
    column("Assistant", ColumnKind.TEXT),
    column("Count", ColumnKind.INTEGER),
    column("Cost", ColumnKind.DECIMAL),
    column("Moment", ColumnKind.TIMESTAMP),
)
COLUMNS = ["email", "date", "assistant", "count", "cost", "moment"]


def rows_of(tables: Tables, sql: str, *, limit: int = 100, offset: int = 0) -> list[list[Any]]:
    return tables.ask(sql, limit=limit, offset=offset).rows


def by_python(*contents: bytes) -> list[dict[str, str]]:
    return [row for content in contents for row in csv.DictReader(io.StringIO(content.decode()))]


def statements(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]
