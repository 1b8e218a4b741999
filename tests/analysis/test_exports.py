"""Exports: what a spreadsheet would run is defused, and nothing else is touched."""

import csv
import io
from pathlib import Path

import pytest

from unique_analytics_mcp.analysis.exports import defuse


def exported(content: bytes, folder: Path) -> tuple[bytes, str]:
    (folder / "source.csv").write_bytes(content)
    target = io.BytesIO()
    said = defuse(folder / "source.csv", target)
    return target.getvalue(), " ".join(said)


def cells(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    "cell",
    ["=1+1", '=HYPERLINK("https://evil.example";"x")', "+cmd|' /C calc'!A0", "-2+3+cmd", "@SUM(A1)", "\t=1", "\r=1",
     "  =1", "\uff1d1+1", "=", "-"],
)  # fmt: skip
def test_a_cell_that_begins_like_a_formula_gets_an_apostrophe(cell: str, tmp_path: Path) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([["Feedback", "Score"], [cell, "9"], ["fine, really", "10"]])
    content, said = exported(file.getvalue().encode(), tmp_path)
    assert "1 cell begins with an apostrophe" in said
    assert cells(content) == [["Feedback", "Score"], [f"'{cell}", "9"], ["fine, really", "10"]]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"Score,Change\r\n9,-5\r\n8,+3.5\r\n7,-1e-3\r\n", id="signed numbers"),
        pytest.param(b'A;B\n"x=1";a@b.example\n', id="signs inside cells"),
        pytest.param(b'A,B\n"one\n=two",2\n', id="a sign at the start of a line inside a cell"),
        pytest.param("A,B\nZoë,-5\n".encode("utf-16"), id="another encoding"),
        pytest.param("\ufeffA,B\n1,2\n".encode(), id="a byte order mark"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_holds_no_formula_is_copied_byte_for_byte(content: bytes, tmp_path: Path) -> None:
    assert exported(content, tmp_path) == (content, "")


def test_other_records_header_delimiter_and_line_ends_stay(tmp_path: Path) -> None:
    content, said = exported(b"=A;B\r\n'x';\"y\"\r\n=1;2\r\n", tmp_path)
    assert content == b"\xef\xbb\xbf'=A;B\r\n'x';\"y\"\r\n'=1;2\r\n"
    assert "2 cells begin" in said


def test_a_record_that_cannot_be_read_is_defused_as_a_spreadsheet_would_read_it(tmp_path: Path) -> None:
    content, said = exported(b'A,B\n"=1"x,2\n', tmp_path)
    assert "1 cell begins with an apostrophe" in said
    assert content.endswith(b"A,B\n'=1x,2\n")
