"""The client of the public analytics-order API, against the pretend platform over real HTTP."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import httpx
import pytest

from loopback import Answering, Sink
from unique_analytics_mcp.backends import Backend
from unique_analytics_mcp.backends._unique_orders import read_day, read_order
from unique_analytics_mcp.backends.unique.client import order_body
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.domain.order import OrderState, PlatformOrder, UnreadableOrder
from unique_analytics_mcp.errors import (
    AnalyticsError,
    InvalidRequest,
    OrderNotFound,
    OrderNotReady,
    UnexpectedAnswer,
)
from unique_clients import DEMO, NOW, REQUEST, access, client_of, tenant, written


async def test_an_order_is_placed_found_fetched_and_deleted():
    async with tenant() as home:
        backend: Backend = home.client()
        assert (backend.name, backend.catalogue) == ("unique", UNIQUE_REPORTS)
        placed = await backend.submit(REQUEST)
        assert placed.answers(REQUEST)
        assert (placed.state, placed.created_at) == (OrderState.DONE, NOW)
        assert await backend.status(placed.order_id) == placed
        assert await backend.list(offset=0, limit=20) == await backend.list(offset=0, limit=1) == (placed,)
        sink = Sink()
        await backend.fetch(placed.order_id, sink, request=REQUEST)
        assert sink.content.decode("utf-8-sig").startswith("Email,Date,Assistant,Count")
        await backend.delete(placed.order_id)
        with pytest.raises(OrderNotFound, match=placed.order_id):
            await backend.status(placed.order_id)


@pytest.mark.parametrize(
    ("version", "body"),
    [
        (
            "2023-12-06",
            {"type": "NPS", "startDate": "2026-10-01", "endDate": "2026-10-31", "assistantId": "assistant_legal"},
        ),
        (
            "2026-03-01",
            {"type": "NPS", "start_date": "2026-10-01", "end_date": "2026-10-31", "assistant_id": "assistant_legal"},
        ),
    ],
)
async def test_both_dialects_are_spoken_and_read_alike(version: str, body: Mapping[str, str]):
    request = replace(REQUEST, type="NPS", options={"assistant_id": "assistant_legal"})
    async with tenant() as home:
        placed = await home.client(api_version=version).submit(request)
        assert placed.answers(request)
        assert json.loads(home.platform.requests[0].body) == body


def test_what_is_not_asked_for_is_not_sent():
    assert order_body(REQUEST, snake_case=False).keys() == {"type", "startDate", "endDate"}


async def test_the_headers_say_who_we_are_and_nothing_more():
    async with tenant() as home:
        await home.client().list(offset=0, limit=1)
        (request,) = home.platform.requests
    assert {name: value for name, value in request.headers.items() if name != "user-agent"} == {
        "host": home.address.removeprefix("http://"),
        "accept": "application/json",
        "accept-encoding": "gzip",
        "connection": "keep-alive",
        "authorization": f"Bearer {DEMO.api_key}",
        "x-user-id": DEMO.admin_user_id,
        "x-company-id": DEMO.company_id,
        "x-app-id": DEMO.app_id,
        "x-api-version": "2023-12-06",
    }
    assert request.headers["user-agent"].startswith("unique-analytics-mcp/")


async def test_a_list_longer_than_a_page_is_read_in_pages():
    def page(request: httpx.Request) -> httpx.Response:
        skip, take = int(request.url.params["skip"]), int(request.url.params["take"])
        asked.append((skip, take))
        return httpx.Response(
            200, json=[written(id=f"order_{number}") for number in range(skip, min(skip + take, 230))]
        )

    asked: list[tuple[int, int]] = []
    client = client_of(access(), transport=Answering(page))
    orders = await client.list(offset=10, limit=250)
    assert [order.order_id for order in orders] == [f"order_{number}" for number in range(10, 230)]
    assert asked == [(10, 100), (110, 100), (210, 50)]


async def test_no_more_orders_are_read_than_were_asked_for():
    """Two million entries that fit one answer took the server forty seconds."""
    page = [written(id=f"order_{number}") for number in range(300)]
    client = client_of(access(), transport=Answering(lambda _: httpx.Response(200, json=page)))
    assert [order.order_id for order in await client.list(offset=0, limit=2)] == ["order_0", "order_1"]


async def test_an_order_of_no_moment_or_with_half_a_character_is_listed_like_any_other():
    answer = json.dumps([written(createdAt="0001-01-01T00:00:00Z", state="\ud83d")]).encode()
    client = client_of(access(), transport=Answering(lambda _: httpx.Response(200, content=answer)))
    (order,) = await client.list(offset=0, limit=1)
    assert isinstance(order, PlatformOrder)
    assert (order.created_at, order.platform_state) == (None, "?")


@pytest.mark.parametrize(
    ("odd", "read"),
    [
        (written(state=None), UnreadableOrder(order_id="order_1", type="CHAT_INTERACTION", created_at=NOW)),
        (written(id=17, type=""), UnreadableOrder(created_at=NOW)),
        (None, UnreadableOrder()),
    ],
    ids=["no state", "no id and no type", "nothing"],
)
async def test_an_entry_that_is_no_order_hides_no_other(odd: object, read: UnreadableOrder):
    answer = json.dumps([odd, written(id="order_2")]).encode()
    client = client_of(access(), transport=Answering(lambda _: httpx.Response(200, content=answer)))
    first, second = await client.list(offset=0, limit=2)
    assert (first, second.order_id) == (read, "order_2")


async def test_an_illegal_order_id_costs_no_call():
    async with tenant() as home:
        client = home.client()
        illegal = "../orders?take=100"
        for attempt in (client.status(illegal), client.delete(illegal), client.fetch(illegal, Sink(), request=REQUEST)):
            with pytest.raises(InvalidRequest):
                await attempt
        assert not home.platform.requests


async def test_an_order_that_another_one_is_answered_for_is_not_believed():
    client = client_of(access(), transport=Answering(lambda _: httpx.Response(200, json=written(id="other"))))
    with pytest.raises(UnexpectedAnswer, match=r"another order where order_1 was asked for\. Make the same call again"):
        await client.status("order_1")


async def test_a_passing_trouble_is_sat_out():
    async with tenant("503@list, 429@list, drop@list") as home:
        assert await home.client().list(offset=0, limit=20) == ()
        assert home.slept == [1.0, 2.0, 4.0]


async def test_a_delete_whose_answer_was_lost_has_succeeded():
    async with tenant("drop@delete") as home:
        client = home.client()
        placed = await client.submit(REQUEST)
        await client.delete(placed.order_id)
        assert (home.count("DELETE"), len(home.platform.orders)) == (2, 0)


async def test_a_report_cut_short_begins_again():
    async with tenant("truncate") as home:
        client, sink, whole = home.client(), Sink(), Sink()
        placed = await client.submit(REQUEST)
        await client.fetch(placed.order_id, sink, request=REQUEST)
        await client.fetch(placed.order_id, whole, request=REQUEST)
    assert (sink.content, sink.restarts) == (whole.content, 1)


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_a_file_that_is_not_where_the_platform_sends_us_is_asked_for_anew_and_then_missing(
    status: int,
):
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        where = {"location": "https://storage.example/blob?sig=1"}
        return httpx.Response(302, headers=where) if request.url.host == "platform.example" else httpx.Response(status)

    asked: list[str] = []
    client = client_of(access(), transport=Answering(answer))
    with pytest.raises(OrderNotReady, match=rf"order_1 is not ready, or gone \({status}\)"):
        await client.fetch("order_1", Sink(), request=REQUEST)
    assert asked.count("platform.example") == asked.count("storage.example") == 4


@pytest.mark.parametrize("fault", ["wrong-type@download", "json-download"])
async def test_a_report_that_is_none_is_refused(fault: str):
    async with tenant(fault) as home:
        client, sink = home.client(), Sink()
        placed = await client.submit(REQUEST)
        with pytest.raises(UnexpectedAnswer, match="where a CSV was expected"):
            await client.fetch(placed.order_id, sink, request=REQUEST)
    assert sink.chunks == []


def test_an_order_is_read_with_what_we_do_not_know():
    raw = written(state="RECALCULATING", rowCount=7)
    assert read_order(raw) == PlatformOrder(
        order_id="order_1",
        type="CHAT_INTERACTION",
        state=OrderState.PROCESSING,
        platform_state="RECALCULATING",
        start=date(2026, 10, 1),
        end=date(2026, 10, 31),
        created_at=NOW,
        raw=raw,
    )


def test_an_order_of_nothing_but_id_type_and_state_is_one():
    order = read_order({"id": "order_1", "type": "NPS", "state": "done", "configuration": None, "createdAt": 7})
    assert (order.state, order.start, order.end, order.created_at) == (OrderState.DONE, None, None, None)


@pytest.mark.parametrize("name", ["hidePromptsData", "hide_prompts_data"])
def test_hidden_prompts_are_remarked_upon(name: str):
    (remark,) = read_order(written(configuration={name: True})).remarks
    assert "chat.data.admin" in remark
    assert read_order(written(configuration={name: False})).remarks == ()


@pytest.mark.parametrize(
    "body",
    [
        written(id=None),
        written(id=""),
        written(id=17),
        written(id="../../etc"),
        written(type=None),
        written(state=""),
        {},
        [],
        "order_1",
        None,
    ],
)
def test_an_order_without_a_usable_id_type_or_state_is_none(body: object):
    with pytest.raises(UnexpectedAnswer, match="without a usable id, type or state"):
        read_order(body)


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2024-06-02", date(2024, 6, 2)),
        ("2024-05-02T22:00:00.000Z", date(2024, 5, 3)),
        ("2024-06-02T21:59:59.999Z", date(2024, 6, 2)),
        ("2024-01-31T23:00:00.000Z", date(2024, 2, 1)),
        ("2024-01-31T22:59:59.999Z", date(2024, 1, 31)),
        ("2024-06-02T00:00:00.000Z", date(2024, 6, 2)),
        ("2024-06-02T23:59:59.999Z", date(2024, 6, 2)),
        ("2024-06-02T00:00:00+02:00", date(2024, 6, 2)),
        ("2024-06-02T23:59:59.999-05:00", date(2024, 6, 2)),
        ("2024-06-02T23:30:00", date(2024, 6, 2)),
        ("9999-12-31T23:30:00Z", None),
        ("02.06.2024", None),
        ("", None),
        (None, None),
        (1717279200, None),
    ],
)
def test_days_are_read_from_dates_and_from_moments(value: object, day: date | None):
    assert read_day(value) == day


def test_a_creation_without_a_zone_is_taken_as_utc():
    assert read_order(written(createdAt="2026-11-20T08:00:00")).created_at == NOW


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({"api_key": "ukey_renewed"}, True),
        ({"app_id": "app_other"}, True),
        ({"user_id": "user_other"}, False),
        ({"company_id": "company_other"}, False),
        ({"base_url": "https://elsewhere.example"}, False),
    ],
)
def test_the_principal_is_the_user_of_a_company_on_a_platform(other: dict[str, str], same: bool):
    assert (access(**other).principal == access().principal) is same
    assert client_of(access(**other)).principal == access(**other).principal


async def test_secrets_are_in_no_representation_log_or_error(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="unique_analytics_mcp")  # whatever a server made of it before
    async with tenant("403@list, drop-before@create") as home:
        client = home.client()
        told = [repr(client), repr(access())]
        for attempt in (client.list(offset=0, limit=1), client.submit(REQUEST), client.status("analyticOrder_1")):
            with pytest.raises(AnalyticsError) as caught:
                await attempt
            told += [str(caught.value), repr(caught.value), "".join(traceback.format_exception(caught.value))]
    told.append(caplog.text)
    assert "GET /analytics/orders/{id}: 404 after" in caplog.text
    assert [text for text in told if DEMO.api_key in text] == []
