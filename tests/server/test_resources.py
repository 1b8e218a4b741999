"""Resources and completions through a real client."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from mcp import MCPError
from mcp.client import Client
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, ResourceTemplateReference, TextResourceContents

from clients import client_on, served_on
from fakes import FakeBackend
from recount import HEADER
from unique_analytics_mcp.errors import BackendUnavailable
from unique_analytics_mcp.render import DETAILED_TOKENS, tokens

OCTOBER = {"type": "CHAT_INTERACTION", "period": "last_month"}
CSV_URI = "analytics://orders/order_1/report.csv"


def csv_of(rows: int, *, cell: str = "Legal\nHelper") -> bytes:
    """Rows whose cells hold a newline: a page must not end inside one."""
    row = f'person.{{}}@nordwind.example,05.10.2026,"{cell}",1,1,0,0,0\r\n'
    return (f"{HEADER}\r\n" + "".join(row.format(number) for number in range(rows))).encode()


async def contents(client: Client, uri: str) -> list[TextResourceContents]:
    read = (await client.read_resource(uri)).contents
    return [content for content in read if isinstance(content, TextResourceContents)]


async def read_json(client: Client, uri: str) -> dict[str, Any]:
    (content,) = await contents(client, uri)
    assert content.mime_type == "application/json"
    return json.loads(content.text)


async def done(client: Client) -> None:
    assert not (await client.call_tool("run_analytics_report", OCTOBER)).is_error


# Lists


async def test_the_catalogue_is_listed_and_orders_are_templates(tmp_path: Path, mode: str) -> None:
    async with client_on(FakeBackend(), tmp_path, mode=mode) as client:
        listed = (await client.list_resources()).resources
        templates = (await client.list_resource_templates()).resource_templates
    assert [str(resource.uri) for resource in listed][:2] == [
        "analytics://reports",
        "analytics://reports/CHAT_INTERACTION",
    ]
    assert [template.uri_template for template in templates] == [
        "analytics://reports/{type}",
        "analytics://orders/{order_id}",
        "analytics://orders/{order_id}/report.csv{?offset,limit}",
        "analytics://orders/{order_id}/summary",
        "analytics://orders/{order_id}/schema",
        "analytics://orders/{order_id}/texts{?offset,limit}",
    ]
    for entry in (*listed, *templates):
        assert entry.title
        assert entry.description
        assert entry.mime_type in ("application/json", "text/csv", "text/plain", "text/html;profile=mcp-app")


async def test_every_listed_resource_can_be_read(tmp_path: Path) -> None:
    backend = FakeBackend()
    async with client_on(backend, tmp_path) as client:
        listed = [str(resource.uri) for resource in (await client.list_resources()).resources]
        *ours, view = listed
        for uri in ours:
            assert (await read_json(client, uri))["tables"]
        assert [content.text[:15] for content in await contents(client, view)] == ["<!doctype html>"]
    assert backend.calls == []


# Orders


async def test_an_order_names_where_its_parts_are(tmp_path: Path, mode: str) -> None:
    async with client_on(FakeBackend(), tmp_path, mode=mode) as client:
        await done(client)
        order = await read_json(client, "analytics://orders/order_1")
        summary = await read_json(client, order["summary_uri"])
        schema = await read_json(client, order["schema_uri"])
    assert (order["state"], order["csv_uri"]) == ("DONE", CSV_URI)
    assert summary["provenance"]["order_id"] == "order_1"
    assert (schema["rows"], schema["rejected_rows"]) == (3, 0)
    assert schema["columns"][:2] == [
        {"header": "Email", "name": "email", "type": "text"},
        {"header": "Date", "name": "date", "type": "date"},
    ]
    assert schema["csv"] == {
        "uri": CSV_URI,
        "rows": 3,
        "pages": 1,
        "page_rows": 1000,
        "first_page_uri": f"{CSV_URI}?offset=0&limit=1000",
        "last_page_uri": f"{CSV_URI}?offset=0&limit=1000",
    }


async def test_the_summary_resource_is_a_detailed_answer(tmp_path: Path) -> None:
    async with client_on(FakeBackend(csv=csv_of(900)), tmp_path) as client:
        await done(client)
        (content,) = await contents(client, "analytics://orders/order_1/summary")
    assert 1_500 < tokens(content.text) <= DETAILED_TOKENS


# The CSV


async def test_a_small_csv_is_served_whole_as_the_platform_wrote_it(tmp_path: Path, mode: str) -> None:
    backend = FakeBackend()
    async with client_on(backend, tmp_path, mode=mode) as client:
        await done(client)
        (content,) = await contents(client, CSV_URI)
    assert (content.mime_type, content.text.encode()) == ("text/csv", backend.csv)
    assert content.meta == {"offset": 0, "rows": 3, "total_rows": 3}


@pytest.mark.parametrize(
    ("report", "rows"),
    [
        pytest.param(csv_of(1_500), 1_500, id="more rows than a page but still small"),
        pytest.param(csv_of(1_000), 1_000, id="exactly a page of rows"),
        pytest.param(csv_of(0), 0, id="header only"),
        pytest.param(csv_of(1, cell="x" * 200_000), 1, id="one row that is longer than the limit"),
    ],
)
async def test_a_csv_without_a_next_page_is_whole(report: bytes, rows: int, tmp_path: Path) -> None:
    async with client_on(FakeBackend(csv=report), tmp_path) as client:
        await done(client)
        (content,) = await contents(client, CSV_URI)
    assert content.text.encode() == report
    assert content.meta == {"offset": 0, "rows": rows, "total_rows": rows}


@pytest.mark.parametrize(
    "report",
    [
        pytest.param(csv_of(2_000), id="many rows"),
        pytest.param(csv_of(300, cell="long\n" * 200), id="long rows"),
        pytest.param(csv_of(3, cell="x" * 80_000), id="very long rows"),
    ],
)
async def test_a_large_csv_is_read_page_by_page_to_its_last_row(report: bytes, tmp_path: Path) -> None:
    header: list[str] = []
    rows: list[list[str]] = []
    uri = CSV_URI
    async with client_on(FakeBackend(csv=report), tmp_path) as client:
        await done(client)
        while uri:
            page, *note = await contents(client, uri)
            header, *found = list(csv.reader(io.StringIO(page.text, newline="")))
            rows += found
            assert page.meta is not None
            assert page.meta["rows"] == len(found)
            assert len(page.text) <= 101_000
            uri = page.meta.get("next_uri", "")
            assert [content.text.endswith(uri) for content in note] == [True] * bool(uri)
    assert [header, *rows] == list(csv.reader(io.StringIO(report.decode(), newline="")))


async def test_a_page_that_is_not_the_last_says_where_the_next_one_is(tmp_path: Path) -> None:
    async with client_on(FakeBackend(), tmp_path) as client:
        await done(client)
        page, note = await contents(client, f"{CSV_URI}?offset=1&limit=1")
    assert page.meta == {"offset": 1, "rows": 1, "total_rows": 3, "next_uri": f"{CSV_URI}?offset=2&limit=1"}
    assert note.mime_type == "text/plain"
    assert note.text == f"Rows 2 to 2 of 3. The next page: {CSV_URI}?offset=2&limit=1"


async def test_an_offset_alone_gives_the_rows_from_there(tmp_path: Path) -> None:
    async with client_on(FakeBackend(), tmp_path) as client:
        await done(client)
        (page,) = await contents(client, f"{CSV_URI}?offset=1")
    assert page.meta == {"offset": 1, "rows": 2, "total_rows": 3}


async def test_the_last_page_is_named_though_some_row_cannot_be_read(tmp_path: Path) -> None:
    async with client_on(FakeBackend(csv=csv_of(1_000) + b"one,cell,too,many,1,1,0,0,0\r\n"), tmp_path) as client:
        await done(client)
        schema = await read_json(client, "analytics://orders/order_1/schema")
        (page,) = await contents(client, schema["csv"]["last_page_uri"])
    assert (schema["rows"], schema["rejected_rows"], schema["csv"]["pages"]) == (1_000, 1, 2)
    assert page.meta == {"offset": 1_000, "rows": 1, "total_rows": 1_001}


# What does not exist, and what fails


@pytest.mark.parametrize(
    ("uri", "part"),
    [
        pytest.param("analytics://orders/order_9", "There is no order order_9.", id="unknown order"),
        pytest.param("analytics://orders/order_9/summary", "There is no order order_9.", id="summary of none"),
        pytest.param("analytics://orders/..%2F..%2Fetc", "not an order id", id="path for an order id"),
        pytest.param("analytics://orders/a.b/report.csv", "not an order id", id="dot in an order id"),
        pytest.param("analytics://reports/CHAT_INTERACTIONS", "Did you mean CHAT_INTERACTION?", id="unknown type"),
        pytest.param("analytics://reports/USER_CHAT_EXPORT", "UNIQUE_ANALYTICS_REPORT_TYPES", id="switched-off type"),
        pytest.param("analytics://nothing", "The resources are: analytics://reports, ", id="unknown address"),
        pytest.param(f"{CSV_URI}?ofset=3", "Did you mean offset?", id="misspelt query"),
        pytest.param(f"{CSV_URI}?limit=many", "limit must be a whole number from 1 to 10000", id="words for a number"),
        pytest.param(f"{CSV_URI}?limit=0", "not '0'.", id="empty page"),
        pytest.param(f"{CSV_URI}?limit=1&limit=2", "gives a name twice", id="two limits"),
        pytest.param("analytics://orders/order_1/texts?limit=101", "from 1 to 100, not '101'.", id="too many texts"),
        pytest.param("analytics://reports?x=1", "has no parameter 'x'", id="query where there is none"),
    ],
)
async def test_what_does_not_exist_is_said_to_be_unknown(uri: str, part: str, tmp_path: Path, mode: str) -> None:
    async with client_on(FakeBackend(), tmp_path, mode=mode) as client:
        with pytest.raises(MCPError) as caught:
            await client.read_resource(uri)
    assert caught.value.error.code == INVALID_PARAMS
    assert part in caught.value.error.message


async def test_a_report_that_is_not_ready_names_the_wait(tmp_path: Path) -> None:
    async with client_on(FakeBackend(words=("RUNNING",)), tmp_path) as client:
        await client.call_tool("create_analytics_order", OCTOBER)
        with pytest.raises(MCPError, match="Call wait_for_order") as caught:
            await client.read_resource(CSV_URI)
    assert caught.value.error.code == INTERNAL_ERROR


@pytest.mark.parametrize(
    ("error", "part"),
    [
        pytest.param(BackendUnavailable("No answer.", hint="Try later."), "No answer. Try later.", id="ours"),
        pytest.param(RuntimeError("/secret"), "Something in this server failed", id="a crash"),
    ],
)
async def test_what_fails_is_said_without_its_inside(
    error: Exception, part: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with client_on(FakeBackend(errors={"status": [error]}), tmp_path) as client:
        with pytest.raises(MCPError) as caught:
            await client.read_resource("analytics://orders/order_7")
    assert caught.value.error.code == INTERNAL_ERROR
    assert part in caught.value.error.message
    assert "/secret" not in caught.value.error.message
    assert bool(caplog.records) == isinstance(error, RuntimeError)


async def test_a_resource_that_an_extension_registered_is_read_beside_ours(tmp_path: Path) -> None:
    server = served_on(FakeBackend(), tmp_path)

    @server.resource("ui://extra")
    def extra() -> str:
        """An extra."""
        return "extra"

    async with Client(server) as client:
        (content,) = await contents(client, "ui://extra")
    assert (content.text, extra()) == ("extra", "extra")


# Completions


@pytest.mark.parametrize(
    ("argument", "begun", "words"),
    [
        pytest.param("type", "chat", ["CHAT_INTERACTION", "CHAT_INTERACTION_DETAILED"], id="type in any case"),
        pytest.param("period", "last_m", ["last_month"], id="period"),
        pytest.param("order_id", "", ["order_1"], id="order ids placed here"),
        pytest.param("order_id", "order_1", ["order_1"], id="order id begun"),
        pytest.param("mood", "", [], id="unknown argument"),
    ],
)
async def test_words_are_completed(argument: str, begun: str, words: list[str], tmp_path: Path, mode: str) -> None:
    async with client_on(FakeBackend(), tmp_path, mode=mode) as client:
        await client.call_tool("create_analytics_order", OCTOBER)
        ref = ResourceTemplateReference(uri="analytics://orders/{order_id}")
        result = await client.complete(ref, {"name": argument, "value": begun})
    assert result.completion.values == words
    assert (result.completion.total, result.completion.has_more) == (len(words), False)
