"""The audit file: one chain whoever writes, every change seen, nothing lost and nothing given where it is full."""

import json
import multiprocessing
import os
import shutil
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest
from filelock import FileLock

from unique_analytics_mcp.__main__ import main
from unique_analytics_mcp.audit import Broken, Ledger, Whole, takes_lines, verified
from unique_analytics_mcp.audit.chain import START, sealed
from unique_analytics_mcp.errors import StoreError

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def ledger_at(path: Path) -> Ledger:
    return Ledger(path, now=lambda: NOW)


def note(path: Path, content: dict[str, object]) -> None:
    anyio.run(ledger_at(path).write, content)


def lines_of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of a beginning and three lines."""
    path = tmp_path / "audit.jsonl"
    for number in range(3):
        note(path, {"what": f"call {number}", "by": "Zoë"})
    return path


def test_lines_are_one_chain_that_begins_in_the_first(path: Path) -> None:
    found = verified(lines_of(path))
    assert isinstance(found, Whole)
    assert found.lines == 4
    beginning, *others = map(json.loads, lines_of(path))
    assert beginning["begins"] == NOW.isoformat(timespec="milliseconds")
    assert [line["what"] for line in others] == ["call 0", "call 1", "call 2"]
    assert found.last_hash == others[-1]["hash"]


TORN = "it is not a whole line of an audit file"
CHANGED = "it was changed, or a line before it was taken out"
CHANGES: dict[str, tuple[Callable[[list[bytes]], list[bytes]], Broken]] = {
    "a word changed": (
        lambda lines: [*lines[:2], lines[2].replace(b"call 1", b"call 9"), lines[3]], Broken(3, CHANGED)
    ),
    "a line taken out": (lambda lines: [lines[0], *lines[2:]], Broken(2, CHANGED)),
    "two lines swapped": (lambda lines: [lines[0], lines[2], lines[1], lines[3]], Broken(2, CHANGED)),
    "a line twice": (lambda lines: [*lines, lines[3]], Broken(5, CHANGED)),
    "the beginning taken out": (lambda lines: lines[1:], Broken(1, "no chain begins here")),
    "a second beginning": (lambda lines: [*lines, lines[0]], Broken(5, "a chain begins here")),
    "the same in another form": (
        lambda lines: [*lines[:3], lines[3].replace(b'","', b'", "', 1)], Broken(4, CHANGED)
    ),
    "a key added": (lambda lines: [*lines[:3], lines[3].replace(b"}", b',"x":1}')], Broken(4, CHANGED)),
    "a line cut": (lambda lines: [*lines[:3], lines[3][:40]], Broken(4, TORN)),
    "a line without its end": (lambda lines: [*lines[:3], lines[3][:-1]], Broken(4, TORN)),
    "no JSON": (lambda lines: [*lines, b"later\n"], Broken(5, TORN)),
    "JSON of another kind": (lambda lines: [*lines, b"[]\n"], Broken(5, TORN)),
    "deeply nested": (lambda lines: [*lines, b"[" * 100_000 + b"\n"], Broken(5, TORN)),
    "nothing": (lambda lines: [], Broken(1, "the file is empty")),
}  # fmt: skip


@pytest.mark.parametrize(("change", "broken"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_found_at_its_first_line(
    path: Path, change: Callable[[list[bytes]], list[bytes]], broken: Broken
) -> None:
    assert verified(change(lines_of(path))) == broken


def test_a_forged_line_needs_the_hash_before_it(path: Path) -> None:
    forged = f"{sealed({'what': 'nothing'}, START)}\n".encode()
    assert verified([*lines_of(path), forged]) == Broken(5, CHANGED)


def write_lines(path: Path, name: str) -> None:
    for number in range(20):
        note(path, {"what": f"{name} {number}"})


def test_processes_that_write_at_the_same_time_make_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=write_lines, args=(path, name)) for name in ("a", "b")]
    for process in processes:
        process.start()
    for process in processes:
        process.join(30)
    assert isinstance(verified(lines_of(path)), Whole)
    assert len(lines_of(path)) == 41


@pytest.mark.parametrize(
    ("cut", "broken"), [(30, Broken(4, TORN)), (1, Broken(5, "a chain begins here"))], ids=["in it", "at its end"]
)
def test_behind_a_line_that_a_crash_cut_a_chain_begins_anew_and_the_cut_stays_to_be_seen(
    path: Path, cut: int, broken: Broken
) -> None:
    path.write_bytes(path.read_bytes()[:-cut])
    note(path, {"what": "after"})
    assert verified(lines_of(path)) == broken
    assert isinstance(verified(lines_of(path)[4:]), Whole)


@pytest.mark.parametrize("line", [b"later\n", b"[]\n", b"{}\n", b'{"hash":7}\n', b'{"hash":"short"}\n'])
def test_behind_a_line_of_no_chain_one_begins_anew(path: Path, line: bytes) -> None:
    path.write_bytes(path.read_bytes() + line)
    note(path, {"what": "after"})
    found = verified(lines_of(path))
    assert isinstance(found, Broken)
    assert found.line == 5
    assert isinstance(verified(lines_of(path)[5:]), Whole)


def test_no_text_breaks_a_line(path: Path) -> None:
    note(path, {"what": "\n\u2028\ud800"})
    assert isinstance(verified(lines_of(path)), Whole)


def test_a_file_that_was_moved_away_is_followed_by_a_new_chain(path: Path) -> None:
    path.rename(path.with_suffix(".1"))
    note(path, {"what": "later"})
    assert verified(lines_of(path)) == Whole(2, json.loads(lines_of(path)[-1])["hash"])


@pytest.mark.parametrize("error", [None, OSError("full")], ids=["and says so", "and fails"])
def test_a_disk_that_takes_half_a_line_leaves_the_file_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError | None
) -> None:
    before, write = path.read_bytes(), os.write

    def write_half(file: int, data: bytes) -> int:
        written = write(file, data[: len(data) // 2])
        if error:
            raise error
        return written

    monkeypatch.setattr(os, "write", write_half)
    with pytest.raises(StoreError, match="nothing is given out") as refused:
        note(path, {"what": "too much"})
    assert path.read_bytes() == before
    assert str(path) not in str(refused.value)


def test_what_another_process_holds_too_long_is_given_up(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unique_analytics_mcp.audit.ledger.LOCK_S", 0.0)
    before = path.read_bytes()
    with FileLock(f"{path}.lock"), pytest.raises(StoreError, match="nothing is given out"):
        note(path, {"what": "later"})
    assert path.read_bytes() == before


def test_a_folder_that_is_away_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nothing is given out"):
        note(tmp_path / "away" / "audit.jsonl", {})
    assert not (tmp_path / "away").exists()


def in_place_of(path: Path) -> None:
    path.unlink()
    path.mkdir()


PLACES: dict[str, tuple[Callable[[Path], None], bool]] = {
    "a file": (lambda _: None, True),
    "no file yet": (Path.unlink, True),
    "a folder as file": (in_place_of, False),
    "a folder as lock": (lambda path: in_place_of(path.with_name("audit.jsonl.lock")), False),
    "no folder": (lambda path: shutil.rmtree(path.parent), False),
}


@pytest.mark.parametrize(("change", "takes"), PLACES.values(), ids=PLACES)
def test_whether_a_line_can_be_added_is_known_without_one(
    path: Path, change: Callable[[Path], None], takes: bool
) -> None:
    change(path)
    assert takes_lines(path) is takes


@pytest.mark.parametrize("name", ["audit.jsonl", "audit.jsonl.lock"])
@pytest.mark.parametrize("mode", [os.R_OK, os.W_OK], ids=["read", "written"])
def test_what_may_not_be_read_or_written_takes_no_line(
    path: Path, name: str, mode: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def may(file: Path, asked: int) -> bool:
        return not (file.name == name and asked & mode)

    monkeypatch.setattr(os, "access", may)  # whoever runs this may be root
    assert not takes_lines(path)


def test_what_cannot_be_a_file_is_said_without_its_path(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="UNIQUE_ANALYTICS_AUDIT_FILE") as refused:
        note(tmp_path, {})
    assert tmp_path.name not in str(refused.value)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_nobody_else_may_read_the_file_or_hold_its_lock(path: Path) -> None:
    assert [stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()] == [0o600, 0o600]


def test_verify_says_how_long_the_chain_is_and_its_last_hash(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    last_hash = json.loads(lines_of(path)[-1])["hash"]
    assert main(["audit", "verify", str(path)]) == 0
    assert capsys.readouterr().out == f"4 lines, one whole chain. Its last hash is {last_hash}.\n"


def test_verify_names_the_first_broken_line(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_bytes(path.read_bytes().replace(b"call 1", b"call 7"))
    assert main(["audit", "verify", str(path)]) == 1
    assert "Line 3 of" in capsys.readouterr().err


def test_verify_of_no_file_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "verify", str(tmp_path / "nothing")]) == 2
    assert "cannot be read" in capsys.readouterr().err
