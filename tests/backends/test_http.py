"""The one HTTP connection: what it sends, when it tries again, what it refuses, and what it never tells."""

from __future__ import annotations

import gzip
import json
import logging
import socket
import subprocess
import sys
import threading
import time
import traceback
import tracemalloc
from collections.abc import Iterator, Sequence
from types import SimpleNamespace

import anyio.abc
import anyio.lowlevel
import httpx
import pytest

from fakes import HANGS_S
from loopback import (
    HEADERS,
    HTTP_NOW,
    NOW,
    SECRET,
    Answering,
    Sink,
    as_csv,
    as_json,
    call,
    connected,
    read_request,
    reply,
    serving,
    use,
)
from unique_analytics_mcp.backends import _answers as answers_module
from unique_analytics_mcp.backends import _http as http_module
from unique_analytics_mcp.backends._answers import MAX_JSON_BYTES, Answer
from unique_analytics_mcp.backends._unpacking import Unpacking
from unique_analytics_mcp.errors import (
    AnalyticsError,
    BackendUnavailable,
    ConfigurationError,
    NotAllowed,
    NotAuthenticated,
    OrderNotFound,
    RateLimited,
    RequestRefused,
    SubmissionUnclear,
    UnexpectedAnswer,
)


async def test_a_call_carries_the_credentials_and_gives_the_json_and_the_platforms_clock():
    async with serving(as_json([1, 2], date=HTTP_NOW)) as server, connected(server.url + "/public/chat") as connection:
        answer = await connection.send(call(query={"skip": 0, "take": 20}))
    (request,) = server.requests
    assert answer == Answer([1, 2], NOW)
    assert (request.method, request.target) == ("GET", "/public/chat/orders?skip=0&take=20")
    assert request.headers.items() >= {**HEADERS, "accept": "application/json"}.items()


async def test_a_post_carries_json():
    async with serving(as_json({})) as server, connected(server.url) as connection:
        await connection.send(call("POST", body={"type": "NPS"}))
    assert json.loads(server.requests[0].body) == {"type": "NPS"}
    assert server.requests[0].headers["content-type"] == "application/json"


async def test_cookies_are_not_kept():
    async with serving(as_json({}, set_cookie="session=1; Path=/")) as server, connected(server.url) as connection:
        await connection.send(call())
        await connection.send(call())
    assert "cookie" not in server.requests[1].headers


def test_the_http_client_is_loaded_with_the_first_call_and_not_before():
    code = (
        f"import sys; sys.path[:] = {sys.path!r}; import unique_analytics_mcp.backends.unique.client;"
        "sys.exit(bool({'httpx', 'truststore', 'duckdb'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


STATUSES = [
    (302, UnexpectedAnswer, 1),
    (400, RequestRefused, 1),
    (401, NotAuthenticated, 2),
    (403, NotAllowed, 1),
    (404, OrderNotFound, 1),
    (409, RequestRefused, 1),
    (418, RequestRefused, 1),
    (422, RequestRefused, 1),
    (429, RateLimited, 4),
    (500, BackendUnavailable, 4),
    (501, BackendUnavailable, 1),
    (502, BackendUnavailable, 4),
    (503, BackendUnavailable, 4),
    (504, BackendUnavailable, 4),
]


@pytest.mark.parametrize("kind", ["json", "download"])
@pytest.mark.parametrize(("status", "error", "tries"), STATUSES, ids=[str(row[0]) for row in STATUSES])
async def test_each_status_is_an_error_of_ours_after_its_number_of_tries(
    kind: str, status: int, error: type[AnalyticsError], tries: int
):
    quoting = reply(status, b'{"message": "Paul Panzer said so"}')
    async with serving(quoting) as server, connected(server.url) as connection:
        with pytest.raises(error) as caught:
            await use(connection, kind)
    assert type(caught.value) is error
    assert len(server.requests) == tries
    assert "Panzer" not in str(caught.value)


async def test_the_callers_own_words_come_before_the_general_ones():
    words = {403: NotAllowed("You may not.", hint="Ask Petra.")}
    async with serving(reply(403)) as server, connected(server.url) as connection:
        with pytest.raises(NotAllowed, match=r"You may not\. Ask Petra\."):
            await connection.send(call(words=words))


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b'{"statusCode":404,"message":"Cannot GET /public/x","error":"Not Found"}', UnexpectedAnswer),
        (b'{"message":"no Route matched with those values"}', UnexpectedAnswer),
        (b"\n<html>404 Not Found</html>", UnexpectedAnswer),
        (b'{"message":"Cannot find the analytics order"}', OrderNotFound),
        (b'{"error":{"message":"not found"}}', OrderNotFound),
        (b"", OrderNotFound),
    ],
    ids=["nest", "kong", "html", "order", "envelope", "empty"],
)
async def test_a_404_tells_an_unknown_address_from_an_unknown_order(body: bytes, error: type[AnalyticsError]):
    astray = UnexpectedAnswer("Nothing lives here.", hint="Check the address.")
    async with serving(reply(404, body)) as server, connected(server.url) as connection:
        with pytest.raises(error):
            await connection.send(call(astray=astray))


async def test_a_call_that_fails_and_then_succeeds_has_waited_in_between():
    slept: list[float] = []
    async with (
        serving(reply(503), reply(502), as_json("ok")) as server,
        connected(server.url, slept=slept) as connection,
    ):
        assert (await connection.send(call())).body == "ok"
    assert slept == [1.0, 2.0]


async def test_a_longer_wait_than_may_be_sat_out_is_the_callers_to_wait_for():
    slept: list[float] = []
    async with serving(reply(429, retry_after="120")) as server, connected(server.url, slept=slept) as connection:
        with pytest.raises(RateLimited, match="Wait 120 seconds") as caught:
            await connection.send(call())
    assert (caught.value.retry_after_s, slept, len(server.requests)) == (120.0, [], 1)


@pytest.mark.parametrize(
    ("replies", "error"),
    [
        ([reply(204)], None),
        ([reply(200, b"gone")], None),
        ([reply(503), reply(404)], None),
        ([b"", reply(404)], None),
        ([reply(200, b"<html>Please sign in</html>")], UnexpectedAnswer),
        ([reply(503), reply(404, b"<html>404 Not Found</html>")], UnexpectedAnswer),
        ([reply(404)], OrderNotFound),
        ([reply(403)], NotAllowed),
    ],
    ids=[
        "empty answer",
        "any answer",
        "gone after 503",
        "gone after a lost answer",
        "a proxy's page",
        "a proxy's page after 503",
        "never there",
        "not allowed",
    ],
)
async def test_a_delete_is_done_when_the_platform_says_so_or_the_second_try_finds_nothing_left(
    replies: Sequence[bytes], error: type[AnalyticsError] | None
):
    async with serving(*replies) as server, connected(server.url) as connection:
        if error is None:
            assert (await connection.send(call("DELETE"))).body is None
        else:
            with pytest.raises(error):
                await connection.send(call("DELETE"))


# A call that must not be repeated


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (reply(500), SubmissionUnclear),
        (reply(502, b"<html>Bad Gateway</html>"), SubmissionUnclear),
        (reply(503, retry_after="1"), SubmissionUnclear),
        (reply(504), SubmissionUnclear),
        (b"", SubmissionUnclear),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{", SubmissionUnclear),
        (reply(200, b"<html>Please sign in</html>"), SubmissionUnclear),
        (reply(201), SubmissionUnclear),
        (reply(307, location="/elsewhere"), UnexpectedAnswer),
        (reply(400), RequestRefused),
        (reply(401), NotAuthenticated),
        (reply(403), NotAllowed),
        (reply(429, retry_after="1"), RateLimited),
    ],
    ids=["500", "502", "503", "504", "lost", "cut", "html", "empty", "redirect", "400", "401", "403", "429"],
)
async def test_a_post_is_sent_once_whatever_comes_back(answer: bytes, error: type[AnalyticsError]):
    async with serving(answer) as server, connected(server.url) as connection:
        with pytest.raises(error) as caught:
            await connection.send(call("POST", body={}))
    assert type(caught.value) is error
    assert [request.method for request in server.requests] == ["POST"]


@pytest.mark.parametrize(("idle_s", "answered_on"), [(2, "the same"), (4, "a new one")])
async def test_a_connection_is_left_before_the_other_end_closes_it_for_having_been_idle(
    idle_s: float, answered_on: str, monkeypatch: pytest.MonkeyPatch
):
    later_s = 0.0
    monkeypatch.setattr("httpcore._async.http11.time", SimpleNamespace(monotonic=lambda: time.monotonic() + later_s))

    async def twice(stream: anyio.abc.ByteStream) -> None:
        await stream.send(as_json("the first", connection="keep-alive"))
        await read_request(stream)
        await stream.send(as_json("the same"))

    async with serving(twice, as_json("a new one")) as server, connected(server.url) as connection:
        await connection.send(call())
        later_s = idle_s
        assert (await connection.send(call("POST", body={}))).body == answered_on


async def test_a_post_that_found_nobody_is_clear():
    async with serving() as server:
        pass
    async with connected(server.url) as connection:
        with pytest.raises(BackendUnavailable, match="could not be reached"):
            await connection.send(call("POST", body={}))


# Troubles below HTTP


def leaves(kind: type[Exception]) -> Iterator[type[Exception]]:
    for below in kind.__subclasses__():
        yield from leaves(below)
    if not kind.__subclasses__():
        yield kind


TROUBLES: dict[type[httpx.RequestError], tuple[str, bool]] = {
    httpx.ConnectTimeout: ("did not accept a connection within 10 seconds", False),
    httpx.ReadTimeout: ("did not answer within 45 seconds", True),
    httpx.WriteTimeout: ("did not answer within 45 seconds", True),
    httpx.PoolTimeout: ("Too many calls to platform.example", False),
    httpx.ConnectError: ("could not be reached", False),
    httpx.ReadError: ("broke before the answer", True),
    httpx.WriteError: ("broke before the answer", True),
    httpx.CloseError: ("broke before the answer", True),
    httpx.ProxyError: ("proxy on the way to platform.example refused", False),
    httpx.UnsupportedProtocol: ("broke before the answer", False),
    httpx.LocalProtocolError: ("broke before the answer", True),
    httpx.RemoteProtocolError: ("broke before the answer", True),
    httpx.DecodingError: ("broke before the answer", True),
    httpx.TooManyRedirects: ("sends calls on and on", False),
}


def test_every_trouble_the_http_client_knows_is_in_the_table():
    assert set(leaves(httpx.RequestError)) == TROUBLES.keys()


@pytest.mark.parametrize("kind", TROUBLES, ids=lambda kind: kind.__name__)
async def test_a_trouble_is_named_and_leaves_a_post_unclear_only_if_it_may_have_arrived(kind: type[httpx.RequestError]):
    text, unclear = TROUBLES[kind]

    def fail(_: httpx.Request) -> httpx.Response:
        raise kind(f"with {SECRET} inside")

    async with connected("https://platform.example", transport=Answering(fail)) as connection:
        with pytest.raises(AnalyticsError, match=text) as caught:
            await connection.send(call("POST", body={}))
        with pytest.raises(AnalyticsError, match=text):
            await connection.download(call(), Sink())
    assert isinstance(caught.value, SubmissionUnclear) is unclear
    assert SECRET not in str(caught.value)


async def test_a_name_nobody_knows_is_named():
    def fail(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("[Errno -2]") from socket.gaierror(-2, "Name or service not known")

    async with connected("https://platform.example", transport=Answering(fail)) as connection:
        with pytest.raises(BackendUnavailable, match=r"The name of platform\.example could not be looked up"):
            await connection.send(call())


async def test_a_silent_platform_does_not_hold_a_json_call_for_ever(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(http_module, "_ANSWER_S", 0.01)

    async def drip(stream: anyio.abc.ByteStream) -> None:
        await stream.send(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n[")
        await stream.receive()

    async with serving(drip) as server, connected(server.url) as connection:
        with pytest.raises(BackendUnavailable, match="did not finish its answer"):
            await connection.send(call())
        with pytest.raises(SubmissionUnclear):
            await connection.send(call("POST", body={}))


@pytest.mark.parametrize(
    ("try_s", "kind", "tries"),
    [
        (1, "json", 4),
        (12, "json", 3),
        (30, "json", 2),
        (45, "json", 1),
        (45, "part of a report", 4),
        (45, "download", 4),
    ],
)
async def test_a_call_that_somebody_waits_for_is_not_tried_again_after_half_a_minute(
    try_s: float, kind: str, tries: int
):
    seconds = [0.0]

    def stay_silent(_: httpx.Request) -> httpx.Response:
        seconds.append(seconds[-1] + try_s)
        raise httpx.ReadTimeout("silence")

    transport = Answering(stay_silent)
    async with connected("https://platform.example", transport=transport, monotonic=lambda: seconds[-1]) as connection:
        with pytest.raises(BackendUnavailable, match="did not answer"):
            await (connection.send(call(of_report=True)) if kind == "part of a report" else use(connection, kind))
    assert len(seconds) - 1 == tries


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<!doctype html><title>Sign in</title>", "a web page"),
        (b"", "something else"),
        (b"Email,Count", "something else"),
        (b'{"id": ', "sent cut or damaged JSON where"),
        (b"[" * 100_000, "damaged JSON"),
        (b"[\xff]", "damaged JSON"),
        (b"[" + b"1," * (MAX_JSON_BYTES // 2) + b"1]", "far more"),
    ],
    ids=["html", "empty", "csv", "cut", "deep", "bytes", "huge"],
)
async def test_an_answer_that_is_not_json_is_not_taken(body: bytes, message: str):
    async with serving(reply(200, body)) as server, connected(server.url) as connection:
        with pytest.raises(UnexpectedAnswer, match=message):
            await connection.send(call())
    assert len(server.requests) == 1


async def test_an_answer_may_come_compressed_and_nothing_but_gzip_is_asked_for():
    body = gzip.compress(b'{"id":') + gzip.compress(b"7}")
    async with serving(reply(200, body, content_encoding="gzip")) as server, connected(server.url) as connection:
        answer = await connection.send(call())
    assert answer == Answer({"id": 7}, None)
    assert server.requests[0].headers["accept-encoding"] == "gzip"


SWOLLEN = gzip.compress(bytes(1 << 25), 1)
"""Of little that comes, four times what an answer may hold."""


@pytest.mark.parametrize(
    ("status", "coding", "body", "error"),
    [
        (200, "gzip", SWOLLEN, "far more"),
        (200, "gzip, gzip", gzip.compress(SWOLLEN), "in a way that nobody asked for"),
        (404, "gzip", SWOLLEN, "404"),
        (404, "gzip, gzip", gzip.compress(SWOLLEN), "404"),
    ],
    ids=["an answer", "an answer packed twice", "a refusal", "a refusal packed twice"],
)
async def test_an_answer_is_never_unpacked_beyond_what_it_may_hold(status: int, coding: str, body: bytes, error: str):
    async with (
        serving(reply(status, body, content_encoding=coding)) as server,
        connected(server.url) as connection,
    ):
        tracemalloc.start()
        with pytest.raises(UnexpectedAnswer if status == 200 else OrderNotFound, match=error):
            await connection.send(call())
        _, most_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most_bytes < 3 * MAX_JSON_BYTES


@pytest.mark.parametrize("kind", ["json", "download"])
async def test_a_proxy_from_the_environment_is_used_except_on_the_way_to_this_machine(
    kind: str, monkeypatch: pytest.MonkeyPatch
):
    answer = as_json("ok") if kind == "json" else as_csv()
    async with serving(answer) as proxy, serving(answer) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        for url in ("http://platform.example", server.url):
            async with connected(url) as connection:
                await use(connection, kind)
    assert [request.target for request in proxy.requests] == ["http://platform.example/orders"]
    assert [request.target for request in server.requests] == ["/orders"]


@pytest.mark.parametrize(
    "proxy", ["socks5://127.0.0.1:1080", "gopher://127.0.0.1", "http://127.0.0.1:99999", "127.0.0.1:99999"]
)
async def test_a_proxy_that_cannot_be_spoken_to_is_the_operators_to_mend(proxy: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ALL_PROXY", proxy)
    async with connected("http://platform.example") as connection:
        with pytest.raises(ConfigurationError, match="HTTPS_PROXY"):
            await connection.send(call())


@pytest.mark.parametrize("excepted", ["fd00::/8", "[::1]", "zürich.example"])
async def test_an_exception_from_proxies_that_cannot_be_read_is_named(excepted: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_PROXY", f"localhost,{excepted}")
    async with connected("http://platform.example") as connection:
        with pytest.raises(ConfigurationError, match=r"NO_PROXY .* networks of IPv6"):
            await use(connection, "json")


async def test_secrets_and_signed_addresses_reach_neither_logs_nor_errors_nor_representations(
    caplog: pytest.LogCaptureFixture,
):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="unique_analytics_mcp")  # whatever a server made of it before
    async with (
        serving(as_json("ok")) as storage,
        serving(
            reply(302, location=f"{storage.url}/blob?sig=signature"), reply(403, b"company-17 may not"), b""
        ) as server,
        connected(server.url) as connection,
    ):
        await connection.send(call(query={"who": "ada"}))
        errors = []
        for attempt in (call(), call("POST", body={"note": "confidential"}), call()):
            with pytest.raises(AnalyticsError) as caught:
                await connection.send(attempt)
            errors += [str(caught.value), "".join(traceback.format_exception(caught.value))]
        told = "\n".join([caplog.text, repr(connection), repr(call(body={"note": "confidential"})), *errors])
    assert "GET /orders: 403 after" in told
    assert [word for word in (SECRET, "company-17", "signature", "who=ada", "confidential") if word in told] == []


async def test_others_go_on_while_a_long_answer_is_read(monkeypatch: pytest.MonkeyPatch):
    amid, went_on, waited = threading.Event(), threading.Event(), list[bool]()

    async def go_on() -> None:
        while not amid.is_set():
            await anyio.lowlevel.checkpoint()
        went_on.set()

    def amid_the_answer(value: dict[str, object]) -> dict[str, object]:
        amid.set()
        waited.append(went_on.wait(timeout=HANGS_S))
        return value

    monkeypatch.setattr(answers_module, "_as_it_is", amid_the_answer)
    async with (
        serving(as_json({"text": "x" * 2_000_000})) as server,
        connected(server.url) as connection,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(go_on)
        await connection.send(call())
    assert waited == [True]


async def test_others_have_their_turn_while_an_answer_comes_in_crumbs(monkeypatch: pytest.MonkeyPatch):
    in_one_turn, most = 0, 0

    class Counted(Unpacking):
        def pieces(self, packed: bytes) -> Iterator[bytes]:
            nonlocal in_one_turn, most
            in_one_turn += 1
            most = max(most, in_one_turn)
            return super().pieces(packed)

    async def have_a_turn() -> None:
        nonlocal in_one_turn
        while True:
            in_one_turn = 0
            await anyio.lowlevel.checkpoint()

    monkeypatch.setattr(http_module, "Unpacking", Counted)
    crumbs = b"".join(b"1\r\n%c\r\n" % letter for letter in b'"' + b"x" * 3_000 + b'"')
    head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
    async with (
        serving(head + crumbs + b"0\r\n\r\n") as server,
        connected(server.url) as connection,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(have_a_turn)
        assert (await connection.send(call())).body == "x" * 3_000
        tasks.cancel_scope.cancel()
    assert most <= 2
