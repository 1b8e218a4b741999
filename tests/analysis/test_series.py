"""People active per day, week and month: each reading by itself, never added, and what is said of them."""

import random
from datetime import date, timedelta

import pytest

from analysis.computing import (
    OCTOBER,
    SEPTEMBER,
    compared,
    csv_of,
    own_caveats,
    rows_named,
    summed_up,
    total_named,
    window_of,
)
from unique_analytics_mcp.analysis.readings import FIRST_PEAK, ROUNDED
from unique_analytics_mcp.analysis.series_caveats import CUT, NO_WHOLE_MONTHS, WORKDAYS
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS

ACTIVE = UNIQUE_REPORTS["ACTIVE_USER"]
HEADERS = ["Period", "Date", "Value"]
DAY = timedelta(days=1)


def days(*values: int, word: str = "day", start: date = OCTOBER.start) -> list[list[object]]:
    return [[word, f"{start + n * DAY:%d.%m.%Y}", value] for n, value in enumerate(values)]


WHOLE_WEEKS = [
    *days(10, 20, 31, 19, 10, 0, 1, *[10, 20, 30, 20, 10, 0, 1] * 3),
    *(["week", f"{OCTOBER.start + n * DAY:%d.%m.%Y}", 40 + n] for n in (6, 13, 20, 27)),
    ["month", "31.10.2026", 65],
]


def test_the_headline_names_each_cadence_and_the_average_day_of_the_average_month() -> None:
    found = summed_up(csv_of(HEADERS, WHOLE_WEEKS), ACTIVE)
    assert found.headline == (
        "13 people were active on an average day, most on Saturday 2026-10-03 (31). "
        "From Monday to Friday it was 8.2 on an average day, 1 on Wednesday 2026-10-28. "
        "56.5 people were active in an average week. 67 people were active in the 7 days ending 2026-10-28. "
        "65 people were active in the month dated 2026-10-31. "
        "Stickiness is 20.0 %: the average day of the average month."
    )
    assert [(total.name, total.value) for total in found.totals] == [("values", 33), ("stickiness", "20.0")]


def test_a_week_that_may_be_cut_is_not_named_as_the_latest() -> None:
    found = summed_up(csv_of(HEADERS, [*WHOLE_WEEKS, ["week", f"{OCTOBER.start + 28 * DAY:%d.%m.%Y}", 4]]), ACTIVE)
    assert "in the 7 days ending" not in found.headline
    assert (
        "Not every week is dated 7 days after the one before, the latest 1 day after it: some overlap or are cut."
        in found.caveats
    )


def test_the_stub_of_a_week_or_month_at_an_edge_is_no_development() -> None:
    rows = [
        *(["week", day, people] for day, people in (("10.10.2026", 284), ("17.10.2026", 285), ("18.10.2026", 2))),
        *(["month", day, people] for day, people in (("30.09.2026", 125), ("18.10.2026", 367))),
    ]
    found = summed_up(csv_of(HEADERS, rows), ACTIVE, window_of(date(2026, 9, 30), date(2026, 10, 18)))
    assert [row[-3:] for row in rows_named(found, "periods")] == [[None, None, 3], [None, None, 2]]
    assert CUT in found.caveats


@pytest.mark.parametrize(
    ("rows", "averages"),
    [
        pytest.param(
            [["week", day, people] for day, people in (("03.10.2026", 90), ("10.10.2026", 284), ("17.10.2026", 286))],
            ["285"],
            id="a week that begins before the window",
        ),
        pytest.param(
            [["week", day, people] for day, people in (("10.10.2026", 284), ("17.10.2026", 286), ("18.10.2026", 2))],
            ["285"],
            id="a week of one day",
        ),
        pytest.param([["week", "03.10.2026", 299], ["week", "04.10.2026", 2]], [None], id="no whole week"),
        pytest.param([["month", "18.10.2026", 52]], [None], id="no whole month"),
    ],
)
def test_a_reading_that_may_lack_days_is_in_no_average(rows: list[list[object]], averages: list[str | None]) -> None:
    found = summed_up(csv_of(HEADERS, rows), ACTIVE, window_of(OCTOBER.start, date(2026, 10, 18)))
    assert [row[1] for row in rows_named(found, "periods")] == averages
    assert CUT in found.caveats


def test_the_headline_names_the_average_week_where_the_latest_is_cut() -> None:
    rows = [["week", day, people] for day, people in (("10.10.2026", 280), ("17.10.2026", 286), ("18.10.2026", 2))]
    found = summed_up(csv_of(HEADERS, rows), ACTIVE, window_of(OCTOBER.start, date(2026, 10, 18)))
    assert found.headline == "283 people were active in an average week."


def test_a_day_that_was_not_over_is_in_no_average() -> None:
    running = window_of(OCTOBER.start, date(2026, 10, 3)).model_copy(update={"complete": False})
    found = summed_up(csv_of(HEADERS, days(10, 20, 3)), ACTIVE, running)
    assert found.headline == "15 people were active on an average day, most on Friday 2026-10-02 (20)."
    assert CUT in found.caveats


def test_people_from_monday_to_friday_are_averaged_beside_those_of_all_days() -> None:
    thursday_to_sunday = days(120, 130, 4, 6)
    found = summed_up(csv_of(HEADERS, thursday_to_sunday), ACTIVE, window_of(OCTOBER.start, date(2026, 10, 4)))
    assert [row[:2] for row in rows_named(found, "periods")] == [["day", "65"], ["workday", "125"]]
    assert found.headline == (
        "65 people were active on an average day, most on Friday 2026-10-02 (130). "
        "From Monday to Friday it was 125 on an average day, 130 on Friday 2026-10-02."
    )
    assert WORKDAYS in found.caveats


def test_where_all_days_are_workdays_these_are_not_told_of_twice() -> None:
    found = summed_up(csv_of(HEADERS, days(120, 130)), ACTIVE, window_of(OCTOBER.start, date(2026, 10, 2)))
    assert [row[0] for row in rows_named(found, "periods")] == ["day"]
    assert found.headline.endswith("The latest: 130 on Friday 2026-10-02.")
    assert WORKDAYS not in found.caveats


def test_a_workday_that_was_not_over_is_in_no_average_of_workdays() -> None:
    from_saturday = days(4, 6, 100, 120, 3, start=date(2026, 10, 3))
    running = window_of(date(2026, 10, 3), date(2026, 10, 7)).model_copy(update={"complete": False})
    found = summed_up(csv_of(HEADERS, from_saturday), ACTIVE, running)
    assert found.headline.endswith("From Monday to Friday it was 110 on an average day, 120 on Tuesday 2026-10-06.")


def test_a_word_of_the_platform_is_not_taken_for_the_days_from_monday_to_friday() -> None:
    found = summed_up(csv_of(HEADERS, [*days(120, 130, 4), ["workday", "05.10.2026", 7]]), ACTIVE)
    assert [row[:3] for row in rows_named(found, "periods")] == [["day", "84.7", 130], ["workday", "7", 7]]


def test_two_windows_are_compared_by_their_workdays_and_not_by_how_many_weekends_they_hold() -> None:
    now = days(100, 100, 2, 2, 100, 100, 100, 100, 100)
    before = days(100, 2, 2, 100, 100, start=date(2026, 9, 4))
    found = compared(csv_of(HEADERS, now), csv_of(HEADERS, before), ACTIVE)
    assert found.headline.startswith("People in an average workday stayed at 100, compared with ")
    averages = {row[0]: row[2:4] for row in rows_named(found, "periods") if row[1] == "average"}
    assert averages == {"day": ["78.2", "60.8"], "workday": ["100", "100"]}


def test_what_is_listed_is_not_taken_for_people_where_no_cadence_is_in_both_windows() -> None:
    found = compared(csv_of(HEADERS, days(5)), csv_of(HEADERS, [["week", "30.09.2026", 7]] * 2), ACTIVE)
    assert found.headline.startswith("Values listed fell from 2 to 1 (-1, -50.0 %), compared with ")


def test_averages_that_only_read_alike_are_not_said_to_have_stayed_what_they_were() -> None:
    def weeks(month: str, *people: int) -> bytes:
        return csv_of(HEADERS, [["week", f"{7 * place:02}.{month}.2026", each] for place, each in enumerate(people, 1)])

    def said(now: bytes, before: bytes) -> str:
        return compared(now, before, ACTIVE).headline.partition(", compared with ")[0]

    fewer, more = (120, 120, 120, 121), (120, 120, 121)
    near = "People in an average week stayed near 120.3"
    assert said(weeks("10", *fewer), weeks("09", *more)) == f"{near} (-0.083, -0.069 %)"
    assert said(weeks("10", *more), weeks("09", *fewer)) == f"{near} (+0.083, +0.069 %)"


def test_a_whole_week_counts_though_an_earlier_one_was_cut() -> None:
    rows = [["week", day, people] for day, people in (("10.10.2026", 4), ("12.10.2026", 1), ("19.10.2026", 7))]
    found = summed_up(csv_of(HEADERS, rows), ACTIVE)
    assert rows_named(found, "periods")[0][1] == "4"
    assert "7 people were active in the 7 days ending 2026-10-19." in found.headline


@pytest.mark.parametrize("before", [[], [["week", "30.09.2026", 250]]], ids=["one window", "two windows"])
def test_a_week_of_two_values_is_not_taken_for_a_cut_one(before: list[list[object]]) -> None:
    weeks = [["week", day, people] for day, people in (("17.10.2026", 280), ("24.10.2026", 290), ("24.10.2026", 291))]
    now = csv_of(HEADERS, weeks)
    found = compared(now, csv_of(HEADERS, before), ACTIVE) if before else summed_up(now, ACTIVE)
    assert not [said for said in found.caveats if said.startswith("Not every week")]
    assert CUT not in found.caveats


def test_a_month_on_its_last_day_gives_no_stickiness() -> None:
    found = summed_up(csv_of(HEADERS, WHOLE_WEEKS), ACTIVE, OCTOBER.model_copy(update={"complete": False}))
    assert total_named(found, "stickiness") is None
    assert NO_WHOLE_MONTHS in found.caveats


def test_days_of_other_weekdays_make_no_change() -> None:
    for last, change in ((8, [1, 25.0]), (9, [None, None])):
        rows = [["day", "01.10.2026", 4], ["day", f"{last:02}.10.2026", 5]]
        assert rows_named(summed_up(csv_of(HEADERS, rows), ACTIVE), "periods")[0][-3:-1] == change


def test_a_month_of_one_day_is_not_compared_with_a_whole_month() -> None:
    before = [["month", "31.08.2026", 125], ["month", "30.09.2026", 368]]
    found = compared(csv_of(HEADERS, WHOLE_WEEKS), csv_of(HEADERS, before), ACTIVE)
    months = [row[1:6] for row in rows_named(found, "periods") if row[0] == "month"]
    assert months == [
        ["latest", 65, 368, -303, -82.3],
        ["average", "65", "368", "-303", -82.3],
        ["peak", 65, 368, -303, -82.3],
    ]
    assert found.headline.startswith("People in an average month fell from 368 to 65 (-303, -82.3 %), compared with ")
    assert CUT in found.caveats


def test_a_week_of_one_day_is_not_said_to_be_a_week() -> None:
    sunday = date(2026, 11, 22)
    rows = [[word, "22.11.2026", 2] for word in ("day", "week", "month")]
    assert summed_up(csv_of(HEADERS, rows), ACTIVE, window_of(sunday, sunday)).headline == (
        "2 people were active on Sunday 2026-11-22."
    )


@pytest.mark.parametrize("complete", [True, False], ids=["over", "running"])
def test_a_day_that_was_not_over_is_not_named_as_the_latest(complete: bool) -> None:
    window = window_of(OCTOBER.start, date(2026, 10, 28)).model_copy(update={"complete": complete})
    said = summed_up(csv_of(HEADERS, WHOLE_WEEKS), ACTIVE, window).headline
    mean = "13" if complete else "13.4"
    latest_day = "on an average day, 1 on Wednesday 2026-10-28."
    assert said.startswith(f"{mean} people were active on an average day, most on Saturday 2026-10-03 (31).")
    assert (latest_day in said, "in the 7 days ending" in said) == (complete, complete)


WEEK = ["week", "07.10.2026", 0]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [*days(*[0] * 7), WEEK],
            "0 people were active on each of the 7 days listed. 0 people were active in the 7 days ending 2026-10-07.",
        ),
        (days(5, 5), "5 people were active on each of the 2 days listed."),
        (days(1), "1 person was active on Thursday 2026-10-01."),
        (
            days(0, 1, 0),
            (
                "0.3 people were active on an average day, most on Friday 2026-10-02 (1). "
                "From Monday to Friday it was 0.5 on an average day, 1 on Friday 2026-10-02."
            ),
        ),
        ([WEEK], "0 people were active in the 7 days ending 2026-10-07."),
    ],
    ids=["nobody", "all alike", "one day", "days that differ", "a week alone"],
)
def test_days_that_are_alike_have_no_average_and_no_highest_day_in_the_headline(
    rows: list[list[object]], said: str
) -> None:
    assert summed_up(csv_of(HEADERS, rows), ACTIVE, window_of(date(2026, 10, 1), date(2026, 10, 7))).headline == said


def test_a_highest_day_that_others_equal_is_not_named_as_the_only_one() -> None:
    found = summed_up(csv_of(HEADERS, days(4, 30, 2, 30, 29)), ACTIVE)
    assert found.headline.startswith(
        "19 people were active on an average day, most on Friday 2026-10-02 and other dates (30)."
    )
    assert FIRST_PEAK in found.caveats
    assert FIRST_PEAK not in summed_up(csv_of(HEADERS, days(4, 30, 2, 29)), ACTIVE).caveats


def test_two_values_of_the_highest_day_are_no_two_highest_days() -> None:
    assert FIRST_PEAK not in summed_up(csv_of(HEADERS, [*days(4, 30), *days(4, 30)]), ACTIVE).caveats


def test_a_month_that_may_be_cut_is_not_named_and_gives_no_stickiness_to_speak_of() -> None:
    week = window_of(date(2026, 10, 22), date(2026, 10, 28))
    found = summed_up(csv_of(HEADERS, WHOLE_WEEKS), ACTIVE, week)
    assert "in the month" not in found.headline
    assert total_named(found, "stickiness") is None
    assert "There is no stickiness: ask for whole months, such as last_month or last_quarter." in found.caveats
    two_months = window_of(date(2026, 9, 15), OCTOBER.end)
    found = summed_up(csv_of(HEADERS, [*WHOLE_WEEKS, ["month", "30.09.2026", 4]]), ACTIVE, two_months)
    assert found.headline.endswith("65 people were active in the month dated 2026-10-31.")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        pytest.param(
            days(1, 2, word="DAILY"), "The column period was read so: DAILY as day.", id="another word for a cadence"
        ),
        pytest.param(
            [["fortnight", "14.10.2026", 4]],
            "What fortnight covers is not known: shown as the platform wrote it, in other_periods.",
            id="unknown cadence",
        ),
        pytest.param(
            [*days(1, 2), ["day", "", 3], ["day", "03.10.2026", ""]],
            "2 rows without a readable date and value: in no table.",
            id="rows without date or value",
        ),
        pytest.param(
            [*days(1, 2), *days(3)],
            "1 row more than there are dates: several values stand for one date, each is shown by itself and the "
            "largest counts as the latest.",
            id="two values of one date",
        ),
        pytest.param(
            days(1, 2, 3),
            "28 of the 31 days have no value: they are missing, not zero, and in no average.",
            id="days that are not listed",
        ),
        pytest.param(
            days(*range(1, 31)),
            "1 of the 31 days has no value: it is missing, not zero, and in no average.",
            id="a day that is not listed",
        ),
        pytest.param(
            days(5), "Only one day is listed, so there is no development to speak of.", id="a series of one reading"
        ),
        pytest.param(
            [["week", "10.10.2026", 4], ["week", "14.10.2026", 5]],
            "Not every week is dated 7 days after the one before, the latest 4 days after it: some overlap or are cut.",
            id="weeks that overlap",
        ),
        pytest.param(
            [["week", day, 4] for day in ("07.10.2026", "10.10.2026", "17.10.2026")],
            "Not every week is dated 7 days after the one before: some overlap or are cut.",
            id="weeks of which an earlier one is cut",
        ),
        pytest.param(
            [["week", "03.10.2026", 4], ["week", "10.10.2026", 5]],
            "The 7 days ending 2026-10-03 begin before the window: whether they are counted whole is not documented.",
            id="a week that begins before the window",
        ),
        pytest.param(
            [["week", "25.10.2026", 4], ["week", "01.11.2026", 5]],
            "The 7 days ending 2026-11-01 end after the window: whether they are counted whole is not documented.",
            id="a week that ends after the window",
        ),
        pytest.param(
            [*days(1, 2), ["day", "01.11.2026", 9]],
            "The report lists 1 day outside the window: counted like the others.",
            id="a day that nobody asked for",
        ),
        pytest.param(
            days(5, 6), "There is no stickiness: the report lists no month with anybody in it.", id="no month"
        ),
    ],
)
def test_what_limits_the_numbers_is_said(rows: list[list[object]], said: str) -> None:
    assert said in own_caveats(summed_up(csv_of(HEADERS, rows), ACTIVE), ACTIVE)


def test_whole_weeks_and_months_need_no_word_of_caution_but_for_the_days_that_are_missing() -> None:
    found = summed_up(csv_of(HEADERS, WHOLE_WEEKS), ACTIVE)
    assert own_caveats(found, ACTIVE) == [
        "3 of the 31 days have no value: they are missing, not zero, and in no average.",
        "Only one month is listed, so there is no development to speak of.",
        CUT,
        WORKDAYS,
        ROUNDED,
    ]


def test_a_month_at_the_edge_of_the_window_may_count_too_few() -> None:
    before = [["month", "30.09.2026", 4]]
    found = compared(csv_of(HEADERS, WHOLE_WEEKS), csv_of(HEADERS, before), ACTIVE)
    said = "The window does not begin and end with a month, so one at its edge may count too few."
    assert f"2026-08-31 to 2026-09-30: {said}" in own_caveats(found, ACTIVE)
    assert f"2026-10-01 to 2026-10-31: {said}" not in own_caveats(found, ACTIVE)


def test_readings_whose_cadence_nobody_knows_are_listed_as_the_platform_wrote_them() -> None:
    found = summed_up(csv_of(HEADERS, [["fortnight", "14.10.2026", 4]]), ACTIVE)
    (others,) = [table for table in found.tables if table.name == "other_periods"]
    assert (others.columns, others.rows) == (["period", "date", "people"], [["fortnight", "2026-10-14", 4]])


def test_of_two_windows_each_says_what_is_missing_in_it() -> None:
    before = [*days(1, 2, start=SEPTEMBER.start, word="DAILY"), ["day", "", 3]]
    assert own_caveats(compared(csv_of(HEADERS, WHOLE_WEEKS), csv_of(HEADERS, before), ACTIVE), ACTIVE) == [
        "2026-10-01 to 2026-10-31: 3 of the 31 days have no value: they are missing, not zero, and in no average.",
        "2026-08-31 to 2026-09-30: The column period was read so: DAILY as day.",
        "2026-08-31 to 2026-09-30: 1 row without a readable date and value: in no table.",
        "2026-08-31 to 2026-09-30: 29 of the 31 days have no value: they are missing, not zero, and in no average.",
        CUT,
        WORKDAYS,
        ROUNDED,
    ], "and nothing of workdays that one window has more of: no average grows with them"


def test_days_on_which_nobody_came_give_a_stickiness_of_zero_and_not_none() -> None:
    found = summed_up(csv_of(HEADERS, [*days(0, 0), ["month", "31.10.2026", 65]]), ACTIVE)
    assert [total.value for total in found.totals if total.name == "stickiness"] == ["0.0"]
    assert not [caveat for caveat in found.caveats if "no stickiness" in caveat]


def test_a_day_with_more_people_than_any_month_gives_no_stickiness_to_speak_of() -> None:
    found = summed_up(csv_of(HEADERS, [*days(7, 9), ["month", "31.10.2026", 5]]), ACTIVE)
    assert "Stickiness" not in found.headline
    assert (
        "The highest day has more people (9) than any month listed (5), so do not rely on stickiness." in found.caveats
    )


def test_words_that_nobody_knows_take_no_room_from_days_and_say_how_many_they_are() -> None:
    others = [[f"{letter}1", f"{day:02}.10.2026", day] for letter in "abcdefg" for day in (1, 2)]
    found = summed_up(csv_of(HEADERS, [*others, *days(5, 6)]), ACTIVE, top=2)
    assert rows_named(found, "periods")[0][:2] == ["day", "5.5"]
    assert [row[0] for row in rows_named(found, "periods")] == ["day", "a1", "b1"]
    (unknown,) = (table for table in found.tables if table.name == "other_periods")
    assert unknown.rows == [["a1", "2026-10-01", 1], ["a1", "2026-10-02", 2]]
    assert (unknown.total_rows, unknown.truncated) == (14, True)
    assert not summed_up(csv_of(HEADERS, [*others, *days(5, 6)]), ACTIVE, top=14).truncated


def test_a_day_with_two_values_is_one_day() -> None:
    found = summed_up(csv_of(HEADERS, [*days(1, 2), *days(3), *days(4, 4, start=date(2026, 9, 30))]), ACTIVE)
    assert "29 of the 31 days have no value: they are missing, not zero, and in no average." in found.caveats
    assert "The report lists 1 day outside the window: counted like the others." in found.caveats
    twice = [*days(4, start=date(2026, 9, 30))] * 2
    outside = summed_up(csv_of(HEADERS, [*days(1, 2), *twice]), ACTIVE)
    assert "The report lists 1 day outside the window: counted like the others." in outside.caveats


def test_a_zero_that_the_platform_wrote_counts_in_the_average() -> None:
    assert rows_named(summed_up(csv_of(HEADERS, days(0, 5)), ACTIVE), "periods")[0][1] == "2.5"
    assert rows_named(summed_up(csv_of(HEADERS, days(5)), ACTIVE), "periods")[0][1] == "5"


def test_an_average_day_with_more_people_than_an_average_month_gives_no_stickiness_to_speak_of() -> None:
    rows = [*days(*[60] * 61, start=date(2026, 9, 1)), ["month", "30.09.2026", 100], ["month", "31.10.2026", 10]]
    found = summed_up(csv_of(HEADERS, rows), ACTIVE, window_of(date(2026, 9, 1), OCTOBER.end))
    assert "Stickiness" not in found.headline
    assert (
        "An average day has more people (60) than an average month (55), so do not rely on stickiness." in found.caveats
    )


def test_a_report_without_a_column_has_no_series_and_says_so() -> None:
    found = summed_up(csv_of(["Period", "Date"], [["day", "01.10.2026"]]), ACTIVE)
    assert (found.headline, found.tables) == ("The report has 1 row.", ())
    assert own_caveats(found, ACTIVE) == ["The report has no column Value, so there is no figure for: periods."]


def test_more_readings_than_days_of_a_window_show_the_newest() -> None:
    rows = days(*range(400), start=date(2025, 9, 1))
    random.Random(3).shuffle(rows)
    (daily,) = [table for table in summed_up(csv_of(HEADERS, rows), ACTIVE).tables if table.name == "daily"]
    assert (len(daily.rows), daily.total_rows, daily.truncated) == (365, 400, True)
    assert daily.rows[-1] == ["2026-10-05", 399]
