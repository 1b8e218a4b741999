"""What the benchmarks of answers share: our service against a base URL, our catalogue, everything imported."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Final

from .questions import TIME_ZONE, largest_of

if TYPE_CHECKING:
    from unique_analytics_mcp.domain.measures import SummaryPlan
    from unique_analytics_mcp.domain.report import Catalogue, ReportType
    from unique_analytics_mcp.domain.summary import Table, Total
    from unique_analytics_mcp.domain.window import Window
    from unique_analytics_mcp.service import Service


OUR_MODULES: Final = ("duckdb", "unique_analytics_mcp.analysis.intake", "unique_analytics_mcp.analysis.figures")
"""What reads reports and sums them up."""


def catalogue() -> Catalogue:
    """The report types of the platform."""
    from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS

    return UNIQUE_REPORTS


def report_type(name: str) -> ReportType:
    """A report type with all that a year of it is summed up as, months included."""
    from unique_analytics_mcp.analysis.plans import with_months

    report = catalogue()[name]
    return replace(report, summary=with_months(report.summary, window()))


def window() -> Window:
    """The year that the reports are about."""
    from unique_analytics_mcp.domain.window import Window

    return Window(start=date(2025, 11, 1), end=date(2026, 10, 31), time_zone=TIME_ZONE, label="a year", complete=True)


def warmed_up(*modules: str) -> None:
    """Import what would otherwise be imported with the first report, and open an engine once: only the work counts."""
    for module in modules:
        import_module(module)
    if "duckdb" in modules:
        with import_module("duckdb").connect() as db:
            db.execute("SELECT 1")


@asynccontextmanager
async def service(base_url: str, folder: Path) -> AsyncGenerator[Service]:
    """Our service with its real client and its store in the folder, everything imported."""
    from unique_analytics_mcp.backends._runtime import Runtime
    from unique_analytics_mcp.backends.unique.access import UniqueAccess
    from unique_analytics_mcp.backends.unique.client import UniqueClient
    from unique_analytics_mcp.clock import Clock
    from unique_analytics_mcp.desks import Place
    from unique_analytics_mcp.domain.order import Pace
    from unique_analytics_mcp.service import Service
    from unique_analytics_mcp.store import Store

    def now() -> datetime:
        return datetime.fromtimestamp(time(), UTC)

    warmed_up("httpx", "filelock", *OUR_MODULES)
    access = UniqueAccess(base_url=base_url, api_key="made-up", app_id="app", user_id="user", company_id="company")
    client = UniqueClient(access, catalogue=catalogue(), runtime=Runtime(now=now))
    store = Store(folder, retention=timedelta(days=1), max_bytes=2**33, now=now)
    place = Place(backend=client, shelf=store.shelf(client.principal), pace=Pace())
    async with Service(
        place,
        clock=Clock(now=now),
        time_zone=TIME_ZONE,
        enabled=catalogue().keys(),
    ) as answering:
        yield answering


def numbers_of(totals: Iterable[Total], tables: Iterable[Table], plan: SummaryPlan) -> dict[str, float]:
    """Our totals by name, without those of nothing, and the largest group of each ranking and development."""
    found = {total.name: float(total.value) for total in totals if total.value is not None}
    by_name = {table.name: table for table in tables}
    for part in (*plan.rankings, *plan.trends):
        table = by_name[part.name]
        place = table.columns.index(part.measures[0])
        found[largest_of(part)] = max(float(str(row[place])) for row in table.rows)
    return found
