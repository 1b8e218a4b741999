"""The store among processes: locks, kills at any step, a power cut, what importing it loads."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from fakes import HANGS_S
from shelves import ADA, CSV, NOW, House, SharedHouse, keep, noted
from unique_analytics_mcp.errors import StoreError


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

    with anyio.fail_after(HANGS_S):
        async with anyio.create_task_group() as tasks:
            for name in "abcd":
                tasks.start_soon(work, name)
    assert most == 1


async def test_locks_of_other_names_and_other_principals_are_free(any_house: House | SharedHouse) -> None:
    with anyio.fail_after(HANGS_S):
        async with any_house.shelf().lock("a"), any_house.shelf().lock("b"), any_house.shelf("bob").lock("a"):
            pass


async def test_a_task_that_waits_for_a_lock_can_be_cancelled_at_once(any_house: House | SharedHouse) -> None:
    async with any_house.shelf().lock("a"):
        with anyio.fail_after(HANGS_S), anyio.move_on_after(0.001) as patience:
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
        with anyio.fail_after(HANGS_S):
            async with house.shelf().lock("a"):
                pass


# Kills at each step. In one process, for speed: a child is forked for each system call that touches a file, and dies
# just before that call; the parent then looks at what a new process would find.
KILLER = """
import datetime, json, os, pathlib, shutil, sys, anyio
sys.path.insert(0, sys.argv[2])
from shelves import CSV, INTAKE, House, keep, noted
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


tells_folders = pytest.mark.skipif(
    not Path("/proc/self/fd").is_dir(), reason="tells which folder is meant through /proc"
)


@dataclass
class Left:
    """What a power cut would leave: what each folder and each file had when it was last brought to the disk."""

    names: dict[Path, set[Path]] = field(default_factory=dict[Path, set[Path]])
    sizes: dict[int, int] = field(default_factory=dict[int, int])
    """By the file's number, since files are renamed."""


@contextmanager
def power_cut(monkeypatch: pytest.MonkeyPatch) -> Generator[Left]:
    left = Left()
    settled = os.fsync

    def fsync(number: int) -> None:
        settled(number)
        place, found = Path(f"/proc/self/fd/{number}").readlink(), os.fstat(number)
        if place.is_dir():
            left.names[place] = set(place.iterdir())
        else:
            left.sizes[found.st_ino] = found.st_size

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fsync)
        yield left


@tells_folders
async def test_a_power_cut_takes_no_name_and_no_byte_of_what_is_kept(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = house.shelf()
    with power_cut(monkeypatch) as left:
        await shelf.note_attempt("a" * 64, NOW)
        await shelf.note_order(noted())
        report = await keep(shelf)
    attempt, order, sidecar = (next(house.root.rglob(name)) for name in ("attempts/*", "orders/*", "report.json"))
    for kept in (attempt, order, sidecar, report.csv_path):
        assert left.sizes.get(kept.stat().st_ino) == kept.stat().st_size, kept
        for path in (kept, *kept.parents):
            if path.is_relative_to(house.root):
                assert path in left.names[path.parent], path


@tells_folders
@pytest.mark.parametrize(
    ("said", "is_kept"),
    [
        pytest.param(errno.EIO, False, id="a broken disk"),
        pytest.param(errno.ENOSPC, False, id="a full disk"),
        pytest.param(errno.EINVAL, True, id="a file system that knows no such thing"),
    ],
)
async def test_a_folder_whose_names_do_not_reach_the_disk_is_told_as_trouble_with_it(
    house: House, monkeypatch: pytest.MonkeyPatch, said: int, is_kept: bool
) -> None:
    settled = os.fsync

    def fsync(number: int) -> None:
        if Path(f"/proc/self/fd/{number}").is_dir():
            raise OSError(said, os.strerror(said))
        settled(number)

    monkeypatch.setattr(os, "fsync", fsync)
    with nullcontext() if is_kept else pytest.raises(StoreError):
        await keep(house.shelf())


def test_importing_the_store_loads_nothing_heavy() -> None:
    script = "import sys, unique_analytics_mcp.store; print(*{'duckdb', 'httpx', 'mcp', 'filelock'} & set(sys.modules))"
    with python(script) as process:
        assert process.stdout is not None
        assert process.stdout.read() == "\n"
