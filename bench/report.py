"""What a benchmark found, as text for a terminal: aligned tables, bounds with PASS or FAIL, notes.

Pure; knows nothing of processes or clocks.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_WIDTH: Final = 100
_INDENT: Final = "  "


@dataclass(frozen=True, slots=True)
class Table:
    """Headings and rows of words; the first column is a name, the others are figures. An empty row is a gap."""

    headings: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]

    def lines(self) -> Iterator[str]:
        """The lines, names to the left and figures to the right."""
        widths = [max(map(len, column)) for column in zip(self.headings, *filter(None, self.rows), strict=True)]
        yield _aligned(self.headings, widths)
        yield _aligned(tuple("-" * width for width in widths), widths)
        for row in self.rows:
            yield _aligned(row, widths) if row else ""


@dataclass(frozen=True, slots=True)
class Bound:
    """A promise of the issue, and the figure that was measured for it."""

    claim: str
    measured: float
    most: float
    unit: str = ""
    left_out: str = ""
    """Why this figure is shown but not judged."""

    @property
    def is_held(self) -> bool:
        """True when the figure is within the promise, or not judged."""
        return bool(self.left_out) or self.measured <= self.most

    def line(self, *, judged: bool) -> str:
        """One line: verdict, claim, figure."""
        verdict = ("PASS" if self.is_held else "FAIL") if judged and not self.left_out else "----"
        reason = f" (not judged: {self.left_out})" if self.left_out else ""
        return f"{verdict}  {self.claim}: {self.measured:.2f}{self.unit}, at most {self.most:g}{self.unit}{reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One benchmark's answer."""

    title: str
    machine: str
    tables: Sequence[Table]
    bounds: Sequence[Bound]
    notes: Sequence[str] = ()
    """Sentences: how it was measured, what was left out."""

    @property
    def is_missed(self) -> bool:
        """True when any promise is not held."""
        return not all(bound.is_held for bound in self.bounds)

    def text(self, *, judged: bool) -> str:
        """The whole of it; not `judged` shows the figures of the bounds without a verdict."""
        return "\n".join(self._lines(judged=judged))

    def _lines(self, *, judged: bool) -> Iterator[str]:
        yield from ("", self.title, "=" * len(self.title), self.machine)
        for table in self.tables:
            yield ""
            yield from (f"{_INDENT}{line}".rstrip() for line in table.lines())
        yield ""
        yield from (_INDENT + bound.line(judged=judged) for bound in self.bounds)
        if not judged:
            yield f"{_INDENT}A quick run is too small to judge the bounds."
        yield ""
        for note in self.notes:
            yield from textwrap.wrap(note, _WIDTH, initial_indent="- ", subsequent_indent="  ")


def megabytes(size_bytes: float) -> str:
    """In millions of bytes, with one decimal: `31.4`."""
    return f"{size_bytes / 1e6:.1f}"


def _aligned(cells: tuple[str, ...], widths: Sequence[int]) -> str:
    name, *figures = cells
    first, *others = widths
    return "  ".join([name.ljust(first), *(cell.rjust(width) for cell, width in zip(figures, others, strict=True))])
