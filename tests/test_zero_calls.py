"""What can be known before a call is refused before a call: not one request reaches the platform.

Through the whole stack: an MCP client in memory, the service, the real HTTP client and a platform that counts.
"""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from mcp import Client

from tenant import Tenant, server, tenant
from unique_analytics_mcp.app import real_clock
from walking import calls_about

TODAY = real_clock().now().date()

WINDOWS = {
    "unknown type": ({"type": "CHAT_INTERACTIONS", "period": "last_month"}, "Did you mean CHAT_INTERACTION"),
    "switched-off type": ({"type": "USER_CHAT_EXPORT", "period": "yesterday"}, "switched off"),
    "unknown period": ({"period": "last_mont"}, "last_month"),
    "mistyped parameter": ({"perod": "last_month"}, "Did you mean period"),
    "period and dates": ({"period": "last_month", "start_date": "2025-01-01", "end_date": "2025-01-31"}, "period"),
    "reversed dates": ({"start_date": "2025-02-01", "end_date": "2025-01-01"}, "2025-02-01"),
    "start without end": ({"start_date": "2025-01-01"}, "end_date"),
    "end without start": ({"end_date": "2025-01-01"}, "start_date"),
    "future end": ({"start_date": "2025-12-01", "end_date": str(TODAY + timedelta(days=7))}, "future"),
    "impossible date": ({"start_date": "2025-02-30", "end_date": "2025-03-01"}, "2025-02-30"),
    "not a date": ({"start_date": "first of May", "end_date": "2025-05-31"}, "start_date"),
    "366 days": ({"start_date": "2024-01-01", "end_date": "2024-12-31"}, "365"),
    "15 days detailed": (
        {"type": "CHAT_INTERACTION_DETAILED", "start_date": "2025-01-01", "end_date": "2025-01-15"},
        "2025-01-14",
    ),
}
IDS = {"slashes": "../orders/ord_1", "dots": "ord.1", "blank": "", "query": "ord_1?x=1", "too long": "a" * 201}
RESOURCES = ("", "/report.csv", "/summary", "/schema")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    with pytest.MonkeyPatch.context() as patch, tenant(patch, tmp_path_factory.mktemp("store")) as pretended:
        yield pretended


async def refusal(tool: str, arguments: dict[str, str]) -> str:
    async with Client(server()) as client:
        result = await client.call_tool(tool, arguments)
    assert result.is_error
    assert result.structured_content is None
    return getattr(result.content[0], "text", "")


@pytest.mark.parametrize("tool", ["create_analytics_order", "run_analytics_report"])
@pytest.mark.parametrize(("arguments", "says"), WINDOWS.values(), ids=WINDOWS)
async def test_a_window_or_type_that_cannot_be_is_refused_without_a_call(
    served: Tenant, tool: str, arguments: dict[str, str], says: str
) -> None:
    text = await refusal(tool, {"type": "CHAT_INTERACTION", **arguments})
    assert says in text
    assert not served.requests


@pytest.mark.parametrize("order_id", IDS.values(), ids=IDS)
async def test_an_order_id_that_cannot_be_is_refused_without_a_call(served: Tenant, order_id: str) -> None:
    async with Client(server()) as client:
        calls = await calls_about(client, order_id)
    for tool, arguments in calls:
        assert re.search("order[ _]id", await refusal(tool, arguments)), tool
    assert not served.requests


@pytest.mark.parametrize("part", RESOURCES)
async def test_a_resource_of_an_order_id_that_cannot_be_is_refused_without_a_call(served: Tenant, part: str) -> None:
    async with Client(server()) as client:
        with pytest.raises(Exception, match=r"ord\.1|order id"):
            await client.read_resource(f"analytics://orders/ord.1{part}")
    assert not served.requests


@pytest.mark.parametrize("name", ["2026-02-29..2026-03-01", "last_0_days", "2026-W54", "2026-13", "tomorrow"])
async def test_a_dry_run_refuses_like_the_order_itself(served: Tenant, name: str) -> None:
    text = await refusal("create_analytics_order", {"type": "NPS", "period": name, "dry_run": "true"})
    assert str(TODAY.year) in text
    assert not served.requests


async def test_a_legal_dry_run_makes_no_call_either(served: Tenant) -> None:
    async with Client(server()) as client:
        result = await client.call_tool(
            "create_analytics_order", {"type": "NPS", "period": "last_month", "dry_run": True}
        )
    assert not result.is_error
    assert not served.requests
