"""The second look: which bytes are regular, how many records they hold, and where they may be cut."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unique_analytics_mcp.analysis import pieces, scan
from unique_analytics_mcp.analysis.cutting import Piece, cutting
from unique_analytics_mcp.analysis.scan import Look, Structure, chunks_after_mark

TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(
        st.lists(st.text(st.sampled_from('ab,;"\n\r ü'), max_size=6), min_size=width, max_size=width), min_size=1
    )
)


def look_at(tmp_path: Path, content: bytes, delimiter: str = ",") -> Look | None:
    path = tmp_path / "report.csv"
    path.write_bytes(content)
    structure = Structure(delimiter)
    with path.open("rb") as file:
        is_regular = all(structure.takes(chunk) for chunk in chunks_after_mark(file))
    return structure.result() if is_regular else None


def cut_up(path: Path, delimiter: str) -> tuple[Look | None, Sequence[Piece]]:
    """What is seen of the file, and its pieces in a folder beside it."""
    with path.open("rb") as file, cutting(file, delimiter, path.with_name("pieces")) as cut:
        pieces = [piece for batch in cut.batches(at_once=False) for piece in batch]
    return cut.seen, pieces


@pytest.mark.parametrize(
    ("content", "records", "cells"),
    [
        pytest.param(b"", 0, 0, id="empty"),
        pytest.param(b"a,b\n", 1, 2, id="header only"),
        pytest.param(b"a,b", 1, 2, id="header only, line not ended"),
        pytest.param(b"a,b\n1,2\n3,4", 3, 6, id="LF"),
        pytest.param(b"a,b\r\n1,2\r\n", 2, 4, id="CRLF"),
        pytest.param(b'\xef\xbb\xbf"a",b\n1,2\n', 2, 4, id="byte order mark before a quote"),
        pytest.param(b'a,b\n"1,5\n\n6",2\n', 2, 4, id="line ends and a blank line in quotes"),
        pytest.param(b'a,b\n"say ""hi""",""\n"""",2\n', 3, 6, id="doubled quotes"),
        pytest.param(b'a,b\n"lone \r and \r\n",2\n', 2, 4, id="other line ends in quotes"),
        pytest.param(b"a,b\n1,2,\n", 2, 5, id="an empty cell too many"),
        pytest.param(b"a,b\n\xff,2\n", 2, 4, id="no UTF-8: not its business"),
    ],
)
def test_regular_bytes_are_counted(tmp_path: Path, content: bytes, records: int, cells: int) -> None:
    found = look_at(tmp_path, content)
    assert found is not None
    assert (found.records, found.cells) == (records, cells)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b'a,b\n5" pipe,2\n', id="quote inside a cell"),
        pytest.param(b'a,b\n5" and 6" pipe,2\n', id="two quotes inside a cell"),
        pytest.param(b'a,b\n "1",2\n', id="blank before a quote"),
        pytest.param(b'a,b\n"1" ,2\n', id="blank after a quote"),
        pytest.param(b'a,b\n"1"x,2\n', id="text after a quote"),
        pytest.param(b'a,b\nx"",2\n', id="doubled quotes in an unquoted cell"),
        pytest.param(b'a,b\n1,"2\n', id="quote that never closes"),
        pytest.param(b"a,b\n\n1,2\n", id="blank line"),
        pytest.param(b"a,b\r\n\r\n1,2\r\n", id="blank line, CRLF"),
        pytest.param(b"\na,b\n", id="blank line first"),
        pytest.param(b"a,b\n1,2\n\n", id="blank line last"),
        pytest.param(b"a,b\r1,2\r", id="CR alone"),
        pytest.param(b"a,b\n1,2\r3,4\n", id="CR among LF"),
        pytest.param(b"a,b\r\n1,2\n", id="LF after CRLF"),
        pytest.param(b"a,b\n1,2\r\n", id="CRLF after LF"),
        pytest.param(b"a,b\n\0,2\n", id="NUL"),
        pytest.param("a,b\n1,2\n".encode("utf-16"), id="UTF-16"),
    ],
)
def test_irregular_bytes_are_noticed(tmp_path: Path, content: bytes) -> None:
    assert look_at(tmp_path, content) is None


def test_too_long_a_record_is_irregular(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "LONGEST_RECORD", 1_000)
    assert look_at(tmp_path, b"a,b\n" + b"x" * 900 + b",2\n") is not None
    assert look_at(tmp_path, b"a,b\n" + b"x" * 1_100 + b",2\n") is None
    assert look_at(tmp_path, b'a,b\n"' + b"x\n" * 600 + b'",2\n') is None


@settings(max_examples=60, deadline=None)
@given(rows=TABLES, delimiter=st.sampled_from(",;\t"), chunk=st.integers(1, 40), enough=st.integers(1, 60))
def test_any_table_is_counted_and_cut_rightly_whatever_the_chunks(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], delimiter: str, chunk: int, enough: int
) -> None:
    folder = tmp_path_factory.mktemp("scan")
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    path = folder / "report.csv"
    path.write_bytes(written.getvalue().encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scan, "_CHUNK", chunk)
        patch.setattr(pieces, "_ENOUGH", enough)
        found, cut = cut_up(path, delimiter)
    assert found is not None
    assert (found.records, found.cells) == (len(rows), sum(map(len, rows)))
    assert max(piece.longest for piece in cut) >= max(len(line) for line in _records(path.read_bytes()))
    first, *others = [_rows(piece.path, delimiter) for piece in cut]
    assert [*first, *(row for piece in others for row in piece[1:])] == rows
    assert [piece.records for piece in cut] == [len(first), *(len(piece) - 1 for piece in others)]


def _rows(path: Path, delimiter: str) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as text:
        return list(csv.reader(text, delimiter=delimiter, strict=True))


def _records(content: bytes) -> list[bytes]:
    """The records of a file in which every cell is quoted and every record ends in CRLF."""
    return [record + b'"\r\n' for record in content.split(b'"\r\n')]


def test_pieces_are_small_and_begin_with_a_line_that_ends_like_the_file(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_bytes(b"a,b\r\n" + b"1,2\r\n" * 2_000_000)
    _, cut = cut_up(path, ",")
    assert [piece.path.stat().st_size // 2**20 for piece in cut] == [4, 4, 1]
    assert [piece.path.read_bytes()[:13] for piece in cut[1:]] == [b"header\r\n1,2\r\n"] * 2
