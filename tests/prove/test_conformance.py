"""The official suites: what the protocol demands, and what its debugger accepts; `make prove` runs these."""

import json
import sys
from pathlib import Path

import pytest

from programs import Run

pytestmark = pytest.mark.prove

HERE = Path(__file__).parent
PORTABLE, TOOL_ERROR = 0, 5
"""Exit codes of the inspector."""
STRICT = ("--strict", "--format", "json", "-q")


@pytest.mark.parametrize("revision", ["2025-11-25", "2026-07-28"])
def test_a_revision_is_met_but_for_what_only_an_example_server_has(run: Run, address: str, revision: str) -> None:
    baseline = str(HERE / f"{revision}.yml")
    ended = run("conformance", "server", "--url", address, "--requirements", revision, "--expected-failures", baseline)
    assert ended.returncode == 0, ended.stdout.partition("=== SUMMARY ===")[2]


ERAS = {"handshake": (), "2026-07-28": ("--protocol-era", "modern")}


@pytest.mark.parametrize("era", ERAS.values(), ids=ERAS)
def test_the_inspector_finds_every_definition_portable_over_http(run: Run, address: str, era: tuple[str, ...]) -> None:
    ended = run("inspector", "--cli", address, "--transport", "http", *era, "--method", "tools/list", *STRICT)
    assert ended.returncode == PORTABLE, ended.stdout


def test_the_inspector_finds_every_definition_portable_over_stdio(run: Run) -> None:
    serve = (sys.executable, "-m", "unique_analytics_mcp", "serve", "--demo")
    ended = run("inspector", "--cli", *serve, "--method", "tools/list", *STRICT)
    assert ended.returncode == PORTABLE, ended.stdout


CALLS = {
    "an answer": ("run_analytics_report", {"type": "CHAT_INTERACTION", "period": "last_month"}, 0, "headline"),
    "an error": ("get_order_status", {"order_id": "nobodys"}, TOOL_ERROR, "has no order nobodys"),
}


@pytest.mark.parametrize(("tool", "arguments", "code", "says"), CALLS.values(), ids=CALLS)
def test_the_inspector_is_given(
    run: Run, address: str, tool: str, arguments: dict[str, str], code: int, says: str
) -> None:
    call = ("--method", "tools/call", "--tool-name", tool, "--tool-args-json", json.dumps(arguments))
    ended = run("inspector", "--cli", address, "--transport", "http", *call, "--format", "json", "-q")
    assert ended.returncode == code, ended.stdout
    assert says in ended.stdout
