"""The small pieces every text is made of: cleaned cells, Markdown tables, windows and calls.

Pure. Whatever people or platforms wrote goes through `clean` before anybody sees it; numbers are shown digit for digit
as they stand in the structured content, without separators, so that both say the same.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from unique_analytics_mcp.domain.order import NextCall
from unique_analytics_mcp.domain.sentences import counted
from unique_analytics_mcp.domain.summary import Cell, Table
from unique_analytics_mcp.domain.window import Window

CELL_LIMIT: Final = 200
"""Longest cell that is shown, in characters."""
MESSAGE_LIMIT: Final = 2_000
"""Longest message of an error, in characters."""

_HIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
_MARK_CATEGORIES: Final = frozenset({"Mn", "Me"})
# Letters, marks and symbols that show nothing: fillers, joiners, variation selectors (Unicode 15, Default_Ignorable).
_BLANK_LETTERS: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_ESCAPE_SEQUENCE: Final = re.compile(
    "\x1b\\][^\x07\x1b]*(?:\x07|\x1b\\\\)|(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]"
)
"""What a terminal would obey, text in it included: OSC, CSI and the short ones (ECMA-48)."""
_MOST_MARKS: Final = 4
"""Accents above one another; a tower of them would cover the lines around it."""
_MARKUP: Final = re.compile(r"[|\[<`\\]")
_OBEYED: Final = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What JSON leaves as it is although terminals obey it: the later controls, and what turns the order of letters."""
_MARKUP_IN_JSON: Final = re.compile(r"[|\[<`]")


def clean(text: str, *, limit: int = CELL_LIMIT) -> str:
    """One visible line of at most `limit` characters: what was cut ends in an ellipsis.

    Line breaks and runs of blanks become one blank; escape sequences of terminals, control, invisible, bidirectional,
    private and unassigned characters go, and so do accents piled upon accents.
    """
    line = " ".join(text[: 8 * limit].split())
    if not (line.isascii() and line.isprintable()):
        line = " ".join(_visible(line).split())
    shortened = len(line) > limit or len(text) > 8 * limit
    return line[: limit - 1] + "…" if shortened else line


def _visible(line: str) -> str:
    shown: list[str] = []
    marks = 0
    for char in _ESCAPE_SEQUENCE.sub("", line):
        category = unicodedata.category(char)
        marks = marks + 1 if category in _MARK_CATEGORIES else 0
        if category not in _HIDDEN_CATEGORIES and marks <= _MOST_MARKS:
            shown.append(char)
    return _BLANK_LETTERS.sub("", "".join(shown))


def clean_cell(cell: Cell, *, limit: int = CELL_LIMIT) -> Cell:
    """A cell with its text cleaned; numbers pass."""
    return clean(cell, limit=limit) if isinstance(cell, str) else cell


def clean_list(lines: Sequence[str], *, items: int, limit: int = CELL_LIMIT) -> list[str]:
    """The first lines, cleaned; a last line counts the ones left out."""
    kept = [clean(line, limit=limit) for line in lines[:items]]
    return [*kept, f"… and {len(lines) - items} more"] if len(lines) > items else kept


def escape(text: str) -> str:
    """Text that Markdown shows as it is: no cell borders, links, images, HTML or code."""
    return _MARKUP.sub(lambda match: f"\\{match[0]}", text)


def cell_text(cell: Cell) -> str:
    """A cell as it stands in a Markdown table; nothing for None."""
    match cell:
        case None:
            return ""
        case bool():
            return str(cell).lower()
        case str():
            return escape(cell)
        case _:
            return str(cell)


def row_text(cells: Iterable[Cell]) -> str:
    """One line of a Markdown table."""
    return f"| {' | '.join(map(cell_text, cells))} |"


def table_text(table: Table) -> str:
    """A table under its name and its count of rows."""
    shown = f"{len(table.rows)} of {table.total_rows} rows" if table.truncated else counted(table.total_rows, "row")
    lines = [f"**{escape(table.name)}** ({shown})"]
    if table.rows:
        lines += [row_text(table.columns), f"|{'---|' * len(table.columns)}", *map(row_text, table.rows)]
    return "\n".join(lines)


def window_text(window: Window | None) -> str:
    """`2026-10-01 to 2026-10-31 (31 days, both included, Europe/Zurich, last_month)`.

    Not complete are days that are not over, and days long over whose rows were not all there when they were ordered.
    """
    if window is None:
        return "days the platform does not say"
    notes = ["1 day" if window.days == 1 else f"{window.days} days, both included", window.time_zone]
    if window.label not in (f"{window.start}", f"{window.start}..{window.end}"):
        notes.append(window.label)
    if not window.complete:
        notes.append("not complete")
    return f"{window.start} to {window.end} ({', '.join(notes)})"


def moment_text(moment: datetime) -> str:
    """A moment to the second, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def options_text(options: Mapping[str, str]) -> str:
    """`assistant_id=assistant_7, group_by=queue`, cleaned."""
    return ", ".join(f"{clean(name)}={clean(value)}" for name, value in options.items())


def clean_options(options: Mapping[str, str] | None, *, items: int, limit: int = CELL_LIMIT) -> dict[str, str] | None:
    """The first options with names and values cleaned; None for none."""
    kept = list((options or {}).items())[:items]
    return {clean(name, limit=limit): clean(value, limit=limit) for name, value in kept} or None


def call_text(call: NextCall) -> str:
    """`download_report_summary(order_id="ord_1", top=50)`; values are JSON in which nothing is Markdown."""
    arguments = ", ".join(f"{name}={_json_text(value)}" for name, value in call.arguments.items())
    return f"{call.tool}({arguments})"


def _json_text(value: object) -> str:
    """JSON in which what Markdown would act on is spelled by its number, so that it still means the same."""
    return _MARKUP_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(value, ensure_ascii=False))


def json_for_terminals(written: str) -> str:
    """The same JSON with what a terminal obeys spelled by its number, so that it still means the same."""
    return _OBEYED.sub(lambda match: f"\\u{ord(match[0]):04x}", written)


def message_text(error: Exception) -> str:
    """An error of ours as it may be shown: the words of callers and platforms in it are data, like in a cell."""
    return escape(clean(str(error), limit=MESSAGE_LIMIT))


def bullets(lines: Iterable[str]) -> str:
    """One line each, as a Markdown list."""
    return "\n".join(f"- {line}" for line in lines)


def next_text(calls: Sequence[NextCall]) -> str:
    """What to call next, as a list; nothing for none."""
    return f"Next:\n{bullets(f'{call_text(call)}: {call.why}' for call in calls)}" if calls else ""


def paragraphs(*parts: str) -> str:
    """The parts that say something, a blank line between them."""
    return "\n\n".join(part for part in parts if part)
