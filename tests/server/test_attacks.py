"""Attacks over HTTP: what a caller or a web page may try at the door, and what an attacker gets, which is nothing."""

import json
import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import httpx
import httpx2
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from clients import served_on
from fakes import HANGS_S, FakeBackend
from guarded import OCTOBER, Guarded, answer_to, guarding
from issuer import FakeIssuer, issuing
from unique_analytics_mcp.server.connections import Impatient
from unique_analytics_mcp.server.draining import Listeners
from unique_analytics_mcp.server.http import LONGEST_BODY, Exposure, http_app
from unique_analytics_mcp.simulator import serve
from web import VERSION, call, web

META = {
    "io.modelcontextprotocol/protocolVersion": VERSION,
    "io.modelcontextprotocol/clientCapabilities": {"extensions": {"io.modelcontextprotocol/tasks": {}}},
}
HEADERS = {"accept": "application/json, text/event-stream", "mcp-protocol-version": VERSION}
LONGER_THAN_BUFFERS = 1 << 24
"""Bytes: more than the system takes of an answer before anybody reads it."""


@pytest.fixture(scope="module")
def issuer() -> Iterator[FakeIssuer]:
    with issuing() as found:
        yield found


async def sent(url: str, token: str, method: str, params: dict[str, Any], name: str | None = None) -> str:
    """What comes back for one request, whatever it is."""
    headers = {**HEADERS, "authorization": f"Bearer {token}", "mcp-method": method}
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": META}}
    if name is not None:
        headers["mcp-name"] = name
    async with httpx2.AsyncClient(trust_env=False, verify=False, headers=headers, timeout=HANGS_S) as client:
        return (await client.post(url, json=body)).text


async def every_way_to(order_id: str, guarded: Guarded, token: str) -> dict[str, str]:
    """The answer of each tool, resource and task that takes an order's id."""
    async with guarded.client("user-lister") as lister:
        tools = [tool for tool in (await lister.list_tools()).tools if "order_id" in str(tool.input_schema)]
        templates = [each.uri_template for each in (await lister.list_resource_templates()).resource_templates]
    said: dict[str, str] = {}
    for tool in tools:
        known = {"order_id": order_id, "order_ids": order_id, "sql": "SELECT * FROM report"}
        arguments = {name: value for name, value in known.items() if name in tool.input_schema["properties"]}
        params = {"name": tool.name, "arguments": arguments}
        said[tool.name] = await sent(guarded.url, token, "tools/call", params, tool.name)
    for template in templates:
        uri = re.sub(r"\{\?.*\}", "", template).replace("{order_id}", order_id)
        if order_id in uri:
            said[uri] = await sent(guarded.url, token, "resources/read", {"uri": uri}, uri)
    for task in (order_id, f"{order_id}.detailed.10"):
        said[task] = await sent(guarded.url, token, "tasks/get", {"taskId": task}, task)
    return said


async def test_anothers_order_looks_like_one_that_never_was_whichever_way_it_is_asked_for(
    issuer: FakeIssuer, tmp_path: Path
) -> None:
    async with guarding(issuer, tmp_path) as guarded:
        async with guarded.client("user-ada") as ada:
            order_id: str = (await answer_to(ada)).structured_content["summary"]["provenance"]["order_id"]  # pyright: ignore[reportOptionalSubscript]
        ben = issuer.token(sub="user-ben")
        real = await every_way_to(order_id, guarded, ben)
        invented = await every_way_to("order_of_nobody", guarded, ben)
    assert [way for way, said in real.items() if "There is no order" not in said] == []
    assert [said.replace(order_id, "ID") for said in real.values()] == [
        said.replace("order_of_nobody", "ID") for said in invented.values()
    ]


TRICKS = {
    "up": "../../../etc/passwd",
    "encoded up": "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "encoded twice": "%252e%252e%252fetc",
    "backslashes": "..\\..\\windows",
    "absolute": "/etc/passwd",
    "nothing": "order_1\x00.csv",
    "new line": "order_1\nx-user-id: other",
    "a query in it": "order_1?offset=0",
    "a fragment": "order_1#top",
    "a full-width point": "\uff0e\uff0e\uff0forder_1",
    "too long": "o" * 201,
    "SQL": "order_1' OR '1'='1",
    "a glob": "order_*",
}


@pytest.mark.parametrize("order_id", TRICKS.values(), ids=TRICKS)
async def test_an_order_id_that_is_none_reaches_neither_disk_nor_platform(tmp_path: Path, order_id: str) -> None:
    backend = FakeBackend()
    async with web(served_on(backend, tmp_path)) as client:
        for tool in ("get_order_status", "download_report_summary"):
            result = (await call(client, tool, {"order_id": order_id})).json()["result"]
            assert result["isError"]
            assert str(tmp_path) not in json.dumps(result)
    assert backend.calls == []


ADDRESSES = [
    *(f"analytics://orders/{trick}/report.csv" for trick in TRICKS.values()),
    "analytics://orders/order_1/../../reports",
    "analytics://orders/order_1/report.csv?offset=-1",
    "analytics://orders/order_1/report.csv?limit=10001",
    "analytics://orders/order_1/report.csv?path=/etc/passwd",
    "ANALYTICS://orders/order_1",
    "file:///etc/passwd",
    "http://169.254.169.254/latest/meta-data",
    "ui://unique-analytics/../../etc/passwd",
    "",
]


@pytest.mark.parametrize("uri", ADDRESSES)
async def test_an_address_that_is_none_reaches_neither_disk_nor_platform(tmp_path: Path, uri: str) -> None:
    backend = FakeBackend()
    async with web(served_on(backend, tmp_path)) as client:
        body = {"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": {"uri": uri, "_meta": META}}
        answer = await client.post("/mcp", json=body, headers={**HEADERS, "mcp-method": "resources/read"})
    assert "error" in answer.json()
    assert "root:" not in answer.text
    assert str(tmp_path) not in answer.text
    assert backend.calls == []


PUBLIC = Exposure(public_url="https://analytics.example.com/mcp").names
REBOUND = {
    "another host": ((), {"host": "attacker.example"}, 421),
    "the public host without its being public": ((), {"host": "analytics.example.com"}, 421),
    "the public host": (PUBLIC, {"host": "analytics.example.com"}, 200),
    "the public origin": (PUBLIC, {"host": "analytics.example.com", "origin": "https://analytics.example.com"}, 200),
    "the public origin without encryption": (
        PUBLIC, {"host": "analytics.example.com", "origin": "http://analytics.example.com"}, 403),
    "another origin": (PUBLIC, {"host": "analytics.example.com", "origin": "https://attacker.example"}, 403),
    "an origin that begins like it": (
        PUBLIC, {"host": "analytics.example.com", "origin": "https://analytics.example.com.attacker.example"}, 403),
    "a host that begins like it": (PUBLIC, {"host": "analytics.example.com.attacker.example"}, 421),
    "no origin at all": (PUBLIC, {"host": "analytics.example.com", "origin": "null"}, 403),
    "a forwarded host": (PUBLIC, {"host": "attacker.example", "x-forwarded-host": "analytics.example.com"}, 421),
}  # fmt: skip


@pytest.mark.parametrize(("names", "headers", "status"), REBOUND.values(), ids=REBOUND)
async def test_only_names_of_the_server_and_their_pages_reach_it(
    tmp_path: Path, names: tuple[str, ...], headers: dict[str, str], status: int
) -> None:
    async with web(served_on(FakeBackend(), tmp_path), allowed_hosts=names) as client:
        assert (await call(client, "describe_reports", {}, **headers)).status_code == status


FORMS = {
    "text": ("text/plain", b"{}"),
    "a form": ("application/x-www-form-urlencoded", b"a=1"),
    "no type": ("", b"{}"),
    "another alphabet": ("application/json; charset=utf-16", json.dumps({"jsonrpc": "2.0"}).encode("utf-16")),
}


@pytest.mark.parametrize(("content_type", "body"), FORMS.values(), ids=FORMS)
async def test_a_form_that_a_web_page_can_send_without_asking_is_refused(
    tmp_path: Path, content_type: str, body: bytes
) -> None:
    async with web(served_on(FakeBackend(), tmp_path)) as client:
        answer = await client.post("/mcp", content=body, headers={**HEADERS, "content-type": content_type})
    assert 400 <= answer.status_code < 500


@pytest.mark.parametrize("method", ["PUT", "PATCH", "TRACE", "CONNECT", "OPTIONS", "DEBUG"])
async def test_a_method_that_is_not_the_protocols_is_refused(tmp_path: Path, method: str) -> None:
    async with web(served_on(FakeBackend(), tmp_path)) as client:
        for path in ("/mcp", "/metrics"):
            answer = await client.request(method, path, headers={**HEADERS, "x-http-method-override": "POST"})
            assert 400 <= answer.status_code < 500


BOMBS = {
    "deep lists": b"[" * (LONGEST_BODY - 1),
    "deep objects": b'{"a":' * 150_000 + b"1" + b"}" * 150_000,
    "deep arguments": b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_order_status","arguments":'
    b'{"order_id":' + b"[" * 50_000 + b"]" * 50_000 + b"}}}",
    "a batch without end": b"[" + b'{"jsonrpc":"2.0","id":1,"method":"ping"},' * 25_000 + b"1]",
    "a number without end": b'{"jsonrpc":"2.0","id":' + b"9" * 100_000 + b',"method":"ping"}',
    "no number": b'{"jsonrpc":"2.0","id":NaN,"method":"ping"}',
    "half a character": b'{"jsonrpc":"2.0","id":"\\ud800","method":"ping"}',
    "no characters": b'{"jsonrpc":"2.0","id":1,"method":"\xff\xfe"}',
    "nothing": b"",
}


@pytest.mark.parametrize("body", BOMBS.values(), ids=BOMBS)
async def test_a_body_made_to_break_the_reader_is_refused_and_the_next_is_served(tmp_path: Path, body: bytes) -> None:
    async with web(served_on(FakeBackend(), tmp_path)) as client:
        answer = await client.post("/mcp", content=body, headers={**HEADERS, "content-type": "application/json"})
        assert 400 <= answer.status_code < 500
        assert "Traceback" not in answer.text
        assert (await call(client, "describe_reports", {})).json()["result"]["isError"] is False


ARGUMENTS = {
    "a key twice": '{"order_id":"order_1","order_id":"../x"}',
    "half a character": '{"order_id":"\\ud800"}',
    "a list": '{"order_id":["order_1"]}',
    "huge": '{"order_id":"' + "x" * 900_000 + '"}',
    "a prototype": '{"__proto__":{"order_id":"order_1"}}',
    "a number beyond all": '{"order_id":1e999}',
}


@pytest.mark.parametrize("arguments", ARGUMENTS.values(), ids=ARGUMENTS)
async def test_arguments_made_to_confuse_are_refused_in_few_words(tmp_path: Path, arguments: str) -> None:
    backend = FakeBackend()
    params = f'{{"name":"get_order_status","arguments":{arguments},"_meta":{json.dumps(META)}}}'
    body = f'{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{params}}}'
    named = {"content-type": "application/json", "mcp-method": "tools/call", "mcp-name": "get_order_status"}
    async with web(served_on(backend, tmp_path)) as client:
        answer = await client.post("/mcp", content=body, headers={**HEADERS, **named})
    assert answer.status_code in (200, 400)
    assert len(answer.text) < 2_000
    assert "error" in answer.json() or answer.json()["result"]["isError"]
    assert backend.calls == []


async def test_many_bad_tokens_at_once_are_all_refused_while_a_good_one_is_served(
    issuer: FakeIssuer, tmp_path: Path
) -> None:
    async with guarding(issuer, tmp_path) as guarded:
        statuses: list[int] = []
        async with guarded.client("user-ada") as ada:
            await ada.list_tools()
        before = len(issuer.fetched)
        async with (
            httpx2.AsyncClient(trust_env=False, verify=False, timeout=HANGS_S) as client,
            anyio.create_task_group() as tasks,
        ):

            async def knock(number: int) -> None:
                bad = issuer.token(kid=f"made-up-{number}", sub="user-ada")
                answer = await client.post(guarded.url, json={}, headers={"authorization": f"Bearer {bad}"})
                statuses.append(answer.status_code)

            for number in range(100):
                tasks.start_soon(knock, number)
            async with guarded.client("user-ada") as ada:
                await ada.list_tools()
        assert statuses == [401] * 100
        assert len(issuer.fetched) - before <= 4


@dataclass
class Dawdled:
    """A server that waits only so long for the head of a request, and for an answer to be read."""

    uvicorn: uvicorn.Server
    asked: anyio.Event = field(default_factory=anyio.Event)
    """Set when `/slow` is asked for, which then waits for `go_on`."""
    go_on: anyio.Event = field(default_factory=anyio.Event)
    hung_up: anyio.Event = field(default_factory=anyio.Event)
    """Set when it hangs up on whoever does not read `/long`, or has sent all of it."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        return self.uvicorn.servers[0].sockets[0].getsockname()[1]

    def let_time_pass(self) -> int:
        """All that it waits for at present has had its time; how many waits those were."""
        connections = [each for each in self.uvicorn.server_state.connections if isinstance(each, Impatient)]
        timers = [timer for each in connections for timer in (each._deadline, each._reading) if timer]
        for timer in timers:
            timer._run()
            timer.cancel()
        return len(timers)


@asynccontextmanager
async def dawdling(patience_s: float = 3600) -> AsyncGenerator[Dawdled]:
    """A server whose patience is so long."""

    class Hasty(Impatient):
        pass

    Hasty.patience_s = Hasty.unread_s = patience_s

    async def slow(_: Request) -> PlainTextResponse:
        dawdled.asked.set()
        await dawdled.go_on.wait()
        return PlainTextResponse("late")

    async def long(_: Request) -> StreamingResponse:
        async def pieces() -> AsyncGenerator[bytes]:
            try:
                for _ in range(2):
                    yield bytes(LONGER_THAN_BUFFERS)
            finally:
                dawdled.hung_up.set()

        return StreamingResponse(pieces())

    app = Starlette(routes=[Route("/slow", slow), Route("/long", long)])
    server = uvicorn.Server(uvicorn.Config(app, http=Hasty, log_config=None, lifespan="off", port=0))
    server.config.load()
    dawdled = Dawdled(server)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.serve)
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await anyio.sleep(0.005)
        try:
            yield dawdled
        finally:
            server.should_exit = True


@pytest.mark.parametrize("begun", [b"", b"POST /mcp HTTP/1.1\r\nhost: a\r\n"], ids=["nothing", "half a head"])
async def test_whoever_does_not_finish_the_head_of_a_request_is_hung_up_on(begun: bytes) -> None:
    async with dawdling(0.1) as server, await anyio.connect_tcp("127.0.0.1", server.port) as stream:
        await stream.send(begun)
        with anyio.fail_after(HANGS_S), pytest.raises(anyio.EndOfStream):
            await stream.receive()


async def test_a_connection_that_has_served_may_be_idle_for_longer_than_a_head_may_take() -> None:
    async with dawdling() as server, await anyio.connect_tcp("127.0.0.1", server.port) as stream:
        await stream.send(b"GET /nowhere HTTP/1.1\r\nhost: a\r\n\r\n")
        while not (await stream.receive()).endswith(b"Not Found"):
            pass
        assert server.let_time_pass() == 0
        await stream.send(b"GET /nowhere HTTP/1.1\r\n")
        with anyio.fail_after(HANGS_S):
            while not server.let_time_pass():
                await anyio.lowlevel.checkpoint()
            with pytest.raises(anyio.EndOfStream):
                await stream.receive()


async def test_an_answer_may_take_longer_than_a_head_and_the_connection_serves_again() -> None:
    async with dawdling() as server, httpx.AsyncClient(trust_env=False, verify=False) as client:
        for _ in range(2):
            server.asked, server.go_on = anyio.Event(), anyio.Event()

            async def answer_late(server: Dawdled = server) -> None:
                await server.asked.wait()
                server.let_time_pass()
                server.go_on.set()

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(answer_late)
                assert (await client.get(f"{server.url}/slow")).text == "late"
        assert len(server.uvicorn.server_state.connections) == 1


async def test_an_answer_that_nobody_reads_is_not_held_for_ever() -> None:
    async with dawdling(0.1) as server, await anyio.connect_tcp("127.0.0.1", server.port) as stream:
        await stream.send(b"GET /long HTTP/1.1\r\nhost: a\r\n\r\n")
        with anyio.fail_after(HANGS_S):
            await server.hung_up.wait()


async def test_an_answer_that_is_read_comes_whole_however_long_it_is() -> None:
    async with (
        dawdling() as server,
        httpx.AsyncClient(trust_env=False, verify=False) as client,
        client.stream("GET", f"{server.url}/long") as answer,
    ):
        waits, size_bytes = 0, 0
        async for piece in answer.aiter_raw():
            size_bytes += len(piece)
            if not waits and size_bytes > LONGER_THAN_BUFFERS / 4:
                waits = server.let_time_pass()
                assert waits == 1
        assert size_bytes == 2 * LONGER_THAN_BUFFERS


async def test_headers_beyond_all_measure_are_refused() -> None:
    async with dawdling() as server, httpx.AsyncClient(trust_env=False, verify=False) as client:
        with pytest.raises((httpx.HTTPStatusError, httpx.ReadError, httpx.WriteError)):
            (await client.get(f"{server.url}/slow", headers={"x-long": "x" * 200_000})).raise_for_status()
        assert (await client.get(f"{server.url}/nothing")).status_code == 404


async def test_a_report_asked_for_in_a_month_beyond_all_calls_nobody(tmp_path: Path) -> None:
    backend = FakeBackend()
    async with web(served_on(backend, tmp_path)) as client:
        answer = await call(client, "run_analytics_report", {**OCTOBER, "period": "9" * 10_000})
    assert answer.json()["result"]["isError"]
    assert backend.calls == []


@pytest.mark.parametrize("is_announced", [True, False], ids=["announced", "in pieces"])
async def test_whoever_sends_far_too_much_is_told_so_and_not_hung_up_on(tmp_path: Path, *, is_announced: bool) -> None:
    async def pieces() -> AsyncGenerator[bytes]:
        for _ in range(8):
            yield bytes(LONGEST_BODY)

    server = served_on(FakeBackend(), tmp_path)
    app = http_app(server, listeners=Listeners())
    plain = httpx.AsyncClient(trust_env=False, verify=False)
    async with server.session_manager.run(), serve(app) as url, plain as client:
        answer = await client.post(f"{url}/mcp", content=bytes(8 * LONGEST_BODY) if is_announced else pieces())
    assert (answer.status_code, answer.headers["connection"]) == (413, "close")
    assert f"larger than {LONGEST_BODY} bytes" in answer.text
