"""Two server processes behind a real round-robin proxy: one service to whoever calls, also when one is killed."""

import re
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from clients import text_of
from fakes import HANGS_S
from guarded import client_with
from issuer import AUDIENCE, issuing
from systems import Systems, free_port, proxy, redis_server
from tenant import MARCH, Tenant, tenant
from unique_analytics_mcp.store._notes import MOST_CONNECTIONS, Notes

pytestmark = pytest.mark.replicas

SOURCE = Path(__file__).parents[1] / "src"
ORDER = {"type": "CHAT_INTERACTION", **MARCH}
REVISIONS = {"auto": "2026-07-28", "legacy": "2025-11-25"}


@dataclass
class Replica:
    """A server process of its own, with a folder of its own."""

    process: subprocess.Popen[str]
    url: str

    @property
    def address(self) -> str:
        return self.url.removeprefix("http://").removesuffix("/mcp")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        assert self.process.wait(HANGS_S) == -signal.SIGKILL


@contextmanager
def replica(environment: dict[str, str], folder: Path) -> Generator[Replica]:
    own = {**environment, "UNIQUE_ANALYTICS_DATA_DIR": str(folder), "PYTHONPATH": str(SOURCE)}
    command = [sys.executable, "-m", "unique_analytics_mcp", "serve", "--transport", "http", "--port", "0"]
    with subprocess.Popen(command, env=own, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            found = re.search(r"http://\S+/mcp", line)
            assert found is not None, line
            yield Replica(process, found[0])
        finally:
            process.kill()


def sharing(systems: Systems) -> dict[str, str]:
    """The settings of replicas that share a new store."""
    return {
        **systems.aws,
        "UNIQUE_ANALYTICS_STORE": systems.new_store(),
        "UNIQUE_ANALYTICS_REDIS": systems.redis_url,
    }


@dataclass
class Pair:
    """Two replicas, the proxy before them and the platform behind them."""

    tenant: Tenant
    replicas: list[Replica]
    url: str

    def has_seen(self, pattern: str) -> bool:
        """True when the platform had a request whose method and path are made like this."""
        return any(re.fullmatch(pattern, request) for request in self.tenant.requests)

    def downloads(self) -> int:
        return sum(request.endswith("/download") for request in self.tenant.requests)


@pytest.fixture
def pair_with(
    shared_systems: Systems, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Generator[Callable[..., Pair]]:
    """Gives two replicas before a platform that behaves as the arguments of `tenant` say."""
    with ExitStack() as running:

        def build(**behaviour: Any) -> Pair:
            served = running.enter_context(tenant(monkeypatch, tmp_path / "unused", **behaviour))
            environment = {**served.environment, **sharing(shared_systems)}
            folders = [tmp_path / name for name in ("one", "other")]
            replicas = [running.enter_context(replica(environment, folder)) for folder in folders]
            url = running.enter_context(proxy(tmp_path, [each.address for each in replicas]))
            return Pair(served, replicas, url)

        yield build


@asynccontextmanager
async def connected(url: str, mode: Any = "auto") -> AsyncGenerator[Client]:
    with anyio.fail_after(HANGS_S):
        async with Client(url, mode=mode) as client:
            yield client


@pytest.mark.parametrize("mode", REVISIONS)
async def test_the_main_job_is_done_through_a_round_robin_proxy(pair_with: Callable[..., Pair], mode: str) -> None:
    pair = pair_with()
    async with connected(pair.url, mode) as client:
        assert client.protocol_version == REVISIONS[mode]
        for _ in range(4):
            result = await client.call_tool("run_analytics_report", ORDER)
            assert not result.is_error, result.content
            summary = (result.structured_content or {})["summary"]
            [page, *_] = (await client.read_resource(summary["csv_uri"])).contents
            assert "Email,Date,Assistant" in getattr(page, "text", "")
            status = await client.call_tool("get_order_status", {"order_id": summary["provenance"]["order_id"]})
            assert "DONE" in text_of(status)
    assert (pair.tenant.posts, pair.downloads()) == (1, 1)


async def test_equal_requests_through_both_replicas_at_once_place_one_order_and_fetch_once(
    pair_with: Callable[..., Pair],
) -> None:
    pair, found = pair_with(delay_s=0.5), list[str]()

    async def ask(url: str) -> None:
        async with connected(url) as client:
            found.append(text_of(await client.call_tool("run_analytics_report", ORDER)))

    async with anyio.create_task_group() as tasks:
        for each in pair.replicas * 2:
            tasks.start_soon(ask, each.url)
    assert len({re.sub(r"order_id|reused.*", "", text) for text in found}) == 1
    assert (pair.tenant.posts, pair.downloads()) == (1, 1)


KILLS: dict[str, tuple[dict[str, Any], Callable[[Pair], bool]]] = {
    "in a wait": ({"delay_s": 2.0}, lambda pair: pair.has_seen(r"GET .*/analytics/orders/\w+$")),
    "in a download": ({"faults": "slow-drip"}, lambda pair: pair.downloads() > 0),
    "right after the POST": ({"faults": "504@create"}, lambda pair: pair.tenant.posts > 0),
}
"""How the platform behaves, and when a replica is killed. After a 504 an order exists that nobody has heard of."""


async def asked_and_killed(pair: Pair, has_come: Callable[[Pair], bool]) -> None:
    """One replica is asked for the report, and killed at that moment."""
    asked = pair.replicas[0]

    async def ask() -> None:
        async with connected(asked.url) as client:
            with suppress(MCPError):
                await client.call_tool("run_analytics_report", ORDER)

    with anyio.fail_after(HANGS_S):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            while not has_come(pair):  # noqa: ASYNC110 - it happens in another thread
                await anyio.sleep(0.005)
            asked.kill()
            tasks.cancel_scope.cancel()


async def answered_in_the_end(url: str) -> str:
    """The same question, asked again as long as the answer is that an order may be on its way."""
    async with connected(url) as client:
        while True:
            result = await client.call_tool("run_analytics_report", ORDER)
            if not result.is_error:
                return text_of(result)
            assert "may be on its way" in text_of(result)
            await anyio.sleep(2)


@pytest.mark.parametrize(("behaviour", "moment"), KILLS.values(), ids=KILLS)
async def test_nothing_is_lost_or_doubled_when_a_replica_is_killed(
    pair_with: Callable[..., Pair], behaviour: dict[str, Any], moment: Callable[[Pair], bool]
) -> None:
    pair = pair_with(**behaviour)
    await asked_and_killed(pair, moment)
    answer = await answered_in_the_end(pair.url)
    assert pair.tenant.posts == 1
    assert pair.tenant.order_ids[0] in answer


async def connections(systems: Systems) -> int:
    """How many Redis has, but for the one that asks."""
    notes = Notes(systems.redis_url)
    listed = await notes._ask("CLIENT", "LIST")
    await notes.aclose()
    return len(listed.splitlines()) - 1


async def test_callers_of_one_process_share_a_few_connections_to_redis(
    shared_systems: Systems, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before, callers = await connections(shared_systems), 2 * MOST_CONNECTIONS
    with issuing() as issuer, tenant(monkeypatch, tmp_path / "unused") as served:
        environment = {
            **served.environment,
            **sharing(shared_systems),
            "UNIQUE_ANALYTICS_AUTH": "oidc",
            "UNIQUE_ANALYTICS_OIDC_ISSUER": issuer.url,
            "UNIQUE_ANALYTICS_PUBLIC_URL": AUDIENCE,
        }
        with replica(environment, tmp_path / "one") as server:

            async def ask(name: str) -> None:
                async with client_with(server.url, issuer.token(sub=name)) as client:
                    assert not (await client.call_tool("list_analytics_orders", {})).is_error

            async with anyio.create_task_group() as tasks:
                for number in range(callers):
                    tasks.start_soon(ask, f"user-{number}")
            assert 0 < await connections(shared_systems) - before <= MOST_CONNECTIONS


async def asked_until(url: str, status: int) -> dict[str, Any]:
    """What `/ready` says as soon as it answers with that status."""
    async with httpx.AsyncClient(trust_env=False, verify=False) as probe:
        with anyio.fail_after(HANGS_S):
            answer = await probe.get(url.replace("/mcp", "/ready"))
            while answer.status_code != status:
                await anyio.sleep(0.1)
                answer = await probe.get(url.replace("/mcp", "/ready"))
            return answer.json()


async def test_a_replica_whose_redis_is_away_is_not_ready_and_comes_back_by_itself(
    shared_systems: Systems, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    port = free_port()
    with tenant(monkeypatch, tmp_path / "unused") as served, redis_server(port) as redis:
        environment = {
            **served.environment,
            **sharing(shared_systems),
            "UNIQUE_ANALYTICS_REDIS": f"redis://127.0.0.1:{port}",
        }
        with replica(environment, tmp_path / "one") as server:
            assert await asked_until(server.url, 200) == {"status": "ready"}
            redis.kill()
            redis.wait(HANGS_S)
            assert await asked_until(server.url, 503) == {"status": "unready", "unreachable": ["redis"]}
            with redis_server(port):
                assert await asked_until(server.url, 200) == {"status": "ready"}
