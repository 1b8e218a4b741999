"""Orders placed and statements asked through a real client."""

from typing import Any

from mcp.client import Client

from unique_analytics_mcp.domain.people import Pseudonyms

OCTOBER = {"type": "CHAT_INTERACTION", "period": "2026-10"}
PEOPLE = Pseudonyms(b"k" * 32)
RANKING = "SELECT email, sum(count) AS n FROM report GROUP BY email ORDER BY n DESC"
CALLS = (
    b"User ID,Language Model,Spent,Timestamp\r\n"
    b"7,gpt,0.1,2026-10-05T21:59:00Z\r\n7,gpt,0.1,2026-10-05T22:01:00Z\r\n7,gpt,0.1,2026-10-06T08:00:00Z\r\n"
)


async def order(client: Client, **arguments: str) -> str:
    """A DONE order's id."""
    created = await client.call_tool("create_analytics_order", OCTOBER | arguments)
    done = await client.call_tool("wait_for_order", {"order_id": created.structured_content["order_id"]})
    return done.structured_content["order_id"]


async def query(client: Client, sql: str, order_ids: str | list[str] = "order_1", **arguments: int) -> Any:
    """The result of a statement over these orders."""
    return await client.call_tool("query_report", {"order_ids": order_ids, "sql": sql, **arguments})
