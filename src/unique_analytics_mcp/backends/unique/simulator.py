"""The pretend Unique platform: the public analytics-order API as an ASGI app, with demo credentials.

Written from "Query Analytics via API" (S004), the vendor SDK's behaviour and the gateway facts collected in
`reference/unique-api.md` (read 2026-11-21), never from our client. Orders, like the real ones, belong to the
company: whoever may use the API sees them all. Layer: backend, simulator side.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from unique_analytics_mcp.backends.unique.simulator_requests import Dialect, read_order, read_page
from unique_analytics_mcp.simulator import (
    Job,
    Operation,
    Refusal,
    Ripeness,
    SimulatorSettings,
    utc_now,
)
from unique_analytics_mcp.simulator.unique import answers
from unique_analytics_mcp.simulator.unique.orders import SINGLE_TENANT_TYPES, STATES, Order, iso
from unique_analytics_mcp.simulator.unique.reports import ADMIN, READ, Pseudonyms
from unique_analytics_mcp.simulator.unique.tenant import Habits, Tenant

PREFIXES = ("/public/chat", "/public/chat-gen2", "/public")
"""Where the API is mounted; the second is the multi-tenant one."""

_GATEWAY = "/public/"
_MULTI_TENANT = "/public/chat-gen2/"
_ORDERS = "/analytics/orders"
_OPERATIONS = {
    ("POST", 0): Operation.CREATE,
    ("GET", 0): Operation.LIST,
    ("GET", 1): Operation.GET,
    ("GET", 2): Operation.DOWNLOAD,
    ("DELETE", 1): Operation.DELETE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UniqueCredentials:
    """Who may come in, and as whom."""

    api_key: str = "ukey_demo_nordwind"
    app_id: str = "app_demo"
    company_id: str = "company_demo"
    admin_user_id: str = "user_demo_admin"
    """Has both roles."""
    analyst_user_id: str = "user_demo_analyst"
    """Has `chat.feedback.read` only."""
    guest_user_id: str = "user_demo_guest"
    """Has no role."""

    def roles(self, user_id: str) -> frozenset[str]:
        """Give a user's roles; none for a stranger or without a user."""
        by_user = {self.admin_user_id: frozenset({READ, ADMIN}), self.analyst_user_id: frozenset({READ})}
        return by_user.get(user_id, frozenset())

    def admits(self, headers: Mapping[str, str]) -> bool:
        """Say whether the gateway lets a request with these headers pass."""
        return (
            headers.get("authorization") == f"Bearer {self.api_key}"
            and headers.get("x-app-id") == self.app_id
            and headers.get("x-company-id") == self.company_id
        )


@dataclass(frozen=True, slots=True)
class _Caller:
    dialect: Dialect
    user_id: str
    roles: frozenset[str]


_Handler: TypeAlias = Callable[[Request, _Caller], Awaitable[Response]]


class UniquePlatform:
    """One pretend tenant; `app` is what to serve or to hand to an in-process client."""

    def __init__(
        self,
        settings: SimulatorSettings | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = utc_now,
        pseudonyms: Pseudonyms = "off",
    ) -> None:
        """Build the tenant; `clock` ripens orders (seconds), `now` dates them (UTC)."""
        self.credentials = UniqueCredentials()
        self.tenant = Tenant(settings, Habits(pseudonyms=pseudonyms), clock=clock, now=now)
        routes = [route for prefix in PREFIXES for route in self._routes(prefix + _ORDERS)]
        self.app = self.tenant.door(routes, _operation_of, turns_away=self._turns_away)
        self.orders = self.tenant.orders
        """The orders there are, newest first."""
        self.faults = self.tenant.faults
        """What is still to go wrong."""
        self.requests = self.app.requests
        """The latest requests, oldest first."""

    def environment(self, base_url: str) -> dict[str, str]:
        """Give the environment a client needs when the app is served at this address."""
        return {
            "UNIQUE_API_BASE": f"{base_url.rstrip('/')}/public/chat",
            "UNIQUE_API_KEY": self.credentials.api_key,
            "UNIQUE_APP_ID": self.credentials.app_id,
            "UNIQUE_USER_ID": self.credentials.admin_user_id,
            "UNIQUE_COMPANY_ID": self.credentials.company_id,
        }

    @property
    def others(self) -> Mapping[str, Mapping[str, str]]:
        """Give whoever may do less, by what they are."""
        return {
            f"A user with {READ} alone": {"UNIQUE_USER_ID": self.credentials.analyst_user_id},
            "A user with no role": {"UNIQUE_USER_ID": self.credentials.guest_user_id},
        }

    def _routes(self, orders: str) -> list[Route]:
        return [
            Route(orders, self._guarded(self._create), methods=["POST"]),
            Route(orders, self._guarded(self._list), methods=["GET"]),
            Route(orders + "/{order_id}", self._guarded(self._get), methods=["GET"]),
            Route(orders + "/{order_id}/download", self._guarded(self._download), methods=["GET"]),
            Route(orders + "/{order_id}", self._guarded(self._delete), methods=["DELETE"]),
        ]

    def _guarded(self, handler: _Handler) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            return await handler(request, self._admit(request))

        return endpoint

    def _turns_away(self, request: Request) -> bool:
        return request.url.path.startswith(_GATEWAY) and not self.credentials.admits(request.headers)

    def _admit(self, request: Request) -> _Caller:
        if self._turns_away(request):
            raise Refusal(answers.unauthorised())
        dialect = _dialect(request)
        user_id = request.headers.get("x-user-id", "")
        roles = self.credentials.roles(user_id)
        if not roles:
            raise Refusal(answers.forbidden())
        return _Caller(dialect, user_id, roles)

    async def _create(self, request: Request, caller: _Caller) -> Response:
        content_type = request.headers.get("content-type", "")
        wanted = read_order(await request.body(), content_type, caller.dialect, self.tenant.today)
        if request.url.path.startswith(_MULTI_TENANT) and wanted.type in SINGLE_TENANT_TYPES:
            raise Refusal(answers.not_multi_tenant(wanted.type))
        job = self.tenant.place(wanted, caller.roles, user_id=caller.user_id)
        return JSONResponse(self._document(job, caller.dialect), status_code=201)

    async def _list(self, request: Request, caller: _Caller) -> Response:
        skip, take = read_page(request.query_params)
        page = islice(self.orders, skip, skip + take)
        return JSONResponse([self._document(job, caller.dialect) for job in page])

    async def _get(self, request: Request, caller: _Caller) -> Response:
        return JSONResponse(self._document(self._job(request), caller.dialect))

    async def _delete(self, request: Request, caller: _Caller) -> Response:
        job = self._job(request)
        self.orders.delete(job.job_id)
        return JSONResponse(self._document(job, caller.dialect))

    async def _download(self, request: Request, _: _Caller) -> Response:
        return await self.tenant.download(str(request.path_params["order_id"]))

    def _job(self, request: Request) -> Job[Order]:
        return self.tenant.order(str(request.path_params["order_id"]))

    def _document(self, job: Job[Order], dialect: Dialect) -> dict[str, object]:
        return _order_document(job, self.orders.ripeness(job), dialect)


def _dialect(request: Request) -> Dialect:
    version = request.headers.get("x-api-version", Dialect.CAMEL.value)
    if version not in {dialect.value for dialect in Dialect}:
        raise Refusal(answers.no_such_route(request.method, request.url.path))
    return Dialect(version)


def _order_document(job: Job[Order], ripeness: Ripeness, dialect: Dialect) -> dict[str, object]:
    wanted = job.payload.wanted
    configuration: dict[str, object] = {"endDate": str(wanted.end), "startDate": str(wanted.start)}
    if job.payload.hides_prompts:
        configuration["hidePromptsData"] = True
    if wanted.assistant_id is not None:
        configuration["assistantId"] = wanted.assistant_id
    document = {
        "id": job.job_id,
        "object": "analytics-order",
        "type": wanted.type,
        "state": STATES[ripeness.stage],
        "configuration": {dialect.key(name): value for name, value in configuration.items()},
        "createdAt": iso(job.placed_at),
        "updatedAt": iso(ripeness.since),
        "stateUpdatedAt": iso(ripeness.since),
    }
    return {dialect.key(name): value for name, value in document.items()}


def _operation_of(method: str, path: str, _body: bytes) -> Operation | None:
    _, is_orders, below = path.partition(_ORDERS)
    depth = len(below.strip("/").split("/")) if below.strip("/") else 0
    return _OPERATIONS.get((method, depth)) if is_orders else None
