"""What of a summary can be drawn, read from its tables alone: no report type is known to charts."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from charts.drawing import MODELS, drawn, points, summary_of, table
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.charts import Wish, chart_of, fit_chart
from unique_analytics_mcp.domain.order import NextCall
from unique_analytics_mcp.domain.sentences import of_shared_place
from unique_analytics_mcp.domain.summary import Cell
from unique_analytics_mcp.errors import InvalidRequest


def test_decimals_are_drawn_and_shown_digit_for_digit() -> None:
    chart = drawn(table("models", ["language_model", "spent"], ["gpt", "12.500001"], ["small", "0.25"]))
    assert (chart.measure, chart.unit, chart.kind) == ("spent", "CHF", "bar")
    assert points(chart) == [("gpt", "12.500001"), ("small", "0.25")]
    record, text = fit_chart(chart)
    assert record.rows == [["gpt", "12.500001"], ["small", "0.25"]]
    assert "gpt leads in spent (CHF): 12.500001." in text


@pytest.mark.parametrize(
    ("report", "name", "measure", "axis"),
    [
        ("PRODUCT_METRICS", "tools", "average", "average (people)"),
        ("PRODUCT_METRICS", "tools", "days_with_use", "days with use"),
        *(("ACTIVE_USER", "periods", read, f"{read} (people)") for read in ("peak", "latest", "first", "change")),
        ("CHAT_INTERACTION", "query", "count", "count"),
        ("ACTIVE_USER", "periods", "change_percent", "change (%)"),
        ("ACTIVE_USER", "query", "average", "average"),
        ("MODEL_USAGE", "query", "adoption_percent", "adoption (%)"),
        ("MODEL_USAGE", "models", "spent", "spent (CHF)"),
    ],
)
def test_what_a_number_counts_stands_at_its_axis(report: str, name: str, measure: str, axis: str) -> None:
    assert drawn(table(name, ["what", measure], ["a", 3]), report=UNIQUE_REPORTS[report]).axis == axis


def test_identifiers_of_digits_say_who_and_are_never_drawn() -> None:
    ranking = table("chats", ["user_id", "chat_id", "calls"], ["7", "1001", 3], ["8", "1002", 1])
    assert points(drawn(ranking)) == [("7 · 1001", 3), ("8 · 1002", 1)]
    with pytest.raises(InvalidRequest, match="chat_id holds text or dates"):
        drawn(ranking, wish=Wish(measure="chat_id"))


@pytest.mark.parametrize(
    ("second", "labels"),
    [("VIP", ["Claims", "VIP"]), ("Claims", ["Claims · 4-2", "Claims · 1-7"])],
    ids=["names apart", "a name twice"],
)
def test_an_id_is_drawn_only_where_its_name_is_not_enough(second: str, labels: list[str]) -> None:
    ranking = table("queues", ["queue_name", "queue_id", "calls"], ["Claims", "4-2", 3], [second, "1-7", 1])
    assert [point.label for point in drawn(ranking).points] == labels


@pytest.mark.parametrize("measure", ["Total cost", "total_cost"])
@pytest.mark.parametrize("column", ["Total cost", "total_cost"])
def test_a_measure_is_drawn_from_the_table_that_has_it(column: str, measure: str) -> None:
    models = table("models", ["language_model", "calls"], ["gpt", 2])
    people = table("people", ["user_id", column], ["ada", 9])
    assert points(drawn(models, people, wish=Wish(measure=measure))) == [("ada", 9)]


@pytest.mark.parametrize("by", ["People", " people ", "user_id", "User ID"])
def test_a_table_is_named_by_itself_or_by_its_keys_in_any_case(by: str) -> None:
    models = table("models", ["language_model", "calls"], ["gpt", 2])
    people = table("people", ["User_ID", "calls"], ["ada", 9])
    assert points(drawn(models, people, wish=Wish(by=by))) == [("ada", 9)]


def test_a_ranking_by_another_number_ends_with_the_rows_that_have_none() -> None:
    models = table("models", ["language_model", "calls", "score"], ["gpt", 9, None], ["tiny", 3, -2], ["small", 1, 5])
    found = drawn(models, wish=Wish(measure="score"))
    assert points(found) == [("small", 5), ("tiny", -2), ("gpt", None)]
    assert not drawn(models, wish=Wish(measure="score", top=1)).unsorted


@pytest.mark.parametrize(
    ("name", "labels"),
    [("hours", ["08:00", "09:00", "10:00"]), ("query", ["2026-10-05", "2026-10-06", "2026-10-07"])],
    ids=["hours", "days"],
)
def test_what_follows_time_is_not_ranked_by_another_number(name: str, labels: list[str]) -> None:
    cells: list[list[Cell]] = [[label, 9 - place, place] for place, label in enumerate(labels)]
    hours = UNIQUE_REPORTS["CHAT_INTERACTION_DETAILED"]
    chart = drawn(table(name, ["when", "messages", "people"], *cells), report=hours, wish=Wish(measure="people", top=2))
    assert points(chart) == [(label, place) for place, label in enumerate(labels)]


@pytest.mark.parametrize(
    ("values", "top", "unsorted", "shared"),
    [
        ([5, 3, 3, 1], 1, False, False),
        ([5, 3, 3, 1], 2, False, True),
        ([5, 3, 3, 1], 3, False, False),
        ([5, 3, 3, 3], 4, False, False),
        ([3, 5, 3, 3], 3, True, False),
        ([3, 5, 3, 3], 4, False, False),
    ],
    ids=str,
)
def test_an_end_among_equals_is_said_of_rows_in_the_order_of_their_number(
    values: list[int], top: int, *, unsorted: bool, shared: bool
) -> None:
    cells: list[list[Cell]] = [[f"model {place}", value] for place, value in enumerate(values)]
    chart = drawn(table("models", ["language_model", "calls"], *cells), wish=Wish(top=top))
    assert (len(chart.points), chart.unsorted, chart.ends_among_equals) == (top, unsorted, shared)
    assert chart.caveats == ((of_shared_place(top, ["models"]),) if shared else ())


def test_what_a_summary_says_and_calls_goes_with_its_chart_but_for_the_last_place_of_its_own_rows() -> None:
    more = NextCall(tool="download_report_summary", arguments={"order_id": "order_1", "top": 50}, why="More.")
    compare = NextCall(tool="run_analytics_report", arguments={"type": "MODEL_USAGE"}, why="To compare.")
    summary = summary_of(table("models", ["language_model", "calls"], ["gpt", 2])).model_copy(
        update={"caveats": [of_shared_place(10, ["models"]), "Spent is an estimate."], "next_steps": [compare, more]}
    )
    chart = chart_of(summary, MODELS, Wish())
    assert (chart.caveats, chart.rest) == (("Spent is an estimate.",), more)


def test_numbers_in_the_first_column_say_what_a_point_stands_for() -> None:
    chart = drawn(table("query", ["year", "calls", "rank"], [2025, 7, 1], [2026, 5, 2]))
    assert (points(chart), chart.drawable) == ([("2025", 7), ("2026", 5)], {"query": ("calls", "rank")})


@pytest.mark.parametrize("cells", [[None, None], [5, "n/a"], [5, "Infinity"], ["NaN", 5], [True, False]], ids=str)
def test_a_column_of_which_not_each_value_is_a_number_is_not_drawn(cells: list[Cell]) -> None:
    rows: list[list[Cell]] = [[who, cell] for who, cell in zip(("ada", "ben"), cells, strict=True)]
    with pytest.raises(InvalidRequest, match="nothing that can be drawn"):
        drawn(table("query", ["who", "score"], *rows))


def test_of_readings_the_first_development_is_drawn_and_of_others_the_first_table() -> None:
    rows = table("periods", ["what", "average"], ["day", 3]), table("daily", ["when", "people"], ["2026-10-01", 2])
    active = UNIQUE_REPORTS["ACTIVE_USER"]
    asked = (active, Wish()), (MODELS, Wish()), (active, Wish(by="periods"))
    found = [drawn(*rows, report=report, wish=wish).table for report, wish in asked]
    assert found == ["daily", "periods", "periods"]


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish(by="model"), "no ranking or development 'model' to draw"),
        (Wish(measure="language_model"), "language_model holds text or dates"),
        (Wish(measure="timestamp"), "timestamp holds text or dates"),
        (Wish(by="query", measure="who"), "who holds text or dates"),
        (Wish(measure="spent"), "There is no column 'spent' to draw by models"),
        (Wish(measure="mood"), "There is no column 'mood' to draw by models"),
        (Wish(by="query", kind="line"), "The days of query are not one row each"),
    ],
    ids=str,
)
def test_what_cannot_be_drawn_is_refused_and_why(wish: Wish, said: str) -> None:
    models = table("models", ["language_model", "calls"], ["gpt", 2])
    query = table("query", ["day", "who", "calls"], ["2026-10-01", "a", 1], ["2026-10-01", "b", 2])
    assert drawn(query).kind == "bar"
    with pytest.raises(InvalidRequest, match=re.escape(said)):
        drawn(models, query, wish=wish)


def test_words_in_an_order_of_their_own_keep_it() -> None:
    hours = table("weekdays", ["weekday", "calls", "people"], ["Monday", 5, 1], ["Tuesday", 9, 3], ["Sunday", 1, 2])
    assert [label for label, _ in points(drawn(hours, wish=Wish(measure="people")))] == ["Monday", "Tuesday", "Sunday"]


def test_hours_of_a_day_are_drawn_whole_and_in_their_order() -> None:
    rows: list[list[Cell]] = [[f"{hour:02}:00", 24 - hour] for hour in range(24)]
    hours = table("hours", ["hour", "messages"], *rows)
    chart = drawn(hours, report=UNIQUE_REPORTS["CHAT_INTERACTION_DETAILED"])
    assert [label for label, _ in points(chart)] == [f"{hour:02}:00" for hour in range(24)]
    assert chart.kind == "bar"


@pytest.mark.parametrize(
    "labels", [["2026-08", "2026-09"], ["2026-W40", "2026-W41"], ["2026-10-01", "2026-10-02"]], ids=str
)
def test_days_weeks_and_months_that_follow_each_other_are_a_line(labels: list[str]) -> None:
    scores = table("scores", ["when", "score"], [labels[0], -1], [labels[1], 0])
    chart = drawn(scores)
    assert (chart.kind, chart.over_time, drawn(scores, wish=Wish(kind="bar")).kind) == ("line", True, "bar")
    assert f"lowest -1 on {labels[0]}, last 0 on {labels[1]}." in chart.headline


def test_dates_that_share_an_end_of_a_line_are_counted() -> None:
    rows: list[list[Cell]] = [["2026-10-01", 5], ["2026-10-02", 0], ["2026-10-03", 0], ["2026-10-04", 0]]
    assert drawn(table("daily", ["day", "calls"], *rows)).headline == (
        "Calls: highest 5 on 2026-10-01, lowest 0 on 2026-10-02 and 2 others, last 0 on 2026-10-04."
    )


@pytest.mark.parametrize(
    ("measure", "values", "said"),
    [
        ("spent", [9, 4], "Spent (CHF): highest 9 on 2026-10-01, lowest 4 on 2026-10-02, last 4 on 2026-10-02."),
        ("share_percent", [50], "Share (%): 50 on 2026-10-01."),
    ],
)
def test_a_line_is_told_with_its_unit(measure: str, values: list[int], said: str) -> None:
    rows: list[list[Cell]] = [[f"2026-10-0{day}", value] for day, value in enumerate(values, 1)]
    assert drawn(table("daily", ["day", measure], *rows)).headline == said


def test_days_in_another_order_are_bars() -> None:
    days = table("best_days", ["day", "calls"], ["2026-10-09", 7], ["2026-10-02", 5])
    assert drawn(days).kind == "bar"


def test_days_without_their_strokes_are_words() -> None:
    rows: list[list[Cell]] = [["20261001T00-02", 1], ["20261002T00-02", 2]]
    chart = drawn(table("days", ["day", "calls"], *rows))
    assert (chart.kind, [label for label, _ in points(chart)]) == ("bar", [label for label, _ in rows])


def test_tables_of_words_are_passed_over() -> None:
    words = table("comments", ["feedback", "by"], ["good", "ada"], ["1 star", "ben"])
    empty = table("none", ["language_model", "spent"])
    assert drawn(words, empty, table("models", ["language_model", "calls"], ["gpt", 2])).table == "models"
    with pytest.raises(InvalidRequest, match="nothing that can be drawn") as refused:
        drawn(words, empty)
    assert "sql for labels, then a number" in refused.value.hint


def test_values_that_are_missing_are_no_zeros() -> None:
    chart = drawn(table("scores", ["when", "score"], ["2026-08", 3], ["2026-09", None], ["2026-10", 1]))
    record, text = fit_chart(chart)
    assert record.rows[1] == ["2026-09", None]
    assert "lowest 1 on 2026-10" in chart.headline
    assert "█·▃" in text


@pytest.mark.parametrize(
    ("labels", "missing"),
    [
        (["2026-10-29", "2026-10-30", "2026-11-02"], ["2026-10-31", "2026-11-01"]),
        (["2026-10-05", "2026-10-12", "2026-10-26"], ["2026-10-19"]),
        (["2026-W51", "2026-W52", "2027-W01"], ["2026-W53"]),
        (["2026-W52-7", "2026-W53-1", "2026-W53-3"], ["2026-W53-2"]),
        (["2026-10", "2026-11", "2027-02"], ["2026-12", "2027-01"]),
        (["2026-10-01T00:00:00", "2026-11-01T00:00:00", "2027-01-01T00:00:00"], ["2026-12-01T00:00:00"]),
        (["2026-07-31", "2026-08-31", "2026-11-30"], ["2026-09-30", "2026-10-31"]),
        (["2027-12-31", "2028-01-31", "2028-03-31"], ["2028-02-29"]),
        (["2026-07-15", "2026-08-15", "2026-10-15"], ["2026-09-15"]),
        (["2026-10-05T08:00:00", "2026-10-05T09:00:00", "2026-10-05T11:00:00"], ["2026-10-05T10:00:00"]),
        (["2026-10-05 08:00+02:00", "2026-10-05 08:30+02:00", "2026-10-05 09:30+02:00"], ["2026-10-05 09:00+02:00"]),
        (["2026-10-24 23:00+02:00", "2026-10-25 02:00+02:00", "2026-10-25 04:00+01:00"], []),
        (["2026-10-05", "2026-10-05", "2026-10-06", "2026-10-08"], ["2026-10-07"]),
        (["2026-10-05", "2026-10-20"], []),
        (["2026-10-05", "2026-10-05"], []),
    ],
    ids=["days", "weeks by day", "weeks", "days of weeks", "months", "months by moment", "months by their last days",
         "a leap year", "months by a day", "hours", "half hours",
         "winter time", "twice", "two days", "one day"],
)  # fmt: skip
def test_what_is_missing_between_days_weeks_and_months_is_a_gap(labels: list[str], missing: list[str]) -> None:
    rows: list[list[Cell]] = [[label, place + 1] for place, label in enumerate(labels)]
    chart = drawn(table("scores", ["when", "score"], *rows))
    shown = points(chart)
    assert [label for label, value in shown if value is None] == missing
    assert sorted(label for label, _ in shown) == sorted([*labels, *missing])
    assert chart.total_points == len(shown)
    record, text = fit_chart(chart)
    assert record.rows == [[label, value] for label, value in shown]
    assert not record.chart.truncated
    assert text.count("·", text.index("```")) == len(missing)


def test_what_is_a_moment_only_with_a_character_that_is_not_shown_is_a_word() -> None:
    hours: list[list[Cell]] = [["2026-10-05 09:00", 2], ["2026-10-05 10:00", 3], ["2026-10-05 12:00", 4]]
    chart = drawn(table("query", ["at", "calls"], ["2026-10-05\u200b08:00", 1], *hours))
    assert (chart.over_time, points(chart)[0]) == (False, ("2026-10-0508:00", 1))


@pytest.mark.parametrize(
    "days",
    [
        [f"{date(2026, 7, 6) + timedelta(days=passed):%G-W%V-%u}" for passed in range(70)],
        [f"{date(2025, 6, 2) + timedelta(weeks=passed)}" for passed in range(70)],
        [f"{date(2026, 8, 1) + timedelta(days=passed // 2)}" for passed in range(70)],
    ],
    ids=["days of weeks", "weeks by day", "twice a day"],
)
def test_what_is_not_day_by_day_is_a_row_each_however_many(days: list[str]) -> None:
    rows: list[list[Cell]] = [[day, place] for place, day in enumerate(days)]
    record, text = fit_chart(drawn(table("query", ["day", "calls"], *rows)))
    assert record.columns == ["day", "calls"]
    assert record.rows == rows[-len(record.rows) :]
    assert [line for line in text.splitlines() if ": " in line and line[:4].isdigit()] == []
    assert record.headline.startswith(f"Shortened to fit: the newest {len(record.rows)} of 70 points are written out")


def test_moments_that_keep_no_step_stand_as_they_are_and_that_is_said() -> None:
    seconds: list[list[Cell]] = [["2026-10-05T08:00:00", 1], ["2026-10-05T08:00:01", 2], ["2026-10-07T09:30:00", 3]]
    chart = drawn(table("calls", ["when", "score"], *seconds))
    assert len(chart.points) == chart.total_points == 3
    assert chart.caveats[0] == "Times without a row are left out, so distances in time are not to scale."


def test_a_cut_week_makes_no_gaps_of_whole_ones() -> None:
    weeks: list[list[Cell]] = [["2026-10-07", 4], ["2026-10-14", 5], ["2026-10-28", 6], ["2026-10-31", 3]]
    active = UNIQUE_REPORTS["ACTIVE_USER"]
    chart = drawn(table("weekly", ["7_days_ending", "people"], *weeks), report=active)
    assert [label for label, value in points(chart) if value is None] == ["2026-10-21"]


def test_a_cut_month_makes_no_gaps_of_whole_ones() -> None:
    months: list[list[Cell]] = [["2026-07-31", 4], ["2026-08-31", 5], ["2026-09-15", 6]]
    chart = drawn(table("monthly", ["month_dated", "people"], *months), report=UNIQUE_REPORTS["ACTIVE_USER"])
    assert [label for label, _ in points(chart)] == ["2026-07-31", "2026-08-31", "2026-09-15"]


def test_nobody_leads_where_all_did_nothing() -> None:
    idle = table("users", ["user_id", "spent"], ["ada", "0"], ["ben", "0"])
    assert drawn(idle).headline == "Nothing leads in spent (CHF): 0 in 2 rows."


def test_an_average_that_no_row_has_names_nothing() -> None:
    running = table("tools", ["tool", "average", "peak"], ["Web", None, 3], ["Code", None, 2])
    chart = drawn(running, report=UNIQUE_REPORTS["PRODUCT_METRICS"])
    assert (chart.title, chart.headline) == ("Peak by tool", "Web leads in peak (people): 3.")


def test_costs_that_no_length_tells_apart_are_told_apart_in_words() -> None:
    more, less = "30000000000000.0003", "30000000000000.0001"
    costs = table("users", ["user_id", "spent"], ["ada", more], ["ben", less], ["cem", less])
    assert drawn(costs).headline == f"ada leads in spent (CHF): {more}."
    assert drawn(costs, wish=Wish(top=1)).caveats == ()
    days: list[list[Cell]] = [["2026-10-05", less], ["2026-10-06", more]]
    assert drawn(table("daily", ["day", "spent"], *days)).headline == (
        f"Spent (CHF): highest {more} on 2026-10-06, lowest {less} on 2026-10-05, last {more} on 2026-10-06."
    )


@pytest.mark.parametrize("measure", ["cost_per_1000_tokens", "share_percent"])
def test_what_is_rounded_is_not_said_to_be_equal(measure: str) -> None:
    models = table("models", ["language_model", measure], ["gpt-a", "2.5"], ["gpt-b", "2.5"], ["gpt-c", "2.5"])
    chart = drawn(models, wish=Wish(top=2))
    assert chart.headline.startswith("gpt-a and at least 2 others share the first place in ")
    assert chart.headline.endswith(" each, as rounded.")
    assert chart.caveats == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([3, -5], "ada leads in change: 3."),
        ([-3, -5], "ada has the highest change: -3."),
        ([0, -5], "ada has the highest change: 0."),
        ([-3, -3], "ada and 1 other share the highest change: -3 each."),
    ],
    ids=str,
)
def test_who_lost_least_leads_in_nothing(changes: list[int], said: str) -> None:
    assert drawn(table("users", ["user_id", "change"], ["ada", changes[0]], ["ben", changes[1]])).headline == said


@pytest.mark.parametrize(
    ("who", "said"),
    [
        (["Unknown", "ada"], "Of those named, ada leads in calls: 3."),
        (["(empty)", "ada"], "Of those named, ada leads in calls: 3."),
        ([None, "ada"], "Of those named, ada leads in calls: 3."),
        ([" unknown ", "ada"], "Of those named, ada leads in calls: 3."),
        (["ada", "unknown"], "ada leads in calls: 5."),
        (["Unknown", "(empty)"], "Nobody and nothing is named in the 2 rows shown."),
    ],
    ids=str,
)
def test_nobody_is_not_said_to_lead(who: list[Cell], said: str) -> None:
    first, second = who
    assert drawn(table("users", ["user_id", "calls"], [first, 5], [second, 3])).headline == said


def test_what_is_named_in_part_is_not_named_and_what_is_missing_is_blank() -> None:
    chart = drawn(table("chats", ["user_id", "chat_id", "calls"], ["7", None, 3], ["8", "1002", 1]))
    assert points(chart) == [("7 · (blank)", 3), ("8 · 1002", 1)]
    assert chart.headline == "Of those named, user id 8 · chat id 1002 leads in calls: 1."


def test_what_is_no_person_may_be_called_unknown() -> None:
    models = table("models", ["language_model", "calls"], ["Unknown", 5], ["gpt", 3])
    assert drawn(models).headline == "Unknown leads in calls: 5."


def test_rows_without_any_value_are_said_to_have_none() -> None:
    chart = drawn(table("models", ["language_model", "score"], ["gpt", None], ["small", 3]), wish=Wish(top=1))
    record, text = fit_chart(chart)
    assert record.rows == [["gpt", None]]
    assert text.startswith("None of the 1 row shown has a value for score.")


def test_a_line_without_days_says_which_table_has_them() -> None:
    models = table("models", ["language_model", "calls"], ["gpt", 2])
    days = table("daily", ["timestamp", "calls"], ["2026-10-01", 2])
    with pytest.raises(InvalidRequest, match="models is no development") as refused:
        drawn(models, days, wish=Wish(kind="line", by="models"))
    assert "by='daily'" in refused.value.hint
    with pytest.raises(InvalidRequest, match="No table has days in it") as nothing:
        drawn(models, wish=Wish(kind="line"))
    assert nothing.value.hint.startswith("Call chart_report with sql that gives days, oldest first, then a number")
    with pytest.raises(InvalidRequest, match="No table has days in it") as of_sql:
        drawn(table("query", ["language_model", "calls"], ["gpt", 2]), wish=Wish(kind="line"))
    assert of_sql.value.hint == "Call chart_report with chart='bar'."


@pytest.mark.parametrize("name", ["columns", "undocumented_columns"])
def test_how_full_columns_are_is_not_drawn(name: str) -> None:
    profile = table(name, ["column", "kind", "filled"], ["prompt", "text", 6], ["email", "text (inferred)", 6])
    with pytest.raises(InvalidRequest, match="holds nothing that can be drawn") as nothing:
        drawn(profile)
    assert "sql" in nothing.value.hint
    assert set(drawn(table("models", ["language_model", "calls"], ["gpt", 2]), profile).drawable) == {"models"}


def test_a_chart_whose_texts_are_too_long_is_cut_at_a_row() -> None:
    long: list[list[Cell]] = [[f"{'Größenübersicht ' * 4}{place}", 10**15 - place] for place in range(20)]
    chart = replace(
        drawn(table("models", ["language_model", "calls"], *long), wish=Wish(top=20)), caveats=("careful " * 40,) * 9
    )
    record, text = fit_chart(chart)
    assert 0 < len(record.rows) < 20
    assert record.chart.truncated
    assert text.startswith(f"Shortened to fit: the first {len(record.rows)} of 20 points are written out")
    assert 'download_report_summary(order_id="order_1", top=50, response_format="detailed") shows more' in text


def test_long_names_that_begin_alike_are_told_apart_by_their_ends() -> None:
    folder = "Research / 2026 / Quartalsberichte der Abteilung / "
    names = [f"{folder * 12}{end}" for end in ("Zürich.pdf", "Genf.pdf")]
    first, second, short = points(drawn(table("documents", ["file", "calls"], [names[0], 3], [names[1], 2], ["x", 1])))
    labels = [label for label, _ in (first, second)]
    assert short == ("x", 1)
    assert [label.partition("…")[0] for label in labels] == [folder[:39]] * 2
    assert [label[-10:] for label in labels] == ["Zürich.pdf", "/ Genf.pdf"]
    assert {len(label) for label in labels} == {80}


def test_a_long_name_that_is_told_from_the_others_keeps_its_beginning() -> None:
    chart = drawn(table("documents", ["file", "calls"], ["Quartal / " * 12, 2], ["other", 1]))
    assert [label[:70] for label, _ in points(chart)] == ["Quartal / " * 7, "other"]
