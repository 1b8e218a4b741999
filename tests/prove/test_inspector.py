"""The protocol's own debugger against the server, in both eras and over both transports; `make prove` runs these."""

import json
from pathlib import Path
from typing import Any

import pytest

from hosts import CLAUDE, TOKEN, equip, values_of
from processes import serving_process
from programs import Run, Workplace
from tenant import MARCH, Tenant, tenant

pytestmark = pytest.mark.prove

DONE, TOOL_ERROR = 0, 5
"""Exit codes; 6 stands for a definition that not every client can use."""
ERAS = {"handshake": (), "2026-07-28": ("--protocol-era", "modern")}
QUIETLY = ("--format", "json", "-q")
PROCESS = ("unique-analytics-mcp", "serve", "--demo")

Words = tuple[str, ...]


@pytest.fixture(params=["stdio", "http"])
def target(request: pytest.FixtureRequest, address: str) -> Words:
    """The demo server as a process of the inspector, and at an address."""
    return PROCESS if request.param == "stdio" else (address, "--transport", "http")


def call(tool: str, **arguments: Any) -> Words:
    return ("tools/call", "--tool-name", tool, "--tool-args-json", json.dumps(arguments))


REQUESTS: dict[str, tuple[Words, int, str]] = {
    "portable definitions": (("tools/list", "--strict"), DONE, '"run_analytics_report"'),
    "an answer": (call("run_analytics_report", type="CHAT_INTERACTION", period="last_month"), DONE, '"headline"'),
    "an error": (call("get_order_status", order_id="nobodys"), TOOL_ERROR, "has no order nobodys"),
    "a refusal": (call("describe_reports", typ="CHAT_INTERACTION"), TOOL_ERROR, "typ"),
    "the resources": (("resources/list",), DONE, '"analytics://reports"'),
    "their templates": (("resources/templates/list",), DONE, "analytics://orders/{order_id}/report.csv"),
    "a resource": (("resources/read", "--uri", "analytics://reports"), DONE, "CHAT_INTERACTION_DETAILED"),
    "the prompts": (("prompts/list",), DONE, '"adoption_review"'),
    "a prompt": (
        ("prompts/get", "--prompt-name", "adoption_review", "--prompt-args", "period=last_quarter"),
        DONE,
        "last_quarter",
    ),
    "the view of a chart": ((*call("chart_report"), "--app-info"), DONE, "ui://unique-analytics/chart.html"),
}


@pytest.mark.parametrize("era", ERAS.values(), ids=ERAS)
@pytest.mark.parametrize(("request_", "code", "says"), REQUESTS.values(), ids=REQUESTS)
def test_the_inspector_is_given_what_it_asks_for(
    run: Run, target: Words, era: Words, request_: Words, code: int, says: str
) -> None:
    ended = run("inspector", "--cli", *target, *era, "--method", *request_, *QUIETLY)
    assert ended.returncode == code, ended.stdout
    assert says in ended.stdout


def test_the_inspector_is_told_the_right_number_by_the_server_of_our_file(
    place: Workplace, platform: Tenant, truth: str
) -> None:
    equip(place, CLAUDE, "clients", values_of(platform))
    asked = call("run_analytics_report", type="CHAT_INTERACTION", **MARCH)
    ended = place.run(
        *("inspector", "--cli", "--config", ".mcp.json", "--server", "unique-analytics", "--method"), *asked, *QUIETLY
    )
    assert truth in ended.stdout


@pytest.mark.parametrize(("token", "comes_in"), [(TOKEN, True), ("another", False)], ids=["the token", "another"])
@pytest.mark.parametrize("era", ERAS.values(), ids=ERAS)
def test_the_inspector_comes_in_with_the_token_alone(
    run: Run, guarded_address: str, era: Words, token: str, comes_in: bool
) -> None:
    header = ("--header", f"Authorization: Bearer {token}")
    ended = run("inspector", "--cli", guarded_address, *era, *header, "--method", "tools/list", *QUIETLY)
    assert (ended.returncode == DONE) is comes_in, ended.stdout
    assert ("run_analytics_report" in ended.stdout) is comes_in


@pytest.mark.parametrize(
    ("era", "says"),
    [(ERAS["handshake"], '"tool":"wait_for_order"'), (ERAS["2026-07-28"], '"headline"')],
    ids=["a next step without tasks", "its summary with tasks, at their end"],
)
def test_who_waits_a_second_for_an_order_of_eight_is_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, run: Run, era: Words, says: str
) -> None:
    asked = call("run_analytics_report", type="CHAT_INTERACTION", max_wait_seconds=1, **MARCH)
    with (
        tenant(monkeypatch, tmp_path / "store", delay_s=8, poll_s=0.2) as slow,
        serving_process(slow.environment) as (address, _),
    ):
        ended = run("inspector", "--cli", address, *era, "--method", *asked, *QUIETLY)
        assert ended.returncode == DONE, ended.stdout
        assert says in ended.stdout
        assert slow.posts == 1
