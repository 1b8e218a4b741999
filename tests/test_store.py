"""The store: nothing is lost, nothing is half there, nobody sees another's, and it stays within its size."""

import errno
import hashlib
import json
import os
import resource
import stat
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from shelves import ADA, CSV, DAY, FINGERPRINT, HOUR, INTAKE, NOW, House, SharedHouse, keep, noted
from unique_analytics_mcp.domain.order import OrderState
from unique_analytics_mcp.errors import InvalidRequest, StoreError
from unique_analytics_mcp.store import StoredReport
from unique_analytics_mcp.store._files import in_our_words
from unique_analytics_mcp.store._records import Rules
from unique_analytics_mcp.store._sweep import _drop_report, _kept_report


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "data")


@pytest.fixture(params=["house", pytest.param("shared_house", marks=pytest.mark.replicas)])
def any_house(request: pytest.FixtureRequest) -> House | SharedHouse:
    """For claims that hold for a folder and for what replicas share."""
    return request.getfixturevalue(request.param)


def date_back(path: Path, moment: datetime) -> None:
    os.utime(path, (moment.timestamp(), moment.timestamp()))


# Who may see what


async def test_nothing_is_written_before_there_is_something_to_keep(house: House) -> None:
    shelf = house.shelf()
    assert await shelf.order("order-1") is None
    assert await shelf.attempt(FINGERPRINT) is None
    assert await shelf.report("order-1") is None
    assert await shelf.orders() == ()
    await house.store().sweep()
    assert not house.root.exists()


@pytest.fixture(params=[0o000, 0o022, 0o277], ids=oct)
def umask(request: pytest.FixtureRequest) -> Generator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
async def test_folders_and_files_are_private_whatever_the_umask(house: House) -> None:
    shelf = house.shelf()
    await shelf.note_attempt("a" * 64, NOW)
    await shelf.note_order(noted())
    await keep(shelf)
    modes = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in [house.root, *house.root.rglob("*")]}
    assert modes == {(True, 0o700), (False, 0o600)}


async def test_the_name_of_a_principal_is_not_on_the_disk(house: House) -> None:
    shelf = house.shelf()
    await shelf.note_order(noted())
    await keep(shelf)
    assert house.layout().folder.name == hashlib.sha256(ADA.encode()).hexdigest()[:32]
    assert not [path for path in house.files() if b"gateway.example.com" in path.read_bytes()]


async def test_a_principal_sees_nothing_of_another(any_house: House | SharedHouse) -> None:
    ada, bob = any_house.shelf(), any_house.shelf("https://gateway.example.com company-1 bob")
    await ada.note_order(noted())
    await ada.note_attempt(FINGERPRINT, NOW)
    await keep(ada)
    assert await bob.order("order-1") is None
    assert await bob.order_for(FINGERPRINT) is None
    assert await bob.orders() == ()
    assert await bob.attempt(FINGERPRINT) is None
    assert await bob.report("order-1") is None
    await bob.forget_order("order-1")
    assert await ada.order("order-1") == noted()
    assert await ada.report("order-1") is not None


@pytest.mark.parametrize(
    "pair", [("Ab-7", "aB-7"), ("con", "CON"), ("x" * 200, "x" * 199)], ids=["case", "device", "longest"]
)
async def test_order_ids_that_look_alike_to_a_file_system_are_kept_apart(house: House, pair: tuple[str, str]) -> None:
    shelf = house.shelf()
    for order_id in pair:
        await shelf.note_order(noted(order_id))
        await keep(shelf, order_id, order_id.encode())
    assert {order.order_id for order in await shelf.orders()} == set(pair)
    names = [path.name.lower() for path in [*house.layout().orders.iterdir(), *house.layout().reports.iterdir()]]
    assert len(set(names)) == 4
    assert max(map(len, names)) < 64


@pytest.mark.parametrize("order_id", ["", "..", "a/b", "a\\b", "a\0", "é", "x" * 201], ids=ascii)
async def test_what_is_no_order_id_never_becomes_a_path(house: House, order_id: str) -> None:
    shelf = house.shelf()
    with pytest.raises(InvalidRequest):
        await shelf.report(order_id)
    with pytest.raises(InvalidRequest):
        await shelf.note_order(noted(order_id))
    with pytest.raises(InvalidRequest):
        await shelf.note_attempt(order_id, NOW)
    with pytest.raises(InvalidRequest):
        async with shelf.receive(order_id):
            pass
    assert not house.root.exists()


# Orders and attempts


async def test_an_order_comes_back_as_it_was_noted(any_house: House | SharedHouse) -> None:
    await any_house.shelf().note_order(noted())
    assert await any_house.shelf().order("order-1") == noted()


async def test_a_later_note_of_an_order_replaces_the_earlier_one(any_house: House | SharedHouse) -> None:
    shelf = any_house.shelf()
    await shelf.note_order(noted(state=OrderState.PENDING))
    await shelf.note_order(noted())
    assert await shelf.orders() == (noted(),)


async def test_orders_come_newest_first_and_the_newest_answers_a_fingerprint(any_house: House | SharedHouse) -> None:
    shelf = any_house.shelf()
    old, new, other = (
        noted("old", created_at=NOW - 2 * HOUR),
        noted("new"),
        replace(noted("other", created_at=NOW - HOUR), fingerprint="e" * 64),
    )
    for order in (new, old, other):
        await shelf.note_order(order)
    assert await shelf.orders() == (new, other, old)
    assert await shelf.order_for(FINGERPRINT) == new
    assert await shelf.order_for("d" * 64) is None


async def test_an_attempt_is_remembered_until_it_is_refused_or_became_an_order(any_house: House | SharedHouse) -> None:
    shelf = any_house.shelf()
    await shelf.forget_attempt(FINGERPRINT)
    await shelf.note_attempt(FINGERPRINT, NOW)
    any_house.now += HOUR
    assert await any_house.shelf().attempt(FINGERPRINT) == NOW
    await shelf.forget_attempt(FINGERPRINT)
    assert await shelf.attempt(FINGERPRINT) is None
    await shelf.note_attempt(FINGERPRINT, NOW)
    await shelf.note_order(noted())
    assert await shelf.attempt(FINGERPRINT) is None


async def test_forgetting_an_order_removes_its_note_and_its_report(house: House) -> None:
    shelf = house.shelf()
    await shelf.note_order(noted())
    await keep(shelf)
    await shelf.forget_order("order-1")
    await shelf.forget_order("order-1")
    assert await shelf.order("order-1") is None
    assert await shelf.report("order-1") is None
    assert house.files() == []


CORRUPTIONS: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda text: b"",
    "cut": lambda text: text[: len(text) // 2],
    "zeros": lambda text: bytes(len(text)),
    "other shape": lambda text: b"[1]",
    "later version": lambda text: text.replace(b'"version":1', b'"version":2'),
    "not text": lambda text: b"\xff" + text,
}


@pytest.mark.parametrize("corrupt", CORRUPTIONS.values(), ids=CORRUPTIONS)
async def test_a_note_that_cannot_be_read_counts_as_absent(
    house: House, caplog: pytest.LogCaptureFixture, corrupt: Callable[[bytes], bytes]
) -> None:
    shelf = house.shelf()
    await shelf.note_order(noted())
    await shelf.note_attempt(FINGERPRINT, NOW)
    await keep(shelf)
    for path in house.files():
        if path.suffix == ".json":
            path.write_bytes(corrupt(path.read_bytes()))
    assert await shelf.order("order-1") is None
    assert await shelf.orders() == ()
    assert await shelf.attempt(FINGERPRINT) is None
    assert await shelf.report("order-1") is None
    assert set(caplog.messages) == {
        f"A stored {kind} cannot be read and counts as absent."
        for kind in ("OrderRecord", "AttemptRecord", "ReportRecord")
    }


# Reports


async def test_a_kept_report_comes_back_with_its_bytes_size_checksum_and_order(any_house: House | SharedHouse) -> None:
    kept = await keep(any_house.shelf())
    again = await any_house.shelf().report("order-1")
    assert again
    assert again.csv_path.read_bytes() == CSV
    assert replace(again, csv_path=kept.csv_path, parquet_path=kept.parquet_path) == kept
    assert kept == StoredReport(
        order_id="order-1",
        csv_path=kept.csv_path,
        parquet_path=kept.csv_path.with_suffix(".parquet"),
        size_bytes=len(CSV),
        sha256=hashlib.sha256(CSV).hexdigest(),
        kept_sha256=hashlib.sha256(CSV).hexdigest(),
        remarks=(),
        fetched_at=NOW,
        order=noted(),
        intake=None,
    )
    assert kept.csv_path.read_bytes() == CSV


async def test_a_download_that_begins_again_keeps_only_the_second_try(any_house: House | SharedHouse) -> None:
    async with any_house.shelf().receive("order-1") as incoming:
        incoming.write(b"a longer beginning that broke off" * 9)
        incoming.restart()
        incoming.write(CSV)
        kept = await incoming.keep(noted())
    assert (kept.size_bytes, kept.csv_path.read_bytes()) == (len(CSV), CSV)
    assert kept.sha256 == hashlib.sha256(CSV).hexdigest()


async def test_a_download_that_is_not_kept_leaves_nothing(house: House) -> None:
    async with house.shelf().receive("order-1") as incoming:
        incoming.write(CSV)
    assert house.files() == []


async def test_a_download_that_breaks_off_leaves_nothing(house: House) -> None:
    async def break_off() -> None:
        async with house.shelf().receive("order-1") as incoming:
            incoming.write(CSV)
            raise EOFError

    with pytest.raises(EOFError):
        await break_off()
    assert house.files() == []


async def test_a_cancelled_download_leaves_nothing(house: House) -> None:
    with anyio.CancelScope() as scope:
        async with house.shelf().receive("order-1") as incoming:
            incoming.write(CSV)
            scope.cancel()
            await anyio.lowlevel.checkpoint()
    assert house.files() == []


async def test_a_newer_download_replaces_the_report_and_everything_made_from_it(house: House) -> None:
    shelf = house.shelf()
    first = await keep(shelf)
    first.parquet_path.write_bytes(b"PAR1")
    await shelf.note_intake("order-1", INTAKE)
    second = await keep(shelf, content=CSV + CSV)
    assert await shelf.report("order-1") == second
    assert {path.name for path in second.csv_path.parent.iterdir()} == {second.csv_path.name, "report.json"}


async def test_two_downloads_of_one_order_take_turns(house: House) -> None:
    steps: list[str] = []

    async def download(name: str) -> None:
        async with house.shelf().receive("order-1") as incoming:
            steps.append(f"{name} begins")
            await anyio.lowlevel.checkpoint()
            incoming.write(CSV)
            await incoming.keep(noted())
            steps.append(f"{name} ends")

    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(download, "a")
            tasks.start_soon(download, "b")
    assert [step.split()[1] for step in steps] == ["begins", "ends", "begins", "ends"]


def lose(path: Path) -> None:
    path.unlink()


def cut(path: Path) -> None:
    path.write_bytes(CSV[:-1])


@pytest.mark.parametrize("damage", [lose, cut])
async def test_a_report_whose_bytes_are_lost_or_cut_is_absent(house: House, damage: Callable[[Path], None]) -> None:
    shelf = house.shelf()
    damage((await keep(shelf)).csv_path)
    assert await shelf.report("order-1") is None


async def test_what_reading_a_report_found_is_kept_with_it_while_the_typed_table_exists(
    house: House,
) -> None:
    shelf = house.shelf()
    kept = await keep(shelf)
    kept.parquet_path.write_bytes(b"PAR1")
    await shelf.note_intake("order-1", INTAKE)
    assert await house.shelf().report("order-1") == replace(kept, intake=INTAKE)
    kept.parquet_path.unlink()
    assert await shelf.report("order-1") == kept


async def test_what_reading_a_report_found_does_not_bring_a_removed_report_back(house: House) -> None:
    await house.shelf().note_intake("order-1", INTAKE)
    assert not house.root.exists()


# Export


async def test_an_export_is_the_reports_bytes_in_a_private_file(any_house: House | SharedHouse, tmp_path: Path) -> None:
    await keep(any_house.shelf())
    target = tmp_path / "new" / "folder" / "nps.csv"
    assert await any_house.shelf().export("order-1", target) == target
    assert target.read_bytes() == CSV
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert list(target.parent.iterdir()) == [target]


async def test_an_export_gives_the_absolute_path_of_a_relative_one(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    await keep(house.shelf())
    assert await house.shelf().export("order-1", Path("nps.csv")) == tmp_path / "nps.csv"


async def test_an_export_replaces_a_symbolic_link_and_spares_what_it_points_to(house: House, tmp_path: Path) -> None:
    await keep(house.shelf())
    precious, target = tmp_path / "precious", tmp_path / "nps.csv"
    precious.write_text("untouched")
    target.symlink_to(precious)
    await house.shelf().export("order-1", target)
    assert (precious.read_text(), target.is_symlink(), target.read_bytes()) == ("untouched", False, CSV)


async def test_an_export_over_a_folder_is_refused_and_leaves_nothing_behind(house: House, tmp_path: Path) -> None:
    await keep(house.shelf())
    (tmp_path / "exports" / "nps.csv").mkdir(parents=True)
    with pytest.raises(StoreError, match="could not be saved to that file"):
        await house.shelf().export("order-1", tmp_path / "exports" / "nps.csv")
    assert [path.name for path in (tmp_path / "exports").iterdir()] == ["nps.csv"]


async def test_a_report_changed_on_the_disk_is_not_exported_but_removed(house: House, tmp_path: Path) -> None:
    shelf = house.shelf()
    kept = await keep(shelf)
    kept.csv_path.write_bytes(CSV.replace(b"ada", b"bob"))
    with pytest.raises(StoreError, match="changed on the disk"):
        await shelf.export("order-1", tmp_path / "nps.csv")
    assert await shelf.report("order-1") is None
    assert not (tmp_path / "nps.csv").exists()


async def test_an_export_of_a_report_that_is_not_there_says_so(any_house: House | SharedHouse, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="not in the local store"):
        await any_house.shelf().export("order-1", tmp_path / "nps.csv")


# Full, forbidden and broken disks


@contextmanager
def small_disk() -> Generator[None]:
    """No file may grow beyond 16 bytes: the system's own refusal, without filling a disk.

    Not a fixture: the runner's own output may be a file.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("content", [bytes(9_000), CSV], ids=["while it arrives", "at its end"])
async def test_a_full_disk_ends_a_download_with_the_way_out_and_leaves_nothing(house: House, content: bytes) -> None:
    with small_disk(), pytest.raises(StoreError, match=r"no room left .* UNIQUE_ANALYTICS_DATA_DIR"):
        await keep(house.shelf(), content=content)
    assert house.files() == []


async def test_a_note_that_does_not_fit_on_the_disk_leaves_the_old_one(house: House) -> None:
    await house.shelf().note_order(noted(state=OrderState.PENDING))
    with small_disk(), pytest.raises(StoreError, match="no room left"):
        await house.shelf().note_order(noted())
    assert await house.shelf().orders() == (noted(state=OrderState.PENDING),)
    assert len(house.files()) == 1


async def test_a_report_larger_than_the_whole_store_is_refused_while_it_arrives(house: House) -> None:
    shelf = house.store(max_bytes=100).shelf(ADA)
    with pytest.raises(StoreError, match=r"larger than the 100 bytes .* UNIQUE_ANALYTICS_MAX_STORE_BYTES"):
        await keep(shelf, content=bytes(101))
    assert house.files() == []


async def test_a_data_folder_that_is_none_is_a_store_error(house: House) -> None:
    house.root.write_text("a file")
    with pytest.raises(StoreError, match="cannot be read or written"):
        await house.shelf().note_order(noted())
    with pytest.raises(StoreError, match="cannot be read or written"):
        async with house.shelf().lock("orders"):
            pass


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "no room left"),
        (errno.EDQUOT, "no room left"),
        (errno.EFBIG, "no room left"),
        (errno.EACCES, "may not write"),
        (errno.EPERM, "may not write"),
        (errno.EROFS, "may not write"),
        (errno.EIO, "cannot be read or written"),
        (None, "cannot be read or written"),
    ],
    ids=str,
)
def test_errors_of_the_system_become_a_sentence_and_a_way_out_without_a_path(number: int | None, message: str) -> None:
    with pytest.raises(StoreError, match=message) as caught, in_our_words():
        raise OSError(number, "said the system", "/home/ada/data")
    assert "UNIQUE_ANALYTICS_DATA_DIR" in caught.value.hint
    assert "/home" not in str(caught.value)
    assert "system" not in str(caught.value)


# Expiry, the size limit and what dead processes leave


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


async def test_the_oldest_reports_of_anybody_make_room_for_a_new_one(any_house: House | SharedHouse) -> None:
    store = any_house.store(max_bytes=5_000)
    people = {"a": ADA, "b": "bob", "c": ADA, "d": "bob"}
    for order_id, person in people.items():
        any_house.now += HOUR
        await keep(store.shelf(person), order_id, bytes(1_500))
    left = [order_id for order_id, person in people.items() if await store.shelf(person).report(order_id)]
    assert left == ["c", "d"]


async def test_no_more_reports_go_than_the_size_limit_asks_for(any_house: House | SharedHouse) -> None:
    for order_id in ("a", "b", "c"):
        any_house.now += HOUR
        await keep(any_house.shelf(), order_id, bytes(1_500))
    await any_house.store(max_bytes=5_000).sweep()
    assert [order_id for order_id in ("a", "b", "c") if await any_house.shelf().report(order_id)] == ["b", "c"]


async def test_a_report_just_kept_is_never_removed_for_its_own_sake(any_house: House | SharedHouse) -> None:
    store = any_house.store(max_bytes=1_000)
    await keep(store.shelf(ADA), content=bytes(1_000))
    assert await store.shelf(ADA).report("order-1") is not None


async def test_the_typed_table_counts_as_part_of_its_report(house: House) -> None:
    kept = await keep(house.shelf())
    kept.parquet_path.write_bytes(bytes(20_000))
    await house.store().sweep()
    assert await house.shelf().report("order-1") is None


async def test_expired_reports_go_before_the_size_limit_takes_others(house: House) -> None:
    store = house.store(max_bytes=6_000)
    await keep(store.shelf(ADA), "long-ago", bytes(2_000))
    house.now += DAY + HOUR
    await keep(store.shelf(ADA), "fresh", bytes(2_000))
    await keep(store.shelf(ADA), "new", bytes(2_000))
    assert await store.shelf(ADA).report("fresh") is not None
    assert not house.layout().report("long-ago").exists()


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
    part.with_suffix(".json").write_bytes(b"{")
    part.with_suffix(".typed").mkdir()
    (part.with_suffix(".typed") / "typed.parquet").write_bytes(b"PAR1")
    async with house.shelf().receive("order-1") as incoming:
        assert not incoming.typed_path().exists()
    assert (await keep(house.shelf())).csv_path.read_bytes() == CSV
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
    litter = [layout.orders / ".1.tmp", layout.orders / "later.json", layout.report("order-1") / "report.json"]
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
        await house.store().sweep()
        assert len(list(locks.iterdir())) == 1
    async with shelf.lock("idle"):
        assert len(list(locks.iterdir())) == 2


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


async def test_a_newer_download_leaves_a_computation_at_its_work(house: House) -> None:
    workplace = (await keep(house.shelf())).csv_path.with_name(".analysis-1")
    workplace.mkdir()
    kept = await keep(house.shelf(), content=CSV + CSV)
    assert await house.shelf().report("order-1") == kept
    assert workplace.exists()


async def test_what_cannot_be_removed_does_not_stop_a_sweep(house: House) -> None:
    await house.shelf().note_order(noted())
    layout = house.layout()
    (layout.orders / "folder.json").mkdir()
    (house.root / "v1" / ".DS_Store").touch()
    house.now += 8 * DAY
    await house.store().sweep()
    assert [path.name for path in layout.orders.iterdir()] == ["folder.json"]


# Locks


async def test_a_lock_has_one_holder_at_a_time_among_many_tasks(any_house: House | SharedHouse) -> None:
    holders: list[str] = []
    most = 0

    async def work(name: str) -> None:
        nonlocal most
        async with any_house.shelf().lock("order: NPS / last month"):
            holders.append(name)
            most = max(most, len(holders))
            await anyio.lowlevel.checkpoint()
            holders.remove(name)

    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            for name in "abcd":
                tasks.start_soon(work, name)
    assert most == 1


async def test_locks_of_other_names_and_other_principals_are_free(any_house: House | SharedHouse) -> None:
    with anyio.fail_after(5):
        async with any_house.shelf().lock("a"), any_house.shelf().lock("b"), any_house.shelf("bob").lock("a"):
            pass


async def test_a_task_that_waits_for_a_lock_can_be_cancelled_at_once(any_house: House | SharedHouse) -> None:
    async with any_house.shelf().lock("a"):
        with anyio.fail_after(5), anyio.move_on_after(0.001) as patience:
            async with any_house.shelf().lock("a"):
                pytest.fail("held twice")
        assert patience.cancelled_caught


HOLDER = """
import sys, anyio, pathlib, datetime
from unique_analytics_mcp.store import Store

async def main():
    store = Store(pathlib.Path(sys.argv[1]), retention=datetime.timedelta(1), max_bytes=1, now=None)
    async with store.shelf(sys.argv[2]).lock("a"):
        print("held", flush=True)
        sys.stdin.read()

anyio.run(main)
"""


def python(script: str, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1] / "src",
    )


async def test_a_lock_of_another_process_is_free_once_that_process_is_killed(house: House) -> None:
    with python(HOLDER, str(house.root), ADA) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with anyio.move_on_after(0.03) as patience:
            async with house.shelf().lock("a"):
                pytest.fail("held twice")
        assert patience.cancelled_caught
        holder.kill()
        with anyio.fail_after(5):
            async with house.shelf().lock("a"):
                pass


# Kills at each step. In one process, for speed: a child is forked for each system call that touches a file, and dies
# just before that call; the parent then looks at what a new process would find.
KILLER = """
import datetime, json, os, pathlib, shutil, sys, anyio
sys.path.insert(0, sys.argv[2])
from test_store import CSV, INTAKE, House, keep, noted
from unique_analytics_mcp.domain.order import OrderState

root = pathlib.Path(sys.argv[1])
STEPS = {"open", "os.rename", "os.mkdir", "os.remove", "os.chmod", "os.rmdir", "shutil.rmtree"}

async def note(shelf): await shelf.note_order(noted())
async def fetch(shelf): await keep(shelf, content=CSV + CSV)
async def intake(shelf): await shelf.note_intake("order-1", INTAKE)
async def export(shelf): await shelf.export("order-1", root / "now" / "nps.csv")
async def forget(shelf): await shelf.forget_order("order-1")

async def prepare():
    shelf = House(root / "before" / "data").shelf()
    await shelf.note_order(noted(state=OrderState.PENDING))
    (await keep(shelf)).parquet_path.write_bytes(b"PAR1")
    (root / "before" / "nps.csv").write_bytes(b"old")

async def state():
    shelf = House(root / "now" / "data").shelf()
    order, report = await shelf.order("order-1"), await shelf.report("order-1")
    house = House(root / "now" / "data")
    await house.store().sweep()
    assert not list(house.layout().incoming.iterdir())
    return [
        order and order.state,
        report and [report.csv_path.read_bytes() == CSV * (report.size_bytes // len(CSV)), report.size_bytes],
        report and report.intake is not None,
        (root / "now" / "nps.csv").stat().st_size,
    ]

def die_before(step):
    left = step
    def hook(event, args):
        nonlocal left
        if event in STEPS and str(root) in str(args[0]):
            left -= 1
            if left < 0:
                os._exit(9)
    sys.addaudithook(hook)

def killed_before(step, action):
    shutil.rmtree(root / "now", ignore_errors=True)
    shutil.copytree(root / "before", root / "now")
    child = os.fork()
    if child == 0:
        die_before(step)
        anyio.run(action, House(root / "now" / "data").shelf())
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9

def states(action):
    step, killed = 0, True
    while killed:
        killed = killed_before(step, action)
        step += 1
        yield anyio.run(state)

anyio.run(prepare)
print(json.dumps({action.__name__: list(states(action)) for action in (note, fetch, intake, export, forget)}))
"""


def test_a_process_killed_at_any_step_leaves_the_old_state_or_the_new_one(tmp_path: Path) -> None:
    with python(KILLER, str(tmp_path), str(Path(__file__).parent)) as killer:
        assert killer.stdout is not None
        seen = json.loads(killer.stdout.read())
    old = ["PENDING", [True, len(CSV)], False, 3]
    new = {
        "note": ["DONE", *old[1:]],
        "fetch": ["PENDING", [True, 2 * len(CSV)], False, 3],
        "intake": ["PENDING", [True, len(CSV)], True, 3],
        "export": ["PENDING", [True, len(CSV)], False, len(CSV)],
        "forget": [None, None, None, 3],
    }
    between = {"forget": [None, *old[1:]]}
    for action, states in seen.items():
        assert len(states) > 4, action
        assert (states[0], states[-1]) == (old, new[action])
        assert all(state in (old, new[action], between.get(action)) for state in states), action


def test_importing_the_store_loads_nothing_heavy() -> None:
    script = "import sys, unique_analytics_mcp.store; print(*{'duckdb', 'httpx', 'mcp', 'filelock'} & set(sys.modules))"
    with python(script) as process:
        assert process.stdout is not None
        assert process.stdout.read() == "\n"
