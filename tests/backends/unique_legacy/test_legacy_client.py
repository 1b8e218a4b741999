"""The client of the older Unique API, where it differs: a GET that creates, GraphQL, login tokens."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import get_args

import anyio
import httpx
import pytest

from fakes import HANGS_S
from loopback import Answering
from unique_analytics_mcp.backends._runtime import Runtime
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.backends.unique_legacy.access import LegacyAccess, internal_base
from unique_analytics_mcp.backends.unique_legacy.catalogue import NO_PROMISE, legacy_catalogue
from unique_analytics_mcp.backends.unique_legacy.client import LegacyClient
from unique_analytics_mcp.backends.unique_legacy.placed import read_placed
from unique_analytics_mcp.backends.unique_legacy.simulator import IdShape, LegacyPlatform
from unique_analytics_mcp.backends.unique_legacy.simulator_tokens import (
    ADMINISTRATOR,
    GUEST,
    LATECOMER,
    Visitor,
)
from unique_analytics_mcp.domain.order import OrderRequest, OrderState
from unique_analytics_mcp.errors import (
    BackendError,
    BackendUnavailable,
    ConfigurationError,
    NotAllowed,
    NotAuthenticated,
    OrderNotFound,
    RequestRefused,
    SubmissionUnclear,
    UnexpectedAnswer,
)
from unique_analytics_mcp.simulator import SimulatorSettings, parse_faults, serve
from unique_clients import NOW, window, written

CATALOGUE = legacy_catalogue(UNIQUE_REPORTS)
REQUEST = OrderRequest(backend="unique-legacy", type="CHAT_INTERACTION", window=window())
TODAY = date(2026, 11, 20)


def access(base_url: str = "https://platform.example/chat", **other: str) -> LegacyAccess:
    return replace(LegacyAccess(base_url=base_url, token=ADMINISTRATOR.token), **other)  # pyright: ignore[reportArgumentType] - a table of changes


def client_of(known: LegacyAccess, transport: httpx.MockTransport | None = None) -> LegacyClient:
    async def sleep(_: float) -> None: ...

    runtime = Runtime(
        now=lambda: NOW, sleep=sleep, random=lambda: 1.0, transport=transport, download_transport=transport
    )
    return LegacyClient(known, catalogue=CATALOGUE, runtime=runtime)


@asynccontextmanager
async def served(
    faults: str = "", *, answers_with: IdShape = "text", graphql_path: str = "/graphql", largest_take: int = 100
) -> AsyncGenerator[tuple[LegacyPlatform, str]]:
    settings = SimulatorSettings(users=20, delay_s=0, today=TODAY, faults=parse_faults(faults))
    platform = LegacyPlatform(
        settings, now=lambda: NOW, answers_with=answers_with, graphql_path=graphql_path, largest_take=largest_take
    )
    async with serve(platform.app) as address:
        with anyio.fail_after(HANGS_S):
            yield platform, f"{address}/chat"


def made(platform: LegacyPlatform) -> list[str]:
    return [f"{request.method} {request.path.removeprefix('/chat')}" for request in platform.requests]


@pytest.mark.parametrize("shape", get_args(IdShape))
async def test_the_id_is_taken_in_whatever_shape_it_comes(shape: IdShape):
    async with served(answers_with=shape) as (platform, base):
        client = client_of(access(base))
        placed = await client.submit(REQUEST)
        assert placed.answers(REQUEST)
        assert [job.job_id for job in platform.orders] == [placed.order_id]
        assert made(platform) == ["GET /analytics/chat-interactions"]
        await client.aclose()


@pytest.mark.parametrize(
    ("body", "order_id"),
    [
        (" analyticOrder_1\n", "analyticOrder_1"),
        ('"analyticOrder_1"', "analyticOrder_1"),
        ('{"orderId": "17"}', "17"),
        ('{"analytics_order_id": "x"}', "x"),
        ('{"data": {"analyticsOrder": {"id": "x"}}}', "x"),
        ("OK", None),
        ("true", None),
        ('"created"', None),
        ('{"id": 17}', None),
        ('{"id": "../../etc"}', None),
        ('["analyticOrder_1"]', None),
        ("<html><h1>Please sign in</h1></html>", None),
        ("", None),
        ("[" * 100_000, None),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_may_be_something_else_than_an_id_is_none(body: str, order_id: str | None):
    placed = read_placed(body, REQUEST)
    assert (placed.order_id if placed else None) == order_id
    assert placed is None or (placed.state, placed.answers(REQUEST)) == (OrderState.PENDING, True)


async def test_an_answer_without_an_id_is_settled_by_the_list_and_the_get_is_not_repeated():
    async with served("wrong-type@create") as (platform, base):
        client = client_of(access(base))
        with pytest.raises(SubmissionUnclear, match="same call again in a minute: it looks for this order before"):
            await client.submit(REQUEST)
        assert made(platform) == ["GET /analytics/chat-interactions", *["POST /graphql"] * 3]
        await client.aclose()


async def test_a_creating_get_is_not_sent_on_to_another_address():
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url.path))
        return httpx.Response(302, headers={"location": "https://platform.example/chat/analytics/elsewhere"})

    asked: list[str] = []
    with pytest.raises(UnexpectedAnswer, match="302"):
        await client_of(access(), Answering(answer)).submit(REQUEST)
    assert asked == ["/chat/analytics/chat-interactions"]


async def test_an_expired_token_is_told_before_any_call():
    async with served() as (platform, base):
        client = client_of(access(base, token=LATECOMER.token))
        for attempt in (client.submit(REQUEST), client.list(offset=0, limit=1), client.delete("order_1")):
            with pytest.raises(NotAuthenticated, match=r"expired at 2024-01-01 00:00 UTC; .*UNIQUE_ACCESS_TOKEN"):
                await attempt
        assert made(platform) == []


@pytest.mark.parametrize(
    ("token", "says"),
    [
        ("not-a-token", "It may have expired"),
        ("a.b.c", "It may have expired"),
        ("ukey_demo_nordwind", "looks like an API key"),
        (f"Bearer {ADMINISTRATOR.token}", "begins with Bearer: give the token alone"),
        (replace(LATECOMER, until=NOW - timedelta(seconds=30)).token, "It may have expired"),
    ],
    ids=["opaque", "garbled", "API key", "as in the header", "just expired"],
)
async def test_a_token_that_the_gateway_refuses_is_one_error(token: str, says: str):
    async with served() as (_, base):
        client = client_of(access(base, token=token))
        with pytest.raises(NotAuthenticated, match=says) as refused:
            await client.list(offset=0, limit=1)
        assert token not in str(refused.value)
        await client.aclose()


def test_the_principal_is_the_user_whom_the_token_names():
    renewed = replace(ADMINISTRATOR, until=datetime(2027, 1, 1, tzinfo=UTC))
    assert access(token=renewed.token).principal == access().principal
    others = [
        access(token=GUEST.token),
        access(token=Visitor("user_demo_admin", ADMINISTRATOR.roles, company_id="company_other").token),
        access(token="opaque"),
        access(token="opaque too"),
        access("https://elsewhere.example/chat"),
    ]
    assert len({access().principal, *(other.principal for other in others)}) == 6
    assert ADMINISTRATOR.token not in repr(access())


async def test_a_refusal_in_graphql_with_status_200_is_an_error():
    async with served() as (platform, base):
        client = client_of(access(base, token=GUEST.token))
        with pytest.raises(NotAllowed, match=r"chat\.feedback\.read"):
            await client.list(offset=0, limit=1)
        assert platform.requests[-1].status == 200
        await client.aclose()


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"errors": [{"message": "x", "extensions": {"code": "UNAUTHENTICATED"}}]}, NotAuthenticated),
        ({"errors": [{"message": "x", "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}}]}, RequestRefused),
        ({"errors": [{"message": "x", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]}, BackendUnavailable),
        ({"errors": [{"message": "x"}], "data": None}, BackendUnavailable),
        ({"errors": [{"message": "x"}], "data": {"analyticsOrders": None}}, BackendUnavailable),
        ({"errors": "everything"}, BackendUnavailable),
        ({"data": {"analyticsOrders": None}}, UnexpectedAnswer),
        ({"data": {}}, UnexpectedAnswer),
        ([], UnexpectedAnswer),
    ],
    ids=str,
)
async def test_an_answer_without_orders_is_an_error_in_our_words(body: object, error: type[BackendError]):
    client = client_of(access(), Answering(lambda _: httpx.Response(200, json=body)))
    with pytest.raises(error) as refused:
        await client.list(offset=0, limit=1)
    assert refused.value.hint


@pytest.mark.parametrize(("code", "error"), [("UNAUTHENTICATED", NotAuthenticated), ("FORBIDDEN", NotAllowed)])
async def test_a_refusal_in_graphql_is_told_as_what_it_is_whatever_its_status(code: str, error: type[BackendError]):
    body = {"errors": [{"message": "Context creation failed", "extensions": {"code": code}}]}
    client = client_of(access(), Answering(lambda _: httpx.Response(400, json=body)))
    with pytest.raises(error):
        await client.list(offset=0, limit=1)


async def test_orders_that_came_beside_an_error_are_read():
    entries = [written(id="order_1"), None, written(id="order_3", configuration=None)]
    failed = [{"message": "x", "path": ["analyticsOrders", 1], "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]
    body = {"errors": failed, "data": {"analyticsOrders": entries, "analyticsOrderDelete": {"id": "order_1"}}}
    client = client_of(access(), Answering(lambda _: httpx.Response(200, json=body)))
    assert [order.order_id for order in await client.list(offset=0, limit=9)] == ["order_1", "", "order_3"]
    assert (await client.status("order_1")).state is OrderState.PENDING
    await client.delete("order_1")


@pytest.mark.parametrize(
    "nowhere",
    [
        httpx.Response(404, json={"message": "no Route matched with those values"}),
        httpx.Response(404, json={"statusCode": 404, "message": "Cannot POST /graphql", "error": "Not Found"}),
        httpx.Response(404, html="<html><h1>404</h1></html>"),
        httpx.Response(404),
    ],
    ids=["gateway", "service", "page", "nothing"],
)
async def test_an_address_that_is_not_there_says_of_no_order_that_it_is_gone(nowhere: httpx.Response):
    client = client_of(access(), Answering(lambda _: httpx.Response(404, content=nowhere.content)))
    for attempt in (client.status("order_1"), client.delete("order_1"), client.list(offset=0, limit=1)):
        with pytest.raises(UnexpectedAnswer, match=r"no older analytics API under the prefix /chat .404.*GRAPHQL_PATH"):
            await attempt


@pytest.mark.parametrize(
    ("odd", "error"),
    [
        ({"id": None}, UnexpectedAnswer),
        ({"state": None}, UnexpectedAnswer),
        ({"id": "x", "state": None}, OrderNotFound),
    ],
    ids=["without an id", "without a state", "another one"],
)
async def test_an_order_that_cannot_be_read_is_not_taken_for_one_that_is_gone(
    odd: dict[str, object], error: type[BackendError]
):
    entry = {"id": "order_1", "type": "CHAT_INTERACTION", "state": "DONE", **odd}
    body = {"data": {"analyticsOrders": [entry]}}
    client = client_of(access(), Answering(lambda _: httpx.Response(200, json=body)))
    with pytest.raises(error) as refused:
        await client.status("order_1")
    assert refused.value.hint


async def test_the_misprinted_path_is_asked_where_the_operator_says_so():
    async with served(graphql_path="/grqphql") as (_, base):
        as_printed, documented = client_of(access(base, graphql_path="/grqphql")), client_of(access(base))
        assert await as_printed.list(offset=0, limit=1) == ()
        with pytest.raises(UnexpectedAnswer, match="UNIQUE_ANALYTICS_LEGACY_GRAPHQL_PATH"):
            await documented.list(offset=0, limit=1)
        for client in (as_printed, documented):
            await client.aclose()


@pytest.mark.parametrize("largest_take", [20, 50, 1000], ids=lambda most: f"pages of {most}")
async def test_a_list_that_the_platform_cuts_is_read_on_to_its_end(largest_take: int):
    async with served(largest_take=largest_take) as (platform, base):
        client = client_of(access(base))
        placed = [await client.submit(REQUEST) for _ in range(45)]
        newest_first = [order.order_id for order in reversed(placed)]
        assert [order.order_id for order in await client.list(offset=0, limit=100)] == newest_first
        assert [order.order_id for order in await client.list(offset=3, limit=25)] == newest_first[3:28]
        assert (await client.status(placed[0].order_id)).state is OrderState.DONE
        with pytest.raises(OrderNotFound):
            await client.status("analyticOrder_of_nobody")
        assert len(platform.orders) == 45
        await client.aclose()


async def test_no_more_orders_are_read_than_were_asked_for():
    page = [written(id=f"order_{number}") for number in range(300)]
    client = client_of(access(), Answering(lambda _: httpx.Response(200, json={"data": {"analyticsOrders": page}})))
    assert [order.order_id for order in await client.list(offset=0, limit=2)] == ["order_0", "order_1"]


async def test_a_platform_that_always_lists_the_same_page_is_not_asked_for_ever():
    page = [written(id=f"order_{number}") for number in range(100)]
    client = client_of(access(), Answering(lambda _: httpx.Response(200, json={"data": {"analyticsOrders": page}})))
    with pytest.raises(UnexpectedAnswer, match="newest 10000"):
        await client.status("order_of_nobody")


async def test_deleting_what_is_gone_says_so_what_a_lost_answer_deleted_does_not_and_what_stays_is_an_error():
    def stubborn(request: httpx.Request) -> httpx.Response:
        if b"analyticsOrderDelete" in request.content:
            return httpx.Response(200, json={"errors": [{"message": "no"}]})
        return httpx.Response(200, json={"data": {"analyticsOrders": [written(id="order_1")]}})

    async with served("drop@delete") as (platform, base):
        client = client_of(access(base))
        await client.delete((await client.submit(REQUEST)).order_id)
        assert len(platform.orders) == 0
        with pytest.raises(OrderNotFound):
            await client.delete("analyticOrder_of_nobody")
        await client.aclose()
    with pytest.raises(BackendUnavailable, match="error in GraphQL"):
        await client_of(access(), Answering(stubborn)).delete("order_1")


@pytest.mark.parametrize(
    ("full", "host", "base"),
    [
        (None, "gateway.acme.unique.app", "https://gateway.acme.unique.app/chat"),
        (None, "https://gateway.unique.app", "https://gateway.unique.app/chat-gen2"),
        (None, "http://node-chat.unique.svc", "http://node-chat.unique.svc"),
        ("https://own.example/inner/", "gateway.acme.unique.app", "https://own.example/inner"),
    ],
)
def test_the_older_api_lives_beside_the_public_one(full: str | None, host: str, base: str):
    assert internal_base(full, host) == base


@pytest.mark.parametrize("full", ["https://gateway.acme.unique.app/public/chat", "https://own.example/public"])
def test_the_address_of_the_public_api_is_refused(full: str):
    with pytest.raises(ConfigurationError, match="UNIQUE_API_BASE is the address of the public API"):
        internal_base(full, None)


def test_each_report_says_that_nothing_is_promised_and_takes_no_option():
    assert list(CATALOGUE) == ["CHAT_INTERACTION", "ACTIVE_USER", "CHAT_INTERACTION_DETAILED", "REFERENCE_STAT"]
    for report in CATALOGUE.values():
        assert (report.backend, report.options) == ("unique-legacy", ())
        for caveats in (report.caveats, report.caveats_without_rows):
            assert caveats[-1] == NO_PROMISE
            assert "assistant_id" not in " ".join(caveats)
