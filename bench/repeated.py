"""Repeated question: a summary asked again of a report that is here, ours beside pandas on the CSV.

Each run is a fresh process, as on the next day: ours finds the report in its store, pandas reads the file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from .first_number import CASES, QUICK_CASES, ROUNDS, Case, ours
from .loopback import served
from .measure import Sample, in_fresh_process, interleaved, machine, ratio
from .report import Bound, Report, Table, megabytes
from .reports import write_report

if TYPE_CHECKING:
    from .worker import Gauge

OURS: Final = "ours"
PANDAS: Final = "pandas on the CSV"

_MOST: Final = 1 / 4
_NOTES: Final = """\
Seconds: everything imported, to the summary: totals, all rankings with their distinct counts, days and months.
Ours asks the platform for the order's state before the clock starts; the report itself was fetched by an earlier
process. Ratios are medians over the rounds of ours to the peer's in the same round."""


def run(*, quick: bool) -> Report:
    """Measure each case, one after another."""
    results: dict[Case, Mapping[str, Sequence[Sample]]] = {}
    for case in QUICK_CASES if quick else CASES:
        with TemporaryDirectory(prefix="bench-repeated-") as name, served(Path(name)) as base_url:
            folder = Path(name)
            source = case.source(folder)
            write_report(source, case.report, rows=case.rows)
            order = {"base_url": base_url, "order_id": case.order_id, "target": str(folder / "target")}
            in_fresh_process(f"bench.first_number:{ours.__name__}", order)
            candidates: dict[str, Callable[[], Sample]] = {
                OURS: partial(in_fresh_process, f"bench.first_number:{ours.__name__}", order),
                PANDAS: partial(
                    in_fresh_process,
                    f"bench.repeated:{pandas_on_the_csv.__name__}",
                    {"source": str(source), "report": case.report},
                ),
            }
            results[case] = interleaved(candidates, rounds=1 if quick else ROUNDS)
    return Report(
        title="repeated question: the summary of a report that is here, in a new process (medians)",
        machine=machine(),
        tables=[_table(results)],
        bounds=[Bound(f"{case.label}: {OURS} / {PANDAS}", _ratio(samples), _MOST) for case, samples in results.items()],
        notes=_NOTES.split("\n\n"),
    )


def pandas_on_the_csv(gauge: Gauge, *, source: str, report: str) -> None:
    """Read the file, ask the same questions."""
    from .contenders import report_type, warmed_up
    from .questions import asked_of_pandas

    kind = report_type(report)
    warmed_up("pandas")
    gauge.idle()
    with gauge.timed():
        numbers = asked_of_pandas(source, kind)
    gauge.found(numbers)


def _ratio(samples: Mapping[str, Sequence[Sample]]) -> float:
    return ratio(*([sample.seconds for sample in samples[name]] for name in (OURS, PANDAS)))


def _table(results: Mapping[Case, Mapping[str, Sequence[Sample]]]) -> Table:
    headings = ("report, rows, candidate", "seconds", "cpu s", "over idle MB")
    rows = [row for case, samples in results.items() for row in (*_rows(case, samples), ())]
    return Table(headings, rows[:-1])


def _rows(case: Case, by_candidate: Mapping[str, Sequence[Sample]]) -> list[tuple[str, ...]]:
    return [
        (
            f"{case.label}  {name}",
            f"{median(sample.seconds for sample in samples):.2f}",
            f"{median(sample.cpu_seconds for sample in samples):.2f}",
            megabytes(median(sample.over_idle_bytes for sample in samples)),
        )
        for name, samples in by_candidate.items()
    ]
