"""What must never be added, as an agent sees it: people active per day, week and month."""

from pathlib import Path
from typing import Any

from clients import client_on, text_of
from fakes import FakeBackend
from recount import rows_of
from simulated import simulated_csv
from unique_analytics_mcp.render import CONCISE_TOKENS, tokens

ACTIVE = {"type": "ACTIVE_USER", "start_date": "2026-10-01", "end_date": "2026-10-31"}


def values(period: str) -> list[list[Any]]:
    """Date and value of each row of a period, as the CSV has them."""
    rows = [row for row in rows_of(simulated_csv("ACTIVE_USER")) if row["Period"] == period]
    return [["-".join(reversed(row["Date"].split("."))), int(row["Value"])] for row in rows]


async def test_active_people_are_answered_in_one_call_within_its_budget(tmp_path: Path) -> None:
    async with client_on(FakeBackend(csv=simulated_csv("ACTIVE_USER")), tmp_path) as client:
        result = await client.call_tool("run_analytics_report", ACTIVE)
    tables = {table["name"]: table["rows"] for table in result.structured_content["summary"]["tables"]}
    assert (tables["weekly"], tables["monthly"]) == (values("week"), values("month"))
    assert tables["daily"] == values("day")[: len(tables["daily"])]
    assert tokens(text_of(result)) <= CONCISE_TOKENS
    assert f"7 days ending {values('week')[-1][0]}" in text_of(result)


DRAWN: tuple[tuple[dict[str, str], str, str], ...] = (
    ({}, "day", "People by date"),
    ({"by": "weekly"}, "week", "People by 7 days ending"),
    ({"by": "monthly"}, "month", "People by month dated"),
    ({"by": "daily", "chart": "bar"}, "day", "People by date"),
)


async def test_each_period_is_drawn_as_it_was_read(tmp_path: Path) -> None:
    async with client_on(FakeBackend(csv=simulated_csv("ACTIVE_USER")), tmp_path) as client:
        await client.call_tool("run_analytics_report", ACTIVE)
        for asked, period, title in DRAWN:
            result = await client.call_tool("chart_report", {"order_id": "order_1", **asked})
            assert result.structured_content["rows"] == values(period)
            chart = result.structured_content["chart"]
            assert (chart["kind"], chart["title"]) == (asked.get("chart", "line"), title)
