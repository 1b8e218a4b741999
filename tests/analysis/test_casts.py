"""How the text of one cell becomes a value: exactly, or not at all."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from unique_analytics_mcp.analysis._engine import Engine, engine
from unique_analytics_mcp.analysis.casts import is_filled, typed
from unique_analytics_mcp.domain.report import ColumnKind


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with engine(folder=tmp_path_factory.mktemp("spill")) as opened:
        yield opened


def values(db: Engine, kind: ColumnKind, *texts: str, short_decimals: bool = False) -> list[str | None]:
    cells = "(SELECT unnest($texts) AS cell)"
    value = typed("cell", kind, short_decimals=short_decimals)
    rows = db.ask(f"FROM {cells} SELECT CAST({value} AS VARCHAR)", texts=list(texts))
    return [None if cell is None else str(cell) for (cell,) in rows]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", "12"),
        ("+12", "12"),
        ("-0", "0"),
        ("007", "7"),
        (" \t12\r\n", "12"),
        ("9223372036854775807", "9223372036854775807"),
        ("9223372036854775808", None),
        ("-9223372036854775809", None),
        ("12.0", None),
        ("12.7", None),
        ("1e3", None),
        ("0x1F", None),
        ("1_000", None),
        ("1'000", None),
        ("1,000", None),
        ("1 000", None),
        ("٣", None),
        ("twelve", None),
        ("", None),
    ],
)
def test_an_integer_is_digits_with_an_optional_sign(db: Engine, text: str, value: str | None) -> None:
    assert values(db, ColumnKind.INTEGER, text) == [value]


def test_of_single_characters_only_digits_are_integers(db: Engine) -> None:
    characters = [chr(code) for code in range(1, 128)]

    assert values(db, ColumnKind.INTEGER, *characters) == [
        character if character in "0123456789" else None for character in characters
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12.50", "12.5"),
        ("-0.000123456789012345", "-0.000123456789012345"),
        (" +5. ", "5"),
        (".5", "0.5"),
        ("1.2e-05", "0.000012"),
        ("1.2345678901234567e-8", "0.000000012345678901234567"),
        ("1.5E+2", "150"),
        ("0.500000000000000000000000000000", "0.5"),
        ("99999999999999.9", "99999999999999.9"),
        ("100000000000000", None),
        ("1.2345678901234567e-9", None),
        ("0.0000000000000000000000001", None),
        ("1e-25", None),
        ("1,5", None),
        ("1.234,56", None),
        ("1'234.5", None),
        ("1_0.5", None),
        ("CHF 5", None),
        ("NaN", None),
        ("Infinity", None),
        ("1e", None),
    ],
)
def test_a_decimal_is_exact_or_nothing(db: Engine, text: str, value: str | None) -> None:
    (found,) = values(db, ColumnKind.DECIMAL, text)
    assert (found and Decimal(found)) == (value and Decimal(value))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(min_value=1e-8, max_value=1e13), min_size=1, max_size=50))
@example([1e-8, 1.5e-5, 0.1, 1 / 3, 9.999999999999999e-8, 9_999_999_999_999.998])
def test_costs_printed_from_binary_floats_keep_every_digit(db: Engine, costs: list[float]) -> None:
    printed = [repr(cost) for cost in costs] + [f"{Decimal(repr(cost)):f}" for cost in costs]
    found = values(db, ColumnKind.DECIMAL, *printed)
    assert [Decimal(value or "NaN") for value in found] == [Decimal(text) for text in printed]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False), min_size=1, max_size=50))
def test_no_decimal_is_ever_changed(db: Engine, numbers: list[Decimal]) -> None:
    found = values(db, ColumnKind.DECIMAL, *map(str, numbers))
    assert all(value is None or Decimal(value) == number for value, number in zip(found, numbers, strict=True))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.0116600", "0.01166"),
        ("-9999.1234567", "-9999.1234567"),
        (".123456789012", "0.123456789012"),
        ("999999", "999999"),
        ("1000000", None),
        (".1234567890123", None),
        ("0.50000000000000", None),
        ("1e-3", None),
        ("1_0.5", None),
        ("0x1F", None),
        ("CHF 5", None),
        ("", None),
    ],
)
def test_a_short_decimal_has_six_digits_before_the_point_and_twelve_behind(
    db: Engine, text: str, value: str | None
) -> None:
    (found,) = values(db, ColumnKind.DECIMAL, text, short_decimals=True)
    assert (found and Decimal(found)) == (value and Decimal(value))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.from_regex(r"[-+ ]?[0-9]{0,8}[.,eEx_]?[0-9 ]{0,14}", fullmatch=True), min_size=1, max_size=50))
def test_whatever_passes_for_a_short_decimal_is_the_decimal_it_was(db: Engine, texts: list[str]) -> None:
    short = values(db, ColumnKind.DECIMAL, *texts, short_decimals=True)
    whole = values(db, ColumnKind.DECIMAL, *texts)
    found = [(one, other) for one, other in zip(short, whole, strict=True) if one is not None]
    assert all(other is not None and Decimal(one) == Decimal(other) for one, other in found)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("05.10.2026", "2026-10-05"),
        ("5.1.2026", "2026-01-05"),
        ("10.02.24", "2024-02-10"),
        ("10.02.99", "2099-02-10"),
        (" 05.10.2026 ", "2026-10-05"),
        ("05.10.20 ", "2020-10-05"),
        ("05.10.202\r", None),
        ("31.12.0999", None),
        ("01.01.1000", "1000-01-01"),
        ("2026-10-05", "2026-10-05"),
        ("2026-10-05T23:59:59.999Z", "2026-10-05"),
        ("2026-10-05T22:00:00+02:00", "2026-10-05"),
        ("2026-10-05 10:11:12", "2026-10-05"),
        ("29.02.2024", "2024-02-29"),
        ("29.02.2026", None),
        ("31.04.2026", None),
        ("13/10/2026", None),
        ("10-05-2026", None),
        ("05.10.0026", None),
        ("2026-13-01", None),
        ("2026-10-05T25:00:00Z", None),
        ("0000-01-01", None),
        ("epoch", None),
        ("infinity", None),
        ("20261005", None),
    ],
)
def test_a_date_is_swiss_or_iso(db: Engine, text: str, value: str | None) -> None:
    assert values(db, ColumnKind.DATE, text) == [value]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.dates(min_value=date(1000, 1, 1)), min_size=1, max_size=50))
def test_every_day_reads_the_same_in_both_forms(db: Engine, days: list[date]) -> None:
    iso = [day.isoformat() for day in days]
    assert values(db, ColumnKind.DATE, *iso) == iso
    assert values(db, ColumnKind.DATE, *(f"{day:%d.%m.}{day.year}" for day in days)) == iso


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-10-05T10:11:12.345Z", "2026-10-05 10:11:12.345+00"),
        ("2026-10-05T10:11:12.3456789Z", "2026-10-05 10:11:12.345678+00"),
        ("2026-10-05T10:11:12+02:00", "2026-10-05 08:11:12+00"),
        ("2026-10-05T10:11:12-0530", "2026-10-05 15:41:12+00"),
        ("2026-10-05T10:11:12", "2026-10-05 10:11:12+00"),
        ("2026-10-05 10:11", "2026-10-05 10:11:00+00"),
        ("2026-10-05", "2026-10-05 00:00:00+00"),
        ("2026-02-30T10:00:00Z", None),
        ("2026-10-05T24:00:00Z", None),
        ("2026-10-05T10:11:12+25:00", None),
        ("2026-10-05T10:11:12 Europe/Zurich", None),
        ("1759658672", None),
        ("05.10.2026 10:11", None),
        ("epoch", None),
    ],
)
def test_a_timestamp_is_iso_and_utc_unless_it_says_otherwise(db: Engine, text: str, value: str | None) -> None:
    assert values(db, ColumnKind.TIMESTAMP, text) == [value]


ISO_MOMENT = re.compile(
    r"[1-9]\d{3}-\d\d-\d\d([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-][01]\d(:?[0-5]\d)?)?)?", re.ASCII
)
DAY = re.compile(rf"\d\d?\.\d\d?\.([1-9]\d{{3}}|\d\d)|{ISO_MOMENT.pattern}", re.ASCII)
DECIMAL = re.compile(r"[+-]?(\d+\.?\d{0,24}|\.\d{1,24}|\d+(\.\d+)?[eE][+-]?\d{1,2})", re.ASCII)


def nearly(text: str, signs: str) -> list[str]:
    """The text with each sign in the place of each of its characters, and before each of them."""
    places = range(len(text))
    return [text[:place] + sign + text[end:] for place in places for sign in signs for end in (place, place + 1)]


@pytest.mark.parametrize(
    ("kind", "text", "form"),
    [
        (ColumnKind.TIMESTAMP, "2026-10-05T10:11:12.345Z", ISO_MOMENT),
        (ColumnKind.DATE, "05.10.2026", DAY),
        (ColumnKind.DECIMAL, "0.0116600", DECIMAL),
        (ColumnKind.DECIMAL, "+99999999999999.9", DECIMAL),
    ],
    ids=["moment", "day", "cost", "large number"],
)
def test_what_is_nearly_written_as_programs_write_it_is_read_only_in_the_whole_form(
    db: Engine, kind: ColumnKind, text: str, form: re.Pattern[str]
) -> None:
    texts = nearly(text, "".join(map(chr, range(33, 127))) + "٣ü")
    read = {each for each, value in zip(texts, values(db, kind, *texts), strict=True) if value is not None}
    assert {each for each in read if form.fullmatch(each) is None} == set()
    assert len(read) > len(text)


def test_a_blank_in_the_place_of_a_digit_is_no_moment(db: Engine) -> None:
    texts = nearly("2026-10-05T10:11:12.345Z", " \t\n\v\f\r")
    inside = [each for each in texts if ISO_MOMENT.fullmatch(each.strip(" \t\r\n")) is None]
    assert set(values(db, ColumnKind.TIMESTAMP, *inside)) == {None}


@pytest.mark.parametrize("text", ["null", "NA", "N/A", "None", "\\N", "-", " x "])
def test_words_for_nothing_are_text_like_any_other(db: Engine, text: str) -> None:
    assert values(db, ColumnKind.TEXT, text) == [text]


def test_a_cell_of_blanks_counts_as_empty_not_as_unreadable(db: Engine, tmp_path: Path) -> None:
    cells = ["", " \t\r\n", "0", " x "]
    rows = db.ask(f"FROM (SELECT unnest($cells) AS cell) SELECT {is_filled('cell')}", cells=cells)
    assert [filled for (filled,) in rows] == [False, False, True, True]
