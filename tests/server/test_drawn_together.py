"""Several orders in one chart, on the simulated platform: what plain Python makes of their CSVs, in all renderings."""

import base64
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from mcp import Client
from mcp_types import CallToolResult, ImageContent

from clients import text_of
from pictures import size_of
from recount import compared_days, compared_ranking, rows_of
from tenant import Tenant, server, tenant
from unique_analytics_mcp.render import CONCISE_TOKENS, tokens

pytestmark = pytest.mark.thorough

MARCH = {"type": "CHAT_INTERACTION", "start_date": "2025-03-01", "end_date": "2025-03-31"}
QUARTER = {"type": "CHAT_INTERACTION_DETAILED", "start_date": "2025-01-01", "end_date": "2025-03-31", "split": True}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    with pytest.MonkeyPatch.context() as patch, tenant(patch, tmp_path_factory.mktemp("store"), users=8) as pretended:
        yield pretended


async def answered(client: Client, tool: str, **arguments: Any) -> CallToolResult:
    result = await client.call_tool(tool, arguments)
    assert isinstance(result, CallToolResult)
    assert not result.is_error, text_of(result)
    return result


async def summed_up(client: Client, **arguments: Any) -> dict[str, Any]:
    return (await answered(client, "run_analytics_report", **arguments)).structured_content["summary"]


async def drawn(client: Client, summary: dict[str, Any], **arguments: Any) -> CallToolResult:
    """The call that the answer offers, and what is asked for besides."""
    offered = next(step["arguments"] for step in summary["next_steps"] if step["tool"] == "chart_report")
    result = await answered(client, "chart_report", **offered | arguments)
    (image,) = [block for block in result.content if isinstance(block, ImageContent)]
    assert size_of(base64.b64decode(image.data)) == (1200, 675)
    assert tokens(text_of(result)) <= CONCISE_TOKENS
    return result


async def csv_of(client: Client, order_id: str) -> list[dict[str, str]]:
    (content,) = (await client.read_resource(f"analytics://orders/{order_id}/report.csv")).contents
    text = str(getattr(content, "text", ""))
    return rows_of(text.replace("\N{VARIATION SELECTOR-16}", "").encode())  # invisible, so it is in no answer


async def test_a_comparison_is_drawn_as_plain_python_compares_both_csvs(served: Tenant) -> None:
    days = MARCH | {"start_date": "2025-03-03", "end_date": "2025-03-30"}
    async with Client(server()) as client:
        summary = await summed_up(client, compare_to="previous_period", **days)
        now, before = [await csv_of(client, part["order_id"]) for part in summary["provenance"]["parts"]]
        users = await drawn(client, summary, by="users", top=20)
        daily = await drawn(client, summary, by="daily")
    ranking = compared_ranking(now, before, "Email")
    assert users.structured_content["rows"] == [row[:3] for row in ranking]
    assert users.structured_content["chart"]["sides"] == ["2025-03-03 to 2025-03-30", "2025-02-03 to 2025-03-02"]
    for email, value, earlier, *_ in ranking:
        assert f" {email}\n" in text_of(users)
        assert {str(value), str(earlier)} <= set(text_of(users).split())
    compared = compared_days(now, before, date(2025, 3, 3), date(2025, 2, 3), 28)
    assert daily.structured_content["rows"] == [[row[0], *row[2:4]] for row in compared]
    for label, _, value, earlier, *_ in compared:
        assert f"\n{value} before {earlier} {label}\n" in text_of(daily)


async def test_seven_orders_are_drawn_as_one_window_whose_people_are_counted_once(served: Tenant) -> None:
    by_sql = "SELECT username, count(*) FROM report GROUP BY 1 ORDER BY 2 DESC, 1"
    async with Client(server()) as client:
        summary = await summed_up(client, **QUARTER)
        rows = [row for part in summary["provenance"]["parts"] for row in await csv_of(client, part["order_id"])]
        users = await drawn(client, summary, by="users", top=20)
        daily = await drawn(client, summary, by="daily")
        merged = await drawn(client, summary, sql=by_sql, top=20)
    (people,) = {name for name in rows[0] if name.lower().replace(" ", "").replace("_", "") == "username"}
    counted = Counter(row[people] for row in rows)
    assert dict(users.structured_content["rows"]) == counted
    assert dict(merged.structured_content["rows"]) == counted
    assert daily.structured_content["chart"]["total_rows"] == 90
    assert [row[0] for row in daily.structured_content["rows"]] == ["2025-01", "2025-02", "2025-03"]
    assert sum(value or 0 for row in daily.structured_content["rows"] for value in row[1:]) == len(rows)
    assert "Source: 7 orders, CHAT_INTERACTION_DETAILED" in text_of(daily)


async def test_calendar_months_of_unequal_length_are_drawn_side_by_side_by_sql(served: Tenant) -> None:
    february = MARCH | {"start_date": "2025-02-01", "end_date": "2025-02-28"}
    sql = (
        "FROM r1 FULL JOIN r2 ON false SELECT coalesce(r1.assistant, r2.assistant) AS assistant, "
        "coalesce(sum(r1.count), 0) AS march, coalesce(sum(r2.count), 0) AS before GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    async with Client(server()) as client:
        ids = [(await summed_up(client, **month))["provenance"]["order_id"] for month in (MARCH, february)]
        csvs = [await csv_of(client, order_id) for order_id in ids]
        refused = await client.call_tool("chart_report", {"order_id": ids[0], "before": ids[1]})
        result = await answered(client, "chart_report", order_id=",".join(ids), sql=sql, top=20)
    assert refused.is_error
    assert "2025-01-29 to 2025-02-28, but the orders in before cover 2025-02-01 to 2025-02-28" in text_of(refused)
    assert "a column named before" in text_of(refused)
    sums = [Counter[str](), Counter[str]()]
    for side, rows in zip(sums, csvs, strict=True):
        for row in rows:
            side[row["Assistant"]] += int(row["Count"])
    ranking = sorted(sums[0] | sums[1], key=lambda name: (-sums[0][name], name))
    expected = [[name, sums[0][name], sums[1][name]] for name in ranking[:20]]
    assert sorted(result.structured_content["rows"]) == sorted(expected)
    assert result.structured_content["chart"]["sides"] == ["march", "before"]
    assert result.structured_content["chart"]["caveats"][0] == (
        "Tables: r1 is CHAT_INTERACTION, 2025-03-01 to 2025-03-31; r2 is CHAT_INTERACTION, 2025-02-01 to 2025-02-28."
    )


async def test_reports_of_two_types_are_drawn_by_one_statement(served: Tenant) -> None:
    sql = "SELECT 'all' AS what, count(*) AS chats, (SELECT count(*) FROM r2) AS before FROM r1"
    async with Client(server()) as client:
        ids = [
            (await summed_up(client, **MARCH | {"type": type_}))["provenance"]["order_id"]
            for type_ in ("CHAT_INTERACTION", "NPS")
        ]
        result = await answered(client, "chart_report", order_id=",".join(ids), sql=sql)
        rows = [len(await csv_of(client, order_id)) for order_id in ids]
    assert result.structured_content["rows"] == [["all", *rows]]
    assert result.structured_content["chart"]["window"].startswith("Chat interactions and Net promoter score, 2025-03")
    assert result.structured_content["provenance"]["type"] == "CHAT_INTERACTION, NPS"
