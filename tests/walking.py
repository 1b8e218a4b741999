"""Everything a server can be made to say: each tool, resource, prompt and completion that is registered, once or more.

Nothing is named here that is not asked for, so what somebody adds is walked too. Arguments are chosen by their name;
a required one whose name is new needs a line in `_value`.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mcp import MCPError
from mcp.client import Client
from mcp_types import CallToolResult, PromptReference, ResourceTemplateReference, TextContent, TextResourceContents

_VARIABLE = re.compile(r"\{(\w+)\}")
_QUERY = re.compile(r"\{\?([\w,]+)\}")


@dataclass(frozen=True)
class Said:
    """One text from the server."""

    where: str
    kind: str
    """`text`, `csv` and `page` (HTML of ours, without data) as they stand, `json` for everything that is JSON."""
    text: str
    is_error: bool = False


@dataclass(frozen=True)
class Visit:
    """What a walk may ask about."""

    types: Sequence[str]
    dates: Mapping[str, str]
    order_ids: Mapping[str, str]
    """By type."""


async def orders_of(client: Client, types: Sequence[str], dates: Mapping[str, str]) -> Visit:
    """An order of each type, placed and fetched."""
    order_ids: dict[str, str] = {}
    for type_ in types:
        result = await client.call_tool("create_analytics_order", {"type": type_, **dates})
        assert isinstance(result, CallToolResult)
        assert not result.is_error, result
        assert result.structured_content is not None
        order_ids[type_] = str(result.structured_content["order_id"])
        await client.call_tool("wait_for_order", {"order_id": order_ids[type_]})
    return Visit(types, dates, order_ids)


async def calls_about(client: Client, order_id: str) -> list[tuple[str, dict[str, str]]]:
    """A call of each tool that takes the id of an order."""
    known = {"order_id": order_id, "order_ids": order_id, "sql": "SELECT 1 FROM report"}
    calls = [
        (tool.name, {name: known[name] for name in known if name in tool.input_schema["properties"]})
        for tool in (await client.list_tools()).tools
    ]
    return [(name, arguments) for name, arguments in calls if order_id in arguments.values()]


async def everything_said(client: Client, visit: Visit) -> list[Said]:
    """All of it; tools that take things away come last."""
    parts = (_lists(client), _resources(client, visit), _prompts(client), _completions(client), _tools(client, visit))
    return [said for part in parts async for said in part]


async def _lists(client: Client) -> AsyncIterator[Said]:
    found = [
        *(await client.list_tools()).tools,
        *(await client.list_resources()).resources,
        *(await client.list_resource_templates()).resource_templates,
        *(await client.list_prompts()).prompts,
    ]
    for definition in found:
        yield Said(f"definition of {definition.name}", "json", definition.model_dump_json(by_alias=True))


async def _tools(client: Client, visit: Visit) -> AsyncIterator[Said]:
    tools = (await client.list_tools()).tools
    for tool in sorted(tools, key=lambda tool: bool(tool.annotations and tool.annotations.destructive_hint)):
        worked = False
        for arguments in _calls(tool.input_schema, visit):
            noted: list[str] = []

            async def note(progress: float, total: float | None, message: str | None, noted: list[str] = noted) -> None:
                noted.append(message or "")

            result = await client.call_tool(tool.name, arguments, progress_callback=note)
            worked = worked or not result.is_error
            for message in noted:
                yield Said(f"progress of {tool.name}", "text", message)
            for said in answered(f"{tool.name}({arguments})", result):
                yield said
        assert worked, f"no call of {tool.name} succeeded: {_value.__name__} needs its arguments"


def _calls(schema: Mapping[str, Any], visit: Visit) -> Iterator[dict[str, Any]]:
    """Sensible arguments for each order or type, then two calls that must fail."""
    properties: Mapping[str, Any] = schema["properties"]
    required = schema.get("required", [])
    about = visit.types if {"type", "order_id", "order_ids"} & set(properties) else visit.types[:1]
    for type_ in about:
        chosen = {
            name: _value(name, part, type_, visit, required=name in required) for name, part in properties.items()
        }
        given = {name: value for name, value in chosen.items() if value is not None}
        yield given
        if "sql" in given and "sql" not in required:
            yield {name: value for name, value in given.items() if name != "sql"}
    if "order_id" in properties:
        yield {"order_id": "order_of_nobody"}
    yield {"no_such_parameter": 1}


def _value(name: str, schema: Mapping[str, Any], type_: str, visit: Visit, *, required: bool) -> Any:
    known: dict[str, Any] = {
        "type": type_,
        "order_id": visit.order_ids[type_],
        "order_ids": visit.order_ids[type_],
        "sql": "SELECT * FROM report",
        "top": schema.get("maximum", 100),
        "limit": schema.get("maximum", 100),
        "response_format": "detailed",
        "save_csv_to": f"{type_.lower()}.csv",
        **visit.dates,
    }
    if name in known:
        return known[name]
    if not required:
        return None
    return schema["enum"][0] if "enum" in schema else {"integer": 1, "boolean": True}.get(schema["type"], "report")


def answered(where: str, result: CallToolResult) -> Iterator[Said]:
    """Each part of a tool's answer."""
    for block in result.content:
        if isinstance(block, TextContent):
            yield Said(where, "text", block.text, is_error=bool(result.is_error))
        else:
            yield Said(where, "json", block.model_dump_json(by_alias=True))
    if result.structured_content is not None:
        yield Said(where, "json", json.dumps(result.structured_content, ensure_ascii=False))


async def _resources(client: Client, visit: Visit) -> AsyncIterator[Said]:
    uris = [str(resource.uri) for resource in (await client.list_resources()).resources]
    for template in (await client.list_resource_templates()).resource_templates:
        uris += _addresses(template.uri_template, visit)
    for uri in (*uris, "analytics://orders/order_of_nobody/summary", "analytics://nothing"):
        try:
            contents = (await client.read_resource(uri)).contents
        except MCPError as error:
            yield Said(uri, "text", error.error.message, is_error=True)
            continue
        for content in contents:
            assert isinstance(content, TextResourceContents)
            yield Said(uri, _kind(content.mime_type), content.text)
            yield Said(uri, "json", json.dumps(content.meta, ensure_ascii=False))


_KINDS = {"application/json": "json", "text/csv": "csv", "text/html": "page"}


def _kind(mime_type: str | None) -> str:
    return _KINDS.get((mime_type or "").partition(";")[0], "text")


def _addresses(template: str, visit: Visit) -> Iterator[str]:
    for type_ in visit.types:
        values = {"type": type_, "order_id": visit.order_ids[type_]}
        path = _VARIABLE.sub(lambda found, values=values: values[found[1]], _QUERY.sub("", template))
        yield path
        if "offset" in template:
            yield f"{path}?offset=0&limit=5"


async def _prompts(client: Client) -> AsyncIterator[Said]:
    for prompt in (await client.list_prompts()).prompts:
        for arguments in ({}, {argument.name: "last_month" for argument in prompt.arguments or []}):
            for message in (await client.get_prompt(prompt.name, arguments)).messages:
                assert isinstance(message.content, TextContent)
                yield Said(f"prompt {prompt.name}", "text", message.content.text)


async def _completions(client: Client) -> AsyncIterator[Said]:
    references: list[tuple[ResourceTemplateReference | PromptReference, list[str]]] = [
        (ResourceTemplateReference(uri=template.uri_template), _VARIABLE.findall(template.uri_template))
        for template in (await client.list_resource_templates()).resource_templates
    ]
    references += [
        (PromptReference(name=prompt.name), [argument.name for argument in prompt.arguments or []])
        for prompt in (await client.list_prompts()).prompts
    ]
    for reference, names in references:
        for name in names:
            values = (await client.complete(reference, {"name": name, "value": ""})).completion.values
            yield Said(f"completion of {name}", "json", json.dumps(values))
