"""The reports of the pretend platform: their headers, how they agree, and how they are written."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest

from documented import HEADERS
from recount import rows_of
from simulated import FIRM
from unique_analytics_mcp.simulator.unique.reports import (
    REPORTS,
    Extract,
    Pseudonyms,
    csv_chunks,
)

OCTOBER = Extract(firm=FIRM, order_id="order", start=date(2026, 10, 1), end=date(2026, 10, 31))
SUMMER = replace(OCTOBER, start=date(2026, 6, 1))
ALL = sorted(REPORTS)
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

INVENTED = ("Email", "Timestamp", "Assistant", "Chat ID")
"""Columns of USER_CHAT_EXPORT beside the documented one."""


def written(type_: str, source: Extract = OCTOBER) -> bytes:
    return b"".join(csv_chunks(REPORTS[type_], source))


def records(type_: str, source: Extract = OCTOBER) -> list[dict[str, str]]:
    return rows_of(written(type_, source))


def by_day(type_: str) -> Iterator[list[dict[str, str]]]:
    return (records(type_, replace(OCTOBER, start=day, end=day)) for day in OCTOBER.days())


def total(rows: list[dict[str, str]], column: str) -> int:
    return sum(int(row[column]) for row in rows)


def unnumbered(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{name: value for name, value in row.items() if name != "S/N"} for row in rows]


def test_the_platform_has_the_documented_reports_with_their_columns():
    expected = HEADERS | {"USER_CHAT_EXPORT": (*INVENTED, *HEADERS["USER_CHAT_EXPORT"])}
    assert {type_: report.columns for type_, report in REPORTS.items()} == expected


@pytest.mark.parametrize("type_", ALL)
def test_report_begins_with_its_header(type_: str):
    assert written(type_).decode().splitlines()[0] == "\ufeff" + ",".join(REPORTS[type_].columns)


@pytest.mark.parametrize("type_", ALL)
def test_equal_requests_give_equal_bytes(type_: str):
    assert written(type_) == written(type_)


@pytest.mark.parametrize("type_", ALL)
def test_every_row_is_as_wide_as_the_header(type_: str):
    rows = list(csv.reader(StringIO(written(type_).decode("utf-8-sig"), newline="")))

    assert {len(row) for row in rows} == {len(REPORTS[type_].columns)}
    assert len(rows) > 1


@pytest.mark.parametrize(
    "type_",
    ["CHAT_INTERACTION", "CHAT_INTERACTION_DETAILED", "MODEL_USAGE", "NPS", "PRODUCT_METRICS", "USER_CHAT_EXPORT"],
)
def test_month_is_the_rows_of_its_days_one_after_the_other(type_: str):
    assert unnumbered(records(type_)) == unnumbered([row for rows in by_day(type_) for row in rows])


@pytest.mark.parametrize(
    ("type_", "key", "measures"),
    [
        ("REFERENCE_STAT", "File Name", ["Reference Count"]),
        ("INGESTION_STAT", "UserId", ["ContentCount", "PageCount"]),
    ],
)
def test_totals_of_a_month_are_the_sum_of_its_days(type_: str, key: str, measures: list[str]):
    for measure in measures:
        daily: Counter[str] = Counter()
        for rows in by_day(type_):
            daily.update({row[key]: int(row[measure]) for row in rows})
        assert {row[key]: int(row[measure]) for row in records(type_)} == daily


def test_serial_numbers_run_through_the_whole_report():
    for type_ in ("MODEL_USAGE", "PRODUCT_METRICS"):
        rows = records(type_)
        assert [row["S/N"] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]


def test_active_people_are_the_distinct_people_of_the_interactions():
    active = records("ACTIVE_USER")
    chats = records("CHAT_INTERACTION")
    people_of = {row["Date"]: {chat["Email"] for chat in chats if chat["Date"] == row["Date"]} for row in active}

    daily = {row["Date"]: int(row["Value"]) for row in active if row["Period"] == "day"}
    assert daily == {day: len(people_of[day]) for day in daily}
    assert [row for row in active if row["Period"] == "month"] == [
        {"Period": "month", "Date": "31.10.2026", "Value": str(len({chat["Email"] for chat in chats}))}
    ]


def test_weeks_run_from_sunday_to_saturday_and_are_cut_at_the_end():
    weeks = [row for row in records("ACTIVE_USER", replace(OCTOBER, end=date(2026, 10, 28))) if row["Period"] == "week"]
    chats = records("CHAT_INTERACTION", replace(OCTOBER, start=date(2026, 10, 4), end=date(2026, 10, 10)))

    assert [row["Date"] for row in weeks] == ["03.10.2026", "10.10.2026", "17.10.2026", "24.10.2026", "28.10.2026"]
    assert int(weeks[1]["Value"]) == len({chat["Email"] for chat in chats})


def test_reports_of_chats_count_the_same_interactions():
    chats = records("CHAT_INTERACTION")
    detailed = records("CHAT_INTERACTION_DETAILED")
    devices = Counter(row["Device Category"] for row in detailed)

    assert total(chats, "Count") == len(detailed) == len(records("USER_CHAT_EXPORT"))
    assert Counter(row["Space"] for row in detailed) == sum(
        (Counter({row["Assistant"]: int(row["Count"])}) for row in chats), Counter()
    )
    named = {"desktop": "Desktop", "smartphone": "Smartphone", "tablet": "Tablet", "other": "OtherDevice"}
    assert {device: total(chats, f"{name}Count") for device, name in named.items()} == devices


def test_model_calls_belong_to_the_chats_and_cost_what_their_tokens_cost():
    calls = records("MODEL_USAGE")
    chat_ids = {row["Chat ID"] for row in records("CHAT_INTERACTION_DETAILED")}
    prices = {assistant.model.name: assistant.model for assistant in FIRM.assistants}

    assert {row["Chat ID"] for row in calls} == chat_ids
    assert {row["Assistant ID"] for row in calls} <= {assistant.assistant_id for assistant in FIRM.assistants}
    for row in calls:
        model = prices[row["Language Model"]]
        cost = int(row["Input Tokens"]) * model.input_price + int(row["Completion Tokens"]) * model.completion_price
        assert Decimal(row["Spent"]) == round(cost / 1_000_000, 6)


def test_product_metrics_agree_with_active_people_and_name_tools_and_servers():
    metrics = records("PRODUCT_METRICS")
    opened = {
        row["Partition Timestamp"][:10]: row["Metric Value"]
        for row in metrics
        if row["Metric Key"] == "space_interaction"
    }
    daily = {
        row["Date"]: row["Value"] for row in records("ACTIVE_USER") if row["Period"] == "day" and row["Value"] != "0"
    }

    assert list(opened.values()) == list(daily.values())
    keys = {row["Metric Key"] for row in metrics}
    assert {"message:tools:usage:InternalSearch", "mcp:server:tool:usage:outlook.mcp.unique.app"} <= keys
    assert "kb_document_upload" in keys


def test_satisfaction_is_asked_of_people_who_chatted_that_day():
    answers = records("NPS", SUMMER)
    chats = {(row["Email"], row["Date"]) for row in records("CHAT_INTERACTION", SUMMER)}

    assert {int(row["Score"]) for row in answers} <= set(range(11))
    assert "" in {row["Feedback"] for row in answers}
    for row in answers:
        year, month, day = row["Created At"][:10].split("-")
        assert (row["Created By"], f"{day}.{month}.{year}") in chats


@pytest.mark.parametrize(
    ("type_", "column"),
    [("CHAT_INTERACTION_DETAILED", "Timestamp"), ("MODEL_USAGE", "Timestamp"), ("NPS", "Created At"),
     ("PRODUCT_METRICS", "Partition Timestamp"), ("USER_CHAT_EXPORT", "Timestamp")],
)  # fmt: skip
def test_timestamps_are_utc_with_milliseconds(type_: str, column: str):
    assert all(ISO.fullmatch(row[column]) for row in records(type_))


@pytest.mark.parametrize(("type_", "column"), [("CHAT_INTERACTION", "Date"), ("REFERENCE_STAT", "File Uploaded Date")])
def test_dates_are_written_the_swiss_way(type_: str, column: str):
    assert all(re.fullmatch(r"\d\d\.\d\d\.\d{4}", row[column]) for row in records(type_))


@pytest.mark.parametrize("type_", [type_ for type_ in ALL if type_ != "ACTIVE_USER"])
def test_unknown_assistant_has_no_rows_in_any_report(type_: str):
    assert records(type_, replace(OCTOBER, assistant_id="assistant_unknown")) == []


def test_unknown_assistant_has_no_active_people():
    assert {row["Value"] for row in records("ACTIVE_USER", replace(OCTOBER, assistant_id="assistant_unknown"))} == {"0"}


def test_assistant_filter_keeps_only_that_assistant():
    assistant = FIRM.assistants[0]
    kept = records("CHAT_INTERACTION", replace(OCTOBER, assistant_id=assistant.assistant_id))

    assert kept == [row for row in records("CHAT_INTERACTION") if row["Assistant"] == assistant.name]


@pytest.mark.parametrize(
    ("type_", "missing"), [("CHAT_INTERACTION_DETAILED", ["Message", "Answer"]), ("USER_CHAT_EXPORT", ["Prompt"])]
)
def test_without_the_role_the_columns_people_wrote_are_missing(type_: str, missing: list[str]):
    full, reduced = records(type_), records(type_, replace(OCTOBER, shows_prompts=False))

    assert [{key: row[key] for key in row if key not in missing} for row in full] == reduced


def test_what_people_write_has_everything_that_breaks_careless_readers():
    text = "".join(row["Message"] + row["Answer"] for row in records("CHAT_INTERACTION_DETAILED"))

    assert all(sign in text for sign in ("\n", '"', ";", ",", "ü", "🙏", "=SUM", "Ignore all previous instructions"))


@pytest.mark.parametrize("pseudonyms", ["per_export", "stable"])
@pytest.mark.parametrize(
    ("type_", "column"),
    [("CHAT_INTERACTION", "Email"), ("INGESTION_STAT", "Email"), ("INGESTION_STAT", "UserId"), ("NPS", "Created By"),
     ("MODEL_USAGE", "User ID"), ("REFERENCE_STAT", "File Uploader"), ("USER_CHAT_EXPORT", "Email")],
)  # fmt: skip
def test_people_can_be_hidden_behind_pseudonyms(type_: str, column: str, pseudonyms: Pseudonyms):
    shown = [row[column] for row in records(type_)]
    hidden = [row[column] for row in records(type_, replace(OCTOBER, pseudonyms=pseudonyms))]

    assert all(re.fullmatch("anon_[0-9a-f]{16}", name) for name in hidden)
    assert len(set(zip(shown, hidden, strict=True))) == len(set(shown)) == len(set(hidden))


def test_hidden_people_have_no_name():
    assert {row["Username"] for row in records("CHAT_INTERACTION_DETAILED", replace(OCTOBER, pseudonyms="stable"))} == {
        "Unknown"
    }


@pytest.mark.parametrize(("pseudonyms", "same"), [("per_export", False), ("stable", True)])
def test_pseudonyms_join_two_exports_only_when_they_are_stable(pseudonyms: Pseudonyms, same: bool):
    one, two = (replace(OCTOBER, order_id=order_id, pseudonyms=pseudonyms) for order_id in ("a", "b"))

    assert (one.alias("a@b.example") == two.alias("a@b.example")) is same


def test_window_with_no_rows_is_a_header_alone():
    assert (
        written("CHAT_INTERACTION", replace(OCTOBER, start=date(2020, 1, 1), end=date(2020, 1, 2))).decode().count("\n")
        == 1
    )


def test_long_report_comes_in_pieces_of_whole_rows():
    pieces = list(csv_chunks(REPORTS["MODEL_USAGE"], OCTOBER))

    assert len(pieces) > 2
    assert all(piece.endswith(b"\n") for piece in pieces)
