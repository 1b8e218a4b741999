"""Each call that an answer offers, made exactly as it is offered: it succeeds, and brings what it promises.

Over every report type of both simulated platforms, alone, compared and split, in short and long answers. What an offer
promises is known by its tool and its arguments alone; one that is new must find its claim in `kept`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp_types import CallToolResult

from clients import text_of
from contact_centre import AGGREGATES, DETAILS
from inventing import invented_once
from organisation import organisation
from tenant import forget_environment, server, tenant
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.simulator import serve_in_thread

pytestmark = pytest.mark.thorough

MONTH = {"start_date": "2025-03-01", "end_date": "2025-03-31"}
WEEKS = {"start_date": "2025-03-03", "end_date": "2025-03-16"}
TYPES = [name for name, report in UNIQUE_REPORTS.items() if report.on_by_default]

Said = dict[str, Any]


def said(result: CallToolResult) -> Said:
    content: Said = result.structured_content or {}
    return content.get("summary") or content.get("order") or content


def steps_of(answer: Said) -> list[Said]:
    return [*answer.get("next_steps", []), *([answer["next_step"]] if "next_step" in answer else [])]


async def walked(client: Client, arguments: Said) -> list[str]:
    """What is wrong with the offers of an answer and, one step on, with theirs."""
    first = await client.call_tool("run_analytics_report", arguments)
    assert not first.is_error, text_of(first)
    wrong: list[str] = []
    for step in steps_of(said(first)):
        result = await client.call_tool(step["tool"], step["arguments"])
        wrong += broken(said(first), step, result)
        for following in [] if result.is_error else steps_of(said(result)):
            wrong += broken(said(result), following, await client.call_tool(following["tool"], following["arguments"]))
    return wrong


def broken(answer: Said, step: Said, result: CallToolResult) -> list[str]:
    """The offer with what came, unless it is what was promised."""
    is_kept = not result.is_error and kept(answer, step, said(result))
    return [] if is_kept else [f"{step} gave {text_of(result)[:300]}"]


def kept(answer: Said, step: Said, found: Said) -> bool:
    """Whether what came is what was promised."""
    arguments = step["arguments"]
    match step["tool"]:
        case "chart_report":
            named = [name for key in ("order_id", "before") for name in arguments.get(key, "").split(",") if name]
            parts = [part["order_id"] for part in found["provenance"].get("parts", [])]
            return (
                bool(found["rows"])
                and bool(found["chart"]["sides"]) == ("before" in arguments)
                and (len(named) == 1 or parts == named[:8])
            )
        case "query_report":
            return "rows" in found and ("ANTI JOIN" in arguments["sql"] or bool(found["rows"]))
        case "download_report_summary" | "run_analytics_report" if "top" in arguments:
            before, now = ({table["name"]: len(table["rows"]) for table in each["tables"]} for each in (answer, found))
            return any(now[name] > rows for name, rows in before.items())
        case "run_analytics_report" if "compare_to" in arguments:
            return any(part["before"] for part in found["provenance"]["parts"])
        case "run_analytics_report":
            window = found["provenance"]["window"]
            return [window["start"], window["end"]] == [arguments["start_date"], arguments["end_date"]]
        case _:
            return False


def questions(type_: str, *, splits: bool) -> list[Said]:
    days = MONTH if type_ != "CHAT_INTERACTION_DETAILED" else WEEKS
    long = [
        {"type": type_, **MONTH, "split": True, "compare_to": "previous_period"},
        {"type": type_, **MONTH, "split": True},
    ]
    return [
        {"type": type_, **days},
        {"type": type_, **days, "response_format": "detailed", "top": 100},
        {"type": type_, **days, "compare_to": "previous_period"},
        {"type": type_, **WEEKS, "compare_to": "previous_period", "response_format": "detailed", "top": 100},
        *(long if splits else []),
    ]


@pytest.mark.parametrize("type_", TYPES)
async def test_every_offer_of_uniques_reports_is_kept(
    type_: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with tenant(monkeypatch, tmp_path, users=8):
        async with Client(server()) as client:
            for asked in questions(type_, splits=type_ == "CHAT_INTERACTION_DETAILED"):
                assert await walked(client, asked) == []


@asynccontextmanager
async def contact_centre(monkeypatch: pytest.MonkeyPatch, folder: Path) -> AsyncGenerator[Client]:
    forget_environment(monkeypatch)
    platform = organisation(users=40, invent=invented_once)
    with serve_in_thread(platform.app) as url:
        ours = {"UNIQUE_ANALYTICS_DATA_DIR": str(folder), "UNIQUE_ANALYTICS_POLL_SECONDS": "0.01"}
        for name, value in {**platform.environment(url), **ours}.items():
            monkeypatch.setenv(name, value)
        async with Client(server()) as client:
            yield client


@pytest.mark.parametrize("type_", [AGGREGATES, DETAILS])
async def test_every_offer_of_genesys_reports_is_kept(
    type_: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    days = {"start_date": "2026-10-05", "end_date": "2026-10-11"}
    async with contact_centre(monkeypatch, tmp_path) as client:
        for asked in (days, days | {"compare_to": "previous_period"}, days | {"queue": "VIP"}):
            assert await walked(client, {"type": type_, **asked}) == []


@pytest.mark.parametrize(
    "asked",
    [{}, {"compare_to": "previous_period"}, {"split": True, "end_date": "2025-03-31"}],
    ids=["one order", "compared", "split"],
)
async def test_every_offer_of_a_report_without_rows_is_kept(
    asked: Said, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    filtered = {"type": "CHAT_INTERACTION_DETAILED", **WEEKS, "assistant_id": "nobody"} | asked
    with tenant(monkeypatch, tmp_path, users=8):
        async with Client(server()) as client:
            nothing = said(await client.call_tool("run_analytics_report", filtered))
            assert nothing["provenance"]["rows"] == 0
            without = steps_of(nothing)[-1]
            assert "assistant_id" not in without["arguments"]
            assert await walked(client, filtered) == []


async def test_every_offer_about_an_order_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    order = {"type": "CHAT_INTERACTION", **MONTH}
    with tenant(monkeypatch, tmp_path, users=8):
        async with Client(server()) as client:
            answer = said(await client.call_tool("create_analytics_order", order | {"dry_run": True}))
            states: list[str | None] = []
            while answer.get("state") != "DONE":
                step = answer["next_step"]
                result = await client.call_tool(step["tool"], step["arguments"])
                assert not result.is_error, text_of(result)
                answer = said(result)
                states.append(answer["state"])
            (step,) = steps_of(answer)
            summary = await client.call_tool(step["tool"], step["arguments"])
            assert not summary.is_error
            foreseen = said(await client.call_tool("run_analytics_report", order | {"dry_run": True}))
            assert await walked(client, foreseen["next_step"]["arguments"]) == []
    assert len(states) <= 3
