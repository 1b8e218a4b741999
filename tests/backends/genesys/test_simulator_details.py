"""Whole conversations of the pretend contact centre: the paged query, jobs, and how far the data lake has come."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from organisation import DETAILS, JOBS, NOW, WEEK, Caller, caller_at, organisation
from simulated import Clock
from unique_analytics_mcp.backends.genesys.simulator import GenesysPlatform, GenesysTraits
from unique_analytics_mcp.backends.genesys.simulator_periods import Interval
from unique_analytics_mcp.backends.genesys.simulator_tree import Conversation, iso, milliseconds
from unique_analytics_mcp.simulator import SimulatorSettings

PLATFORM = organisation(users=100)
WATERMARK = datetime(2026, 11, 20, 6, tzinfo=UTC)
"""Six hours and a bit before now."""
TODAY = "2026-11-20T00:00:00.000Z/2026-11-21T00:00:00.000Z"
LATELY = "2026-11-19T00:00:00.000Z/2026-11-21T00:00:00.000Z"


def ids(conversations: list[Any]) -> list[str]:
    return [found["conversationId"] for found in conversations]


def raw(interval: str) -> list[Conversation]:
    return list(PLATFORM.archive.active_in(Interval.parse(interval)))


async def pages(caller: Caller, interval: str, size: int, **more: object) -> list[Any]:
    """All conversations of the paged query, with whatever comes twice."""
    found, number = list[Any](), 1
    while page := await caller.post(
        DETAILS, interval=interval, paging={"pageSize": size, "pageNumber": number}, **more
    ):
        if "conversations" not in page:
            return found
        assert len(page["conversations"]) <= size
        found += page["conversations"]
        number += 1
    raise AssertionError("a page always has its total")


async def test_pages_together_are_what_began_on_the_days_the_interval_touches() -> None:
    within_the_days = "2026-10-05T11:00:00.000Z/2026-10-06T11:00:00.000Z"
    async with caller_at(PLATFORM) as caller:
        found = await pages(caller, within_the_days, 20)
        first = await caller.post(DETAILS, interval=within_the_days)
    both_days = Interval.parse("2026-10-05T00:00:00Z/2026-10-07T00:00:00Z")
    expected = [one.conversation_id for one in PLATFORM.archive.started_in(both_days)]
    assert ids(found) == expected
    assert (first["totalHits"], ids(first["conversations"])) == (len(expected), expected[:25])


async def test_a_page_beyond_the_last_has_no_conversations_at_all() -> None:
    async with caller_at(PLATFORM) as caller:
        beyond = await caller.post(DETAILS, interval=WEEK, paging={"pageSize": 100, "pageNumber": 99})
        nothing = await caller.post(DETAILS, interval="2020-01-01T00:00:00Z/2020-01-02T00:00:00Z")
    assert set(beyond) == set(nothing) == {"totalHits"}
    assert nothing["totalHits"] == 0


@pytest.mark.parametrize("size", [1, 2, 7, 100])
async def test_a_conversation_may_stand_on_two_pages(size: int) -> None:
    interval = "2026-10-05T00:00:00Z/2026-10-06T00:00:00Z"
    async with caller_at(organisation(users=100, traits=GenesysTraits(repeats_over_pages=True))) as caller:
        found = await pages(caller, interval, size)
        total = (await caller.post(DETAILS, interval=interval, paging={"pageSize": size}))["totalHits"]
    expected = [one.conversation_id for one in PLATFORM.archive.started_in(Interval.parse(interval))]
    assert list(dict.fromkeys(ids(found))) == expected
    assert total == len(found)
    assert (len(found) > len(expected)) is (1 < size < len(expected))


async def test_a_running_conversation_has_no_end_and_an_old_one_calls_its_caller_customer() -> None:
    async with caller_at(PLATFORM) as caller:
        lately = await pages(caller, LATELY, 100)
        week = await pages(caller, WEEK, 100)
    assert any("conversationEnd" not in found for found in lately)
    assert {found["participants"][0]["purpose"] for found in lately} == {"external"}
    assert {found["participants"][0]["purpose"] for found in week} == {"customer"}
    assert not any("attributes" in who for found in lately + week for who in found["participants"])


ORDERS: dict[str, tuple[dict[str, str], Callable[[Conversation], int]]] = {
    "latest first": ({"order": "desc"}, lambda found: -found.start_ms),
    "by its end": ({"order": "asc", "orderBy": "conversationEnd"}, lambda found: found.end_ms or 0),
}


@pytest.mark.parametrize(("order", "key"), ORDERS.values(), ids=ORDERS)
async def test_conversations_come_in_the_order_asked_for(
    order: dict[str, str], key: Callable[[Conversation], int]
) -> None:
    async with caller_at(PLATFORM) as caller:
        paged, job = await pages(caller, WEEK, 100, **order), await caller.results(WEEK, page_size=30, **order)
    started = sorted(PLATFORM.archive.started_in(Interval.parse(WEEK)), key=key)
    assert ids(paged) == [found.conversation_id for found in started]
    assert ids(job) == [found.conversation_id for found in sorted(raw(WEEK), key=key)]


TOO_FAR = {
    "32 days": (
        {"interval": "2026-09-01T00:00:00Z/2026-10-02T00:00:01Z"},
        "You must specify a search interval as part of your query that does not exceed 31 days.",
    ),
    "result 100 001": (
        {"interval": WEEK, "paging": {"pageSize": 100, "pageNumber": 1_001}},
        "Pagination may not exceed 100000 results.",
    ),
    "page of 101": ({"interval": WEEK, "paging": {"pageSize": 101, "pageNumber": 1}}, "must not exceed 100"),
    "page 0": ({"interval": WEEK, "paging": {"pageSize": 100, "pageNumber": 0}}, "paging.pageNumber"),
    "queue of a whole conversation": (
        {
            "interval": WEEK,
            "conversationFilters": [{"type": "and", "predicates": [{"dimension": "queueId", "value": "q"}]}],
        },
        "conversationFilters: unknown dimension queueId",
    ),
    "metric that is none": (
        {
            "interval": WEEK,
            "conversationFilters": [{"type": "and", "predicates": [{"type": "metric", "metric": "aht"}]}],
        },
        "unknown metric aht",
    ),
}


@pytest.mark.parametrize(("body", "says"), TOO_FAR.values(), ids=TOO_FAR)
async def test_a_query_beyond_the_limits_is_refused_in_the_platforms_words(body: object, says: str) -> None:
    async with caller_at(PLATFORM) as caller:
        answer = await caller.http.post(DETAILS, json=body)
    assert answer.status_code == 400
    assert says in answer.json()["message"]


def has(dimension: str, value: str) -> dict[str, str]:
    return {"type": "dimension", "dimension": dimension, "operator": "matches", "value": value}


QUEUE = PLATFORM.centre.queues[0].identity


def reached(conversation: Conversation, medium: str) -> bool:
    """Whether one segment is of this queue and this medium at once."""
    return any(
        segment.queue_id == QUEUE and session.media_type == medium
        for _, session in conversation.sessions()
        for segment in session.segments
    )


def took(conversation: Conversation, at_least_ms: int) -> bool:
    return any(
        metric.name == "tHandle" and metric.value >= at_least_ms
        for _, session in conversation.sessions()
        for metric in session.metrics
    )


FILTERS: dict[str, tuple[dict[str, Any], Callable[[Conversation], bool]]] = {
    "queue and medium of one segment": (
        {"segmentFilters": [{"type": "and", "predicates": [has("queueId", QUEUE), has("mediaType", "message")]}]},
        lambda found: reached(found, "message"),
    ),
    "either medium": (
        {
            "segmentFilters": [
                {
                    "type": "and",
                    "clauses": [{"type": "or", "predicates": [has("mediaType", "email"), has("mediaType", "chat")]}],
                }
            ]
        },
        lambda found: any(session.media_type in {"email", "chat"} for _, session in found.sessions()),
    ),
    "direction of the whole": (
        {"conversationFilters": [{"type": "and", "predicates": [has("originatingDirection", "outbound")]}]},
        lambda found: found.originating_direction == "outbound",
    ),
    "handled for long": (
        {
            "conversationFilters": [
                {"type": "and", "predicates": [{"type": "metric", "metric": "tHandle", "range": {"gte": 600_000}}]}
            ]
        },
        lambda found: took(found, 600_000),
    ),
    "poor sound": (
        {
            "conversationFilters": [
                {"type": "and", "predicates": [{"dimension": "mediaStatsMinConversationMos", "range": {"lt": 4}}]}
            ]
        },
        lambda found: found.minimum_mos is not None and found.minimum_mos < 4,
    ),
    "a segment of a minute": (
        {
            "segmentFilters": [
                {
                    "type": "and",
                    "predicates": [
                        has("segmentType", "hold"),
                        {"type": "metric", "metric": "tSegmentDuration", "range": {"gt": 60_000}},
                    ],
                }
            ]
        },
        lambda found: any(
            segment.type == "hold" and (segment.end_ms or 0) - segment.start_ms > 60_000
            for _, session in found.sessions()
            for segment in session.segments
        ),
    ),
    "held at all": (
        {
            "segmentFilters": [
                {"type": "and", "predicates": [{"type": "metric", "metric": "tHeld", "operator": "exists"}]}
            ]
        },
        lambda found: any(metric.name == "tHeld" for _, session in found.sessions() for metric in session.metrics),
    ),
    "band of a name": (
        {"segmentFilters": [{"type": "and", "predicates": [{"dimension": "mediaType", "range": {"gt": 0}}]}]},
        lambda found: False,
    ),
    "surveyed": ({"surveyFilters": [{"type": "and", "predicates": [has("surveyId", "s")]}]}, lambda found: False),
}


@pytest.mark.parametrize(("filters", "fits"), FILTERS.values(), ids=FILTERS)
async def test_query_and_job_let_the_same_conversations_through(
    filters: dict[str, Any], fits: Callable[[Conversation], bool]
) -> None:
    async with caller_at(PLATFORM) as caller:
        paged = await pages(caller, WEEK, 100, **filters)
        job = await caller.results(WEEK, startOfDayIntervalMatching=True, **filters)
    expected = [found.conversation_id for found in PLATFORM.archive.started_in(Interval.parse(WEEK)) if fits(found)]
    assert ids(paged) == ids(job) == expected


async def test_a_job_is_accepted_ripens_is_read_and_deleted() -> None:
    clock = Clock()
    async with caller_at(organisation(clock=clock, delay_s=10)) as caller:
        accepted = await caller.http.post(JOBS, json={"interval": WEEK})
        job = f"{JOBS}/{accepted.json()['jobId']}"
        answers = [await caller.http.get(job)]
        early = await caller.http.get(f"{job}/results")
        for clock.seconds in (5.0, 10.0):
            answers.append(await caller.http.get(job))
        read = await caller.http.get(f"{job}/results")
        deleted = await caller.http.delete(job)
        gone = [(await caller.http.request(method, job)).status_code for method in ("GET", "DELETE")]

    assert (accepted.status_code, set(accepted.json())) == (202, {"jobId"})
    assert [(one.status_code, one.json()["state"]) for one in answers] == [
        (202, "QUEUED"),
        (202, "PENDING"),
        (200, "FULFILLED"),
    ]
    assert answers[-1].json() == {
        "state": "FULFILLED",
        "submissionDate": "2026-11-20T12:30:00.000Z",
        "completionDate": "2026-11-20T12:30:10.000Z",
    }
    assert (early.status_code, early.json()["code"], read.status_code) == (404, "not.found", 200)
    assert (deleted.status_code, deleted.content, gone) == (204, b"", [404, 404])


ENDS = {
    "failed": ("FAILED", {"errorMessage", "completionDate"}),
    "error": ("CANCELLED", {"completionDate"}),
    "stuck": ("PENDING", set[str]()),
    "unknown-state": ("RESHUFFLING", set[str]()),
}


@pytest.mark.parametrize(("fault", "state", "more"), [(word, *end) for word, end in ENDS.items()], ids=ENDS)
async def test_a_job_may_end_otherwise(fault: str, state: str, more: set[str]) -> None:
    clock = Clock()
    async with caller_at(organisation(clock=clock, delay_s=10, faults=fault)) as caller:
        job = f"{JOBS}/{(await caller.post(JOBS, interval=WEEK))['jobId']}"
        clock.seconds = 20.0 if state in {"FAILED", "CANCELLED"} else 5.0
        status, results = await caller.get(job), await caller.http.get(f"{job}/results")
    assert status["state"] == state
    assert set(status) == {"state", "submissionDate"} | more
    assert results.status_code == 404


async def test_results_expire() -> None:
    clock = Clock()
    async with caller_at(organisation(clock=clock, traits=GenesysTraits(results_lifetime_s=60))) as caller:
        job = f"{JOBS}/{(await caller.post(JOBS, interval=WEEK))['jobId']}"
        clock.seconds = 60.0
        status, results = await caller.http.get(job), await caller.http.get(f"{job}/results")
    assert (status.status_code, status.json()["state"], status.json()["expirationDate"]) == (
        200,
        "EXPIRED",
        "2026-11-20T12:31:00.000Z",
    )
    assert results.status_code == 404


async def test_a_job_finds_what_was_going_on_and_on_request_only_what_began() -> None:
    interval = "2026-10-15T08:00:00.000Z/2026-10-16T08:00:00.000Z"
    async with caller_at(PLATFORM) as caller:
        active, begun = await caller.results(interval), await caller.results(interval, startOfDayIntervalMatching=True)
    assert ids(active) == [found.conversation_id for found in raw(interval)]
    midnight = "2026-10-15T00:00:00.000Z"
    assert ids(begun) == [found["conversationId"] for found in active if found["conversationStart"] >= midnight]
    assert len(begun) < len(active)


@pytest.mark.parametrize("size", [1, 10, 1_000])
async def test_the_cursor_leads_from_page_to_page_and_ends_with_the_last(size: int) -> None:
    interval = "2026-10-05T08:00:00.000Z/2026-10-05T14:00:00.000Z"
    async with caller_at(PLATFORM) as caller:
        assert ids(await caller.results(interval, page_size=size)) == [found.conversation_id for found in raw(interval)]


SHORT = quote(b64encode(b"\xfb\xef\xbe\xff\xfe1").decode())
"""Begins as the platform's cursors do."""


async def test_a_cursor_has_to_be_encoded_and_must_be_one_of_the_platforms() -> None:
    async with caller_at(PLATFORM) as caller:
        results = f"{JOBS}/{(await caller.post(JOBS, interval=WEEK))['jobId']}/results"
        cursor = (await caller.get(results, pageSize="5"))["cursor"]
        wrong = (cursor, "bW9yZQ==", "1", SHORT)
        answers = [await caller.http.get(f"{results}?pageSize=5&cursor={each}") for each in wrong]
    assert set("+/=") <= set(cursor)
    assert [answer.status_code for answer in answers] == [400, 400, 400, 400]


async def test_a_limit_ends_the_results_over_pages_too() -> None:
    async with caller_at(PLATFORM) as caller:
        whole, limited = await caller.results(WEEK), await caller.results(WEEK, limit=12, page_size=5)
    assert ids(limited) == ids(whole)[:12]


async def test_a_job_without_conversations_has_an_empty_last_page() -> None:
    async with caller_at(PLATFORM) as caller:
        assert await caller.results("2020-01-01T00:00:00Z/2020-01-02T00:00:00Z") == []


async def test_job_results_have_attributes_and_no_external_caller() -> None:
    async with caller_at(PLATFORM) as caller:
        found = await caller.results(WEEK)
    callers = [conversation["participants"][0] for conversation in found]
    assert {who["purpose"] for who in callers} == {"customer"}
    assert all(who["attributes"]["customerNumber"].startswith("K-") for who in callers)


async def test_rows_beyond_the_watermark_are_missing_from_jobs_and_not_from_the_query() -> None:
    async with caller_at(PLATFORM) as caller:
        available = await caller.get(JOBS + "/availability")
        job = f"{JOBS}/{(await caller.post(JOBS, interval=TODAY))['jobId']}"
        page, live = await caller.get(f"{job}/results"), await pages(caller, TODAY, 100)
    watermark = iso(milliseconds(WATERMARK))
    assert available == {"dataAvailabilityDate": watermark}
    assert page["dataAvailabilityDate"] == watermark
    complete = [one.conversation_id for one in raw(TODAY) if one.end_ms and one.end_ms <= milliseconds(WATERMARK)]
    assert ids(page["conversations"]) == complete
    assert len(complete) < len(live)


async def test_the_lake_catches_up_as_time_goes_by() -> None:
    now = [NOW]
    platform = GenesysPlatform(SimulatorSettings(users=40, delay_s=0), now=lambda: now[0])
    async with caller_at(platform) as caller:
        early = await caller.results(TODAY)
        now[0] = NOW + timedelta(days=2)
        late = await caller.results(TODAY)
    assert ids(late)[: len(early)] == ids(early)
    assert len(late) > len(early)


async def test_a_job_and_the_query_give_the_same_conversations_but_for_attributes() -> None:
    async with caller_at(PLATFORM) as caller:
        paged, job = await pages(caller, WEEK, 100), await caller.results(WEEK, startOfDayIntervalMatching=True)
    for found in job:
        for who in found["participants"]:
            del who["attributes"]
    assert json.dumps(paged) == json.dumps(job)
