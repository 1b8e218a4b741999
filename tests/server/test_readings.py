"""What must never be added, as an agent sees it: people active per day, week and month, and users of features."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from clients import client_on, text_of
from fakes import FakeBackend
from recount import rows_of
from simulated import simulated_csv
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
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


async def test_what_each_month_cost_stands_in_one_answer_and_can_be_drawn(tmp_path: Path) -> None:
    csv = simulated_csv("MODEL_USAGE", date(2026, 1, 1), date(2026, 10, 31))
    async with client_on(FakeBackend(csv=csv), tmp_path) as client:
        asked = {"type": "MODEL_USAGE", "start_date": "2026-01-01", "end_date": "2026-10-31"}
        result = await client.call_tool("run_analytics_report", asked)
        drawn = await client.call_tool("chart_report", {"order_id": "order_1", "by": "monthly"})
    tables = {table["name"]: table["rows"] for table in result.structured_content["summary"]["tables"]}
    assert [row[0] for row in tables["monthly"]] == [f"2026-{month:02}" for month in range(1, 11)]
    assert sum(Decimal(row[1]) for row in tables["monthly"]) == sum(Decimal(row["Spent"]) for row in rows_of(csv))
    assert [row[:2] for row in tables["monthly"]] == drawn.structured_content["rows"]
    assert tokens(text_of(result)) <= CONCISE_TOKENS


METRICS = {"type": "PRODUCT_METRICS", "start_date": "2026-10-01", "end_date": "2026-10-31"}
TOOLS = ("message:tools:usage:InternalSearch", "message:tools:usage:WebSearch", "message:tools:usage:CodeInterpreter")
SERVERS = tuple(f"mcp:server:tool:usage:{name}.mcp.nordwind.example" for name in ("mail", "tickets", "marketdata"))


async def test_all_features_that_the_documents_name_fit_one_answer(tmp_path: Path) -> None:
    plan = UNIQUE_REPORTS["PRODUCT_METRICS"].summary.metrics
    assert plan is not None
    keys = [*(key for family in plan.families for key in family.keys), *TOOLS, *SERVERS]
    lines = [
        f"{n},{key},{n + day % 7},2026-10-{day:02}T00:00:00Z" for n, key in enumerate(keys) for day in range(1, 32)
    ]
    csv = "\n".join(["S/N,Metric Key,Metric Value,Partition Timestamp", *lines]).encode()
    async with client_on(FakeBackend(csv=csv, order_prefix="analyticOrder_9e0cl5lt09cgb3tnv"), tmp_path) as client:
        result = await client.call_tool("run_analytics_report", METRICS)
    tables = result.structured_content["summary"]["tables"]
    assert [table["name"] for table in tables] == [family.name for family in plan.families]
    assert sum(len(table["rows"]) for table in tables) == len(keys)
