"""What traces of the server hold, as an exporter in the same process sees them: words of ours, whoever calls."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan

from clients import served_on
from fakes import CSV, FakeBackend, FakeTime
from spans import Spans, context_of, facts_of, scope_of, words_of
from tenant import MARCH, Tenant, server, tenant
from web import call, leaving, web

RUN = {"type": "CHAT_INTERACTION", **MARCH}

FACTS = {
    "unique_analytics.backend",
    "unique_analytics.report_type",
    "unique_analytics.order.outcome",
    "unique_analytics.reports",
    "unique_analytics.rows",
    "unique_analytics.bytes",
    "unique_analytics.refusal",
    "error.type",
    "mcp.method.name",
    "mcp.protocol.version",
    "gen_ai.operation.name",
    "gen_ai.tool.name",
    "gen_ai.prompt.name",
    "rpc.response.status_code",
    "http.request.method",
    "url.template",
    "http.response.status_code",
    "http.request.resend_count",
}
"""All that a span may say; a new one is a decision (ADR 21)."""

ODD = [
    ("drop_everything", "give_me_all"),
    ("two\nlines", "deux\nlignes"),
    ("Zürich ✓", "Genève ✗"),
    ("x" * 300, "y" * 500),
    ("https://one.attacker.example", "https://two.attacker.example"),
]
"""Two of each kind that somebody might send as a name, an argument or an address."""


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Tenant]:
    with tenant(monkeypatch, tmp_path) as pretended:
        yield pretended


def odd_requests(word: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """One for each place of a request that takes a word of the caller's."""
    yield word, {"name": word}
    yield "tools/call", {"name": word, "arguments": {word: word}}
    yield "tools/call", {"name": [word], "arguments": word}
    yield "tools/call", {"name": "run_analytics_report", "arguments": {"type": word}}
    yield "tools/call", {"name": "run_analytics_report", "arguments": {**RUN, word: word}}
    yield "tools/call", {"name": "query_report", "arguments": {"order_ids": json.dumps([word]), "sql": word}}
    yield "tools/call", {"name": "get_order_status", "arguments": {"order_id": f"order_{len(word)}"}}
    yield "prompts/get", {"name": word}
    yield "prompts/get", {"name": "nps_review", "arguments": {word: word}}
    yield "resources/read", {"uri": word}
    yield "resources/read", {"uri": f"analytics://orders/{word}/summary"}
    yield "tools/list", {"cursor": word, "_meta": {"traceparent": word, "tracestate": word, word: word}}
    yield (
        "completion/complete",
        {"ref": {"type": "ref/prompt", "name": word}, "argument": {"name": word, "value": word}},
    )


async def ask(client: httpx.AsyncClient, method: str, params: dict[str, Any], **headers: str) -> None:
    answer = await client.post(
        "/mcp",
        json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params},
        headers={"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-06-18", **headers},
    )
    assert answer.status_code in {200, 400}


def shape_of(span: ReadableSpan) -> tuple[str, ...]:
    """A span's name and what it says, but for its counts."""
    said = [f"{key}={value}" for key, value in sorted(facts_of(span).items()) if isinstance(value, str)]
    return (span.name, span.kind.name, span.status.status_code.name, *said)


async def test_whatever_callers_send_spans_have_the_same_names_and_say_the_same(served: Tenant, spans: Spans) -> None:
    shapes: list[set[tuple[str, ...]]] = []
    async with web(server()) as client:
        await call(client, "run_analytics_report", RUN)
        for words in zip(*ODD, strict=True):
            before = len(spans.ours)
            for method, params in (request for word in words for request in odd_requests(word)):
                await ask(client, method, params)
            shapes.append({shape_of(span) for span in spans.ours[before:]})
            told = "\n".join(words_of(span) for span in spans.ours[before:])
            assert [word for word in words if json.dumps(word)[1:-1] in told] == []
    assert shapes[0] == shapes[1]
    assert {name for name, *_ in shapes[0]} >= {"tools/call", "tools/call run_analytics_report", "prompts/get"}
    assert {key for span in spans.ours for key in facts_of(span)} <= FACTS
    assert [span.name for span in spans.ours if span.events or span.links or span.status.description] == []


STEPS = {
    "find or place order": {"backend": "unique", "report_type": "CHAT_INTERACTION", "order.outcome": "placed"},
    "wait for order": {"report_type": "CHAT_INTERACTION"},
    "download report": {"backend": "unique", "report_type": "CHAT_INTERACTION", "bytes": len(CSV)},
    "read report": {"report_type": "CHAT_INTERACTION", "rows": 3},
    "summarise reports": {"report_type": "CHAT_INTERACTION", "reports": 1, "rows": 3},
    "query reports": {"reports": 1, "rows": 2},
}


async def test_each_step_of_a_call_says_of_what_and_of_how_much_it_was(tmp_path: Path, spans: Spans) -> None:
    statement = {"order_ids": "order_1", "sql": "SELECT DISTINCT email FROM r1"}
    async with web(served_on(FakeBackend(), tmp_path)) as client:
        await call(client, "run_analytics_report", {"type": "CHAT_INTERACTION"})
        await call(client, "query_report", statement)
    said = {span.name: facts_of(span) for span in spans.ours if not span.name.startswith("tools/call")}
    assert said == {
        step: {f"unique_analytics.{name}": fact for name, fact in facts.items()} for step, facts in STEPS.items()
    }


async def test_a_request_has_one_span_and_that_is_not_the_sdks(
    tmp_path: Path, spans: Spans, caplog: pytest.LogCaptureFixture
) -> None:
    async with web(served_on(FakeBackend(), tmp_path)) as client:
        await call(client, "describe_reports", {})
    assert [scope_of(span) for span in spans.ended if span.kind.name == "SERVER"] == ["unique_analytics_mcp"]
    assert caplog.records == []


def test_that_the_sdks_own_spans_are_no_more_where_they_were_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("unique_analytics_mcp.server.spans._OF_THE_SDK", "OfAnotherName")
    served_on(FakeBackend(), tmp_path)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "traces may hold what callers sent" in caplog.text


TRACE, ABOVE = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
ABOVE_ALL = f"00-{TRACE}-{ABOVE}-01"
CONTINUED: dict[str, tuple[str | None, bool]] = {
    "a good one": (ABOVE_ALL, True),
    "none": (None, False),
    "not of this form": ("whatever-else", False),
    "without a trace": (f"00-{'0' * 32}-{ABOVE}-01", False),
    "with a header in it": (f"{ABOVE_ALL}, x: y", False),
}


@pytest.mark.parametrize(("given", "goes_on"), CONTINUED.values(), ids=CONTINUED)
async def test_the_traceparent_of_an_http_caller_becomes_the_parent_and_nothing_else_of_theirs_is_kept(
    tmp_path: Path, spans: Spans, given: str | None, *, goes_on: bool
) -> None:
    headers = {"tracestate": "vendor=zoe", "baggage": "user=zoe", **({"traceparent": given} if given else {})}
    async with web(served_on(FakeBackend(), tmp_path)) as client:
        assert (await call(client, "describe_reports", {}, **headers)).status_code == 200
    span = spans.named("tools/call describe_reports")
    parent = span.parent and (f"{span.parent.trace_id:032x}", f"{span.parent.span_id:016x}")
    assert parent == ((TRACE, ABOVE) if goes_on else None)
    assert (f"{context_of(span).trace_id:032x}" == TRACE) is goes_on
    assert "zoe" not in words_of(span)


async def test_a_host_that_names_its_trace_inside_the_request_is_believed_before_a_header_of_a_gateway(
    tmp_path: Path, spans: Spans
) -> None:
    params = {"name": "describe_reports", "arguments": {}, "_meta": {"traceparent": ABOVE_ALL}}
    async with web(served_on(FakeBackend(), tmp_path)) as client:
        await ask(client, "tools/call", params, traceparent=f"00-{'1' * 32}-{'2' * 16}-01")
    assert f"{context_of(spans.named('tools/call describe_reports')).trace_id:032x}" == TRACE


async def test_nothing_of_a_trace_is_sent_on_to_the_platform(served: Tenant, spans: Spans) -> None:
    async with web(server()) as client:
        await call(client, "list_analytics_orders", {}, traceparent=ABOVE_ALL, tracestate="vendor=zoe", baggage="a=b")
    sent = {name.lower() for request in served.platform.requests for name in request.headers}
    assert "authorization" in sent
    assert sent.isdisjoint({"traceparent", "tracestate", "baggage"})
    assert {f"{context_of(span).trace_id:032x}" for span in spans.ours} == {TRACE}


async def test_json_log_lines_name_the_trace_and_the_span_that_they_were_written_in(
    served: Tenant, spans: Spans, lines: list[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    built = server()
    caplog.set_level("DEBUG", logger="unique_analytics_mcp")
    async with web(built) as client:
        await call(client, "list_analytics_orders", {}, traceparent=ABOVE_ALL)
    [asked] = [line for line in lines if line["msg"].startswith("GET /analytics/orders")]
    [span] = [span for span in spans.ours if span.name.startswith("GET")]
    assert (asked["trace_id"], asked["span_id"]) == (TRACE, f"{context_of(span).span_id:016x}")


async def test_a_call_whose_caller_left_is_marked_and_so_is_the_step_it_was_in(spans: Spans, tmp_path: Path) -> None:
    asleep = anyio.Event()

    async def sleep(_: float) -> None:
        asleep.set()
        await anyio.sleep_forever()

    waiting = served_on(FakeBackend(words=("RUNNING",)), tmp_path, clock=replace(FakeTime().clock, sleep=sleep))
    async with leaving(waiting, asleep) as client:
        await call(client, "run_analytics_report", {"type": "NPS"})
    assert {span.name: facts_of(span).get("error.type") for span in spans.ours} == {
        "find or place order": None,
        "wait for order": "CancelledError",
        "tools/call run_analytics_report": "CancelledError",
    }


async def test_a_call_that_its_host_does_not_record_is_not_recorded_and_its_log_lines_name_no_trace(
    served: Tenant, spans: Spans, lines: list[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    built = server()
    caplog.set_level("DEBUG", logger="unique_analytics_mcp")
    async with web(built) as client:
        await call(client, "list_analytics_orders", {}, traceparent=f"{ABOVE_ALL.removesuffix('01')}00")
    assert spans.ours == []
    assert [line for line in lines if line["msg"].startswith("GET ")]
    assert [line for line in lines if "trace_id" in line or "span_id" in line] == []
