"""Traces of real server processes, sent to a real collector where OpenTelemetry's own variables ask for it."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from collector import Collector, collecting
from fakes import HANGS_S
from processes import SOURCE, serving_process
from spans import Spans
from tenant import MARCH, Tenant, tenant
from unique_analytics_mcp import __version__
from unique_analytics_mcp.tracing.exporting import is_asked_for, obstacle

RUN = {"type": "CHAT_INTERACTION", **MARCH}
STEPS = {"find or place order", "wait for order", "download report", "read report", "summarise reports"}


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Tenant]:
    with tenant(monkeypatch, tmp_path) as pretended:
        yield pretended


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


async def answered_over_stdio(environment: dict[str, str], errors: Path) -> None:
    """One report by a server process, which has ended when this returns."""
    program = StdioServerParameters(
        command=sys.executable,
        args=["-m", "unique_analytics_mcp", "serve"],
        env={**environment, "PYTHONPATH": str(SOURCE)},
    )
    with anyio.fail_after(HANGS_S), errors.open("w") as log:
        async with Client(stdio_client(program, errlog=log)) as client:
            assert not (await client.call_tool("run_analytics_report", RUN)).is_error


async def answered_over_http(address: str, **headers: str) -> None:
    with anyio.fail_after(HANGS_S):
        async with (
            httpx2.AsyncClient(trust_env=False, verify=False, headers=headers, timeout=HANGS_S) as web,
            Client(streamable_http_client(address, http_client=web)) as client,
        ):
            assert not (await client.call_tool("run_analytics_report", RUN)).is_error


async def test_a_call_over_stdio_arrives_as_one_trace_that_goes_on_from_the_hosts(
    served: Tenant, collector: Collector, spans: Spans, tmp_path: Path
) -> None:
    await answered_over_stdio({**served.environment, "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}, tmp_path / "log")
    call = collector.named("tools/call run_analytics_report")
    assert call.resource == {"service.name": "unique-analytics-mcp", "service.version": __version__}
    [host] = [each for each in spans.ended if each.name == "MCP send tools/call run_analytics_report"]
    assert host.context is not None
    assert (int(call.trace_id, 16), int(call.parent_id, 16)) == (host.context.trace_id, host.context.span_id)
    steps = {span.name: span for span in collector.children_of(call)}
    assert set(steps) >= STEPS
    [sent] = [span for span in collector.children_of(steps["find or place order"]) if span.name.startswith("POST")]
    assert sent.facts["http.response.status_code"] == "201"
    assert "{id}" in collector.children_of(steps["download report"])[0].facts["url.template"]
    assert (tmp_path / "log").read_text() == ""


async def test_calls_over_http_arrive_after_sigterm_under_the_operators_name_for_the_service(
    served: Tenant, collector: Collector
) -> None:
    environment = {
        **served.environment,
        "OTEL_TRACES_EXPORTER": "otlp",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{collector.url}/v1/traces",
        "OTEL_EXPORTER_OTLP_HEADERS": "x-key=secret-of-the-collector",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        "OTEL_SERVICE_NAME": "analytics-in-zurich",
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test",
    }
    with serving_process(environment) as (address, process):
        await answered_over_http(address)
        process.send_signal(signal.SIGTERM)
        assert await anyio.to_thread.run_sync(process.wait) == 0
    call = collector.named("tools/call run_analytics_report")
    assert {span.name for span in collector.children_of(call)} >= STEPS
    assert {key: call.resource[key] for key in ("service.name", "deployment.environment.name")} == {
        "service.name": "analytics-in-zurich",
        "deployment.environment.name": "test",
    }
    assert [key for key in call.resource if key.startswith(("process", "host"))] == []
    assert collector.headers[0]["x-key"] == "secret-of-the-collector"


@pytest.mark.thorough
async def test_json_log_lines_name_the_traces_that_arrive(served: Tenant, collector: Collector) -> None:
    environment = {
        **served.environment,
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "UNIQUE_ANALYTICS_LOG_FORMAT": "json",
        "UNIQUE_ANALYTICS_LOG_LEVEL": "DEBUG",
    }
    with serving_process(environment) as (address, process):
        await answered_over_http(address)
        process.send_signal(signal.SIGTERM)
        _, log = await anyio.to_thread.run_sync(process.communicate)
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    spans = {span.span_id: span for span in collector.spans}
    named = [(line["msg"], spans[line["span_id"]]) for line in lines if "span_id" in line]
    assert {line["trace_id"] for line in lines if "trace_id" in line} == {span.trace_id for _, span in named}
    assert ("POST /analytics/orders: 201", "POST /analytics/orders") in {
        (msg.partition(" after")[0], span.name) for msg, span in named
    }


@pytest.mark.thorough
@pytest.mark.parametrize("trouble", ["nobody listens", "nobody answers", "it refuses"])
async def test_a_collector_in_trouble_changes_no_answer_and_holds_no_end(
    served: Tenant, collector: Collector, trouble: str
) -> None:
    if trouble == "nobody answers":
        collector.gate.clear()
    collector.status = 403
    environment = {
        **served.environment,
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9" if trouble == "nobody listens" else collector.url,
        "OTEL_EXPORTER_OTLP_TIMEOUT": "60",
        "OTEL_EXPORTER_OTLP_HEADERS": "x-key=secret-of-the-collector",
    }
    with serving_process(environment) as (address, process):
        await answered_over_http(address)
        process.send_signal(signal.SIGTERM)
        assert await anyio.to_thread.run_sync(process.wait, 20) == 0  # the SDK alone would wait 30
        assert process.stderr is not None
        log = process.stderr.read()
    assert "secret-of-the-collector" not in log
    assert ("batch code: 403, reason: …" in log) == (trouble == "it refuses")
    assert "Traceback" not in log


SERVED_AND_TOLD = """
import sys
from unique_analytics_mcp.__main__ import main
main(["serve"])
print(*sys.modules, file=sys.stderr)
"""


def told_by_serving(**environment: str) -> str:
    """The log of a server over stdio whose host has left at once, and the modules it had loaded."""
    run = subprocess.run(
        [sys.executable, "-c", SERVED_AND_TOLD],
        env={"PYTHONPATH": str(SOURCE), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=HANGS_S,
        check=True,
    )
    return run.stderr


def test_nothing_of_the_sdk_is_loaded_unless_the_environment_asks_for_traces(served: Tenant) -> None:
    quiet = told_by_serving(**served.environment, OTEL_SERVICE_NAME="anything").split()
    asked = told_by_serving(**served.environment, OTEL_TRACES_EXPORTER="otlp").split()
    heavy = {"opentelemetry.sdk", "google.protobuf", "requests"}
    assert (heavy.intersection(quiet), heavy.intersection(asked)) == (set(), heavy)


@pytest.mark.thorough
def test_a_variable_that_cannot_be_read_is_complained_of_without_what_it_holds(served: Tenant) -> None:
    """The SDK's own line quotes the header, which is where collectors' secrets are."""
    variables = {
        "OTEL_TRACES_EXPORTER": "otlp",
        "OTEL_EXPORTER_OTLP_HEADERS": "authorization a-secret-of-24-characters",
    }
    told = told_by_serving(**served.environment, **variables)
    assert "Header format invalid" in told
    assert "24-characters" not in told


def test_a_value_that_cannot_be_leaves_the_server_without_traces_and_says_so(served: Tenant) -> None:
    told = told_by_serving(**served.environment, OTEL_TRACES_EXPORTER="otlp", OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT="many")
    assert "Traces are asked for and not sent. A value of an OTEL_… variable cannot be." in told


def test_without_its_packages_the_server_serves_and_says_how_to_install_them(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from unique_analytics_mcp.tracing.exporting import exporting

    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with exporting({"OTEL_TRACES_EXPORTER": "otlp"}):
        assert "pip install 'unique-analytics-mcp[otel]'" in caplog.text


ASKED: dict[str, tuple[dict[str, str], bool]] = {
    "nothing": ({}, False),
    "a name alone": ({"OTEL_SERVICE_NAME": "analytics"}, False),
    "figures elsewhere": ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://collector:4318/v1/metrics"}, False),
    "an endpoint": ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, True),
    "an endpoint of traces": ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"}, True),
    "the exporter": ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
    "none, with an endpoint": (
        {"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"},
        False,
    ),
    "all of it off": ({"OTEL_SDK_DISABLED": "TRUE", "OTEL_TRACES_EXPORTER": "otlp"}, False),
}


@pytest.mark.parametrize(("variables", "asked"), ASKED.values(), ids=ASKED)
def test_traces_are_sent_only_where_a_variable_asks_for_them(variables: dict[str, str], *, asked: bool) -> None:
    assert is_asked_for(variables) is asked


OBSTACLES: dict[str, tuple[dict[str, str], str | None]] = {
    "none": ({"OTEL_TRACES_EXPORTER": " OTLP "}, None),
    "our protocol": ({"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, None),
    "ours for traces": (
        {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf"},
        None,
    ),
    "grpc": ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf"),
    "another exporter": ({"OTEL_TRACES_EXPORTER": "zipkin"}, "Set it to otlp"),
    "several": ({"OTEL_TRACES_EXPORTER": "otlp,console"}, "Set it to otlp"),
}


@pytest.mark.parametrize(("variables", "said"), OBSTACLES.values(), ids=OBSTACLES)
def test_what_stands_in_the_way_of_traces_is_said_with_its_remedy(variables: dict[str, str], said: str | None) -> None:
    why = obstacle(variables)
    assert (why is None) if said is None else (said in (why or ""))
