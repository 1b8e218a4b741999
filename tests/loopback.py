"""A platform on loopback that answers as a test says, and a connection to it; for claims about HTTP itself."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, TypeAlias

import anyio
import anyio.abc
import httpx
from anyio.streams.tls import TLSListener

from fakes import HANGS_S
from unique_analytics_mcp.backends._answers import Call
from unique_analytics_mcp.backends._http import Connection
from unique_analytics_mcp.backends._runtime import Runtime

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
HTTP_NOW = "Fri, 20 Nov 2026 08:00:00 GMT"
SECRET = "ukey_very_secret"
HEADERS = {"authorization": f"Bearer {SECRET}", "x-company-id": "company-17", "user-agent": "test/1"}
CSV = b"Email,Count\r\nada.muster@nordwind.example,7\r\n"

Reply: TypeAlias = "bytes | Callable[[anyio.abc.ByteStream], Awaitable[None]]"


@dataclass
class Request:
    """A request as it came in, names of headers in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    """A server on loopback that gives its replies in turn, the last one for ever, each on a connection of its own."""

    replies: list[Reply]
    requests: list[Request] = field(default_factory=list)
    url: str = ""
    hung_up: anyio.Event = field(default_factory=anyio.Event)
    """Set when a client left before the reply was complete."""

    async def answer(self, stream: anyio.abc.ByteStream) -> None:
        async with stream:
            try:
                self.requests.append(await read_request(stream))
                reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
                await (stream.send(reply) if isinstance(reply, bytes) else reply(stream))
            except (anyio.BrokenResourceError, anyio.EndOfStream, anyio.ClosedResourceError):
                self.hung_up.set()


async def read_request(stream: anyio.abc.ByteStream) -> Request:
    data = b""
    while b"\r\n\r\n" not in data:
        data += await stream.receive()
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        body += await stream.receive()
    method, target, _ = first.split(" ")
    return Request(method, target, headers, body)


@asynccontextmanager
async def serving(*replies: Reply, tls: ssl.SSLContext | None = None) -> AsyncGenerator[Server]:
    server = Server(list(replies))
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(anyio.abc.SocketAttribute.local_port)
    server.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    encrypted = TLSListener(listener, tls, standard_compatible=False) if tls else listener
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(encrypted.serve, server.answer)
        yield server
        tasks.cancel_scope.cancel()


def reply(status: int, body: bytes = b"", **headers: str) -> bytes:
    fields = {"content-length": str(len(body)), "connection": "close", **headers}
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name.replace('_', '-')}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def as_json(value: object, **headers: str) -> bytes:
    return reply(200, json.dumps(value).encode(), content_type="application/json", **headers)


def as_csv(body: bytes = CSV, **headers: str) -> bytes:
    return reply(200, body, content_type="text/csv; charset=utf-8", **headers)


@dataclass
class Sink:
    """Takes a report in memory, chunk by chunk."""

    chunks: list[bytes] = field(default_factory=list)
    restarts: int = 0

    def write(self, chunk: bytes, /) -> None:
        self.chunks.append(chunk)

    def restart(self) -> None:
        self.restarts += 1
        self.chunks.clear()

    @property
    def content(self) -> bytes:
        return b"".join(self.chunks)


class Answering(httpx.MockTransport):
    """Answers without a network, in bodies that nobody has read yet."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return unread(super().handle_request(request))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return unread(await super().handle_async_request(request))


def unread(made: httpx.Response) -> httpx.Response:
    return httpx.Response(made.status_code, headers=made.headers, stream=httpx.ByteStream(made.content))


@asynccontextmanager
async def connected(
    url: str,
    *,
    slept: list[float] | None = None,
    transport: httpx.MockTransport | None = None,
    download_transport: httpx.BaseTransport | None = None,
    trust: Callable[[], ssl.SSLContext] = lambda: ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
    monotonic: Callable[[], float] = time.perf_counter,
) -> AsyncGenerator[Connection]:
    async def sleep(seconds: float) -> None:
        if slept is not None:
            slept.append(seconds)

    runtime = Runtime(
        now=lambda: NOW,
        random=lambda: 1.0,
        sleep=sleep,
        transport=transport,
        download_transport=download_transport or transport,
        trust=trust,
        monotonic=monotonic,
    )
    connection = Connection(url, headers=HEADERS, runtime=runtime)
    with anyio.fail_after(HANGS_S):
        yield connection
    await connection.aclose()


async def use(connection: Connection, kind: str) -> None:
    """A `json` call, a `post` or a `download`, where a claim holds for each of them."""
    if kind == "download":
        await connection.download(call(), Sink())
    else:
        await connection.send(call("POST", body={}) if kind == "post" else call())


def call(method: Literal["GET", "POST", "DELETE"] = "GET", path: str = "/orders", **more: object) -> Call:
    settings: dict[str, object] = {"repeatable": method != "POST", "route": "/orders", **more}
    return Call(method=method, path=path, **settings)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
