"""What a platform shows before anybody says who they are."""

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from authorities import BEFORE, LATER, make_authority
from loopback import HTTP_NOW, NOW, SECRET, reply, serving
from unique_analytics_mcp.backends._sighting import Certificate, Sighting, Unseen, sight
from unique_analytics_mcp.errors import ConfigurationError


async def test_a_certificate_is_told_by_its_signer_and_its_last_day(tmp_path: Path) -> None:
    authority = make_authority(tmp_path)
    async with serving(reply(404, date=HTTP_NOW), tls=authority.server) as server:
        seen = await sight(server.url, now=lambda: NOW, trust=authority.trust)
    assert isinstance(seen, Sighting)
    assert seen.certificate == Certificate(LATER, "Nordwind")
    assert (seen.status, seen.date) == (404, NOW)


DISTRUSTED = {
    "expired": ({"until": BEFORE + timedelta(days=1)}, True, "it has expired", "clock"),
    "of another address": ({"address": "127.0.0.9"}, True, "it is for another address", "base URL"),
    "of nobody known": ({}, False, "signed by nobody but itself", "SSL_CERT_FILE"),
}


@pytest.mark.parametrize(("made", "is_known", "why", "hint"), DISTRUSTED.values(), ids=DISTRUSTED)
async def test_a_certificate_that_is_not_believed_says_why(
    tmp_path: Path, made: dict[str, datetime | str], *, is_known: bool, why: str, hint: str
) -> None:
    authority = make_authority(tmp_path, **made)  # pyright: ignore[reportArgumentType] - a table of cases
    (tmp_path / "other").mkdir()
    believed = authority if is_known else make_authority(tmp_path / "other")
    async with serving(reply(200), tls=authority.server) as server:
        seen = await sight(server.url, now=lambda: NOW, trust=believed.trust)
    assert isinstance(seen, Unseen)
    assert why in seen.distrust
    assert hint in seen.error.hint


async def test_nothing_is_said_about_who_asks_and_our_time_is_half_way() -> None:
    times = iter([NOW, NOW + timedelta(seconds=4)])
    async with serving(reply(200)) as server:
        seen = await sight(f"{server.url}/public/chat", now=lambda: next(times))
    assert isinstance(seen, Sighting)
    assert (seen.seen_at, seen.elapsed_s) == (NOW + timedelta(seconds=2), 4)
    assert (seen.certificate, seen.date) == (None, None)
    [request] = server.requests
    assert (request.method, request.target) == ("GET", "/")
    assert "authorization" not in request.headers
    assert SECRET not in str(request)


async def test_nobody_there_is_no_matter_of_trust() -> None:
    async with serving(reply(200)) as server:
        url = server.url
    seen = await sight(url, now=lambda: datetime.now(UTC))  # noqa: TID251 - any time will do
    assert isinstance(seen, Unseen)
    assert seen.distrust == ""
    assert "could not be reached" in seen.error.message


async def test_of_a_platform_that_is_silent_it_is_said_how_long_it_was_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        seen = await sight(url, now=lambda: NOW, patience_s=0.01)
    assert isinstance(seen, Unseen)
    assert "did not answer within 0.01 seconds" in seen.error.message


async def test_a_platform_that_sends_us_on_to_an_address_that_is_none_is_told_of() -> None:
    async with serving(reply(302, location="https:x")) as server:
        seen = await sight(server.url, now=lambda: NOW)
    assert isinstance(seen, Unseen)
    assert "an address that is none" in seen.error.message


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1080", "http://127.0.0.1:99999"])
async def test_a_proxy_that_cannot_be_spoken_to_is_a_matter_of_settings(
    proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(ConfigurationError, match="proxy that the environment names"):
        await sight("https://platform.example", now=lambda: NOW)
