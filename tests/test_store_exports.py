"""Reports saved to files of the operator's."""

import os
import stat
from pathlib import Path

import pytest

from shelves import CSV, HOUR, INTAKE, NOW, House, SharedHouse, keep
from unique_analytics_mcp.errors import StoreError


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


async def test_an_export_takes_away_what_killed_exports_left_and_nothing_else(house: House, tmp_path: Path) -> None:
    await keep(house.shelf())
    left, at_work, theirs = (tmp_path / name for name in (f".{'a' * 16}.tmp", f".{'b' * 16}.tmp", ".notes.tmp"))
    for path, age in ((left, 2 * HOUR), (at_work, HOUR / 2), (theirs, 2 * HOUR)):
        path.touch()
        written = (NOW - age).timestamp()
        os.utime(path, (written, written))
    await house.shelf().export("order-1", tmp_path / "nps.csv")
    assert [path.exists() for path in (left, at_work, theirs)] == [False, True, True]


async def test_what_a_killed_export_left_costs_no_other_where_it_cannot_be_taken_away(
    house: House, tmp_path: Path
) -> None:
    await keep(house.shelf())
    stuck, loose = ({tmp_path / f".{digit * 16}.tmp" for digit in digits} for digits in ("02468ace", "13579bdf"))
    written = (NOW - 2 * HOUR).timestamp()
    for path in (*stuck, *loose):
        path.mkdir() if path in stuck else path.touch()
        os.utime(path, (written, written))
    await house.shelf().export("order-1", tmp_path / "nps.csv")
    assert {path for path in stuck | loose if path.exists()} == stuck
    assert (tmp_path / "nps.csv").read_bytes() == CSV


async def test_a_report_changed_on_the_disk_is_not_exported_but_removed(house: House, tmp_path: Path) -> None:
    shelf = house.shelf()
    kept = await keep(shelf)
    kept.parquet_path.write_bytes(b"PAR1")
    await shelf.note_intake("order-1", INTAKE)
    kept.csv_path.write_bytes(CSV.replace(b"ada", b"bob"))
    with pytest.raises(StoreError, match="changed on the disk"):
        await shelf.export("order-1", tmp_path / "nps.csv")
    assert await shelf.report("order-1") is None
    assert not (tmp_path / "nps.csv").exists()


async def test_an_export_of_a_report_that_is_not_there_says_so(any_house: House | SharedHouse, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="not in the local store"):
        await any_house.shelf().export("order-1", tmp_path / "nps.csv")
