"""Conversation details: the asynchronous job over archived data, and the paged question over live data.

`/api/v2/analytics/conversations/details/…` (genesys-api.md 3 and 4, read 2026-11-21). Jobs are paged by a cursor in
the query of their results, absent on the last page; live answers by number, where a conversation may come twice.
A job over days that the archive has not reached ends FULFILLED all the same, so the archive is asked how far it is.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal
from zoneinfo import ZoneInfo

from unique_analytics_mcp.backends._answers import Call
from unique_analytics_mcp.backends.genesys import refusals, wire
from unique_analytics_mcp.backends.genesys.filters import Clause
from unique_analytics_mcp.backends.genesys.spans import Span
from unique_analytics_mcp.domain.order import OrderState
from unique_analytics_mcp.errors import NotAllowed, SubmissionUnclear, UnexpectedAnswer

if TYPE_CHECKING:
    from unique_analytics_mcp.backends.genesys.api import Api

LIVE_PAGE: Final = 100
"""Conversations a page of live data may hold."""
LONGEST_LAG: Final = timedelta(days=2)
"""How far behind the archive may be: twice what its vendor speaks of. Its results say themselves how far they reach."""
MOST_LIVE: Final = 100_000
"""Conversations after which live data can be paged no further."""

_QUERY: Final = "/api/v2/analytics/conversations/details/query"
_JOBS: Final = "/api/v2/analytics/conversations/details/jobs"
_JOB_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,180}")
"""What fits into a path, and with a prefix into the id of an order."""
_JOB_PAGE: Final = 500
_LONGEST_BYTES: Final = 32 * 1024 * 1024
_LEFT_BEHIND: Final = "Make the same call again; a job that was left behind expires by itself."

_STATES: Final[Mapping[str, OrderState]] = {
    "QUEUED": OrderState.PENDING,
    "PENDING": OrderState.PROCESSING,  # the platform's word for what runs
    "FULFILLED": OrderState.DONE,
    **dict.fromkeys(("FAILED", "CANCELLED", "EXPIRED"), OrderState.FAILED),
}


@dataclass(frozen=True, slots=True)
class JobState:
    """Where a job stands; `raw` is the platform's answer."""

    state: OrderState
    word: str
    submitted_at: datetime | None
    raw: wire.Node


@dataclass(frozen=True, slots=True)
class Page:
    """Some conversations, and what the platform said beside them."""

    conversations: Sequence[wire.Node]
    data_until: datetime | None = None
    """Up to when the archive was complete; None for live data."""
    total: int | None = None
    """How many the platform counts in all; None for a job."""


class Details:
    """The details of one organisation."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def data_until(self) -> datetime | None:
        """Up to when the archive is complete; None when the client may not know.

        Raises:
            BackendError: refused for another reason, or unreachable.
        """
        path = f"{_JOBS}/availability"
        explain = refusals.of_call("the availability of conversation details", refusals.AVAILABILITY)
        try:
            answer = await self._api.send(Call(method="GET", path=path, route=path, repeatable=True, explain=explain))
        except NotAllowed:
            return None
        return wire.moment(wire.mapping(answer.body).get("dataAvailabilityDate"))

    async def place(self, span: Span, clauses: Sequence[Clause]) -> str:
        """Start a job; gives its id. Sent at most once: one that is left behind unseen expires by itself.

        Raises:
            SubmissionUnclear: it may have been started.
            BackendError: refused, or unreachable before anything was sent.
        """
        body = {**_asked(span, clauses), "startOfDayIntervalMatching": True}
        call = Call(
            method="POST",
            path=_JOBS,
            route=_JOBS,
            repeatable=False,
            body=body,
            explain=refusals.of_details(),
        )
        try:
            answer = await self._api.send(call)
        except SubmissionUnclear as doubt:
            raise SubmissionUnclear(doubt.message, hint=_LEFT_BEHIND) from doubt
        job_id = wire.text(wire.mapping(answer.body).get("jobId"))
        if _JOB_ID.fullmatch(job_id):
            return job_id
        raise SubmissionUnclear("Genesys Cloud's answer does not name the job it started.", hint=_LEFT_BEHIND)

    async def state(self, job_id: str, order_id: str) -> JobState:
        """Where a job stands; an unknown word counts as running.

        Raises:
            OrderNotFound: deleted, or expired.
            BackendError: refused or unreachable.
        """
        answer = wire.mapping((await self._api.send(_job_call("GET", job_id, order_id))).body)
        word = wire.text(answer.get("state"))
        if not word:
            raise UnexpectedAnswer(
                "Genesys Cloud sent a job without a state.", hint="Make the same call again in a minute."
            )
        state = _STATES.get(word.upper(), OrderState.PROCESSING)
        return JobState(state, word, wire.moment(answer.get("submissionDate")), answer)

    async def job_pages(self, job_id: str, order_id: str) -> AsyncGenerator[Page]:
        """All results of a finished job, page by page.

        Raises:
            OrderNotFound: deleted, or expired.
            UnexpectedAnswer: the pages go round in a circle.
            BackendError: refused or unreachable.
        """
        cursor, seen = "", set[str]()
        while cursor not in seen:
            seen.add(cursor)
            query = {"pageSize": _JOB_PAGE, **({"cursor": cursor} if cursor else {})}
            call = _job_call("GET", job_id, order_id, below="/results", query=query)
            answer = _page_of((await self._api.send(call)).body, "dataAvailabilityDate")
            data_until = wire.moment(answer.get("dataAvailabilityDate"))
            yield Page(wire.mappings(answer.get("conversations")), data_until=data_until)
            cursor = wire.text(answer.get("cursor"))
            if not cursor:
                return
        raise UnexpectedAnswer(
            "Genesys Cloud sends the same page of results again and again.", hint="Make the same call again later."
        )

    async def live_pages(self, span: Span, clauses: Sequence[Clause]) -> AsyncGenerator[Page]:
        """All conversations that began on days the span touches, page by page, until one is empty.

        Raises:
            RequestRefused: there are more than can be paged.
            BackendError: refused or unreachable.
        """
        for number in range(1, MOST_LIVE // LIVE_PAGE + 1):
            answer = _page_of((await self._api.send(_live_call(span, clauses, number))).body, "totalHits")
            conversations, total = wire.mappings(answer.get("conversations")), wire.number(answer.get("totalHits"))
            if total is not None and total >= MOST_LIVE:
                raise refusals.MORE_THAN_PAGES
            yield Page(conversations, total=None if total is None else int(total))
            if not conversations:
                return
        raise refusals.MORE_THAN_PAGES

    async def delete(self, job_id: str, order_id: str) -> None:
        """Remove a job and its results.

        Raises:
            OrderNotFound: it is gone already.
            BackendError: refused or unreachable.
        """
        await self._api.send(_job_call("DELETE", job_id, order_id))


def _page_of(body: object, beside: str) -> wire.Node:
    """An answer that has conversations, or at least what stands `beside` them where there are none.

    Raises:
        UnexpectedAnswer: it has neither, or says in no way that we know where it goes on.
    """
    answer = wire.mapping(body)
    if ("conversations" in answer or beside in answer) and isinstance(answer.get("cursor"), str | None):
        return answer
    raise wire.without("conversations")


def reach(data_until: datetime | None, span: Span, time_zone: str) -> str:
    """What must be said of an archive that is complete up to a moment; empty when it holds the whole span."""
    if data_until is None:
        return (
            "The OAuth client may not ask how far the archive of Genesys Cloud reaches (permission "
            f"{refusals.AVAILABILITY}): the newest conversations of this window may be missing."
        )
    if data_until >= span.end:
        return ""
    moment = data_until.astimezone(ZoneInfo(time_zone)).strftime("%Y-%m-%d %H:%M")
    return (
        f"The archive of Genesys Cloud reached only to {moment} ({time_zone}): conversations after that are missing. "
        "Order again later, or with freshness=live for at most 31 days."
    )


def _asked(span: Span, clauses: Sequence[Clause]) -> dict[str, object]:
    """Each dimension is a filter of its own: queue and agent stand in different segments of a conversation."""
    return {"interval": span.interval, **({"segmentFilters": list(clauses)} if clauses else {})}


def _live_call(span: Span, clauses: Sequence[Clause], number: int) -> Call:
    paging = {"pageSize": LIVE_PAGE, "pageNumber": number}
    return Call(
        method="POST",
        path=_QUERY,
        route=_QUERY,
        repeatable=True,  # it only reads
        of_report=True,
        body={**_asked(span, clauses), "order": "asc", "orderBy": "conversationStart", "paging": paging},
        explain=refusals.of_details(),
        longest_bytes=_LONGEST_BYTES,
    )


def _job_call(
    method: Literal["GET", "DELETE"],
    job_id: str,
    order_id: str,
    *,
    below: str = "",
    query: Mapping[str, str | int] | None = None,
) -> Call:
    return Call(
        method=method,
        path=f"{_JOBS}/{job_id}{below}",
        route=f"{_JOBS}/{{id}}{below}",
        repeatable=True,
        of_report=bool(below),
        query=query,
        explain=refusals.of_job(order_id),
        longest_bytes=_LONGEST_BYTES,
    )
