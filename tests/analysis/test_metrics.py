"""Metrics by family: people of a day, added neither over days nor over metrics, equal to a second computation."""

from collections import defaultdict
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.computing import (
    OCTOBER,
    SEPTEMBER,
    compared,
    csv_of,
    own_caveats,
    percent,
    rounded,
    rows_named,
    summed_up,
    window_of,
)
from recount import rows_of
from simulated import simulated_csv
from unique_analytics_mcp.analysis.caveats import of_workdays
from unique_analytics_mcp.analysis.metrics import OTHER_DAYS
from unique_analytics_mcp.analysis.readings import FIRST_PEAK, ROUNDED
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.domain.readings import Family
from unique_analytics_mcp.domain.summary import Figures

METRICS = UNIQUE_REPORTS["PRODUCT_METRICS"]
HEADERS = ["S/N", "Metric Key", "Metric Value", "Partition Timestamp"]


def test_metrics_that_read_alike_are_said_to_be_several() -> None:
    keys = ("kb_visit", "KB_visit", "message:tools:usage:web", "", "")
    found = summed_up(csv_of(HEADERS, [[1, key, 4, "2026-10-05T00:00:00Z"] for key in keys]), METRICS, top=1)
    said = [caveat for caveat in own_caveats(found, METRICS) if "nothing but capitals" in caveat]
    assert [caveat.split(" some ")[0] for caveat in said] == ["In knowledge_base"]


# A second implementation, in plain Python over the raw CSV

FAMILIES = ("chat_features", "tools", "mcp_servers", "knowledge_base", "agentic_table", "other")


def family_of(key: str) -> str:
    folded = key.lower()
    if folded in ("space_interaction", "context_window_interaction", "select_files_to_chat"):
        return "chat_features"
    if folded.startswith("message:tools:usage:"):
        return "tools"
    if folded.startswith("mcp:server:tool:usage:"):
        return "mcp_servers"
    if folded in ("kb_visit", "kb_document_upload", "kb_scope_created", "kb_document_search"):
        return "knowledge_base"
    return "agentic_table" if folded.startswith("agentic_table_") else "other"


def days_of(content: bytes) -> dict[str, dict[str, int]]:
    """By key and day the largest value."""
    found = defaultdict[str, dict[str, int]](dict)
    for row in rows_of(content):
        if row["Metric Value"] and row["Partition Timestamp"]:
            days, day = found[row["Metric Key"]], row["Partition Timestamp"][:10]
            days[day] = max(days.get(day, 0), int(row["Metric Value"]))
    return found


def average(days: dict[str, int]) -> Fraction:
    return Fraction(sum(days.values()), len(days))


def name_of(key: str) -> str:
    """What is left of a key in the first column, with a tool behind it where there is one."""
    for prefix in ("message:tools:usage:", "mcp:server:tool:usage:"):
        if key.lower().startswith(prefix):
            return key[len(prefix) :]
    return key or "(empty)"


def row_of(key: str, days: dict[str, int]) -> list[Any]:
    most, last = max(days.values()), max(days)
    first_peak = min(day for day, value in days.items() if value == most)
    used = sum(value > 0 for value in days.values())
    return [name_of(key), rounded(average(days)), most, first_peak, used, days[last], last]


def beside_unlisted(found: Figures) -> list[str]:
    """What is said of these rows, beside which families they lack."""
    return [said for said in own_caveats(found, METRICS) if not said.startswith("Without any value in the report:")]


def by_hand(content: bytes) -> dict[str, list[list[Any]]]:
    found = days_of(content)
    order = sorted(found, key=lambda key: (-average(found[key]), key == "", key.encode()))
    rows = {name: [row_of(key, found[key]) for key in order if family_of(key) == name] for name in FAMILIES}
    return {name: each for name, each in rows.items() if each}


def compared_by_hand(now: bytes, before: bytes) -> dict[str, list[list[Any]]]:
    later, earlier = days_of(now), days_of(before)
    none = Fraction(-1)

    def place(key: str) -> tuple[Any, ...]:
        return (
            -(average(later[key]) if key in later else none),
            -(average(earlier[key]) if key in earlier else none),
            key == "",
            key.encode(),
        )

    rows = defaultdict[str, list[list[Any]]](list)
    for key in sorted({*later, *earlier}, key=place):
        both = [average(side[key]) if key in side else None for side in (later, earlier)]
        shown = [None if value is None else rounded(value) for value in both]
        changed: list[Any] = [None, "gone" if both[0] is None else "new"]
        if both[0] is not None and both[1] is not None:
            changed = [rounded(both[0] - both[1]), percent(both[0] - both[1], both[1])]
        days = [len(side[key]) if key in side else None for side in (later, earlier)]
        rows[family_of(key)].append([name_of(key), *shown, *changed, *days])
    return rows


def shown(found: Figures) -> dict[str, list[list[Any]]]:
    """Each family's rows, server and tool in one cell."""
    tables = [table for table in found.tables if table.name in FAMILIES]
    return {
        table.name: [
            [f"{row[0]}:{row[1]}" if row[1] else row[0], *row[2:]] if table.columns[1] == "tool" else row
            for row in table.rows
        ]
        for table in tables
    }


# On the simulated platform


def test_the_simulated_report_equals_a_second_computation() -> None:
    content = simulated_csv("PRODUCT_METRICS")
    found = summed_up(content, METRICS)
    assert shown(found) == by_hand(content)
    assert list(shown(found)) == [name for name in FAMILIES if name != "other"]


def test_the_simulated_comparison_equals_a_second_computation() -> None:
    now, before = simulated_csv("PRODUCT_METRICS"), simulated_csv("PRODUCT_METRICS", SEPTEMBER.start, SEPTEMBER.end)
    found = compared(now, before, METRICS)
    assert shown(found) == compared_by_hand(now, before)
    assert {table.name: table.columns for table in found.tables}["tools"] == [
        *("tool", "average", "before", "change", "change_percent", "days", "days_before")
    ]


def test_the_headline_of_a_comparison_names_the_metrics_of_most_people() -> None:
    now = [*uses("space_interaction", 9, 8), *uses("message:tools:usage:Web", 3), *uses("kb_visit", 1)]
    before = [*uses("space_interaction", 8), *uses("message:tools:usage:Web", 3), *uses("kb_visit", 5)]
    found = compared(csv_of(HEADERS, now), csv_of(HEADERS, before), METRICS)
    assert found.headline.startswith(
        "People who used space_interaction on an average day rose from 8 to 8.5 (+0.5, +6.3 %) over 2 days, 1 before "
        "and people who used Web on an average day stayed at 3, compared with the "
    )


def test_a_comparison_without_a_metric_of_both_windows_counts_what_is_listed() -> None:
    now, before = uses("kb_visit", 4, 5), uses("message:tools:usage:Web", 3)
    found = compared(csv_of(HEADERS, now), csv_of(HEADERS, before), METRICS)
    assert found.headline.startswith(
        "Values listed rose from 1 to 2 (+1, +100.0 %) and different metrics stayed at 1, compared with the "
    )


# On random rows

KEYS = (
    *("space_interaction", "kb_visit", "KB_Visit", "agentic_table_cell_update", "new_thing", ""),
    *(f"message:tools:usage:{tool}" for tool in ("A b", "")),
    *(f"mcp:server:tool:usage:{name}" for name in ("mail.example", "mail.example:send")),
    "MCP:Server:Tool:Usage:mail.example:8443",
)
ROWS = st.lists(
    st.tuples(
        st.just(""),
        st.sampled_from(KEYS),
        st.integers(0, 9).map(str) | st.integers(0, 2**31).map(str) | st.just(""),
        st.integers(1, 6).map(lambda day: f"2026-10-0{day}T00:00:00.000Z") | st.just(""),
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=8, deadline=None)
@given(rows=ROWS)
def test_metrics_of_any_kind_equal_a_second_computation(rows: list[tuple[str, ...]]) -> None:
    content = csv_of(HEADERS, rows)
    assert shown(summed_up(content, METRICS)) == by_hand(content)


@pytest.mark.thorough
@settings(max_examples=4, deadline=None)
@given(now=ROWS, before=ROWS)
def test_two_windows_side_by_side_equal_a_second_computation(
    now: list[tuple[str, ...]], before: list[tuple[str, ...]]
) -> None:
    contents = csv_of(HEADERS, now), csv_of(HEADERS, before)
    assert shown(compared(*contents, METRICS)) == compared_by_hand(*contents)


# What is said


def uses(key: str, *values: object, day: int = 1) -> list[list[object]]:
    return [["", key, value, f"2026-10-{day + n:02}T00:00:00Z"] for n, value in enumerate(values)]


def test_features_that_are_cut_off_among_equals_are_said_to_be() -> None:
    def said(*people: list[int]) -> list[str]:
        rows = [row for place, each in enumerate(people) for row in uses(f"message:tools:usage:{place}", *each)]
        caveats = summed_up(csv_of(HEADERS, rows), METRICS, top=2).caveats
        return [caveat for caveat in caveats if caveat.startswith("Place ")]

    assert said([5], [3], [3]) == ["Place 2 of tools is shared with groups that are left out."]
    assert said([5], [3]) == said([5], [3], [2]) == []
    assert said([5], [30] * 30 + [31], [30] * 30) == [], "what reads alike need not be equal"


def test_people_of_several_days_or_metrics_are_nowhere_added() -> None:
    rows = [*uses("message:tools:usage:WebSearch", 40, 30, 50), *uses("message:tools:usage:Calculator", 31)]
    found = summed_up(csv_of(HEADERS, rows), METRICS)
    assert rows_named(found, "tools") == [
        ["WebSearch", "40", 50, "2026-10-03", 3, 50, "2026-10-03"],
        ["Calculator", "31", 31, "2026-10-01", 1, 31, "2026-10-01"],
    ]
    assert found.headline == (
        "The tool of most people was WebSearch: 40 on an average day, 50 at most, with use on 3 days."
    )
    assert beside_unlisted(found) == [ROUNDED]


def test_a_day_that_was_not_over_is_in_no_average() -> None:
    running = window_of(OCTOBER.start, date(2026, 10, 3)).model_copy(update={"complete": False})
    rows = [*uses("message:tools:usage:Web", 40, 30, 2), *uses("message:tools:usage:New", 90, day=3)]
    found = summed_up(csv_of(HEADERS, rows), METRICS, running)
    assert rows_named(found, "tools") == [
        ["Web", "35", 40, "2026-10-01", 3, 2, "2026-10-03"],
        ["New", None, 90, "2026-10-03", 1, 90, "2026-10-03"],
    ]
    assert "Web: 35 on an average day, 40 at most" in found.headline
    assert beside_unlisted(found) == [
        "2 values of 2026-10-03 or later, which was not over: in no average.",
        ROUNDED,
    ]


def test_where_the_running_day_is_all_there_is_its_values_stand() -> None:
    today = window_of(OCTOBER.start, OCTOBER.start).model_copy(update={"complete": False})
    found = summed_up(csv_of(HEADERS, uses("message:tools:usage:Web", 4)), METRICS, today)
    assert rows_named(found, "tools") == [["Web", 4]]
    assert beside_unlisted(found) == []


def test_of_one_day_each_metric_has_one_number_and_no_average() -> None:
    day = window_of(OCTOBER.start, OCTOBER.start)
    rows = [
        *uses("message:tools:usage:Web", 4),
        *uses("space_interaction", 1),
        *uses("mcp:server:tool:usage:mail:a", 1),
    ]
    found = summed_up(csv_of(HEADERS, rows), METRICS, day)
    assert {table.name: (table.columns, table.rows) for table in found.tables} == {
        "chat_features": (["metric", "people"], [["space_interaction", 1]]),
        "tools": (["tool", "people"], [["Web", 4]]),
        "mcp_servers": (["server", "tool", "people"], [["mail", "a", 1]]),
    }
    assert found.headline == (
        "The chat feature of most people was space_interaction: 1 person. The tool of most people was Web: 4 people. "
        "The MCP server of most people was mail: 1 person."
    )


def test_values_of_another_day_than_the_one_asked_for_keep_their_day() -> None:
    day = window_of(OCTOBER.start, OCTOBER.start)
    found = summed_up(csv_of(HEADERS, uses("message:tools:usage:Web", 4, 6)), METRICS, day)
    assert rows_named(found, "tools") == [["Web", "5", 6, "2026-10-02", 2, 6, "2026-10-02"]]
    (other,) = summed_up(csv_of(HEADERS, uses("kb_visit", 4, day=2)), METRICS, day).tables
    assert other.rows == [["kb_visit", "4", 4, "2026-10-02", 1, 4, "2026-10-02"]]


def test_kinds_of_features_that_the_report_lists_nothing_of_are_named() -> None:
    found = summed_up(csv_of(HEADERS, [*uses("kb_visit", 4), *uses("space_interaction", 1)]), METRICS)
    assert "Without any value in the report: tools, mcp_servers, agentic_table." in found.caveats
    both = csv_of(HEADERS, uses("kb_visit", 4)), csv_of(HEADERS, uses("message:tools:usage:Web", 4))
    assert (
        "Without any value in the report: chat_features, mcp_servers, agentic_table."
        in compared(*both, METRICS).caveats
    )
    every = [use for key in ("kb_visit", "space_interaction", "message:tools:usage:Web") for use in uses(key, 1)]
    rest = [use for key in ("mcp:server:tool:usage:mail", "agentic_table_cell_update") for use in uses(key, 1)]
    assert own_caveats(summed_up(csv_of(HEADERS, [*every, *rest]), METRICS), METRICS) == [ROUNDED]


def test_metrics_of_a_running_day_alone_lead_nothing() -> None:
    running = window_of(OCTOBER.start, date(2026, 10, 3)).model_copy(update={"complete": False})
    rows = [use for name in "AB" for use in uses(f"message:tools:usage:{name}", 9, day=3)]
    found = summed_up(csv_of(HEADERS, rows), METRICS, running)
    assert found.headline == "The report has 2 rows."
    assert not [said for said in found.caveats if "first place" in said]


def test_a_running_window_is_compared_by_its_whole_days() -> None:
    running = OCTOBER.model_copy(update={"complete": False})
    now = [*uses("kb_visit", 9, 1, day=30), *uses("space_interaction", 5, day=31), *uses("kb_scope_created", 7, day=31)]
    before = [["", "kb_visit", 8, "2026-09-30T00:00:00Z"], ["", "kb_scope_created", 6, "2026-09-30T00:00:00Z"]]
    found = compared(csv_of(HEADERS, now), csv_of(HEADERS, before), METRICS, now_in=running)
    assert shown(found) == {
        "chat_features": [["space_interaction", None, None, None, "new", 0, None]],
        "knowledge_base": [
            ["kb_visit", "9", "8", "1", 12.5, 1, 1],
            ["kb_scope_created", None, "6", None, None, 0, 1],
        ],
    }
    assert (
        "2026-10-01 to 2026-10-31: 3 values of 2026-10-31 or later, which was not over: in no average." in found.caveats
    )


@pytest.mark.parametrize("top", [1, 2])
def test_a_place_of_most_people_that_another_metric_shares_is_said_to_be_shared(top: int) -> None:
    rows = [*uses("message:tools:usage:A", 4), *uses("message:tools:usage:B", 3, 5), *uses("kb_visit", 4)]
    found = summed_up(csv_of(HEADERS, rows), METRICS, top=top)
    assert found.headline.startswith(
        "The tool of most people was A: 4 on an average day, 4 at most, with use on 1 day; the first place of tools is "
        "shared."
    )
    assert [caveat for caveat in found.caveats if "shared; " in caveat] == [
        "The first place of tools is shared; equal groups are listed in the order of their names."
    ]


@pytest.mark.parametrize(("values", "is_said"), [((5, 2, 5), True), ((5, 2, 4), False)], ids=["two days", "one"])
def test_a_peak_of_several_days_is_said_to_be_one(values: tuple[int, ...], is_said: bool) -> None:
    found = summed_up(csv_of(HEADERS, uses("kb_visit", *values)), METRICS)
    assert rows_named(found, "knowledge_base")[0][2:4] == [5, "2026-10-01"]
    assert (FIRST_PEAK in found.caveats) is is_said


def test_a_family_is_cut_and_says_how_many_there_are() -> None:
    rows = [use for n in range(5) for use in uses(f"message:tools:usage:Tool {n}", n)]
    (tools,) = [table for table in summed_up(csv_of(HEADERS, rows), METRICS, top=2).tables if table.name == "tools"]
    assert ([row[0] for row in tools.rows], tools.total_rows, tools.truncated) == (["Tool 4", "Tool 3"], 5, True)


def test_a_server_of_which_no_tool_is_named_stands_beside_those_with_one() -> None:
    rows = [*uses("mcp:server:tool:usage:mail", 2), *uses("mcp:server:tool:usage:mail:send", 1)]
    assert [row[:3] for row in rows_named(summed_up(csv_of(HEADERS, rows), METRICS), "mcp_servers")] == [
        ["mail", None, "2"],
        ["mail", "send", "1"],
    ]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        pytest.param(
            [*uses("kb_visit", 1), ["", "kb_visit", 4, ""], *uses("kb_visit", "", day=2)],
            "2 rows without a readable day and value: in no table.",
            id="rows without day or value",
        ),
        pytest.param(
            [*uses("kb_visit", 1), *uses("kb_visit", 4)],
            "1 value more than there are metrics and days: of several values of one metric on one day the largest "
            "counts, because people must not be added.",
            id="two values of one day",
        ),
        pytest.param(
            [["", "kb_visit", 4, "2026-09-30T22:00:00Z"]],
            "1 value of a day outside the window, by its timestamp in UTC: counted like the others.",
            id="a day outside the window",
        ),
    ],
)
def test_what_limits_the_numbers_is_said(rows: list[list[object]], said: str) -> None:
    assert beside_unlisted(summed_up(csv_of(HEADERS, rows), METRICS)) == [said, ROUNDED]


def test_of_two_windows_each_says_what_limits_its_numbers() -> None:
    before = [["", "kb_visit", 4, "2026-09-30T00:00:00Z"], ["", "kb_visit", 4, ""]]
    found = compared(csv_of(HEADERS, [*uses("kb_visit", 1), *uses("kb_visit", 4)]), csv_of(HEADERS, before), METRICS)
    assert beside_unlisted(found) == [
        (
            "2026-10-01 to 2026-10-31: 1 value more than there are metrics and days: of several values of one metric "
            "on one day the largest counts, because people must not be added."
        ),
        "2026-08-31 to 2026-09-30: 1 row without a readable day and value: in no table.",
        ROUNDED,
        *of_workdays(OCTOBER, SEPTEMBER),
    ]


def test_a_comparison_of_averages_over_other_numbers_of_days_says_so() -> None:
    """Ninety uses of four days against 89 of three: a fall of the average is no fall of the use."""
    quiet = csv_of(HEADERS, uses("select_files_to_chat", 30, 30, 29, 1))
    busy = csv_of(HEADERS, uses("select_files_to_chat", 30, 30, 29))
    found = compared(quiet, busy, METRICS)
    assert rows_named(found, "chat_features") == [["select_files_to_chat", "22.5", "29.7", "-7.2", -24.2, 4, 3]]
    assert OTHER_DAYS in found.caveats
    assert " fell from 29.7 to 22.5 (-7.2, -24.2 %) over 4 days, 3 before, " in found.headline
    assert OTHER_DAYS not in compared(busy, busy, METRICS).caveats


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        ("mcp:mail.example", ["mail.example"]),
        ("mcp:mail.example:send", ["mail.example", "send"]),
        ("mcp:mail.example:8443", ["mail.example:8443"]),
        ("mcp:mail.example:8443:send", ["mail.example:8443", "send"]),
        ("mcp:mail.example:", ["mail.example:"]),
        ("mcp:", [""]),
    ],
    ids=str,
)
def test_a_key_is_split_into_server_and_tool_where_it_shows_both(key: str, parts: list[str]) -> None:
    assert Family(name="servers", prefix="mcp:", parts=("server", "tool")).named(key) == parts
