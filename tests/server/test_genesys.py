"""What an agent sees of Genesys Cloud: the same tools, with its reports, options and questions, over real HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp.client import Client
from mcp_types import CallToolResult, TextContent

from clients import text_of
from inventing import invented_once
from organisation import organisation
from tenant import forget_environment, server
from unique_analytics_mcp.render import tokens
from unique_analytics_mcp.server.prompts import QUESTIONS
from unique_analytics_mcp.simulator import serve_in_thread

AGGREGATES, DETAILS = "GENESYS_CONVERSATION_AGGREGATES", "GENESYS_CONVERSATION_DETAILS"
UNIQUE = {
    "UNIQUE_API_BASE": "https://gateway.example/public/chat",
    "UNIQUE_API_KEY": "ukey_made_up",
    "UNIQUE_APP_ID": "app_made_up",
    "UNIQUE_USER_ID": "user",
    "UNIQUE_COMPANY_ID": "company",
}


@asynccontextmanager
async def agent(monkeypatch: pytest.MonkeyPatch, folder: Path, **environment: str) -> AsyncGenerator[Client]:
    forget_environment(monkeypatch)
    platform = organisation(users=40, invent=invented_once)
    with serve_in_thread(platform.app) as url:
        ours = {"UNIQUE_ANALYTICS_DATA_DIR": str(folder), "UNIQUE_ANALYTICS_POLL_SECONDS": "0.01"}
        for name, value in {**platform.environment(url), **ours, **environment}.items():
            monkeypatch.setenv(name, value)
        async with Client(server()) as client:
            yield client


def answered(result: CallToolResult) -> dict[str, Any]:
    assert not result.is_error, text_of(result)
    return result.structured_content or {}


async def test_both_services_definitions_together_stay_small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with agent(monkeypatch, tmp_path, **UNIQUE, UNIQUE_ANALYTICS_ALLOW_DELETE="true") as client:
        told = [
            tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in (await client.list_tools()).tools
        ]
    assert sum(tokens(json.dumps(tool, separators=(",", ":"))) for tool in told) <= 5_000
    options = next(tool for tool in told if tool["name"] == "run_analytics_report")["inputSchema"]["properties"]
    assert options["granularity"]["enum"] == ["PT15M", "PT30M", "PT1H", "P1D", "P1W", "P1M"]
    assert options["queue"]["description"].endswith("Only for genesys reports.")


async def test_options_that_a_host_fills_with_blanks_count_as_not_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blanks = {"granularity": "", "media_type": " ", "queue": ""}
    async with agent(monkeypatch, tmp_path, **UNIQUE) as client:
        for type_ in (AGGREGATES, "CHAT_INTERACTION"):
            asked = {"type": type_, "period": "2026-10", "dry_run": True}
            plain = answered(await client.call_tool("create_analytics_order", asked))
            assert answered(await client.call_tool("create_analytics_order", {**asked, **blanks})) == plain


@pytest.mark.parametrize("environment", [{}, UNIQUE], ids=["alone", "beside Unique"])
async def test_a_client_is_told_the_questions_that_its_services_answer(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with agent(monkeypatch, tmp_path, **environment) as client:
        instructions = client.instructions or ""
        titles = [prompt.title or "" for prompt in (await client.list_prompts()).prompts]
    assert "How do the queues perform?" in titles
    assert all(title in instructions for title in titles)
    assert ("Unique AI" in instructions) == bool(environment)


async def test_a_question_ends_in_numbers_a_chart_rows_and_a_comparison(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with agent(monkeypatch, tmp_path) as client:
        asked = {"type": AGGREGATES, "period": "2026-10-12..2026-10-18", "group_by": "queue"}
        summary = answered(await client.call_tool("run_analytics_report", asked))["summary"]
        totals = {total["name"]: total["value"] for total in summary["totals"]}
        assert totals["handled"] > 0
        assert float(totals["average_handle_s"]) > 0
        order_id = summary["provenance"]["order_id"]
        for wish in (
            {"by": "daily"},
            {"by": "queues"},
            {"by": "daily", "measure": "average_handle_s", "chart": "line"},
        ):
            assert not (await client.call_tool("chart_report", {"order_id": order_id, **wish})).is_error
        sql = (
            "SELECT sum(t_handle_count) AS handled, sum(t_handle_sum_ms) / sum(t_handle_count) / 1000 AS s FROM report"
        )
        rows = answered(await client.call_tool("query_report", {"order_ids": order_id, "sql": sql}))["rows"]
        assert int(rows[0][0]) == totals["handled"]
        assert float(rows[0][1]) == pytest.approx(float(totals["average_handle_s"]), abs=0.05)
        compared = answered(await client.call_tool("run_analytics_report", {**asked, "compare_to": "previous_period"}))
        assert len(compared["summary"]["provenance"]["parts"]) == 2
        clause = r"(rose|fell) from [0-9.]+ to [0-9.]+ \([+-][0-9.]+(, [+-][0-9.]+ %)?\)"
        assert re.search(
            f"Legs that agents handled {clause} and the seconds each took on average {clause}, "
            "compared with the 7 days before, 2026-10-05 to 2026-10-11.$",
            compared["summary"]["headline"],
        )


@pytest.mark.parametrize(
    ("asked", "table", "beside"),
    [
        (
            {"period": "2026-10-25", "granularity": "PT1H"},
            "hourly",
            [
                ["2026-10-25 02:00+02:00", "2026-10-24 02:00+02:00"],
                ["2026-10-25 02:00+01:00", None],
                ["2026-10-25 03:00+01:00", "2026-10-24 03:00+02:00"],
            ],
        ),
        (
            {"period": "2026-09", "granularity": "P1W"},
            "weekly",
            [["2026-08-31", "2026-07-27"], ["2026-09-28", "2026-08-24"], [None, "2026-08-31"]],
        ),
    ],
    ids=["an hour that comes twice", "a month of fewer weeks"],
)
async def test_windows_with_other_numbers_of_hours_or_weeks_are_compared(
    asked: dict[str, str],
    table: str,
    beside: list[list[str | None]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    async with agent(monkeypatch, tmp_path) as client:
        arguments = {"type": AGGREGATES, **asked, "compare_to": "previous_period", "response_format": "detailed"}
        summary = answered(await client.call_tool("run_analytics_report", arguments))["summary"]
    rows = next(each["rows"] for each in summary["tables"] if each["name"] == table)
    assert [row[:2] for row in rows if row[:2] in beside] == beside
    assert all(row[2 + row.index(None)] is None for row in rows if None in row[:2])


async def test_weeks_that_the_window_cuts_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with agent(monkeypatch, tmp_path) as client:
        asked = {"type": AGGREGATES, "period": "2026-10", "granularity": "P1W"}
        summary = answered(await client.call_tool("run_analytics_report", asked))["summary"]
    assert (
        "2026-09-28 and 2026-10-26 are not whole in weekly: the window begins or ends within them."
        in summary["caveats"]
    )


async def test_what_each_number_is_of_is_said_beside_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with agent(monkeypatch, tmp_path) as client:
        asked = {"type": AGGREGATES, "period": "2026-10-12..2026-10-18"}
        summary = answered(await client.call_tool("run_analytics_report", asked))["summary"]
    units = {total["name"]: total["unit"] for total in summary["totals"]}
    assert units["n_offered"] == "offered to queues, callbacks and overflows too (nOffered)"
    assert units["answered"] == "answered from queues, no callbacks (tAnswered)"
    assert units["abandon_rate_percent"] == "% of those offered"
    assert units["service_level_percent"] == "% in time of those it is measured on, not of all offered"
    said = " ".join(summary["caveats"])
    assert "it has rings and dials that nobody answered, too" in said
    assert said.startswith(
        "Email waits for hours, calls for seconds: without media_type=voice, waits and service level"
    )


async def test_an_hourly_question_can_be_drawn_as_a_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with agent(monkeypatch, tmp_path) as client:
        asked = {"type": AGGREGATES, "period": "2026-10-25", "granularity": "PT1H"}
        summary = answered(await client.call_tool("run_analytics_report", asked))["summary"]
        order_id = summary["provenance"]["order_id"]
        drawn = await client.call_tool("chart_report", {"order_id": order_id, "by": "hourly", "chart": "line"})
    assert not drawn.is_error
    (text,) = (block.text for block in drawn.content if isinstance(block, TextContent))
    assert "by hour" in text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"type": AGGREGATES, "queue": "Suport DE"}, "The nearest are: 'Support DE'"),
        ({"type": AGGREGATES, "layout": "agent_legs"}, "does not take layout"),
        ({"type": AGGREGATES, "granularity": "PT1M"}, "granularity must be one of PT15M"),
    ],
    ids=["an unknown queue", "another type's option", "a bad granularity"],
)
async def test_bad_input_is_one_clear_error(
    arguments: dict[str, str], says: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with agent(monkeypatch, tmp_path) as client:
        refused = await client.call_tool("run_analytics_report", {"period": "2026-10-12", **arguments})
    assert refused.is_error
    assert says in text_of(refused)


@pytest.mark.parametrize("name", ["queue_performance", "handle_time_trend", "wrap_up_reasons"])
async def test_a_prompt_about_genesys_leads_to_numbers(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (question,) = (each for each in QUESTIONS if each.name == name)
    async with agent(monkeypatch, tmp_path) as client:
        (message,) = (await client.get_prompt(name, {"period": "2026-10"})).messages
        assert isinstance(message.content, TextContent)
        for option, value in question.options.items():
            assert f'{option}="{value}"' in message.content.text
        asked = {"type": question.types[0], "period": "2026-10", **question.options}
        summary = answered(await client.call_tool("run_analytics_report", asked))["summary"]
        if question.sql:
            asked = {"order_ids": summary["provenance"]["order_id"], "sql": question.sql}
            rows = answered(await client.call_tool("query_report", asked))["rows"]
            assert all(all(row) for row in rows)
            assert len(rows) == next(table["total_rows"] for table in summary["tables"] if table["name"] == "weekly")
    assert len(summary["tables"]) >= 2
    assert summary["totals"]


async def test_orders_of_the_same_days_are_told_apart_in_the_list_by_what_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = {"type": AGGREGATES, "period": "2026-10-12"}
    async with agent(monkeypatch, tmp_path) as client:
        for options in ({}, {"queue": "Support DE"}, {"queue": "Support DE", "group_by": "user"}):
            assert not (await client.call_tool("create_analytics_order", {**asked, **options})).is_error
        listed = await client.call_tool("list_analytics_orders", {})
    orders = answered(listed)["orders"]
    place = orders["columns"].index("options")
    said = ["group_by=user, queue=Support DE", "queue=Support DE", ""]
    assert [row[place] for row in orders["rows"]] == said
    assert all(f"| {each} |" in text_of(listed) for each in said)


async def test_a_choice_is_described_with_the_words_it_takes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with agent(monkeypatch, tmp_path) as client:
        guide = answered(await client.call_tool("describe_reports", {"type": AGGREGATES}))
    (options,) = (table for table in guide["tables"] if table["name"] == "options")
    assert {"One. Takes: inbound, outbound.", "Names or ids, with commas."} <= {row[1] for row in options["rows"]}


async def test_a_column_that_only_one_layout_has_is_described_with_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with agent(monkeypatch, tmp_path) as client:
        guide = answered(await client.call_tool("describe_reports", {"type": DETAILS}))
    (columns,) = (table for table in guide["tables"] if table["name"] == "columns")
    notes = {row[0]: row[-1].split(", ")[0] for row in columns["rows"]}
    assert (notes["transfer_count"], notes["handled"]) == ("layout=conversations", "layout=agent_legs")
    assert (notes["conversation_id"], notes["handle_time_s"]) == ("", "may be added")


async def test_the_catalogue_describes_both_reports(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with agent(monkeypatch, tmp_path) as client:
        for report in (AGGREGATES, DETAILS):
            described = text_of(await client.call_tool("describe_reports", {"type": report}))
            assert "analytics:conversation" in described


async def test_what_no_report_holds_is_said_before_anybody_looks_for_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with agent(monkeypatch, tmp_path, **UNIQUE) as client:
        everything = answered(await client.call_tool("describe_reports", {}))
        details = answered(await client.call_tool("describe_reports", {"type": DETAILS}))
    (said,) = everything["caveats"]
    assert said.startswith("In no report: people's departments, ")
    assert {"first contact resolution", "occupancy", "budgets"} <= set(said.split(", "))
    assert not any("In no report" in each for each in details["caveats"])


async def test_days_long_over_are_not_called_running_where_their_conversations_may_still_change(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with agent(monkeypatch, tmp_path) as client:
        asked = {"type": DETAILS, "period": "2026-10-12..2026-10-14", "freshness": "live"}
        told = await client.call_tool("run_analytics_report", asked)
        provenance = answered(told)["summary"]["provenance"]
        order_id = provenance["order_id"]
        drawn = await client.call_tool("chart_report", {"order_id": order_id, "by": "daily"})
        sql = {"order_ids": order_id, "sql": "SELECT count(*) AS conversations FROM report"}
        queried = await client.call_tool("query_report", sql)
    assert provenance["window"]["complete"] is False
    for answer in (told, drawn, queried):
        shown = json.dumps(answer.model_dump(mode="json", exclude={"content": {"__all__": {"data"}}}))
        assert "Europe/Zurich, not complete" in shown
        assert "window was still running" not in shown
        assert "Europe/Zurich, still running" not in shown
    assert "r1: rows of its window may have been missing or may have changed since" in text_of(queried)


def contents(folder: Path) -> list[bytes]:
    return [file.read_bytes() for file in folder.rglob("*") if file.is_file()]


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({"type": AGGREGATES, "group_by": "user"}, id="aggregates"),
        pytest.param({"type": DETAILS}, id="conversations", marks=pytest.mark.thorough),
        pytest.param({"type": DETAILS, "layout": "agent_legs"}, id="legs"),
    ],
)
async def test_with_pseudonyms_no_agent_is_named_anywhere(
    asked: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hidden = {
        "UNIQUE_ANALYTICS_PEOPLE": "pseudonyms",
        "UNIQUE_ANALYTICS_PEOPLE_KEY": "a key of enough letters",
        "UNIQUE_ANALYTICS_GENESYS_PERSONAL": "true",
    }
    async with agent(monkeypatch, tmp_path, **hidden) as client:
        told = await client.call_tool(
            "run_analytics_report", {"period": "2026-10-12", "response_format": "detailed", **asked}
        )
        order_id = answered(told)["summary"]["provenance"]["order_id"]
        csv = (await client.read_resource(f"analytics://orders/{order_id}/report.csv")).contents[0].model_dump_json()
        sql = {"order_ids": order_id, "sql": "SELECT * FROM report"}
        rows = await client.call_tool("query_report", sql)
    said = [text_of(told), json.dumps(told.structured_content, ensure_ascii=False), csv, text_of(rows)]
    kept = contents(tmp_path)
    assert "name-" in csv
    for somebody in organisation(users=40).centre.agents:
        for word in (somebody.name, somebody.identity, somebody.mail):
            assert not any(word in text for text in said), word
            assert not any(word.encode() in content for content in kept), word


@pytest.mark.parametrize("zone", ["Asia/Kolkata", pytest.param("Australia/Adelaide", marks=pytest.mark.thorough)])
async def test_a_zone_of_half_hours_has_its_hours(zone: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = {"type": AGGREGATES, "period": "2026-10-04..2026-10-05", "time_zone": zone, "granularity": "PT1H"}
    async with agent(monkeypatch, tmp_path) as client:
        summary = answered(await client.call_tool("run_analytics_report", asked))["summary"]
        wish = {"order_id": summary["provenance"]["order_id"], "by": "hourly", "measure": "handled"}
        drawn = answered(await client.call_tool("chart_report", wish))
    (handled,) = (total["value"] for total in summary["totals"] if total["name"] == "handled")
    assert handled > 0
    assert sum(value for _, value in drawn["rows"]) == handled


async def test_the_option_time_zone_moves_window_days_and_buckets_together(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = {"type": "GENESYS_CONVERSATION_AGGREGATES", "start_date": "2026-10-25", "end_date": "2026-10-25"}
    async with agent(monkeypatch, tmp_path, **UNIQUE) as client:
        starts: dict[str, str] = {}
        for zone in ("Europe/Zurich", "asia/kolkata"):
            answer = answered(await client.call_tool("run_analytics_report", {**asked, "time_zone": zone}))
            provenance = answer["summary"]["provenance"]
            page = await client.read_resource(answer["summary"]["csv_uri"])
            first = getattr(page.contents[0], "text", "").splitlines()[1]
            starts[provenance["window"]["time_zone"]] = first.split(",")[0]
        refused = await client.call_tool("run_analytics_report", {**asked, "time_zone": "Asia/Kolkatta"})
        other = await client.call_tool(
            "run_analytics_report", {"type": "NPS", "period": "last_month", "time_zone": "Asia/Kolkata"}
        )
    assert starts == {"Europe/Zurich": "2026-10-24T22:00:00.000Z", "Asia/Kolkata": "2026-10-24T18:30:00.000Z"}
    assert "Did you mean Asia/Kolkata?" in text_of(refused)
    assert "does not take time_zone" in text_of(other)
