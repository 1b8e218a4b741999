"""A pretend firm's orders and reports at Unique, whichever API they are asked for through.

It decides who may order what, what an order is worth by now and what its CSV is. It knows neither paths nor
credentials: each API brings the roles of whoever is asking. Layer: simulator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain, count, islice

import anyio.to_thread
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute

from unique_analytics_mcp.simulator.calendar import ZURICH
from unique_analytics_mcp.simulator.door import Door, OperationOf
from unique_analytics_mcp.simulator.faults import FaultBox, FaultName
from unique_analytics_mcp.simulator.firm import build_firm, identifier
from unique_analytics_mcp.simulator.jobs import Job, JobBook, Stage
from unique_analytics_mcp.simulator.routing import Refusal, app_of
from unique_analytics_mcp.simulator.settings import SimulatorSettings
from unique_analytics_mcp.simulator.unique import answers
from unique_analytics_mcp.simulator.unique.orders import Order, Wanted
from unique_analytics_mcp.simulator.unique.reports import (
    ADMIN,
    REPORTS,
    Extract,
    Pseudonyms,
    Report,
    csv_chunks,
)

_WHOLE_CHUNKS = 16
"""Reports of up to so many pieces (about 1 MiB) are sent with a Content-Length, longer ones as they are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What differs from one installation to another and is documented nowhere."""

    pseudonyms: Pseudonyms = "off"
    reports: Mapping[str, Report] = field(default_factory=lambda: REPORTS)


class Tenant:
    """The firm, its orders, and what goes wrong there."""

    def __init__(
        self,
        settings: SimulatorSettings | None,
        habits: Habits,
        *,
        clock: Callable[[], float],
        now: Callable[[], datetime],
    ) -> None:
        """Build the tenant; `clock` ripens orders (seconds), `now` dates them (UTC)."""
        self.settings = settings or SimulatorSettings()
        self.faults = FaultBox(self.settings.faults)
        self.orders: JobBook[Order] = JobBook(self.settings.delay_s, clock=clock, now=now)
        self.now = now
        self._habits = habits
        self._firm = build_firm(self.settings.seed, self.settings.users)
        self._numbers = count(1)

    @property
    def today(self) -> date:
        """The last day with rows: the one in the settings, else the clock's in Europe/Zurich."""
        return self.settings.today or self.now().astimezone(ZURICH).date()

    def door(
        self, routes: Sequence[BaseRoute], operation_of: OperationOf, *, turns_away: Callable[[Request], bool]
    ) -> Door:
        """Put the door with this tenant's faults in front of an API of these routes.

        `turns_away` says which requests the gateway lets no service see, whatever they ask for.
        """

        def lost(request: Request) -> Response:
            if turns_away(request):
                return answers.unauthorised()
            return answers.no_such_route(request.method, request.url.path)

        return Door(
            app_of(routes, lost=lost),
            faults=self.faults,
            operation_of=operation_of,
            refuse=self._refuse,
            drip_s=self.settings.drip_s,
            now=self.now,
        )

    def place(self, wanted: Wanted, roles: frozenset[str], *, user_id: str) -> Job[Order]:
        """Accept an order of this user, who has these roles.

        Raises:
            Refusal: 403, when a role is missing.
        """
        if not any(enough <= roles for enough in self._habits.reports[wanted.type].enough_roles):
            raise Refusal(answers.forbidden())
        order_id = identifier("analyticOrder", f"{self.settings.seed}/{next(self._numbers)}/{self.now()}")
        return self.orders.place(order_id, Order(wanted, ADMIN not in roles, user_id), self.faults.take_fate())

    def order(self, order_id: str) -> Job[Order]:
        """Give the order of this id.

        Raises:
            Refusal: 404, when there is none.
        """
        job = self.orders.get(order_id)
        if job is None:
            raise Refusal(answers.no_such_order(order_id))
        return job

    async def download(self, order_id: str) -> Response:
        """Give an order's report as a download.

        Raises:
            Refusal: 404 for an unknown order, 409 for one that is not done.
        """
        job = self.order(order_id)
        if self.orders.ripeness(job).stage is not Stage.DONE:
            raise Refusal(answers.nest(409, f"Analytics order {job.job_id} is not done yet"))
        headers = {
            "content-type": "text/csv; charset=utf-8",
            "content-disposition": f'attachment; filename="{job.job_id}.csv"',
        }
        chunks = self.csv(job)
        beginning = await anyio.to_thread.run_sync(lambda: list(islice(chunks, _WHOLE_CHUNKS)))
        if len(beginning) < _WHOLE_CHUNKS:
            return Response(b"".join(beginning), headers=headers)
        return StreamingResponse(chain(beginning, chunks), headers=headers)

    def csv(self, job: Job[Order]) -> Iterator[bytes]:
        """Write an order's report piece by piece; no day after today has rows."""
        wanted = job.payload.wanted
        extract = Extract(
            firm=self._firm,
            order_id=job.job_id,
            start=wanted.start,
            end=min(wanted.end, self.today),
            assistant_id=wanted.assistant_id,
            shows_prompts=not job.payload.hides_prompts,
            pseudonyms=self._habits.pseudonyms,
        )
        return csv_chunks(self._habits.reports[wanted.type], extract)

    def _refuse(self, fault: FaultName, url: URL) -> Response:
        match fault:
            case FaultName.GONE:
                return answers.no_such_report(url)
            case FaultName.LOST_FILE:
                return answers.sent_on(url)
            case _:
                return answers.for_fault(fault, self.settings.retry_after_s)
