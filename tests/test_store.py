"""The store: nothing is lost, nothing is half there, nobody sees another's, and it stays within its size."""

import hashlib
import os
import stat
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path

import anyio
import anyio.lowlevel
import psutil
import pytest

from fakes import HANGS_S
from shelves import ADA, CSV, FINGERPRINT, HOUR, INTAKE, NOW, House, SharedHouse, keep, noted
from unique_analytics_mcp.domain.order import OrderState
from unique_analytics_mcp.errors import InvalidRequest, StoreError
from unique_analytics_mcp.store import StoredReport
from unique_analytics_mcp.store._layout import Keys, fetched_at_of

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
def umask(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[None]:
    """After the test's own folder is made, which pytest could otherwise not write to, but as root."""
    assert tmp_path.is_dir()
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


async def test_what_was_kept_is_not_held_open(house: House) -> None:
    shelf = house.shelf()
    await keep(shelf)
    held = psutil.Process().num_fds()
    await keep(shelf, "order-2")
    await shelf.note_order(noted("order-3"))
    assert psutil.Process().num_fds() == held


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


async def test_a_note_that_is_still_being_written_lists_no_order_twice(house: House) -> None:
    await house.shelf().note_order(noted())
    (note,) = house.layout().orders.iterdir()
    note.with_name(".0123456789abcdef.tmp").write_bytes(note.read_bytes())
    assert await house.shelf().orders() == (noted(),)


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


async def test_an_attempt_is_remembered_until_it_is_forgotten(any_house: House | SharedHouse) -> None:
    shelf = any_house.shelf()
    await shelf.forget_attempt(FINGERPRINT)
    await shelf.note_attempt(FINGERPRINT, NOW)
    any_house.now += HOUR
    assert await any_house.shelf().attempt(FINGERPRINT) == NOW
    await shelf.forget_attempt(FINGERPRINT)
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


FORGERIES: dict[str, Callable[[bytes], bytes]] = {
    "of another order": lambda text: text.replace(b'"order-1"', b'"order-2"'),
    "of what is no order": lambda text: text.replace(b'"order-1"', b'"../order-1"'),
    "without a time zone": lambda text: text.replace(b'd_at":"2026-11-21T09:30:00Z"', b'd_at":"2026-11-21"'),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
async def test_a_note_that_somebody_else_wrote_counts_as_absent_and_stops_nothing(
    house: House, forge: Callable[[bytes], bytes]
) -> None:
    shelf = house.shelf()
    await shelf.note_order(noted())
    await keep(shelf)
    for path in house.files():
        if path.suffix == ".json":
            path.write_bytes(forge(path.read_bytes()))
    await house.store().sweep()
    assert await shelf.order("order-1") is None
    assert await shelf.orders() == ()
    assert await shelf.report("order-1") is None
    await shelf.note_intake("order-1", INTAKE)


async def test_a_sidecar_leads_to_no_file_outside_its_report(house: House) -> None:
    shelf = house.shelf()
    kept = await keep(shelf)
    sidecar = kept.csv_path.with_name("report.json")
    kept.csv_path.rename(house.root / "outside.csv")
    text = sidecar.read_bytes().replace(b'"sha256":"' + kept.sha256.encode(), b'"sha256":"../../../../outside')
    sidecar.write_bytes(text.replace(b'"kept_sha256":"', b'"kept_sha256":"' + kept.sha256.encode()))
    assert await shelf.report("order-1") is None


# Reports


async def test_a_kept_report_comes_back_with_its_bytes_size_checksum_and_order(any_house: House | SharedHouse) -> None:
    kept = await keep(any_house.shelf())
    again = await any_house.shelf().report("order-1")
    assert again
    assert again.csv_path.read_bytes() == CSV
    assert replace(again, csv_path=kept.csv_path, parquet_path=kept.parquet_path) == kept
    assert kept == StoredReport(
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

    with anyio.fail_after(HANGS_S):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(download, "a")
            tasks.start_soon(download, "b")
    assert [step.split()[1] for step in steps] == ["begins", "ends", "begins", "ends"]


def lose(path: Path) -> None:
    path.unlink()


def cut(path: Path) -> None:
    path.write_bytes(CSV[:-1])


def change(path: Path) -> None:
    path.write_bytes(CSV.replace(b"ada", b"eve"))


@pytest.mark.parametrize("damage", [lose, cut, change])
async def test_a_report_whose_bytes_are_lost_or_cut_or_changed_before_they_are_read_is_absent(
    house: House, damage: Callable[[Path], None]
) -> None:
    shelf = house.shelf()
    damage((await keep(shelf)).csv_path)
    assert await shelf.report("order-1") is None


@pytest.fixture
def removed_when(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Lets a sweep elsewhere take each CSV just before this method of its path is called."""

    def arrange(method: str) -> None:
        original = getattr(Path, method)

        def called(path: Path, *args: object, **kwargs: object) -> object:
            if path.suffix == ".csv":
                path.unlink(missing_ok=True)
            return original(path, *args, **kwargs)

        monkeypatch.setattr(Path, method, called)

    return arrange


async def test_a_report_that_is_removed_while_it_is_looked_at_is_absent(
    house: House, tmp_path: Path, removed_when: Callable[[str], None]
) -> None:
    shelf = house.shelf()
    for order_id in ("order-1", "order-2"):
        await keep(shelf, order_id=order_id)
    removed_when("open")
    assert await shelf.report("order-1") is None
    with pytest.raises(StoreError, match="not in the local store"):
        await shelf.export("order-2", tmp_path / "out.csv")


async def test_a_survey_counts_what_is_left_when_a_report_is_removed_meanwhile(
    house: House, removed_when: Callable[[str], None]
) -> None:
    await keep(house.shelf())
    removed_when("stat")
    assert (await house.store().survey()).kept_bytes > 0


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


# Names of objects


def test_the_name_of_a_reports_bytes_says_when_they_were_fetched() -> None:
    key = Keys("space", "owner").csv("order-1", fetched_at=NOW, sha256="a" * 64)
    assert fetched_at_of(key) == NOW


@pytest.mark.parametrize("name", ["9" * 30 + "-" + "a" * 64 + ".csv", "²-" + "a" * 64 + ".csv", "1-note.csv", "1-.csv"])
def test_an_object_of_somebody_else_in_the_bucket_has_no_such_moment_and_stops_nothing(name: str) -> None:
    assert fetched_at_of(f"v1/owner/reports/order-1/{name}") is None
