"""Comparison and splitting on the simulated platform, over real HTTP, from the call or the command to the answer."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp_types import TextContent

from fakes import HANGS_S
from recount import compared_days, compared_ranking, compared_totals, rows_of
from tenant import Tenant, server, tenant
from unique_analytics_mcp.__main__ import main
from unique_analytics_mcp.render import CONCISE_TOKENS, tokens

pytestmark = pytest.mark.thorough

SOURCE = Path(__file__).parents[1] / "src"
MARCH = {"type": "CHAT_INTERACTION", "start_date": "2025-03-01", "end_date": "2025-03-31"}
QUARTER = {"type": "CHAT_INTERACTION_DETAILED", "start_date": "2025-01-01", "end_date": "2025-03-31", "split": True}
"""Ninety days."""
COMMAND = ["report", "CHAT_INTERACTION_DETAILED", "--start", "2025-01-01", "--end", "2025-03-31", "--split"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    with pytest.MonkeyPatch.context() as patch, tenant(patch, tmp_path_factory.mktemp("store"), users=8) as pretended:
        yield pretended


async def called(client: Client, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool("run_analytics_report", arguments)
    assert not result.is_error, result.content
    return result.structured_content or {}


async def refusal(**arguments: Any) -> str:
    async with Client(server()) as client:
        result = await client.call_tool("run_analytics_report", arguments)
    assert result.is_error
    return getattr(result.content[0], "text", "")


async def csv_of(client: Client, order_id: str) -> bytes:
    (content,) = (await client.read_resource(f"analytics://orders/{order_id}/report.csv")).contents
    text = str(getattr(content, "text", ""))
    return text.replace("\N{VARIATION SELECTOR-16}", "").encode()  # invisible, so it is in no answer


def table(summary: dict[str, Any], name: str) -> list[list[Any]]:
    return next(each["rows"] for each in summary["tables"] if each["name"] == name)


async def test_a_comparison_is_what_plain_python_makes_of_both_csvs(served: Tenant) -> None:
    async with Client(server()) as client:
        asked = MARCH | {"compare_to": "previous_period", "top": 100, "response_format": "detailed"}
        summary = (await called(client, **asked))["summary"]
        parts = summary["provenance"]["parts"]
        now, before = [rows_of(await csv_of(client, part["order_id"])) for part in parts]
    assert [(part["start"], part["end"], part["before"]) for part in parts] == [
        ("2025-03-01", "2025-03-31", False),
        ("2025-01-29", "2025-02-28", True),
    ]
    assert [part["rows"] for part in parts] == [len(now), len(before)]
    assert table(summary, "totals") == compared_totals(now, before)
    assert table(summary, "users") == compared_ranking(now, before, "Email")
    assert table(summary, "assistants") == compared_ranking(now, before, "Assistant")
    assert table(summary, "daily") == compared_days(now, before, date(2025, 3, 1), date(2025, 1, 29), 31)


async def test_ninety_days_are_seven_orders_whose_rows_are_merged(served: Tenant) -> None:
    posts = served.posts
    async with Client(server()) as client:
        summary = (await called(client, **QUARTER))["summary"]
        parts = summary["provenance"]["parts"]
        files = [await csv_of(client, part["order_id"]) for part in parts]
        again = (await called(client, **QUARTER))["summary"]
    rows = rows_of(*files)
    assert (served.posts - posts, len(parts)) == (7, 7)
    assert summary["provenance"]["rows"] == sum(part["rows"] for part in parts) == len(rows)
    totals = {total["name"]: total["value"] for total in summary["totals"]}
    assert totals["messages"] == len(rows)
    assert totals["conversations"] == len({row["Chat ID"] for row in rows})
    assert again == summary


async def test_a_dry_run_lists_the_windows_without_a_call(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with tenant(monkeypatch, tmp_path) as untouched:
        async with Client(server()) as client:
            order = (await called(client, **QUARTER, dry_run=True))["order"]
        assert untouched.requests == []
    assert order["remarks"][:2] == [
        "Dry run: nothing was ordered.",
        "Orders to place: 7, at most 3 at a time; equal orders to reuse: 0.",
    ]
    assert "2025-01-01..2025-01-14" in order["remarks"][2]
    assert order["next_step"] == {
        "tool": "run_analytics_report",
        "arguments": QUARTER,
        "why": "This places the orders and gives the answer.",
    }


REFUSALS = {
    "long without split": (QUARTER | {"split": False}, "Or set split=true: 7 orders"),
    "more than the cap": (QUARTER | {"end_date": "2025-06-30"}, "one call may place 8"),
    "both sides over the cap": (QUARTER | {"compare_to": "previous_period"}, "takes 14 orders"),
    "weeks in halves": (
        {"type": "ACTIVE_USER", "start_date": "2023-01-01", "end_date": "2024-12-31", "split": True},
        "counted in halves",
    ),
    "nothing before": (
        MARCH | {"start_date": "2000-01-01", "end_date": "2000-01-31", "compare_to": "previous_period"},
        "begin before",
    ),
    "another comparison": (MARCH | {"compare_to": "last_year"}, "none, previous_period"),
    "no flag": (QUARTER | {"split": "perhaps"}, "split must be true or false"),
}


@pytest.mark.parametrize(("arguments", "says"), REFUSALS.values(), ids=REFUSALS)
async def test_what_cannot_be_is_refused_without_a_call(served: Tenant, arguments: dict[str, Any], says: str) -> None:
    before = len(served.requests)
    assert says in await refusal(**arguments)
    assert len(served.requests) == before


async def test_only_the_tool_that_can_split_speaks_of_it(served: Tenant) -> None:
    window = {name: value for name, value in QUARTER.items() if name != "split"}
    async with Client(server()) as client:
        result = await client.call_tool("create_analytics_order", window)
    assert "at most 14 days" in getattr(result.content[0], "text", "")
    assert "split" not in getattr(result.content[0], "text", "")


async def test_a_report_that_stands_alone_says_so_when_it_is_described(served: Tenant) -> None:
    async with Client(server()) as client:
        result = await client.call_tool("describe_reports", {"type": "ACTIVE_USER"})
    assert "not merged: weeks and months" in getattr(result.content[0], "text", "")


async def test_the_operator_sets_the_cap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with tenant(monkeypatch, tmp_path) as pretended:
        monkeypatch.setenv("UNIQUE_ANALYTICS_MAX_SPLIT", "6")
        assert "one call may place 6" in await refusal(**QUARTER)
        assert not pretended.requests


async def test_people_renamed_with_each_export_are_not_taken_for_each_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with tenant(monkeypatch, tmp_path, pseudonyms="per_export"):
        async with Client(server()) as client:
            summary = (await called(client, **MARCH, compare_to="previous_period"))["summary"]
            two_years = {"start_date": "2024-01-01", "end_date": "2025-06-30", "split": True}
            merged = (await called(client, **(MARCH | two_years)))["summary"]
    assert [each["name"] for each in summary["tables"]] == ["totals", "assistants", "daily", "devices"]
    assert "people" not in {total["name"] for total in merged["totals"]}
    for answer in (summary, merged):
        assert any("neither matched nor counted" in caveat for caveat in answer["caveats"])


async def test_both_forms_of_a_comparison_stay_within_the_budget_and_name_every_order(served: Tenant) -> None:
    async with Client(server()) as client:
        result = await client.call_tool("run_analytics_report", MARCH | {"compare_to": "previous_period", "top": 100})
    (text,) = [block.text for block in result.content if isinstance(block, TextContent)]
    summary: dict[str, Any] = (result.structured_content or {})["summary"]
    sent = json.dumps(result.structured_content, separators=(",", ":"), ensure_ascii=False)
    assert max(tokens(text), tokens(sent)) <= CONCISE_TOKENS
    assert text.startswith("Shortened to fit: ")
    assert "the first next step, run_analytics_report, shows more" in text.splitlines()[0]
    assert summary["next_steps"][0]["arguments"]["compare_to"] == "previous_period"
    assert [part["order_id"] for part in summary["provenance"]["parts"] if part["order_id"] not in text] == []
    assert len([block for block in result.content if not isinstance(block, TextContent)]) == 2


class HeldClock:
    """A clock of the platform that stands still until it is `going`; `were_placed` says that three orders are."""

    def __init__(self) -> None:
        self.going = False
        self.were_placed = threading.Event()
        self._readings = 0

    def __call__(self) -> float:
        self._readings += 1  # each order takes two: its date, and its state in the answer
        if self._readings > 6:
            self.were_placed.set()
        return 60.0 * self._readings if self.going else 0.0


def test_a_command_killed_in_the_middle_places_only_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = HeldClock()
    with tenant(monkeypatch, tmp_path, delay_s=1.0, clock=clock) as pretended:
        with subprocess.Popen(
            [sys.executable, "-m", "unique_analytics_mcp", *COMMAND],
            env={**pretended.environment, "PYTHONPATH": str(SOURCE)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as killed:
            assert clock.were_placed.wait(HANGS_S)
            killed.send_signal(signal.SIGKILL)
            assert killed.wait(HANGS_S) == -signal.SIGKILL
        assert pretended.posts == 3
        clock.going = True
        assert main(COMMAND) == 0
        assert pretended.posts == 7
    assert "7 orders" in capsys.readouterr().out


def test_the_command_says_how_many_orders_before_it_places_them(
    served: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(COMMAND) == 0
    out, err = capsys.readouterr()
    assert err.splitlines()[0] == "This takes 7 orders, at most 3 of them at a time."
    assert "messages" in out


def test_the_command_compares(served: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["report", "CHAT_INTERACTION", "--start", "2025-03-01", "--end", "2025-03-31"]
    assert main([*command, "--compare-to", "previous_period", "--format", "json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert [part["before"] for part in summary["provenance"]["parts"]] == [False, True]


@pytest.mark.parametrize("csv", [["--format", "csv"], ["--save-csv-to", "quarter.csv"]], ids=" ".join)
def test_several_orders_have_no_csv_of_their_own(
    served: Tenant, capsys: pytest.CaptureFixture[str], csv: list[str]
) -> None:
    before = len(served.requests)
    assert main([*COMMAND, *csv]) == 2
    assert "each has a CSV of its own" in capsys.readouterr().err
    assert len(served.requests) == before


def test_out_of_time_names_an_order_and_the_same_command_goes_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with tenant(monkeypatch, tmp_path, delay_s=3_600):
        assert main([*COMMAND, "--max-wait", "0.2"]) == 3
    assert "Run the same command again" in capsys.readouterr().err
