"""Logins over HTTP as the SDK's own client walks them: from a refusal to a token, and on when that has expired."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from clients import text_of
from guarded import OCTOBER, Callers, answer_to
from issuer import published
from logins import LoginIssuer
from persons import Person, logging_in
from tenant import forget_environment

WALK = [
    "POST /mcp 401",
    "GET /.well-known/oauth-protected-resource/mcp 200",
    "GET /.well-known/oauth-authorization-server 200",
    "POST /register 201",
    "POST /token 200",
    "POST /mcp 200",
]
"""What the SDK's client asks, the page that a browser opens aside."""


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_environment(monkeypatch)


@pytest.fixture
def issuer() -> Iterator[LoginIssuer]:
    with published(LoginIssuer()) as found:
        yield found


def audience_of(token: str) -> object:
    return jwt.decode(token, options={"verify_signature": False})["aud"]


async def listed(client: Client) -> None:
    assert not (await client.call_tool("list_analytics_orders", {})).is_error


async def refused(person: Person) -> None:
    """They log in, and are not let in with what they got."""
    with pytest.RaisesGroup(MCPError, flatten_subgroups=True):
        async with person.client():
            pass
    assert "POST /token 200" in person.requests
    assert {request for request in person.requests if "/mcp " in request and "GET" not in request} == {"POST /mcp 401"}


async def test_a_client_that_knows_the_address_alone_finds_the_login_and_gets_its_persons_numbers(
    issuer: LoginIssuer, tmp_path: Path
) -> None:
    async with logging_in(issuer, Callers(tmp_path)) as url:
        person = Person(url)
        async with person.client() as client:
            assert "user-ada@nordwind.example" in text_of(await answer_to(client))
    [login], [token] = issuer.logins, issuer.issued
    assert (login["resource"], login["code_challenge_method"], audience_of(token)) == (url, "S256", url)
    assert person.requests[: len(WALK)] == WALK
    assert set(person.requests[len(WALK) :]) == {"POST /mcp 200"}


async def test_a_client_whose_token_has_expired_renews_it_and_goes_on_without_a_login(
    issuer: LoginIssuer, tmp_path: Path
) -> None:
    issuer.life = timedelta(seconds=-10)  # over for the client, and within what the server lets two clocks be apart
    async with logging_in(issuer, Callers(tmp_path)) as url:
        person = Person(url)
        async with person.client() as client:
            await answer_to(client)
    assert [audience_of(token) for token in issuer.issued] == [url, url]
    assert person.requests[: len(WALK)] == WALK
    assert person.requests[len(WALK) :].count("POST /token 200") == 1
    assert set(person.requests[len(WALK) :]) == {"POST /token 200", "POST /mcp 200"}


async def test_a_token_for_another_resource_is_refused_with_a_challenge_by_which_its_client_finds_the_login(
    issuer: LoginIssuer, tmp_path: Path
) -> None:
    callers = Callers(tmp_path)
    async with logging_in(issuer, callers) as url:
        elsewhere = issuer.token(aud="https://other.example/mcp")
        async with httpx2.AsyncClient(
            trust_env=False, verify=False, headers={"authorization": f"Bearer {elsewhere}"}
        ) as web:
            answer = await web.post(url, json={})
        metadata = url.replace("/mcp", "/.well-known/oauth-protected-resource/mcp")
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_token"')
        assert f'resource_metadata="{metadata}"' in answer.headers["www-authenticate"]
        assert 'scope="analytics:read analytics:order"' in answer.headers["www-authenticate"]
        assert callers.platforms == {}
        person = Person(url, having=elsewhere)
        async with person.client() as client:
            await listed(client)
        assert person.requests[: len(WALK)] == WALK


async def test_a_provider_that_issues_tokens_for_another_resource_lets_nobody_in(
    issuer: LoginIssuer, tmp_path: Path
) -> None:
    issuer.audience, callers = "https://other.example/mcp", Callers(tmp_path)
    async with logging_in(issuer, callers) as url:
        await refused(Person(url))
    assert callers.platforms == {}


@pytest.mark.parametrize("path", ["", "/", "/realms/nordwind"], ids=["a host", "with a slash", "a realm"])
async def test_a_client_finds_the_login_however_the_provider_writes_its_own_name(path: str, tmp_path: Path) -> None:
    """Clients compare the name in our metadata and the name in the provider's letter by letter (RFC 8414, 3.3)."""
    with published(LoginIssuer(path=path)) as issuer:
        async with logging_in(issuer, Callers(tmp_path)) as url, Person(url).client() as client:
            await listed(client)


ASKED: dict[str, tuple[dict[str, Any], str]] = {
    "what the tools need": ({}, "analytics:read analytics:order"),
    "deleting, where it is allowed": ({"allow_delete": True}, "analytics:read analytics:order analytics:delete"),
    "what the operator says": ({"oidc_ask_for": "openid, analytics:order"}, "openid analytics:order"),
}


@pytest.mark.parametrize(("settings", "scopes"), ASKED.values(), ids=ASKED)
async def test_a_client_is_told_which_scopes_to_ask_for(
    issuer: LoginIssuer, tmp_path: Path, settings: dict[str, Any], scopes: str
) -> None:
    server = logging_in(issuer, Callers(tmp_path), oidc_scopes="analytics:read", **settings)
    async with server as url, Person(url).client() as client:
        await listed(client)
    assert [login["scope"] for login in issuer.logins] == [scopes]


async def test_somebody_who_agrees_to_reading_alone_may_read_and_is_told_what_is_missing_to_order(
    issuer: LoginIssuer, tmp_path: Path
) -> None:
    issuer.granted = "analytics:read"
    async with logging_in(issuer, Callers(tmp_path)) as url, Person(url).client() as client:
        await listed(client)
        assert "lacks the scope analytics:order" in text_of(await client.call_tool("run_analytics_report", OCTOBER))


async def test_a_token_without_the_scope_to_read_is_refused_with_a_challenge_to_log_in_for_more(
    issuer: LoginIssuer, tmp_path: Path
) -> None:
    async with logging_in(issuer, Callers(tmp_path)) as url:
        person = Person(url, having=issuer.token(aud=url, scope="openid"))
        async with person.client() as client:
            await listed(client)
    assert person.requests[: len(WALK)] == ["POST /mcp 403", *WALK[1:]]
    assert [login["scope"] for login in issuer.logins] == ["analytics:read analytics:order"]


async def test_with_the_scopes_of_zitadel_a_login_brings_the_company_and_without_them_nobody_comes_in(
    issuer: LoginIssuer, tmp_path: Path
) -> None:
    issuer.company_scope = "urn:zitadel:iam:user:resourceowner"
    rights: dict[str, Any] = {"oidc_scopes": "analytics:read analytics:order"}
    async with logging_in(issuer, Callers(tmp_path), **rights) as url:
        await refused(Person(url))
    asked: dict[str, Any] = {"oidc_ask_for": f"openid, {issuer.company_scope}"}
    async with logging_in(issuer, Callers(tmp_path), **rights, **asked) as url, Person(url).client() as client:
        await listed(client)
