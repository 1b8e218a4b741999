"""The reports of use and of uploads on the simulated platform, equal to a second computation over the raw CSV."""

from collections import defaultdict
from typing import Any

import pytest

from analysis.computing import percent, rows_named, summed_up
from recount import rows_of, totals_of
from simulated import simulated_csv
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS


def totals(content: bytes, type_: str) -> dict[str, Any]:
    return {total.name: total.value for total in summed_up(content, UNIQUE_REPORTS[type_]).totals}


@pytest.mark.parametrize("type_", UNIQUE_REPORTS)
def test_each_cell_of_a_summary_has_its_heading(type_: str) -> None:
    for table in summed_up(simulated_csv(type_), UNIQUE_REPORTS[type_]).tables:
        assert {len(row) for row in table.rows} <= {len(table.columns)}, table.name


def test_uploads_equal_a_second_computation() -> None:
    content = simulated_csv("INGESTION_STAT")
    rows = [(row["Email"], int(row["ContentCount"]), int(row["PageCount"])) for row in rows_of(content)]
    files = sum(each for _, each, _ in rows)
    assert totals(content, "INGESTION_STAT") == {
        "files": files, "pages": sum(pages for *_, pages in rows), "people": len({mail for mail, *_ in rows}),
    }  # fmt: skip
    found = rows_named(summed_up(content, UNIQUE_REPORTS["INGESTION_STAT"], top=100), "users")
    ordered = sorted(rows, key=lambda row: (-row[1], row[0].encode()))
    assert found == [[mail, each, percent(each, files), pages] for mail, each, pages in ordered]


def test_chats_equal_a_second_computation() -> None:
    content = simulated_csv("CHAT_INTERACTION")
    rows = rows_of(content)
    assert totals(content, "CHAT_INTERACTION") == totals_of(rows)
    pairs = defaultdict[tuple[str, str], list[int]](list)
    for row in rows:
        pairs[row["Email"], row["Assistant"]].append(int(row["Count"]))
    whole = totals_of(rows)["interactions"]
    ordered = sorted(pairs.items(), key=lambda item: (-sum(item[1]), item[0][0].encode(), item[0][1].encode()))
    found = rows_named(summed_up(content, UNIQUE_REPORTS["CHAT_INTERACTION"], top=1000), "users_and_assistants")
    assert found == [[*pair, sum(counts), percent(sum(counts), whole), len(counts)] for pair, counts in ordered]
