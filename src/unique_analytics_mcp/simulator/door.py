"""The door of a pretend platform: it records each request and commits the faults of the connection.

An ASGI middleware. It does not know what an order is nor what an error looks like on the platform behind it:
that one names the operation of a request and writes the body of a refusal. Layer: simulator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import TypeAlias

import anyio
from starlette.datastructures import URL, MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from unique_analytics_mcp.simulator.faults import FaultBox, FaultName, Operation

_REMEMBERED = 10_000
_DRIPS = 40
_SPOILT = {FaultName.TRUNCATE, FaultName.SLOW_DRIP}
"""The platform answers under these, and the answer is damaged on its way."""
_LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Please sign in</h1></body></html>"

OperationOf: TypeAlias = Callable[[str, str, bytes], Operation | None]
"""Says what a request with this method, path and body does; None for anything but orders."""
Refuse: TypeAlias = Callable[[FaultName, URL], Response]
"""Gives the platform's answer for a fault that is a status, at this address."""


class ConnectionDropped(ConnectionResetError):
    """Raised instead of an answer; `serve` turns it into a closed connection, an in-process client sees it."""


class _Unanswered(ConnectionDropped):
    """The connection is dropped before the first byte of an answer."""


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """A request as it came in."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    status: int | None
    """What was answered; None when the connection was closed without an answer."""


class Door:
    """The way into a pretend platform."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        faults: FaultBox,
        operation_of: OperationOf,
        refuse: Refuse,
        drip_s: float,
        now: Callable[[], datetime],
    ) -> None:
        """Stand in front of `app`; `now` dates the answers."""
        self.requests: list[RecordedRequest] = []
        """The latest requests, oldest first, each noted before its answer leaves; other threads may go through them."""
        self._app = app
        self._faults = faults
        self._operation_of = operation_of
        self._refuse = refuse
        self._drip_s = drip_s
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in.

        Raises:
            ConnectionDropped: a fault asks for it.
        """
        request = Request(scope, receive)
        body = await request.body()

        def note(status: int | None) -> None:
            self.requests.append(_recorded(request, body, status))
            del self.requests[:-_REMEMBERED]

        fault = self._faults.take(self._operation_of(request.method, request.url.path, body))
        try:
            await self._pass(fault, scope, replaying(body, receive), self._noting(send, note))
        except _Unanswered:
            note(None)
            raise

    async def _pass(self, fault: FaultName | None, scope: Scope, receive: Receive, send: Send) -> None:
        if fault in {FaultName.DROP, FaultName.GATEWAY_TIMEOUT}:
            await self._app(scope, receive, _discard)
        if fault in {FaultName.DROP, FaultName.DROP_BEFORE}:
            raise _Unanswered
        if fault is None or fault in _SPOILT:
            await self._app(scope, receive, self._spoiling(fault, send))
        else:
            await self._instead(fault, URL(scope=scope))(scope, receive, send)

    def _instead(self, fault: FaultName, url: URL) -> Response:
        if fault is FaultName.WRONG_TYPE:
            return HTMLResponse(_LOGIN_PAGE)
        if fault is FaultName.JSON_DOWNLOAD:
            return JSONResponse({"status": "ok", "data": None})
        return self._refuse(fault, url)

    def _spoiling(self, fault: FaultName | None, send: Send) -> Send:
        if fault is FaultName.TRUNCATE:
            return _truncating(send)
        return _dripping(send, self._drip_s) if fault is FaultName.SLOW_DRIP else send

    def _noting(self, send: Send, note: Callable[[int], None]) -> Send:
        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                note(message["status"])
                headers = MutableHeaders(scope=message)
                headers["date"] = format_datetime(self._now(), usegmt=True)
            await send(message)

        return noting


def _recorded(request: Request, body: bytes, status: int | None) -> RecordedRequest:
    query, headers = dict(request.query_params), dict(request.headers)
    return RecordedRequest(request.method, request.url.path, query, headers, body, status)


def replaying(body: bytes, receive: Receive) -> Receive:
    """Give a body that was read already once more; what comes after it is `receive`'s."""
    unread: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return unread.pop() if unread else await receive()

    return replay


async def _discard(message: Message) -> None:
    """Throw the answer away: whoever asked will not see it."""


def _truncating(send: Send) -> Send:
    async def truncating(message: Message) -> None:
        if message["type"] != "http.response.body":
            await send(message)
            return
        body = message.get("body", b"")
        await send({**message, "body": body[: len(body) // 2], "more_body": True})
        raise ConnectionDropped

    return truncating


def _dripping(send: Send, drip_s: float) -> Send:
    async def dripping(message: Message) -> None:
        body = message.get("body", b"")
        size = max(1, len(body) // _DRIPS)
        for start in range(0, len(body), size):
            await anyio.sleep(drip_s)
            await send({**message, "body": body[start : start + size], "more_body": True})
        await send({**message, "body": b""} if body else message)

    return dripping
