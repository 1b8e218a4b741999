"""Download: from a finished order to the whole CSV in a file, ours beside the vendor's SDK and curl.

Ours is the real client into the real store (checksum, sync to disk, rename); the SDK's text is written as its own
`run_analytics_order` writes it. Each run is a fresh process, the server is another one, only loopback is used.
"""

from __future__ import annotations

import filecmp
import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import time
from typing import TYPE_CHECKING, Final, TypeAlias

from .loopback import served
from .measure import Sample, in_fresh_process, interleaved, machine, of_command, ratio
from .report import Bound, Report, Table, megabytes
from .rows import write_model_usage

if TYPE_CHECKING:
    from .worker import Gauge

OURS: Final = "ours"
SDK: Final = "unique_sdk download"
SDK_ASYNC: Final = "unique_sdk download_async"
CURL: Final = "curl"

_MILLION: Final = 1_000_000
_SIZES_MB: Final = (50, 200)
_QUICK_SIZES_MB: Final = (2, 8)
_ROUNDS: Final = 5
_MOST_OVER_IDLE_MB: Final = 100
_MOST_GROWTH_MB: Final = 10
"""What counts as flat, over four times the size: noise of the allocator and of the kernel's accounts."""
_NOTES: Final = """\
Seconds: from the order known to be DONE (each process has asked for its state, so connections and TLS are set up)
to the complete file; curl's is its whole process. Ratios are medians over the rounds of ours to the peer's in the
same round.

Over idle: VmHWM at the end less VmRSS after the imports and before the first call, with VmHWM reset there through
/proc/self/clear_refs. Ours imports httpx with its first call, so httpx counts as over idle. curl: VmHWM of its process,
read every 5 ms.

Ours also takes the SHA-256, waits until the disk has the bytes (fsync) and renames; the others do not. The rows are
ASCII without a byte order mark, which is the best case for the SDK's memory and time."""

Results: TypeAlias = Mapping[int, Mapping[str, Sequence[Sample]]]
"""Samples by size in MB and candidate."""


def run(*, quick: bool) -> Report:
    """Measure both sizes; quick ones are a few megabytes in one round."""
    sizes_mb, rounds = (_QUICK_SIZES_MB, 1) if quick else (_SIZES_MB, _ROUNDS)
    with TemporaryDirectory(prefix="bench-download-") as name:
        folder = Path(name)
        for size_mb in sizes_mb:
            write_model_usage(_source(folder, size_mb), size_bytes=size_mb * _MILLION)
        with served(folder) as base_url:
            results = {
                size_mb: interleaved(_candidates(folder, base_url, size_mb), rounds=rounds) for size_mb in sizes_mb
            }
    return _report(results, rounds)


def _source(folder: Path, size_mb: int) -> Path:
    return folder / f"MODEL_USAGE-{size_mb}.csv"


def _candidates(folder: Path, base_url: str, size_mb: int) -> dict[str, Callable[[], Sample]]:
    source, target = _source(folder, size_mb), folder / "target"
    order_id = source.stem
    arguments = {"base_url": base_url, "order_id": order_id, "target": str(target)}
    url = f"{base_url}/analytics/orders/{order_id}/download"
    candidates: dict[str, Callable[[], Sample]] = {
        name: partial(in_fresh_process, f"bench.download:{function.__name__}", arguments)
        for name, function in ((OURS, ours), (SDK, sdk), (SDK_ASYNC, sdk_async))
    }
    if curl := shutil.which("curl"):
        command = [curl, "--silent", "--fail", "--create-dirs", "--output", str(target / "curl.csv"), url]
        candidates[CURL] = partial(of_command, command)
    return {name: partial(_checked, measure, source, target) for name, measure in candidates.items()}


def _checked(measure: Callable[[], Sample], source: Path, target: Path) -> Sample:
    """The sample of a run that left exactly the source's bytes, and then nothing."""
    try:
        sample = measure()
        (arrived,) = target.rglob("*.csv")
        if filecmp.cmp(arrived, source, shallow=False):
            return sample
        raise RuntimeError(f"{arrived.name} differs from the report that was served.")
    finally:
        shutil.rmtree(target, ignore_errors=True)


# Candidates, each in a fresh process.


def ours(gauge: Gauge, *, base_url: str, order_id: str, target: str) -> None:
    """The client's `fetch` into the store's `receive`, and `keep`."""
    import anyio

    from unique_analytics_mcp.backends._runtime import Runtime
    from unique_analytics_mcp.backends.unique.access import UniqueAccess
    from unique_analytics_mcp.backends.unique.client import UniqueClient
    from unique_analytics_mcp.domain.order import NotedOrder, OrderRequest, OrderState
    from unique_analytics_mcp.domain.period import resolve_window
    from unique_analytics_mcp.store import Store

    def now() -> datetime:
        return datetime.fromtimestamp(time(), UTC)

    window = resolve_window(period="2026-10", now=datetime(2026, 11, 2, tzinfo=UTC), time_zone="Europe/Zurich")
    request = OrderRequest(backend="unique", type="MODEL_USAGE", window=window)
    access = UniqueAccess(base_url=base_url, api_key="made-up", app_id="app", user_id="user", company_id="company")
    client = UniqueClient(access, catalogue={}, runtime=Runtime(now=now))
    store = Store(Path(target), retention=timedelta(days=1), max_bytes=2**32, now=now)
    noted = NotedOrder(
        order_id=order_id,
        request=request,
        fingerprint=request.fingerprint(client.principal),
        created_at=now(),
        state=OrderState.DONE,
        platform_state="DONE",
    )

    async def fetch() -> None:
        gauge.idle()
        await client.status(order_id)
        with gauge.timed():
            async with store.shelf(client.principal).receive(order_id) as incoming:
                await client.fetch(order_id, incoming, request=request)
                await incoming.keep(noted)
        await client.aclose()

    anyio.run(fetch)


def sdk(gauge: Gauge, *, base_url: str, order_id: str, target: str) -> None:
    """The vendor's synchronous download, and its text written to a file."""
    import unique_sdk
    from unique_sdk import AnalyticsOrder

    unique_sdk.api_base, unique_sdk.api_key, unique_sdk.app_id = base_url, "made-up", "app"
    gauge.idle()
    AnalyticsOrder.retrieve("user", "company", order_id)
    with gauge.timed():
        _write_as_sdk(AnalyticsOrder.download("user", "company", order_id), target)


def sdk_async(gauge: Gauge, *, base_url: str, order_id: str, target: str) -> None:
    """The vendor's asynchronous download, as its `run_analytics_order` calls it."""
    import anyio
    import unique_sdk
    from unique_sdk import AnalyticsOrder

    unique_sdk.api_base, unique_sdk.api_key, unique_sdk.app_id = base_url, "made-up", "app"

    async def fetch() -> None:
        gauge.idle()
        await AnalyticsOrder.retrieve_async("user", "company", order_id)
        with gauge.timed():
            _write_as_sdk(await AnalyticsOrder.download_async("user", "company", order_id), target)

    anyio.run(fetch)


def _write_as_sdk(content: str, target: str) -> None:
    destination = Path(target) / "sdk.csv"
    destination.parent.mkdir(parents=True, exist_ok=True)
    destination.write_text(content, encoding="utf-8")


# What was found.


def _report(results: Results, rounds: int) -> Report:
    smallest, largest = min(results), max(results)
    over_idle_mb = {size_mb: _over_idle_mb(samples[OURS]) for size_mb, samples in results.items()}
    missing = [] if CURL in results[largest] else ["curl is not installed, so its row is left out."]
    return Report(
        title=f"download: a report of {largest} MB over loopback into a file (medians; rounds: {rounds})",
        machine=machine(),
        tables=[_table(results)],
        bounds=[
            *(
                Bound(f"ours, over the idle process, {size_mb} MB", megabytes_, _MOST_OVER_IDLE_MB, " MB")
                for size_mb, megabytes_ in over_idle_mb.items()
            ),
            Bound(
                f"ours, growth from {smallest} MB to {largest} MB",
                over_idle_mb[largest] - over_idle_mb[smallest],
                _MOST_GROWTH_MB,
                " MB",
            ),
        ],
        notes=[*missing, *_NOTES.split("\n\n")],
    )


def _over_idle_mb(samples: Sequence[Sample]) -> float:
    return median(sample.over_idle_bytes for sample in samples) / _MILLION


def _table(results: Results) -> Table:
    headings = ("size, candidate", "seconds", "ours / it", "idle MB", "peak MB", "over idle MB", "it / ours")
    rows = [row for size_mb, samples in results.items() for row in (*_rows(size_mb, samples), ())]
    return Table(headings, rows[:-1])


def _rows(size_mb: int, by_candidate: Mapping[str, Sequence[Sample]]) -> list[tuple[str, ...]]:
    own = by_candidate[OURS]
    return [
        (
            f"{size_mb} MB  {name}",
            f"{median(sample.seconds for sample in samples):.3f}",
            "" if name == OURS else f"{ratio(_seconds(own), _seconds(samples)):.2f}",
            *_memory(samples, own),
        )
        for name, samples in by_candidate.items()
    ]


def _memory(samples: Sequence[Sample], own: Sequence[Sample]) -> tuple[str, ...]:
    peak = megabytes(median(sample.peak_bytes for sample in samples))
    if not samples[0].idle_bytes:
        return "-", peak, "-", "-"
    idle = megabytes(median(sample.idle_bytes for sample in samples))
    over_idle_mb = _over_idle_mb(samples)
    times = "" if samples is own else f"{over_idle_mb / _over_idle_mb(own):.1f}"
    return idle, peak, f"{over_idle_mb:.1f}", times


def _seconds(samples: Sequence[Sample]) -> list[float]:
    return [sample.seconds for sample in samples]
