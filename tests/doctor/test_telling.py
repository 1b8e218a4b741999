"""What is printed of findings whose words somebody else chose."""

import json

from unique_analytics_mcp.doctor.findings import Finding, Outcome
from unique_analytics_mcp.doctor.telling import json_of, line_of

WORDS = "\x1b[31m \x9b31m \x7f \u202eZürich\u2069\u2028"
FOUND = Finding("reachability", Outcome.WARNING, f"It says {WORDS}.", fix="Look there.")


def test_json_holds_nothing_that_a_terminal_obeys_and_says_the_same() -> None:
    written = json_of([FOUND])
    [told] = json.loads(written)["checks"]
    assert told["message"] == FOUND.message
    assert [char for char in written if not (char.isprintable() or char == "\n")] == []


def test_a_line_is_one_line_without_anything_that_a_terminal_obeys() -> None:
    line = line_of(FOUND)
    assert line.isprintable()
    assert "Zürich" in line
    assert line.endswith("Fix: Look there.")
