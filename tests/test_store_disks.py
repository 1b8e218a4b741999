"""The store on disks that are full, forbidden, broken or not there."""

import errno
import os
import resource
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shelves import ADA, CSV, DAY, FINGERPRINT, NOW, House, keep, noted
from unique_analytics_mcp.domain.order import OrderState
from unique_analytics_mcp.errors import StoreError
from unique_analytics_mcp.store import Incoming
from unique_analytics_mcp.store._files import in_our_words


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


async def test_a_data_folder_on_a_drive_that_is_not_there_is_a_store_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def is_dir(_: Path) -> bool:
        return False

    monkeypatch.setattr(Path, "is_dir", is_dir)
    with pytest.raises(StoreError):
        await House(Path("/")).store().survey()


@pytest.mark.parametrize("use", [Incoming.arriving, Incoming.typed_path])
async def test_a_data_folder_that_is_lost_while_a_report_arrives_is_a_store_error(
    house: House, use: Callable[[Incoming], object]
) -> None:
    async with house.shelf().receive("order-1") as incoming:
        shutil.rmtree(house.root)
        house.root.write_text("a file")
        with pytest.raises(StoreError, match="cannot be read or written"):
            use(incoming)


@pytest.mark.parametrize("put", [Path.mkdir, os.mkfifo], ids=["a folder", "a pipe"])
async def test_what_is_no_file_counts_as_absent_and_is_swept_away(house: House, put: Callable[[Path], object]) -> None:
    shelf = house.shelf()
    await shelf.note_order(noted())
    await shelf.note_attempt(FINGERPRINT, NOW)
    await keep(shelf)
    for path in house.files():
        path.unlink()
        put(path)
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    assert await shelf.order("order-1") is None
    assert await shelf.orders() == ()
    assert await shelf.attempt(FINGERPRINT) is None
    assert await shelf.report("order-1") is None
    house.now += 8 * DAY
    await house.store().sweep()
    assert [*house.layout().orders.iterdir(), *house.layout().attempts.iterdir()] == []


async def test_a_report_of_no_bytes_whose_file_became_a_pipe_is_gone(house: House) -> None:
    report = await keep(house.shelf(), content=b"")
    report.csv_path.unlink()
    os.mkfifo(report.csv_path)
    assert await house.shelf().report("order-1") is None


@pytest.mark.parametrize("damage", [os.mkfifo, Path.touch], ids=["a pipe", "an empty file"])
async def test_no_pseudonyms_are_made_with_a_secret_that_is_damaged(
    house: House, damage: Callable[[Path], object]
) -> None:
    await house.shelf().secret(32)
    house.layout().secret.unlink()
    damage(house.layout().secret)
    with pytest.raises(StoreError, match="cannot be read or written"):
        await house.shelf().secret(32)


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


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE], ids=["process", "system"])
def test_too_many_open_files_are_no_fault_of_the_disk(number: int) -> None:
    with pytest.raises(StoreError, match="more files open") as caught, in_our_words():
        raise OSError(number, "said the system", "/home/ada/data")
    assert caught.value.hint == "Do less at the same time, or raise that limit (ulimit -n)."
