"""The store: what expires, what is too much, and what dead processes leave."""

import os
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from fakes import HANGS_S, FakeTime
from shelves import ADA, CSV, DAY, FINGERPRINT, HOUR, NOW, House, SharedHouse, keep, noted
from unique_analytics_mcp.domain.order import OrderState
from unique_analytics_mcp.errors import StoreError
from unique_analytics_mcp.store import Upkeep
from unique_analytics_mcp.store._layout import Layout
from unique_analytics_mcp.store._records import Rules
from unique_analytics_mcp.store._sweep import _drop_report, _kept_report


def date_back(path: Path, moment: datetime) -> None:
    os.utime(path, (moment.timestamp(), moment.timestamp()))


@pytest.mark.parametrize(
    ("state", "age", "is_kept"),
    [
        (OrderState.DONE, DAY, True),
        (OrderState.DONE, DAY + HOUR, False),
        (OrderState.FAILED, DAY + HOUR, False),
        (OrderState.PROCESSING, 7 * DAY, True),
        (OrderState.PROCESSING, 7 * DAY + HOUR, False),
    ],
)
async def test_orders_are_forgotten_after_the_retention_but_open_ones_stay_a_week(
    house: House, state: OrderState, age: timedelta, is_kept: bool
) -> None:
    await house.shelf().note_order(noted(state=state))
    house.now = NOW + age
    assert (await house.shelf().order("order-1") is not None) is is_kept
    assert (await house.shelf().orders() != ()) is is_kept
    await house.store().sweep()
    assert bool(house.files()) is is_kept


@pytest.mark.parametrize(("age", "is_kept"), [(DAY, True), (DAY + HOUR, False)])
async def test_attempts_and_reports_expire(house: House, age: timedelta, is_kept: bool) -> None:
    await house.shelf().note_attempt(FINGERPRINT, NOW)
    await keep(house.shelf())
    house.now = NOW + age
    assert (await house.shelf().attempt(FINGERPRINT) is not None) is is_kept
    assert (await house.shelf().report("order-1") is not None) is is_kept
    await house.store().sweep()
    assert len(house.files()) == (3 if is_kept else 0)


class Days:
    """A sleep in which a day passes, after which so many sleepers are woken."""

    def __init__(self, house: House | SharedHouse, count: int) -> None:
        self.over = anyio.Event()
        self._house, self._count = house, count

    async def sleep(self, _seconds: float) -> None:
        if not self._count:
            self.over.set()
            await anyio.sleep_forever()
        self._count -= 1
        self._house.now += DAY

    def monotonic(self) -> float:
        return self._house.now.timestamp()

    def upkeep(self, sweep: Callable[[], Awaitable[None]]) -> Upkeep:
        return Upkeep(sweep, sleep=self.sleep, monotonic=self.monotonic)


async def test_what_expires_while_nobody_calls_is_removed(any_house: House | SharedHouse) -> None:
    store, days = any_house.store(), Days(any_house, 2)
    await keep(store.shelf(ADA))
    async with days.upkeep(store.sweep).running():
        await days.over.wait()
    any_house.now = NOW
    assert await store.shelf(ADA).report("order-1") is None


@pytest.mark.parametrize(
    ("trouble", "logged"),
    [
        (StoreError("Away.", hint="Wait."), "Away. Wait."),
        (OverflowError("a moment that no clock has"), "OverflowError: a moment that no clock has"),
    ],
    ids=["a store that is away", "what nobody thought of"],
)
async def test_a_sweep_that_fails_meanwhile_is_logged_and_left_to_the_next(
    trouble: Exception, logged: str, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    sweeps = list[datetime]()

    async def sweep() -> None:
        sweeps.append(house.now)
        if len(sweeps) == 2:
            raise trouble

    days = Days(house, 2)
    async with days.upkeep(sweep).running():
        await days.over.wait()
    assert sweeps == [NOW, NOW + DAY, NOW + 2 * DAY]
    assert logged in caplog.text


async def test_however_many_have_a_store_open_it_is_swept_once_an_hour() -> None:
    time, sweeps, over = FakeTime(monotonic_s=0.0), list[float](), anyio.Event()

    async def sweep() -> None:
        sweeps.append(time.monotonic_s)
        if len(sweeps) == 3:
            over.set()
        await anyio.lowlevel.checkpoint()

    upkeep = Upkeep(sweep, sleep=time.sleep, monotonic=lambda: time.monotonic_s)

    async def use() -> None:
        async with upkeep.running():
            await over.wait()

    with anyio.fail_after(HANGS_S):
        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(use)
    assert sweeps[:3] == [0.0, 3_600.0, 7_200.0]


async def test_who_opens_a_store_that_cannot_be_swept_hears_of_it_each_time(house: House) -> None:
    async def sweep() -> None:
        raise StoreError("Away.", hint="Wait.")

    upkeep = Days(house, 0).upkeep(sweep)
    for _ in range(2):
        with pytest.raises(StoreError, match="Away"):
            async with upkeep.running():
                pass


async def test_the_oldest_reports_of_anybody_make_room_for_a_new_one(any_house: House | SharedHouse) -> None:
    store = any_house.store(max_bytes=5_000)
    people = {"a": ADA, "b": "bob", "c": ADA, "d": "bob"}
    for order_id, person in people.items():
        any_house.now += HOUR
        await keep(store.shelf(person), order_id, bytes(1_500))
    left = [order_id for order_id, person in people.items() if await store.shelf(person).report(order_id)]
    assert left == ["c", "d"]


async def test_a_report_for_which_there_is_room_is_kept_without_a_look_into_anything_else(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await house.shelf("bob").note_order(noted())
    await keep(house.shelf("bob"))
    for path in (path for path in house.files() if path.suffix == ".json"):
        path.write_text("what whoever reads it logs")
    await keep(house.shelf(), "another")
    assert caplog.messages == []


async def test_no_more_reports_go_than_the_size_limit_asks_for(any_house: House | SharedHouse) -> None:
    for order_id in ("a", "b", "c"):
        any_house.now += HOUR
        await keep(any_house.shelf(), order_id, bytes(1_500))
    await any_house.store(max_bytes=5_000).sweep()
    assert [order_id for order_id in ("a", "b", "c") if await any_house.shelf().report(order_id)] == ["b", "c"]


@pytest.mark.parametrize(("spare_bytes", "left"), [(0, ["b", "c"]), (-1, ["c"])], ids=["to the byte", "but for one"])
async def test_reports_stay_that_fit_to_the_byte(house: House, spare_bytes: int, left: list[str]) -> None:
    for order_id in ("a", "b", "c"):
        house.now += HOUR
        await keep(house.shelf(), order_id, bytes(1_500))
    fitting = [path for order_id in ("b", "c") for path in house.layout().report(order_id).iterdir()]
    await house.store(max_bytes=sum(path.stat().st_size for path in fitting) + spare_bytes).sweep()
    assert [order_id for order_id in ("a", "b", "c") if await house.shelf().report(order_id)] == left


async def test_a_report_just_kept_is_never_removed_for_its_own_sake(any_house: House | SharedHouse) -> None:
    store = any_house.store(max_bytes=1_000)
    await keep(store.shelf(ADA), content=bytes(1_000))
    assert await store.shelf(ADA).report("order-1") is not None


async def test_the_typed_table_counts_as_part_of_its_report(house: House) -> None:
    kept = await keep(house.shelf())
    kept.parquet_path.write_bytes(bytes(20_000))
    await house.store().sweep()
    assert await house.shelf().report("order-1") is None


async def test_expired_reports_go_before_the_size_limit_takes_others(any_house: House | SharedHouse) -> None:
    for order_id in ("long-ago", "fresh"):
        await keep(any_house.shelf(), order_id, bytes(2_000))
        any_house.now += HOUR
    any_house.now += DAY - HOUR
    await any_house.store(max_bytes=4_000).sweep()
    assert [order_id for order_id in ("long-ago", "fresh") if await any_house.shelf().report(order_id)] == ["fresh"]


async def test_a_running_download_survives_a_sweep_and_a_dead_one_does_not(house: House) -> None:
    shelf = house.shelf()
    async with shelf.receive("alive") as incoming:
        incoming.write(CSV)
        typed = incoming.typed_path()
        layout = house.layout()
        (layout.incoming / "dead.typed").mkdir()
        for name in ("dead.csv", "dead.json", "dead.typed/typed.parquet"):
            (layout.incoming / name).write_bytes(CSV)
        (layout.incoming / "half-removed").mkdir()
        (layout.incoming / "half-removed" / "rest.csv").write_bytes(CSV)
        await house.store().sweep()
        assert {*layout.incoming.iterdir()} == {layout.part("alive"), typed.parent}
        assert await incoming.keep(noted("alive")) == await shelf.report("alive")


async def test_a_download_begins_anew_over_the_rest_of_a_dead_one(house: House) -> None:
    await keep(house.shelf(), "other")
    part = house.layout().part("order-1")
    part.write_bytes(b"the rest of a dead download")
    for rest in (".json", ".rewritten"):
        part.with_suffix(rest).write_bytes(b"the rest of a dead download")
    part.with_suffix(".typed").mkdir()
    (part.with_suffix(".typed") / "typed.parquet").write_bytes(b"PAR1")

    def copied(came: Path, kept: Path) -> tuple[str, ...]:
        kept.write_bytes(came.read_bytes())
        return ()

    async with house.shelf().receive("order-1") as incoming:
        assert not incoming.typed_path().exists()
        incoming.write(CSV)
        await incoming.rewrite(copied)
        assert (await incoming.keep(noted())).csv_path.read_bytes() == CSV
    assert list(house.layout().incoming.iterdir()) == []


async def test_a_report_replaced_since_the_sweep_looked_is_left_alone(house: House) -> None:
    await keep(house.shelf())
    layout, rules = house.layout(), Rules(retention=DAY, max_bytes=1, now=lambda: house.now)
    seen = _kept_report(layout, layout.report("order-1"), rules)
    house.now += HOUR
    await keep(house.shelf())
    assert not _drop_report(seen, rules)
    assert await house.shelf().report("order-1") is not None


async def test_files_that_cannot_be_read_stay_a_week(house: House) -> None:
    await house.shelf().note_order(noted())
    await keep(house.shelf())
    layout = house.layout()
    litter = [layout.orders / "later.json", layout.report("order-1") / "report.json"]
    for path in litter:
        path.write_bytes(b'{"version":2}')
    for path, age in [(path, 7 * DAY) for path in (*litter, layout.report("order-1"))]:
        date_back(path, NOW - age)
    await house.store().sweep()
    assert all(path.exists() for path in litter)
    house.now += HOUR
    await house.store().sweep()
    assert house.files() == [layout.order("order-1")]


async def test_lock_files_that_nobody_has_used_for_a_week_are_removed_and_locks_still_work(house: House) -> None:
    shelf = house.shelf()
    async with shelf.lock("idle"):
        pass
    async with shelf.lock("held"):
        locks = house.layout().locks
        for path in locks.iterdir():
            date_back(path, NOW - 8 * DAY)
        async with shelf.lock("used"):
            pass
        await house.store().sweep()
        assert len(list(locks.iterdir())) == 2
    async with shelf.lock("idle"):
        assert len(list(locks.iterdir())) == 3


@pytest.mark.parametrize(("age", "is_kept"), [(HOUR, True), (HOUR + timedelta(minutes=1), False)])
async def test_what_a_killed_computation_left_goes_after_an_hour(house: House, age: timedelta, is_kept: bool) -> None:
    kept = await keep(house.shelf())
    workplace = kept.csv_path.with_name(".analysis-1")
    (workplace / "pieces").mkdir(parents=True)
    (workplace / "pieces" / "0.csv").write_bytes(CSV)
    date_back(workplace, NOW - age)
    await house.store().sweep()
    assert workplace.exists() is is_kept
    assert await house.shelf().report("order-1") == kept


@pytest.mark.parametrize(("age", "left"), [(HOUR, 4), (2 * HOUR, 0)])
async def test_what_a_killed_writer_left_goes_after_an_hour(house: House, age: timedelta, left: int) -> None:
    await house.shelf().note_order(noted())
    await house.shelf().note_attempt(FINGERPRINT, NOW)
    report, layout = await keep(house.shelf()), house.layout()
    for folder in (layout.folder, layout.attempts, layout.orders, report.csv_path.parent):
        (folder / ".0123456789abcdef.tmp").touch()
        date_back(folder / ".0123456789abcdef.tmp", NOW - age)
    await house.store().sweep()
    assert len(house.files()) == 4 + left


async def test_what_a_writer_is_at_work_on_is_not_taken_for_a_damaged_note(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await house.shelf().note_order(noted())
    await house.shelf().note_attempt(FINGERPRINT, NOW)
    for folder in (house.layout().attempts, house.layout().orders):
        (folder / ".0123456789abcdef.tmp").touch()
    await house.store().sweep()
    assert caplog.messages == []


async def test_a_newer_download_leaves_a_computation_at_its_work(house: House) -> None:
    workplace = (await keep(house.shelf())).csv_path.with_name(".analysis-1")
    workplace.mkdir()
    kept = await keep(house.shelf(), content=CSV + CSV)
    assert await house.shelf().report("order-1") == kept
    assert workplace.exists()


IN_A_CIRCLE: dict[str, Callable[[Layout], Path]] = {
    "among principals": lambda layout: layout.folder.with_name("loop"),
    "among attempts": lambda layout: layout.attempts / "loop.json",
    "among orders": lambda layout: layout.orders / "loop.json",
    "among what writers left": lambda layout: layout.orders / ".loop.tmp",
    "among locks": lambda layout: layout.locks / "loop.lock",
    "among reports": lambda layout: layout.reports / "loop",
    "in a report": lambda layout: layout.report("order-1") / "loop",
    "in place of a folder": lambda layout: layout.attempts,
}


@pytest.mark.parametrize("place", IN_A_CIRCLE.values(), ids=IN_A_CIRCLE)
async def test_a_link_in_a_circle_does_not_keep_what_has_expired(house: House, place: Callable[[Layout], Path]) -> None:
    await keep(house.shelf())
    layout = house.layout()
    loop = place(layout)
    loop.parent.mkdir(exist_ok=True)
    loop.symlink_to(loop)
    assert (await house.store().survey()).kept_bytes > 0
    house.now = NOW + 8 * DAY
    await house.store().sweep()
    assert house.files() == []


async def test_what_cannot_be_removed_does_not_stop_a_sweep(house: House) -> None:
    await house.shelf().note_order(noted())
    layout = house.layout()
    (layout.orders / "folder.json").mkdir()
    (house.root / "v1" / ".DS_Store").touch()
    house.now += 8 * DAY
    await house.store().sweep()
    assert [path.name for path in layout.orders.iterdir()] == ["folder.json"]
