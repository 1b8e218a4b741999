"""Columns that nobody declared, as an agent sees them: kept, typed, and marked as inferred wherever they are shown."""

import json
from pathlib import Path

from mcp.client import Client

from clients import client_on, text_of
from fakes import FakeBackend

HEADER = b"Email,Date,Assistant,Count,Seats\n"
SEATS = HEADER + b"ada@example.com,05.10.2026,Helper,3,12\nben@example.com,05.10.2026,Helper,4,7\n"
DAYS = HEADER + b"ada@example.com,05.09.2026,Helper,3,01.09.2026\n"


async def run(client: Client, period: str) -> str:
    result = await client.call_tool("run_analytics_report", {"type": "CHAT_INTERACTION", "period": period})
    assert "inferred" in text_of(result)
    return result.structured_content["summary"]["provenance"]["order_id"]


async def test_the_kind_is_marked_as_inferred_in_summary_schema_and_query(tmp_path: Path) -> None:
    async with client_on(FakeBackend(csv=SEATS), tmp_path) as client:
        order_id = await run(client, "2026-10")
        (content,) = (await client.read_resource(f"analytics://orders/{order_id}/schema")).contents
        asked = {"order_ids": order_id, "sql": "SELECT sum(seats) AS seats FROM report"}
        result = await client.call_tool("query_report", asked)
    columns = json.loads(content.text)["columns"]  # pyright: ignore[reportAttributeAccessIssue] - JSON comes as text
    assert columns[-1] == {"header": "Seats", "name": "seats", "type": "integer", "inferred": True}
    assert ["inferred" in column for column in columns] == [False] * 4 + [True]
    assert result.structured_content["rows"] == [[19]]
    assert "r1: Undocumented columns, kept; their kinds are inferred: Seats (integer)." in text_of(result)


async def test_orders_whose_kinds_differ_are_stacked_as_text(tmp_path: Path) -> None:
    backend = FakeBackend(csv=SEATS)
    async with client_on(backend, tmp_path) as client:
        first = await run(client, "2026-10")
        backend.csv = DAYS
        second = await run(client, "2026-09")
        asked = {"order_ids": f"{first},{second}", "sql": "SELECT seats, count FROM report ORDER BY order_id, count"}
        result = await client.call_tool("query_report", asked)
    assert result.structured_content["rows"] == [["12", 3], ["7", 4], ["2026-09-01", 3]]
    assert result.structured_content["types"] == ["VARCHAR", "BIGINT"]


async def test_moments_whose_kind_is_inferred_are_said_to_be_in_utc_too(tmp_path: Path) -> None:
    moments = HEADER.replace(b"Seats", b"Seen") + b"ada@example.com,05.10.2026,Helper,3,2026-10-05T22:30:00Z\n"
    async with client_on(FakeBackend(csv=moments), tmp_path) as client:
        order_id = await run(client, "2026-10")
        read = {"order_ids": order_id, "sql": "SELECT seen FROM report"}
        said = (await client.call_tool("query_report", read)).structured_content["caveats"]
    assert any(caveat.startswith("seen of r1 is in UTC: for days and hours of Europe/Zurich") for caveat in said)


async def test_moments_without_a_zone_are_said_to_be_taken_as_utc(tmp_path: Path) -> None:
    moments = HEADER.replace(b"Seats", b"Seen,Left") + (
        b"ada@example.com,05.10.2026,Helper,3,2026-10-05T22:30:00+02:00,2026-10-05T22:30Z\n"
        b"ben@example.com,05.10.2026,Helper,3,2026-10-05 22:30:00,2026-10-05T22:30-0500\n"
    )
    async with client_on(FakeBackend(csv=moments), tmp_path) as client:
        asked = {"type": "CHAT_INTERACTION", "period": "2026-10"}
        caveats = (await client.call_tool("run_analytics_report", asked)).structured_content["summary"]["caveats"]
    assert [said for said in caveats if "zone" in said] == ["1 moment of seen names no zone and is taken as UTC."]


async def test_a_column_without_a_header_is_told_by_the_name_it_has(tmp_path: Path) -> None:
    rows = HEADER.replace(b"Seats", b" ") + b"ada@example.com,05.10.2026,Helper,3,12\n"
    async with client_on(FakeBackend(csv=rows), tmp_path) as client:
        result = await client.call_tool("run_analytics_report", {"type": "CHAT_INTERACTION", "period": "2026-10"})
    summary = result.structured_content["summary"]
    assert "Undocumented columns, kept; their kinds are inferred: column_5 (integer)." in summary["caveats"]
    assert summary["provenance"]["columns_unknown"] == ["column_5"]
    assert "undocumented columns: column_5." in text_of(result)
