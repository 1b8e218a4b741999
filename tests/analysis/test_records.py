"""Records of irregular CSV: what is one, what is refused, and that nothing after it is lost."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unique_analytics_mcp.analysis import records as module
from unique_analytics_mcp.analysis.records import Record, records


def found(text: str, delimiter: str = ",") -> list[Record]:
    return list(records(io.StringIO(text, newline=""), delimiter))


def cells(text: str, delimiter: str = ",") -> list[tuple[str, ...] | None]:
    return [record.cells for record in found(text, delimiter)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a,b\n1,2\n", [("a", "b"), ("1", "2")], id="regular"),
        pytest.param("a,b\r1,2\r", [("a", "b"), ("1", "2")], id="CR alone"),
        pytest.param("a,b\n1,2\r\n3,4\r5,6", [("a", "b"), ("1", "2"), ("3", "4"), ("5", "6")], id="mixed line ends"),
        pytest.param("\n\na,b\n\r\n1,2\n\n", [("a", "b"), ("1", "2")], id="blank lines are none"),
        pytest.param("a\n \n", [("a",), (" ",)], id="a line of blanks is one"),
        pytest.param('a,b\n"",""\n', [("a", "b"), ("", "")], id="empty cells"),
        pytest.param('a,b\n"1\n2",3\n', [("a", "b"), ("1\n2", "3")], id="line end in quotes"),
        pytest.param('a,b\n5" pipe,6"\n', [("a", "b"), ('5" pipe', '6"')], id="quotes inside unquoted cells"),
        pytest.param('a,b\n "1,2"\n', [("a", "b"), (' "1', '2"')], id="a blank before a quote opens nothing"),
        pytest.param("a,b\n1\n2,3,4\n", [("a", "b"), ("1",), ("2", "3", "4")], id="other widths are not its business"),
        pytest.param("a\0,b\n\0,2\n", [("a", "b"), ("", "2")], id="NUL characters"),
        pytest.param('a,b\n1,"2\n', [("a", "b"), None], id="unclosed quote at the end"),
        pytest.param('a,b\n1,"2', [("a", "b"), None], id="unclosed quote, line not ended"),
        pytest.param(
            'a,b\n1,"2\n3,4\n5,6\n', [("a", "b"), None, ("3", "4"), ("5", "6")], id="unclosed quote, lines after it"
        ),
        pytest.param('a,b\n"1"x,2\n3,4\n', [("a", "b"), None, ("3", "4")], id="text after a closing quote"),
        pytest.param(
            'a,b\n1,"2\n3,4\n"5",6\n', [("a", "b"), None, ("3", "4"), ("5", "6")], id="unclosed quote, quotes after it"
        ),
        pytest.param("", [], id="nothing"),
    ],
)
def test_a_text_is_parted_into_whole_records(text: str, expected: list[tuple[str, ...] | None]) -> None:
    assert cells(text) == expected


@given(st.text(st.sampled_from('ab,"\n\r\0 '), max_size=40))
def test_no_character_but_blank_lines_is_lost(text: str) -> None:
    kept = "".join(record.text for record in found(text))
    assert kept.replace("\n", "").replace("\r", "").replace("\0", "") == _without_line_ends(text)


def _without_line_ends(text: str) -> str:
    return text.replace("\n", "").replace("\r", "").replace("\0", "")


@given(st.lists(st.lists(st.text(st.sampled_from('ab,"\n\r '), min_size=1, max_size=6), min_size=1, max_size=4)))
def test_whatever_python_writes_is_read_back(rows: list[list[str]]) -> None:
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    assert cells(written.getvalue()) == [tuple(row) for row in rows]


def test_too_long_a_record_costs_its_first_line_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_RECORD", 100)
    assert cells("a,b\n" + "x" * 250 + ",2\n3,4\n") == [("a", "b"), None, ("3", "4")]
    assert cells('a,b\n1,"' + "5,6\n" * 50 + "7,8\n")[:3] == [("a", "b"), None, ("5", "6")]


def test_a_record_of_too_many_lines_costs_its_first_line_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_LINES", 10)
    assert cells('a,b\n1,"' + "x\n" * 9 + '",2\n')[1:] == [("1", "x\n" * 9, "2")]
    assert cells('a,b\n1,"' + "5,6\n" * 11)[1:] == [None, *[("5", "6")] * 10]


def test_a_file_made_to_be_read_over_and_over_is_given_up_line_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 100)
    lines = ['b",c,"\n'] * 50
    refused = found("a,b,c\n" + "".join(lines) + "x,y,z\n")[1:]
    assert refused == [Record(text=line, cells=None) for line in [*lines, "x,y,z\n"]]
