"""First number: from a finished order to its summary, ours beside the vendor's SDK with pandas and beside DuckDB.

Ours is the whole service over real HTTP: download, checksum, store, reading, summing up. The peer is what people do
today. The reading alone, from the same file, stands beside DuckDB with the same strict settings. Each run is a fresh
process, the server is another one, only loopback is used.
"""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from .loopback import served
from .measure import Sample, in_fresh_process, interleaved, machine, ratio
from .report import Bound, Report, Table, megabytes
from .reports import CHAT_INTERACTION, CHAT_INTERACTION_DETAILED, MODEL_USAGE, write_report

if TYPE_CHECKING:
    from .worker import Gauge

OURS: Final = "ours"
SDK: Final = "unique_sdk and pandas"
READING: Final = "ours, the reading alone"
DUCKDB: Final = "duckdb, the same strictly"

_MILLION: Final = 1_000_000
ROUNDS: Final = 3
_MOST_TIME: Final = 1 / 3
_MOST_MEMORY: Final = 1 / 20
_LARGE_FILE_BYTES: Final = 900_000_000
"""From where on memory is judged: the twentieth was promised of a file of about 1 GB."""
_MOST_READING: Final = 1.5
_MOST_GROWTH: Final = 1.5
"""What counts as flat, over ten times the size."""
_NOTES: Final = """\
Seconds: from the order known to be DONE, everything imported and connected, to the summary: totals, all rankings with
their distinct counts, days and months. The peer's text goes from the SDK's `download` into `pandas.read_csv`, then the
same questions. Ratios are medians over the rounds of ours to the peer's in the same round. All candidates find the same
totals, and the same largest group in each ranking and development; otherwise this run had failed.

The reading alone begins with the file in the page cache, where a fetched one is, and ends with the same summary. DuckDB
reads it strictly, every column as text, into a table in memory, with all cores and no limit of memory, then the
questions in plain SQL. Ours keeps a typed table for the next question, with 256 MB for the engine.

Over idle: VmHWM at the end less VmRSS with everything imported, VmHWM reset there through /proc/self/clear_refs. The
twentieth of the peer's memory was promised of a file of about 1 GB: smaller files are shown and not judged."""


@dataclass(frozen=True, slots=True)
class Case:
    """A report of some size."""

    report: str
    rows: int

    @property
    def order_id(self) -> str:
        """Its order on the loopback platform, which reads the type from it."""
        return f"{self.report}-{self.rows}"

    @property
    def label(self) -> str:
        """As it is called in the table."""
        return f"{self.report} {self.rows:,}"

    def source(self, folder: Path) -> Path:
        """Where its CSV is, for the loopback platform too."""
        return folder / f"{self.order_id}.csv"


CASES: Final = (
    Case(MODEL_USAGE, _MILLION),
    Case(CHAT_INTERACTION, _MILLION),
    Case(CHAT_INTERACTION_DETAILED, 200_000),
    Case(MODEL_USAGE, 10 * _MILLION),
)
QUICK_CASES: Final = (
    Case(MODEL_USAGE, 5_000),
    Case(CHAT_INTERACTION, 5_000),
    Case(CHAT_INTERACTION_DETAILED, 1_000),
    Case(MODEL_USAGE, 50_000),
)


def run(*, quick: bool) -> Report:
    """Measure each case, one after another: the largest file alone takes 2 GB, its peer eleven times that."""
    rounds = 1 if quick else ROUNDS
    results: dict[Case, Mapping[str, Sequence[Sample]]] = {}
    sizes: dict[Case, int] = {}
    for case in QUICK_CASES if quick else CASES:
        with TemporaryDirectory(prefix="bench-first-number-") as name, served(Path(name)) as base_url:
            folder = Path(name)
            write_report(case.source(folder), case.report, rows=case.rows)
            sizes[case] = case.source(folder).stat().st_size
            pairs = _pairs(folder, base_url, case)
            results[case] = {name: taken for pair in pairs for name, taken in interleaved(pair, rounds=rounds).items()}
    for case, samples in results.items():
        _require_equal_answers(case, samples)
    return Report(
        title=f"first number: from a finished order to its summary (medians of {rounds} rounds)",
        machine=machine(),
        tables=[_table(results)],
        bounds=[
            *(bound for case, samples in results.items() for bound in _bounds(case, sizes[case], samples)),
            _growth(results),
        ],
        notes=_NOTES.split("\n\n"),
    )


def _pairs(folder: Path, base_url: str, case: Case) -> list[dict[str, Callable[[], Sample]]]:
    """What is compared, each pair by itself: whoever follows a peer of twelve gigabytes takes a third longer."""
    target = folder / "target"
    order = {"base_url": base_url, "order_id": case.order_id}
    file = {"source": str(case.source(folder)), "report": case.report}
    pairs: Sequence[Mapping[str, tuple[Callable[..., None], Mapping[str, object]]]] = (
        {
            OURS: (ours, {**order, "target": str(target)}),
            SDK: (sdk, {**order, "report": case.report}),
        },
        {
            READING: (reading, {**file, "target": str(target)}),
            DUCKDB: (duckdb_strictly, file),
        },
    )
    return [
        {
            name: partial(_emptied, target, partial(in_fresh_process, f"bench.first_number:{function.__name__}", given))
            for name, (function, given) in pair.items()
        }
        for pair in pairs
    ]


def _emptied(target: Path, measure: Callable[[], Sample]) -> Sample:
    target.mkdir()
    try:
        return measure()
    finally:
        shutil.rmtree(target, ignore_errors=True)


# Candidates, each in a fresh process.


def ours(gauge: Gauge, *, base_url: str, order_id: str, target: str) -> None:
    """The service's summary of an order it has never seen."""
    import anyio

    from .contenders import numbers_of, report_type, service

    async def ask() -> None:
        async with service(base_url, Path(target)) as answering:
            gauge.idle()
            await answering.status(order_id)
            with gauge.timed():
                summary = await answering.summary(order_id, top=10, patience_s=None)
        gauge.found(numbers_of(summary.totals, summary.tables, report_type(order_id.partition("-")[0]).summary))

    anyio.run(ask)


def sdk(gauge: Gauge, *, base_url: str, order_id: str, report: str) -> None:
    """The vendor's download, its text into pandas, the same questions."""
    from io import StringIO

    import unique_sdk
    from unique_sdk import AnalyticsOrder

    from .contenders import report_type, warmed_up
    from .questions import asked_of_pandas

    warmed_up("pandas")
    kind = report_type(report)
    unique_sdk.api_base, unique_sdk.api_key, unique_sdk.app_id = base_url, "made-up", "app"
    gauge.idle()
    AnalyticsOrder.retrieve("user", "company", order_id)
    with gauge.timed():
        text = AnalyticsOrder.download("user", "company", order_id)
        numbers = asked_of_pandas(StringIO(text), kind)
    gauge.found(numbers)


def reading(gauge: Gauge, *, source: str, report: str, target: str) -> None:
    """From the CSV on the disk to the figures, the typed file for the next question included."""
    from unique_analytics_mcp.analysis.covered import Covered
    from unique_analytics_mcp.analysis.figures import figures
    from unique_analytics_mcp.analysis.intake import convert

    from .contenders import OUR_MODULES, numbers_of, report_type, warmed_up, window

    kind, typed = report_type(report), Path(target) / "typed.parquet"
    warmed_up(*OUR_MODULES)
    _in_the_page_cache(Path(source))
    gauge.idle()
    with gauge.timed():
        intake = convert(Path(source), typed, kind)
        found = figures(Covered(window=window(), parquet=[typed], intakes={"order": intake}), kind, top=10)
    gauge.found(numbers_of(found.totals, found.tables, kind.summary))


def duckdb_strictly(gauge: Gauge, *, source: str, report: str) -> None:
    """From the CSV on the disk to the same numbers."""
    from .contenders import report_type, warmed_up
    from .questions import asked_of_duckdb

    kind = report_type(report)
    warmed_up("duckdb")
    _in_the_page_cache(Path(source))
    gauge.idle()
    with gauge.timed():
        numbers = asked_of_duckdb(Path(source), kind)
    gauge.found(numbers)


def _in_the_page_cache(file: Path) -> None:
    """As a file is that was just fetched, whatever pushed it out since."""
    with file.open("rb") as content, Path(os.devnull).open("wb") as nowhere:
        shutil.copyfileobj(content, nowhere)


# What was found.


def _require_equal_answers(case: Case, samples: Mapping[str, Sequence[Sample]]) -> None:
    shown = samples[READING][0].answer
    expected = {name: value for name, value in samples[DUCKDB][0].answer.items() if name and name in shown}
    for name, answer in ((name, sample.answer) for name, taken in samples.items() for sample in taken):
        for number, value in expected.items():
            if not math.isclose(answer[number], value, rel_tol=1e-9):
                raise RuntimeError(f"{case.label}: {name} gives {answer[number]} {number}, not {value}.")


def _bounds(case: Case, size_bytes: int, samples: Mapping[str, Sequence[Sample]]) -> list[Bound]:
    own, peer = samples[OURS], samples[SDK]
    small = "" if size_bytes >= _LARGE_FILE_BYTES else f"promised of 1 GB, this is {megabytes(size_bytes)} MB"
    return [
        Bound(f"{case.label}: time, ours / {SDK}", ratio(_seconds(own), _seconds(peer)), _MOST_TIME),
        Bound(
            f"{case.label}: memory, ours / {SDK}",
            _over_idle_mb(own) / _over_idle_mb(peer),
            _MOST_MEMORY,
            left_out=small,
        ),
        Bound(
            f"{case.label}: time, {READING} / {DUCKDB}",
            ratio(_seconds(samples[READING]), _seconds(samples[DUCKDB])),
            _MOST_READING,
        ),
    ]


def _growth(results: Mapping[Case, Mapping[str, Sequence[Sample]]]) -> Bound:
    first, *_, last = sorted((case for case in results if case.report == MODEL_USAGE), key=lambda case: case.rows)
    return Bound(
        f"{MODEL_USAGE}: memory of ours, {last.rows:,} rows / {first.rows:,} rows",
        _over_idle_mb(results[last][OURS]) / _over_idle_mb(results[first][OURS]),
        _MOST_GROWTH,
    )


def _over_idle_mb(samples: Sequence[Sample]) -> float:
    return median(sample.over_idle_bytes for sample in samples) / _MILLION


def _table(results: Mapping[Case, Mapping[str, Sequence[Sample]]]) -> Table:
    headings = ("report, rows, candidate", "seconds", "cpu s", "ours / it", "idle MB", "over idle MB", "ours / it")
    rows = [row for case, samples in results.items() for row in (*_rows(case, samples), ())]
    return Table(headings, rows[:-1])


def _rows(case: Case, by_candidate: Mapping[str, Sequence[Sample]]) -> list[tuple[str, ...]]:
    peers = {SDK: OURS, DUCKDB: READING}
    return [
        (
            f"{case.label}  {name}",
            f"{median(_seconds(samples)):.2f}",
            f"{median(sample.cpu_seconds for sample in samples):.2f}",
            f"{ratio(_seconds(by_candidate[peers[name]]), _seconds(samples)):.2f}" if name in peers else "",
            megabytes(median(sample.idle_bytes for sample in samples)),
            f"{_over_idle_mb(samples):.1f}",
            f"{_over_idle_mb(by_candidate[peers[name]]) / _over_idle_mb(samples):.3f}" if name in peers else "",
        )
        for name, samples in by_candidate.items()
    ]


def _seconds(samples: Sequence[Sample]) -> list[float]:
    return [sample.seconds for sample in samples]
