"""What of a comparison can be drawn: two values to each bar, two lines to each number."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from charts.drawing import MODELS, PROVENANCE, drawn, points, summary_of, table
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.charts import Chart, Wish, chart_of, fit_chart
from unique_analytics_mcp.charts.specification import Sides
from unique_analytics_mcp.domain.provenance import Part
from unique_analytics_mcp.domain.summary import Cell, Summary, Table
from unique_analytics_mcp.render import CONCISE_TOKENS, tokens

COMPARED = ["interactions", "before", "change", "change_percent", "rank", "moved"]
PARTS = [
    Part(order_id="order_1", start=date(2026, 10, 1), end=date(2026, 10, 31), before=False, rows=5, rejected_rows=0),
    Part(order_id="order_2", start=date(2026, 8, 31), end=date(2026, 9, 30), before=True, rows=4, rejected_rows=0),
]


def beside(*tables: Table, wish: Wish | None = None) -> Chart:
    """A comparison of October, drawn."""
    provenance = PROVENANCE.model_copy(update={"parts": PARTS, "type": "CHAT_INTERACTION"})
    summary = Summary(
        headline="", totals=[], tables=list(tables), caveats=[], provenance=provenance, next_steps=[], csv_uri="x:y"
    )
    return chart_of(summary, UNIQUE_REPORTS["CHAT_INTERACTION"], wish or Wish())


def test_a_comparison_is_drawn_with_what_was_before() -> None:
    totals = table("totals", ["total", "value", "before"], ["interactions", 12, 9])
    users = table("users", ["email", *COMPARED], ["ada", 7, 3, 4, 133.3, 1, ""], ["ben", 5, 6, -1, -16.7, 2, "up 1"])
    chart = beside(totals, users)
    assert [(point.label, point.value, point.before) for point in chart.points] == [("ada", 7, 3), ("ben", 5, 6)]
    assert chart.sides == Sides(now="2026-10-01 to 2026-10-31", before="2026-08-31 to 2026-09-30")
    assert chart.drawable == {"users": ("interactions", "change", "change_percent")}
    assert chart.headline == (
        "ada leads in interactions (questions with their answers): 7. "
        "Beside it, 2026-08-31 to 2026-09-30: ada changed most of those shown, 7 after 3."
    )
    record, text = fit_chart(chart)
    assert (record.columns, record.rows) == (["email", "interactions", "before"], [["ada", 7, 3], ["ben", 5, 6]])
    assert record.chart.sides == ["2026-10-01 to 2026-10-31", "2026-08-31 to 2026-09-30"]
    assert "\n7 ████████████████████████ ada\n3 ██████████▎              before\n" in text
    assert "\nOrders: order_1\nOrders before: order_2\n" in text


def test_who_is_gone_stands_where_they_stood_and_takes_the_lead_from_nobody() -> None:
    users = table(
        "users",
        ["email", *COMPARED],
        ["ada", 7, 3, 4, 133.3, 1, ""],
        ["cyd", 0, 9, -9, -100.0, None, "gone (was 1)"],
        ["ben", 5, 6, -1, -16.7, 2, ""],
    )
    chart = beside(users, wish=Wish(top=2))
    assert [(point.label, point.value, point.before) for point in chart.points] == [("ada", 7, 3), ("cyd", 0, 9)]
    assert not chart.unsorted
    assert chart.headline.startswith("ada leads in interactions")
    assert chart.headline.endswith("cyd changed most of those shown, 0 after 9.")


def test_where_the_comparison_leaves_a_change_empty_none_is_told() -> None:
    periods = table("periods", ["email", *COMPARED[:3]], ["ada", 6, 140, None], ["ben", 5, 4, 1], ["cyd", 3, 4, -1])
    assert beside(periods).headline.endswith("ben changed most of those shown, 5 after 4 (1 other by as much).")
    none = table("periods", ["email", *COMPARED], ["ada", 6, 140, None, None, 1, ""])
    assert beside(none).headline.endswith("2026-09-30: nothing that can be compared.")
    same = table("periods", ["email", *COMPARED[:3]], ["ada", 6, 6, 0])
    assert beside(same).headline.endswith("2026-09-30: nothing shown has changed.")


@pytest.mark.parametrize("second", [(5, 9), (0, 0)], ids=["fewer than the next", "nothing, as before"])
def test_rows_of_a_comparison_in_another_order_are_said_to_be_so(second: tuple[int, int]) -> None:
    users = table("users", ["email", *COMPARED[:2]], ["ada", 7, 3], ["ben", *second], ["cyd", 6, 6])
    assert beside(users, wish=Wish(top=2)).unsorted


def test_a_column_that_is_called_before_is_drawn_beside_the_number_it_follows() -> None:
    chart = drawn(table("query", ["who", "calls", "before"], ["ada", 4, 1], ["ben", 3, 9]))
    assert [(point.value, point.before, point.compares) for point in chart.points] == [(4, 1, True), (3, 9, True)]
    assert (chart.sides, chart.drawable) == (Sides(now="calls", before="before"), {"query": ("calls",)})


def test_days_of_both_windows_keep_what_else_tells_their_rows_apart() -> None:
    chart = beside(
        table("query", ["date", "date_before", "who", *COMPARED[:2]], ["2026-10-01", "2026-08-31", "ada", 4, 8])
    )
    assert points(chart) == [("2026-10-01 · ada", 4)]


def test_the_sides_of_a_comparison_are_the_first_and_the_last_day_of_their_orders() -> None:
    day, earlier = date(2026, 11, 1), date(2026, 8, 30)
    more = [PARTS[0].model_copy(update={"start": day, "end": day}), PARTS[1].model_copy(update={"end": earlier})]
    before = more[1].model_copy(update={"start": earlier})
    users = table("users", ["email", *COMPARED[:2]], ["ada", 7, 3])
    summary = summary_of(users)
    provenance = summary.provenance.model_copy(update={"parts": [PARTS[0], more[0], before]})
    chart = chart_of(summary.model_copy(update={"provenance": provenance}), MODELS, Wish())
    assert chart.sides == Sides(now="2026-10-01 to 2026-11-01", before="2026-08-30")


def test_days_of_both_windows_make_two_lines_on_one_scale() -> None:
    days = table(
        "daily", ["date", "date_before", *COMPARED[:3]],
        ["2026-10-01", "2026-08-31", 4, 8, -4], ["2026-10-02", "2026-09-01", 2, 0, 2],
        [None, "2026-09-02", None, 5, None],
    )  # fmt: skip
    chart = beside(days)
    assert (chart.kind, [point.before for point in chart.points], chart.total_points) == ("line", [8, 0], 2)
    assert chart.caveats == ("Without anything beside them, so not drawn: 2026-09-02.",)
    assert chart.headline.endswith("last 2 on 2026-10-02. Beside it, 2026-08-31 to 2026-09-30: highest 8, lowest 0.")
    record, text = fit_chart(chart)
    assert record.rows == [["2026-10-01", 4, 8], ["2026-10-02", 2, 0]]
    assert "▅▃ 2026-10-01 to 2026-10-31\n█▁ 2026-08-31 to 2026-09-30\n4 before 8 2026-10-01\n2 before 0" in text


def test_long_windows_side_by_side_are_cut_to_the_newest_days_and_never_to_months() -> None:
    first = date(2026, 1, 1)
    rows: list[list[Cell]] = [
        [f"{first + timedelta(days=day)}", f"{first + timedelta(days=day - 180)}", day, 1000 + day, -1000]
        for day in range(180)
    ]
    record, text = fit_chart(beside(table("daily", ["date", "date_before", *COMPARED[:3]], *rows)))
    assert record.columns == ["date", "interactions", "before"]
    assert record.rows[-1] == ["2026-06-29", 179, 1179]
    assert record.chart.truncated
    assert text.startswith(f"Shortened to fit: the newest {len(record.rows)} of 180 points are written out")
    assert max(tokens(text), tokens(record.model_dump_json())) <= CONCISE_TOKENS


def test_orders_behind_a_chart_beyond_eight_are_counted() -> None:
    chart = drawn(table("models", ["language_model", "calls"], ["gpt", 2]))
    parts = [PARTS[0].model_copy(update={"order_id": f"order_{number}"}) for number in range(11)]
    record, text = fit_chart(replace(chart, provenance=PROVENANCE.model_copy(update={"parts": parts})))
    assert [part.order_id for part in record.provenance.parts] == [f"order_{number}" for number in range(8)]
    assert record.chart.caveats[0] == "Orders behind this chart that are not named: 3."
    assert "Source: 11 orders, MODEL_USAGE" in text
    assert "order_7\n" in text
    assert "order_8" not in text


def test_what_is_only_named_as_if_it_were_before_is_drawn_by_itself() -> None:
    assert points(drawn(table("query", ["assistant", "before"], ["Claims", 2]))) == [("Claims", 2)]
    found = drawn(table("query", ["cost_before", "cost"], ["a", 2]))
    assert (points(found), found.sides) == ([("a", 2)], None)
