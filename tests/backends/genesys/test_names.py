"""Filters by names: looked up once in a while, refused with the nearest where nobody has one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest

from contact_centre import AGGREGATES, DETAILS, JOBS, MONTH, QUERY, centre, fetched, request
from loopback import Answering
from unique_analytics_mcp.errors import AnalyticsError, InvalidRequest, UnexpectedAnswer


@pytest.mark.parametrize(
    ("option", "written", "says"),
    [
        ("queue", "Suport DE", "The nearest are: 'Support DE'"),
        ("queue", "Marsbewohner", "There are: "),
        ("user", "Noemi Nordman", "Noëmi Nordmann"),
        ("wrap_up_code", "Adressaenderung", "'Adressänderung'"),
    ],
)
async def test_a_name_nobody_has_is_refused_with_the_nearest_before_anything_is_placed(
    option: str, written: str, says: str
) -> None:
    async with centre() as home:
        for report in (AGGREGATES, DETAILS):
            with pytest.raises(InvalidRequest) as refused:
                await home.client().submit(request(report, **{option: written}))
            assert says in refused.value.hint
        assert not home.asked(JOBS)


async def test_a_name_with_a_comma_in_it_is_one_name_and_a_built_in_code_needs_no_list() -> None:
    async with centre() as home:
        found = await fetched(home.client(), request(DETAILS, MONTH, wrap_up_code="Offerte, versandt"))
        assert {"Offerte, versandt"} <= {row["wrapUpCodeNames"] for row in found.rows}
        timeouts = await fetched(home.client(), request(DETAILS, MONTH, wrap_up_code="ININ-WRAP-UP-TIMEOUT"))
    assert all("ININ-WRAP-UP-TIMEOUT" in row["wrapUpCodeNames"] for row in timeouts.rows)


async def test_an_id_is_the_same_in_any_letters() -> None:
    async with centre() as home:
        queue_id = (await fetched(home.client(), request(group_by="queue"))).rows[0]["queueId"]
        for option, id_, spelled in [
            ("queue", queue_id, queue_id.upper()),
            ("wrap_up_code", "ININ-WRAP-UP-TIMEOUT", "inin-wrap-up-timeout"),
        ]:
            one, other = [await fetched(home.client(), request(DETAILS, **{option: each})) for each in (id_, spelled)]
            assert one.rows
            assert one.rows == other.rows


def queue(number: int, name: str) -> Mapping[str, str]:
    return {"id": f"00000000-0000-4000-8000-{number:012}", "name": name}


def platform_of(pages: Sequence[Sequence[Mapping[str, str]]], asked: list[Any]) -> httpx.MockTransport:
    """One whose queues come in these pages, and where nothing happened; `asked` gets the questions for numbers."""

    def answer(call: httpx.Request) -> httpx.Response:
        if call.url.path == "/oauth/token":
            return httpx.Response(200, json={"access_token": "token", "expires_in": 300})
        if call.url.path == QUERY:
            asked.append(json.loads(call.content))
            return httpx.Response(200, json={})
        page = pages[int(call.url.params["pageNumber"]) - 1]
        return httpx.Response(200, json={"entities": page, "pageCount": len(pages)})

    return Answering(answer)


async def test_names_of_every_page_and_ids_are_filtered_by_together() -> None:
    asked: list[Any] = []
    first, second = queue(1, "Support DE"), queue(2, "Support FR")
    async with centre() as home:
        home.transport = platform_of([[first], [second]], asked)
        await fetched(home.client(), request(queue=f"support fr, {first['id']}"))
    (clause,) = asked[0]["filter"]["clauses"]
    assert [each["value"] for each in clause["predicates"]] == [second["id"], first["id"]]


async def test_a_name_that_several_have_is_refused_with_their_ids() -> None:
    one, other = queue(1, "Support"), queue(2, "support")
    async with centre() as home:
        home.transport = platform_of([[one, other]], [])
        with pytest.raises(InvalidRequest, match="2 queues are called 'Support'") as refused:
            await home.client().submit(request(queue="Support"))
    assert refused.value.hint == f"Give queue as an id: {one['id']}, {other['id']}."


async def test_a_filter_that_names_nothing_is_refused() -> None:
    async with centre() as home:
        with pytest.raises(InvalidRequest, match="queue names nothing"):
            await home.client().submit(request(queue=" , "))


async def test_a_name_that_may_not_be_looked_up_is_refused_with_the_permission() -> None:
    async with centre() as home:
        home.platform.permissions.discard("routing:queue:view")
        with pytest.raises(AnalyticsError, match="routing:queue:view") as refused:
            await home.client().submit(request(queue="Support DE"))
    assert "as an id" in refused.value.hint


@pytest.mark.parametrize("body", [{"error": {"message": "try later"}}, [], {}], ids=["an error", "a list", "nothing"])
async def test_an_answer_that_is_no_list_of_names_is_not_taken_for_an_empty_one(body: object) -> None:
    def answer(call: httpx.Request) -> httpx.Response:
        token = {"access_token": "token", "expires_in": 300}
        return httpx.Response(200, json=token if call.url.path == "/oauth/token" else body)

    async with centre() as home:
        home.transport = Answering(answer)
        with pytest.raises(UnexpectedAnswer, match="JSON was expected that holds queues"):
            await home.client().submit(request(queue="Support DE"))


async def test_names_are_read_once_in_a_while_and_when_the_clock_is_set_back() -> None:
    async with centre() as home:
        client = home.client()
        for passed, readings in [(0, 1), (14, 1), (2, 2), (-60, 3)]:
            home.time.now += timedelta(minutes=passed)
            await client.submit(request(queue="Support DE"))
            assert len(home.asked("/api/v2/routing/queues", "GET")) == readings
