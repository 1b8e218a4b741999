"""One answer read twice, once from its text and once from its structured content, each into the same plain shape.

Hosts show a model the one or the other, so each must hold everything. It knows how answers look (Markdown tables, a
line of totals, a block of bars) and shares no code with what writes them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mcp_types import CallToolResult, TextContent

TOTALS: Final = "Totals"
"""The name under which the totals of an answer are read as a table."""

_COMPARED: Final = "totals"
"""The table of a comparison that has them beside those of another window."""

Cells = tuple[str, ...]

_TABLE: Final = re.compile(r"^\*\*(.+)\*\* \((?:\d+ of )?(\d+) rows?\)((?:\n\|.*)*)", re.MULTILINE)
_TOTALS: Final = re.compile(rf"^{TOTALS}: (.*)\.$", re.MULTILINE)
_BLOCK: Final = re.compile(r"^```text\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
_BAR: Final = re.compile(r"^ *(-?[\d.]+) [█▏▎▍▌▋▊▉ ]*(.+)$", re.MULTILINE)
_ESCAPED: Final = re.compile(r"\\([|\[<`\\])")


@dataclass(frozen=True, slots=True)
class Reading:
    """What one form of an answer says."""

    form: str
    words: str
    """Everything it says, in one text."""
    tables: Mapping[str, Sequence[Cells]]
    """The rows shown, by the name of the table; those of a query or a chart are `rows`."""
    sizes: Mapping[str, int]
    """How many rows each table has in all, where the answer says so."""


def readings(answer: CallToolResult) -> tuple[Reading, Reading]:
    """The answer by its text, and by its structured content."""
    return _of_text(text_of(answer)), _of_structure(answer.structured_content or {})


def text_of(answer: CallToolResult) -> str:
    """All texts of an answer."""
    return "\n".join(block.text for block in answer.content if isinstance(block, TextContent))


def _of_text(text: str) -> Reading:
    tables: dict[str, Sequence[Cells]] = {}
    sizes: dict[str, int] = {}
    for name, size, lines in _TABLE.findall(text):
        tables[_plain(name)] = [_cells(line) for line in lines.split("\n")[3:]]
        sizes[_plain(name)] = int(size)
    if _COMPARED in tables:
        tables[TOTALS] = [row[:2] for row in tables[_COMPARED]]
    for line in _TOTALS.findall(text):
        tables[TOTALS] = [tuple(total.split(" ")[:2]) for total in line.split("; ")]
    for block in _BLOCK.findall(text):
        tables["rows"] = [(label, value) for value, label in _BAR.findall(block)]
    return Reading("the text", _plain(text), tables, sizes)


def _cells(line: str) -> Cells:
    return tuple(_plain(cell) for cell in line.removeprefix("| ").removesuffix(" |").split(" | "))


def _plain(markdown: str) -> str:
    return _ESCAPED.sub(r"\1", markdown)


def _of_structure(content: Mapping[str, Any]) -> Reading:
    said = content.get("summary") or content.get("order") or content
    found = [*said.get("tables", []), *([said["orders"]] if "orders" in said else [])]
    tables = {table["name"]: _rows(table["rows"]) for table in found}
    sizes = {table["name"]: int(table["total_rows"]) for table in found}
    if "totals" in said:
        tables[TOTALS] = [(total["name"], str(total["value"])) for total in said["totals"]]
    if "rows" in said:
        tables["rows"] = _rows(said["rows"])
    return Reading("the structured content", "\n".join(_leaves(content)), tables, sizes)


def _rows(rows: Sequence[Sequence[object]]) -> list[Cells]:
    return [tuple(_cell(cell) for cell in row) for row in rows]


def _cell(cell: object) -> str:
    return cell if isinstance(cell, str) else "" if cell is None else json.dumps(cell)


def _leaves(value: object) -> Iterator[str]:
    """Every value in it, as text."""
    match value:
        case dict():
            for name, part in value.items():
                yield str(name)
                yield from _leaves(part)
        case list():
            for part in value:
                yield from _leaves(part)
        case _:
            yield _cell(value)
