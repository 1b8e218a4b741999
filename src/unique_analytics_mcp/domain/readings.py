"""Readings: numbers that say how things stood at a time, so that adding them means nothing.

Two parts of a summary plan, written in the catalogue's literals: a `Series` of the same thing read per day, week and
month, and `Metrics`, many things each read per day. Pure values; what is computed of them is `analysis`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """How often something is read: what one reading of a series covers."""

    name: str
    """`day`, `week`, `month`: the word the platform writes."""
    words: tuple[str, ...]
    """Other words that mean it, in lower-case letters and digits alone."""
    table: str
    """Name of the table of its readings."""
    dated: str
    """Header of their dates."""
    days: int = 0
    """Days that a reading covers, its date the last of them; 0 where that is not known."""

    def named(self, date: str) -> str:
        """One reading in words: `7 days ending 2026-10-07`."""
        return date if self.dated == "date" else f"{self.dated.replace('_', ' ')} {date}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One thing read at several cadences; each row is a reading."""

    name: str
    """Name of the table that sums the cadences up."""
    by: str
    """Name of the column that says the cadence."""
    at: str
    """Name of the column of dates."""
    value: str
    measure: str
    """Header of the values."""
    cadences: tuple[Cadence, ...]
    stickiness: tuple[str, str] | None = None
    """Two cadences: the average of the first in percent of the average of the second."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns it reads."""
        return self.by, self.at, self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Metrics of one kind: those of these keys, or those whose keys begin alike."""

    name: str
    """Name of their table."""
    keys: tuple[str, ...] = ()
    prefix: str = ""
    parts: tuple[str, ...] = ("metric",)
    """Headers of what stands behind the prefix: one, or two where the last colon parts them."""

    def named(self, key: str) -> list[str]:
        """The parts of its name that a key shows: `host:tool` has both, `host` and `host:443` have no tool."""
        rest = key[len(self.prefix) :]
        first, _, last = rest.rpartition(":")
        is_whole = len(self.parts) == 1 or not first or not last or last.isdecimal()
        return [rest] if is_whole else [first, last]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Many things, each read once a day; each row is a reading of one of them."""

    by: str
    """Name of the column of keys."""
    at: str
    """Name of the column of moments, whose UTC days count."""
    value: str
    families: tuple[Family, ...]
    other: Family
    """Where the metrics of all other keys are kept."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns it reads."""
        return self.by, self.at, self.value

    @property
    def tables(self) -> tuple[Family, ...]:
        """All families, in the order they are shown."""
        return (*self.families, self.other)
