"""The readings of a series by cadence, as the engine gives them: how each cadence stands, and what does not fit.

Pure but for `ask`. A cadence is recognised by its words, openly: what nobody declared keeps the word that the platform
wrote. Knows no tables and no sentences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Final, NamedTuple

from unique_analytics_mcp.analysis._engine import quoted
from unique_analytics_mcp.analysis.amounts import Record, numbers
from unique_analytics_mcp.analysis.plans import REPORT
from unique_analytics_mcp.analysis.readings import STANDING_SQL, Ask, Standing, standing
from unique_analytics_mcp.analysis.tables import group_text
from unique_analytics_mcp.domain.readings import Cadence, Series
from unique_analytics_mcp.domain.window import Window, ends_whole_month

WORKDAY: Final = "workday"
"""What a day from Monday to Friday is called."""

_DAY: Final = timedelta(days=1)

_READABLE: Final = "dated IS NOT NULL AND value IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Stand:
    """How one cadence stands."""

    name: str
    cadence: Cadence | None
    """None for one nobody declared."""
    standing: Standing

    def dated(self, day: date) -> str:
        """The reading of that date in words."""
        return self.cadence.named(day.isoformat()) if self.cadence else day.isoformat()


class Reading(NamedTuple):
    """One reading, whatever its cadence."""

    at: date
    value: int


@dataclass(frozen=True, slots=True)
class Development:
    """A declared cadence with its newest readings in a window, oldest first."""

    stand: Stand
    cadence: Cadence
    window: Window
    readings: Sequence[Reading]

    @property
    def gaps(self) -> list[timedelta]:
        """How far each date is from the one before, however many readings it has."""
        return [after - before for before, after in pairwise(dict.fromkeys(reading.at for reading in self.readings))]

    @property
    def cut(self) -> list[date]:
        """The dates of the first and the latest reading where these may lack days."""
        found = self.stand.standing
        edges = ((found.first_at, self._begins_whole), (found.latest_at, self._ends_whole))
        return [at for at, is_whole in edges if not is_whole]

    @property
    def _begins_whole(self) -> bool:
        """False where days before the window may be missing: of a week dated early in it, of a month it begins in."""
        days = timedelta(days=self.cadence.days)
        if not days:
            return self.window.start.day == 1
        return days == _DAY or self.stand.standing.first_at - days + _DAY >= self.window.start

    @property
    def _ends_whole(self) -> bool:
        """False where days are missing: of a running window, of a week dated too near to the one before, of a month."""
        days, latest = timedelta(days=self.cadence.days), self.stand.standing.latest_at
        if not self.window.complete and latest >= self.window.end:
            return False
        if not days:
            return ends_whole_month(self.window)
        return days == _DAY or (latest <= self.window.end and all(gap >= days for gap in self.gaps[-1:]))


def stands_of(ask: Ask, series: Series, *, top: int) -> list[Stand]:
    """The declared cadences in their order, then the first `top` others."""
    cadences = {cadence.name: cadence for cadence in series.cadences}
    found = _asked(
        ask,
        series,
        f"SELECT cadence, is_known, {STANDING_SQL} WHERE {_READABLE} GROUP BY ALL "
        "ORDER BY is_known DESC, cadence NULLS LAST LIMIT $limit",
        limit=top + len(cadences),
    )
    stands = [
        Stand(group_text(name), cadences[str(name)] if is_known else None, standing(record))
        for name, is_known, *record in found
    ]
    declared = {stand.name: stand for stand in stands if stand.cadence}
    others = [stand for stand in stands if stand.cadence is None]
    return [*(declared[name] for name in cadences if name in declared), *others[:top]]


def developments_of(
    ask: Ask, series: Series, stands: Sequence[Stand], window: Window, *, most: int
) -> list[Development]:
    """The declared cadences among these, each with its newest `most` readings."""
    declared = [(stand, stand.cadence) for stand in stands if stand.cadence]
    return [Development(stand, cadence, window, _newest(ask, series, cadence, most)) for stand, cadence in declared]


def average_of(ask: Ask, series: Series, development: Development) -> Fraction | None:
    """The average of the readings that lack no days; None where there is none."""
    if not development.cut:
        return development.stand.standing.average
    (found,) = _asked(
        ask,
        series,
        "SELECT coalesce(sum(value), 0), count(*) "
        f"WHERE is_known AND cadence = $cadence AND {_READABLE} AND NOT list_contains($cut, dated)",
        cadence=development.cadence.name,
        cut=development.cut,
    )
    whole, readings = numbers(found)
    return Fraction(whole) / int(readings) if readings else None


def workdays_of(ask: Ask, series: Series, development: Development) -> Stand | None:
    """How the days from Monday to Friday stand, without any that lacks hours; None where none is listed."""
    (found,) = _asked(
        ask,
        series,
        f"SELECT {STANDING_SQL} WHERE is_known AND cadence = $cadence AND {_READABLE} AND isodow(dated) <= 5 "
        "AND NOT list_contains($cut, dated)",
        cadence=development.cadence.name,
        cut=development.cut,
    )
    return Stand(WORKDAY, development.cadence, standing(found)) if found[0] else None


def _newest(ask: Ask, series: Series, cadence: Cadence, most: int) -> list[Reading]:
    found = _asked(
        ask,
        series,
        f"SELECT dated, value WHERE is_known AND cadence = $cadence AND {_READABLE} "
        "ORDER BY dated DESC, value DESC LIMIT $limit",
        cadence=cadence.name,
        limit=most,
    )
    return [_reading(record) for record in reversed(found)]


def undeclared(ask: Ask, series: Series, *, top: int) -> tuple[list[tuple[str, Reading]], int]:
    """The first `top` readings of cadences that nobody declared, of which there are some; and how many there are."""
    found = _asked(
        ask,
        series,
        f"SELECT cadence, dated, value, count(*) OVER () WHERE NOT is_known AND {_READABLE} "
        "ORDER BY cadence NULLS LAST, dated, value LIMIT $limit",
        limit=top,
    )
    readings = [(group_text(word), _reading(record)) for word, *record, _ in found]
    return readings, int(numbers(found[0])[-1])


def words_read(ask: Ask, series: Series, *, most: int) -> list[tuple[str, str]]:
    """The first `most` words that were taken for a cadence of another name, each with that name."""
    found = _asked(
        ask,
        series,
        "SELECT DISTINCT word, cadence WHERE is_known AND word <> cadence ORDER BY cadence, word LIMIT $limit",
        limit=most,
    )
    return [(str(word), str(cadence)) for word, cadence in found]


def odd_rows(ask: Ask, series: Series) -> tuple[int, int]:
    """How many rows have no readable date and value, and how many more readings there are than dates."""
    (found,) = _asked(
        ask,
        series,
        f"SELECT count(*) FILTER (WHERE ({_READABLE}) IS NOT TRUE), count(*) FILTER (WHERE {_READABLE}) - "
        f"count(DISTINCT (cadence, dated)) FILTER (WHERE {_READABLE})",
    )
    unplaced, doubled = numbers(found)
    return int(unplaced), int(doubled)


def dates_listed(ask: Ask, series: Series, cadence: Cadence, window: Window) -> tuple[int, int]:
    """How many dates in the window, and how many outside it, a declared cadence has readings of."""
    within = "dated BETWEEN $start AND $end"
    (found,) = _asked(
        ask,
        series,
        f"SELECT count(DISTINCT dated) FILTER (WHERE {within}), count(DISTINCT dated) FILTER (WHERE NOT ({within})) "
        f"WHERE is_known AND cadence = $cadence AND {_READABLE}",
        cadence=cadence.name,
        start=window.start,
        end=window.end,
    )
    inside, outside = numbers(found)
    return int(inside), int(outside)


def _asked(ask: Ask, series: Series, sql: str, **values: object) -> list[tuple[object, ...]]:
    pairs = [(word, cadence.name) for cadence in series.cadences for word in (cadence.name, *cadence.words)]
    return ask(
        f"{_source(series)} {sql}", words=[word for word, _ in pairs], names=[name for _, name in pairs], **values
    )


def _source(series: Series) -> str:
    """One row per row of the report: its cadence as `$names` call the words `$words`, its date and its value."""
    word = quoted(series.by)
    spelled = f"regexp_replace(lower({word}), '[^0-9a-z]', '', 'g')"
    known = f"list_extract($names, list_position($words, {spelled}))"
    return (
        f"FROM (FROM {REPORT} SELECT {word} AS word, coalesce({known}, {word}) AS cadence, "
        f"{known} IS NOT NULL AS is_known, {quoted(series.at)} AS dated, {quoted(series.value)} AS value)"
    )


def _reading(record: Record) -> Reading:
    (at,) = (value for value in record if isinstance(value, date))
    (value,) = numbers(record)
    return Reading(at, int(value))
