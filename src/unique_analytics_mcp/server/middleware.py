"""What each HTTP request passes: its address, a name, counting, a farewell, a new beginning, limits, a challenge.

Plain ASGI, knows nothing of MCP but the form of its errors. `http` puts them in order, for requests alone.
"""

from __future__ import annotations

import json
import logging
import re
import time
from contextlib import AsyncExitStack, nullcontext
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response

from unique_analytics_mcp.server.logs import request_id

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from unique_analytics_mcp.server.draining import Listeners
    from unique_analytics_mcp.server.metrics import Metrics

_log: Final = logging.getLogger(__name__)

REQUEST_ID: Final = "x-request-id"
_SOUND_ID: Final = re.compile(r"[\w.-]{1,64}", re.ASCII)
_INVALID_REQUEST: Final = -32600

SHORT_BODY: Final = 1 << 16
"""Bytes of a request's body that are read of however many at once."""
LONG_AT_ONCE: Final = 32
"""Longer bodies that are read at once; others wait their turn."""


class Addresses:
    """Takes an address as it is meant: with a slash behind its end, and a host name in capitals.

    The redirect that would answer the first names http behind a proxy that ends TLS.
    """

    def __init__(self, app: ASGIApp, *, end: str) -> None:
        self._app, self._end = app, end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = [(name, value.lower() if name == b"host" else value) for name, value in scope["headers"]]
        path = self._end if scope["path"] == f"{self._end}/" else scope["path"]
        await self._app({**scope, "path": path, "headers": headers}, receive, send)


class RequestIds:
    """Gives each request an id, the caller's own where it is sound, for log lines and the answer's header."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        given = Headers(scope=scope).get(REQUEST_ID, "")
        name = given if _SOUND_ID.fullmatch(given) else uuid4().hex

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[REQUEST_ID] = name
            await send(message)

        token = request_id.set(name)
        try:
            await self._app(scope, receive, named)
        finally:
            request_id.reset(token)


class Counting:
    """Counts and logs each request by route and status; nothing that its sender chose is written down.

    One whose caller leaves before an answer begins has a line too, and no status to be counted by.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        route, started, is_answered = self._metrics.route_of(scope["path"]), time.perf_counter(), False

        async def counted(message: Message) -> None:
            nonlocal is_answered
            if message["type"] == "http.response.start":
                is_answered = True
                self._metrics.answered(route, message["status"])
                self._note(route, f"answered {message['status']}", started, status=message["status"])
            await send(message)

        with self._metrics.answering(route):
            await self._app(scope, receive, counted)
        if not is_answered:
            self._note(route, "was left by its caller", started)

    def _note(self, route: str, said: str, started: float, **facts: int) -> None:
        elapsed_ms = round(1000 * (time.perf_counter() - started), 1)
        fields = {"route": route, **facts, "duration_ms": elapsed_ms}
        _log.info("%s %s after %.1f ms", route, said, elapsed_ms, extra={"fields": fields})


class Farewells:
    """Ends what is still open when the server does: streams of listeners at once, calls when they are cut.

    Only the server's end cancels a request from outside.
    """

    def __init__(self, app: ASGIApp, listeners: Listeners) -> None:
        self._app, self._listeners = app, listeners

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        sent: Message = {}

        async def watched(message: Message) -> None:
            nonlocal sent
            sent = message
            await send(message)

        try:
            with self._listeners.listening() if scope["method"] == "GET" else nullcontext():
                await self._app(scope, receive, watched)
        except anyio.get_cancelled_exc_class():
            if not sent:
                await _refusal(503, "This server is ending. Make the same call again.")(scope, receive, send)
        if sent and not _is_complete(sent):
            await send({"type": "http.response.body", "body": b""})


def _is_complete(last: Message) -> bool:
    """Whether nothing of an answer is missing after its last message."""
    return last["type"] == "http.response.body" and not last.get("more_body", False)


class Challenges:
    """Tells whoever is refused for their token which scopes one needs (RFC 6750, 3), which the SDK leaves out."""

    def __init__(self, app: ASGIApp, scopes: str) -> None:
        self._app, self._scopes = app, scopes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def challenged(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if challenge := headers.get("www-authenticate"):
                    headers["www-authenticate"] = f'{challenge}, scope="{self._scopes}"'
            await send(message)

        await self._app(scope, receive, challenged)


class Resumptions:
    """Lets a stream that is to be resumed begin anew: nothing is kept of one, and the SDK would not answer at all."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = [(name, value) for name, value in scope["headers"] if name != b"last-event-id"]
        await self._app({**scope, "headers": headers}, receive, send)


class BodyLimits:
    """Reads a request's body whole, within a size and a time, before anybody works on it.

    Of one that is too large the rest is read too and dropped: to hang up on bytes that still come would reset the
    connection, and with it what its sender is told. Nobody was asked for credentials yet, so what all senders together
    can have held is bounded: long bodies wait for one of a few places, which none needs that is a call of a tool.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        longest_bytes: int,
        patience_s: float,
        short_bytes: int = SHORT_BODY,
        long_at_once: int = LONG_AT_ONCE,
    ) -> None:
        self._app, self._longest_bytes, self._patience_s = app, longest_bytes, patience_s
        self._short_bytes, self._places = short_bytes, anyio.Semaphore(long_at_once)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        read = await self._read(scope, receive)
        if isinstance(read, Response):
            await read(scope, receive, send)
        elif read is not None:
            await self._app(scope, _replaying(read, receive), send)

    async def _read(self, scope: Scope, receive: Receive) -> Message | Response | None:
        """The body in one message, or why it is not taken; None when its sender has left."""
        headers = Headers(scope=scope)
        announced = headers.get("content-length", "")
        if announced and "transfer-encoding" in headers:  # a proxy may count otherwise (RFC 9112, 6.3)
            return _refusal(400, "The request says its length in two ways.")
        announced_bytes = int(announced) if announced.isdecimal() else 0
        is_too_large = announced_bytes > self._longest_bytes
        if is_too_large and "expect" in headers:
            return self._too_large()  # its sender waits to be asked for it
        with anyio.move_on_after(self._patience_s):
            return await self._whole(receive, announced_bytes)
        return self._too_large() if is_too_large else _refusal(408, self._too_slow)

    async def _whole(self, receive: Receive, size_bytes: int) -> Message | Response | None:
        """As `_read`, however long it takes; `size_bytes` were announced, or nothing was for 0."""
        body = bytearray()  # one of a thousand pieces costs what one of a single piece does
        is_short = True
        async with AsyncExitStack() as place:
            while True:
                if is_short and size_bytes > self._short_bytes:
                    is_short = False
                    await place.enter_async_context(self._places)
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None
                body += message.get("body", b"")
                size_bytes = max(size_bytes, len(body))
                if size_bytes > self._longest_bytes:
                    body.clear()
                if not message.get("more_body", False):
                    return self._too_large() if size_bytes > self._longest_bytes else {**message, "body": bytes(body)}

    @property
    def _too_slow(self) -> str:
        return f"The request was not complete within {self._patience_s:g} seconds."

    def _too_large(self) -> Response:
        return _refusal(413, f"The request is larger than {self._longest_bytes} bytes, the most that is read.")


def _replaying(first: Message, receive: Receive) -> Receive:
    unread = iter((first,))

    async def replay() -> Message:
        return next(unread, None) or await receive()

    return replay


def _refusal(status: int, message: str) -> Response:
    """A refusal as hosts show it: a JSON-RPC error that belongs to no request; what is left of a body is not read."""
    error = {"jsonrpc": "2.0", "id": None, "error": {"code": _INVALID_REQUEST, "message": message}}
    headers = {"connection": "close"}
    return Response(json.dumps(error), status_code=status, headers=headers, media_type="application/json")
