"""`python -m bench [NAME ...] [--quick]`: runs the benchmarks and ends with 1 when a bound is missed.

Adding a benchmark is a module with a `run` and a line in `BENCHMARKS`.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from . import cold_start, download, first_number, load, repeated, replicas
from .report import Report


class Benchmark(Protocol):
    """What each module's `run` is."""

    def __call__(self, *, quick: bool) -> Report:
        """Measure; `quick` means small sizes and few rounds, only to show that it runs."""
        ...


BENCHMARKS: Final[Mapping[str, Benchmark]] = {
    "download": download.run,
    "cold_start": cold_start.run,
    "first_number": first_number.run,
    "repeated": repeated.run,
    "load": load.run,
    "replicas": replicas.run,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run what was named, or everything; 0 when every bound is held, or none was judged."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure against named peers, as ratios.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of: {', '.join(BENCHMARKS)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="small sizes and few rounds: shows that it runs, no more")
    arguments = parser.parse_args(argv)
    for name in arguments.names:
        if name not in BENCHMARKS:
            parser.error(f"there is no benchmark {name}")
    missed = False
    for name in arguments.names or BENCHMARKS:
        report = BENCHMARKS[name](quick=arguments.quick)
        print(report.text(judged=not arguments.quick), flush=True)
        missed = missed or report.is_missed
    return 1 if missed and not arguments.quick else 0


if __name__ == "__main__":
    raise SystemExit(main())
