"""What of a summary can be drawn, read from its tables alone: no report type is known to charts."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.charts import Chart, Wish, chart_of, fit_chart
from unique_analytics_mcp.domain.period import Window
from unique_analytics_mcp.domain.report import Cell, Provenance, ReportType, Summary, Table, Total
from unique_analytics_mcp.errors import InvalidRequest

MODELS = UNIQUE_REPORTS["MODEL_USAGE"]
WINDOW = Window(start=date(2026, 10, 1), end=date(2026, 10, 31), time_zone="UTC", label="2026-10", complete=True)
PROVENANCE = Provenance(
    order_id="order_1", type="MODEL_USAGE", window=WINDOW, as_of=datetime(2026, 11, 21, 9, tzinfo=UTC), rows=9,
    rejected_rows=0, columns_missing=[], columns_unknown=[], sha256="0" * 64, truncated=False,
)  # fmt: skip


def table(name: str, columns: list[str], *rows: list[Cell]) -> Table:
    return Table(name=name, columns=columns, rows=list(rows), total_rows=len(rows), truncated=False)


def drawn(*tables: Table, wish: Wish | None = None, report: ReportType = MODELS) -> Chart:
    summary = Summary(
        headline="",
        totals=[Total(name="spent", value="12.5", unit="CHF")],
        tables=list(tables),
        caveats=[],
        provenance=PROVENANCE,
        next_steps=[],
        csv_uri="analytics://orders/order_1/report.csv",
    )
    return chart_of(summary, report, wish or Wish())


def points(chart: Chart) -> list[tuple[str, Cell]]:
    return [(point.label, point.value) for point in chart.points]


def test_decimals_are_drawn_and_shown_digit_for_digit() -> None:
    chart = drawn(table("models", ["language_model", "spent"], ["gpt", "12.500001"], ["small", "0.25"]))
    assert (chart.measure, chart.unit, chart.kind) == ("spent", "CHF", "bar")
    assert points(chart) == [("gpt", "12.500001"), ("small", "0.25")]
    record, text = fit_chart(chart)
    assert record.rows == [["gpt", "12.500001"], ["small", "0.25"]]
    assert "gpt leads with 12.500001 spent (CHF)." in text


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
    chart = drawn(table("scores", ["when", "score"], [labels[0], -1], [labels[1], 0]))
    assert (chart.kind, chart.over_time) == ("line", True)
    assert f"lowest -1 on {labels[0]}, last 0 on {labels[1]}." in chart.headline


def test_days_in_another_order_are_bars() -> None:
    days = table("best_days", ["day", "calls"], ["2026-10-09", 7], ["2026-10-02", 5])
    assert drawn(days).kind == "bar"


def test_tables_of_words_are_passed_over() -> None:
    words = table("comments", ["feedback", "by"], ["good", "ada"], ["1 star", "ben"])
    empty = table("none", ["language_model", "spent"])
    assert drawn(words, empty, table("models", ["language_model", "calls"], ["gpt", 2])).table == "models"
    with pytest.raises(InvalidRequest, match="nothing that can be drawn") as refused:
        drawn(words, empty)
    assert "download_report_summary" in refused.value.hint


def test_values_that_are_missing_are_no_zeros() -> None:
    chart = drawn(table("scores", ["when", "score"], ["2026-08", 3], ["2026-09", None], ["2026-10", 1]))
    record, text = fit_chart(chart)
    assert record.rows[1] == ["2026-09", None]
    assert "lowest 1 on 2026-10" in chart.headline
    assert "█·▃" in text


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
    with pytest.raises(InvalidRequest, match="No table has days in it"):
        drawn(models, wish=Wish(kind="line"))


def test_a_chart_whose_texts_are_too_long_is_cut_at_a_row() -> None:
    long: list[list[Cell]] = [[f"{'model with a long name ' * 4}{place}", 10**15 - place] for place in range(20)]
    chart = replace(
        drawn(table("models", ["language_model", "calls"], *long), wish=Wish(top=20)), caveats=("careful " * 40,) * 9
    )
    record, text = fit_chart(chart, 700)
    assert 0 < len(record.rows) < 20
    assert record.chart.truncated
    assert text.startswith(f"Shortened to fit: the first {len(record.rows)} of 20 points are written out")
    assert 'download_report_summary(order_id="order_1", response_format="detailed") shows more' in text
