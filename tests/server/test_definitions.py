"""What a host is told before any call: rules over all tools, and each definition as it is."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from mcp_types import Tool

from clients import client_on, served_on
from fakes import HANGS_S, FakeBackend
from unique_analytics_mcp import __version__
from unique_analytics_mcp.domain.report import Option
from unique_analytics_mcp.render import tokens
from unique_analytics_mcp.server.parameters import input_schema, parameters_of
from unique_analytics_mcp.server.tools import create_analytics_order

ALWAYS = (
    "run_analytics_report",
    "create_analytics_order",
    "get_order_status",
    "wait_for_order",
    "download_report_summary",
    "chart_report",
    "list_analytics_orders",
    "query_report",
    "describe_reports",
)
DELETION = "delete_analytics_order"
TOOL_WORD = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")


async def definitions(folder: Path, *, allow_delete: bool = True) -> dict[str, Tool]:
    return {tool.name: tool for tool in await served_on(FakeBackend(), folder, allow_delete=allow_delete).list_tools()}


def as_sent(tool: Tool) -> dict[str, Any]:
    return tool.model_dump(mode="json", by_alias=True, exclude_none=True)


def keys_in(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield str(key)
            yield from keys_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from keys_in(part)


async def test_tools_come_in_one_order_and_deletion_only_where_allowed(tmp_path: Path, mode: str) -> None:
    async with client_on(FakeBackend(), tmp_path, mode=mode) as client:
        assert tuple(tool.name for tool in (await client.list_tools()).tools) == ALWAYS
    async with client_on(FakeBackend(), tmp_path, mode=mode, allow_delete=True) as client:
        assert tuple(tool.name for tool in (await client.list_tools()).tools) == (*ALWAYS, DELETION)


@pytest.mark.parametrize("name", [*ALWAYS, DELETION])
async def test_a_definition_is_the_one_agreed_on(
    name: str, tmp_path: Path, matches_snapshot: Callable[[str, object], None]
) -> None:
    matches_snapshot(name, as_sent((await definitions(tmp_path))[name]))


async def test_all_definitions_together_stay_small(tmp_path: Path) -> None:
    told = [as_sent(tool) for tool in (await definitions(tmp_path)).values()]
    assert sum(tokens(json.dumps(tool, separators=(",", ":"))) for tool in told) <= 5_000
    assert max(len(json.dumps(tool["inputSchema"])) for tool in told) <= 8_000


@pytest.mark.parametrize("name", [*ALWAYS, DELETION])
async def test_every_tool_is_complete(name: str, tmp_path: Path) -> None:
    tool = as_sent((await definitions(tmp_path))[name])
    assert tool["title"]
    assert 20 <= len(tool["description"]) <= 500
    assert set(tool["annotations"]) == {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}
    assert tool["outputSchema"]["type"] == "object"
    assert tool["outputSchema"]["properties"]
    assert len(f"unique-analytics__{name}") <= 50


@pytest.mark.parametrize("name", [*ALWAYS, DELETION])
async def test_every_schema_is_flat_and_plain(name: str, tmp_path: Path) -> None:
    tool = as_sent((await definitions(tmp_path))[name])
    arguments = tool["inputSchema"]
    assert arguments["additionalProperties"] is False
    for parameter in arguments["properties"].values():
        assert parameter["type"] in ("string", "integer", "boolean")
        assert parameter["description"]
    for schema in (arguments, tool["outputSchema"]):
        assert not {"anyOf", "oneOf", "allOf", "$ref", "$defs", "format", "null", "title"} & set(keys_in(schema))


async def test_every_answer_is_what_its_schema_says_and_holds_no_key_it_hides(tmp_path: Path) -> None:
    order_id = {"order_id": "order_1"}
    calls: dict[str, dict[str, Any]] = {
        "run_analytics_report": {"type": "CHAT_INTERACTION", "period": "last_month"},
        "create_analytics_order": {"type": "CHAT_INTERACTION", "period": "last_month", "dry_run": True},
        "get_order_status": order_id,
        "wait_for_order": order_id,
        "download_report_summary": order_id | {"save_csv_to": "october.csv"},
        "chart_report": order_id,
        "list_analytics_orders": {"limit": 1},
        "query_report": {"order_ids": "order_1", "sql": "SELECT count, email FROM report", "limit": 1},
        "describe_reports": {"type": "CHAT_INTERACTION"},
        DELETION: order_id,
    }
    async with client_on(FakeBackend(), tmp_path, allow_delete=True) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert list(calls) == list(tools)
        for name, arguments in calls.items():
            result = await client.call_tool(name, arguments)
            assert not result.is_error, name
            schema: Any = tools[name].output_schema
            jsonschema.validate(result.structured_content, schema)
            assert set(result.structured_content) <= set(schema["properties"]), name


async def test_hints_tell_what_places_orders_and_what_destroys(tmp_path: Path) -> None:
    hints = {name: as_sent(tool)["annotations"] for name, tool in (await definitions(tmp_path)).items()}
    assert [name for name in hints if not hints[name]["readOnlyHint"]] == [
        "run_analytics_report", "create_analytics_order", "download_report_summary", DELETION,
    ]  # fmt: skip
    assert [name for name in hints if hints[name]["destructiveHint"]] == [DELETION]
    assert [name for name in hints if not hints[name]["openWorldHint"]] == ["describe_reports"]


async def test_no_text_names_a_tool_that_is_not_there(tmp_path: Path) -> None:
    server = served_on(FakeBackend(), tmp_path)
    tools = {tool.name: tool for tool in await server.list_tools()}
    words = set(TOOL_WORD.findall(server.instructions or ""))
    parameters = {"last_month", "last_7_days"}
    for tool in tools.values():
        words |= set(TOOL_WORD.findall(json.dumps(as_sent(tool))))
        parameters |= set(keys_in([tool.input_schema, tool.output_schema]))
    verbs = ("_order", "_orders", "_report", "_reports", "_summary", "_status")
    assert {word for word in words if word.endswith(verbs)} - parameters <= set(tools)
    assert not any("delete" in word for word in words)


async def test_no_text_shouts(tmp_path: Path) -> None:
    for tool in (await definitions(tmp_path)).values():
        assert not re.search(r"MUST|NEVER|ALWAYS|CRITICAL|IMPORTANT|MANDATORY|!", tool.description or "")


async def test_the_options_of_the_catalogue_are_parameters_where_orders_are_placed(tmp_path: Path) -> None:
    takers = {
        name
        for name, tool in (await definitions(tmp_path)).items()
        if "assistant_id" in tool.input_schema["properties"]
    }
    assert takers == {"run_analytics_report", "create_analytics_order"}


def test_an_option_that_only_some_reports_take_says_so() -> None:
    reports = FakeBackend().catalogue
    queue = Option(name="queue", meaning="Only this queue.")
    catalogue = {
        "NPS": replace(reports["NPS"], options=(queue,)),
        "CHAT_INTERACTION": replace(reports["CHAT_INTERACTION"], options=()),
    }
    properties: Any = input_schema(parameters_of(create_analytics_order, catalogue))["properties"]
    assert properties["queue"] == {"type": "string", "description": "Only this queue. Only for NPS."}
    assert properties["type"]["enum"] == ["NPS", "CHAT_INTERACTION"]
    assert "assistant_id" not in properties


async def test_a_client_is_told_who_answers_and_how_to_ask(tmp_path: Path, mode: str) -> None:
    async with client_on(FakeBackend(), tmp_path, mode=mode) as client:
        assert client.server_info is not None
        assert (client.server_info.name, client.server_info.version) == ("unique-analytics", __version__)
        assert "run_analytics_report" in (client.instructions or "")
        assert "Europe/Zurich" in (client.instructions or "")
        assert tokens(client.instructions or "") <= 200
        capabilities = client.server_capabilities
        assert None not in (capabilities.tools, capabilities.resources, capabilities.completions)


async def test_lists_may_be_kept_for_an_hour_by_anybody(tmp_path: Path) -> None:
    async with client_on(FakeBackend(), tmp_path) as client:
        for listed in (
            await client.list_tools(),
            await client.list_resources(),
            await client.list_resource_templates(),
        ):
            assert (listed.ttl_ms, listed.cache_scope) == (3_600_000, "public")


def test_listing_tools_loads_neither_http_client_nor_engine() -> None:
    """A cold start pays for what the list needs, and for nothing else."""
    program = """
import anyio, sys
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.server import build_server
server = build_server(None, catalogue=UNIQUE_REPORTS, allow_delete=True, time_zone="Europe/Zurich")
assert anyio.run(server.list_tools)
print(sorted({"httpx", "duckdb", "resvg_py", "pandas", "numpy", "unique_sdk"} & set(sys.modules)))
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=HANGS_S, check=False)
    assert (run.stdout.strip(), run.stderr) == ("[]", "")
