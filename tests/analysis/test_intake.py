"""From hostile CSV bytes to typed rows: what is read, what is counted, what is refused."""

import csv
import errno
import io
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.reading import VISITS, Reading, by_python, column, convert_carefully, read, report_type, text_report
from unique_analytics_mcp.analysis import intake, scan
from unique_analytics_mcp.analysis.parts import part_paths
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.domain.fetched import Intake
from unique_analytics_mcp.domain.report import ColumnKind, ReportType
from unique_analytics_mcp.errors import ReportUnreadable, StoreError

COLUMNS = (("Email", "email", "text"), ("Date", "date", "date"), ("Count", "count", "integer"))
PLAIN = Intake(
    rows=2,
    rejected_rows=0,
    rejected_records=(),
    columns=COLUMNS,
    columns_missing=(),
    columns_unknown=(),
    unreadable_cells={},
)
ZOE = ("zoë@example.com", "2026-10-05", "3")
BEN = ("ben@example.com", "2026-10-06", "5")
TWO_LINES = "zoë@example.com,05.10.2026,3\nben@example.com,06.10.2026,5\n"


def reading(*rows: tuple[str | None, ...], **changes: object) -> Reading:
    return Reading(intake=replace(PLAIN, rows=len(rows), **changes), rows=list(rows))


REGULAR = [
    pytest.param(f"Email,Date,Count\n{TWO_LINES}".encode(), reading(ZOE, BEN), id="as documented"),
    pytest.param(f"Email,Date,Count\n{TWO_LINES}".encode("utf-8-sig"), reading(ZOE, BEN), id="byte order mark"),
    pytest.param(
        f"Email,Date,Count\n{TWO_LINES}".replace(",", ";").encode(), reading(ZOE, BEN), id="semicolons"
    ),
    pytest.param(f"Email,Date,Count\n{TWO_LINES}".replace("\n", "\r\n").encode(), reading(ZOE, BEN), id="CRLF"),
    pytest.param(f"Email,Date,Count\n{TWO_LINES}".encode().strip(), reading(ZOE, BEN), id="last line not ended"),
    pytest.param(
        b'Email,Date,Count\n"zo\n\r\n""e"", z",10.02.24, +3 \n',
        reading(('zo\n\r\n"e", z', "2024-02-10", "3")),
        id="line ends, quotes and commas in quotes; short year; blanks around a number",
    ),
    pytest.param(
        b'Email,Date,Count\n,,\n"","",""\nnull,2026-10-05T09:00:00Z,NA\n',
        reading((None, None, None), (None, None, None), ("null", "2026-10-05", None), unreadable_cells={"count": 1}),
        id="empty cells are NULL, the word null is text",
    ),
    pytest.param(
        b"User Mail,Date,Space,Count\nben@example.com,06.10.2026,Legal,5\n",
        reading(
            ("ben@example.com", "2026-10-06", "Legal", "5"),
            columns=(("User Mail", "email", "text"), COLUMNS[1], ("Space", "space", "text"), COLUMNS[2]),
            columns_unknown=("Space",),
            columns_inferred=("space",),
        ),
        id="a renamed and an extra column",
    ),
    pytest.param(
        b"Count\n5\n",
        reading(("5",), columns=COLUMNS[2:], columns_missing=("Email", "Date")),
        id="columns missing",
    ),
    pytest.param(
        b"Email,Email,Count\na@example.com,b@example.com,5\n",
        reading(
            ("a@example.com", "b@example.com", "5"),
            columns=(COLUMNS[0], ("Email", "email_2", "text"), COLUMNS[2]),
            columns_missing=("Date",),
            columns_unknown=("Email",),
            columns_inferred=("email_2",),
            remarks=("The header of email_2 stands there more than once; each column is kept.",),
        ),
        id="a doubled header",
    ),
    pytest.param(b"Email,Date,Count\r\n", reading(), id="header only"),
    pytest.param(b"Email,Date,Count", reading(), id="header only, line not ended"),
    pytest.param(
        b"Email,Date,Count\na,31.02.2026,1'000\nb,05/10/2026,\"1,5\"\nc,,9223372036854775808\nd, ,12.7\n",
        reading(
            ("a", None, None), ("b", None, None), ("c", None, None), ("d", None, None),
            unreadable_cells={"date": 2, "count": 4},
        ),
        id="cells that are not of their kind",
    ),
    pytest.param(
        b"Email,Date,Count\n" + b"x" * 5_000_000 + b",05.10.2026,3\n",
        reading(("x" * 5_000_000, "2026-10-05", "3")),
        id="a cell of 5 MB",
    ),
]  # fmt: skip

IRREGULAR = [
    pytest.param(
        f"Email,Date,Count\n{TWO_LINES}".replace("\n", "\r").encode(), reading(ZOE, BEN), id="carriage returns alone"
    ),
    pytest.param(
        f"\n\nEmail,Date,Count\n\n{TWO_LINES}\n\n".encode(), reading(ZOE, BEN), id="blank lines everywhere"
    ),
    pytest.param(
        f"Email,Date,Count\r\n{TWO_LINES}".encode(), reading(ZOE, BEN), id="mixed line ends"
    ),
    pytest.param(
        f"Email,Date,Count\n{TWO_LINES}a,05.10.2026\nb,05.10.2026,1,2\nc,05.10.2026,1,\n".encode(),
        reading(ZOE, BEN, rejected_rows=3, rejected_records=(3, 4, 5)),
        id="records too short, too long, and too long by an empty cell",
    ),
    pytest.param(
        b"Email,Date,Count\n" + b"a,05.10.2026\n" * 30,
        reading(rejected_rows=30, rejected_records=tuple(range(1, 21))),
        id="more bad records than are named",
    ),
    pytest.param(
        f'Email,Date,Count\n{TWO_LINES}"cut,05.10.'.encode(),
        reading(ZOE, BEN, rejected_rows=1, rejected_records=(3,)),
        id="an unclosed quote at the end",
    ),
    pytest.param(
        f'Email,Date,Count\n"open,05.10.2026,1\n{TWO_LINES}'.encode(),
        reading(ZOE, BEN, rejected_rows=1, rejected_records=(1,)),
        id="an unclosed quote swallows nothing after it",
    ),
    pytest.param(
        b'Email,Date,Count\n5" pipe,05.10.2026,3\n "a",05.10.2026,4\n',
        reading(('5" pipe', "2026-10-05", "3"), (' "a"', "2026-10-05", "4")),
        id="quotes inside unquoted cells",
    ),
    pytest.param(
        b'Email,Date,Count\n"a"b,05.10.2026,3\nc,05.10.2026,4\n',
        reading(("c", "2026-10-05", "4"), rejected_rows=1, rejected_records=(1,)),
        id="text after a closing quote",
    ),
    pytest.param(
        "Email,Date,Count\nzoë\0@example.com,05.10.2026,\0003\n".encode(),
        reading(ZOE, remarks=("NUL characters were taken out: 2.",)),
        id="NUL",
    ),
    pytest.param(
        "Email,Date,Count\nzoë@example.com,05.10.2026,3\nben\n".encode() + b"\xff\xc3@example.com,06.10.2026,5\n",
        reading(
            ZOE, ("��@example.com", "2026-10-06", "5"), rejected_rows=1, rejected_records=(2,),
            remarks=("2 places in the file cannot be decoded and read as �.",),
        ),
        id="damaged UTF-8",
    ),
    pytest.param(
        f"Email,Date,Count\n{TWO_LINES}".encode("latin-1"),
        reading(ZOE, BEN, remarks=("The file is not UTF-8; it was read as Windows-1252.",)),
        id="Latin-1",
    ),
    pytest.param(
        "Email,Date,Count,Größe\nben@example.com,06.10.2026,5,9\n".encode("latin-1"),
        reading(
            (*BEN, "9"),
            columns=(*COLUMNS, ("Größe", "gr_e", "integer")),
            columns_unknown=("Größe",),
            columns_inferred=("gr_e",),
            remarks=("The file is not UTF-8; it was read as Windows-1252.",),
        ),
        id="Latin-1 in the header alone",
    ),
    pytest.param(
        f"Email,Date,Count\n{TWO_LINES}".encode("utf-16"),
        reading(ZOE, BEN, remarks=("The file is UTF-16.",)),
        id="UTF-16",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("content", "expected"), IRREGULAR)
def test_an_irregular_file_becomes_typed_rows_and_an_account_of_them(content: bytes, expected: Reading) -> None:
    assert read(content) == expected


@pytest.mark.parametrize(("content", "expected"), REGULAR)
def test_the_careful_way_gives_the_same(content: bytes, expected: Reading) -> None:
    assert read(content, carefully=True) == expected


@pytest.mark.parametrize(("content", "expected"), REGULAR)
def test_a_regular_file_becomes_the_same_the_fast_way(content: bytes, expected: Reading) -> None:
    with patch.object(intake, "_read_carefully", side_effect=AssertionError):
        assert read(content) == expected


@pytest.mark.parametrize("kind", [ColumnKind.DECIMAL, ColumnKind.TIMESTAMP], ids=str)
def test_every_kind_of_column_counts_what_it_cannot_read(kind: ColumnKind) -> None:
    report = report_type(column("Value", kind))
    found = read(b"Value\n2026-10-05T10:00:00Z\n0.000123456789012345\nneither\n", report)
    assert (found.intake.unreadable_cells, found.rows.count((None,))) == ({"value": 2}, 2)


@settings(max_examples=8, deadline=None)
@given(data=st.data(), delimiter=st.sampled_from(",;\t"), quotes_all=st.booleans())
def test_any_table_reads_as_python_reads_it_both_ways(data: st.DataObject, delimiter: str, *, quotes_all: bool) -> None:
    width = data.draw(st.integers(1, 4))
    quoting = csv.QUOTE_ALL if quotes_all or width == 1 else csv.QUOTE_MINIMAL  # one column does not say its delimiter
    cell = st.one_of(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
        st.text(st.sampled_from(",;\t\"'\\# \n\rü😀"), max_size=8),
    )
    rows = data.draw(st.lists(st.lists(cell, min_size=width, max_size=width), max_size=12))
    headers = [f"Header {place}" for place in range(width)]
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter, quoting=quoting).writerows([headers, *rows])
    content = written.getvalue().encode()
    expected = by_python(content, delimiter)
    assert expected == [tuple(cell or None for cell in row) for row in rows]
    with patch.object(intake, "_read_carefully", side_effect=AssertionError):
        assert read(content, text_report(headers)).rows == expected
    assert read(content, text_report(headers), carefully=True).rows == expected


@settings(max_examples=8, deadline=None)
@given(st.lists(st.sampled_from([b"a", b",", b'"', b"\n", b"\r\n", b"\r", b'""', b"\xff", b"\0", b" "]), max_size=20))
def test_no_bytes_whatever_are_read_differently_by_the_two_ways(pieces: list[bytes]) -> None:
    content = b"A,B\n" + b"".join(pieces)
    report = text_report("AB")
    assert read(content, report) == read(content, report, carefully=True)


def test_long_texts_take_a_part_of_their_room(tmp_path: Path) -> None:
    source, target = tmp_path / "report.csv", tmp_path / "report.parquet"
    source.write_text("Text\n" + "".join(f"{number} {'all the same words ' * 100}\n" for number in range(500)))
    intake.convert(source, target, text_report(["Text"]))
    assert target.stat().st_size < source.stat().st_size / 4


def test_long_files_keep_their_order_and_their_cells() -> None:
    rows = [[str(number), f"text {number}\n- a, b\n" * (number % 70), "x"] for number in range(20_000)]
    written = io.StringIO(newline="")
    csv.writer(written).writerows([["Number", "Text", "X"], *rows])
    content = written.getvalue().encode()
    assert len(content) > 2 * 4 * 2**20
    with patch.object(intake, "_read_carefully", side_effect=AssertionError):
        assert read(content, text_report(["Number", "Text", "X"])).rows == [
            tuple(cell or None for cell in row) for row in rows
        ]


@pytest.mark.usefixtures("as_if_large")
def test_a_large_report_becomes_several_parts_of_one_table(tmp_path: Path) -> None:
    lines = [
        f'"p{number}, ""x""@example.com",{number % 28 + 1:02}.10.2026,{number or "none"}\n' for number in range(300)
    ]
    content = f"Email,Date,Count\n{''.join(lines)}".encode()
    found = read(content)
    assert found == read(content, carefully=True)
    assert (found.intake.rows, found.intake.unreadable_cells) == (300, {"count": 1})
    assert [row[0] for row in found.rows] == [f'p{number}, "x"@example.com' for number in range(300)]
    source, target = tmp_path / "report.csv", tmp_path / "report.parquet"
    source.write_bytes(content)
    intake.convert(source, target, VISITS)
    assert len(part_paths(target)) > 5
    source.write_bytes(b"Email,Date,Count\n")
    intake.convert(source, target, VISITS)
    assert part_paths(target) == [target]


@pytest.mark.usefixtures("as_if_large")
def test_a_doubt_at_the_end_of_a_large_report_sends_all_of_it_the_careful_way() -> None:
    content = f"Email,Date,Count\n{TWO_LINES * 40}\n{TWO_LINES}".encode()
    assert read(content) == reading(*[ZOE, BEN] * 41)


@pytest.mark.usefixtures("as_if_large")
def test_a_long_decimal_late_in_a_large_report_is_as_exact_as_one_at_its_beginning() -> None:
    costs = [*["0.0116600"] * 300, "0.000123456789012345", "12345678.9", *["2.5"] * 300]
    report = report_type(column("Cost", ColumnKind.DECIMAL))
    found = read("\n".join(["Cost", *costs, ""]).encode(), report)
    assert [Decimal(cell or "NaN") for (cell,) in found.rows] == [Decimal(cost) for cost in costs]
    assert found.intake.unreadable_cells == {}


@pytest.mark.usefixtures("as_if_large")
def test_kinds_of_undeclared_columns_are_settled_from_all_of_a_large_report() -> None:
    content = b"Email,Extra\n" + b"ben@example.com,7\n" * 100 + b"ben@example.com,seven\n"
    found = read(content, report_type(column("Email", ColumnKind.TEXT), open_schema=True))
    assert found.intake.columns[1] == ("Extra", "extra", "text")


def test_a_record_beyond_the_limit_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "LONGEST_RECORD", 1_000)
    monkeypatch.setattr("unique_analytics_mcp.analysis.records.LONGEST_RECORD", 1_000)
    content = b"Email,Date,Count\n" + b"x" * 1_100 + b",05.10.2026,3\nben@example.com,06.10.2026,5\n"
    assert read(content) == reading(BEN, rejected_rows=1, rejected_records=(1,))


def test_a_record_that_grows_too_long_when_rewritten_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unique_analytics_mcp.analysis.repair.LONGEST_RECORD", 100)
    content = b"\nEmail,Date,Count\nben@example.com,06.10.2026,5\n" + b'"' + b'""' * 60 + b'",05.10.2026,3\n'
    assert read(content) == reading(BEN, rejected_rows=1, rejected_records=(2,))


def test_a_count_that_disagrees_sends_the_file_the_careful_way(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = scan.Structure.result

    def wrong_by_one(structure: scan.Structure) -> scan.Look | None:
        found = counted(structure)
        return found and replace(found, records=found.records + 1, cells=found.cells + 3)

    monkeypatch.setattr(scan.Structure, "result", wrong_by_one)
    content = f"Email,Date,Count\n{TWO_LINES}".encode()
    with patch.object(intake, "_read_carefully", wraps=intake._read_carefully) as carefully:
        assert read(content) == reading(ZOE, BEN)
    carefully.assert_called_once()


# What is refused leaves nothing behind


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xef\xbb\xbf\r\n", id="a byte order mark and a blank line"),
        pytest.param(b"<!DOCTYPE html><html><body>Sign in</body></html>", id="HTML"),
        pytest.param('<html lang="fr">Accès refusé'.encode("latin-1"), id="HTML in Latin-1"),
        pytest.param(b'{"statusCode":403,"message":"Forbidden"}', id="JSON"),
        pytest.param("{}".encode("utf-16"), id="JSON in UTF-16"),
        pytest.param(b"zoe@example.com,05.10.2026,3\n", id="no header"),
    ],
)
def test_what_is_no_table_is_refused_and_leaves_nothing(tmp_path: Path, content: bytes) -> None:
    source = tmp_path / "report.csv"
    source.write_bytes(content)
    with pytest.raises(ReportUnreadable):
        intake.convert(source, tmp_path / "report.parquet", VISITS)
    assert list(tmp_path.iterdir()) == [source]


def test_an_existing_parquet_file_is_replaced_only_by_a_whole_one(tmp_path: Path) -> None:
    source, target = tmp_path / "report.csv", tmp_path / "report.parquet"
    source.write_bytes(b"<html>")
    target.write_bytes(b"the old one")
    with pytest.raises(ReportUnreadable):
        intake.convert(source, target, VISITS)
    assert target.read_bytes() == b"the old one"
    source.write_bytes(b"Email,Date,Count\n")
    intake.convert(source, target, VISITS)
    assert target.read_bytes()[:4] == b"PAR1"


def test_a_full_disk_is_the_stores_error_and_leaves_nothing(tmp_path: Path) -> None:
    source = tmp_path / "report.csv"
    source.write_bytes(b"Email,Date,Count\n")
    full = OSError(errno.ENOSPC, "No space left on device", "/secret/path")
    with (
        patch("unique_analytics_mcp.analysis.pieces.Pieces.write", side_effect=full),
        pytest.raises(StoreError) as caught,
    ):
        intake.convert(source, tmp_path / "report.parquet", VISITS)
    assert "/secret" not in str(caught.value)
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize("missing", ["source", "folder"])
def test_a_file_or_folder_that_is_not_there_is_the_stores_error(tmp_path: Path, missing: str) -> None:
    source = tmp_path / "report.csv"
    if missing == "folder":
        source.write_bytes(b"Email,Date,Count\n")
    target = tmp_path / "report.parquet" if missing == "source" else tmp_path / "nowhere" / "report.parquet"
    with pytest.raises(StoreError):
        intake.convert(source, target, VISITS)


def test_a_path_that_looks_like_a_pattern_names_one_file(tmp_path: Path) -> None:
    for folder, person in (("we[i]rd * a=1", "ben@example.com"), ("weird x a=1", "eve@example.com")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "report.csv").write_text(f"Email,Date,Count\n{person},06.10.2026,5\n", encoding="utf-8")
    odd = tmp_path / "we[i]rd * a=1"
    found = intake.convert(odd / "report.csv", odd / "report.parquet", VISITS)
    assert found == reading(BEN).intake


# Every report of the catalogue


@pytest.mark.parametrize("report", UNIQUE_REPORTS.values(), ids=lambda report: report.name)
def test_every_report_reads_its_own_header(report: ReportType) -> None:
    headers = [declared.header for declared in report.columns]
    content = (",".join(headers) + "\n" + "," * (len(headers) - 1) + ("" if len(headers) > 1 else '""') + "\n").encode()
    for found in (read(content, report), read(content, report, carefully=True)):
        assert found.intake == Intake(
            rows=1,
            rejected_rows=0,
            rejected_records=(),
            columns=tuple((declared.header, declared.name, declared.kind.value) for declared in report.columns),
            columns_missing=(),
            columns_unknown=(),
            unreadable_cells={},
        )


def test_the_careful_way_is_also_a_way_of_convert(tmp_path: Path) -> None:
    (tmp_path / "report.csv").write_bytes(b"Email,Date,Count\n")
    assert convert_carefully(tmp_path / "report.csv", tmp_path / "report.parquet", VISITS) == reading().intake
