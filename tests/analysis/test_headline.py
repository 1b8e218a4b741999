"""Sentences from templates: only what can be said, on one line."""

import pytest

from unique_analytics_mcp.analysis.headline import headline
from unique_analytics_mcp.domain.summary import Cell, Table, Total

TOTALS = [Total(name="people", value=3, unit=""), Total(name="spent", value="12.5", unit="")]


def users(*first_row: Cell) -> Table:
    rows = [list(first_row)] if first_row else []
    return Table(name="users", columns=["email", "share_percent"], rows=rows, total_rows=len(rows), truncated=False)


@pytest.mark.parametrize(
    ("templates", "first_row", "expected"),
    [
        pytest.param(["{users.email} leads {people}."], ("ann", 1.0), "ann leads 3.", id="a total and a first row"),
        pytest.param(["{spent} spent.", "{people}!"], (), "12.5 spent. 3!", id="two sentences"),
        pytest.param(["{users.share_percent} %."], ("ann", 58.3), "58.3 %.", id="a share"),
        pytest.param(["{users.share_percent} %.", "{people}."], ("ann", None), "3.", id="a share there is none of"),
        pytest.param(["{users.email}.", "{people}."], (), "3.", id="an empty table"),
        pytest.param(["{assistants.name}.", "{nobody}."], ("ann", 1.0), "", id="values nobody computed"),
        pytest.param(["{users.email}."], ("{people}", 1.0), "“{people}”.", id="a value that looks like a template"),
        pytest.param(["{users.email}."], ("a\r\n\tb  c", 1.0), "a b c.", id="a value over several lines"),
        pytest.param(["{users.email}."], ("x" * 200, 1.0), "x" * 80 + "….", id="a value without end"),
        pytest.param(["{people:person|people}."], (), "3 people.", id="several"),
        pytest.param(["{users.share_percent:one|many}."], ("ann", 1), "1 one.", id="one"),
        pytest.param(["{nobody:person|people}.", "{people}."], (), "3.", id="a count there is none of"),
        pytest.param([], ("ann", 1.0), "", id="no templates"),
    ],
)
def test_a_headline_says_what_can_be_said(templates: list[str], first_row: tuple[Cell, ...], expected: str) -> None:
    assert headline(templates, TOTALS, [users(*first_row)]) == expected


@pytest.mark.parametrize(
    ("shared", "expected"),
    [
        ((), "ann leads. 3 in all."),
        (("assistants",), "ann leads. 3 in all."),
        (("users",), "ann leads; the first place of users is shared. 3 in all."),
    ],
)
def test_who_leads_together_with_others_is_not_said_to_lead_alone(shared: tuple[str, ...], expected: str) -> None:
    assert (
        headline(["{users.email} leads.", "{people} in all."], TOTALS, [users("ann", 1.0)], shared=shared) == expected
    )
