"""Summaries are never longer than their budget: what goes first, and what is said of it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date, timedelta
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from render.showing import COMPARE, order, part, summary, table, together
from unique_analytics_mcp.domain.answer import more_rows, query_for_all
from unique_analytics_mcp.domain.order import NextCall
from unique_analytics_mcp.domain.sentences import of_shared_place
from unique_analytics_mcp.domain.summary import Cell, Summary, Table, Total
from unique_analytics_mcp.render import (
    CONCISE_TOKENS,
    DETAILED_TOKENS,
    ReportAnswer,
    cost,
    fit,
    fit_order,
    structured,
    summary_text,
    tokens,
)
from unique_analytics_mcp.render.budget import most
from unique_analytics_mcp.render.text import call_text


def over_time(name: str, labels: Sequence[str]) -> Table:
    rows: list[list[Cell]] = [[label, 100 - place, 0.125] for place, label in enumerate(labels)]
    return table(0, name=name).model_copy(update={"rows": rows, "total_rows": len(rows)})


DAILY = over_time("daily", [f"2026-10-{day:02}" for day in range(1, 32)])
HOURS = over_time("hours", [f"{hour:02}:00" for hour in range(24)])
STALE = DAILY.model_copy(update={"name": "stale", "rows": DAILY.rows[::-1]})
CUT_DAYS = DAILY.model_copy(update={"total_rows": 60, "truncated": True})
IN_ORDER = over_time("names", [f"person {number:02}" for number in range(31)])
DAYS_AND_MORE = over_time("days", [*(f"2026-10-{day:02}" for day in range(1, 31)), "on no day"])
HALF_HOURS = over_time("half_hours", [f"2026-10-05 {hour:02}:{half}+02:00" for hour in range(24) for half in (0, 30)])


def test_what_is_measured_of_an_answer_is_what_is_sent_of_it() -> None:
    sent = json.dumps(structured(summary(table(10))), ensure_ascii=False, separators=(",", ":"))
    assert cost(summary(table(10)), "") == tokens(sent) < cost(summary(table(10)), "word " * 10_000)


@pytest.mark.parametrize("fitting", range(7))
def test_the_most_that_fits_is_found_and_no_more_than_there_is(fitting: int) -> None:
    assert most(5, lambda number: number <= fitting) == min(fitting, 5)


@pytest.mark.parametrize("total_rows", [None, 900], ids=["whole", "cut before"])
def test_a_summary_that_fits_stays_as_it_is(total_rows: int | None) -> None:
    fitting = summary(table(10, total_rows=total_rows), queues(2))
    assert fit(fitting, CONCISE_TOKENS) == fitting


@pytest.mark.parametrize(("rows", "named"), [(10, 3), (100, 2)], ids=["whole", "cut, with the call for more"])
def test_no_more_than_three_next_steps_are_named(rows: int, named: int) -> None:
    steps = [NextCall(tool="query_report", arguments={"order_ids": f"order_{n}"}, why="Counts.") for n in range(4)]
    shown = fit(summary(table(rows), next_steps=steps), CONCISE_TOKENS).next_steps
    assert (len(shown), shown[3 - named :]) == (3, steps[:named])


def test_what_the_headline_says_is_no_caveat_again() -> None:
    lacking, pseudonyms = "Empty, and so counted as 0: 1 cell of Spent.", "Emails may be pseudonyms."
    whole = summary(table(10), headline=f"{lacking} 3 model calls cost 0.5.", caveats=[lacking, pseudonyms])
    shown = fit(whole, CONCISE_TOKENS)
    assert (shown.headline, shown.caveats) == (whole.headline, [pseudonyms])


def test_a_summary_that_is_too_long_says_so_first_and_names_the_call_for_the_rest() -> None:
    short = fit(summary(table(100), table(5, name="devices")), CONCISE_TOKENS)
    shown = len(short.tables[0].rows)
    call = 'download_report_summary(order_id="order_1", top=100, response_format="detailed")'
    assert short.headline == (
        f"Shortened to fit: users {shown} of 100 rows; the first next step, download_report_summary, shows more. "
        "Ada Muster used the Legal Helper most."
    )
    assert 10 < shown < 100
    assert len(short.tables[1].rows) == 5, "the small table is not touched"
    assert (short.tables[0].truncated, short.tables[1].truncated, short.provenance.truncated) == (True, False, True)
    assert [call_text(step) for step in short.next_steps] == [call, call_text(COMPARE)]


@pytest.mark.parametrize(("less", "is_said"), [(40, True), (900, False)], ids=["days make room", "rankings do"])
def test_a_shared_last_place_is_said_of_the_rows_that_are_shown(less: int, is_said: bool) -> None:
    shared = of_shared_place(50, ["users"])
    full = summary(table(50, total_rows=300), DAILY, caveats=[shared, "Emails may be pseudonyms."])
    short = fit(full, cost(full, summary_text(full)) - less)
    assert (len(short.tables[0].rows) == 50) is is_said
    assert short.caveats == [*([shared] if is_said else []), "Emails may be pseudonyms."]


def test_a_detailed_summary_that_is_too_long_names_the_csv() -> None:
    short = fit(summary(*(table(100, name=f"ranking {number}") for number in range(6))), DETAILED_TOKENS)
    assert "the CSV resource analytics://orders/order_1/report.csv has every row." in short.headline
    assert short.headline.startswith("Shortened to fit: ranking 0 ")
    assert ", 3 more tables;" in short.headline
    assert short.next_steps == [COMPARE]


@pytest.mark.parametrize(
    ("developments", "drawn"),
    [([DAILY, HALF_HOURS], "half_hours"), ([DAILY], "daily"), ([over_time("weekly", ["2026-10-05"])], None)],
    ids=["the longest of two", "the one", "none that is whole"],
)
def test_a_development_that_a_detailed_answer_lacks_is_offered_as_a_chart(
    developments: Sequence[Table], drawn: str | None
) -> None:
    short = fit(summary(table(900), *developments), DETAILED_TOKENS)
    assert [step.arguments for step in short.next_steps if step.tool == "chart_report"] == [
        {"order_id": "order_1", "by": name} for name in (drawn,) if name
    ]
    assert short.next_steps[-1] == COMPARE


def test_the_call_for_more_rows_is_kept_where_tables_are_not_shown() -> None:
    more = NextCall(tool="download_report_summary", arguments={"order_id": "order_1", "top": 50}, why="More.")
    full = summary(*(table(1, name=f"t{number}") for number in range(13)), next_steps=[more])
    assert fit(full, DETAILED_TOKENS).next_steps == [more]


def test_the_call_for_more_rows_that_a_summary_already_names_is_kept() -> None:
    more = NextCall(tool="download_report_summary", arguments={"order_id": "order_1", "top": 50}, why="More.")
    short = fit(summary(table(100), next_steps=[COMPARE, more]), CONCISE_TOKENS)
    assert short.next_steps == [more, COMPARE]


@pytest.mark.parametrize(
    ("tables", "said"), [(12, []), (13, ["1 table is not shown."]), (14, ["2 tables are not shown."])]
)
def test_tables_beyond_a_dozen_are_counted_not_dropped_in_silence(tables: int, said: list[str]) -> None:
    full = summary(*(table(1, name=f"t{number}") for number in range(tables)))
    short = fit(full, DETAILED_TOKENS)
    assert short.caveats == [*said, *full.caveats]
    assert (len(short.tables), short.provenance.truncated) == (12, bool(said))


def test_notes_that_would_fill_the_answer_are_shortened_before_every_row_is_lost() -> None:
    short = fit(summary(table(10), caveats=["ß1" * 200] * 30), CONCISE_TOKENS)
    assert cost(ReportAnswer(summary=short), summary_text(short)) <= CONCISE_TOKENS
    assert (len(short.caveats), short.caveats[-1]) == (4, "… and 27 more")
    assert short.tables[0].rows == table(10).rows


@pytest.mark.parametrize(
    ("tables", "less", "rows"),
    [
        pytest.param([table(10, total_rows=300), DAILY], 40, [10, 0], id="one row per day"),
        pytest.param([table(25), table(25, total_rows=300), DAILY], 40, [25, 25, 0], id="not a ranking of everybody"),
        pytest.param([table(10), STALE], 40, [10, 22], id="not a list of days in another order"),
        pytest.param([table(10), HOURS, DAILY], 40, [10, 24, 0], id="the longest alone where that is enough"),
        pytest.param([table(5), HOURS, DAILY], 450, [5, 0, 0], id="then the next"),
        pytest.param([HALF_HOURS, HOURS, table(7)], 500, [0, 24, 7], id="also where nothing is ranked"),
        pytest.param([HOURS, HALF_HOURS], 500, [24, 0], id="all but the shortest where there is nothing else"),
        pytest.param([table(10), CUT_DAYS], 40, [10, 22], id="not days of which some are left out already"),
        pytest.param([table(10), IN_ORDER], 40, [10, 19], id="not names in their order"),
        pytest.param([table(10), DAYS_AND_MORE], 40, [10, 22], id="not days and a name"),
        pytest.param([table(15), HALF_HOURS, table(30, total_rows=90)], 900, [15, 0, 30], id="before what is short"),
    ],
)
def test_long_developments_make_room_first(tables: Sequence[Table], less: int, rows: list[int]) -> None:
    full = summary(*tables)
    short = fit(full, cost(full, summary_text(full)) - less)
    assert [len(shown.rows) for shown in short.tables] == rows


def test_what_made_room_is_named_with_its_length() -> None:
    full = summary(table(10, total_rows=300), DAILY)
    short = fit(full, cost(full, summary_text(full)) - 40)
    assert short.headline.startswith("Shortened to fit: daily 0 of 31 rows; ")


def test_a_development_that_stands_alone_shows_its_first_rows() -> None:
    short = fit(summary(DAILY), cost(summary(DAILY), summary_text(summary(DAILY))) - 40)
    assert 20 < len(short.tables[0].rows) < 31


def test_what_markdown_adds_around_rows_counts_too() -> None:
    wide = table(41).model_copy(update={"columns": ["c" * 200] * 3})
    short = fit(summary(wide, headline="[" * 700), CONCISE_TOKENS)
    assert 30 < len(short.tables[0].rows) < 41
    assert cost(ReportAnswer(summary=short), summary_text(short)) <= CONCISE_TOKENS


def test_more_orders_than_fit_are_counted() -> None:
    short = fit(summary(provenance=together(*(part(f"order_{n}") for n in range(27)))), DETAILED_TOKENS)
    assert len(short.provenance.parts) == 20
    assert "Source: several orders" in summary_text(short)
    assert short.caveats[0] == "7 orders behind this answer are not shown."
    assert short.provenance.truncated


@pytest.mark.parametrize(
    ("budget", "rest"),
    [
        (CONCISE_TOKENS, "the first next step, run_analytics_report, shows more"),
        (DETAILED_TOKENS, "the CSV resources of its orders have every row"),
    ],
    ids=["concise", "detailed"],
)
def test_a_cut_answer_of_several_orders_names_the_call_for_all_of_them(budget: int, rest: str) -> None:
    more = NextCall(tool="run_analytics_report", arguments={"type": "NPS", "top": 50}, why="Shows more rows.")
    behind = together(part("order_1"), part("order_2"))
    short = fit(summary(table(900), provenance=behind, next_steps=[more]), budget)
    assert rest in short.headline
    assert short.next_steps == ([more] if budget == CONCISE_TOKENS else [])


def test_days_of_several_orders_that_found_no_room_are_had_beside_shorter_rankings() -> None:
    more = NextCall(tool="run_analytics_report", arguments={"type": "NPS", "top": 100}, why="Shows more rows.")
    behind = together(part("order_1"), part("order_2", before=True))
    short = fit(summary(table(900), DAILY, provenance=behind, next_steps=[more]), DETAILED_TOKENS)
    assert [len(each.rows) for each in short.tables if each.name == DAILY.name] == [0]
    assert short.next_steps == [
        NextCall(
            tool="run_analytics_report",
            arguments={"type": "NPS", "top": 10},
            why="Shows all of daily, beside shorter rankings.",
        )
    ]


def test_years_of_days_of_several_orders_are_had_by_a_query() -> None:
    more = NextCall(tool="run_analytics_report", arguments={"type": "NPS", "top": 50}, why="Shows more rows.")
    days: list[list[Cell]] = [[str(date(2025, 8, 1) + timedelta(days=passed)), passed] for passed in range(800)]
    years = Table(name="daily", columns=["date", "n"], rows=days, total_rows=800, truncated=False)
    behind = together(part("order_1"), part("order_2"), part("order_3"))
    query = query_for_all(["order_1", "order_2", "order_3"])
    for steps in ([more], [more, query]):
        full = summary(table(10), years, provenance=behind, next_steps=steps)
        assert fit(full, DETAILED_TOKENS).next_steps == [query]
    unnamed = together(*(part(f"order_{n}") for n in range(27)))
    assert fit(summary(table(10), years, provenance=unnamed, next_steps=[more]), DETAILED_TOKENS).next_steps == []


def test_an_answer_that_shows_every_row_names_no_call_for_more() -> None:
    more = NextCall(tool="run_analytics_report", arguments={"type": "NPS", "top": 50}, why="Shows more rows.")
    behind = together(part("order_1"), part("order_2", before=True))
    assert fit(summary(table(10), provenance=behind, next_steps=[more, COMPARE]), CONCISE_TOKENS).next_steps == [
        COMPARE
    ]


@pytest.mark.parametrize(("top", "is_offered"), [(50, False), (100, True)])
def test_only_calls_that_show_more_rows_than_the_answer_are_named(top: int, is_offered: bool) -> None:
    more = NextCall(tool="download_report_summary", arguments={"order_id": "order_1", "top": top}, why="More.")
    shown = fit(summary(table(50, total_rows=900), next_steps=[more]), DETAILED_TOKENS)
    assert len(shown.tables[0].rows) == 50
    assert (more in shown.next_steps) == is_offered


@pytest.mark.parametrize(("rows", "is_whole"), [(8, True), (16, True), (17, False)])
def test_a_short_table_of_everything_stays_whole_beside_a_cut_ranking(rows: int, *, is_whole: bool) -> None:
    others = [table(100, name=name, total_rows=900) for name in ("users", "spaces", "models")]
    short = fit(summary(table(rows, name="totals"), *others), CONCISE_TOKENS)
    assert (short.tables[0] == table(rows, name="totals")) is is_whole
    assert 8 < len(short.tables[1].rows) < 17


def queues(count: int) -> Table:
    """Each has a name and an id of 32 digits."""
    rows: list[list[Cell]] = [[f"Queue {n}", f"{n:032}", n] for n in range(count)]
    columns = ["queue_name", "queue_id", "handled"]
    return table(0, total_rows=count).model_copy(update={"columns": columns, "rows": rows})


def test_ids_make_room_where_names_tell_rows_apart_and_that_is_said() -> None:
    full = summary(queues(10))
    short = fit(full, cost(full, summary_text(full)) - 40)
    assert (short.tables[0].columns, len(short.tables[0].rows)) == (["queue_name", "handled"], 10)
    assert short.headline == full.headline
    assert short.caveats == [
        "Without room for queue_id: names tell the rows apart. The CSV and query_report have them.",
        *full.caveats,
    ]


def test_ids_of_two_that_are_named_alike_stay() -> None:
    alike = queues(100)
    alike.rows[1][0] = alike.rows[0][0]
    assert fit(summary(alike), CONCISE_TOKENS).tables[0].columns == alike.columns


def test_where_each_table_had_hardly_a_row_the_first_has_several() -> None:
    users, spaces, models = (table(10, name=name, total_rows=90) for name in ("users", "spaces", "models"))
    empty = summary(*(each.model_copy(update={"rows": []}) for each in (users, spaces, models)))
    short = fit(summary(users, spaces, models), cost(empty, summary_text(empty)) + 180)
    first, *others = short.tables
    assert 3 <= len(first.rows) < 10
    assert [(shown.name, shown.columns, shown.rows) for shown in others] == [("spaces", [], []), ("models", [], [])]
    assert f"users {len(first.rows)} of 90 rows, spaces 0 of 90 rows, models 0 of 90 rows;" in short.headline


def test_a_short_table_behind_a_further_ranking_stays_before_that_has_rows() -> None:
    users, spaces, months = table(10, total_rows=90), table(10, name="spaces", total_rows=90), table(6, name="monthly")
    empty = summary(*(each.model_copy(update={"rows": []}) for each in (users, spaces)), months)
    short = fit(summary(users, spaces, months), cost(empty, summary_text(empty)) + 180)
    assert [(shown.name, len(shown.rows)) for shown in short.tables][1:] == [("spaces", 0), ("monthly", 6)]


def test_a_comparison_shows_its_first_ranking_before_short_tables_behind_it() -> None:
    totals, users, spaces = table(4, name="totals"), table(10, total_rows=90), table(10, name="spaces", total_rows=90)
    empty = summary(totals, *(each.model_copy(update={"rows": []}) for each in (users, spaces)))
    short = fit(summary(totals, users, spaces, table(8, name="devices")), cost(empty, summary_text(empty)) + 180)
    assert [(shown.name, len(shown.rows) > 2) for shown in short.tables] == [
        ("totals", True),
        ("users", True),
        ("spaces", False),
        ("devices", False),
    ]


def ids(count: int) -> list[str]:
    """As long as the platform's, and as hard to abbreviate."""
    return [f"analyticOrder_{sha256(bytes([number])).hexdigest()[:24]}" for number in range(count)]


def drawing(count: int) -> NextCall:
    """The call for a comparison of so many orders."""
    side, before = (",".join(named) for named in (ids(count)[: count // 2], ids(count)[count // 2 :]))
    return NextCall(tool="chart_report", arguments={"order_id": side, "before": before}, why="Draws both windows.")


def many(count: int) -> Summary:
    """A comparison of so many orders."""
    rankings = [table(10, name=name, total_rows=90) for name in ("users", "spaces", "models")]
    short = [table(7, name=name) for name in ("devices", "weekdays")]
    behind = together(*map(part, ids(count)))
    return summary(table(4, name="totals"), *rankings, *short, provenance=behind, next_steps=[drawing(count)])


def test_tables_have_rows_before_all_of_many_orders_are_listed() -> None:
    short = fit(many(10), CONCISE_TOKENS)
    assert all(shown.rows for shown in short.tables)
    assert len(short.provenance.parts) == 3
    assert short.caveats[0] == "7 orders behind this answer are not shown."
    assert drawing(10) in short.next_steps, "so that the others are named"
    assert "Source: several orders" in summary_text(short)


def test_as_many_orders_as_a_call_places_by_default_are_listed_and_named_whatever_tables_lose() -> None:
    short = fit(many(8), CONCISE_TOKENS)
    assert len(short.provenance.parts) == 8
    assert drawing(8) in short.next_steps


def test_tables_have_rows_before_a_call_that_names_many_orders_is_offered() -> None:
    short = fit(many(26), CONCISE_TOKENS)
    assert all(len(shown.rows) > 2 for shown in short.tables)
    assert drawing(26) not in short.next_steps
    assert drawing(26) in fit(many(26), DETAILED_TOKENS).next_steps


def test_the_first_ranking_keeps_rows_before_a_short_table_also_behind_a_development() -> None:
    users, months = table(10, total_rows=90), table(6, name="monthly")
    empty = summary(*(each.model_copy(update={"rows": []}) for each in (DAILY, users, months)))
    short = fit(summary(DAILY, users, months), cost(empty, summary_text(empty)) + 180)
    shown = {each.name: len(each.rows) for each in short.tables}
    assert (shown["daily"], shown["users"] >= 3, shown["monthly"]) == (0, True, 0)


@pytest.mark.parametrize(("room", "rows"), [(105, 1), (125, 2), (140, 3), (155, 4)])
def test_where_hardly_a_row_fits_even_a_short_table_shows_as_many_as_do(room: int, rows: int) -> None:
    users = table(10).model_copy(update={"columns": ["email", "interactions", "c" * 20]})
    full = summary(users, caveats=[], next_steps=[])
    empty = full.model_copy(update={"tables": [users.model_copy(update={"rows": []})]})
    short = fit(full, cost(empty, summary_text(empty)) + room)
    assert [len(each.rows) for each in short.tables] == [rows]


def test_an_answer_without_rows_that_is_too_long_is_shortened_too() -> None:
    short = fit(summary(caveats=["ß1" * 200] * 30), CONCISE_TOKENS)
    assert cost(ReportAnswer(summary=short), summary_text(short)) <= CONCISE_TOKENS
    assert short.headline == summary().headline


def test_a_budget_nothing_fits_gives_the_shortest_form_there_is() -> None:
    wide = order(remarks=["One.", "Two."], options={f"filter_{number}": "ß1" * 100 for number in range(30)})
    assert fit(summary(table(10)), 10).tables == []
    assert fit_order(wide).remarks == ["One.", "… and 1 more"]


_words = st.text(max_size=60) | st.text(alphabet='ab1|"\\\n\u200b\U0001f600ß', max_size=900)
_cells = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _words


@st.composite
def _tables(draw: st.DrawFn) -> Table:
    width = draw(st.integers(0, 12))
    some = draw(st.lists(st.lists(_cells, min_size=width, max_size=width), max_size=4))
    rows = [list(row) for row in some * draw(st.integers(1, 60))]
    hidden = draw(st.integers(0, 1_000))
    return Table(
        name=draw(_words),
        columns=draw(st.lists(_words, min_size=width, max_size=width)),
        rows=rows,
        total_rows=len(rows) + hidden,
        truncated=hidden > 0,
    )


@st.composite
def _summaries(draw: st.DrawFn) -> Summary:
    many = st.lists(_words, max_size=30).map(lambda lines: lines * 4)
    return summary(
        *draw(st.lists(_tables(), max_size=4)) * draw(st.integers(1, 5)),
        headline=draw(_words) * draw(st.integers(1, 5)),
        totals=draw(st.lists(st.builds(Total, name=_words, value=st.integers() | _words, unit=_words), max_size=6))
        * draw(st.integers(1, 10)),
        caveats=draw(many),
        provenance=summary().provenance.model_copy(
            update={
                "order_id": draw(st.from_regex(r"\A[A-Za-z0-9_-]{1,200}\Z")),
                "type": draw(_words),
                "columns_missing": draw(many),
                "columns_unknown": draw(many),
                "parts": [part(draw(st.from_regex(r"\A[A-Za-z0-9_-]{1,200}\Z")))] * draw(st.sampled_from([0, 2, 60])),
            }
        ),
        next_steps=[COMPARE] * draw(st.integers(0, 4)),
        saved_to=draw(st.none() | _words),
    )


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(_summaries(), st.sampled_from([CONCISE_TOKENS, DETAILED_TOKENS]))
def test_no_summary_is_longer_than_its_budget_in_either_form(whole: Summary, budget: int) -> None:
    short = fit(whole, budget)
    assert cost(ReportAnswer(summary=short), summary_text(short)) <= budget
    for shown, before in zip(short.tables, whole.tables, strict=False):
        assert len(shown.rows) <= len(before.rows)
        assert shown.total_rows == before.total_rows
        assert shown.truncated or len(shown.rows) == before.total_rows
    if any(len(shown.rows) < len(before.rows) for shown, before in zip(short.tables, whole.tables, strict=False)):
        assert short.headline.startswith("Shortened to fit: ")
        assert short.provenance.truncated


def test_no_text_of_an_answer_is_shown_as_somebody_else_wrote_it() -> None:
    odd = "wo\u202erd\n[a](b)"
    wide = table(1).model_copy(update={"name": odd, "columns": [odd] * 3, "rows": [[odd, odd, odd]]})
    written = {"type": odd, "options": {odd: odd}, "columns_missing": [odd], "columns_unknown": [odd]}
    full = summary(
        wide,
        headline=odd,
        totals=[Total(name=odd, value=odd, unit=odd)],
        caveats=[odd],
        provenance=summary().provenance.model_copy(update=written),
        next_steps=[NextCall(tool="chart_report", arguments={"by": odd}, why="")],
        saved_to=odd,
    )
    shown = fit(full, CONCISE_TOKENS)
    assert len(shown.tables[0].rows) == 1
    assert re.findall(r"\\u202e|\\n", json.dumps(structured(shown))) == []


def test_a_call_that_names_many_orders_names_each_of_them_whole() -> None:
    ids = ",".join(f"analyticOrder_{number:024}" for number in range(14))
    draw = NextCall(tool="chart_report", arguments={"order_id": ids, "before": ids}, why="Draws it.")
    assert fit(summary(table(10), next_steps=[draw]), CONCISE_TOKENS).next_steps == [draw]


def test_a_call_for_more_that_goes_takes_no_place_of_another() -> None:
    others = [NextCall(tool="query_report", arguments={"order_ids": f"order_{each}"}, why="") for each in range(4)]
    steps = [more_rows("download_report_summary", {"order_id": "order_1"}, top=50), *others]
    whole = fit(summary(table(3), next_steps=steps), CONCISE_TOKENS)
    cut = fit(summary(table(300, total_rows=900), next_steps=steps), CONCISE_TOKENS)
    assert (whole.next_steps, cut.next_steps) == (others[:3], steps[:3])
