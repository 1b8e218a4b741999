"""`python -m bench.worker bench.module:candidate '{"...": ...}'`: one candidate, alone in this fresh process.

A candidate is a function of a `Gauge` and its arguments. It imports what it needs, calls `gauge.idle()`, gets
ready, and does its work within `gauge.timed()`; what it took goes to stdout as JSON. Knows no benchmark.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from time import perf_counter, process_time
from typing import Final

_PROCESS: Final = Path("/proc/self")
_RESET_PEAK: Final = "5"
"""What `clear_refs` takes to set VmHWM back to VmRSS (proc(5))."""


class Gauge:
    """Clock and memory of one candidate."""

    def __init__(self) -> None:
        self._idle_bytes = 0
        self._peak_bytes = 0
        self._seconds = 0.0
        self._cpu_seconds = 0.0
        self._answer: Mapping[str, float] = {}

    def idle(self) -> None:
        """Say that everything is imported and nothing was done: memory counts from here."""
        gc.collect()
        with suppress(OSError):
            (_PROCESS / "clear_refs").write_text(_RESET_PEAK)
        self._idle_bytes = memory_bytes("VmRSS")

    @contextmanager
    def timed(self) -> Generator[None]:
        """Takes the time of the block, and the peak of memory at its end."""
        started, worked = perf_counter(), process_time()
        yield
        self._seconds = perf_counter() - started
        self._cpu_seconds = process_time() - worked
        self._peak_bytes = memory_bytes("VmHWM")

    def found(self, answer: Mapping[str, float]) -> None:
        """Say which numbers were the answer, so that candidates can be held against each other."""
        self._answer = answer

    def taken(self) -> dict[str, object]:
        """The fields of a `measure.Sample`."""
        return {
            "seconds": self._seconds,
            "cpu_seconds": self._cpu_seconds,
            "idle_bytes": self._idle_bytes,
            "peak_bytes": self._peak_bytes,
            "answer": self._answer,
        }


def memory_bytes(field: str, process: Path = _PROCESS) -> int:
    """A memory field of a process as Linux shows it; elsewhere the peak of this process so far.

    Raises:
        ProcessLookupError: the process has ended.
    """
    try:
        lines = (process / "status").read_text().splitlines()
    except FileNotFoundError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    fields = dict(line.split(":", 1) for line in lines)
    if field not in fields:
        raise ProcessLookupError
    return int(fields[field].split()[0]) * 1024


def main() -> None:
    """Run the candidate that the command line names."""
    name, arguments = sys.argv[1:]
    module, _, function = name.partition(":")
    gauge = Gauge()
    getattr(import_module(module), function)(gauge, **json.loads(arguments))
    sys.stdout.write(json.dumps(gauge.taken()) + "\n")


if __name__ == "__main__":
    main()
