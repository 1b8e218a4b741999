"""What a person at a terminal sees: results on stdout, progress and notes on stderr.

The only importer of `rich`, and imported only where something is shown. Without a terminal there are no escape codes,
no bars and no broken lines, but the same words. Texts from reports and platforms pass through `clean` before they are
shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table as Grid
from rich.table import box
from rich.text import Text

from unique_analytics_mcp.domain.provenance import Provenance
from unique_analytics_mcp.domain.sentences import counted
from unique_analytics_mcp.domain.summary import Cell, Summary, Table
from unique_analytics_mcp.render import clean
from unique_analytics_mcp.render.text import moment_text, options_text, window_text
from unique_analytics_mcp.render.texts import part_text

ShowWait = Callable[[str], None]
"""Takes how things stand, each time it is known anew."""


_ENDLESS: Final = 10_000
"""Width of a line that nobody sees on a screen."""
_GAP: Final = 2
"""Blanks between two columns."""
_FIGURE: Final = re.compile(r"[-\d.:]*")
"""A number or a day as a cell shows it: half of one on a line of its own would be another."""

_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")


class Terminal:
    """One pair of streams, whatever `sys.stdout` and `sys.stderr` are when something is shown."""

    def __init__(self) -> None:
        self._results = Console(highlight=False)
        self._notes = Console(stderr=True, highlight=False)
        for console in (self._results, self._notes):
            if not console.file.isatty():  # whatever a variable such as FORCE_COLOR makes `rich` take it for
                console.width = _ENDLESS

    def note(self, line: str) -> None:
        """Say something that is no result, on a line of its own."""
        self._notes.print(Text(line))

    def say(self, line: str = "", *, style: str = "") -> None:
        """Add a line to the result."""
        self._results.print(Text(line, style=style))

    def heading(self, line: str) -> None:
        """Begin a part of the result."""
        self.say()
        self.say(line, style="bold")

    @contextmanager
    def waiting(self, what: str) -> Generator[ShowWait]:
        """A bar that moves while the block runs, or a line for each change where nothing can move.

        The bar never claims to know how much is left: no platform says it.
        """
        if not (self._notes.file.isatty() and self._notes.is_interactive):
            yield self._lines(what)
            return
        words = TextColumn("{task.description}", markup=False)
        columns = (SpinnerColumn(), words, BarColumn(20), TimeElapsedColumn())
        with Progress(*columns, console=self._notes, transient=True) as progress:
            bar = progress.add_task(what, total=None)
            yield lambda words: progress.update(bar, description=f"{what}: {clean(words)}")

    def _lines(self, what: str) -> ShowWait:
        shown: list[str] = []

        def show(words: str) -> None:
            if words not in shown[-1:]:
                shown.append(words)
                self.note(f"{what}: {clean(words)}")

        return show

    def summary(self, summary: Summary) -> None:
        """The answer first, then the numbers, then where they come from."""
        self.say(clean(summary.headline, limit=2_000), style="bold")
        self.say(window_text(summary.provenance.window))
        self._grid(
            "Totals", ("total", "value", "unit"), [(total.name, total.value, total.unit) for total in summary.totals]
        )
        for table in summary.tables:
            self._grid(_title(table), table.columns, table.rows)
        self._list("Caveats", summary.unsaid_caveats)
        self._list("Source", _provenance_lines(summary.provenance))

    def examples(self, examples: Mapping[str, str]) -> None:
        """Texts to copy, each below what it is for, never broken."""
        for purpose, text in examples.items():
            self.heading(purpose)
            self._results.print(Text(text, style="cyan"), soft_wrap=True)

    def _grid(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        if not rows:
            return
        heads = [_head(column) for column in columns]
        cells = [[_shown(cell) for cell in row] for row in rows]
        if _width([heads, *cells]) > self._results.width:
            cells = [[cell.replace("@", "\n@") for cell in row] for row in cells]
            heads = [head.replace(" ", "\n") for head in heads]
        self.heading(title)
        grid = Grid(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, _GAP - 1, 0, 0))
        for place, (name, head) in enumerate(zip(columns, heads, strict=True)):
            justify = "right" if _is_of_numbers(name, [row[place] for row in rows]) else "left"
            least = max((len(row[place]) for row in cells if _FIGURE.fullmatch(row[place])), default=1)
            grid.add_column(Text(head), justify=justify, overflow="fold", min_width=least)
        for row in cells:
            grid.add_row(*map(Text, row))
        self._results.print(grid, crop=False)

    def _list(self, title: str, lines: Iterable[str]) -> None:
        points = Grid.grid(padding=(0, 1, 0, 0))
        points.add_column()
        points.add_column(overflow="fold")
        for line in lines:
            points.add_row("-", Text(clean(line, limit=500)))
        if points.row_count:
            self.heading(title)
            self._results.print(points)


def _title(table: Table) -> str:
    shown = f"{len(table.rows)} of {table.total_rows}" if table.truncated else f"{table.total_rows}"
    name = _head(table.name)
    return f"{name[:1].upper()}{name[1:]} ({shown})"


def _head(name: str) -> str:
    """`share_percent` gives `share %`, `users_and_assistants` gives `users and assistants`."""
    return clean(name).replace("_", " ").replace("percent", "%")


def _is_of_numbers(column: str, cells: Sequence[Cell]) -> bool:
    """True when there are some and nothing else; decimals are texts, and a percentage that there is not is a word."""
    if column.endswith("_percent"):
        return True
    some = [cell for cell in cells if cell is not None]
    return bool(some) and all(isinstance(cell, int | float) or _NUMBER.fullmatch(cell) for cell in some)


def _shown(cell: Cell) -> str:
    return "" if cell is None else clean(str(cell))


def _width(lines: Sequence[Sequence[str]]) -> int:
    """Of a table in which no cell is broken."""
    return sum(max(map(cell_len, column)) + _GAP for column in zip(*lines, strict=True)) - _GAP


def _provenance_lines(provenance: Provenance) -> list[str]:
    source = f"{len(provenance.parts)} orders" if provenance.parts else f"order {provenance.order_id}"
    lines = [
        f"{source}, {provenance.type}, as of {moment_text(provenance.as_of)}",
        f"{counted(provenance.rows, 'row')} read, {provenance.rejected_rows} rejected, sha256 {provenance.sha256}",
    ]
    if provenance.options:
        lines.append(f"asked for {options_text(provenance.options)}")
    if provenance.columns_missing:
        lines.append(f"missing columns: {', '.join(provenance.columns_missing)}")
    if provenance.columns_unknown:
        lines.append(f"undocumented columns: {', '.join(provenance.columns_unknown)}")
    return [*lines, *map(part_text, provenance.parts)]
