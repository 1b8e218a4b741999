"""Columns that nobody declared: kept, of the kind that all their cells show, and told about without their texts."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.computing import OCTOBER, csv_of, own_caveats, rows_named, summed_up
from analysis.reading import VISITS, read, report_type
from recount import rows_of
from simulated import simulated_csv
from unique_analytics_mcp.analysis import intake
from unique_analytics_mcp.analysis.covered import Covered
from unique_analytics_mcp.analysis.figures import figures
from unique_analytics_mcp.analysis.intake import convert
from unique_analytics_mcp.analysis.profile import MOST_DISTINCT
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.domain.summary import UNDECLARED

EXPORT = UNIQUE_REPORTS["USER_CHAT_EXPORT"]
OPEN = report_type(open_schema=True)

# Which kind


@pytest.mark.parametrize(
    ("header", "cells", "kind"),
    [
        pytest.param("Seats", ["1", "20", "-3", "0"], "integer", id="whole numbers"),
        pytest.param("Seats", ["1", "", " 20 "], "integer", id="empty cells and blanks do not matter"),
        pytest.param("Seats", ["9223372036854775807", "1"], "integer", id="64 bit"),
        pytest.param("Seats", ["9223372036854775808", "1"], "text", id="more than 64 bit"),
        pytest.param("Seats", ["007", "8"], "text", id="leading zeros"),
        pytest.param("Seats", ["+41", "8"], "text", id="a sign that programs do not print"),
        pytest.param("Seats", ["1'000", "8"], "text", id="apostrophes"),
        pytest.param("Seats", ["1", "2", "many"], "text", id="one cell that does not fit"),
        pytest.param("Seats", ["", " "], "text", id="nothing at all"),
        pytest.param("Rate", ["1", "2.5", "0.000001"], "decimal", id="decimals among whole numbers"),
        pytest.param("Rate", ["1e-7", "-2.5e-7", "0.1"], "decimal", id="exponents as JavaScript prints them"),
        pytest.param("Rate", ["12e5", "0.1"], "text", id="exponents that may be a name"),
        pytest.param("Rate", ["01.5"], "text", id="a decimal with a leading zero"),
        pytest.param("Rate", ["1,5"], "text", id="a decimal comma"),
        pytest.param("Rate", ["NaN", "1"], "text", id="not a number"),
        pytest.param("Since", ["05.10.2026", "2026-10-06", ""], "date", id="days"),
        pytest.param("Since", ["31.02.2026"], "text", id="no such day"),
        pytest.param("Since", ["10/05/2026"], "text", id="days with slashes"),
        pytest.param("Since", ["2026-10-05T08:00:00.123Z", "2026-10-05 08:00:00+02:00"], "timestamp", id="moments"),
        pytest.param("Since", ["2026-10-05T08:00:00Z", "2026-10-05"], "text", id="a day among moments"),
        pytest.param("Since", ["2026-10-05T08:00:00.1234567Z"], "text", id="more digits than a moment keeps"),
        pytest.param("Chat ID", ["1001", "1002"], "text", id="identifiers"),
        pytest.param("Zip", ["8001", "8002"], "text", id="places"),
        pytest.param("Paid", ["1", "2"], "integer", id="a word that ends like one"),
    ],
)
@pytest.mark.parametrize(
    "carefully",
    [pytest.param(False, id="as it is"), pytest.param(True, id="rewritten", marks=pytest.mark.thorough)],
)
def test_a_column_is_of_the_kind_that_all_its_cells_show(
    header: str, cells: Sequence[str], kind: str, carefully: bool
) -> None:
    found = read(csv_of([header, "Other"], [[cell, "x"] for cell in cells]), OPEN, carefully=carefully)
    assert [kind for _, _, kind in found.intake.columns] == [kind, "text"]
    assert len(found.rows) == len(cells)
    assert sum(cell is not None for cell, _ in found.rows) == sum(
        cell != "" if kind == "text" else cell.strip() != "" for cell in cells
    )


def test_declared_columns_keep_their_kind_and_only_the_others_are_inferred() -> None:
    content = csv_of(["Email", "Date", "Count", "Seats"], [["7", "05.10.2026", "x", "3"]])
    found = read(content, VISITS).intake
    assert [(name, kind) for _, name, kind in found.columns] == [
        ("email", "text"), ("date", "date"), ("count", "integer"), ("seats", "integer"),
    ]  # fmt: skip
    assert (found.columns_inferred, found.columns_unknown) == (("seats",), ("Seats",))
    assert found.unreadable_cells == {"count": 1}


def test_of_many_columns_the_engine_is_never_asked_for_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "_INFERRED_AT_ONCE", 2)
    asked: list[int] = []

    def counted(*args: Any) -> Any:
        asked.append(len(args[2]))
        return kinds_of(*args)

    kinds_of = intake._kinds_of
    monkeypatch.setattr(intake, "_kinds_of", counted)
    found = read(csv_of(["A", "B", "C", "D", "E"], [["1", "x", "1.5", "2", "05.10.2026"]]), OPEN).intake
    assert [kind for _, _, kind in found.columns] == ["integer", "text", "decimal", "integer", "date"]
    assert asked == [2, 2, 1]


# A second implementation, in plain Python over the raw CSV

_INTEGER = re.compile(r"-?[1-9][0-9]*|0")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,13})(\.[0-9]{1,24})?")
_DAY = re.compile(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z")


def value_of(cell: str) -> int | Decimal | date | datetime | str:
    """The cell as the narrowest kind it fits."""
    if _INTEGER.fullmatch(cell):
        return int(cell)
    if _DECIMAL.fullmatch(cell):
        return Decimal(cell)
    if found := _DAY.fullmatch(cell):
        return date(int(found[3]), int(found[2]), int(found[1]))
    return datetime.fromisoformat(cell) if _MOMENT.fullmatch(cell) else cell


def shown(value: object) -> Any:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    if isinstance(value, datetime):
        text = value.astimezone(UTC).isoformat(timespec="milliseconds" if value.microsecond else "seconds")
        return re.sub(r"(\.[0-9]*?)0+(?=\+)", r"\1", text).replace("+00:00", "Z")
    return f"{value}" if isinstance(value, date) else value


def profile_by_hand(content: bytes, *declared: str) -> list[list[Any]]:
    rows = list[list[Any]]()
    read_rows = rows_of(content)
    for header in read_rows[0]:
        cells = [row[header] for row in read_rows]
        filled = [cell for cell in cells if cell]
        values = [value_of(cell) for cell in filled]
        kinds = {type(value) for value in values}
        kind = kinds.pop() if len(kinds) == 1 else Decimal if kinds == {int, Decimal} else str
        name = {int: "integer", Decimal: "decimal", date: "date", datetime: "timestamp", str: "text"}[kind]
        if header.endswith("ID") or header in declared:
            kind, name = str, "text"
        told = [None, None]
        if kind is not str:
            ordered: list[Any] = [Decimal(str(each)) if kind is Decimal else each for each in values]
            told = [shown(min(ordered)), shown(max(ordered))]
        distinct = len({*filled} if kind is str else {*values})
        rows.append(
            [
                header.lower().replace(" ", "_"),
                name if header in declared else f"{name} (inferred)",
                len(filled),
                distinct if distinct <= MOST_DISTINCT else f"more than {MOST_DISTINCT}",
                *told,
            ]
        )
    return rows


def test_the_simulated_export_equals_a_second_computation() -> None:
    content = simulated_csv("USER_CHAT_EXPORT")
    found = summed_up(content, EXPORT)
    assert rows_named(found, "columns") == profile_by_hand(content, "Prompt")
    assert [(total.name, total.value) for total in found.totals] == [("rows", len(rows_of(content)))]
    kinds = "Email (text), Timestamp (timestamp), Assistant (text), Chat ID (text)"
    assert own_caveats(found, EXPORT) == [f"Undocumented columns, kept; their kinds are inferred: {kinds}."]


def test_what_people_wrote_and_who_wrote_it_is_never_told() -> None:
    content = simulated_csv("USER_CHAT_EXPORT")
    told = summed_up(content, EXPORT)
    prompts = {row["Prompt"] for row in rows_of(content)}
    assert len(prompts) > 100
    assert not any(repr(prompt)[1:-1] in str(told) for prompt in prompts)
    assert not any(row["Email"] in str(told) for row in rows_of(content))


CELLS = (
    st.integers(-50, 50).map(str),
    st.integers(-(10**12), 10**12).map(str),
    st.decimals(-1000, 1000, places=3).map(str).filter(lambda text: not text.startswith("-0.000")),
    st.dates(date(1990, 1, 1), date(2030, 1, 1)).map(lambda day: f"{day:%d.%m.%Y}"),
    st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1)).map(  # noqa: DTZ001 - no zone meant
        lambda moment: f"{moment.isoformat(timespec='milliseconds')[:23].ljust(23, '0')}Z"
    ),
    st.sampled_from(["a", "b", "x,y", "007"]),
)


COLUMN = st.sampled_from(CELLS) | st.just(st.one_of(CELLS))


@pytest.mark.thorough
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_any_columns_equal_a_second_computation(data: st.DataObject) -> None:
    columns = [data.draw(COLUMN) | st.just("") for _ in range(3)]
    rows = data.draw(st.lists(st.tuples(st.just("row"), *columns), min_size=1, max_size=12))
    content = csv_of(["Place", "One", "Two", "Three"], rows)
    assert rows_named(summed_up(content, OPEN), "columns") == profile_by_hand(content)


# What else is said


def test_unknown_columns_of_a_known_report_stand_behind_its_figures() -> None:
    chats = UNIQUE_REPORTS["CHAT_INTERACTION"]
    content = csv_of(["Email", "Assistant", "Count", "Seats"], [["ada@example.com", "Helper", 3, 12]])
    found = summed_up(content, chats)
    assert found.tables[-1].name == UNDECLARED
    assert rows_named(found, UNDECLARED) == [["seats", "integer (inferred)", 1, 1, 12, 12]]
    assert "Undocumented columns, kept; their kinds are inferred: Seats (integer)." in found.caveats


def test_many_different_values_are_said_to_be_many() -> None:
    rows = [[n, f"text {n % MOST_DISTINCT}"] for n in range(MOST_DISTINCT + 1)]
    found = rows_named(summed_up(csv_of(["Number of Rows", "Words"], rows), OPEN), "columns")
    assert [row[3] for row in found] == [f"more than {MOST_DISTINCT}", MOST_DISTINCT]


def test_a_column_that_differs_between_the_parts_of_a_window_is_said_to_differ(tmp_path: Path) -> None:
    parquets = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    for parquet, cell in zip(parquets, ("05.10.2026", "7"), strict=True):
        parquet.with_suffix(".csv").write_bytes(csv_of(["Seats", "Rate"], [[cell, "1.5"]]))
        convert(parquet.with_suffix(".csv"), parquet, OPEN)
    found = figures(Covered(window=OCTOBER, parquet=parquets), OPEN, top=3)
    assert rows_named(found, "columns") == [
        ["seats", "differs between the orders", None, None, None, None],
        ["rate", "decimal (inferred)", 2, 1, "1.5", "1.5"],
    ]
