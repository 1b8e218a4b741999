"""Where a platform sends a call on to: credentials stay at home, and every odd address is an error of ours."""

from __future__ import annotations

import anyio.abc
import httpx
import pytest

from fakes import HANGS_S
from loopback import HEADERS, Answering, as_csv, as_json, call, connected, reply, serving, use
from unique_analytics_mcp.errors import BackendUnavailable, SubmissionUnclear, UnexpectedAnswer


@pytest.mark.parametrize("kind", ["json", "download"])
async def test_what_stands_in_a_redirect_is_not_read(kind: str):
    async def send_for_ever(stream: anyio.abc.ByteStream) -> None:
        await stream.send(b"HTTP/1.1 302 Found\r\nlocation: /moved\r\nconnection: close\r\n\r\n")
        while True:
            await stream.send(bytes(1 << 16))

    answer = as_json("ok") if kind == "json" else as_csv()
    async with serving(send_for_ever, answer) as server, connected(server.url) as connection:
        with anyio.fail_after(HANGS_S):
            await use(connection, kind)
            await server.hung_up.wait()


@pytest.mark.parametrize("kind", ["json", "download"])
async def test_a_redirect_within_the_platform_keeps_the_credentials(kind: str):
    answer = as_json("ok") if kind == "json" else as_csv()
    async with serving(reply(302, location="/moved"), answer) as server, connected(server.url) as connection:
        await use(connection, kind)
    assert [request.target for request in server.requests] == ["/orders", "/moved"]
    assert server.requests[1].headers.items() >= HEADERS.items()


@pytest.mark.parametrize("kind", ["json", "download"])
async def test_a_redirect_to_another_host_takes_no_credentials_along(kind: str):
    answer = as_json("ok") if kind == "json" else as_csv()
    async with (
        serving(answer) as storage,
        serving(reply(302, location=f"{storage.url}/blob?sig=1")) as server,
        connected(server.url) as connection,
    ):
        await use(connection, kind)
    (request,) = storage.requests
    assert request.target == "/blob?sig=1"
    assert request.headers.keys() == {"host", "accept", "accept-encoding", "connection", "user-agent"}


@pytest.mark.parametrize("kind", ["json", "download"])
async def test_a_redirect_to_nowhere_does_not_blame_the_platform(kind: str):
    async with serving() as storage:
        pass
    async with serving(reply(302, location=storage.url)) as server, connected(server.url) as connection:
        with pytest.raises(BackendUnavailable, match="redirect target could not be reached"):
            await use(connection, kind)


@pytest.mark.parametrize("kind", ["json", "download"])
@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_refusal_by_another_host_tells_nothing_of_roles_and_orders(kind: str, status: int):
    async with (
        serving(reply(status, b"<Error><Code>AuthenticationFailed</Code></Error>")) as storage,
        serving(reply(302, location=f"{storage.url}/blob?sig=1")) as server,
        connected(server.url) as connection,
    ):
        with pytest.raises(BackendUnavailable, match=rf"redirect target refused the call \({status}\)"):
            await use(connection, kind)


async def test_a_signed_address_that_has_expired_is_asked_for_anew():
    async with (
        serving(reply(403), as_csv()) as storage,
        serving(
            reply(302, location=f"{storage.url}/blob?sig=old"), reply(302, location=f"{storage.url}/blob?sig=new")
        ) as server,
        connected(server.url) as connection,
    ):
        await use(connection, "download")
    assert [request.target for request in storage.requests] == ["/blob?sig=old", "/blob?sig=new"]


@pytest.mark.parametrize("kind", ["json", "download", "once"])
@pytest.mark.parametrize("address", ["https:x", "javascript:1", "https://xn--a/"])
async def test_a_redirect_to_an_address_that_is_none_is_an_error_of_ours(kind: str, address: str):
    async with serving(reply(302, location=address)) as server, connected(server.url) as connection:
        if kind == "once":
            with pytest.raises(SubmissionUnclear, match="an address that is none"):
                await connection.send(call("POST", repeatable=False))
        else:
            with pytest.raises(UnexpectedAnswer, match="an address that is none"):
                await use(connection, kind)
    assert len(server.requests) == 1


@pytest.mark.parametrize("kind", ["json", "download"])
async def test_a_redirect_to_a_port_that_is_none_is_an_error_of_ours(kind: str):
    async with serving(reply(302, location="http://127.0.0.1:99999/")) as server, connected(server.url) as connection:
        with pytest.raises(UnexpectedAnswer, match="an address that is none"):
            await use(connection, kind)


@pytest.mark.parametrize("kind", ["json", "download"])
async def test_a_circle_of_redirects_ends_after_three(kind: str):
    async with serving(reply(302, location="/orders")) as server, connected(server.url) as connection:
        with pytest.raises(UnexpectedAnswer, match="on and on"):
            await use(connection, kind)
    assert len(server.requests) == 4


@pytest.mark.parametrize("kind", ["json", "download"])
async def test_a_redirect_away_from_encryption_is_refused(kind: str):
    asked: list[str] = []

    def downgrade(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(302, headers={"location": "http://platform.example/orders"})

    async with connected("https://platform.example", transport=Answering(downgrade)) as connection:
        with pytest.raises(UnexpectedAnswer, match="without encryption"):
            await use(connection, kind)
    assert asked == ["https://platform.example/orders"]
