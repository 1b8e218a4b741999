"""The pretend Genesys Cloud: login and conversation analytics of an invented contact centre as an ASGI app.

Login host and API host are one address here, as the vendor's client libraries expect of a local one. Written from
`reference/genesys-api.md` (read 2026-11-21), never from our client. Layer: backend, simulator side.
"""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from itertools import count
from random import Random
from typing import TypeAlias

import anyio.to_thread
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from unique_analytics_mcp.backends.genesys import simulator_answers as answers
from unique_analytics_mcp.backends.genesys import simulator_lists as lists
from unique_analytics_mcp.backends.genesys.simulator_aggregates import aggregate
from unique_analytics_mcp.backends.genesys.simulator_archive import Archive, Invent
from unique_analytics_mcp.backends.genesys.simulator_centre import build_centre, random_uuid
from unique_analytics_mcp.backends.genesys.simulator_details import Details, details_page, results_page
from unique_analytics_mcp.backends.genesys.simulator_login import GenesysCredentials, Meter, Tokens, rate_headers
from unique_analytics_mcp.backends.genesys.simulator_requests import read_aggregates, read_details, read_job
from unique_analytics_mcp.backends.genesys.simulator_scenes import conversations_of
from unique_analytics_mcp.backends.genesys.simulator_tree import Json, iso, milliseconds
from unique_analytics_mcp.simulator import (
    Door,
    FaultBox,
    FaultName,
    Job,
    JobBook,
    Operation,
    Refusal,
    SimulatorSettings,
    Stage,
    app_of,
    utc_now,
)
from unique_analytics_mcp.simulator.calendar import ZURICH

AGGREGATE_VIEW = "analytics:conversationAggregate:view"
DETAIL_VIEW = "analytics:conversationDetail:view"
AGENT_DETAIL_VIEW = "analytics:agentConversationDetail:view"
QUEUE_VIEW = "routing:queue:view"
WRAP_UP_VIEW = "routing:wrapupCode:view"
PERMISSIONS = frozenset({AGGREGATE_VIEW, DETAIL_VIEW, AGENT_DETAIL_VIEW, QUEUE_VIEW, WRAP_UP_VIEW})
"""Every permission that matters here."""

_LARGEST_BODY = 512_000
_LOGIN = "/oauth/token"
_ANALYTICS = "/api/v2/analytics/conversations"
_AGGREGATES = f"{_ANALYTICS}/aggregates/query"
_DETAILS = f"{_ANALYTICS}/details/query"
_JOBS = f"{_ANALYTICS}/details/jobs"
_ANY_DETAIL = (DETAIL_VIEW, AGENT_DETAIL_VIEW)
_STATES = {
    Stage.WAITING: "QUEUED",
    Stage.WORKING: "PENDING",
    Stage.UNDOCUMENTED: "RESHUFFLING",
    Stage.DONE: "FULFILLED",
    Stage.FAILED: "FAILED",
    Stage.ERROR: "CANCELLED",
}
_RUNNING = {"QUEUED", "PENDING", "RESHUFFLING"}
_JOB_OPERATIONS = {
    ("POST", 0): Operation.CREATE,
    ("GET", 1): Operation.GET,
    ("GET", 2): Operation.DOWNLOAD,
    ("DELETE", 1): Operation.DELETE,
}
_QUERIES = {_AGGREGATES, _DETAILS}
"""What is answered at once: each answer is a report, or a page of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GenesysTraits:
    """What differs from one organisation to another."""

    token_lifetime_s: int = 86_400
    """Seconds a token is good for."""
    requests_per_minute: int = 300
    """Of one token, and logins of one client."""
    lag: timedelta = timedelta(hours=6)
    """How far the data lake, which jobs read, is behind."""
    results_lifetime_s: float = 86_400.0
    """Seconds after which the results of a job are gone."""
    results_page: int = 1_000
    """Conversations of one page of results where none is asked for, and the most there are."""
    aggregate_rows: int = 30_000
    """The most rows of an answer with aggregates: one for each bucket of each group."""
    repeats_over_pages: bool = False
    """Whether a page of the paged query begins with the last conversation of the one before."""


_Handler: TypeAlias = Callable[[Request], Awaitable[Response]]


class GenesysPlatform:
    """One pretend organisation; `app` is what to serve or to hand to an in-process client."""

    def __init__(
        self,
        settings: SimulatorSettings | None = None,
        *,
        traits: GenesysTraits | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = utc_now,
        invent: Invent = conversations_of,
    ) -> None:
        """Build the organisation; `clock` ripens jobs and ages tokens (seconds), `now` dates everything (UTC).

        `invent` gives the conversations of a day.
        """
        self.settings = settings or SimulatorSettings()
        self.traits = traits or GenesysTraits()
        self.credentials = GenesysCredentials()
        self.permissions = set(PERMISSIONS)
        """What the client's roles allow; may be changed while the platform runs."""
        self.faults = FaultBox(self.settings.faults)
        self.jobs: JobBook[Details] = JobBook(self.settings.delay_s, clock=clock, now=now)
        self.tokens = Tokens(self.credentials, self.traits.token_lifetime_s, clock)
        self.centre = build_centre(self.settings.seed, self.settings.users)
        """Queues, agents and wrap-up codes."""
        self.archive = Archive(self.centre, self.horizon, self.traits.lag, invent)
        """The raw conversations, for whoever counts for themselves."""
        self._clock = clock
        self._now = now
        self._meter = Meter(self.traits.requests_per_minute, clock)
        self._numbers = count(1)
        self.app = Door(
            app_of(self._routes(), lost=lambda _: answers.not_found()),
            faults=self.faults,
            operation_of=_operation_of,
            refuse=self._refuse,
            drip_s=self.settings.drip_s,
            now=now,
        )
        self.requests = self.app.requests
        """The latest requests, oldest first."""

    def horizon(self) -> datetime:
        """Give the moment after which nothing is known: now, or the end of the settings' last day in Europe/Zurich."""
        now, today = self._now(), self.settings.today
        if today is None or today == now.astimezone(ZURICH).date():
            return now
        return datetime.combine(today + timedelta(days=1), time_of_day.min, ZURICH).astimezone(UTC)

    def environment(self, base_url: str) -> dict[str, str]:
        """Give the environment a client needs when the app is served at this address."""
        return {
            "GENESYS_API_BASE": base_url.rstrip("/"),
            "GENESYS_LOGIN_BASE": base_url.rstrip("/"),
            "GENESYS_CLIENT_ID": self.credentials.client_id,
            "GENESYS_CLIENT_SECRET": self.credentials.client_secret,
        }

    @property
    def others(self) -> Mapping[str, Mapping[str, str]]:
        """Give nobody else: what the one client may do is in `permissions`."""
        return {}

    def _routes(self) -> list[Route]:
        job = _JOBS + "/{job_id}"
        return [
            Route(_LOGIN, self._log_in, methods=["POST"]),
            self._route(_AGGREGATES, "POST", self._aggregates, AGGREGATE_VIEW),
            self._route(_DETAILS, "POST", self._details, *_ANY_DETAIL),
            self._route(_JOBS, "POST", self._create, *_ANY_DETAIL),
            self._route(_JOBS + "/availability", "GET", self._availability, DETAIL_VIEW),
            self._route(job, "GET", self._status, *_ANY_DETAIL),
            self._route(job + "/results", "GET", self._results, *_ANY_DETAIL),
            self._route(job, "DELETE", self._delete, *_ANY_DETAIL),
            self._route("/api/v2/routing/queues", "GET", self._queues, QUEUE_VIEW),
            self._route("/api/v2/routing/wrapupcodes", "GET", self._wrap_up_codes, WRAP_UP_VIEW),
            self._route("/api/v2/users", "GET", self._users),
            self._route("/api/v2/organizations/me", "GET", self._organisation),
        ]

    def _route(self, path: str, method: str, handler: _Handler, *permissions: str) -> Route:
        """A route for whoever has any of the permissions; without any it is open to every token."""

        async def endpoint(request: Request) -> Response:
            limits = self._meter.count(self.tokens.check(request.headers.get("authorization")))
            try:
                self._permit(permissions)
                response = await handler(request)
            except Refusal as refusal:
                response = refusal.response
            response.headers.update(limits)
            return response

        return Route(path, endpoint, methods=[method])

    def _refuse(self, fault: FaultName, _: URL) -> Response:
        response, allowed = answers.for_fault(fault, self.settings.retry_after_s), self.traits.requests_per_minute
        response.headers.update(rate_headers(allowed, allowed, self.settings.retry_after_s))
        return response

    def _permit(self, enough: tuple[str, ...]) -> None:
        if enough and self.permissions.isdisjoint(enough):
            raise Refusal(answers.forbidden(enough))

    async def _log_in(self, request: Request) -> Response:
        limits = self._meter.count("login")
        content_type = request.headers.get("content-type", "").partition(";")[0]
        token = self.tokens.grant(request.headers.get("authorization"), content_type, await request.body())
        return JSONResponse(token, headers=limits)

    async def _aggregates(self, request: Request) -> Response:
        query = read_aggregates(await _json_body(request))
        targets = {queue.identity: queue.service_target for queue in self.centre.queues}

        def answer() -> Json:
            return aggregate(query, self.archive.active_in(query.interval), targets, self.traits.aggregate_rows)

        return await _in_thread(answer)

    async def _details(self, request: Request) -> Response:
        query = read_details(await _json_body(request))
        repeats = self.traits.repeats_over_pages
        return await _in_thread(lambda: details_page(self.archive, query, self._now(), repeats=repeats))

    async def _create(self, request: Request) -> Response:
        query = read_job(await _json_body(request))
        job_id = random_uuid(Random(f"{self.settings.seed}/{next(self._numbers)}/{self._now()}"))
        self.jobs.place(job_id, Details(query, self.archive.watermark), self.faults.take_fate())
        return JSONResponse({"jobId": job_id}, status_code=202)

    async def _availability(self, _: Request) -> Response:
        return JSONResponse({"dataAvailabilityDate": iso(milliseconds(self.archive.watermark))})

    async def _status(self, request: Request) -> Response:
        document = self._document(self._job(request))
        return JSONResponse(document, status_code=202 if document["state"] in _RUNNING else 200)

    async def _results(self, request: Request) -> Response:
        job = self._job(request)
        if self._state(job) != "FULFILLED":
            raise Refusal(answers.not_found())
        size = lists.whole_number(request.query_params, "pageSize", self.traits.results_page)
        size, cursor = min(size, self.traits.results_page), request.query_params.get("cursor")
        return await _in_thread(lambda: results_page(self.archive, job.payload, cursor, size))

    async def _delete(self, request: Request) -> Response:
        self.jobs.delete(self._job(request).job_id)
        return Response(status_code=204)

    async def _queues(self, request: Request) -> Response:
        return _page(request, lists.queues(self.centre))

    async def _wrap_up_codes(self, request: Request) -> Response:
        return _page(request, lists.wrap_up_codes(self.centre))

    async def _users(self, request: Request) -> Response:
        return _page(request, lists.users(self.centre, request.query_params.get("state", "active")))

    async def _organisation(self, _: Request) -> Response:
        return JSONResponse(lists.organisation(self.settings.seed))

    def _job(self, request: Request) -> Job[Details]:
        job = self.jobs.get(str(request.path_params["job_id"]))
        if job is None:
            raise Refusal(answers.not_found())
        return job

    def _state(self, job: Job[Details]) -> str:
        state = _STATES[self.jobs.ripeness(job).stage]
        expired = self._clock() >= job.placed_s + self.settings.delay_s + self.traits.results_lifetime_s
        return "EXPIRED" if state == "FULFILLED" and expired else state

    def _document(self, job: Job[Details]) -> Json:
        state, since = self._state(job), self.jobs.ripeness(job).since
        document: Json = {"state": state, "submissionDate": iso(milliseconds(job.placed_at))}
        if state not in _RUNNING:
            document["completionDate"] = iso(milliseconds(since))
        if state == "FAILED":
            document["errorMessage"] = "The query could not be completed."
        if state == "EXPIRED":
            lifetime = timedelta(seconds=self.traits.results_lifetime_s)
            document["expirationDate"] = iso(milliseconds(since + lifetime))
        return document


async def _json_body(request: Request) -> bytes:
    body = await request.body()
    if len(body) > _LARGEST_BODY:
        raise Refusal(answers.too_large(_LARGEST_BODY))
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Refusal(answers.not_json())
    return body


async def _in_thread(answer: Callable[[], Json]) -> Response:
    """Invent and add up without keeping the event loop; gives the answer as JSON."""
    content = await anyio.to_thread.run_sync(lambda: json.dumps(answer(), ensure_ascii=False).encode())
    return Response(content, media_type="application/json")


def _page(request: Request, entities: list[Json]) -> Response:
    return JSONResponse(lists.page(request.url.path, request.query_params, entities))


def _operation_of(method: str, path: str, _body: bytes) -> Operation | None:
    if not path.startswith(_JOBS):
        return Operation.DOWNLOAD if path in _QUERIES else None
    below = path.removeprefix(_JOBS).strip("/")
    if below == "availability":
        return None
    return _JOB_OPERATIONS.get((method, len(below.split("/")) if below else 0))
