"""The login at Genesys Cloud: one token for many calls, renewed in time, never shown."""

from __future__ import annotations

import logging
from datetime import timedelta

import httpx
import pytest

from contact_centre import DETAILS, JOBS, LIVE, centre, fetched, request
from loopback import Answering
from simulated import Clock
from unique_analytics_mcp.backends.genesys.simulator import GenesysTraits
from unique_analytics_mcp.errors import NotAuthenticated, UnexpectedAnswer


async def test_one_login_serves_many_calls_at_once() -> None:
    import anyio

    async with centre() as home:
        client = home.client()
        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(client.submit, request(DETAILS))
        assert len(home.asked("/oauth/token")) == 1


async def test_a_token_is_renewed_before_it_ends() -> None:
    async with centre(GenesysTraits(token_lifetime_s=300)) as home:
        client = home.client()
        for passed, logins in [(0, 1), (200, 1), (41, 2)]:
            home.time.now += timedelta(seconds=passed)
            await client.submit(request(DETAILS))
            assert len(home.asked("/oauth/token")) == logins


async def test_a_token_the_platform_forgot_is_renewed_once_and_the_call_made_again() -> None:
    clock = Clock()
    async with centre(GenesysTraits(token_lifetime_s=300), clock=clock) as home:
        client = home.client()
        await client.submit(request(DETAILS))
        clock.seconds += 301
        await client.submit(request(DETAILS))
        assert len(home.asked("/oauth/token")) == 2
        assert len(home.asked(JOBS)) == 2
        assert home.time.slept == []


async def test_a_token_refused_again_ends_the_call() -> None:
    async with centre(faults="401@download:always") as home:
        with pytest.raises(NotAuthenticated, match="its own login had just given"):
            await fetched(home.client(), request(DETAILS, freshness="live"))
        assert (len(home.asked("/oauth/token")), len(home.asked(LIVE))) == (2, 2)


async def test_a_login_that_fails_is_told_apart_and_shows_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with centre() as home:
        client = home.client(client_secret="wrong-and-secret")
        with pytest.raises(NotAuthenticated, match="The login of Genesys Cloud did not accept") as refused:
            await client.submit(request(DETAILS))
        assert "GENESYS_CLIENT_SECRET" in refused.value.hint
        await fetched(home.client(), request())
    shown = f"{caplog.text} {refused.value} {client!r} {home.access(client_secret='wrong-and-secret')!r}"
    assert "wrong-and-secret" not in shown
    assert home.platform.credentials.client_secret not in shown
    assert "Bearer" not in shown


@pytest.mark.parametrize(
    "answer",
    [
        b'{"token_type": "bearer"}',
        b'{"access_token": "t\\r\\nx-evil: 1", "expires_in": 300}',
        b'{"access_token": "t\\u00e9", "expires_in": 300}',
        b'{"access_token": "token", "expires_in": true}',
        b'{"access_token": "token", "expires_in": 1e999}',
    ],
    ids=["none", "two lines", "not ASCII", "until true", "for ever"],
)
async def test_a_login_that_sends_no_token_is_no_login(answer: bytes) -> None:
    async with centre() as home:
        home.transport = Answering(lambda _: httpx.Response(200, content=answer))
        with pytest.raises(UnexpectedAnswer, match="no token"):
            await home.client().submit(request(DETAILS))


@pytest.mark.parametrize("lifetime", [{"expires_in": 0}, {"expires_in": -1}, {}], ids=["none", "less", "unsaid"])
async def test_a_token_that_is_not_said_to_live_serves_many_calls(lifetime: dict[str, int]) -> None:
    logins: list[httpx.Request] = []

    def answer(asked: httpx.Request) -> httpx.Response:
        if asked.url.path == "/oauth/token":
            logins.append(asked)
            return httpx.Response(200, json={"access_token": "token", **lifetime})
        return httpx.Response(200, json={"conversations": [], "totalHits": 0, "entities": []})

    async with centre() as home:
        home.transport = Answering(answer)
        client = home.client()
        for _ in range(3):
            await fetched(client, request(DETAILS, freshness="live"))
    assert len(logins) == 1


async def test_a_token_that_is_said_to_live_for_ever_is_taken() -> None:
    def answer(asked: httpx.Request) -> httpx.Response:
        if asked.url.path == "/oauth/token":
            return httpx.Response(200, json={"access_token": "token", "expires_in": 10**300})
        return httpx.Response(200, json={"conversations": [], "totalHits": 0, "entities": []})

    async with centre() as home:
        home.transport = Answering(answer)
        await fetched(home.client(), request(DETAILS, freshness="live"))
