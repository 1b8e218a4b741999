"""Rows that two orders of one window both have are counted twice, and that is said."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from analysis.chats import HEADERS
from analysis.computing import OCTOBER, SEPTEMBER, csv_of, own_caveats
from documented import report_of
from unique_analytics_mcp.analysis.comparison import comparison
from unique_analytics_mcp.analysis.covered import Covered
from unique_analytics_mcp.analysis.figures import figures
from unique_analytics_mcp.analysis.intake import convert
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS

CHAT, MODEL = UNIQUE_REPORTS["CHAT_INTERACTION"], UNIQUE_REPORTS["MODEL_USAGE"]
Days = Sequence[int]


def chats(days: Days, headers: Sequence[str] = HEADERS) -> bytes:
    rows = [["ada@example.com", f"{day:02}.10.2026", "Helper", 2, 2, 0, 0, 0][: len(headers)] for day in days]
    return csv_of(headers, rows)


def calls(days: Days) -> bytes:
    times = enumerate((f"2026-10-{day:02}T23:30:00Z" for day in days), 1)
    rows = [[number, "ada", "7", "c", "app", "gpt", "0.1", 1, 1, time] for number, time in times]
    return report_of("MODEL_USAGE", rows)


def typed(folder: Path, *files: bytes, name: str = "CHAT_INTERACTION") -> list[Path]:
    paths: list[Path] = []
    for place, content in enumerate(files):
        source, parquet = folder / f"{place}.csv", folder / f"{place}.parquet"
        source.write_bytes(content)
        convert(source, parquet, UNIQUE_REPORTS[name])
        paths.append(parquet)
    return paths


ONE = "1 row is in two of the orders, alike in every documented column: it counts twice."
TWO = "2 rows are in two of the orders, alike in every documented column: they count twice."


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([[1, 2, 3], [4, 5]], []),
        ([[1, 2, 3, 4], [4, 5]], [ONE]),
        ([[4, 5, 6], [1, 2, 3, 4], [6, 7]], [TWO]),
        ([[1, 5], [2, 3], [4, 5]], [ONE]),
        ([[1, 5], [2, 3]], []),
        ([[1, 1], [2]], []),
        ([[], [1]], []),
    ],
    ids=["apart", "a day beyond", "beyond on both sides", "one within another", "between", "in one order", "empty"],
)
def test_rows_that_two_orders_have_are_said_to_count_twice(parts: list[Days], said: list[str], tmp_path: Path) -> None:
    found = figures(Covered(window=OCTOBER, parquet=typed(tmp_path, *map(chats, parts))), CHAT, top=3)
    assert [caveat for caveat in own_caveats(found, CHAT) if "two of the orders" in caveat] == said


def test_serial_numbers_do_not_make_calls_of_two_orders_others(tmp_path: Path) -> None:
    tables = typed(tmp_path, calls([1, 2, 3]), calls([3, 4]), name="MODEL_USAGE")
    found = figures(Covered(window=OCTOBER, parquet=tables), MODEL, top=3)
    assert ONE in found.caveats


def test_a_column_that_one_order_lacks_is_left_out_of_account(tmp_path: Path) -> None:
    tables = typed(tmp_path, chats([1, 2]), chats([2, 3], HEADERS[:3]))
    found = figures(Covered(window=OCTOBER, parquet=tables), CHAT, top=3)
    assert ONE in found.caveats


def test_of_two_windows_each_says_what_counts_twice_in_it(tmp_path: Path) -> None:
    now, also, before = typed(tmp_path, chats([1, 2]), chats([2, 3]), chats([4]))
    sides = Covered(window=OCTOBER, parquet=[now, also]), Covered(window=SEPTEMBER, parquet=[before])
    assert f"2026-10-01 to 2026-10-31: {ONE}" in comparison(*sides, CHAT, top=3).caveats
