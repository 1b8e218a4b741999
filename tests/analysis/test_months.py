"""What counts by day over several months is told by month too, each person of a month once."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from analysis.computing import csv_of, own_caveats, rows_named, summed_up, window_of
from recount import Row, rows_of
from simulated import simulated_csv
from summing import Count, Days, different, rows, total, trend
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.domain.report import ReportType
from unique_analytics_mcp.domain.summary import Cell, Figures
from unique_analytics_mcp.domain.window import Window

CHAT, NPS = UNIQUE_REPORTS["CHAT_INTERACTION"], UNIQUE_REPORTS["NPS"]
USAGE = UNIQUE_REPORTS["MODEL_USAGE"]
QUARTER = window_of(date(2026, 7, 1), date(2026, 9, 30))
HEADERS = ["Email", "Date", "Assistant", "Count"]


def days(first: str, last: str) -> Window:
    return window_of(date.fromisoformat(first), date.fromisoformat(last))


def chats(window: Window, *found: tuple[str, str, int]) -> Figures:
    """Person, day and count of each row."""
    written = [(f"{person}@nordwind.example", day, "Legal Helper", count) for person, day, count in found]
    return summed_up(csv_of(HEADERS, written), CHAT, window)


def months(found: Figures) -> list[list[Cell]] | None:
    return next((table.rows for table in found.tables if table.name == "monthly"), None)


@pytest.mark.parametrize(
    ("window", "shown"),
    [
        pytest.param(QUARTER, ["2026-07", "2026-08", "2026-09"], id="a quarter"),
        pytest.param(days("2026-09-20", "2026-10-31"), ["2026-09", "2026-10"], id="a month and more"),
        pytest.param(days("2026-10-01", "2026-10-31"), None, id="a month alone"),
        pytest.param(days("2026-09-20", "2026-10-19"), None, id="halves of two months"),
    ],
)
def test_months_are_told_where_there_are_several_and_one_is_whole(window: Window, shown: list[str] | None) -> None:
    found = months(chats(window, ("ada", "25.09.2026", 3)))
    assert (found and [row[0] for row in found]) == shown


def test_a_person_of_two_days_is_one_of_their_month() -> None:
    used = ("ada", "02.07.2026", 3), ("ada", "03.07.2026", 4), ("ben", "03.07.2026", 1), ("ada", "30.09.2026", 5)
    assert months(chats(QUARTER, *used)) == [["2026-07", 8, 2, 1], ["2026-08", 0, 0, 0], ["2026-09", 5, 1, 1]]


def test_a_month_that_the_window_cuts_is_said_to_be_cut() -> None:
    found = chats(days("2026-09-20", "2026-10-31"), ("ada", "25.09.2026", 3))
    assert "2026-09 is not whole in monthly: the window begins or ends within it." in own_caveats(found, CHAT)


def test_a_month_of_which_the_window_has_a_week_is_said_to_be_cut() -> None:
    answers = csv_of(["Score", "Created At"], [[9, "2026-10-06T08:00:00Z"]])
    found = summed_up(answers, NPS, days("2026-10-05", "2026-10-11"))
    assert rows_named(found, "monthly")[0][:2] == ["2026-10", "100"]
    assert "2026-10 is not whole in monthly: the window begins or ends within it." in own_caveats(found, NPS)


def by_clock(row: Row) -> str | None:
    at = Days(QUARTER.start, QUARTER.end, ZoneInfo(QUARTER.time_zone)).local(row, "Timestamp")
    return at and f"{at:%Y-%m}"


def by_date(row: Row) -> str:
    _, month, year = row["Date"].split(".")
    return f"{year}-{month}"


@pytest.mark.parametrize(
    ("report", "month", "counts"),
    [
        pytest.param(USAGE, by_clock, (total("Spent"), rows, different("User ID")), id="moments"),
        pytest.param(CHAT, by_date, (total("Count"), different("Email"), different("Assistant")), id="days"),
    ],
)
def test_months_equal_a_second_computation(
    report: ReportType, month: Callable[[Row], str | None], counts: tuple[Count, ...]
) -> None:
    content = simulated_csv(report.name, QUARTER.start, QUARTER.end)
    counted = trend(rows_of(content), ["2026-07", "2026-08", "2026-09"], month, *counts)
    found = rows_named(summed_up(content, report, QUARTER), "monthly")
    assert [[label, *(Decimal(str(cell)) for cell in cells)] for label, *cells in found] == counted


def test_a_report_with_months_of_its_own_has_them_once() -> None:
    found = summed_up(csv_of(["Score", "Created At"], [[9, "2026-07-02T08:00:00Z"]]), NPS, QUARTER)
    assert [table.name for table in found.tables].count("monthly") == 1
