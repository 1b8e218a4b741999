"""The sealed connection: what it reaches, and whose errors it raises."""

from errno import ENOSPC
from pathlib import Path

import pytest

from unique_analytics_mcp.analysis._engine import engine, literal_path, quoted, store_errors, workplace
from unique_analytics_mcp.errors import AnalyticsError, ReportUnreadable, StoreError


def ask(tmp_path: Path, sql: str, **values: object) -> list[tuple[object, ...]]:
    with engine(folder=tmp_path / "known") as db:
        return db.ask(sql, **values)


def test_it_reaches_its_folder_and_no_other(tmp_path: Path) -> None:
    for name in ("known", "known, but other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "some.csv").write_text("a\n1\n", encoding="utf-8")
    assert ask(tmp_path, "FROM read_csv($path)", path=literal_path(tmp_path / "known" / "some.csv")) == [(1,)]
    outside = (tmp_path / "known, but other" / "some.csv", tmp_path / "known" / ".." / "known, but other" / "some.csv")
    for path in (*outside, tmp_path / "*" / "some.csv", "/etc/hostname", "/proc/self/environ"):
        with pytest.raises(StoreError, match="could not be read"):
            ask(tmp_path, "FROM read_csv($path, header=false)", path=str(path))


@pytest.mark.parametrize(
    "sql",
    [
        "SET enable_external_access = true",
        "SET memory_limit = '8GB'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "ATTACH 'x.db'",
    ],
)
def test_what_would_open_it_further_is_refused(tmp_path: Path, sql: str) -> None:
    with pytest.raises(AnalyticsError):
        ask(tmp_path, sql)


def test_its_clock_is_utc_and_its_values_are_exact(tmp_path: Path) -> None:
    sql = "SELECT current_setting('TimeZone'), sum(x) FROM (SELECT unnest([1, 2]) AS x)"
    assert ask(tmp_path, sql) == [("UTC", 3)]


def test_two_threads_are_all_it_has(tmp_path: Path) -> None:
    assert ask(tmp_path, "SELECT current_setting('threads'), current_setting('async_threads')") == [(2, 0)]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        pytest.param("FROM read_csv('known.csv')", StoreError, id="no such file"),
        pytest.param("FROM read_csv('other.csv')", StoreError, id="out of reach"),
        pytest.param("SELECT CAST('x' AS INTEGER)", ReportUnreadable, id="not of the kind"),
        pytest.param(
            "SELECT sum(x) FROM (SELECT 99999999999999::DECIMAL(38, 24) AS x FROM range(3))",
            ReportUnreadable,
            id="too large a sum",
        ),
        pytest.param(
            "SELECT list(repeat('x', 1000) || i) FROM range(50_000) AS numbers(i)", StoreError, id="too little memory"
        ),
    ],
)
def test_the_engines_errors_become_ours_and_say_nothing_of_it(
    tmp_path: Path, sql: str, expected: type[AnalyticsError], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with engine(folder=tmp_path / "known", memory_mb=16) as db, pytest.raises(expected) as caught:
        db.ask(sql)
    assert not {"duckdb", "known.csv", "SELECT", str(tmp_path)} & set(str(caught.value).replace("'", " ").split())


def test_a_table_that_was_removed_since_it_was_opened_is_said_to_be_gone(tmp_path: Path) -> None:
    table = tmp_path / "report.parquet"
    with engine([table], folder=tmp_path / "known") as db, pytest.raises(StoreError, match="removed"):
        db.ask("FROM read_parquet($path)", path=str(table))


def test_a_bug_in_our_sql_stays_a_bug(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="no_such_column") as caught:
        ask(tmp_path, "SELECT no_such_column")
    assert not isinstance(caught.value, AnalyticsError)


def test_a_workplace_is_private_and_goes_away_whatever_happens(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        _work_until_the_disk_is_full(tmp_path)
    assert list(tmp_path.iterdir()) == []


def _work_until_the_disk_is_full(tmp_path: Path) -> None:
    with workplace(tmp_path / "report.parquet") as folder:
        assert folder.parent == tmp_path
        assert folder.stat().st_mode & 0o077 == 0
        (folder / "half").write_bytes(b"half")
        raise OSError(ENOSPC, "No space left on device")


def test_trouble_with_a_file_becomes_ours() -> None:
    with pytest.raises(StoreError), store_errors():
        Path("/no/such/file").read_bytes()


def test_a_name_can_hold_quotes() -> None:
    assert quoted('a"b') == '"a""b"'
