"""Arguments: what hosts really send is understood, everything else is refused in one sentence without a call."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from clients import client_on, text_of
from fakes import FakeBackend

OCTOBER = {"type": "CHAT_INTERACTION", "period": "last_month"}


def case(tool: str, arguments: dict[str, Any], *parts: str, id: str) -> Any:
    return pytest.param(tool, arguments, parts, id=id)


BAD_INPUT = [
    # names
    case("create_analytics_order", OCTOBER | {"asistant_id": "a"},
         "create_analytics_order has no parameter 'asistant_id'.", "Did you mean assistant_id?",
         "It takes: type, period", id="misspelt parameter"),
    case("run_analytics_report", OCTOBER | {"compare": "x"}, "has no parameter 'compare'.", "It takes: type",
         id="parameter of nobody"),
    case("get_order_status", {"order_id": "order_1", "verbose": None}, "has no parameter 'verbose'.",
         id="null for a parameter of nobody"),
    case("describe_reports", {"order_id": "x"}, "has no parameter 'order_id'.", "It takes: type.",
         id="parameter of another tool"),
    case("run_analytics_report", OCTOBER | {"Top": 3}, "Did you mean top?", id="another case"),
    case("get_order_status", {}, "order_id is missing.", id="missing order id"),
    case("run_analytics_report", {"period": "last_month"}, "type is missing.", id="missing type"),
    case("create_analytics_order", {"type": None}, "type is missing.", id="null for a required one"),
    # types of report
    case("run_analytics_report", {"type": "CHAT_INTERACTIONS"}, "There is no report type 'CHAT_INTERACTIONS'.",
         "Did you mean CHAT_INTERACTION?", "The report types are: CHAT_INTERACTION", id="unknown type"),
    case("describe_reports", {"type": "USER_CHAT_EXPORT"}, "switched off", "UNIQUE_ANALYTICS_REPORT_TYPES",
         id="switched-off type to describe"),
    case("describe_reports", {"type": "MODEL_USE"}, "Did you mean MODEL_USAGE?", id="unknown type to describe"),
    case("list_analytics_orders", {"type": "nonsense"}, "There is no report type 'nonsense'.",
         id="unknown type to list"),
    case("create_analytics_order", {"type": "USER_CHAT_EXPORT"}, "switched off", "UNIQUE_ANALYTICS_REPORT_TYPES",
         id="type that is switched off"),
    case("run_analytics_report", {"type": ["NPS"]}, "type must be a text, not \\['NPS'].", id="list for a type"),
    # windows
    case("create_analytics_order", {"type": "NPS", "period": "last_moth"}, "There is no period 'last_moth'.",
         "Did you mean last_month?", "Today is 2026-11-21", id="unknown period"),
    case("create_analytics_order", OCTOBER | {"start_date": "2026-10-01", "end_date": "2026-10-02"},
         "Both a period and dates were given.", id="period and dates"),
    case("create_analytics_order", {"type": "NPS", "start_date": "2026-10-01"}, "without end_date", id="half a window"),
    case("create_analytics_order", {"type": "NPS", "start_date": "2026-10-02", "end_date": "2026-10-01"},
         "is after the end", id="reversed"),
    case("create_analytics_order", {"type": "NPS", "start_date": "2026-02-30", "end_date": "2026-03-01"},
         "not in the calendar", id="impossible date"),
    case("create_analytics_order", {"type": "NPS", "start_date": "2026-11-01", "end_date": "2026-12-01"},
         "ends in the future", id="future"),
    case("create_analytics_order", {"type": "NPS", "start_date": "2025-01-01", "end_date": "2026-01-01"},
         "at most 365 days", "2025-01-01..2025-12-31", id="366 days"),
    case("run_analytics_report",
         {"type": "CHAT_INTERACTION_DETAILED", "start_date": "2026-10-01", "end_date": "2026-10-15"},
         "at most 14 days", "2026-10-01..2026-10-14", id="15 days detailed"),
    case("create_analytics_order", OCTOBER | {"period": {"last": "month"}}, "period must be a text",
         id="object for text"),
    # kinds and ranges
    case("run_analytics_report", OCTOBER | {"top": 0}, "top must be a whole number from 1 to 100, not 0.", id="top 0"),
    case("run_analytics_report", OCTOBER | {"top": 101}, "not 101.", id="top 101"),
    case("run_analytics_report", OCTOBER | {"top": "many"}, "not 'many'.", id="top in words"),
    case("run_analytics_report", OCTOBER | {"top": 2.5}, "not 2.5.", id="half a row"),
    case("run_analytics_report", OCTOBER | {"top": True}, "not True.", id="flag for a number"),
    case("run_analytics_report", OCTOBER | {"top": "9" * 5000}, "not '999999", id="endless digits"),
    case("run_analytics_report", OCTOBER | {"max_wait_seconds": 601}, "from 1 to 600, not 601.", id="wait too long"),
    case("wait_for_order", {"order_id": "order_1", "max_wait_seconds": 0}, "from 1 to 600, not 0.", id="no wait"),
    case("list_analytics_orders", {"limit": 101}, "limit must be a whole number from 1 to 100", id="limit 101"),
    case("list_analytics_orders", {"offset": -1}, "offset must be a whole number from 0 to 999999999999999999, not -1.",
         id="offset -1"),
    case("query_report", {"order_ids": "order_1", "sql": "SELECT 1", "offset": 10**30}, "from 0 to 999999999999999999,",
         id="offset of thirty digits"),
    case("query_report", {"order_ids": "order_1", "sql": "SELECT 1", "offset": 1e300}, "from 0 to 999999999999999999,",
         id="offset beyond all"),
    case("list_analytics_orders", {"state": "FINISHED"},
         "state must be one of PENDING, PROCESSING, DONE, FAILED, not 'FINISHED'.", id="unknown state"),
    case("run_analytics_report", OCTOBER | {"response_format": "detail"}, "concise, detailed", "Did you mean detailed?",
         id="unknown format"),
    case("run_analytics_report", OCTOBER | {"response_format": "DETAIL"}, "Did you mean detailed?",
         id="unknown choice in capitals"),
    case("create_analytics_order", OCTOBER | {"dry_run": "maybe"}, "dry_run must be true or false, not 'maybe'.",
         id="neither true nor false"),
    case("create_analytics_order", OCTOBER | {"reuse": 0}, "reuse must be true or false, not 0.",
         id="number for a flag"),
    case("create_analytics_order", OCTOBER | {"assistant_id": "\ud83d"}, "assistant_id holds characters that are none",
         id="half a character"),
    case("create_analytics_order", OCTOBER | {"assistant_id": "a" * 401}, "401 characters long; 400 are allowed",
         id="too long a text"),
    # order ids and files
    case("get_order_status", {"order_id": "../../etc"}, "not an order id", id="path for an order id"),
    case("wait_for_order", {"order_id": "a b"}, "not an order id", id="blank in an order id"),
    case("download_report_summary", {"order_id": ""}, "not an order id", id="empty order id"),
    case("download_report_summary", {"order_id": "order_1", "save_csv_to": "../x.csv"}, "plain file name",
         id="file outside"),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "arguments", "parts"), BAD_INPUT)
async def test_bad_input_is_refused_in_our_words_and_costs_no_call(
    tool: str, arguments: dict[str, Any], parts: tuple[str, ...], tmp_path: Path
) -> None:
    backend = FakeBackend()
    async with client_on(backend, tmp_path) as client:
        result = await client.call_tool(tool, arguments)
    text = text_of(result)
    assert text.startswith(f"Error executing tool {tool}: ")
    assert [part for part in parts if part not in text] == []
    assert len(text) < 900
    assert "pydantic" not in text
    assert (result.is_error, result.structured_content, backend.calls) == (True, None, [])


async def test_both_eras_refuse_alike(tmp_path: Path, mode: str) -> None:
    async with client_on(FakeBackend(), tmp_path, mode=mode) as client:
        result = await client.call_tool("get_order_status", {"oder_id": "x"})
    assert result.is_error
    assert "Did you mean order_id?" in text_of(result)


async def test_an_unknown_tool_is_answered_with_the_tools_there_are(tmp_path: Path) -> None:
    async with client_on(FakeBackend(), tmp_path) as client:
        result = await client.call_tool("run_analytic_report", {})
    assert result.is_error
    assert "Did you mean run_analytics_report?" in text_of(result)
    assert "The tools are: run_analytics_report, " in text_of(result)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(OCTOBER, id="as described"),
        pytest.param({"type": "chat_interaction", "period": "Last Month"}, id="another case"),
        pytest.param(OCTOBER | {"start_date": None, "end_date": "", "assistant_id": " "}, id="unused ones filled in"),
        pytest.param(OCTOBER | {"reuse": "true", "dry_run": "False"}, id="flags as words"),
        pytest.param({"type": "CHAT_INTERACTION", "period": "2026-10"}, id="month"),
        pytest.param({"type": "CHAT_INTERACTION", "start_date": "2026-10-01", "end_date": "2026-10-31"}, id="dates"),
    ],
)
async def test_what_hosts_make_of_arguments_is_understood(arguments: dict[str, Any], tmp_path: Path) -> None:
    backend = FakeBackend()
    async with client_on(backend, tmp_path) as client:
        result = await client.call_tool("create_analytics_order", arguments)
    assert not result.is_error, text_of(result)
    assert result.structured_content["window"]["start"] == "2026-10-01"
    assert result.structured_content["window"]["end"] == "2026-10-31"
    assert backend.count("submit") == 1


async def test_optional_choices_may_be_filled_with_blanks(tmp_path: Path) -> None:
    async with client_on(FakeBackend(), tmp_path) as client:
        result = await client.call_tool("list_analytics_orders", {"type": "", "state": " ", "limit": None})
    assert not result.is_error, text_of(result)


@pytest.mark.parametrize("limit", [2, "2", " 2 ", 2.0, "+2"], ids=repr)
async def test_a_number_may_come_as_digits(limit: object, tmp_path: Path) -> None:
    backend = FakeBackend()
    async with client_on(backend, tmp_path) as client:
        for period in ("2026-01", "2026-02", "2026-03"):
            await client.call_tool("create_analytics_order", {"type": "NPS", "period": period})
        result = await client.call_tool("list_analytics_orders", {"limit": limit, "state": "pending"})
    assert len(result.structured_content["orders"]["rows"]) == 2


async def test_a_year_may_come_as_a_number(tmp_path: Path) -> None:
    async with client_on(FakeBackend(), tmp_path) as client:
        arguments = {"type": "NPS", "period": 2025, "dry_run": True}
        result = await client.call_tool("create_analytics_order", arguments)
    assert result.structured_content["window"]["label"] == "2025"


KNOWN: dict[str, Any] = {
    "type": "CHAT_INTERACTION",
    "order_id": "order_1",
    "order_ids": "order_1",
    "sql": "SELECT 1",
    "max_wait_seconds": 1,
}
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 10**30, 1.5, 1e308, float("nan"), "", " ", "\0", "\ud83d", "\u202eabc", "\uff15", [], [[]], {},
    {"a": [1]}, "x" * 401, "../../x", "%2e%2e", "'; --", "2026-02-30", "0000-00-00", "2026-W53", "9999", ",",
)  # fmt: skip


@pytest.mark.thorough
async def test_nothing_given_for_any_parameter_is_more_than_a_tool_can_bear(tmp_path: Path) -> None:
    broken: list[tuple[str, str, object]] = []
    async with client_on(FakeBackend(), tmp_path, allow_delete=True) as client:
        await client.call_tool("run_analytics_report", OCTOBER)
        for tool in (await client.list_tools()).tools:
            parameters = tool.input_schema["properties"]
            usual = {name: value for name, value in KNOWN.items() if name in parameters}
            for name, value in product(parameters, ODD):
                said = text_of(await client.call_tool(tool.name, usual | {name: value}))
                if not said or len(said) > 30_000 or "Something in this server failed" in said:
                    broken.append((tool.name, name, value))
    assert broken == []
