"""One order, whatever happens: together, over a bad line, and after the process was killed."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from mcp import Client

from fakes import HANGS_S
from tenant import MARCH, server, tenant
from unique_analytics_mcp.__main__ import main

SOURCE = Path(__file__).parents[1] / "src"
REPORT = ["report", "CHAT_INTERACTION", "--start", MARCH["start_date"], "--end", MARCH["end_date"]]
ORDER = {"type": "CHAT_INTERACTION", **MARCH}


class HeldClock:
    """A clock of the platform that stands still until told; `was_asked` is set when somebody asks for a state."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.was_asked = threading.Event()
        self._readings = self._counted()

    def __call__(self) -> float:
        next(self._readings)
        return self.seconds

    def _counted(self) -> Iterator[None]:
        yield None  # the order is dated
        yield None  # its state in the answer to the POST
        while True:
            self.was_asked.set()
            yield None


async def test_two_equal_creates_started_together_make_one_order(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found: list[dict[str, object]] = []

    async def create(client: Client) -> None:
        result = await client.call_tool("create_analytics_order", ORDER)
        found.append(result.structured_content or {})

    with tenant(monkeypatch, tmp_path, delay_s=60) as served:
        async with Client(server()) as one, Client(server()) as other, anyio.create_task_group() as tasks:
            tasks.start_soon(create, one)
            tasks.start_soon(create, other)
        assert served.posts == 1
    assert len({order["order_id"] for order in found}) == 1
    assert sorted(bool(order.get("reused")) for order in found) == [False, True]


@pytest.mark.parametrize("fault", ["drop@create", "504@create"])
async def test_a_post_without_an_answer_is_not_repeated_but_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: str
) -> None:
    with tenant(monkeypatch, tmp_path, faults=fault) as served:
        async with Client(server()) as client:
            result = await client.call_tool("run_analytics_report", ORDER)
        assert not result.is_error, result.content
        assert served.posts == 1
        assert len(served.order_ids) == 1


def started(environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "unique_analytics_mcp", *REPORT],
        env={**environment, "PYTHONPATH": str(SOURCE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_command_killed_during_its_wait_goes_on_with_the_same_order(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = HeldClock()
    with tenant(monkeypatch, tmp_path, delay_s=1.0, clock=clock) as served:
        with started(served.environment) as killed:
            assert clock.was_asked.wait(HANGS_S)
            killed.send_signal(signal.SIGKILL)
            assert killed.wait(HANGS_S) == -signal.SIGKILL
        clock.seconds = 60.0
        assert main(REPORT) == 0
        assert served.posts == 1
        [order_id] = served.order_ids
    assert order_id in capsys.readouterr().out


def test_ctrl_c_ends_quietly_and_names_the_order_that_goes_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    clock = HeldClock()
    with (
        tenant(monkeypatch, tmp_path, delay_s=1.0, clock=clock) as served,
        started(served.environment) as interrupted,
    ):
        assert clock.was_asked.wait(HANGS_S)
        interrupted.send_signal(signal.SIGINT)
        out, err = interrupted.communicate(timeout=HANGS_S)
        [order_id] = served.order_ids
    assert (interrupted.returncode, out) == (130, "")
    assert order_id in err.splitlines()[-1]
    assert "Traceback" not in err
