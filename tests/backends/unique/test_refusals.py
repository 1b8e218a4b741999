"""What a caller is told whom the platform refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import httpx
import pytest

from loopback import Answering, Sink
from unique_analytics_mcp.errors import (
    NotAllowed,
    NotAuthenticated,
    OrderNotFound,
    OrderNotReady,
    RequestRefused,
    UnexpectedAnswer,
)
from unique_clients import DEMO, REQUEST, access, client_of, tenant, window


@pytest.mark.parametrize(
    ("other", "hint"),
    [
        ({"api_key": "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"}, "looks like a login token"),
        ({"api_key": "app_demo", "app_id": "ukey_demo"}, "look swapped"),
        ({"api_key": "ukey_wrong"}, r"UNIQUE_APP_KEY \(or UNIQUE_API_KEY\), UNIQUE_APP_ID and UNIQUE_AUTH_COMPANY_ID"),
        ({"company_id": "company_other"}, "belong together"),
    ],
    ids=["token", "swapped", "wrong key", "wrong company"],
)
async def test_refused_credentials_name_the_likely_one(other: dict[str, str], hint: str):
    async with tenant() as home:
        with pytest.raises(NotAuthenticated, match=hint) as caught:
            await home.client(**other).list(offset=0, limit=1)
        assert home.count("GET") == 2
    assert not set(other.values()) & set(str(caught.value).split())


@pytest.mark.parametrize(
    ("type_name", "user", "prefix", "words"),
    [
        ("CHAT_INTERACTION", DEMO.guest_user_id, "/public/chat", "It needs chat.feedback.read or chat.data.admin"),
        ("MODEL_USAGE", DEMO.analyst_user_id, "/public/chat", "It needs chat.feedback.read and chat.data.admin"),
        ("CHAT_INTERACTION_DETAILED", DEMO.admin_user_id, "/public/chat-gen2", "not offered on multi-tenant"),
    ],
    ids=["no role", "one of two roles", "multi-tenant"],
)
async def test_a_refused_order_names_the_role_that_is_missing(type_name: str, user: str, prefix: str, words: str):
    request = replace(REQUEST, type=type_name, window=window(end=date(2026, 10, 3)))
    async with tenant() as home:
        with pytest.raises(NotAllowed, match=words) as caught:
            await home.client(prefix=prefix, user_id=user).submit(request)
    assert "UNIQUE_AUTH_USER_ID" in caught.value.hint


@pytest.mark.parametrize(
    ("prefix", "version"),
    [("/public/elsewhere", "2023-12-06"), ("/public/chat", "2019-01-01")],
    ids=["wrong prefix", "wrong version"],
)
async def test_an_unknown_address_names_prefix_and_version_and_says_nothing_of_an_order(prefix: str, version: str):
    async with tenant() as home:
        client = home.client(prefix=prefix, api_version=version)
        tried = f"under the prefix {prefix} with version {version} .* must be 2026.20 or newer"
        with pytest.raises(OrderNotFound, match=tried):
            await client.submit(REQUEST)
        with pytest.raises(OrderNotFound, match=tried):
            await client.list(offset=0, limit=1)
        with pytest.raises(UnexpectedAnswer, match=tried):
            await client.status("analyticOrder_1")
        with pytest.raises(UnexpectedAnswer, match=tried):
            await client.fetch("analyticOrder_1", Sink(), request=REQUEST)


async def test_an_order_the_platform_refuses_names_what_it_may_be():
    request = replace(REQUEST, window=window(start=date(2024, 1, 1)), options={"assistant_id": "Legal"})
    async with tenant() as home:
        with pytest.raises(
            RequestRefused, match=r"from 2024-01-01 to 2026-10-31 \(1035 days\).* or the assistant"
        ) as caught:
            await home.client().submit(request)
    assert "must not exceed" not in str(caught.value)


async def test_a_report_asked_for_too_early_is_not_ready():
    async with tenant(delay_s=1000) as home:
        client = home.client()
        placed = await client.submit(REQUEST)
        with pytest.raises(OrderNotReady, match="get_order_status"):
            await client.fetch(placed.order_id, Sink(), request=REQUEST)


async def test_a_list_that_is_none_is_refused():
    client = client_of(access(), transport=Answering(lambda _: httpx.Response(200, json={"orders": []})))
    with pytest.raises(UnexpectedAnswer, match="where a list of orders was expected"):
        await client.list(offset=0, limit=1)
