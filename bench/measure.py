"""Fair measurements: fresh processes, interleaved rounds, medians and ratios of one run.

The parent's side; `worker` is the child's. Knows no benchmark.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final, TypeVar

from .worker import memory_bytes

ROOT: Final = Path(__file__).resolve().parent.parent

_STAGE: Final = ("UNIQUE_", "GENESYS_", "MCP_", "PYTHONDONTWRITEBYTECODE", "PYTHONPROFILE", "PYTHONPATH")
_PROXIES: Final = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_PATIENCE_S: Final = 600
_LOOK_S: Final = 0.005

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sample:
    """What one run of a candidate took."""

    seconds: float
    idle_bytes: int
    """Resident once everything was imported; 0 where that was not seen."""
    peak_bytes: int
    cpu_seconds: float = 0.0
    """Of all its threads; 0 where that was not seen."""
    answer: Mapping[str, float] = field(default_factory=dict[str, float])
    """The numbers it found, by name; empty where it was not about numbers."""

    @property
    def over_idle_bytes(self) -> int:
        """Memory that the work itself took."""
        return self.peak_bytes - self.idle_bytes


def in_fresh_process(candidate: str, arguments: Mapping[str, object]) -> Sample:
    """Run `bench.module:function` by itself; its arguments travel as JSON.

    Raises:
        CalledProcessError: it failed; its own words are on stderr.
    """
    done = subprocess.run(
        [sys.executable, "-m", "bench.worker", candidate, json.dumps(arguments)],
        cwd=ROOT,
        env=child_environment(),
        stdout=subprocess.PIPE,
        check=True,
        timeout=_PATIENCE_S,
    )
    return Sample(**json.loads(done.stdout))


def of_command(command: Sequence[str]) -> Sample:
    """Run a program, its start included; its peak is read while it runs, its idle memory is not seen.

    Raises:
        CalledProcessError: it failed.
    """
    peak_bytes, started = 0, perf_counter()
    with subprocess.Popen(command, env=child_environment()) as process:
        while process.poll() is None:
            peak_bytes = max(peak_bytes, _peak_bytes(process.pid))
            _pause(process)
        seconds = perf_counter() - started
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Sample(seconds, idle_bytes=0, peak_bytes=peak_bytes)


def interleaved(candidates: Mapping[str, Callable[[], T]], *, rounds: int, warm_up: bool = False) -> dict[str, list[T]]:
    """What each candidate gave in each round; in every round another one begins. A warm-up round is thrown away."""
    results: dict[str, list[T]] = {name: [] for name in candidates}
    order = deque(candidates)
    for number in range(-1 if warm_up else 0, rounds):
        for name in order:
            _show(f"round {number + 1} of {rounds}: {name}")
            result = candidates[name]()
            if number >= 0:
                results[name].append(result)
        order.rotate(-1)
    _show("")
    return results


def ratio(ours: Sequence[float], peers: Sequence[float]) -> float:
    """The median over the rounds of ours to the peer's of the same round: steadier than a ratio of medians."""
    return median(mine / theirs for mine, theirs in zip(ours, peers, strict=True))


def child_environment(**extra: str) -> dict[str, str]:
    """The environment of a measured process: this tree first, no proxy, none of the operator's settings."""
    inherited = {
        name: value
        for name, value in os.environ.items()  # noqa: TID251 - children are started in it, nothing reads it
        if not name.startswith(_STAGE) and name.upper() not in _PROXIES
    }
    return {**inherited, "PYTHONPATH": str(ROOT / "src"), **extra}


def machine() -> str:
    """Where it was measured, in one line."""
    implementation = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{os.cpu_count()} cores, {implementation}, {platform.system()} {platform.machine()}"


def _peak_bytes(pid: int) -> int:
    try:
        return memory_bytes("VmHWM", Path(f"/proc/{pid}"))
    except ProcessLookupError:
        return 0


def _pause(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_LOOK_S)
    except subprocess.TimeoutExpired:
        return


def _show(line: str) -> None:
    """Progress, where somebody watches."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{line}")
        sys.stderr.flush()
