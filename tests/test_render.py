"""Answers: safe to show, the same in both forms, and never longer than their budget."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unique_analytics_mcp.domain.measures import SummaryPlan
from unique_analytics_mcp.domain.order import NextCall, Order, OrderState
from unique_analytics_mcp.domain.period import Window
from unique_analytics_mcp.domain.report import (
    Cell,
    Column,
    ColumnKind,
    Option,
    Part,
    Provenance,
    ReportType,
    Summary,
    Table,
    Total,
)
from unique_analytics_mcp.render import (
    CONCISE_TOKENS,
    DETAILED_TOKENS,
    OrderList,
    ReportAnswer,
    clean,
    cost,
    fit,
    fit_order,
    fit_orders,
    guide_text,
    guide_to_all,
    guide_to_one,
    order_list,
    order_text,
    orders_text,
    structured,
    summary_text,
    tokens,
)
from unique_analytics_mcp.render.text import call_text, cell_text, table_text, window_text

OCTOBER = Window(
    start=date(2026, 10, 1), end=date(2026, 10, 31), time_zone="Europe/Zurich", label="last_month", complete=True
)
AS_OF = datetime(2026, 11, 2, 8, 0, 5, tzinfo=UTC)
COMPARE = NextCall(tool="run_analytics_report", arguments={"type": "CHAT_INTERACTION"}, why="To compare.")


def table(rows: int, *, name: str = "users", total_rows: int | None = None) -> Table:
    return Table(
        name=name,
        columns=["email", "interactions", "share"],
        rows=[[f"person.{n}@nordwind.example", 1000 - n, 0.125] for n in range(rows)],
        total_rows=rows if total_rows is None else total_rows,
        truncated=total_rows is not None,
    )


def summary(*tables: Table, **changes: object) -> Summary:
    whole = Summary(
        headline="Ada Muster used the Legal Helper most.",
        totals=[Total(name="interactions", value=1234567, unit=""), Total(name="spent", value="10.50", unit="CHF")],
        tables=list(tables),
        caveats=["Emails may be pseudonyms."],
        provenance=Provenance(
            order_id="order_1",
            type="CHAT_INTERACTION",
            window=OCTOBER,
            as_of=AS_OF,
            rows=4321,
            rejected_rows=2,
            columns_missing=["TabletCount"],
            columns_unknown=["Mood"],
            sha256="ab12" * 16,
            truncated=any(table.truncated for table in tables),
        ),
        next_steps=[COMPARE],
        csv_uri="analytics://orders/order_1/report.csv",
        saved_to="october.csv",
    )
    return whole.model_copy(update=changes)


def part(order_id: str, *, before: bool = False) -> Part:
    return Part(order_id=order_id, start=OCTOBER.start, end=OCTOBER.end, before=before, rows=2160, rejected_rows=1)


def together(*parts: Part) -> Provenance:
    return summary().provenance.model_copy(update={"parts": list(parts)})


def order(**changes: object) -> Order:
    made = Order(
        order_id="order_1",
        backend="unique",
        type="CHAT_INTERACTION",
        state=OrderState.PROCESSING,
        platform_state="RUNNING",
        window=OCTOBER,
        assistant_id="assistant_7",
        created_at=AS_OF,
        reused=True,
        waited_seconds=45.0,
        remarks=["The last check did not succeed."],
        next_step=NextCall(tool="wait_for_order", arguments={"order_id": "order_1"}, why="Still running."),
    )
    return made.model_copy(update=changes)


def leaves(value: object) -> Iterator[str]:
    """Every text and number in structured content."""
    if isinstance(value, dict):
        for part in value.values():
            yield from leaves(part)
    elif isinstance(value, list):
        for part in value:
            yield from leaves(part)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)


def unsaid(answer: Summary | Order, text: str, *, besides: str = "") -> list[str]:
    """What the structured content says and the text does not."""
    plain = text.replace("\\", "")
    return [leaf for leaf in leaves(structured(answer)) if leaf not in plain and leaf != besides]


# Tokens


@pytest.mark.parametrize(
    ("text", "about"),
    [
        pytest.param("The auditors of the bank carefully review every single interaction.", 12, id="prose"),
        pytest.param('{"type":"object","properties":{"order_id":{"type":"string"}}}', 17, id="schema"),
        pytest.param('["anna.meier@example.com","Contract Assistant",123,0.1234]', 20, id="row"),
        pytest.param("550e8400-e29b-41d4-a716-446655440000", 20, id="uuid"),
        pytest.param("2026-10-01 to 2026-10-31", 13, id="dates"),
        pytest.param("質問と回答の数", 8, id="japanese"),
        pytest.param("", 0, id="nothing"),
    ],
)
def test_an_estimate_lies_from_the_usual_count_to_twice_as_much(text: str, about: int) -> None:
    """The counts are by hand, after the merges of a public vocabulary."""
    assert about <= tokens(text) <= 2 * about


@given(st.text(), st.text())
def test_an_estimate_never_shrinks_when_text_is_added_in_a_new_line(one: str, other: str) -> None:
    assert tokens(f"{one}\n{other}") >= max(tokens(one), tokens(other))


# Cleaning


@pytest.mark.parametrize(
    ("dirty", "shown"),
    [
        pytest.param("Legal Helper", "Legal Helper", id="nothing to do"),
        pytest.param("Zürich: Übersicht", "Zürich: Übersicht", id="accents stay"),
        pytest.param("質問 👍", "質問 👍", id="other scripts and emoji stay"),
        pytest.param("one\r\ntwo\n\n three\tfour", "one two three four", id="line breaks"),
        pytest.param("one\u2028two\u0085three", "one two three", id="unusual line breaks"),
        pytest.param("a\u200bb\u200dc\ufeffd\u2060e", "abcde", id="zero width"),
        pytest.param("safe\u202egnp.exe", "safegnp.exe", id="right to left override"),
        pytest.param("\u2066isolated\u2069", "isolated", id="isolates"),
        pytest.param("hi\U000e0041\U000e0042", "hi", id="tag characters"),
        pytest.param("a\ufe0fb\U000e0101", "ab", id="variation selectors"),
        pytest.param("a\u3164b\u2800c\u115fd", "abcd", id="letters that show nothing"),
        pytest.param("\x1b[31mred\x07\x00", "red", id="terminal codes"),
        pytest.param("bad\ud800bytes", "badbytes", id="lone surrogates"),
        pytest.param("x" * 201, "x" * 199 + "…", id="too long"),
        pytest.param("x" * 200, "x" * 200, id="just not too long"),
        pytest.param(" " * 5_000 + "late", "…", id="blank for longer than anybody reads"),
        pytest.param(" \n ", "", id="only blanks"),
    ],
)
def test_what_people_wrote_is_shown_as_one_visible_line(dirty: str, shown: str) -> None:
    assert clean(dirty) == shown


@given(st.text(max_size=300))
def test_cleaned_text_is_clean_and_fits_and_can_be_sent(dirty: str) -> None:
    shown = clean(dirty)
    assert clean(shown) == shown
    assert len(shown) <= 200
    json.dumps(shown).encode()


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        pytest.param(1234567, "1234567", id="digits as they are"),
        pytest.param(0.125, "0.125", id="fraction"),
        pytest.param("10.50", "10.50", id="decimal keeps its digits"),
        pytest.param(True, "true", id="flag"),
        pytest.param(None, "", id="nothing"),
        pytest.param("a|b", r"a\|b", id="cell border"),
        pytest.param("![x](http://evil.example)", r"!\[x](http://evil.example)", id="image"),
        pytest.param("<img src=x>", r"\<img src=x>", id="html"),
        pytest.param("`code`", r"\`code\`", id="code"),
    ],
)
def test_a_cell_cannot_leave_its_place_in_a_table(cell: Cell, shown: str) -> None:
    assert cell_text(cell) == shown


def test_a_table_says_how_many_rows_there_are() -> None:
    assert table_text(table(2, total_rows=143)) == (
        "**users** (2 of 143 rows)\n"
        "| email | interactions | share |\n"
        "|---|---|---|\n"
        "| person.0@nordwind.example | 1000 | 0.125 |\n"
        "| person.1@nordwind.example | 999 | 0.125 |"
    )
    assert table_text(table(1)).startswith("**users** (1 row)\n")
    assert table_text(table(0)) == "**users** (0 rows)"


# Windows and calls


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        pytest.param({}, "2026-10-01 to 2026-10-31 (31 days, both included, Europe/Zurich, last_month)", id="period"),
        pytest.param(
            {"label": "2026-10-01..2026-10-31"},
            "2026-10-01 to 2026-10-31 (31 days, both included, Europe/Zurich)",
            id="dates are not said twice",
        ),
        pytest.param(
            {"complete": False},
            "2026-10-01 to 2026-10-31 (31 days, both included, Europe/Zurich, last_month, not complete)",
            id="running",
        ),
        pytest.param(
            {"start": OCTOBER.end, "days": 1, "label": "yesterday"},
            "2026-10-31 to 2026-10-31 (1 day, Europe/Zurich, yesterday)",
            id="one day",
        ),
    ],
)
def test_a_window_is_one_phrase(changes: dict[str, object], shown: str) -> None:
    assert window_text(OCTOBER.model_copy(update=changes)) == shown


def test_an_unknown_window_is_said() -> None:
    assert window_text(None) == "days the platform does not say"


def test_a_call_can_be_made_as_it_is_written() -> None:
    call = NextCall(tool="wait_for_order", arguments={"order_id": "ö_1", "max_wait_seconds": 45, "x": True}, why="")
    assert call_text(call) == 'wait_for_order(order_id="ö_1", max_wait_seconds=45, x=true)'


# Orders


def test_an_order_says_the_same_in_both_forms() -> None:
    made = order()
    assert unsaid(made, order_text(made), besides="2026-11-02T08:00:05Z") == []


def test_an_order_text_reads_well() -> None:
    assert order_text(order()) == (
        "Order order_1 is PROCESSING (the platform says RUNNING): CHAT_INTERACTION over 2026-10-01 to 2026-10-31 "
        "(31 days, both included, Europe/Zurich, last_month). Backend: unique. Only assistant assistant_7. Placed at "
        "2026-11-02T08:00:05Z. Waited 45.0 seconds. This is an equal, earlier order: no new one was placed.\n\n"
        "- The last check did not succeed.\n\n"
        'Next:\n- wait_for_order(order_id="order_1"): Still running.'
    )


def test_a_planned_order_is_not_said_to_exist() -> None:
    planned = order(
        order_id=None, state=None, platform_state="", assistant_id=None, created_at=None, reused=False,
        waited_seconds=None, remarks=[],
    )  # fmt: skip
    assert order_text(planned).startswith("Planned, not placed: CHAT_INTERACTION over 2026-10-01")
    assert "order_id" not in structured(planned)


def test_what_a_platform_wrote_about_an_order_is_cleaned_everywhere() -> None:
    dirty = order(
        platform_state="RUN\u202eNING",
        assistant_id="a\u200b7",
        type="CHAT\n",
        remarks=["one\ntwo"] * 12,
        next_step=NextCall(tool="wait_for_order", arguments={"order_id": "o\u200b1", "top": 3}, why=""),
    )
    shown = fit_order(dirty)
    assert (shown.platform_state, shown.assistant_id, shown.type) == ("RUNNING", "a7", "CHAT")
    assert shown.remarks == ["one two"] * 12
    assert shown.next_step.arguments == {"order_id": "o1", "top": 3}


def test_remarks_beyond_the_budget_are_counted() -> None:
    shown = fit_order(order(remarks=["A sentence about the order."] * 50))
    assert shown.remarks == ["A sentence about the order."] * 20 + ["… and 30 more"]


def test_the_worst_order_stays_within_a_concise_answer() -> None:
    hostile = fit_order(order(remarks=["wörd " * 500] * 50, platform_state="X1" * 9_000, assistant_id="ß" * 9_000))
    assert cost(hostile, order_text(hostile)) <= CONCISE_TOKENS


def page_of(count: int, *, next_offset: int | None = None, prefix: str = "order") -> OrderList:
    listed = [order(order_id=f"{prefix}_{number}") for number in range(count)]
    return order_list(
        listed,
        offset=40,
        more=next_offset is not None,
        next_offset=next_offset,
        remarks=[],
        filters={"state": "DONE", "limit": 20},
    )


def test_a_page_of_orders_names_the_next_one_with_the_same_filters() -> None:
    page = page_of(2, next_offset=42)
    assert page.next_steps[0].arguments == {"state": "DONE", "limit": 20, "offset": 42}
    assert orders_text(page) == (
        "Orders 41 to 42, newest first. There are more.\n\n"
        "**orders** (2 rows)\n"
        "| order_id | type | state | platform_state | start | end | assistant_id | created_at |\n"
        "|---|---|---|---|---|---|---|---|\n"
        "| order_0 | CHAT_INTERACTION | PROCESSING | RUNNING | 2026-10-01 | 2026-10-31 | assistant_7 "
        "| 2026-11-02T08:00:05+00:00 |\n"
        "| order_1 | CHAT_INTERACTION | PROCESSING | RUNNING | 2026-10-01 | 2026-10-31 | assistant_7 "
        "| 2026-11-02T08:00:05+00:00 |\n\n"
        'Next:\n- list_analytics_orders(state="DONE", limit=20, offset=42): The next page of older orders.'
    )


def test_no_orders_is_an_answer() -> None:
    assert orders_text(page_of(0)) == "No orders here. There are no more."


def test_a_page_that_is_too_long_ends_earlier_and_continues_there() -> None:
    fitting = fit_orders(page_of(100, prefix="a1b2c3d4" * 4), DETAILED_TOKENS)
    shown = len(fitting.orders.rows)
    assert 50 < shown < 100
    assert cost(fitting, orders_text(fitting)) <= DETAILED_TOKENS
    assert (fitting.more, fitting.next_offset) == (True, 40 + shown)
    assert fitting.next_steps[0].arguments["offset"] == 40 + shown


def test_a_page_that_fits_is_left_alone() -> None:
    assert fit_orders(page_of(20), DETAILED_TOKENS) == page_of(20)


# Summaries


def test_a_summary_says_the_same_in_both_forms() -> None:
    whole = fit(summary(table(3), table(2, name="daily")), CONCISE_TOKENS)
    text = summary_text(whole)
    assert unsaid(whole, text, besides="ab12" * 16) == []
    assert "sha256 ab12ab12ab12…" in text


def test_a_summary_text_begins_with_the_answer_and_ends_with_the_next_call() -> None:
    text = summary_text(summary(table(1)))
    assert text.split("\n\n")[:3] == [
        "Ada Muster used the Legal Helper most.",
        "Window: 2026-10-01 to 2026-10-31 (31 days, both included, Europe/Zurich, last_month).",
        "Totals: interactions 1234567; spent 10.50 (CHF).",
    ]
    assert text.endswith('- run_analytics_report(type="CHAT_INTERACTION"): To compare.')


def test_a_summary_text_says_where_its_numbers_come_from() -> None:
    assert (
        "Source: order order_1, CHAT_INTERACTION, as of 2026-11-02T08:00:05Z; 4321 rows read, 2 rejected; sha256 "
        "ab12ab12ab12…; missing columns: TabletCount; undocumented columns: Mood. "
        "CSV: analytics://orders/order_1/report.csv"
    ) in summary_text(summary())


def test_a_summary_that_fits_keeps_every_row() -> None:
    assert fit(summary(table(10)), CONCISE_TOKENS) == summary(table(10))


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


def test_a_detailed_summary_that_is_too_long_names_the_csv() -> None:
    short = fit(summary(*(table(100, name=f"ranking {number}") for number in range(6))), DETAILED_TOKENS)
    assert "the CSV resource analytics://orders/order_1/report.csv has every row." in short.headline
    assert short.headline.startswith("Shortened to fit: ranking 0 ")
    assert ", 3 more tables;" in short.headline
    assert short.next_steps == [COMPARE]


def test_the_call_for_more_rows_that_a_summary_already_names_is_kept() -> None:
    more = NextCall(tool="download_report_summary", arguments={"order_id": "order_1", "top": 50}, why="More.")
    short = fit(summary(table(100), next_steps=[COMPARE, more]), CONCISE_TOKENS)
    assert short.next_steps == [more, COMPARE]


def test_tables_beyond_a_dozen_are_counted_not_dropped_in_silence() -> None:
    short = fit(summary(*(table(1, name=f"t{number}") for number in range(14))), DETAILED_TOKENS)
    assert short.caveats[0] == "2 tables are not shown."
    assert (len(short.tables), short.provenance.truncated) == (12, True)


def test_notes_that_would_fill_the_answer_are_shortened_before_every_row_is_lost() -> None:
    short = fit(summary(table(10), caveats=["ß1" * 200] * 30), CONCISE_TOKENS)
    assert cost(ReportAnswer(summary=short), summary_text(short)) <= CONCISE_TOKENS
    assert (len(short.caveats), short.caveats[-1]) == (4, "… and 27 more")
    assert short.tables[0].rows == table(10).rows


def over_time(name: str, labels: Sequence[str]) -> Table:
    rows: list[list[Cell]] = [[label, 100 - place, 0.125] for place, label in enumerate(labels)]
    return table(0, name=name).model_copy(update={"rows": rows, "total_rows": len(rows)})


DAILY = over_time("daily", [f"2026-10-{day:02}" for day in range(1, 32)])
HOURS = over_time("hours", [f"{hour:02}:00" for hour in range(24)])
HALF_HOURS = over_time("half_hours", [f"2026-10-05 {hour:02}:{half}+02:00" for hour in range(24) for half in (0, 30)])


@pytest.mark.parametrize(
    ("tables", "less", "rows"),
    [
        pytest.param([table(10, total_rows=300), DAILY], 40, [10, 0], id="one row per day"),
        pytest.param([table(25), table(25, total_rows=300), DAILY], 40, [25, 25, 0], id="not a ranking of everybody"),
        pytest.param([table(10), HOURS, DAILY], 40, [10, 24, 0], id="the longest alone where that is enough"),
        pytest.param([table(5), HOURS, DAILY], 450, [5, 0, 0], id="then the next"),
        pytest.param([HALF_HOURS, HOURS, table(7)], 500, [0, 24, 7], id="also where nothing is ranked"),
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


def test_a_summary_text_names_every_order_behind_it() -> None:
    text = summary_text(summary(provenance=together(part("order_1"), part("order_2", before=True))))
    assert "Source: 2 orders, CHAT_INTERACTION" in text
    assert "report.csv; likewise for each order\n- order order_1: 2026-10-01 to 2026-10-31, 2160 rows read" in text
    assert "- order order_2: 2026-10-01 to 2026-10-31 (before), 2160 rows read, 1 rejected" in text


def test_more_orders_than_fit_are_counted() -> None:
    short = fit(summary(provenance=together(*(part(f"order_{n}") for n in range(27)))), DETAILED_TOKENS)
    assert len(short.provenance.parts) == 20
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
    assert (more in short.next_steps) == (budget == CONCISE_TOKENS)


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


def test_a_short_table_of_everything_stays_whole_beside_a_cut_ranking() -> None:
    short = fit(summary(table(8, name="totals"), table(100, total_rows=900)), CONCISE_TOKENS)
    assert short.tables[0] == table(8, name="totals")
    assert 8 < len(short.tables[1].rows) < 100


def test_a_budget_nothing_fits_gives_the_shortest_form_there_is() -> None:
    assert fit(summary(table(10)), 10).tables == []
    assert fit_order(order(remarks=["One.", "Two."]), 10).remarks == ["One.", "… and 1 more"]


def test_cells_of_a_summary_are_cleaned_in_both_forms() -> None:
    dirty = Table(name="users", columns=["na\u200bme"], rows=[["ev\u202eil\n|"]], total_rows=1, truncated=False)
    shown = fit(summary(dirty, headline="Top: ev\u202eil", saved_to="a\u200b.csv"), CONCISE_TOKENS)
    assert (shown.tables[0].columns, shown.tables[0].rows) == (["name"], [["evil |"]])
    assert (shown.headline, shown.saved_to) == ("Top: evil", "a.csv")


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


# Reports


INTERACTIONS = ReportType(
    name="CHAT_INTERACTION",
    backend="unique",
    title="Chat interactions",
    answers="Who used which assistant most?",
    row="one person, day and assistant",
    columns=(
        Column(header="Email", kind=ColumnKind.TEXT, meaning="Who asked.", personal=True),
        Column(header="Count", kind=ColumnKind.INTEGER, meaning="Questions.", unit="interactions", adds_up=True),
        Column(
            header="Message", kind=ColumnKind.TEXT, meaning="The question.", free_text=True, optional=True,
            role="chat.data.admin",
        ),
    ),
    max_days=365,
    roles="chat.feedback.read",
    caveats=("Emails may be pseudonyms.",),
    summary=SummaryPlan(totals=()),
    options=(Option(name="assistant_id", meaning="Only this assistant."),),
)  # fmt: skip


def test_the_guide_to_all_reports_is_one_row_each() -> None:
    guide = guide_to_all({"CHAT_INTERACTION": INTERACTIONS}, time_zone="Europe/Zurich")
    assert guide.tables[0].rows == [
        ["CHAT_INTERACTION", "Who used which assistant most?", 365, "chat.feedback.read", "assistant_id"]
    ]
    assert "Days are those of Europe/Zurich" in guide_text(guide)


def test_the_guide_to_one_report_explains_its_columns_options_and_caveats() -> None:
    guide = guide_to_one(INTERACTIONS, time_zone="Europe/Zurich")
    named = {table.name: table.rows for table in guide.tables}
    assert named["options"] == [["assistant_id", "Only this assistant."]]
    assert named["columns"] == [
        ["email", "text", "", "Who asked.", "identifies people"],
        ["count", "integer", "interactions", "Questions.", "may be added"],
        ["message", "text", "", "The question.", "written by people, may be missing, needs chat.data.admin"],
    ]
    assert [leaf for leaf in leaves(structured(guide)) if leaf not in guide_text(guide)] == []


def test_a_report_without_options_has_no_table_of_them() -> None:
    bare = guide_to_one(
        ReportType(
            name="X", backend="unique", title="", answers="", row="", columns=(), max_days=1, roles="", caveats=(),
            summary=SummaryPlan(totals=()),
        ),
        time_zone="UTC",
    )  # fmt: skip
    assert [table.name for table in bare.tables] == ["reports", "columns"]
    assert "Caveats" not in guide_text(bare)
