"""Replicas: calls a second of one and of two servers behind a proxy, with the store they share.

Real Redis, an S3 server and haproxy, as the tests start them, all on this machine. One proxy stands before the first
of two servers and another before both, so that rounds of one and of two can be interleaved. What a core can do follows
from the processor time of a call, whoever else is busy on the machine.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import httpx
import psutil

from tests.systems import not_installed, proxy, systems

from .hammering import Hammered, hammered
from .measure import interleaved, machine
from .report import Bound, Report, Table
from .servers import UNLIMITED, Server, platform, serving, tool_call

_TITLE: Final = "Replicas: one and two servers behind a proxy, one store"
_CALLERS: Final = 16
_SECONDS, _QUICK_SECONDS = 5.0, 0.5
_ROUNDS: Final = 5
_CORES: Final = 4
"""So many does it take for two replicas, the proxy, Redis and the callers not to wait for each other."""
_LEAST_GAIN: Final = 1.7
_MOST_DEARER: Final = 1.5
"""Two cores that are busy at once share caches and power, so each is slower than one alone."""
_MOST_OF_A_CALLER: Final = 0.25
_ORDER: Final = {"type": "CHAT_INTERACTION", "period": "2025-03"}
_NOTES: Final = f"""\
{_CALLERS} callers, each asking again as soon as it has its answer, over connections that stay open to haproxy, which
takes the replicas in turns. get_order_status is asked of an order that is done: one question to Redis, none to the
platform; describe_reports asks nobody. Figures are medians over the rounds.

Callers are bytes on sockets: their processor time for a call stands beside the replica's, to show that they are not
what limits. Cores are processor seconds in each second: of the replicas, of the callers, and of Redis, haproxy and the
S3 server. One replica is full near one core, for it is one process of Python.

Where all share fewer than {_CORES} cores, two replicas gain what the others leave of the machine, and no more: then the
gain says little about replicas, and the processor time of a call is the figure to plan with."""


@dataclass(frozen=True, slots=True)
class Round:
    """What callers met, and what it cost the processes behind the proxy."""

    met: Hammered
    replicas_cpu_s: float
    others_cpu_s: float

    @property
    def cpu_ms(self) -> float:
        """Of the replicas, for a call."""
        return 1000 * self.replicas_cpu_s / len(self.met.times_s)

    @property
    def caller_cpu_ms(self) -> float:
        """Of the callers, for a call."""
        return 1000 * self.met.own_cpu_s / len(self.met.times_s)

    @property
    def cores(self) -> tuple[float, float, float]:
        """Busy with replicas, with callers, and with what is between and behind them."""
        taken = (self.replicas_cpu_s, self.met.own_cpu_s, self.others_cpu_s)
        return tuple(each / self.met.seconds for each in taken)  # pyright: ignore[reportReturnType] - as many as there


@dataclass(frozen=True, slots=True)
class Scene:
    """The proxies before one and before two replicas, and an order that is done."""

    proxies: Mapping[str, str]
    replicas: Sequence[Server]
    order_id: str


def run(*, quick: bool) -> Report:
    """Measure both tools through both proxies, or say what is missing for it."""
    if missing := not_installed():
        note = f"Not measured: {' and '.join(missing)} not installed. `make bench` brings moto, apt the others."
        return Report(title=_TITLE, machine=machine(), tables=[], bounds=[], notes=[note])
    with TemporaryDirectory(prefix="bench-replicas-") as folder, _scene(Path(folder)) as scene:
        tools: dict[str, dict[str, object]] = {"get_order_status": {"order_id": scene.order_id}, "describe_reports": {}}
        seconds = _QUICK_SECONDS if quick else _SECONDS
        candidates: dict[str, Callable[[], Round]] = {
            f"{tool}, {name}": partial(_round, scene, address, tool, arguments, seconds)
            for tool, arguments in tools.items()
            for name, address in scene.proxies.items()
        }
        return _report(interleaved(candidates, rounds=1 if quick else _ROUNDS, warm_up=True), tools)


@contextmanager
def _scene(folder: Path) -> Generator[Scene]:
    with systems() as shared, platform(delay_s=0) as environment, ExitStack() as running:
        settings = {
            **environment,
            **UNLIMITED,
            **shared.aws,
            "UNIQUE_ANALYTICS_STORE": shared.new_store(),
            "UNIQUE_ANALYTICS_REDIS": shared.redis_url,
        }
        replicas = [
            running.enter_context(serving({**settings, "UNIQUE_ANALYTICS_DATA_DIR": str(folder / name)}))
            for name in ("first", "second")
        ]
        addresses = [re.sub(r"^http://|/mcp$", "", each.address) for each in replicas]
        proxies: dict[str, str] = {}
        for name, behind in (("one", addresses[:1]), ("two", addresses)):
            (folder / f"proxy-{name}").mkdir()
            proxies[name] = running.enter_context(proxy(folder / f"proxy-{name}", behind))
        yield Scene(proxies, replicas, _done_order(proxies["two"]))


def _done_order(address: str) -> str:
    body, headers = tool_call("run_analytics_report", _ORDER)
    answer = httpx.post(address, content=body, headers=headers, timeout=60, trust_env=False).text
    found = re.search(r'"order_id":\s*"(\w+)"', answer)
    if found is None:
        raise RuntimeError(answer[:300])
    return found[1]


def _round(scene: Scene, address: str, tool: str, arguments: Mapping[str, object], seconds: float) -> Round:
    before = _cpu_s(scene.replicas)
    met = asyncio.run(hammered(address, tool, arguments, callers=_CALLERS, seconds=seconds))
    replicas_s, others_s = (now - then for now, then in zip(_cpu_s(scene.replicas), before, strict=True))
    return Round(met, replicas_s, others_s)


def _cpu_s(replicas: Sequence[Server]) -> tuple[float, float]:
    """Processor seconds so far: of the replicas, and of all other processes that were started for this."""
    pids = {each.pid for each in replicas}
    taken = {each.pid: sum(each.cpu_times()[:2]) for each in psutil.Process().children(recursive=True)}
    ours = sum(seconds for pid, seconds in taken.items() if pid in pids)
    return ours, sum(taken.values()) - ours


def _report(results: Mapping[str, Sequence[Round]], tools: Mapping[str, object]) -> Report:
    rounds = [each for found in results.values() for each in found]
    headings = ("", "calls/s", "p50 ms", "p99 ms", "cpu ms a call", "callers'", "cores", "callers'", "others'")
    return Report(
        title=_TITLE,
        machine=f"{machine()}, load {os.getloadavg()[0]:.1f} at the end",
        tables=[Table(headings, [_row(name, found) for name, found in results.items()])],
        bounds=[
            Bound("calls that failed", sum(each.met.failed for each in rounds), 0),
            *(_gain(tool, results) for tool in tools),
            *(_cost(tool, results) for tool in tools),
            Bound(
                "processor time of a call, callers / replica",
                median(each.caller_cpu_ms / each.cpu_ms for each in rounds),
                _MOST_OF_A_CALLER,
            ),
        ],
        notes=_NOTES.split("\n\n"),
    )


def _gain(tool: str, results: Mapping[str, Sequence[Round]]) -> Bound:
    one, two = (results[f"{tool}, {name}"] for name in ("one", "two"))
    ratio = median(a.met.per_second / b.met.per_second for a, b in zip(one, two, strict=True))
    cores = os.cpu_count() or 1
    shared = f"all share {cores} cores" if cores < _CORES else ""
    return Bound(f"{tool}: calls a second, one replica / two", ratio, 1 / _LEAST_GAIN, left_out=shared)


def _cost(tool: str, results: Mapping[str, Sequence[Round]]) -> Bound:
    """Holds on any machine: what a call costs does not grow with replicas, so calls a second grow with cores."""
    one, two = (results[f"{tool}, {name}"] for name in ("one", "two"))
    ratio = median(b.cpu_ms / a.cpu_ms for a, b in zip(one, two, strict=True))
    return Bound(f"{tool}: processor time of a call, two replicas / one", ratio, _MOST_DEARER)


def _row(name: str, rounds: Sequence[Round]) -> tuple[str, ...]:
    times = [1000 * median(each.met.percentiles_s[at] for each in rounds) for at in (49, 98)]
    cores = [median(each.cores[at] for each in rounds) for at in range(3)]
    return (
        name,
        f"{median(each.met.per_second for each in rounds):.0f}",
        *(f"{value:.1f}" for value in times),
        f"{median(each.cpu_ms for each in rounds):.2f}",
        f"{median(each.caller_cpu_ms for each in rounds):.2f}",
        *(f"{value:.2f}" for value in cores),
    )
