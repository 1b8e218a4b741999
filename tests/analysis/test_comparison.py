"""Two windows compared and several merged: what the engine says is what plain Python says of the raw CSVs."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recount import HEADER, Row, compared_days, compared_ranking, compared_totals, rows_of, totals_of
from unique_analytics_mcp.analysis import intake
from unique_analytics_mcp.analysis.caveats import NO_ROWS, of_workdays
from unique_analytics_mcp.analysis.changes import change_percent, changed, clause, moved
from unique_analytics_mcp.analysis.comparison import NOTHING, SHIFTED, comparison
from unique_analytics_mcp.analysis.covered import Covered
from unique_analytics_mcp.analysis.figures import figures
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.domain.summary import Figures
from unique_analytics_mcp.domain.window import Window, previous_window

pytestmark = pytest.mark.thorough

CHAT = UNIQUE_REPORTS["CHAT_INTERACTION"]
OCTOBER = Window(
    start=date(2026, 10, 1), end=date(2026, 10, 14), time_zone="Europe/Zurich", label="asked", complete=True
)
BEFORE = previous_window(OCTOBER)

PEOPLE = ("ada.muster@nordwind.example", "ben.beispiel@nordwind.example", "cleo.probe@nordwind.example")


def chat_csv(rows: Sequence[tuple[str, date, str, int]]) -> bytes:
    lines = (f"{who},{day:%d.%m.%Y},{what},{count},{count},0,0,0" for who, day, what, count in rows)
    return "\r\n".join([HEADER, *lines, ""]).encode()


def uses(start: date, people: Sequence[str] = PEOPLE) -> st.SearchStrategy[list[tuple[str, date, str, int]]]:
    days = st.integers(0, 13).map(lambda passed: start + timedelta(days=passed))
    assistants = st.sampled_from(["Legal Helper", "Translator", "Research"])
    return st.lists(st.tuples(st.sampled_from(people), days, assistants, st.integers(0, 9)), max_size=12)


def typed(folder: Path, files: Sequence[bytes], name: str = "CHAT_INTERACTION") -> list[Path]:
    paths: list[Path] = []
    for number, content in enumerate(files):
        source, target = folder / f"{name}-{number}.csv", folder / f"{name}-{number}.parquet"
        source.write_bytes(content)
        intake.convert(source, target, UNIQUE_REPORTS[name])
        paths.append(target)
    return paths


def compared(
    now: Sequence[bytes], before: Sequence[bytes], *, name: str = "CHAT_INTERACTION", top: int = 100
) -> Figures:
    with TemporaryDirectory() as folder:
        paths = typed(Path(folder), [*now, *before], name)
        sides = Covered(window=OCTOBER, parquet=paths[: len(now)]), Covered(window=BEFORE, parquet=paths[len(now) :])
        return comparison(*sides, UNIQUE_REPORTS[name], top=top)


def merged(files: Sequence[bytes], *, name: str = "CHAT_INTERACTION") -> Figures:
    with TemporaryDirectory() as folder:
        return figures(Covered(window=OCTOBER, parquet=typed(Path(folder), files, name)), UNIQUE_REPORTS[name], top=100)


def table(found: Figures, name: str) -> list[list[Any]]:
    return next(each.rows for each in found.tables if each.name == name)


def names(found: Figures) -> list[str]:
    return [each.name for each in found.tables]


# Against plain Python


def agrees(found: Figures, now: Sequence[Row], before: Sequence[Row]) -> None:
    assert table(found, "totals") == compared_totals(now, before)
    assert table(found, "users") == compared_ranking(now, before, "Email")
    assert table(found, "assistants") == compared_ranking(now, before, "Assistant")
    assert table(found, "users_and_assistants") == compared_ranking(now, before, "Email", "Assistant")
    assert table(found, "daily") == compared_days(now, before, OCTOBER.start, BEFORE.start, OCTOBER.days)


@settings(max_examples=10, deadline=None)
@given(uses(OCTOBER.start), uses(BEFORE.start))
def test_a_comparison_is_what_plain_python_makes_of_both_csvs(
    now: list[tuple[str, date, str, int]], before: list[tuple[str, date, str, int]]
) -> None:
    files = chat_csv(now), chat_csv(before)
    agrees(compared(files[:1], files[1:]), rows_of(files[0]), rows_of(files[1]))


@settings(max_examples=5, deadline=None)
@given(st.lists(uses(OCTOBER.start), min_size=2, max_size=4), uses(BEFORE.start))
def test_a_side_of_several_files_counts_as_their_rows_together(
    now: list[list[tuple[str, date, str, int]]], before: list[tuple[str, date, str, int]]
) -> None:
    files, earlier = [chat_csv(rows) for rows in now], chat_csv(before)
    agrees(compared(files, [earlier]), rows_of(*files), rows_of(earlier))


@settings(max_examples=5, deadline=None)
@given(st.lists(uses(OCTOBER.start), min_size=2, max_size=5))
def test_merged_parts_count_each_person_once(parts: list[list[tuple[str, date, str, int]]]) -> None:
    files = [chat_csv(rows) for rows in parts]
    found = merged(files)
    assert {total.name: total.value for total in found.totals} == totals_of(rows_of(*files))


# What became of an entry

NOW_ROWS = [(PEOPLE[0], OCTOBER.start, "Legal Helper", 3), (PEOPLE[2], OCTOBER.start, "Research", 2)]
BEFORE_ROWS = [(PEOPLE[1], BEFORE.start, "Legal Helper", 9), (PEOPLE[0], BEFORE.start, "Legal Helper", 4)]


def test_who_is_new_gone_or_moved_is_shown_with_the_rank_of_now() -> None:
    found = compared([chat_csv(NOW_ROWS)], [chat_csv(BEFORE_ROWS)])
    assert table(found, "users") == [
        [PEOPLE[0], 3, 4, -1, -25.0, 1, "up 1"],
        [PEOPLE[1], 0, 9, -9, -100.0, None, "gone (was 1)"],
        [PEOPLE[2], 2, 0, 2, "new", 2, "new"],
    ]
    assert found.headline == (
        "Interactions fell from 13 to 5 (-8, -61.5 %) and people stayed at 2, "
        "compared with the 14 days before, 2026-09-17 to 2026-09-30."
    )


def test_a_cut_ranking_says_how_many_groups_there_are() -> None:
    for top, is_cut in ((1, True), (3, False)):
        found = compared([chat_csv(NOW_ROWS)], [chat_csv(BEFORE_ROWS)], top=top)
        users = next(each for each in found.tables if each.name == "users")
        assert (len(users.rows), users.total_rows, users.truncated) == (top, 3, is_cut)


def test_a_ranking_that_is_cut_among_equals_says_so_in_a_comparison_too() -> None:
    before = [chat_csv([(PEOPLE[0], BEFORE.start, PEOPLE[0], 9)])]
    equal = [(who, OCTOBER.start, who, count) for who, count in zip((*PEOPLE, "d"), (5, 3, 3, 2), strict=True)]

    def said(top: int) -> list[str]:
        return [each for each in compared([chat_csv(equal)], before, top=top).caveats if each.startswith("Place ")]

    assert said(2) == ["Place 2 of users_and_assistants, users, assistants is shared with groups that are left out."]
    assert said(1) == said(3) == []


def test_each_table_names_what_stands_in_its_columns() -> None:
    found = compared([chat_csv(NOW_ROWS)], [chat_csv(BEFORE_ROWS)])
    change = ["before", "change", "change_percent"]
    assert {each.name: each.columns for each in found.tables} == {
        "totals": ["total", "value", *change],
        "users_and_assistants": ["email", "assistant", "interactions", *change, "rank", "moved"],
        "users": ["email", "interactions", *change, "rank", "moved"],
        "assistants": ["assistant", "interactions", *change, "rank", "moved"],
        "daily": ["date", "date_before", "interactions", *change[:-1]],
        "devices": ["device", "interactions", *change],
    }


def test_parts_of_a_whole_are_set_beside_what_they_were() -> None:
    found = compared([chat_csv(NOW_ROWS)], [chat_csv(BEFORE_ROWS)])
    assert table(found, "devices")[:2] == [["desktop", 5, 13, -8, -61.5], ["smartphone", 0, 0, 0, 0.0]]


def test_rows_without_a_name_are_one_group_on_both_sides() -> None:
    found = compared([chat_csv([("", OCTOBER.start, "", 2)])], [chat_csv([("", BEFORE.start, "", 1)])])
    assert table(found, "assistants") == [["(empty)", 2, 1, 1, 100.0, 1, ""]]


def test_a_window_without_rows_is_compared_all_the_same() -> None:
    found = compared([chat_csv(NOW_ROWS)], [chat_csv([])])
    assert table(found, "totals")[0] == ["interactions", 5, 0, 5, "new"]
    assert f"{BEFORE.start} to {BEFORE.end}: {NO_ROWS}" in found.caveats
    assert found.headline.endswith(", of which the report has no rows.")
    assert compared([chat_csv([])], [chat_csv(NOW_ROWS)]).headline.startswith(
        "Of this window the report has no rows: interactions fell from 5 to 0 (-5, -100.0 %) and "
    )


def test_of_two_windows_without_rows_nothing_is_said_of_their_rows() -> None:
    header = b"Score,Feedback,Created By,Created At\r\n"
    nothing, *said = compared([header], [header], name="NPS").caveats
    assert nothing == NOTHING
    assert {*said} & {*UNIQUE_REPORTS["NPS"].caveats} == {*UNIQUE_REPORTS["NPS"].caveats_without_rows}


@pytest.mark.parametrize("name", ["ACTIVE_USER", "PRODUCT_METRICS"])
def test_readings_are_not_compared_with_a_window_that_has_none(name: str) -> None:
    content = {
        "ACTIVE_USER": b"Period,Date,Value\r\nday,05.10.2026,4\r\n",
        "PRODUCT_METRICS": b"Metric Key,Metric Value,Partition Timestamp\r\nkb_visit,4,2026-10-05T00:00:00Z\r\n",
    }[name]
    assert compared([content], [content.splitlines(keepends=True)[0]], name=name).headline == (
        "Nothing can be compared with the 14 days before, 2026-09-17 to 2026-09-30, of which the report has no rows."
    )


def test_what_limits_the_numbers_of_one_window_is_said_of_it() -> None:
    answers = b"Score,Feedback,Created By,Created At\r\n9,,ada.muster@nordwind.example,2026-10-05T10:00:00Z\r\n"
    old = chat_csv([(PEOPLE[0], OCTOBER.start, "Legal Helper", 4), ("robot", BEFORE.start, "Legal Helper", 4)])
    old += b"ada.muster@nordwind.example,20.09.2026,Legal Helper,5,,,,\r\n"
    said = [*compared([answers], [answers], name="NPS").caveats, *compared([chat_csv(NOW_ROWS)], [old]).caveats]
    before = f"{BEFORE.start} to {BEFORE.end}: "
    assert [sentence.removeprefix(before).split(":")[0] for sentence in said if sentence.startswith(before)] == [
        "nps rests on few responses (1)",
        "1 row of a day outside the period, as days are in Europe/Zurich, is in the totals",
        "devices adds up to 8, while interactions is 13",
        "1 row of a day outside the period is in the totals but not in daily.",
    ]
    assert any(sentence.startswith("1 of 3 people is not named by a mail address") for sentence in said)


def test_answers_outside_their_windows_are_said_to_be_in_the_scores_that_are_compared() -> None:
    header = b"Score,Feedback,Created By,Created At\r\n"
    late, none = header + b"9,,ada,2026-12-24T10:00:00Z\r\n", header + b"9,,ada,\r\n3,,ben,\r\n"
    assert [sentence for sentence in compared([late], [none], name="NPS").caveats if "in the totals" in sentence] == [
        (
            f"{OCTOBER.start} to {OCTOBER.end}: 1 row of a day outside the period, as days are in Europe/Zurich, is in "
            "the totals: the platform's days may begin at another hour."
        ),
        f"{BEFORE.start} to {BEFORE.end}: 2 rows without a readable day are in the totals.",
    ]


def test_columns_that_a_role_withholds_from_both_windows_are_explained_by_the_role() -> None:
    content = b"Username,Timestamp\r\nada.muster@nordwind.example,2026-10-05T10:00:00Z\r\n"
    found = compared([content], [content], name="CHAT_INTERACTION_DETAILED")
    assert any("lacks the role chat.data.admin" in caveat for caveat in found.caveats)


def test_two_windows_without_rows_say_why_that_may_be() -> None:
    assert compared([chat_csv([])], [chat_csv([])]).caveats[0] == NOTHING


def test_rows_that_count_for_nothing_are_rows_all_the_same() -> None:
    comments = b"Score,Feedback,Created By,Created At\r\n,Too slow,,2026-10-05T10:00:00Z\r\n"
    found = compared([comments], [comments], name="NPS")
    assert {total.value for total in found.totals} <= {0, None}
    assert NOTHING not in found.caveats
    assert found.has_texts


def answers(**people: int) -> bytes:
    """So many promoters and detractors."""
    scores = [score for name, score in (("promoters", 10), ("detractors", 0)) for _ in range(people[name])]
    return b"Score,Created At\r\n" + b"".join(b"%d,2026-10-05T10:00:00Z\r\n" % score for score in scores)


def test_a_change_of_a_score_says_how_sure_it_is() -> None:
    before = answers(promoters=20, detractors=20)
    maybe = compared([answers(promoters=30, detractors=20)], [before], name="NPS").headline
    assert maybe.startswith("The net promoter score rose from 0 to 20 (+20) and answers with a score rose")
    assert maybe.endswith("With 95 % confidence the change is between -20.1 and 58.5: it may be chance.")
    sure = compared([answers(promoters=48, detractors=2)], [before], name="NPS").headline
    assert sure.startswith("The net promoter score rose from 0 to 92 (+92)")
    assert sure.endswith("With 95 % confidence the change is between 57.6 and 122.3.")


def test_a_change_is_taken_from_what_the_score_was() -> None:
    before, now = answers(promoters=30, detractors=10), answers(promoters=10, detractors=30)
    found = compared([now], [before], name="NPS").headline
    assert found.startswith("The net promoter score fell from 50 to -50 (-100)")
    assert found.endswith("With 95 % confidence the change is between -131.7 and -58.4.")


@pytest.mark.parametrize(("promoters", "ends"), [(115, "0 and 39.2"), (77, "-39.2 and 0")], ids=["rose", "fell"])
def test_a_change_whose_interval_ends_at_zero_may_be_chance(promoters: int, ends: str) -> None:
    now, before = (answers(promoters=each, detractors=192 - each) for each in (promoters, 96))
    said = compared([now], [before], name="NPS").headline
    assert said.endswith(f"With 95 % confidence the change is between {ends}: it may be chance.")


def test_a_change_may_be_sure_though_the_intervals_of_both_windows_overlap() -> None:
    before, now = answers(promoters=100, detractors=100), answers(promoters=120, detractors=80)
    found = compared([now], [before], name="NPS")
    ends = {str(row[0]): row[1:3] for row in found.tables[0].rows}
    assert (ends["nps_low"][0], ends["nps_high"][1]) == ("6.3", "13.7")
    assert found.headline.endswith("With 95 % confidence the change is between 0.6 and 39.")


def test_what_neither_window_has_is_not_compared_in_words() -> None:
    empty = b"Score,Feedback,Created By,Created At\r\n"
    assert compared([empty], [empty], name="NPS").headline == (
        "Answers with a score stayed at 0, compared with the 14 days before, 2026-09-17 to 2026-09-30, of which the "
        "report has no rows."
    )


def test_a_day_is_compared_with_the_day_before(tmp_path: Path) -> None:
    day = Window(start=OCTOBER.start, end=OCTOBER.start, time_zone="Europe/Zurich", label="asked", complete=True)
    now, before = typed(tmp_path, [chat_csv(NOW_ROWS), chat_csv(BEFORE_ROWS)])
    sides = Covered(window=day, parquet=[now]), Covered(window=previous_window(day), parquet=[before])
    assert comparison(*sides, UNIQUE_REPORTS["CHAT_INTERACTION"], top=3).headline.endswith(
        ", compared with the day before, 2026-09-30."
    )


def test_a_column_that_only_one_window_has_is_left_out_and_named() -> None:
    old = b"Email,Date,Assistant,Count\r\nada.muster@nordwind.example,20.09.2026,Translator,4\r\n"
    found = compared([chat_csv(NOW_ROWS)], [old])
    assert "devices" not in names(found)
    assert any("DesktopCount" in caveat for caveat in found.caveats)
    assert table(found, "users")[0][:3] == [PEOPLE[0], 3, 4]


def test_a_total_that_a_column_is_missing_for_is_not_compared_in_words() -> None:
    calls = b"Language Model,Timestamp\r\ngpt,2026-10-05T10:00:00Z\r\n"
    assert compared([calls], [calls], name="MODEL_USAGE").headline.startswith("Model calls stayed at 1, compared with ")


def test_parts_with_and_without_a_column_are_merged() -> None:
    old = b"Email,Date,Assistant,Count\r\nada.muster@nordwind.example,20.09.2026,Translator,4\r\n"
    found = merged([old, chat_csv(NOW_ROWS)])
    assert {total.name: total.value for total in found.totals}["interactions"] == 9
    assert table(found, "devices")[0][1] == 5


def test_days_on_other_weekdays_are_pointed_out() -> None:
    files = [chat_csv(NOW_ROWS)], [chat_csv(BEFORE_ROWS)]
    assert SHIFTED not in compared(*files).caveats
    with TemporaryDirectory() as folder:
        paths = typed(Path(folder), [*files[0], *files[1]])
        ten = Window(start=date(2026, 10, 1), end=date(2026, 10, 10), time_zone="UTC", label="ten", complete=True)
        sides = Covered(window=ten, parquet=paths[:1]), Covered(window=previous_window(ten), parquet=paths[1:])
        assert SHIFTED in comparison(*sides, CHAT, top=3).caveats


def test_a_workday_more_is_pointed_out() -> None:
    """October 2026 has 22 days from Monday to Friday; of the 31 days before 23 are."""
    october = Window(start=date(2026, 10, 1), end=date(2026, 10, 31), time_zone="UTC", label="", complete=True)
    with TemporaryDirectory() as folder:
        now, before = typed(Path(folder), [chat_csv(NOW_ROWS), chat_csv(BEFORE_ROWS)])
        sides = Covered(window=october, parquet=[now]), Covered(window=previous_window(october), parquet=[before])
        found = comparison(*sides, CHAT, top=3).caveats
    assert any(said.startswith("The window has 22 days from Monday to Friday, the one before 23: ") for said in found)
    assert not any("Monday" in caveat for caveat in compared([chat_csv(NOW_ROWS)], [chat_csv(BEFORE_ROWS)]).caveats)


def test_a_single_workday_is_counted_in_words_that_fit() -> None:
    monday = Window(start=date(2026, 10, 5), end=date(2026, 10, 5), time_zone="UTC", label="", complete=True)
    assert [*of_workdays(monday, previous_window(monday))] == [
        "The window has 1 day from Monday to Friday, the one before 0: that alone can be a change."
    ]


# People who may not be the same

PSEUDONYMS = [("x7", OCTOBER.start, "Legal Helper", 3), ("y8", OCTOBER.start, "Legal Helper", 1)]
OTHERS = [("q1", BEFORE.start, "Legal Helper", 4)]


def test_pseudonymised_people_are_counted_in_each_window_but_not_matched() -> None:
    found = compared([chat_csv(PSEUDONYMS)], [chat_csv(OTHERS)])
    assert table(found, "totals")[1] == ["people", 2, 1, 1, 100.0]
    assert names(found) == ["totals", "assistants", "daily", "devices"]
    assert any("neither matched nor counted" in caveat and "users" in caveat for caveat in found.caveats)


@pytest.mark.parametrize(("now", "before"), [(2, 1), (1, 2)], ids=["now in parts", "before in parts"])
def test_pseudonymised_people_of_a_side_in_parts_are_neither_matched_nor_counted(now: int, before: int) -> None:
    found = compared([chat_csv(PSEUDONYMS)] * now, [chat_csv(OTHERS)] * before)
    assert [row[0] for row in table(found, "totals")] == ["interactions", "assistants", "days"]


def test_pseudonymised_people_are_not_counted_over_parts() -> None:
    found = merged([chat_csv(PSEUDONYMS), chat_csv(OTHERS)])
    assert found.headline == "Legal Helper was the most used of 1 assistant (8 interactions)."
    assert [total.name for total in found.totals] == ["interactions", "assistants", "days"]
    assert "users" not in names(found)
    assert table(found, "assistants")[0][:2] == ["Legal Helper", 8]
    assert any("neither matched nor counted" in caveat for caveat in found.caveats)


def test_people_whom_nothing_names_are_not_compared_in_words() -> None:
    nobody = chat_csv([("Unknown", OCTOBER.start, "Legal Helper", 3)])
    found = compared([nobody], [chat_csv(BEFORE_ROWS)])
    assert found.headline.startswith("Interactions fell from ")
    assert "eople" not in found.headline
    assert any(said.startswith("Nobody is named in 1 row of the report: Email is Unknown") for said in found.caveats)


def test_one_account_without_an_address_does_not_make_people_strangers() -> None:
    robot = [*NOW_ROWS, ("robot", OCTOBER.start, "Research", 1)]
    assert "users" in names(compared([chat_csv(robot)], [chat_csv(BEFORE_ROWS)]))


MODEL = "S/N,User ID,Assistant ID,Chat ID,App ID,Language Model,Spent,Input Tokens,Completion Tokens,Timestamp\r\n"


def model_csv(*people: str) -> bytes:
    rows = (f"1,{who},as_1,chat_{who},app_1,gpt,0.1,10,5,2026-10-02T08:00:00Z\r\n" for who in people)
    return (MODEL + "".join(rows)).encode()


@pytest.mark.parametrize(
    ("parts", "people"),
    [
        pytest.param([["u1", "u2"], ["u2", "u3"]], 3, id="somebody is in both"),
        pytest.param([["u1", "u2"], ["u3", "u4"]], None, id="nobody is in both"),
        pytest.param([["u1", "u2"], []], 2, id="only one has people"),
        pytest.param([["Unknown"], ["Unknown"]], 1, id="all are Unknown"),
    ],
)
def test_ids_are_people_when_the_orders_share_one(parts: list[list[str]], people: int | None) -> None:
    found = merged([model_csv(*part) for part in parts], name="MODEL_USAGE")
    assert {total.name: total.value for total in found.totals}.get("people") == people


def test_decimals_stay_exact() -> None:
    found = compared([model_csv("u1", "u2", "u3")], [model_csv("u1")], name="MODEL_USAGE")
    assert table(found, "totals")[1] == ["spent", "0.3", "0.1", "0.2", 200.0]


# Numbers


@pytest.mark.parametrize(
    ("value", "before", "expected"),
    [(0, 0, 0.0), (3, 0, "new"), (0, 3, -100.0), (2, 3, -33.3), (4, 3, 33.3), (1, 2000, -99.95), (5, -5, None)],
)
def test_a_change_in_percent_never_divides_by_nothing(value: int, before: int, expected: float | str | None) -> None:
    assert change_percent(value, before) == expected


def test_a_difference_of_decimals_keeps_every_digit() -> None:
    large, small = Decimal("99999999999999.123456789012345678901234"), Decimal("0.000000000000000000000001")
    assert changed(large, small)[2] == "99999999999999.123456789012345678901233"
    assert changed(0, large)[2] == "-99999999999999.123456789012345678901234"


@pytest.mark.parametrize(
    ("rank", "before", "expected"),
    [(1, 1, ""), (1, 4, "up 3"), (4, 1, "down 3"), (2, None, "new"), (None, 2, "gone (was 2)")],
)
def test_a_group_is_new_gone_up_down_or_where_it_was(rank: int | None, before: int | None, expected: str) -> None:
    assert moved(rank, before) == expected


@pytest.mark.parametrize(
    ("value", "before", "expected"),
    [
        (12, 10, "calls rose from 10 to 12 (+2, +20.0 %)"),
        (10, 10, "calls stayed at 10"),
        (3, 0, "calls rose from 0 to 3 (+3)"),
        (10**7 + 1, 10**7, "calls rose from 10000000 to 10000001 (+1, +0.00001 %)"),
    ],
)
def test_a_headline_says_both_numbers_and_the_change(value: int, before: int, expected: str) -> None:
    assert clause("calls", *changed(value, before)) == expected
