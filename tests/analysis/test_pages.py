"""Pages of a CSV: whole records, as the platform wrote them, and all of them."""

import csv
import io
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unique_analytics_mcp.analysis import pages, scan
from unique_analytics_mcp.analysis.intake import convert
from unique_analytics_mcp.analysis.pages import page
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.domain.fetched import CsvPage
from unique_analytics_mcp.errors import StoreError

HEADER = "Email,Count\r\n"
RECORDS = ['"a, ""A""",1\r\n', '"b\r\nb\n",2\r\n', "c,3\r\n", "ü,4\r\n", "e,5"]
CONTENT = (HEADER + "".join(RECORDS)).encode("utf-8-sig")


def file_of(tmp_path: Path, content: bytes = CONTENT) -> Path:
    path = tmp_path / "report.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("offset", "limit", "records", "next_offset"),
    [
        pytest.param(0, 2, RECORDS[:2], 2, id="first"),
        pytest.param(1, 2, RECORDS[1:3], 3, id="middle"),
        pytest.param(3, 2, RECORDS[3:], None, id="last, exactly"),
        pytest.param(4, 10, RECORDS[4:], None, id="last, with room"),
        pytest.param(0, 5, RECORDS, None, id="all"),
        pytest.param(5, 10, [], None, id="after the end"),
        pytest.param(99, 10, [], None, id="far after the end"),
        pytest.param(0, 0, [], None, id="none asked for"),
    ],
)
@pytest.mark.parametrize("way", ["regular", "careful"])
def test_a_page_is_the_header_and_whole_records(
    tmp_path: Path, offset: int, limit: int, records: list[str], next_offset: int | None, way: str
) -> None:
    unused = {"regular": "_careful_page", "careful": "_regular_page"}[way]
    with patch.object(pages, unused, return_value=None):
        found = page(file_of(tmp_path), offset=offset, limit=limit, total_rows=5)
    assert found == CsvPage(
        text=HEADER + "".join(records), offset=offset, rows=len(records), total_rows=5, next_offset=next_offset
    )


@pytest.mark.parametrize(
    ("content", "text", "rows"),
    [
        pytest.param(b"", "", 0, id="empty"),
        pytest.param(b"Email,Count", "Email,Count", 0, id="header only"),
        pytest.param("E;C\nü;1\n".encode("latin-1"), "E;C\nü;1\n", 1, id="Latin-1"),
        pytest.param("E,C\r\nü,1\r\n".encode("utf-16"), "E,C\r\nü,1\r\n", 1, id="UTF-16"),
        pytest.param("E,C\nü,1\n".encode() + b"\xff,2\n", "E,C\nü,1\n�,2\n", 2, id="damaged"),
        pytest.param(
            b"E,C\n" + b"a,1\n" * 70_000 + b"\xfc,2\n", "E,C\n" + "a,1\n" * 70_000 + "ü,2\n", 70_001, id="Latin-1, late"
        ),
        pytest.param(b"\nE,C\n\na,1\n\n", "E,C\na,1\n", 1, id="blank lines"),
        pytest.param(b"E,C\ra,1\rb,2", "E,C\ra,1\rb,2", 2, id="carriage returns alone"),
        pytest.param(b'E,C\n5" pipe,1\nb,2\n', 'E,C\n5" pipe,1\nb,2\n', 2, id="quote inside a cell"),
        pytest.param(b'E,C\na\nb,2,3\n"cut', 'E,C\na\nb,2,3\n"cut', 3, id="records that the intake rejects"),
        pytest.param(b"E,C\na\0,1\n", "E,C\na\0,1\n", 1, id="NUL"),
        pytest.param(b"<html>\nSign in", "<html>\nSign in", 1, id="no table at all"),
    ],
)
def test_irregular_files_have_pages_too(tmp_path: Path, content: bytes, text: str, rows: int) -> None:
    assert page(file_of(tmp_path, content), offset=0, limit=100_000, total_rows=rows) == CsvPage(
        text=text, offset=0, rows=rows, total_rows=rows, next_offset=None
    )


@pytest.mark.parametrize("way", ["regular", "careful"])
def test_a_page_ends_early_where_its_records_are_long_but_never_before_the_first(tmp_path: Path, way: str) -> None:
    unused = {"regular": "_careful_page", "careful": "_regular_page"}[way]
    path = file_of(tmp_path, b"E\r\n" + b"a" * 30 + b"\r\nb\r\nc\r\nd\r\n" + b"e" * 6 + b"\r\nf\r\n")
    with patch.object(pages, unused, return_value=None), patch.object(pages, "LONGEST_PAGE", 10):
        found = [page(path, offset=offset, limit=10, total_rows=6) for offset in (0, 1, 4)]
    assert [(each.rows, each.next_offset) for each in found] == [(1, 1), (3, 4), (1, 5)]


def test_a_page_is_read_no_further_than_its_records(tmp_path: Path) -> None:
    odd_behind = file_of(tmp_path, b"E,C\n" + b"a,1\n" * 9 + b'5" pipe,1\n')
    with patch.object(scan, "_CHUNK", 16), patch.object(pages, "_careful_page", return_value=("", [])):
        found = [page(odd_behind, offset=offset, limit=2, total_rows=10).rows for offset in (0, 4, 8)]
    assert found == [2, 2, 0]


@pytest.mark.parametrize(
    "content",
    [
        CONTENT,
        b"E,C\na\nb,2,3\n\nc,3\n",
        b'E,C\n5" pipe,1\nb,2',
        b'E,C\na,1\nb,"2\nc,3\n',
        "E;C\nü;1\n".encode("latin-1"),
        b"E,C\n",
    ],
)
def test_an_intake_counts_the_records_that_pages_hold(tmp_path: Path, content: bytes) -> None:
    path = file_of(tmp_path, content)
    counted = convert(path, tmp_path / "report.parquet", UNIQUE_REPORTS["USER_CHAT_EXPORT"])
    assert page(path, offset=0, limit=100, total_rows=0).rows == counted.rows + counted.rejected_rows


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(st.lists(st.text(st.sampled_from('ab,"\n\r ü'), max_size=5), min_size=2, max_size=2)),
    limit=st.integers(1, 4),
    chunk=st.sampled_from([1, 5, 16, 2**18]),
    longest=st.sampled_from([1, 20, 2**23]),
)
def test_page_after_page_gives_every_record_once(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], limit: int, chunk: int, longest: int
) -> None:
    written = io.StringIO(newline="")
    csv.writer(written).writerows([["A", "B"], *rows])
    path = file_of(tmp_path_factory.mktemp("pages"), written.getvalue().encode())
    text = ""
    offset: int | None = 0
    while offset is not None:
        with patch.object(scan, "_CHUNK", chunk), patch.object(pages, "LONGEST_PAGE", longest):
            found = page(path, offset=offset, limit=limit, total_rows=len(rows))
        assert found.text.startswith("A,B\r\n")
        text += found.text.removeprefix("A,B\r\n")
        offset = found.next_offset
    assert "A,B\r\n" + text == written.getvalue()


def test_a_file_that_is_not_there_is_the_stores_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        page(tmp_path / "report.csv", offset=0, limit=1, total_rows=1)
