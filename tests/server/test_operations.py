"""What a platform team sees of the server over HTTP: probes, metrics, log lines, refusals."""

import json
import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any, Never

import anyio
import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from clients import served_on
from fakes import HANGS_S, FakeBackend, FakeTime
from unique_analytics_mcp.domain.caller import Caller
from unique_analytics_mcp.errors import AnalyticsError, NotAllowed, NotAuthenticated, StoreError
from unique_analytics_mcp.server import build_server
from unique_analytics_mcp.server.draining import Listeners
from unique_analytics_mcp.server.http import LONGEST_BODY, http_app
from unique_analytics_mcp.server.logs import JsonLines, TextLines, request_id
from unique_analytics_mcp.server.metrics import Metrics
from unique_analytics_mcp.server.middleware import BodyLimits
from unique_analytics_mcp.service import Service
from web import VERSION, call, leaving, web

ORDER_ID = "analyticOrder_zurich"


def without_a_store(_caller: Caller | None) -> AbstractAsyncContextManager[Service]:
    raise StoreError("There is no room.", hint="Make some.")


async def test_a_server_is_healthy_as_soon_as_it_answers_and_ready_when_it_can_work(tmp_path: Path) -> None:
    async with web(served_on(FakeBackend(), tmp_path)) as client:
        for path, word in (("/health", "healthy"), ("/ready", "ready")):
            answer = await client.get(path, headers={"host": "10.0.0.7:8000"})
            assert (answer.status_code, answer.json()) == (200, {"status": word})


@pytest.mark.parametrize(("version", "kind"), [(VERSION, "application/json"), ("2025-11-25", "text/event-stream")])
async def test_what_is_answered_at_once_is_plain_json_in_the_newest_revision_alone(
    version: str, kind: str, tmp_path: Path
) -> None:
    async with web(served_on(FakeBackend(), tmp_path)) as client:
        answer = await call(client, "describe_reports", {}, **{"mcp-protocol-version": version})
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)


@pytest.mark.parametrize(
    ("version", "logged"),
    [(VERSION, "/mcp was left by its caller after"), ("2025-11-25", "/mcp answered 200 after")],
    ids=["before an answer began", "in the middle of a stream"],
)
async def test_a_caller_who_leaves_ends_the_wait_and_the_request_has_its_line_in_the_log(
    version: str, logged: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    time, asleep, ended = FakeTime(), anyio.Event(), anyio.Event()

    async def sleep(_: float) -> None:
        asleep.set()
        try:
            await anyio.sleep_forever()
        finally:
            ended.set()

    server = served_on(FakeBackend(words=("RUNNING",)), tmp_path, clock=replace(time.clock, sleep=sleep))
    caplog.set_level("INFO", logger="unique_analytics_mcp.server.middleware")
    async with leaving(server, asleep) as client:
        await call(client, "run_analytics_report", {"type": "NPS"}, **{"mcp-protocol-version": version})
        await ended.wait()
    assert [line.split(" after")[0] + " after" for line in caplog.messages] == [logged]


async def test_a_server_that_cannot_open_its_store_lives_but_is_not_ready_and_says_why_in_its_log_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = build_server(without_a_store, catalogue={}, allow_delete=False, time_zone="UTC")
    async with web(server) as client:
        assert (await client.get("/health")).status_code == 200
        answer = await client.get("/ready")
    assert (answer.status_code, answer.json()) == (503, {"status": "unready"})
    assert "There is no room. Make some." in caplog.text


async def test_metrics_count_calls_by_tool_and_outcome_and_hold_no_order_nor_anything_a_caller_wrote(
    tmp_path: Path,
) -> None:
    async with web(served_on(FakeBackend(), tmp_path)) as client:
        await call(client, "describe_reports", {})
        await call(client, "get_order_status", {"order_id": ORDER_ID})
        await call(client, "drop_everything", {"person": "ada.muster@nordwind.example"})
        await client.get("/wp-admin/ada.muster")
        metrics = (await client.get("/metrics")).text
    for line in (
        'mcp_calls_total{kind="tool",name="describe_reports",status="success"} 1.0',
        'mcp_calls_total{kind="tool",name="get_order_status",status="error"} 1.0',
        'mcp_calls_total{kind="tool",name="other",status="error"} 1.0',
        'mcp_call_duration_seconds_count{kind="tool",name="describe_reports"} 1.0',
        'http_requests_total{route="/mcp",status="200"} 3.0',
        'http_requests_total{route="other",status="404"} 1.0',
        'http_requests_in_progress{route="/mcp"} 0.0',
    ):
        assert line in metrics
    for word in (ORDER_ID, "drop_everything", "ada.muster", "wp-admin"):
        assert word not in metrics


async def test_a_call_whose_caller_left_is_counted_as_cancelled() -> None:
    metrics = Metrics(tools=("wait_for_order",), routes=())

    class Context:
        method, params = "tools/call", {"name": "wait_for_order"}

    async def until_cancelled(_: object) -> None:
        await anyio.sleep_forever()

    with anyio.move_on_after(0):
        await metrics.watch_calls(Context(), until_cancelled)  # pyright: ignore[reportArgumentType] - what is looked at
    assert b'name="wait_for_order",status="cancelled"} 1.0' in metrics.exposition()


REFUSALS: dict[str, tuple[AnalyticsError, str, str]] = {
    "the caller's": (NotAllowed("No role for NPS.", hint=""), "INFO", "A call was refused: NotAllowed"),
    "the operator's": (
        NotAuthenticated("The key is not accepted.", hint="Renew it."),
        "WARNING",
        "A call was refused: NotAuthenticated, The key is not accepted.",
    ),
}


@pytest.mark.parametrize(("error", "level", "said"), REFUSALS.values(), ids=REFUSALS)
async def test_a_refused_call_has_a_line_in_the_log_and_a_warning_where_the_operator_must_mend_something(
    error: AnalyticsError, level: str, said: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    built = served_on(FakeBackend(errors={"submit": [error]}), tmp_path)
    caplog.set_level("INFO", logger="unique_analytics_mcp.server.calls")
    async with web(built) as client:
        await call(client, "create_analytics_order", {"type": "NPS"})
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [(level, said)]


@pytest.mark.parametrize(
    ("given", "is_kept"),
    [("trace-1.a_B", True), ("", False), ("two words", False), ("x" * 65, False), ('quote"', False)],
)
async def test_a_callers_request_id_comes_back_and_an_unsound_one_is_replaced(
    tmp_path: Path, given: str, *, is_kept: bool
) -> None:
    async with web(served_on(FakeBackend(), tmp_path)) as client:
        answer = await client.get("/health", headers={"x-request-id": given})
    assert (answer.headers["x-request-id"] == given) == is_kept
    assert answer.headers["x-request-id"] != ""


async def test_log_lines_of_a_request_carry_its_id_even_from_deep_inside_a_call(
    tmp_path: Path, lines: list[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    backend = FakeBackend()

    async def broken(_order_id: str) -> None:
        raise ZeroDivisionError

    backend.status = broken  # pyright: ignore[reportAttributeAccessIssue] - a fault of ours
    server = served_on(backend, tmp_path)
    caplog.set_level(logging.INFO, logger="unique_analytics_mcp")
    async with web(server) as client:
        answer = await call(client, "get_order_status", {"order_id": ORDER_ID}, **{"x-request-id": "trace-7"})
    text = answer.json()["result"]["content"][0]["text"]
    [incident] = [line for line in lines if line["level"] == "error"]
    assert incident["request_id"] == "trace-7"
    assert incident["msg"].split()[1].rstrip(":") in text
    assert "ZeroDivisionError" in incident["error"]
    [request] = [line for line in lines if "status" in line]
    assert request.items() >= {"level": "info", "route": "/mcp", "status": 200, "request_id": "trace-7"}.items()
    assert request["time"].endswith("+00:00")


def test_a_log_line_is_one_line_whatever_is_in_it_and_names_no_request_outside_of_one(
    lines: list[dict[str, Any]],
) -> None:
    logging.getLogger("unique_analytics_mcp.test").warning("two\nlines and a %s", "Zürich")
    assert [line["msg"] for line in lines] == ["two\nlines and a Zürich"]
    assert request_id.get() == ""
    assert "request_id" not in lines[0]


def test_a_line_of_json_holds_nothing_that_a_terminal_obeys_and_says_the_same() -> None:
    words = "\x1b[31m \x9b31m \x7f \u202eZürich\u2069\u2028"
    record = logging.makeLogRecord({"msg": words})
    line = JsonLines().format(record)
    assert json.loads(line)["msg"] == words
    assert [char for char in line if not char.isprintable()] == []
    assert "Zürich" in line


async def test_a_line_of_text_holds_nothing_that_a_terminal_obeys_and_has_an_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.setFormatter(TextLines("%(levelname)s %(message)s"))
    host = b"\x9b31mred\x9b0m" + b"x" * 5_000
    async with web(served_on(FakeBackend(), tmp_path)) as client:
        answer = await client.get("/mcp", headers={b"host": host})
    [line] = caplog.text.splitlines()
    assert answer.status_code == 421
    assert line.startswith("WARNING Invalid Host header: redx")
    assert line.endswith("x…")
    assert len(line) < 2_100


def test_a_traceback_as_text_has_no_line_that_passes_for_one_of_the_log() -> None:
    crash = ExceptionGroup(
        "several", [ValueError("no number: \x1b[2J\nERROR the disk is full\r\u2028ERROR" + "x" * 5_000)]
    )
    record = logging.makeLogRecord({"msg": "incident 1", "exc_info": (type(crash), crash, None)})
    first, *traceback = TextLines("ERROR %(message)s").format(record).splitlines()
    assert first == "ERROR incident 1"
    assert "      | ValueError: no number:" in traceback
    assert [line for line in traceback if not line.startswith("  ") or "\x1b" in line or len(line) > 2_100] == []


REFUSED = {
    "another host": ({"host": "attacker.example"}, 421),
    "our name without leave": ({"host": "analytics.example.com"}, 421),
    "another origin": ({"origin": "https://attacker.example"}, 403),
    "an origin that begins like ours": ({"origin": "http://127.0.0.1.attacker.example"}, 403),
}


@pytest.mark.parametrize(("headers", "status"), REFUSED.values(), ids=REFUSED)
async def test_a_page_of_somebody_else_does_not_reach_the_server(
    tmp_path: Path, headers: dict[str, str], status: int
) -> None:
    async with web(served_on(FakeBackend(), tmp_path)) as client:
        assert (await call(client, "describe_reports", {}, **headers)).status_code == status


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "analytics.example.com"},
        {"host": "analytics.example.com:8443", "origin": "https://analytics.example.com"},
        {"host": "localhost:8000", "origin": "http://localhost:6274"},
        {"host": "Analytics.Example.com"},
    ],
    ids=["by its name", "by its name at a port", "on this machine", "by its name in capitals"],
)
async def test_the_names_the_operator_gave_reach_the_server(tmp_path: Path, headers: dict[str, str]) -> None:
    async with web(served_on(FakeBackend(), tmp_path), allowed_hosts=("analytics.example.com",)) as client:
        assert (await call(client, "describe_reports", {}, **headers)).status_code == 200


async def test_an_address_with_a_slash_at_its_end_is_the_same_one_and_no_way_out_of_https(tmp_path: Path) -> None:
    async with web(served_on(FakeBackend(), tmp_path)) as client:
        answer = await call(client, "describe_reports", {}, path="/mcp/")
        counted = (await client.get("/metrics")).text
    assert answer.status_code == 200
    assert 'http_requests_total{route="/mcp",status="200"} 1.0' in counted


async def test_a_stream_that_is_to_be_resumed_begins_anew(tmp_path: Path) -> None:
    listeners, server = Listeners(), served_on(FakeBackend(), tmp_path)
    app = http_app(server, listeners=listeners)

    async def until_it_begins(scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            await send(message)
            listeners.send_home()

        await app(scope, receive, sent)

    transport = httpx.ASGITransport(until_it_begins)
    headers = {"accept": "text/event-stream", "last-event-id": "7"}
    async with server.session_manager.run(), httpx.AsyncClient(transport=transport) as client:
        with anyio.fail_after(HANGS_S):
            answer = await client.get("http://127.0.0.1:8000/mcp", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream")


async def drop(_part: bytes) -> AsyncIterator[bytes]:
    for _ in range(3):
        yield _part


@pytest.mark.parametrize("is_announced", [True, False], ids=["announced", "in pieces"])
async def test_a_body_beyond_the_limit_is_refused_with_the_limit(tmp_path: Path, *, is_announced: bool) -> None:
    body = bytes(LONGEST_BODY // 2)
    async with web(served_on(FakeBackend(), tmp_path)) as client:
        answer = await client.post("/mcp", content=body * 3 if is_announced else drop(body))
    assert answer.status_code == 413
    said = f"The request is larger than {LONGEST_BODY} bytes, the most that is read."
    assert answer.json() == {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": said}}


async def test_whoever_asks_before_sending_too_much_is_not_asked_for_it() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-length", b"11"), (b"expect", b"100-continue")]
    limits = BodyLimits(unreached, longest_bytes=10, patience_s=5)
    await limits({"type": "http", "headers": headers}, unreached, send)
    assert sent[0]["status"] == 413


async def test_a_request_that_says_its_length_in_two_ways_is_refused(tmp_path: Path) -> None:
    framing = {"content-length": "5", "transfer-encoding": "chunked"}
    async with web(served_on(FakeBackend(), tmp_path)) as client:
        answer = await client.post("/mcp", content=b"12345", headers=framing)
    assert (answer.status_code, answer.headers["connection"]) == (400, "close")
    assert "its length in two ways" in answer.json()["error"]["message"]


async def unreached(*_: object) -> Never:
    raise AssertionError("nobody may work on half a request")


async def test_half_a_request_whose_sender_has_left_is_answered_by_nobody() -> None:
    coming: list[dict[str, object]] = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> dict[str, object]:
        return coming.pop(0)

    limits = BodyLimits(unreached, longest_bytes=10, patience_s=5)
    await limits({"type": "http", "headers": []}, receive, unreached)


async def test_a_body_that_never_ends_is_given_up() -> None:
    async def receive() -> dict[str, object]:
        await anyio.sleep_forever()
        return {}

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    limits = BodyLimits(unreached, longest_bytes=10, patience_s=0)
    await limits({"type": "http", "headers": []}, receive, send)
    assert sent[0]["status"] == 408
    assert b"not complete within 0 seconds" in sent[1]["body"]


async def test_long_bodies_take_turns_and_short_ones_wait_for_none() -> None:
    worked_on: list[bytes] = []

    async def work(_scope: object, receive: Any, _send: object) -> None:
        worked_on.append((await receive())["body"])

    async def send(_message: object) -> None: ...

    limits = BodyLimits(work, longest_bytes=100, patience_s=5, short_bytes=4, long_at_once=1)

    async def come(piece: bytes, complete: anyio.Event) -> None:
        begun = iter([dict[str, Any](type="http.request", body=piece, more_body=True)])

        async def receive() -> dict[str, Any]:
            if part := next(begun, None):
                return part
            await complete.wait()
            return {"type": "http.request", "body": b""}

        await limits({"type": "http", "headers": []}, receive, send)

    now, later = anyio.Event(), anyio.Event()
    now.set()
    with anyio.fail_after(HANGS_S):
        async with anyio.create_task_group() as tasks:
            for piece, complete in ((b"first", later), (b"second", now), (b"3rd", now)):
                tasks.start_soon(come, piece, complete)
                await anyio.wait_all_tasks_blocked()
            assert worked_on == [b"3rd"]
            later.set()
    assert worked_on == [b"3rd", b"first", b"second"]


async def test_a_body_in_many_small_pieces_is_one_of_a_single_piece_to_whoever_works_on_it() -> None:
    pieces = iter([b"%d" % (place % 10) for place in range(1_000)])

    async def receive() -> dict[str, object]:
        piece = next(pieces, b"")
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    worked_on: list[Any] = []

    async def work(_scope: object, receive: Any, _send: object) -> None:
        worked_on.append(await receive())

    async def send(_message: object) -> None: ...

    await BodyLimits(work, longest_bytes=1_000, patience_s=5)({"type": "http", "headers": []}, receive, send)
    assert worked_on == [{"type": "http.request", "body": b"0123456789" * 100, "more_body": False}]
