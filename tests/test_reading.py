"""A report is read while it still arrives, and nothing comes of it but the same answer sooner."""

import io
import os
import stat
import threading
from collections.abc import Awaitable, Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest
from anyio import to_thread
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import CSV, FakeBackend
from services import done_order, service_on
from unique_analytics_mcp.backends import Sink
from unique_analytics_mcp.domain.order import OrderRequest
from unique_analytics_mcp.errors import BackendUnavailable, OrderNotReady
from unique_analytics_mcp.service import Service
from unique_analytics_mcp.store import Arriving

MANY_ROWS = CSV + CSV.splitlines(keepends=True)[1] * 500
"""Ada has used the Legal Helper 501 times, seven interactions each."""
ADA, ALL_INTERACTIONS = 3_510, 3_512


@dataclass
class Delivering(FakeBackend):
    """Its downloads follow a script."""

    deliver: Callable[[Sink], Awaitable[None]] | None = None

    async def fetch(self, order_id: str, sink: Sink, *, request: OrderRequest) -> Sequence[str]:
        if self.deliver is None:
            return await super().fetch(order_id, sink, request=request)
        self.calls.append(f"fetch {order_id}")
        await self.deliver(sink)
        return ()


async def write(sink: Sink, content: bytes) -> None:
    await to_thread.run_sync(sink.write, content)


async def interactions(service: Service, order_id: str) -> object:
    """The total of the report, once the answer is checked to be all of it."""
    summary = await service.summary(order_id, top=3)
    assert summary.provenance.rows == 503
    return next(total.value for total in summary.totals if total.name == "interactions")


def files(folder: Path, pattern: str) -> list[Path]:
    """What lies in the data folder under such a name."""
    return [*folder.rglob(pattern)]


@pytest.mark.usefixtures("as_if_large")
async def test_rows_are_typed_before_the_last_byte_has_come(tmp_path: Path) -> None:
    async def hesitating(sink: Sink) -> None:
        await write(sink, MANY_ROWS[:-10])
        while not files(tmp_path, "typed.parquet.0001"):
            await anyio.lowlevel.checkpoint()
        await write(sink, MANY_ROWS[-10:])

    async with service_on(Delivering(deliver=hesitating), tmp_path) as service:
        assert await interactions(service, await done_order(service)) == ALL_INTERACTIONS
    assert len(files(tmp_path, "*.parquet*")) > 2
    assert files(tmp_path, "incoming/*") == []


@pytest.mark.usefixtures("as_if_large")
async def test_a_download_that_begins_again_counts_nothing_of_the_first_try(tmp_path: Path) -> None:
    async def beginning_again(sink: Sink) -> None:
        await write(sink, MANY_ROWS[:9_000])
        await to_thread.run_sync(sink.restart)
        await write(sink, MANY_ROWS)

    async with service_on(Delivering(deliver=beginning_again), tmp_path) as service:
        assert await interactions(service, await done_order(service)) == ALL_INTERACTIONS


@pytest.mark.usefixtures("as_if_large")
async def test_a_download_that_breaks_off_leaves_nothing_and_the_next_one_answers(tmp_path: Path) -> None:
    async def breaking_off(sink: Sink) -> None:
        backend.deliver = None
        await write(sink, MANY_ROWS[:9_000])
        raise BackendUnavailable("Away.", hint="Try again.")

    backend = Delivering(csv=MANY_ROWS, deliver=breaking_off)
    async with service_on(backend, tmp_path) as service:
        order_id = await done_order(service)
        with pytest.raises(BackendUnavailable):
            await interactions(service, order_id)
        assert files(tmp_path, "incoming/*") == []
        assert await interactions(service, order_id) == ALL_INTERACTIONS


async def test_the_event_loop_never_waits_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting, fsync = list[str](), os.fsync

    def noting(descriptor: int) -> None:
        waiting.append(threading.current_thread().name)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noting)
    async with service_on(FakeBackend(csv=MANY_ROWS), tmp_path) as service:
        await interactions(service, await done_order(service))
    assert waiting
    assert threading.main_thread().name not in waiting


@pytest.fixture
def lenient() -> Generator[None]:
    """A process that lets everybody read what it does not protect itself."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("as_if_large", "lenient")
async def test_all_that_is_kept_of_a_report_is_for_this_user_alone(tmp_path: Path) -> None:
    async with service_on(FakeBackend(csv=MANY_ROWS), tmp_path) as service:
        await interactions(service, await done_order(service))
    kept = [path for path in files(tmp_path, "*") if path.is_file()]
    assert len(kept) > 5
    assert [path.name for path in kept if stat.S_IMODE(path.stat().st_mode) != 0o600] == []


def cut(part: Path) -> None:
    part.write_bytes(part.read_bytes()[:-20])


def change(part: Path) -> None:
    part.write_bytes(part.read_bytes()[:60] + b"!" + part.read_bytes()[61:])


def double(part: Path) -> None:
    part.with_name(f"{part.name[:-4]}0099").write_bytes(part.read_bytes())


@pytest.mark.usefixtures("as_if_large")
@pytest.mark.parametrize("damage", [Path.unlink, cut, change, double])
async def test_a_typed_table_that_is_not_as_it_was_written_is_made_again(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    backend = FakeBackend(csv=MANY_ROWS[:3_000].rpartition(b"\r\n")[0])
    async with service_on(backend, tmp_path) as service:
        order_id = await done_order(service)
        before = await service.summary(order_id, top=3)
        damage(files(tmp_path, "*.parquet.0001")[0])
        assert await service.summary(order_id, top=3) == before
    assert backend.count("fetch") == 1


async def test_deleting_an_order_ends_the_download_that_would_bring_its_report_back(tmp_path: Path) -> None:
    begun, ended = anyio.Event(), anyio.Event()

    async def stalling(sink: Sink) -> None:
        begun.set()
        try:
            await write(sink, MANY_ROWS[:9_000])
            await anyio.sleep_forever()
        finally:
            ended.set()

    async with service_on(Delivering(deliver=stalling), tmp_path) as service:
        order_id = await done_order(service)
        with pytest.raises(OrderNotReady):
            await service.summary(order_id, top=3, patience_s=0.01)
        await begun.wait()
        await service.delete(order_id)
        assert ended.is_set()
        assert files(tmp_path, "*.csv") == []


async def test_closing_the_service_ends_a_reading_that_waits_for_bytes(tmp_path: Path) -> None:
    async def never_ending(sink: Sink) -> None:
        await write(sink, MANY_ROWS[:9_000])
        await anyio.sleep_forever()

    async with service_on(Delivering(deliver=never_ending), tmp_path) as service:
        order_id = await done_order(service)
        with pytest.raises(OrderNotReady):
            await service.summary(order_id, top=3, patience_s=0.01)
    assert files(tmp_path, "incoming/*") == []


async def test_slow_downloads_keep_no_other_report_waiting(tmp_path: Path) -> None:
    arrived = anyio.Event()

    async def slow_but_for_the_last(sink: Sink) -> None:
        await write(sink, MANY_ROWS[:9_000])
        if backend.count("fetch") < 4:
            await arrived.wait()
        await write(sink, MANY_ROWS[9_000:])

    backend = Delivering(deliver=slow_but_for_the_last)
    async with service_on(backend, tmp_path) as service:
        months = ("2026-07", "2026-08", "2026-09", "2026-10")
        orders = [await service.create(service.request(type="CHAT_INTERACTION", period=month)) for month in months]
        ids = [str((await service.wait(str(order.order_id), patience_s=60)).order_id) for order in orders]
        for order_id in ids[:3]:
            with pytest.raises(OrderNotReady):
                await service.summary(order_id, top=3, patience_s=0.01)
        assert await interactions(service, ids[3]) == ALL_INTERACTIONS
        arrived.set()
        assert [await interactions(service, order_id) for order_id in ids] == [ALL_INTERACTIONS] * 4


@settings(max_examples=50, deadline=None)
@given(written=st.lists(st.binary(max_size=50)), portion=st.integers(1, 30), buffered=st.integers(1, 64))
def test_whatever_comes_in_whatever_portions_is_read_as_from_a_whole_file(
    tmp_path_factory: pytest.TempPathFactory, written: list[bytes], portion: int, buffered: int
) -> None:
    path = tmp_path_factory.mktemp("arriving") / "report.csv"
    path.touch()

    def portions() -> bytes:
        return b"".join(iter(lambda: reader.read(portion), b""))

    with Arriving(path.open("rb", buffering=0)) as arriving, ThreadPoolExecutor(1) as thread, path.open("wb") as file:
        reader = io.BufferedReader(arriving, buffered)
        reading = thread.submit(portions)
        for chunk in written:
            file.write(chunk)
            file.flush()
            arriving.has_come(file.tell())
        arriving.complete()
        assert reading.result() == b"".join(written)
        reader.seek(0)
        assert portions() == b"".join(written)
        arriving.give_up()
        reader.seek(0)
        assert portions() == b"".join(written)


def test_a_read_ends_when_the_rest_will_not_come(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_bytes(b"half")
    with Arriving(path.open("rb", buffering=0)) as arriving, ThreadPoolExecutor(1) as thread:
        arriving.has_come(4)
        assert arriving.read(4) == b"half"
        reading = thread.submit(arriving.read, 4)
        arriving.give_up()
        with pytest.raises(OSError, match="will not come"):
            reading.result()
