"""The client of Genesys Cloud, as a backend behind the port, at a pretended organisation."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import httpx
import pytest

from contact_centre import DETAILS, JOBS, LIVE, MONTH, QUERY, centre, fetched, request, service_at, summed_up, window
from loopback import Answering, Sink
from organisation import caller_at
from simulated import Clock
from unique_analytics_mcp.backends import Backend
from unique_analytics_mcp.backends.genesys import aggregates, flatten, names, wire
from unique_analytics_mcp.backends.genesys.regions import Hosts
from unique_analytics_mcp.backends.genesys.simulator import GenesysTraits
from unique_analytics_mcp.domain.order import OrderRequest, OrderState
from unique_analytics_mcp.domain.summary import Summary
from unique_analytics_mcp.errors import AnalyticsError, OrderNotFound, RequestRefused, UnexpectedAnswer
from unique_analytics_mcp.simulator import serve

MOST_OF_IT = window("2026-10-01", "2026-10-30")
AVAILABILITY = f"{JOBS}/availability"


async def test_a_job_is_placed_followed_fetched_and_deleted_over_real_http() -> None:
    clock = Clock()
    async with centre(delay_s=30.0, clock=clock) as home, serve(home.platform.app) as address:
        home.transport = httpx.AsyncHTTPTransport()
        backend: Backend = home.client(hosts=Hosts(address, address))
        asked = request(DETAILS)
        placed = await backend.submit(asked)
        assert (placed.order_id.startswith("genesys-details-"), placed.state) == (True, OrderState.PENDING)
        assert (placed.provisional, placed.remarks) == (False, ())
        words = list[str]()
        for _ in range(3):
            words.append((await backend.status(placed.order_id)).platform_state)
            clock.seconds += 15
        assert words == ["QUEUED", "PENDING", "FULFILLED"]
        sink = Sink()
        said = await backend.fetch(placed.order_id, sink, request=asked)
        assert said == ["A name in queue_names may hold a ; itself: split queue_ids instead."]
        assert sink.content.startswith(
            b"conversationId,conversationStart,conversationEnd,originatingDirection,durationS,"
        )
        await backend.delete(placed.order_id)
        for attempt in (backend.status(placed.order_id), backend.delete(placed.order_id)):
            with pytest.raises(OrderNotFound, match="deleted or has expired"):
                await attempt


async def test_deleting_a_job_that_is_gone_there_says_so_and_deletes_what_is_kept_here(tmp_path: Path) -> None:
    async with centre() as home, service_at(home, tmp_path) as service:
        summary = await summed_up(service, DETAILS, "2026-10-12")
        order_id = summary.provenance.order_id
        home.platform.jobs.delete(order_id.removeprefix("genesys-details-"))
        deleted = await service.delete(order_id)
        assert deleted.remarks == ["The platform had deleted it already; it is deleted here too."]
        assert await service.noted_order_ids() == []


@pytest.mark.parametrize(
    ("platform", "state"),
    [
        ("stuck", OrderState.PROCESSING),
        ("unknown-state", OrderState.PROCESSING),
        ("failed", OrderState.FAILED),
        ("error", OrderState.FAILED),
    ],
)
async def test_the_platforms_states_have_our_words(platform: str, state: OrderState) -> None:
    clock = Clock()
    async with centre(faults=platform, delay_s=1.0, clock=clock) as home:
        client = home.client()
        placed = await client.submit(request(DETAILS))
        clock.seconds += 0.7 if platform == "unknown-state" else 2.0
        assert (await client.status(placed.order_id)).state is state


async def test_a_client_goes_on_with_the_orders_of_one_that_ended() -> None:
    async with centre() as home:
        for asked in (request(), request(DETAILS), request(DETAILS, freshness="live")):
            placed = await home.client().submit(asked)
            other, sink = home.client(), Sink()
            assert (await other.status(placed.order_id)).state is OrderState.DONE
            await other.fetch(placed.order_id, sink, request=asked)
            assert sink.content.count(b"\n") > 5


@pytest.mark.parametrize(
    ("asked", "module", "step"),
    [
        (request(group_by="queue"), aggregates, "_stats"),
        (request(group_by="queue"), wire, "plain"),
        (request(DETAILS), flatten, "_head"),
        (request(queue="Support DE"), names, "_holders"),
    ],
    ids=["reading aggregates", "writing them", "writing conversations", "looking for a name"],
)
async def test_what_takes_long_with_much_is_done_beside_the_event_loop(
    asked: OrderRequest, module: ModuleType, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    done, seen = getattr(module, step), set[int]()

    def noted(*values: object) -> object:
        seen.add(threading.get_ident())
        return done(*values)

    monkeypatch.setattr(module, step, noted)
    async with centre() as home:
        await fetched(home.client(), asked)
    assert seen
    assert threading.get_ident() not in seen


async def test_both_ways_to_the_details_give_the_same_conversations() -> None:
    async with centre(GenesysTraits(repeats_over_pages=True), users=40) as home:
        archived = await fetched(home.client(), request(DETAILS, MOST_OF_IT))
        live = await fetched(home.client(), request(DETAILS, MOST_OF_IT, freshness="live"))
        assert len(home.asked(LIVE)) > 4
    by_id = {row["conversationId"]: row for row in archived.rows}
    assert len(by_id) == len(archived.rows) > 400
    assert {row["conversationId"]: row for row in live.rows} == by_id
    assert len(live.rows) == len(by_id)
    (doubles,) = (sentence for sentence in live.said if "count once" in sentence)
    assert int(doubles.split()[0]) > 3


async def test_results_are_read_to_their_last_page_and_hold_exactly_the_windows_days() -> None:
    async with centre(GenesysTraits(results_page=50)) as home:
        found = await fetched(home.client(), request(DETAILS, MONTH))
        pages = [each for each in home.platform.requests if each.path.endswith("/results")]
        async with caller_at(home.platform) as caller:
            around = await caller.results("2026-09-28T00:00:00.000Z/2026-11-04T00:00:00.000Z", page_size=50)
    begun = sorted(
        one["conversationId"]
        for one in around
        if "2026-09-30T22:00:00.000Z" <= one["conversationStart"] < "2026-10-31T23:00:00.000Z"
    )
    assert sorted(row["conversationId"] for row in found.rows) == begun
    assert len(pages) > len(begun) // 50


async def test_a_window_beyond_the_archive_is_incomplete_and_says_how_far_it_reaches(tmp_path: Path) -> None:
    async with centre(GenesysTraits(lag=timedelta(hours=6))) as home, service_at(home, tmp_path) as service:
        summary = await summed_up(service, DETAILS, "2026-11-19..2026-11-20")
        assert len(home.asked(AVAILABILITY, "GET")) == 1
    assert summary.provenance.window
    assert not summary.provenance.window.complete
    late = [caveat for caveat in summary.caveats if "reached only to 2026-11-20 07:00 (Europe/Zurich)" in caveat]
    assert len(late) == 1


@pytest.mark.parametrize("compare", [False, True], ids=["one order", "compared"])
async def test_how_far_the_archive_reached_is_told_once(compare: bool, tmp_path: Path) -> None:
    late = GenesysTraits(lag=timedelta(hours=6))
    async with centre(late) as home, service_at(home, tmp_path) as service:
        plan = service.plan(type=DETAILS, period="2026-11-19..2026-11-20", compare=compare)
        summary = await service.answer(plan, top=10, patience_s=600)
    assert isinstance(summary, Summary)
    (said,) = (caveat for caveat in summary.caveats if "reached only to" in caveat)
    assert "reached only to 2026-11-20 07:00 (Europe/Zurich)" in said


@pytest.mark.parametrize(("lag", "period"), [(timedelta(hours=24), "yesterday"), (timedelta(days=7), "2026-11-17")])
async def test_a_window_that_ended_is_incomplete_while_the_archive_lags(
    lag: timedelta, period: str, tmp_path: Path
) -> None:
    async with centre(GenesysTraits(lag=lag)) as home, service_at(home, tmp_path) as service:
        summary = await summed_up(service, DETAILS, period)
        again = service.request(type=DETAILS, period=period)
        home.time.now += timedelta(minutes=16)
        assert not (await service.create(again)).reused
    assert summary.provenance.window
    assert not summary.provenance.window.complete


async def test_who_may_not_ask_for_the_archives_reach_is_told_that_it_is_unknown_of_new_days(tmp_path: Path) -> None:
    async with centre() as home, service_at(home, tmp_path) as service:
        home.platform.permissions.discard("analytics:conversationDetail:view")
        new, old = [await summed_up(service, DETAILS, period) for period in ("2026-11-18", "2026-11-17")]
    windows = [each.provenance.window for each in (new, old)]
    assert [window and window.complete for window in windows] == [False, True]
    doubts = [any("may not ask how far" in caveat for caveat in each.caveats) for each in (new, old)]
    assert doubts == [True, False]


async def test_live_data_reach_to_now_and_may_still_change(tmp_path: Path) -> None:
    async with centre() as home, service_at(home, tmp_path) as service:
        archived = await summed_up(service, DETAILS, "today")
        live = await summed_up(service, DETAILS, "today", freshness="live")
    assert live.provenance.rows > archived.provenance.rows
    assert any("may still change" in caveat for caveat in live.caveats)


def live_platform(body: object) -> httpx.MockTransport:
    """One that gives this answer for live conversations, and no names."""

    def answer(call: httpx.Request) -> httpx.Response:
        if call.url.path == "/oauth/token":
            return httpx.Response(200, json={"access_token": "token", "expires_in": 300})
        return httpx.Response(200, json=body if call.url.path == LIVE else {"entities": [], "pageCount": 1})

    return Answering(answer)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        pytest.param({"conversations": [], "totalHits": 100_000}, RequestRefused, id="more than pages hold"),
        pytest.param({"error": {"message": "try later"}}, UnexpectedAnswer, id="no conversations"),
    ],
)
async def test_live_data_that_cannot_be_all_there_are_no_report(body: object, error: type[AnalyticsError]) -> None:
    async with centre() as home:
        home.transport = live_platform(body)
        with pytest.raises(error):
            await fetched(home.client(), request(DETAILS, freshness="live"))


async def test_live_data_that_are_fewer_than_the_platform_counted_say_so() -> None:
    async with centre() as home:
        home.transport = live_platform({"conversations": [], "totalHits": 3})
        found = await fetched(home.client(), request(DETAILS, freshness="live"))
    assert any("counted 3 conversations on these days and sent 0" in sentence for sentence in found.said)


async def test_personal_columns_are_there_only_where_the_operator_wants_them() -> None:
    async with centre() as home:
        plain = await fetched(home.client(), request(DETAILS))
        personal = await fetched(home.client(personal=True), request(DETAILS))
        legs = await fetched(home.client(), request(DETAILS, layout="agent_legs"))
    columns = set(personal.rows[0]) - set(plain.rows[0])
    assert columns == {"ani", "dnis", "remote", "participantName", "wrapUpNote", "attributes"}
    assert any(row["ani"] for row in personal.rows)
    assert not columns & set(legs.rows[0])


async def test_names_that_cannot_be_split_are_told_of_where_several_stand_in_a_cell() -> None:
    said = "A name in queue_names may hold a ; itself: split queue_ids instead."
    async with centre() as home:
        several = await fetched(home.client(), request(DETAILS, freshness="live"))
        one = await fetched(home.client(), request(DETAILS, freshness="live", layout="agent_legs"))
    assert any(row["queueNames"] == "Claims; Schadenfälle" and row["queueCount"] == "1" for row in several.rows)
    assert said in several.said
    assert said not in one.said


async def test_legs_and_conversations_add_up_to_the_same_times() -> None:
    async with centre() as home:
        conversations = await fetched(home.client(), request(DETAILS, MONTH))
        legs = await fetched(home.client(), request(DETAILS, MONTH, layout="agent_legs"))
    for column in ("handleTimeS", "talkTimeS", "holdTimeS", "acwTimeS", "holdCount"):
        sums = [sum(float(row[column] or 0) for row in each.rows) for each in (conversations, legs)]
        assert sums[0] == pytest.approx(sums[1])
        assert sums[0] > 0


async def test_filters_of_several_dimensions_all_hold_and_values_of_one_are_alternatives() -> None:
    async with centre() as home:
        rows = (await fetched(home.client(), request(DETAILS, MONTH))).rows
        asked = request(DETAILS, MONTH, queue="support de, SUPPORT FR", media_type="voice")
        found = (await fetched(home.client(), asked)).rows
    expected = [
        row["conversationId"]
        for row in rows
        if {"Support DE", "Support FR"} & set(row["queueNames"].split(";")) and "voice" in row["mediaTypes"].split(";")
    ]
    assert sorted(row["conversationId"] for row in found) == sorted(expected)
    assert 0 < len(expected) < len(rows)


async def test_a_report_sits_out_the_minute_that_the_platform_asks_for() -> None:
    async with centre(faults="429@download") as home:
        home.platform.settings = replace(home.platform.settings, retry_after_s=60)
        began = home.time.monotonic_s
        assert (await fetched(home.client(), request())).rows
    assert home.time.monotonic_s - began >= 60


async def test_an_aggregate_question_has_the_form_the_platform_documents() -> None:
    async with centre() as home:
        queue_id = "522389d7-671f-4f95-ba5e-800438f0a10b"
        options = {"granularity": "PT1H", "group_by": "queue, media_type", "queue": queue_id, "direction": "inbound"}
        placed = await home.client().submit(request(**options))
        assert home.platform.requests == home.platform.requests.__class__()
        await home.client().fetch(placed.order_id, Sink(), request=request(**options))
        (call,) = home.asked(QUERY)
    body = httpx.Response(200, content=call.body).json()
    assert body.pop("metrics")[:2] == ["nConversations", "nOffered"]
    assert body == {
        "interval": "2026-10-04T22:00:00.000Z/2026-10-11T22:00:00.000Z",
        "granularity": "PT1H",
        "timeZone": "Europe/Zurich",
        "groupBy": ["queueId", "mediaType"],
        "flattenMultivaluedDimensions": True,
        "filter": {
            "type": "and",
            "clauses": [
                {"type": "or", "predicates": [
                    {"type": "dimension", "dimension": "queueId", "operator": "matches", "value": queue_id}]},
                {"type": "or", "predicates": [
                    {"type": "dimension", "dimension": "direction", "operator": "matches", "value": "inbound"}]},
            ],
        },
    }  # fmt: skip
