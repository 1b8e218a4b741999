"""Small pieces of text: estimated, cleaned, kept in their place, said in one phrase."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.showing import OCTOBER, table
from unique_analytics_mcp.domain.order import NextCall
from unique_analytics_mcp.domain.summary import Cell
from unique_analytics_mcp.render import clean, tokens
from unique_analytics_mcp.render.text import call_text, cell_text, table_text, window_text

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
