"""What replicas share, on real systems: one order whoever asks, one download, and a clear word when a system fails."""

import subprocess
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import anyio
import pytest
from anyio.abc import TaskStatus

from fakes import HANGS_S, FakeBackend, FakeTime
from loopback import reply, serving
from shelves import ADA, CSV, DAY, FINGERPRINT, HOUR, INTAKE, NOW, SharedHouse, keep, noted
from systems import BUCKET, Systems, free_port, redis_server
from unique_analytics_mcp.app import real_clock
from unique_analytics_mcp.clock import Clock
from unique_analytics_mcp.desks import Place
from unique_analytics_mcp.domain.order import OrderRequest, Pace, PlatformOrder
from unique_analytics_mcp.errors import StoreError, SubmissionUnclear
from unique_analytics_mcp.service import Service
from unique_analytics_mcp.store import BucketFound, RedisFound, SharedStore
from unique_analytics_mcp.store._notes import Notes
from unique_analytics_mcp.store._objects import Found, Listed, Objects
from unique_analytics_mcp.store._shared_shelf import UNTOUCHED_S
from unique_analytics_mcp.store._trial import try_bucket, try_redis

pytestmark = pytest.mark.replicas

MINUTE = timedelta(minutes=1)


async def objects_of(house: SharedHouse) -> dict[str, bytes]:
    objects = Objects(house.url)
    found = {each.key: await objects.get(each.key) for each in await objects.list("v1")}
    return {key: kept.content for key, kept in found.items() if kept}


async def redis_keys(house: SharedHouse) -> list[bytes]:
    """Those of this house: other tests use the same Redis, and a lock of a killed holder outlives its test."""
    notes = Notes(house.systems.redis_url)
    keys = await notes._ask("KEYS", f"*{house.store()._space}*")
    await notes.aclose()
    return keys


# What is where


async def test_no_key_names_a_principal_and_orders_of_two_stores_are_kept_apart(shared_house: SharedHouse) -> None:
    shelf = shared_house.shelf()
    await shelf.note_attempt("a" * 64, NOW)
    await shelf.note_order(noted())
    await shelf.secret(32)
    await keep(shelf)
    async with shelf.lock(ADA):
        names = [*(await objects_of(shared_house)), *map(str, await redis_keys(shared_house))]
    assert len(names) >= 6
    assert not [name for name in names for word in ADA.split() if word in name]
    elsewhere = SharedHouse(shared_house.root / "elsewhere", shared_house.systems, shared_house.url + "-2")
    assert await elsewhere.shelf().orders() == ()
    await elsewhere.opened[0].aclose()


async def test_replicas_share_one_secret(shared_house: SharedHouse) -> None:
    assert await shared_house.shelf().secret(32) == await shared_house.shelf().secret(32)


async def test_expired_orders_and_reports_are_gone_from_both_systems(shared_house: SharedHouse) -> None:
    shelf = shared_house.shelf()
    await shelf.note_order(noted())
    await keep(shelf)
    shared_house.now = NOW + DAY + HOUR
    assert await shelf.report("order-1") is None
    assert await shelf.orders() == ()
    await shared_house.store().sweep()
    assert await objects_of(shared_house) == {}
    assert not list(shared_house.root.rglob("*.csv"))


# How the systems stand


async def test_a_survey_finds_both_systems_in_order_and_leaves_nothing_behind(shared_house: SharedHouse) -> None:
    keys = await redis_keys(shared_house)
    found = await shared_house.store().survey()
    assert isinstance(found.bucket, BucketFound)
    assert found.bucket.is_conditional
    assert isinstance(found.redis, RedisFound)
    assert found.redis.eviction == "noeviction"
    assert await objects_of(shared_house) == {}
    assert await redis_keys(shared_house) == keys


async def test_a_redis_that_drops_notes_and_a_clock_that_differs_are_seen(shared_house: SharedHouse) -> None:
    notes = Notes(shared_house.systems.redis_url)
    await notes._ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    try:
        ahead = timedelta(seconds=42)
        found = await try_redis(notes, "space", lambda: real_clock().now() + ahead)
    finally:
        await notes._ask("CONFIG", "SET", "maxmemory-policy", "noeviction")
        await notes.aclose()
    assert found.eviction == "allkeys-lru"
    assert abs(found.ahead - ahead) < timedelta(seconds=5)


@pytest.mark.parametrize("minds", [None, "what is there", "what has changed"])
async def test_a_bucket_that_writes_over_what_is_there_is_seen(shared_house: SharedHouse, minds: str | None) -> None:
    class Careless(Objects):
        async def put_if_unchanged(self, key: str, content: bytes, *, e_tag: str | None) -> str | None:
            if minds == ("what is there" if e_tag is None else "what has changed"):
                return await super().put_if_unchanged(key, content, e_tag=e_tag)
            await self.put(key, content, size_bytes=len(content))
            return None

    assert not (await try_bucket(Careless(shared_house.url), "space")).is_conditional


async def test_what_does_not_show_what_was_just_written_is_no_store(shared_house: SharedHouse) -> None:
    class Late(Objects):
        async def get(self, key: str) -> Found | None:
            return None

    class Unlisted(Objects):
        async def list(self, beginning: str) -> list[Listed]:
            return []

    class Copy(Notes):
        async def get(self, key: str, name: str) -> bytes | None:
            return None

    for objects in (Late(shared_house.url), Unlisted(shared_house.url)):
        with pytest.raises(StoreError, match="does not show what was just written"):
            await try_bucket(objects, "space")
    notes = Copy(shared_house.systems.redis_url)
    with pytest.raises(StoreError, match="does not give back what was just written"):
        await try_redis(notes, "space", real_clock().now)
    await notes.aclose()


# One order


async def test_an_attempt_is_left_alone_until_nobody_can_be_sending_it(shared_house: SharedHouse) -> None:
    await shared_house.shelf().note_attempt(FINGERPRINT, NOW)
    shared_house.now += timedelta(seconds=UNTOUCHED_S - 5)
    with pytest.raises(SubmissionUnclear, match="same call again in 5 seconds"):
        await shared_house.shelf().attempt(FINGERPRINT)
    shared_house.now += timedelta(seconds=5)
    assert await shared_house.shelf().attempt(FINGERPRINT) == NOW


@pytest.mark.parametrize("hours", [-1, 1], ids=["behind", "ahead"])
async def test_an_attempt_is_dated_alike_by_replicas_whose_clocks_are_apart(
    shared_house: SharedHouse, hours: int
) -> None:
    apart = hours * HOUR
    for writes, reads in ((apart, timedelta()), (timedelta(), apart)):
        shared_house.now = NOW
        other = shared_house.shelf(ahead=reads)
        await other.forget_attempt(FINGERPRINT)
        await shared_house.shelf(ahead=writes).note_attempt(FINGERPRINT, NOW + writes)
        with pytest.raises(SubmissionUnclear, match="same call again in 45 seconds"):
            await other.attempt(FINGERPRINT)
        shared_house.now += timedelta(seconds=UNTOUCHED_S)
        assert await other.attempt(FINGERPRINT) == NOW + reads


@pytest.mark.parametrize("is_taken_over", [False, True], ids=["made", "taken over"])
async def test_of_two_replicas_that_saw_the_same_only_one_writes_an_attempt_even_without_a_lock(
    shared_house: SharedHouse, is_taken_over: bool
) -> None:
    if is_taken_over:
        await shared_house.shelf().note_attempt(FINGERPRINT, NOW)
        shared_house.now += HOUR
    one, other = shared_house.shelf(), shared_house.shelf()
    for shelf in (one, other):
        await shelf.attempt(FINGERPRINT)
    await one.note_attempt(FINGERPRINT, NOW)
    with pytest.raises(StoreError, match="Another replica was faster"):
        await other.note_attempt(FINGERPRINT, NOW)


@dataclass
class SlowBackend(FakeBackend):
    """Says when an order is being placed, and places it when it is told to."""

    reached: anyio.Event = field(default_factory=anyio.Event)
    told: anyio.Event = field(default_factory=anyio.Event)

    async def submit(self, request: OrderRequest, **more: object) -> PlatformOrder:
        self.reached.set()
        await self.told.wait()
        return await super().submit(request)


@asynccontextmanager
async def replica(store: SharedStore, backend: FakeBackend, clock: Clock) -> AsyncGenerator[Service]:
    place = Place(backend=backend, shelf=store.shelf(backend.principal), pace=Pace())
    async with Service(place, clock=clock, time_zone="UTC", enabled=["CHAT_INTERACTION"]) as service:
        yield service


def october(service: Service) -> OrderRequest:
    return service.request(type="CHAT_INTERACTION", period="2026-10")


async def test_two_equal_requests_through_two_replicas_place_one_order(shared_house: SharedHouse) -> None:
    backend, clock, found = FakeBackend(), FakeTime().clock, list[str | None]()

    async def create() -> None:
        async with replica(shared_house.store(), backend, clock) as service:
            found.append((await service.create(october(service))).order_id)

    with anyio.fail_after(HANGS_S):
        async with anyio.create_task_group() as tasks:
            for _ in range(2):
                tasks.start_soon(create)
    assert found == ["order_1", "order_1"]


async def test_a_lock_lost_while_an_order_is_placed_does_not_lead_to_a_second_one(shared_house: SharedHouse) -> None:
    backend, clock, placed = SlowBackend(), FakeTime().clock, anyio.Event()

    async def create() -> None:
        async with replica(shared_house.store(), backend, clock) as service:
            await service.create(october(service))
        placed.set()

    with anyio.fail_after(HANGS_S):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(create)
            await backend.reached.wait()
            notes = Notes(shared_house.systems.redis_url)
            await notes._ask("FLUSHALL")
            await notes.aclose()
            async with replica(shared_house.store(), backend, clock) as other:
                with pytest.raises(SubmissionUnclear, match="may be on its way"):
                    await other.create(october(other))
                backend.told.set()
                await placed.wait()
                assert (await other.create(october(other))).order_id == "order_1"
    assert backend.count("submit") == 1


async def test_an_order_that_is_not_answered_in_time_is_found_by_the_next_call(
    shared_house: SharedHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, time = SlowBackend(), FakeTime()
    monkeypatch.setattr("unique_analytics_mcp.store._shared_shelf.SharedShelf.sending_s", 0.05)
    async with replica(shared_house.store(), backend, time.clock) as service:
        with pytest.raises(SubmissionUnclear, match="took too long"):
            await service.create(october(service))
        backend.told.set()
        shared_house.now += MINUTE
        await service.create(october(service))
    assert backend.count("submit") == 1


async def test_a_held_lock_is_renewed_and_waiters_stay_out(
    shared_house: SharedHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unique_analytics_mcp.store._notes.LOCK_S", 1.0)
    monkeypatch.setattr("unique_analytics_mcp.store._notes._RENEW_S", 0.1)
    async with shared_house.shelf().lock("a"):
        with anyio.move_on_after(1.5) as patience:
            async with shared_house.shelf().lock("a"):
                pytest.fail("held twice")
        assert patience.cancelled_caught


async def test_a_lock_whose_holder_is_cancelled_is_free_at_once(shared_house: SharedHouse) -> None:
    async with anyio.create_task_group() as holders:

        async def hold(*, task_status: TaskStatus[None]) -> None:
            async with shared_house.shelf().lock("a"):
                task_status.started()
                await anyio.sleep_forever()

        await holders.start(hold)
        holders.cancel_scope.cancel()
    assert not [key for key in await redis_keys(shared_house) if b":lock:" in key]


HOLDER = """
import sys, anyio, pathlib, datetime
from unique_analytics_mcp.store import BucketFound, RedisFound, SharedStore

async def main():
    folder, url, redis_url, principal = sys.argv[1:]
    store = SharedStore(
        pathlib.Path(folder), url=url, redis_url=redis_url, retention=datetime.timedelta(1), max_bytes=1, now=None
    )
    async with store.shelf(principal).lock("a"):
        print("held", flush=True)
        sys.stdin.read()

anyio.run(main)
"""


def holding(house: SharedHouse, principal: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(house.root), house.url, house.systems.redis_url, principal],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1] / "src",
    )


async def test_a_lock_of_a_killed_replica_is_free_soon_after(shared_house: SharedHouse) -> None:
    with holding(shared_house, ADA) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        holder.kill()
        with anyio.fail_after(HANGS_S):
            async with shared_house.shelf().lock("a"):
                pass


@pytest.mark.parametrize("how", [("SET", "x"), ("SET", "x", "PX", "9000000"), ("RPUSH", "x")], ids=" ".join)
async def test_a_lock_that_would_never_end_is_not_waited_for(
    shared_house: SharedHouse, how: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unique_analytics_mcp.store._notes._LONGEST_PAUSE_S", 0.01)
    shelf = shared_house.store().shelf(ADA)
    command, *rest = how
    await shelf._notes._ask(command, shelf._keys.lock("a"), *rest)
    with anyio.fail_after(HANGS_S), pytest.raises(StoreError, match="never ends"):
        async with shelf.lock("a"):
            pass


# One download


async def test_a_report_is_fetched_from_the_object_store_once_for_each_replica(
    shared_house: SharedHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    await keep(shared_house.shelf())
    asked: list[str] = []
    stream = Objects.stream

    def counted(self: Objects, key: str) -> AsyncGenerator[bytes]:
        asked.append(key)
        return stream(self, key)

    monkeypatch.setattr(Objects, "stream", counted)
    other = shared_house.shelf()
    async with anyio.create_task_group() as tasks:
        for _ in range(4):
            tasks.start_soon(other.report, "order-1")
    report = await other.report("order-1")
    assert report
    assert report.csv_path.read_bytes() == CSV
    assert len(asked) == 1


async def test_a_report_changed_in_the_object_store_is_not_served_but_removed(shared_house: SharedHouse) -> None:
    await keep(shared_house.shelf())
    (csv,) = [key for key in await objects_of(shared_house) if key.endswith(".csv")]
    changed = CSV.replace(b"ada", b"bob")
    await Objects(shared_house.url).put(csv, changed, size_bytes=len(changed))
    other = shared_house.shelf()
    with pytest.raises(StoreError, match="changed in the object store"):
        await other.report("order-1")
    assert await objects_of(shared_house) == {}
    assert await other.report("order-1") is None


async def test_a_sidecar_changed_in_the_object_store_writes_no_file_elsewhere(shared_house: SharedHouse) -> None:
    sha256 = (await keep(shared_house.shelf())).sha256
    objects, kept = Objects(shared_house.url), await objects_of(shared_house)
    (sidecar,) = [key for key in kept if key.endswith(".json")]
    forged = kept[sidecar].replace(b'"kept_sha256":""', b'"kept_sha256":"%b"' % sha256.encode())
    forged = forged.replace(b'"sha256":"%b"' % sha256.encode(), b'"sha256":"%b/outside"' % bytes(shared_house.root), 1)
    await objects.put(sidecar, forged, size_bytes=len(forged))
    assert await shared_house.shelf().report("order-1") is None
    assert not (shared_house.root / "outside.csv").exists()


async def test_what_the_object_store_says_of_reading_a_report_is_not_believed(shared_house: SharedHouse) -> None:
    shelf = shared_house.store().shelf(ADA)
    kept = await keep(shelf)
    kept.parquet_path.write_bytes(b"PAR1")
    await shelf.note_intake("order-1", INTAKE)
    sidecar = kept.csv_path.with_name("report.json").read_bytes()
    await shelf._objects.put(shelf._keys.sidecar("order-1"), sidecar, size_bytes=len(sidecar))
    found = await shared_house.shelf().report("order-1")
    assert found
    assert found.intake is None


async def test_a_note_in_the_place_of_another_orders_counts_as_absent(shared_house: SharedHouse) -> None:
    shelf = shared_house.store().shelf(ADA)
    for order_id in ("order-1", "order-2"):
        await shelf.note_order(noted(order_id))
        await keep(shelf, order_id)
    (one, _), (_, note) = sorted((await shelf._notes.get_all(shelf._keys.orders)).items())
    await shelf._notes.put(shelf._keys.orders, one.decode(), note, life=DAY)
    sidecar = (await objects_of(shared_house))[shelf._keys.sidecar("order-2")]
    await shelf._objects.put(shelf._keys.sidecar("order-1"), sidecar, size_bytes=len(sidecar))
    assert await shelf.order("order-1") is None
    assert [order.order_id for order in await shelf.orders()] == ["order-2"]
    assert await shelf.report("order-1") is None


async def test_a_secret_that_was_cut_makes_no_pseudonyms(shared_house: SharedHouse) -> None:
    await shared_house.shelf().secret(32)
    ((key, secret),) = (await objects_of(shared_house)).items()
    await Objects(shared_house.url).put(key, secret[:1], size_bytes=1)
    with pytest.raises(StoreError, match="secret"):
        await shared_house.shelf().secret(32)


async def test_what_one_replica_removes_no_other_serves_and_its_copies_go(shared_house: SharedHouse) -> None:
    one, other = shared_house.shelf(), shared_house.shelf()
    await one.note_order(noted())
    await keep(one)
    store = shared_house.store()
    assert await other.report("order-1")
    assert await store.shelf(ADA).report("order-1")
    await one.forget_order("order-1")
    assert await other.order("order-1") is None
    assert await other.report("order-1") is None
    await store.sweep()
    assert await objects_of(shared_house) == {}
    assert not list(shared_house.root.rglob("*.csv"))


async def test_a_newer_report_takes_the_place_of_an_older_one_on_every_replica(shared_house: SharedHouse) -> None:
    one, other = shared_house.shelf(), shared_house.shelf()
    await keep(one)
    await other.report("order-1")
    shared_house.now += MINUTE
    await keep(one, content=CSV + CSV)
    newer = await other.report("order-1")
    assert newer
    assert newer.csv_path.read_bytes() == CSV + CSV
    assert len(await objects_of(shared_house)) == 2


# When a system fails


SECRET = "never-to-be-shown"


def without_redis(systems: Systems) -> tuple[str, str]:
    return systems.new_store(), f"redis://:{SECRET}@127.0.0.1:{free_port()}"


def without_bucket(systems: Systems) -> tuple[str, str]:
    return f"s3://no-{BUCKET}/{SECRET}", systems.redis_url


def with_a_wrong_password(systems: Systems) -> tuple[str, str]:
    return systems.new_store(), systems.redis_url.replace("redis://", f"redis://nobody:{SECRET}@")


FAILURES: dict[str, tuple[Callable[[Systems], tuple[str, str]], str]] = {
    "redis unreachable": (without_redis, "Redis cannot be reached"),
    "redis refuses": (with_a_wrong_password, "Redis refuses"),
    "bucket missing": (without_bucket, "no such bucket"),
}


async def refused(house: SharedHouse, url: str, redis_url: str) -> StoreError:
    """What a request for an order is told, after which nothing has been placed."""
    backend, time = FakeBackend(), FakeTime()
    store = SharedStore(
        house.root, url=url, redis_url=redis_url, retention=DAY, max_bytes=10_000, now=lambda: house.now
    )
    async with store, replica(store, backend, time.clock) as service:
        with anyio.fail_after(HANGS_S), pytest.raises(StoreError) as caught:
            await service.create(october(service))
    assert backend.count("submit") == 0
    return caught.value


@pytest.mark.parametrize(("broken", "says"), FAILURES.values(), ids=FAILURES)
async def test_a_system_that_fails_is_named_and_nothing_is_ordered(
    shared_house: SharedHouse, broken: Callable[[Systems], tuple[str, str]], says: str
) -> None:
    error = await refused(shared_house, *broken(shared_house.systems))
    assert says in error.message
    assert SECRET not in str(error)
    assert "127.0.0.1" not in str(error)


@pytest.mark.parametrize(
    ("status", "says"), [(403, "refuses this server's credentials"), (500, "cannot be reached"), (401, "refuses")]
)
async def test_an_object_store_that_refuses_is_named_and_nothing_is_ordered(
    shared_house: SharedHouse, monkeypatch: pytest.MonkeyPatch, status: int, says: str
) -> None:
    async with serving(reply(status, b"<Error/>")) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        assert says in (await refused(shared_house, shared_house.url, shared_house.systems.redis_url)).message


async def test_an_object_store_that_never_answers_ends_the_call(
    shared_house: SharedHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_: object) -> None:
        await anyio.sleep_forever()

    monkeypatch.setattr("unique_analytics_mcp.store._objects._CALL_S", 0.2)
    async with serving(never) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        error = await refused(shared_house, shared_house.url, shared_house.systems.redis_url)
    assert "did not answer in time" in error.message


async def test_ordering_goes_on_when_redis_is_back(shared_house: SharedHouse) -> None:
    port = free_port()
    backend, clock = FakeBackend(), FakeTime().clock
    store = SharedStore(
        shared_house.root,
        url=shared_house.url,
        redis_url=f"redis://127.0.0.1:{port}",
        retention=DAY,
        max_bytes=10_000,
        now=lambda: shared_house.now,
    )
    async with store, replica(store, backend, clock) as service:
        with redis_server(port):
            assert await service.noted_order_ids() == []
        with pytest.raises(StoreError, match="Redis cannot be reached"):
            await service.create(october(service))
        with redis_server(port):
            assert (await service.create(october(service))).order_id == "order_1"
    assert backend.count("submit") == 1
