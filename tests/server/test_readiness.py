"""A server says that it is not ready while its folder, its audit file or a system that replicas share is away."""

import errno
import os
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from clients import served_on
from fakes import HANGS_S, NOW, FakeBackend, FakeTime
from loopback import reply, serving
from unique_analytics_mcp.audit import Ledger
from unique_analytics_mcp.errors import StoreError
from unique_analytics_mcp.server.readiness import Readiness
from unique_analytics_mcp.store import SharedStore, Store
from web import web


async def answers() -> None: ...


async def refuses() -> None:
    raise StoreError("Redis cannot be reached.", hint="Check the network.")


async def hangs() -> None:
    await anyio.sleep_forever()


SEEN: dict[str, tuple[dict[str, Callable[[], Awaitable[None]]], tuple[str, ...], str]] = {
    "nothing is shared": ({}, (), ""),
    "all answer": ({"bucket": answers, "redis": answers}, (), ""),
    "one refuses": ({"bucket": answers, "redis": refuses}, ("redis",), "redis: Redis cannot be reached. Check"),
    "one hangs": ({"bucket": hangs, "redis": answers}, ("bucket",), "bucket: no answer within 0.01 seconds."),
    "both are away": ({"bucket": hangs, "redis": refuses}, ("bucket", "redis"), "Not ready for calls"),
}


@pytest.mark.parametrize(("systems", "unreachable", "logged"), SEEN.values(), ids=SEEN)
async def test_what_does_not_answer_in_time_is_named_and_the_reason_logged(
    systems: dict[str, Callable[[], Awaitable[None]]],
    unreachable: tuple[str, ...],
    logged: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with anyio.fail_after(HANGS_S):
        assert await Readiness(systems, patience_s=0.01).unreachable() == unreachable
    assert logged in caplog.text


async def test_many_probes_at_once_cost_one_look_which_counts_for_some_seconds() -> None:
    time, looks = FakeTime(), list[int]()

    async def look() -> None:
        looks.append(1)
        await anyio.lowlevel.checkpoint()

    readiness = Readiness({"redis": look}, fresh_s=3, monotonic=lambda: time.monotonic_s)
    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(readiness.unreachable)
    assert len(looks) == 1
    time.monotonic_s += 3
    await readiness.unreachable()
    assert len(looks) == 2


async def test_a_system_is_told_of_when_it_goes_and_when_it_comes_back_however_often_it_is_looked_at(
    caplog: pytest.LogCaptureFixture,
) -> None:
    is_away = iter([False, True, True, True, False, False])

    async def look() -> None:
        if next(is_away):
            await refuses()

    readiness = Readiness({"redis": look}, fresh_s=0)
    for _ in range(6):
        await readiness.unreachable()
    assert caplog.messages == [
        "Not ready for calls, redis: Redis cannot be reached. Check the network.",
        "redis answers again.",
    ]


async def test_a_system_that_is_away_takes_the_server_out_of_service_and_does_not_end_it(tmp_path: Path) -> None:
    async with web(served_on(FakeBackend(), tmp_path), systems={"bucket": answers, "redis": refuses}) as client:
        answer = await client.get("/ready")
        assert (answer.status_code, answer.json()) == (503, {"status": "unready", "unreachable": ["redis"]})
        assert (await client.get("/health")).status_code == 200


async def test_a_machine_that_gives_no_thread_takes_the_server_out_of_service_and_the_log_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def starts_a_thread() -> None:
        raise RuntimeError("can't start new thread")

    async with web(served_on(FakeBackend(), tmp_path), systems={"folder": starts_a_thread}) as client:
        answer = await client.get("/ready")
    assert (answer.status_code, answer.json()) == (503, {"status": "unready"})
    assert "can't start new thread" in caplog.text


def own_store(folder: Path) -> Store:
    return Store(folder, retention=timedelta(days=7), max_bytes=1, now=lambda: NOW)


def store_of_copies(folder: Path) -> SharedStore:
    shared = {"url": "s3://bucket/prefix", "redis_url": "redis://localhost"}
    return SharedStore(folder, **shared, retention=timedelta(days=7), max_bytes=1, now=lambda: NOW)


@pytest.mark.parametrize("store_in", [own_store, store_of_copies])
async def test_a_folder_that_cannot_be_written_takes_the_server_out_of_service_until_it_can(
    store_in: Callable[[Path], Store | SharedStore], tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    look = {"folder": store_in(folder).systems["folder"]}
    folder.write_bytes(b"what is no folder")
    async with web(served_on(FakeBackend(), tmp_path), systems=look) as client:
        assert (await client.get("/ready")).json() == {"status": "unready", "unreachable": ["folder"]}
    folder.unlink()
    assert await Readiness(look).unreachable() == ()
    assert list(folder.iterdir()) == []


REFUSALS = {
    "keys": ("InvalidAccessKeyId", "refuses this server's credentials"),
    "clock": ("RequestTimeTooSkewed", "time is so far from its own. Set the clock"),
}


@pytest.mark.parametrize(("code", "told"), REFUSALS.values(), ids=REFUSALS)
async def test_why_the_bucket_refuses_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str, told: str
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.setenv(name, "invented")
    async with serving(reply(403, f"<Error><Code>{code}</Code></Error>".encode())) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        with pytest.raises(StoreError, match=told):
            await store_of_copies(tmp_path).systems["bucket"]()


def take_away(folder: Path, _: pytest.MonkeyPatch) -> None:
    folder.rename(folder.with_name("elsewhere"))


def put_a_folder_there(folder: Path, _: pytest.MonkeyPatch) -> None:
    (folder / "audit.jsonl").mkdir()


def put_a_folder_where_its_lock_is(folder: Path, _: pytest.MonkeyPatch) -> None:
    (folder / "audit.jsonl.lock").mkdir()


def fill_the_disk(_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(_file: int, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", write)


def fill_the_disk_but_for_a_line(_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(_file: int, data: bytes) -> int:
        return len(data) // 2

    monkeypatch.setattr(os, "write", write)


@pytest.mark.parametrize(
    "spoil",
    [take_away, put_a_folder_there, put_a_folder_where_its_lock_is, fill_the_disk, fill_the_disk_but_for_a_line],
)
async def test_an_audit_file_that_takes_no_lines_takes_the_server_out_of_service_as_its_calls_are_refused(
    spoil: Callable[[Path, pytest.MonkeyPatch], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "audit"
    folder.mkdir()
    ledger = Ledger(folder / "audit.jsonl", now=lambda: NOW)
    assert await Readiness(ledger.systems).unreachable() == ()
    assert list(folder.iterdir()) == []
    with monkeypatch.context() as spoilt:
        spoil(folder, spoilt)
        assert await Readiness(ledger.systems).unreachable() == ("audit",)
        with pytest.raises(StoreError, match="nothing is given out"):
            await ledger.write({})
