"""The chart as a value: what is drawn, of which order, and the sentences that every rendering repeats.

Pure. It holds numbers as the engine gave them and labels already cleaned; it knows no pixels and no tokens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from operator import itemgetter
from typing import Final, Literal

from unique_analytics_mcp.domain.order import NextCall
from unique_analytics_mcp.domain.provenance import Provenance
from unique_analytics_mcp.domain.sentences import counted, in_a_sentence
from unique_analytics_mcp.domain.summary import Cell
from unique_analytics_mcp.render.text import moment_text, options_text, window_text

Kind = Literal["bar", "line"]

_ACRONYMS: Final = ("acw", "nps")
"""Words of measures that are the first letters of others."""
_LEAST: Final = Decimal("1e-300")
_MOST: Final = Decimal("1e300")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the caller asked to see; None leaves the choice to us."""

    kind: Kind | None = None
    measure: str | None = None
    by: str | None = None
    top: int = 10
    """Bars at most; a development over time is always drawn whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One bar, or one place on the line."""

    parts: tuple[str, ...]
    """What it stands for; several words where the table has several key columns."""
    value: Cell
    """Digit for digit as the engine gave it; None where there is none."""
    before: Cell = None
    """Likewise, of what is drawn beside it."""
    compares: bool = True
    """False where the difference of both would say nothing."""
    has_name: bool = True
    """False for rows without a value in one of the key columns, and for people whom nothing names."""

    @property
    def label(self) -> str:
        """What it stands for, in one text."""
        return " · ".join(self.parts)

    @property
    def amount(self) -> float | None:
        """The value as far as a length can show it: lengths have a sum and a ratio."""
        return _amount(self.value)

    @property
    def amount_before(self) -> float | None:
        """Likewise of what is drawn beside it."""
        return _amount(self.before)

    @property
    def size(self) -> Decimal | None:
        """The value as exactly as it is known, by which it is more or less than others."""
        return _exact(self.value)

    @property
    def size_before(self) -> Decimal | None:
        """Likewise of what is drawn beside it."""
        return _exact(self.before)

    @property
    def change(self) -> Decimal | None:
        """The exact size of the difference; None where there is none to speak of."""
        if self.value is None or self.before is None or not self.compares:
            return None
        return abs(Decimal(str(self.value)) - Decimal(str(self.before)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The two that a chart sets side by side, in the words of its legend."""

    now: str
    before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One chart of one report."""

    kind: Kind
    table: str
    """Table of the summary it is drawn from; empty when the report has no rows."""
    keys: tuple[str, ...]
    """Columns that say what a point stands for."""
    measure: str
    """Column that is drawn."""
    unit: str
    points: tuple[Point, ...]
    """In the order they are drawn: a ranking from the largest, a development from the oldest."""
    total_points: int
    """How many there are in all."""
    sides: Sides | None = None
    """What the values are of and what those before are of; None where nothing is set beside them."""
    over_time: bool
    """True when the points are days, weeks or months that follow each other."""
    is_rounded: bool = False
    """True when values that read alike may differ behind what is shown of them."""
    unsorted: bool = False
    """True when the points are the first of rows that do not begin with the largest."""
    ends_among_equals: bool = False
    """True when a row with a name that is not shown equals the last one shown."""
    report_title: str
    provenance: Provenance
    caveats: tuple[str, ...] = ()
    rest: NextCall | None = None
    """What shows the rows of several orders that a chart has no room for."""
    drawable: Mapping[str, tuple[str, ...]]
    """Everything of the report that can be drawn: table to columns."""

    @property
    def title(self) -> str:
        """`Interactions by email and assistant · assistant_id=assistant_7`: what else was asked for belongs to it."""
        asked = f" · {options_text(self.provenance.options)}" if self.provenance.options else ""
        if not self.table:
            return f"{self.report_title}{asked}"
        words = " and ".join(key.replace("_", " ") for key in self.keys)
        return f"{_capital(_words(self.measure))} by {words}{asked}"

    @property
    def axis(self) -> str:
        """What the lengths mean: the measure and its unit."""
        name = _words(self.measure)
        return name if self.unit in ("", self.measure) else f"{name} ({self.unit})"

    @property
    def window_line(self) -> str:
        """The report and its days; how many of the groups are shown, where not all are."""
        shown = len(self.points)
        cut = f" · {shown} of {self.total_points} shown" if shown < self.total_points else ""
        return f"{self.report_title}, {window_text(self.provenance.window)}{cut}"

    @property
    def source_line(self) -> str:
        """Where the numbers come from."""
        found = self.provenance
        rejected = f", {found.rejected_rows} rejected" if found.rejected_rows else ""
        return f"{source_text(found)}, as of {moment_text(found.as_of)}; {counted(found.rows, 'row')}{rejected}"

    @property
    def headline(self) -> str:
        """The answer in one sentence."""
        if not self.points:
            return f"There is nothing to draw: {self.report_title} has no rows in this window that could be read."
        known = [point for point in self.points if point.value is not None]
        if not known:
            return f"None of the {counted(len(self.points), 'row')} shown has a value for {_words(self.measure)}."
        said = self._development(known) if self.over_time else self._leader(known)
        beside = f"Beside it, {self.sides.before}" if self.sides else ""
        return f"{said} {self._compared(beside) if beside else ''}".strip()

    @property
    def alt_text(self) -> str:
        """The picture in words, for whoever cannot see it."""
        shape = "Line" if self.kind == "line" else "Bar"
        return f"{shape} chart: {self.title}, {window_text(self.provenance.window)}. {self.headline}"

    def _leader(self, known: Sequence[Point]) -> str:
        named = [point for point in known if point.has_name]
        if not named:
            return f"Nobody and nothing is named in the {counted(len(known), 'row')} shown."
        most = max(named, key=_size)
        leaders = [self._named(point) for point in named if point.size == most.size]
        said = f"{_words(self.measure)}: {most.value} %" if self.unit == "%" else f"{self.axis}: {most.value}"
        those = ["those named"] if max(map(_size, known)) > _size(most) else []
        those += [f"the {len(self.points)} shown"] if self.unsorted else []
        among = f"Of {' among '.join(those)}, " if those else ""
        if not any(point.size for point in known):
            return f"Nothing leads in {said} in {counted(len(known), 'row')}."
        is_cut = self.ends_among_equals and known[-1].size == most.size
        has_some = _size(most) > 0  # otherwise the highest is only the one that lost least
        if len(leaders) == 1 and not is_cut:
            return f"{among}{leaders[0]} {'leads in' if has_some else 'has the highest'} {said}."
        others = f"at least {counted(len(leaders), 'other')}" if is_cut else counted(len(leaders) - 1, "other")
        together = f"share {'the first place in' if has_some else 'the highest'}"
        rounded = ", as rounded" if self.is_rounded else ""
        return f"{among}{leaders[0]} and {others} {together} {said} each{rounded}."

    def _compared(self, beside: str) -> str:
        """The ends of a development, whose days may stand beside other weekdays; of a ranking what changed most."""
        sizes = [(point.size_before, point.before) for point in self.points if point.size_before is not None]
        if self.over_time:
            size = itemgetter(0)
            ends = f"highest {max(sizes, key=size)[1]}, lowest {min(sizes, key=size)[1]}" if sizes else "no value"
            return f"{beside}: {ends}."
        changes = [(point.change, point) for point in self.points if point.change is not None]
        most = max((change for change, _ in changes), default=None)
        if not most:
            return f"{beside}: {'nothing that can be compared' if most is None else 'nothing shown has changed'}."
        first, *others = [point for change, point in changes if change == most]
        also = f" ({counted(len(others), 'other')} by as much)" if others else ""
        return f"{beside}: {self._named(first)} changed most of those shown, {first.value} after {first.before}{also}."

    def _named(self, point: Point) -> str:
        """`ann@example.com · Research`; what is only a number is named by its column: `score 9`."""
        names = zip(self.keys, point.parts, strict=True)
        return " · ".join(f"{_words(key)} {part}" if part.isdecimal() else in_a_sentence(part) for key, part in names)

    def _development(self, known: Sequence[Point]) -> str:
        name, last = _capital(self.axis), known[-1]
        if len(known) == 1:
            return f"{name}: {last.value} on {last.label}."
        ends = zip(("highest", "lowest"), (max(known, key=_size), min(known, key=_size)), strict=True)
        said = ", ".join(f"{word} {end.value} on {_dates(end, known)}" for word, end in ends)
        return f"{name}: {said}, last {last.value} on {last.label}."


def source_text(provenance: Provenance) -> str:
    """`Source: order order_1, NPS`; of several orders how many."""
    parts = provenance.parts
    source = counted(len(parts), "order") if parts else f"order {provenance.order_id}"
    return f"Source: {source}, {provenance.type}"


def moment_of(label: str) -> datetime | None:
    """When a label is, if it is a day, an ISO week, a month, or a moment such as `2026-10-25 02:00+02:00`."""
    try:
        read = datetime.fromisoformat(f"{label}-01" if len(label) == len("2026-10") else label)
    except ValueError:
        return None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)) if label[4:5] == "-" else None


def is_day(label: str) -> bool:
    """True for the label of a moment that is a day of a month; `2026-W42-1` is one of a week."""
    return len(label) == len("2026-10-05") and "W" not in label


def _exact(cell: Cell) -> Decimal | None:
    return None if cell is None else Decimal(str(cell))


def _amount(cell: Cell) -> float | None:
    exact = _exact(cell)
    if exact is None:
        return None
    return 0.0 if abs(exact) < _LEAST else float(max(-_MOST, min(exact, _MOST)))


def _size(point: Point) -> Decimal:
    return point.size or Decimal(0)


def _dates(end: Point, known: Sequence[Point]) -> str:
    """The first of the dates that have its value, and how many more there are."""
    others = sum(point.size == end.size for point in known) - 1
    return f"{end.label} and {counted(others, 'other')}" if others else end.label


def _words(name: str) -> str:
    """`share_percent` gives `share`, whose unit is %."""
    return name.removesuffix("_percent").replace("_", " ")


def _capital(words: str) -> str:
    first, blank, rest = words.partition(" ")
    return f"{first.upper() if first in _ACRONYMS else f'{first[:1].upper()}{first[1:]}'}{blank}{rest}"
