"""One POST for one order, whatever happens on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import httpx
import pytest

from loopback import Answering
from unique_analytics_mcp.backends._placing import earliest_creation, newest_answering
from unique_analytics_mcp.backends.unique.simulator import UniquePlatform
from unique_analytics_mcp.domain.order import OrderState, PlatformOrder
from unique_analytics_mcp.errors import (
    AnalyticsError,
    BackendUnavailable,
    NotAllowed,
    NotAuthenticated,
    RateLimited,
    SubmissionUnclear,
)
from unique_analytics_mcp.simulator import serve
from unique_clients import NOW, REQUEST, access, client_of, tenant, window, written


@pytest.mark.parametrize("fault", ["drop@create", "504@create"])
async def test_an_order_whose_answer_was_lost_is_found_in_the_list(fault: str):
    async with tenant() as home:
        client = home.client()
        earlier = await client.submit(REQUEST)
        home.platform.faults.add(fault)
        placed = await client.submit(REQUEST)
        assert placed.answers(REQUEST)
        assert placed.order_id != earlier.order_id
        assert (home.count("POST"), home.slept) == (2, [0.0])


@pytest.mark.parametrize(
    "fault", ["drop-before@create", "500@create", "502-html@create", "503@create", "wrong-type@create"]
)
async def test_an_order_that_no_list_shows_is_not_placed_a_second_time(fault: str):
    async with tenant() as home:
        client = home.client()
        await client.submit(REQUEST)
        home.platform.faults.add(fault)
        with pytest.raises(SubmissionUnclear, match="same call again in a minute: it looks for this order before"):
            await client.submit(REQUEST)
        assert (home.count("POST"), home.count("GET"), home.slept) == (2, 3, [0.0, 2.0, 5.0])


async def test_an_unclear_order_stays_unclear_when_the_list_cannot_be_read():
    async with tenant("drop@create, 500@list:always") as home:
        with pytest.raises(SubmissionUnclear, match=r"could not be read\. .* error of its own \(500\)"):
            await home.client().submit(REQUEST)
        assert (home.count("POST"), home.count("GET")) == (1, 4)


async def test_an_order_that_is_listed_late_is_found_by_a_later_look():
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        return httpx.Response(200, json=[written()] if asked == ["POST", "GET", "GET"] else [])

    asked: list[str] = []
    slept: list[float] = []
    client = client_of(access(), slept=slept, transport=Answering(answer))
    assert (await client.submit(REQUEST)).order_id == "order_1"
    assert slept == [0.0, 2.0]


async def test_an_accepted_order_without_an_id_is_looked_up():
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(201, json={"state": "PENDING"} if request.method == "POST" else [written()])

    client = client_of(access(), transport=Answering(answer))
    assert (await client.submit(REQUEST)).order_id == "order_1"


@pytest.mark.parametrize(
    ("odd", "posts"),
    [
        ({"id": None}, 0),
        ({"type": None}, 0),
        ({"state": None, "createdAt": None}, 0),
        ({"id": None, "type": "NPS"}, 1),
        ({"id": None, "createdAt": "2026-11-20T07:00:00Z"}, 1),
    ],
    ids=["no id", "no type", "no state", "of another type", "of before the attempt"],
)
async def test_an_order_is_not_placed_again_while_one_that_cannot_be_read_may_be_it(odd: dict[str, object], posts: int):
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        return httpx.Response(200, json=written() if request.method == "POST" else [written(**odd)])

    asked: list[str] = []
    client = client_of(access(), transport=Answering(answer))
    if posts:
        await client.submit(REQUEST, attempted_at=NOW - timedelta(minutes=1))
    else:
        with pytest.raises(SubmissionUnclear, match="one that the platform lists without a usable id, type or state"):
            await client.submit(REQUEST, attempted_at=NOW)
    assert asked.count("POST") == posts


async def test_an_order_that_can_be_read_is_found_beside_one_that_cannot():
    transport = Answering(lambda _: httpx.Response(200, json=[written(id=None), written()]))
    client = client_of(access(), transport=transport)
    assert (await client.submit(REQUEST, attempted_at=NOW)).order_id == "order_1"


async def test_a_refused_connection_means_that_nothing_was_placed():
    async with serve(UniquePlatform().app) as address:
        pass
    slept: list[float] = []
    with pytest.raises(BackendUnavailable, match=r"127\.0\.0\.1:\d+ could not be reached"):
        await client_of(access(address), slept=slept).submit(REQUEST)
    assert slept == []


@pytest.mark.parametrize(
    ("fault", "error"),
    [("401@create", NotAuthenticated), ("403@create", NotAllowed), ("429@create", RateLimited)],
)
async def test_a_clear_refusal_is_neither_repeated_nor_looked_into(fault: str, error: type[AnalyticsError]):
    async with tenant(fault) as home:
        with pytest.raises(error):
            await home.client().submit(REQUEST)
        assert [request.method for request in home.platform.requests] == ["POST"]


async def test_an_order_of_an_earlier_process_is_adopted_without_a_post():
    async with tenant() as home:
        placed = await home.client().submit(REQUEST)
        adopted = await home.client().submit(REQUEST, attempted_at=NOW)
        assert (adopted, home.count("POST")) == (placed, 1)


async def test_an_order_is_found_though_our_clock_was_set_back_since_the_attempt():
    async with tenant() as home:
        placed = await home.client().submit(REQUEST)
        adopted = await home.client().submit(REQUEST, attempted_at=NOW + timedelta(hours=1))
        assert (adopted, home.count("POST")) == (placed, 1)


async def test_an_attempt_that_left_nothing_behind_is_made_again():
    async with tenant() as home:
        placed = await home.client().submit(REQUEST, attempted_at=NOW - timedelta(hours=1))
        assert placed.answers(REQUEST)
        assert [request.method for request in home.platform.requests] == ["GET", "POST"]


@pytest.mark.parametrize(("seconds", "posts"), [(5, 0), (60, 1)])
async def test_an_attempt_that_is_not_listed_is_not_made_again_within_a_minute(seconds: int, posts: int):
    async with tenant() as home:
        attempt = home.client().submit(REQUEST, attempted_at=NOW - timedelta(seconds=seconds))
        if posts:
            await attempt
        else:
            with pytest.raises(SubmissionUnclear, match="same call again in 50 seconds: it looks"):
                await attempt
        assert home.count("POST") == posts


async def test_after_two_unclear_attempts_the_minute_counts_from_the_second():
    async with tenant("500@create:2") as home:
        client = home.client()
        for seconds, match in ((0, "in a minute"), (60, "in a minute"), (65, "in 50 seconds")):
            home.ahead = timedelta(seconds=seconds)
            with pytest.raises(SubmissionUnclear, match=match):
                await client.submit(REQUEST, attempted_at=NOW if seconds else None)
        assert home.count("POST") == 2
        home.ahead = timedelta(seconds=120)
        await client.submit(REQUEST, attempted_at=NOW)


async def test_an_attempt_that_was_refused_does_not_lengthen_the_minute_of_the_unclear_one_before():
    async with tenant("500@create,403@create") as home:
        client = home.client()
        for seconds, error in ((0, SubmissionUnclear), (60, NotAllowed)):
            home.ahead = timedelta(seconds=seconds)
            with pytest.raises(error):
                await client.submit(REQUEST, attempted_at=NOW if seconds else None)
        home.ahead = timedelta(seconds=65)
        await client.submit(REQUEST, attempted_at=NOW)
        assert home.count("POST") == 3


async def test_an_attempt_that_cannot_be_looked_up_is_not_made_again():
    async with tenant("403@list") as home:
        with pytest.raises(SubmissionUnclear, match=r"does not allow this \(403\)"):
            await home.client().submit(REQUEST, attempted_at=NOW)
        assert home.count("POST") == 0


@pytest.mark.parametrize(
    "ahead", [timedelta(hours=2), timedelta(0), -timedelta(hours=2)], ids=["ahead", "equal", "behind"]
)
async def test_a_clock_that_is_wrong_by_hours_does_not_matter(ahead: timedelta):
    async with tenant("drop@create") as home:
        home.ahead = ahead
        placed = await home.client().submit(REQUEST)
        assert placed.answers(REQUEST)
        assert home.count("POST") == 1


@pytest.mark.parametrize(
    ("our_now", "platform_now", "earliest"),
    [
        (NOW + timedelta(seconds=9), NOW + timedelta(seconds=9), NOW - timedelta(seconds=30)),
        (NOW + timedelta(seconds=9), NOW + timedelta(hours=1, seconds=9), NOW + timedelta(minutes=59, seconds=30)),
        (NOW + timedelta(seconds=9), NOW - timedelta(hours=1), NOW - timedelta(hours=1, seconds=39)),
        (NOW + timedelta(seconds=9), None, NOW - timedelta(minutes=2)),
    ],
    ids=["equal clocks", "platform ahead", "platform behind", "platform's clock unknown"],
)
def test_the_earliest_creation_is_reckoned_by_the_platforms_clock(
    our_now: datetime, platform_now: datetime | None, earliest: datetime
):
    assert earliest_creation(NOW, our_now=our_now, platform_now=platform_now) == earliest


def platform_order(order_id: str, created_at: datetime | None = NOW, **other: object) -> PlatformOrder:
    fitting = PlatformOrder(
        order_id=order_id,
        type=REQUEST.type,
        state=OrderState.DONE,
        platform_state="DONE",
        start=REQUEST.window.start,
        end=REQUEST.window.end,
        created_at=created_at,
    )
    return replace(fitting, **other)  # pyright: ignore[reportArgumentType] - a table of changes


def test_the_newest_order_that_gives_exactly_the_report_is_taken():
    orders = [
        platform_order("newest of another type", NOW + timedelta(seconds=9), type="NPS"),
        platform_order("of another day", end=date(2026, 10, 30)),
        platform_order("of one assistant", options={"assistant_id": "assistant_legal"}),
        platform_order("of unknown age", None),
        platform_order("older", NOW),
        platform_order("newest", NOW + timedelta(seconds=1)),
        platform_order("of the same moment", NOW + timedelta(seconds=1)),
        platform_order("too old", NOW - timedelta(seconds=1)),
    ]
    found = newest_answering(orders, REQUEST, created_since=NOW)
    assert found == orders[5]
    assert newest_answering(orders, REQUEST, created_since=NOW + timedelta(seconds=2)) is None


@pytest.mark.parametrize("complete", [True, False], ids=["after the days were over", "while they ran"])
def test_an_order_of_days_that_still_ran_answers_only_who_asked_while_they_did(complete: bool):
    today = window(NOW.date(), NOW.date()).model_copy(update={"complete": complete})
    order = platform_order("while they ran", start=today.start, end=today.end)
    found = newest_answering([order], replace(REQUEST, window=today), created_since=NOW)
    assert found == (None if complete else order)
