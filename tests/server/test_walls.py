"""Many callers on one server over HTTP: each their own identity, orders and reports, and nothing of anybody else's."""

import re
from collections.abc import Iterator
from pathlib import Path

import anyio
import httpx2
import pytest
from mcp_types import PromptReference

from clients import text_of
from guarded import OCTOBER, SECRET, Callers, answer_to, client_with, guarding, serving
from issuer import AUDIENCE, FakeIssuer, issuing
from unique_analytics_mcp.server.gate import shared_gate
from walking import calls_about


@pytest.fixture(scope="module")
def issuer() -> Iterator[FakeIssuer]:
    with issuing() as found:
        yield found


async def test_without_a_token_there_is_a_challenge_that_names_the_metadata_and_its_issuer(
    issuer: FakeIssuer, tmp_path: Path
) -> None:
    async with guarding(issuer, tmp_path) as guarded:
        async with httpx2.AsyncClient(trust_env=False, verify=False) as web:
            refused = await web.post(guarded.url, json={})
            origin = guarded.url.removesuffix("/mcp")
            metadata = (await web.get(f"{origin}/.well-known/oauth-protected-resource/mcp")).json()
        assert refused.status_code == 401
        assert "/.well-known/oauth-protected-resource/mcp" in refused.headers["www-authenticate"]
        assert metadata["resource"] == AUDIENCE
        assert metadata["authorization_servers"] == [guarded.issuer.url]
        assert guarded.callers.platforms == {}


@pytest.mark.parametrize("changed", [{"aud": "https://other.example"}, {"scope": "openid"}], ids=["audience", "scope"])
async def test_a_token_for_somebody_else_or_without_the_scope_to_read_opens_nothing(
    issuer: FakeIssuer, tmp_path: Path, changed: dict[str, str]
) -> None:
    async with guarding(issuer, tmp_path) as guarded:
        headers = {"authorization": f"Bearer {guarded.issuer.token(**changed)}"}
        async with httpx2.AsyncClient(trust_env=False, verify=False, headers=headers) as web:
            refused = await web.post(guarded.url, json={})
        assert refused.status_code == (401 if "aud" in changed else 403)


async def test_each_caller_asks_with_their_own_identity_and_sees_only_their_own_rows(
    issuer: FakeIssuer, tmp_path: Path
) -> None:
    async with guarding(issuer, tmp_path) as guarded:
        names = [f"user-{number}" for number in range(3)]
        answers: dict[str, str] = {}

        async def ask(name: str) -> None:
            async with guarded.client(name) as client:
                for _ in range(2):
                    answers[name] = text_of(await answer_to(client))

        async with anyio.create_task_group() as tasks:
            for name in names:
                tasks.start_soon(ask, name)
        for name in names:
            assert set(re.findall(r"user-\d+", answers[name])) == {name}
        assert {caller.user_id for caller in guarded.callers.platforms if caller} == set(names)
        assert [backend.count("submit") for backend in guarded.callers.platforms.values()] == [1] * len(names)


async def test_anothers_order_is_unknown_in_every_tool_resource_and_completion(
    issuer: FakeIssuer, tmp_path: Path
) -> None:
    async with guarding(issuer, tmp_path) as guarded:
        async with guarded.client("user-ada") as ada, guarded.client("user-ben") as ben:
            order_id = (await answer_to(ada)).structured_content["summary"]["provenance"]["order_id"]  # pyright: ignore[reportOptionalSubscript]
            for tool, arguments in await calls_about(ben, order_id):
                answer = await ben.call_tool(tool, arguments)
                assert answer.is_error, tool
                assert f"There is no order {order_id} of yours" in text_of(answer), tool
            with pytest.raises(Exception, match="There is no order"):
                await ben.read_resource(f"analytics://orders/{order_id}/report.csv")
            listed = await ben.call_tool("list_analytics_orders", {})
            assert order_id not in text_of(listed)
            reference = PromptReference(name="top_users_and_assistants")
            known = [await client.complete(reference, {"name": "order_id", "value": ""}) for client in (ada, ben)]
            assert [found.completion.values for found in known] == [[order_id], []]
        assert sum(backend.count("delete") for backend in guarded.callers.platforms.values()) == 0


@pytest.mark.parametrize(
    ("scope", "tool", "arguments"),
    [
        ("analytics:read", "run_analytics_report", OCTOBER),
        ("analytics:read", "create_analytics_order", OCTOBER),
        ("analytics:read analytics:order", "delete_analytics_order", {"order_id": "order_1"}),
    ],
)
async def test_a_tool_beyond_the_tokens_scopes_names_the_missing_one_and_calls_nobody(
    issuer: FakeIssuer, tmp_path: Path, scope: str, tool: str, arguments: dict[str, str]
) -> None:
    async with guarding(issuer, tmp_path) as guarded:
        async with guarded.client("user-ada", scope=scope) as client:
            answer = await client.call_tool(tool, arguments)
        assert answer.is_error
        assert "lacks the scope analytics:" in text_of(answer)
        assert guarded.callers.platforms == {}


async def test_with_a_shared_secret_all_ask_with_the_operators_identity(tmp_path: Path) -> None:
    callers = Callers(tmp_path)
    async with serving(callers, shared_gate(SECRET)) as url:
        async with client_with(url, SECRET) as client:
            assert "operator" in text_of(await answer_to(client))
        async with httpx2.AsyncClient(trust_env=False, verify=False, headers={"authorization": "Bearer wrong"}) as web:
            assert (await web.post(url, json={})).status_code == 401
            origin = url.removesuffix("/mcp")
            assert (await web.get(f"{origin}/.well-known/oauth-protected-resource/mcp")).status_code == 404
    assert list(callers.platforms) == [None]
