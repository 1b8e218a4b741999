"""The audit file: one chain whoever writes, every change seen, nothing lost and nothing given where it is full."""

import json
import multiprocessing
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest

from unique_analytics_mcp.__main__ import main
from unique_analytics_mcp.audit import Broken, Ledger, Whole, verified
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


CHANGES: dict[str, tuple[Callable[[list[bytes]], list[bytes]], int]] = {
    "a word changed": (lambda lines: [*lines[:2], lines[2].replace(b"call 1", b"call 9"), lines[3]], 3),
    "a line taken out": (lambda lines: [lines[0], *lines[2:]], 2),
    "two lines swapped": (lambda lines: [lines[0], lines[2], lines[1], lines[3]], 2),
    "a line twice": (lambda lines: [*lines, lines[3]], 5),
    "the beginning taken out": (lambda lines: lines[1:], 1),
    "a second beginning": (lambda lines: [*lines, lines[0]], 5),
    "the same in another form": (lambda lines: [*lines[:3], lines[3].replace(b'","', b'", "', 1)], 4),
    "a key added": (lambda lines: [*lines[:3], lines[3].replace(b"}", b',"x":1}')], 4),
    "a line cut": (lambda lines: [*lines[:3], lines[3][:40]], 4),
    "no JSON": (lambda lines: [*lines, b"later\n"], 5),
    "deeply nested": (lambda lines: [*lines, b"[" * 100_000 + b"\n"], 5),
    "nothing": (lambda lines: [], 1),
}  # fmt: skip


@pytest.mark.parametrize(("change", "broken"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_found_at_its_first_line(
    path: Path, change: Callable[[list[bytes]], list[bytes]], broken: int
) -> None:
    found = verified(change(lines_of(path)))
    assert isinstance(found, Broken)
    assert found.line == broken


def test_a_forged_line_needs_the_hash_before_it(path: Path) -> None:
    forged = f"{sealed({'what': 'nothing'}, START)}\n".encode()
    assert verified([*lines_of(path), forged]) == Broken(5, "it was changed, or a line before it was taken out")


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


def test_behind_a_line_that_a_crash_cut_a_chain_begins_anew_and_the_cut_line_stays_to_be_seen(path: Path) -> None:
    whole = lines_of(path)
    path.write_bytes(b"".join(whole)[:-30])
    note(path, {"what": "after"})
    assert verified(lines_of(path)) == Broken(4, "it is not a whole line of an audit file")
    assert isinstance(verified(lines_of(path)[4:]), Whole)


def test_a_file_that_was_moved_away_is_followed_by_a_new_chain(path: Path) -> None:
    path.rename(path.with_suffix(".1"))
    note(path, {"what": "later"})
    assert verified(lines_of(path)) == Whole(2, json.loads(lines_of(path)[-1])["hash"])


def test_a_disk_that_takes_half_a_line_leaves_the_file_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, write = path.read_bytes(), os.write

    def write_half(file: int, data: bytes) -> int:
        return write(file, data[: len(data) // 2])

    monkeypatch.setattr(os, "write", write_half)
    with pytest.raises(StoreError, match="nothing is given out") as refused:
        note(path, {"what": "too much"})
    assert path.read_bytes() == before
    assert str(path) not in str(refused.value)


def test_what_cannot_be_a_file_is_said_without_its_path(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="UNIQUE_ANALYTICS_AUDIT_FILE") as refused:
        note(tmp_path, {})
    assert tmp_path.name not in str(refused.value)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_nobody_else_may_read_the_file(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


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
