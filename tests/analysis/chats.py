"""A week of chat interactions and its figures."""

from datetime import date

from analysis.computing import summed_up
from recount import HEADER
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.domain.report import ReportType
from unique_analytics_mcp.domain.summary import Figures, Table
from unique_analytics_mcp.domain.window import Window

CHAT = UNIQUE_REPORTS["CHAT_INTERACTION"]
HEADERS = HEADER.split(",")
START = date(2026, 10, 1)
WEEK = Window(start=START, end=date(2026, 10, 7), time_zone="Europe/Zurich", label="a week", complete=True)


def computed(
    content: bytes, report: ReportType = CHAT, *, window: Window = WEEK, top: int = 3, told: bool = True
) -> Figures:
    return summed_up(content, report, window, top=top, told=told)


def table(found: Figures, name: str) -> Table:
    return next(each for each in found.tables if each.name == name)
