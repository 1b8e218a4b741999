"""The pretend older Unique API as an ASGI app, with demo tokens.

Written from "Analytics API" (S001) and the gateway facts in `reference/unique-api.md` 2 and 5 (read 2026-11-21), never
from our client. Its platform is older than the public API: chats come without devices, and the days of a window are
answered as moments in UTC. What a start answers is not documented but for "the ID", so it can be asked to answer in
any shape. Layer: backend, simulator side.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from unique_analytics_mcp.backends.unique_legacy import simulator_graphql as graphql
from unique_analytics_mcp.backends.unique_legacy.simulator_tokens import (
    ADMINISTRATOR,
    ANALYST,
    GUEST,
    LATECOMER,
    Visitor,
    visitor_of,
)
from unique_analytics_mcp.simulator import (
    Job,
    Operation,
    Refusal,
    SimulatorSettings,
    utc_now,
)
from unique_analytics_mcp.simulator.calendar import ZURICH
from unique_analytics_mcp.simulator.unique import answers
from unique_analytics_mcp.simulator.unique.orders import (
    SINGLE_TENANT_TYPES,
    STATES,
    Order,
    Wanted,
    check_window,
    iso,
    read_day,
    window,
)
from unique_analytics_mcp.simulator.unique.reports import READ, REPORTS
from unique_analytics_mcp.simulator.unique.tenant import Habits, Tenant

IdShape: TypeAlias = Literal["text", "json", "quoted text", "id", "orderId", "order"]
"""How a start answers: the id as text or as JSON, in quotes of its own, under a name, or with the whole order."""

PREFIXES = ("/chat", "/chat-gen2", "")
"""Where the API is mounted; the last one inside a cluster."""

_GATEWAY = ("/chat/", "/chat-gen2/")
_MULTI_TENANT = "/chat-gen2/"
_TYPES = {
    "chat-interactions": "CHAT_INTERACTION",
    "active-users": "ACTIVE_USER",
    "reference-stat-export": "REFERENCE_STAT",
    "chat-interactions-detailed": "CHAT_INTERACTION_DETAILED",
}
"""Report types by the last part of the path that starts them."""
_DOWNLOAD = "/analytics/analytics-scheduler/download"
_DEFAULT_TAKE = 20
_WITHOUT_DEVICES = 4
_CHATS = REPORTS["CHAT_INTERACTION"]
_HABITS = Habits(
    reports={**REPORTS, "CHAT_INTERACTION": replace(_CHATS, columns=_CHATS.columns[:_WITHOUT_DEVICES])},
)

_Handler: TypeAlias = Callable[[Request, Visitor], Awaitable[Response]]


class LegacyPlatform:
    """One pretend tenant; `app` is what to serve or to hand to an in-process client."""

    def __init__(
        self,
        settings: SimulatorSettings | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = utc_now,
        answers_with: IdShape = "text",
        graphql_path: str = "/graphql",
        largest_take: int = 100,
    ) -> None:
        """Build the tenant; a page of the list never holds more than `largest_take`, whatever is asked for."""
        self.tenant = Tenant(settings, _HABITS, clock=clock, now=now)
        routes = [route for prefix in PREFIXES for route in self._routes(prefix, graphql_path)]
        self.app = self.tenant.door(routes, _operation_of, turns_away=self._turns_away)
        self.orders = self.tenant.orders
        """The orders there are, newest first."""
        self.faults = self.tenant.faults
        """What is still to go wrong."""
        self.requests = self.app.requests
        """The latest requests, oldest first."""
        self._answers_with: IdShape = answers_with
        self._graphql_path = graphql_path
        self._largest_take = largest_take

    def environment(self, base_url: str) -> dict[str, str]:
        """Give the environment a client needs when the app is served at this address."""
        return {
            "UNIQUE_ANALYTICS_BACKEND": "unique-legacy",
            "UNIQUE_API_BASE": f"{base_url.rstrip('/')}/chat",
            "UNIQUE_ACCESS_TOKEN": ADMINISTRATOR.token,
            "UNIQUE_ANALYTICS_LEGACY_GRAPHQL_PATH": self._graphql_path,
        }

    @property
    def others(self) -> Mapping[str, Mapping[str, str]]:
        """Give whoever may do less, by what they are."""
        visitors = {
            f"A user with {READ} alone": ANALYST,
            "A user with no role": GUEST,
            "A user with an expired token": LATECOMER,
        }
        return {meaning: {"UNIQUE_ACCESS_TOKEN": visitor.token} for meaning, visitor in visitors.items()}

    def _routes(self, prefix: str, graphql_path: str) -> list[Route]:
        return [
            Route(f"{prefix}/analytics/{{report}}", self._guarded(self._start), methods=["GET"]),
            Route(f"{prefix}{_DOWNLOAD}/{{order_id}}", self._guarded(self._download), methods=["GET"]),
            Route(f"{prefix}{graphql_path}", self._guarded(self._graphql), methods=["POST"]),
        ]

    def _turns_away(self, request: Request) -> bool:
        return request.url.path.startswith(_GATEWAY) and visitor_of(request.headers, self.tenant.now()) is None

    def _guarded(self, handler: _Handler) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            visitor = visitor_of(request.headers, self.tenant.now())
            if visitor is None:
                raise Refusal(answers.unauthorised())
            return await handler(request, visitor)

        return endpoint

    async def _start(self, request: Request, visitor: Visitor) -> Response:
        type_ = _TYPES.get(str(request.path_params["report"]))
        if type_ is None:
            raise Refusal(answers.no_such_route(request.method, request.url.path))
        wanted = self._wanted(type_, request.query_params)
        if request.url.path.startswith(_MULTI_TENANT) and type_ in SINGLE_TENANT_TYPES:
            raise Refusal(answers.not_multi_tenant(type_))
        job = self.tenant.place(wanted, visitor.roles, user_id=visitor.user_id)
        return _with_id(self._answers_with, self._document(job))

    def _wanted(self, type_: str, query: Mapping[str, str]) -> Wanted:
        given = {name: query.get(name) for name in ("startDate", "endDate")}
        for name, value in given.items():
            if value is not None and read_day(value) is None:
                raise Refusal(answers.nest(400, [f"{name} must be a valid ISO 8601 date string"]))
        wanted = Wanted(type_, *window(given["startDate"], given["endDate"], self.tenant.today))
        check_window(wanted)
        return wanted

    async def _download(self, request: Request, visitor: Visitor) -> Response:
        if not visitor.roles:
            raise Refusal(answers.forbidden())
        return await self.tenant.download(str(request.path_params["order_id"]))

    async def _graphql(self, request: Request, visitor: Visitor) -> Response:
        question = graphql.read_question(await request.body(), request.headers.get("content-type", ""))
        if not visitor.roles:
            return graphql.failed("Forbidden resource", "FORBIDDEN")
        return self._deleted(question) if question.field == "analyticsOrderDelete" else self._listed(question)

    def _listed(self, question: graphql.Question) -> Response:
        skip, take = question.number("skip", 0), question.number("take", _DEFAULT_TAKE)
        listed = question.sorted([self._document(job) for job in reversed(list(self.orders))])
        page = listed[skip : skip + min(take, self._largest_take)]
        return graphql.told(question.field, [question.selection(document) for document in page])

    def _deleted(self, question: graphql.Question) -> Response:
        job = self.orders.get(question.required_text("orderId"))
        if job is None:
            return graphql.failed("Analytics order not found", "NOT_FOUND")
        self.orders.delete(job.job_id)
        return graphql.told(question.field, question.selection(self._document(job)))

    def _document(self, job: Job[Order]) -> dict[str, object]:
        ripeness, wanted = self.orders.ripeness(job), job.payload.wanted
        return {
            "updatedAt": iso(ripeness.since),
            "type": wanted.type,
            "stateUpdatedAt": iso(ripeness.since),
            "id": job.job_id,
            "state": STATES[ripeness.stage],
            "createdBy": job.payload.placed_by,
            "createdAt": iso(job.placed_at),
            "configuration": _configuration(wanted),
            "companyId": ADMINISTRATOR.company_id,
        }


def _configuration(wanted: Wanted) -> dict[str, str]:
    """Give the window as the moments at which its days begin and end in Zurich, as the older API's example does."""
    begins = datetime.combine(wanted.start, datetime.min.time(), ZURICH)
    ends = datetime.combine(wanted.end + timedelta(days=1), datetime.min.time(), ZURICH)
    return {
        "endDate": iso(ends.astimezone(UTC) - timedelta(milliseconds=1)),
        "startDate": iso(begins.astimezone(UTC)),
    }


def _with_id(shape: IdShape, document: Mapping[str, object]) -> Response:
    order_id = document["id"]
    match shape:
        case "text":
            return HTMLResponse(str(order_id))  # what Express makes of a bare text
        case "quoted text":
            return HTMLResponse(f"'{order_id}'\n")
        case "json":
            return JSONResponse(order_id)
        case "id" | "orderId":
            return JSONResponse({shape: order_id})
        case "order":
            return JSONResponse(document)


def _operation_of(method: str, path: str, body: bytes) -> Operation | None:
    if _DOWNLOAD in path:
        return Operation.DOWNLOAD
    if method == "POST":
        deletes = graphql.asked_field(body) == "analyticsOrderDelete"
        return Operation.DELETE if deletes else Operation.LIST
    return Operation.CREATE if path.rpartition("/")[2] in _TYPES else None
