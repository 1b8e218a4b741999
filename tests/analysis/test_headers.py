"""The header record: delimiter, which column is which, and what is no table at all."""

import pytest

from analysis.reading import VISITS, column, report_type
from unique_analytics_mcp.analysis.headers import FileColumn, Header, choose_delimiter, read_header
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.domain.report import ColumnKind
from unique_analytics_mcp.errors import ReportUnreadable

EMAIL = FileColumn(header="Email", name="email", kind=ColumnKind.TEXT)
DATE = FileColumn(header="Date", name="date", kind=ColumnKind.DATE)
COUNT = FileColumn(header="Count", name="count", kind=ColumnKind.INTEGER)


def header(*columns: FileColumn, delimiter: str = ",", missing: tuple[str, ...] = ()) -> Header:
    return Header(delimiter=delimiter, columns=columns, missing=missing, unknown=(), remarks=())


@pytest.mark.parametrize(
    ("beginning", "expected"),
    [
        pytest.param("Email,Date,Count\r\na,b,1\r\n", header(EMAIL, DATE, COUNT), id="as documented"),
        pytest.param("Email;Date;Count\n", header(EMAIL, DATE, COUNT, delimiter=";"), id="semicolons"),
        pytest.param("Email\tDate\tCount", header(EMAIL, DATE, COUNT, delimiter="\t"), id="tabs, no line end"),
        pytest.param('"Email","Date","Count"\n', header(EMAIL, DATE, COUNT), id="quoted"),
        pytest.param("\r\n\nEmail,Date,Count\n", header(EMAIL, DATE, COUNT), id="blank lines before"),
        pytest.param("Email,Date,Count\ra,b,1", header(EMAIL, DATE, COUNT), id="carriage returns alone"),
        pytest.param("Count,Email,Date\n", header(COUNT, EMAIL, DATE), id="another order"),
        pytest.param("Email\n", header(EMAIL, missing=("Date", "Count")), id="columns missing"),
        pytest.param("Ema\0il,Date,Count\n", header(EMAIL, DATE, COUNT), id="NUL in a header"),
    ],
)
def test_a_header_is_read(beginning: str, expected: Header) -> None:
    assert read_header(beginning, VISITS) == expected


@pytest.mark.parametrize("spelling", ["email", "E-Mail", "E MAIL", "e_mail", "User Mail", "userMail", " Email "])
def test_a_column_is_known_by_any_likely_spelling(spelling: str) -> None:
    found = read_header(f"{spelling},Date,Count\n", VISITS)
    assert found.columns == (FileColumn(header=spelling, name="email", kind=ColumnKind.TEXT), DATE, COUNT)
    assert (found.missing, found.unknown) == ((), ())


def test_unknown_columns_are_kept_under_names_that_collide_with_nothing() -> None:
    found = read_header("Extra One,Email,extra-one,,Größe,email\n", VISITS)
    assert [known.name for known in found.columns] == [
        "extra_one",
        "email",
        "extra_one_2",
        "column_4",
        "gr_e",
        "email_2",
    ]
    assert found.unknown == ("Extra One", "extra-one", "column_4", "Größe", "email")
    assert found.missing == ("Date", "Count")
    assert found.remarks == (
        "The header of extra_one_2 stands there more than once; each column is kept.",
        "A column has no header; it is kept as column_4.",
        "The header of email_2 stands there more than once; each column is kept.",
    )


def test_a_declared_column_keeps_its_name_when_an_unknown_one_came_first_with_the_same() -> None:
    named_like_the_second = report_type(column("Email", ColumnKind.TEXT), column("Column 1", ColumnKind.TEXT))
    found = read_header(",Column 1,Email\n", named_like_the_second)
    assert [known.name for known in found.columns] == ["column_1_2", "column_1", "email"]


@pytest.mark.parametrize(
    ("beginning", "reason"),
    [
        pytest.param("", "it is empty", id="nothing"),
        pytest.param(" \r\n\r\n", "it is empty", id="blank lines"),
        pytest.param("<!DOCTYPE html><html>Sign in</html>", "it is a web page", id="HTML"),
        pytest.param('\n<?xml version="1.0"?>', "it is a web page", id="XML after a blank line"),
        pytest.param('{"statusCode":500,"Email":1}', "it is JSON", id="JSON object"),
        pytest.param('[{"Email":"a"}]', "it is JSON", id="JSON list"),
        pytest.param("Internal Server Error\n", "its first line is not a header of MADE_UP", id="a sentence"),
        pytest.param("anna@example.com,05.10.2026,3\n", "its first line is not a header of MADE_UP", id="no header"),
        pytest.param('"Email,Date\n', "its first line is not a header of MADE_UP", id="a quote that never closes"),
        pytest.param("x," * 500 + "Email", "its first line is not a header of MADE_UP", id="hundreds of columns"),
    ],
)
def test_what_is_no_table_of_this_report_is_refused(beginning: str, reason: str) -> None:
    with pytest.raises(ReportUnreadable) as caught:
        read_header(beginning, VISITS)
    assert caught.value.message == f"What the platform delivered is not a report: {reason}."


def test_a_report_without_documented_columns_takes_any_header() -> None:
    found = read_header("Who,When,What\n", UNIQUE_REPORTS["USER_CHAT_EXPORT"])
    assert [(known.name, known.kind) for known in found.columns] == [
        ("who", ColumnKind.TEXT), ("when", ColumnKind.TEXT), ("what", ColumnKind.TEXT),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("beginning", "delimiter"),
    [("a,b;c,d\n", ","), ("a;b;c,d\n", ";"), ("a\tb\n", "\t"), ("alone\n", ","), ("", ",")],
)
def test_without_known_headers_the_delimiter_is_the_one_that_gives_most_cells(beginning: str, delimiter: str) -> None:
    assert choose_delimiter(beginning) == delimiter


def test_known_headers_outweigh_the_number_of_cells() -> None:
    found = read_header("Email;Date;Count, a, b, c, d, e\n", VISITS)
    assert found.delimiter == ";"
