"""Summaries: the same in both forms, the answer first, then where it comes from."""

from __future__ import annotations

from render.showing import part, summary, table, together, unsaid
from unique_analytics_mcp.domain.summary import TOTALS, Table
from unique_analytics_mcp.render import CONCISE_TOKENS, fit, summary_text


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


def test_totals_that_a_comparison_sets_side_by_side_stand_once_and_with_their_units() -> None:
    beside = Table.whole(TOTALS, ["total", "value", "before"], [["interactions", 1234567, 5], ["spent", "10.50", "9"]])
    whole = fit(summary(beside), CONCISE_TOKENS)
    text = summary_text(whole)
    assert (text.count("1234567"), text.count("10.50")) == (1, 1)
    assert "\n\nUnits of totals: spent (CHF).\n\n" in text
    assert unsaid(whole, text, besides="ab12" * 16) == []


def test_totals_stand_alone_where_the_table_that_compares_them_is_cut() -> None:
    cut = Table(name=TOTALS, columns=["total", "value"], rows=[["spent", "10.50"]], total_rows=2, truncated=True)
    assert "\n\nTotals: interactions 1234567; spent 10.50 (CHF).\n\n" in summary_text(summary(cut))


def test_a_summary_text_says_where_its_numbers_come_from() -> None:
    assert (
        "Source: order order_1, CHAT_INTERACTION, as of 2026-11-02T08:00:05Z; 4321 rows read, 2 rejected; sha256 "
        "ab12ab12ab12…; missing columns: TabletCount; undocumented columns: Mood. "
        "CSV: analytics://orders/order_1/report.csv"
    ) in summary_text(summary())


def test_a_summary_text_names_every_order_behind_it() -> None:
    text = summary_text(summary(provenance=together(part("order_1"), part("order_2", before=True))))
    assert "Source: several orders, CHAT_INTERACTION" in text
    assert "report.csv; likewise for each order\n- order order_1: 2026-10-01 to 2026-10-31, 2160 rows read" in text
    assert "- order order_2: 2026-10-01 to 2026-10-31 (before), 2160 rows read, 1 rejected" in text


def test_cells_of_a_summary_are_cleaned_in_both_forms() -> None:
    dirty = Table(name="users", columns=["na\u200bme"], rows=[["ev\u202eil\n|"]], total_rows=1, truncated=False)
    shown = fit(summary(dirty, headline="Top: ev\u202eil", saved_to="a\u200b.csv"), CONCISE_TOKENS)
    assert (shown.tables[0].columns, shown.tables[0].rows) == (["name"], [["evil |"]])
    assert (shown.headline, shown.saved_to) == ("Top: evil", "a.csv")
