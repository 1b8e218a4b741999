"""A series of readings at several cadences, such as people active per day, week and month.

Pure but for `ask`. Every reading stands by itself: tables list them, and the overview holds the latest, the average and
the highest of each cadence. Words for a cadence are recognised openly, and what is not recognised is shown as it came.
A day that is not listed is missing, not zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Final

from unique_analytics_mcp.analysis._engine import quoted
from unique_analytics_mcp.analysis.amounts import Record, numbers, share
from unique_analytics_mcp.analysis.caveats import of_window
from unique_analytics_mcp.analysis.changes import clause
from unique_analytics_mcp.analysis.plans import REPORT
from unique_analytics_mcp.analysis.readings import (
    ROUNDED,
    STANDING_SQL,
    Ask,
    Found,
    Standing,
    change,
    of_peaks,
    rounded,
    standing,
)
from unique_analytics_mcp.analysis.tables import group_text
from unique_analytics_mcp.domain.period import Window
from unique_analytics_mcp.domain.readings import Cadence, Series
from unique_analytics_mcp.domain.report import Cell, Table, Total
from unique_analytics_mcp.domain.sentences import counted, in_a_sentence

STICKINESS: Final = "stickiness"
SPOKEN: Final = ("percent",)
"""How the headline names it, where it rests on whole months."""
OTHERS: Final = "other_periods"
"""Table of the readings whose cadence is not known."""

OVERVIEW: Final = ("average", "peak", "peak_date", "latest", "latest_date", "first", "first_date", "change",
                    "change_percent", "readings")  # fmt: skip
_COMPARED: Final = ("figure", "value", "before", "change", "change_percent", "date", "date_before")
_LOOSE: Final = "Stickiness is too high where a month at the edge of the window counts too few."
_MOST_WORDS: Final = 12


def series_found(ask: Ask, series: Series, window: Window, *, top: int, most: int) -> Found:
    """The series summed up: of each cadence the newest `most` readings, of unknown cadences the first `top`."""
    stands = _standings(ask, series, top)
    readings = {stand.name: _readings(ask, series, stand, most) for stand in stands if stand.cadence}
    stickiness = tuple(_stickiness(series, stands))
    overview = [[stand.name, *_row(stand)] for stand in stands]
    return Found(
        totals=stickiness,
        tables=(
            Table.whole(series.name, [series.by, *OVERVIEW], overview),
            *readings.values(),
            *_others(ask, series, stands, top),
        ),
        caveats=(
            *_of_readings(ask, series, stands, window),
            *(said for stand in stands for said in _development(stand, readings.get(stand.name))),
            *_no_stickiness(series, stands),
            *((_LOOSE,) if stickiness and not _is_whole_months(window) else ()),
            ROUNDED,
        ),
        spoken=(
            *(
                Table.whole(stand.name, OVERVIEW, [_spoken_row(stand, window)])
                for stand in stands
                if stand.cadence and _ends_whole(stand.cadence, readings[stand.name], window)
            ),
            *(Table.whole(each.name, SPOKEN, [[each.value]]) for each in stickiness if _is_whole_months(window)),
        ),
    )


def series_compared(now: Ask, before: Ask, series: Series, windows: tuple[Window, Window], *, top: int) -> Found:
    """The latest, the average and the highest of each cadence in two windows side by side."""
    sides = [{stand.name: stand for stand in _standings(ask, series, top)} for ask in (now, before)]
    names = list(dict.fromkeys(name for side in sides for name in side))
    pairs = [(name, sides[0].get(name), sides[1].get(name)) for name in names]
    return Found(
        tables=(
            Table.whole(
                series.name,
                [series.by, *_COMPARED],
                [[name, *row] for name, *pair in pairs for row in _compared(*pair)],
            ),
        ),
        caveats=(
            *(
                said
                for ask, side, window in zip((now, before), sides, windows, strict=True)
                for said in of_window(window, _of_readings(ask, series, list(side.values()), window))
            ),
            ROUNDED,
        ),
        said=tuple(_spoken(stand, earlier, series) for _, stand, earlier in pairs if stand and earlier),
    )


@dataclass(frozen=True, slots=True)
class _Stand:
    """How one cadence stands."""

    name: str
    cadence: Cadence | None
    """None for one nobody declared."""
    standing: Standing

    def dated(self, day: date) -> str:
        return self.cadence.named(day.isoformat()) if self.cadence else day.isoformat()


# The engine's part


def _source(series: Series) -> str:
    """One row per row of the report: its cadence as `$names` call the words `$words`, its date and its value."""
    word = quoted(series.by)
    spelled = f"regexp_replace(lower({word}), '[^0-9a-z]', '', 'g')"
    known = f"list_extract($names, list_position($words, {spelled}))"
    return (
        f"FROM (FROM {REPORT} SELECT {word} AS word, coalesce({known}, {word}) AS cadence, "
        f"{known} IS NOT NULL AS is_known, {quoted(series.at)} AS dated, {quoted(series.value)} AS value)"
    )


_READABLE: Final = "dated IS NOT NULL AND value IS NOT NULL"


def _asked(ask: Ask, series: Series, sql: str, **values: object) -> list[tuple[object, ...]]:
    pairs = [(word, cadence.name) for cadence in series.cadences for word in (cadence.name, *cadence.words)]
    return ask(
        f"{_source(series)} {sql}", words=[word for word, _ in pairs], names=[name for _, name in pairs], **values
    )


def _standings(ask: Ask, series: Series, top: int) -> list[_Stand]:
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
        _Stand(group_text(name), cadences[str(name)] if is_known else None, standing(record))
        for name, is_known, *record in found
    ]
    places = list(cadences)
    return sorted(stands, key=lambda stand: places.index(stand.name) if stand.cadence else len(places))


def _readings(ask: Ask, series: Series, stand: _Stand, most: int) -> Table:
    """The newest readings of a declared cadence, oldest first."""
    found = _asked(
        ask,
        series,
        f"SELECT dated, value WHERE is_known AND cadence = $cadence AND {_READABLE} "
        "ORDER BY dated DESC, value DESC LIMIT $limit",
        cadence=stand.name,
        limit=most,
    )
    cadence = stand.cadence
    columns = [cadence.dated if cadence else series.at, series.measure]
    return Table(
        name=cadence.table if cadence else OTHERS,
        columns=columns,
        rows=[_cells(record) for record in reversed(found)],
        total_rows=stand.standing.readings,
        truncated=stand.standing.readings > most,
    )


def _others(ask: Ask, series: Series, stands: Sequence[_Stand], top: int) -> Iterator[Table]:
    """The first readings of cadences that nobody declared."""
    if all(stand.cadence for stand in stands):
        return
    found = _asked(
        ask,
        series,
        f"SELECT cadence, dated, value, count(*) OVER () WHERE NOT is_known AND {_READABLE} "
        "ORDER BY cadence NULLS LAST, dated, value LIMIT $limit",
        limit=top,
    )
    total = int(numbers(found[0])[-1])
    yield Table(
        name=OTHERS,
        columns=[series.by, series.at, series.measure],
        rows=[[group_text(record[0]), *_cells(record[1:-1])] for record in found],
        total_rows=total,
        truncated=total > top,
    )


def _cells(record: Record) -> list[Cell]:
    return [value.isoformat() if isinstance(value, date) else int(str(value)) for value in record]


# Tables


def _row(stand: _Stand) -> list[Cell]:
    """The cells of `OVERVIEW`; one reading alone has no change."""
    found = stand.standing
    return [
        rounded(found.average),
        found.peak,
        stand.dated(found.peak_at),
        found.latest,
        stand.dated(found.latest_at),
        found.first,
        stand.dated(found.first_at),
        *(change(found.latest, found.first) if found.readings > 1 else (None, None)),
        found.readings,
    ]


def _spoken_row(stand: _Stand, window: Window) -> list[Cell]:
    """The cells of `OVERVIEW` for sentences: without the latest where its day was not over."""
    cells = dict(zip(OVERVIEW, _row(stand), strict=True))
    if stand.standing.shares_peak:
        cells["peak_date"] = f"{cells['peak_date']} and other dates"
    if not window.complete and stand.standing.latest_at >= window.end:
        cells |= {"latest": None, "latest_date": None}
    return [*cells.values()]


def _compared(stand: _Stand | None, earlier: _Stand | None) -> Iterator[list[Cell]]:
    """One row for each figure of a cadence; what one of the windows does not list stays empty."""
    for figure in ("latest", "average", "peak"):
        value, at = _figure(stand, figure)
        before, at_before = _figure(earlier, figure)
        changed = [None, None] if value is None or before is None else change(value, before)
        yield [figure, _shown(value), _shown(before), *changed, at, at_before]


def _figure(stand: _Stand | None, figure: str) -> tuple[int | Fraction | None, str | None]:
    """The figure, and the date it is of."""
    if stand is None:
        return None, None
    found = stand.standing
    match figure:
        case "latest":
            return found.latest, stand.dated(found.latest_at)
        case "peak":
            return found.peak, stand.dated(found.peak_at)
        case _:
            return found.average, None


def _shown(value: int | Fraction | None) -> Cell:
    return rounded(value) if isinstance(value, Fraction) else value


def _spoken(stand: _Stand, earlier: _Stand, series: Series) -> str:
    """`people in an average day rose from 120.1 to 130.5 (+10.4, +8.7 %)`."""
    value, before = stand.standing.average, earlier.standing.average
    name = f"{series.measure} in an average {stand.name}"
    return clause(name, rounded(value), rounded(before), *change(value, before))


# Stickiness


def _averages(series: Series, stands: Sequence[_Stand]) -> list[Fraction | None]:
    found = {stand.name: stand.standing.average for stand in stands if stand.cadence}
    return [found.get(name) for name in series.stickiness or ()]


def _stickiness(series: Series, stands: Sequence[_Stand]) -> Iterator[Total]:
    match _averages(series, stands), series.stickiness:
        case [[part, whole], (short, long)] if part is not None and whole:
            unit = f"% of the people of an average {long} in an average {short}"
            yield Total(name=STICKINESS, value=str(share(part, whole)), unit=unit)
        case _:
            return


def _no_stickiness(series: Series, stands: Sequence[_Stand]) -> Iterator[str]:
    for name, average in zip(series.stickiness or (), _averages(series, stands), strict=True):
        if not average:
            yield f"There is no stickiness: the report lists no {name} with anybody in it."
            return


# What must be said


def _of_readings(ask: Ask, series: Series, stands: Sequence[_Stand], window: Window) -> Iterator[str]:
    """Of the readings of one window, whatever they are set beside."""
    yield from _words(ask, series, stands)
    yield from _not_as_expected(ask, series)
    yield from _missing_days(ask, series, window)
    for stand in stands:
        yield from _edges(stand, window)
    yield from of_peaks(stand.standing for stand in stands)


def _words(ask: Ask, series: Series, stands: Sequence[_Stand]) -> Iterator[str]:
    """Which words were taken for which cadence, and which for none."""
    found = _asked(
        ask,
        series,
        "SELECT DISTINCT word, cadence WHERE is_known AND word <> cadence ORDER BY cadence, word LIMIT $limit",
        limit=_MOST_WORDS,
    )
    if found:
        read = ", ".join(f"{in_a_sentence(str(word))} as {cadence}" for word, cadence in found)
        yield f"The column {series.by} was read so: {read}."
    unknown = [in_a_sentence(stand.name) for stand in stands if stand.cadence is None][:_MOST_WORDS]
    if unknown:
        yield f"What {', '.join(unknown)} covers is not known: shown as the platform wrote it, in {OTHERS}."


def _not_as_expected(ask: Ask, series: Series) -> Iterator[str]:
    """Readings that cannot be placed, and dates that have several."""
    ((unplaced, doubled),) = (
        numbers(record)
        for record in _asked(
            ask,
            series,
            f"SELECT count(*) FILTER (WHERE ({_READABLE}) IS NOT TRUE), count(*) FILTER (WHERE {_READABLE}) - "
            f"count(DISTINCT (cadence, dated)) FILTER (WHERE {_READABLE})",
        )
    )
    if unplaced:
        yield f"{counted(int(unplaced), 'row')} without a readable date and value: in no table."
    if doubled:
        yield (
            f"{counted(int(doubled), 'row')} more than there are dates: several values stand for one date, each is "
            "shown by itself and the largest counts as the latest."
        )


def _missing_days(ask: Ask, series: Series, window: Window) -> Iterator[str]:
    """Days of the window that are not listed, where days are."""
    for cadence in series.cadences:
        if cadence.days != 1:
            continue
        ((listed,),) = (
            numbers(record)
            for record in _asked(
                ask,
                series,
                f"SELECT count(DISTINCT dated) WHERE is_known AND cadence = $cadence AND {_READABLE} "
                "AND dated BETWEEN $start AND $end",
                cadence=cadence.name,
                start=window.start,
                end=window.end,
            )
        )
        if 0 < listed < window.days:
            yield (
                f"{window.days - int(listed)} of the {window.days} days have no value: they are missing, not zero, "
                "and in no average."
            )


def _development(stand: _Stand, readings: Table | None) -> Iterator[str]:
    """How far the change from the first reading to the latest may be trusted."""
    cadence, found = stand.cadence, stand.standing
    if cadence is None:
        return
    if found.readings == 1:
        yield f"Only one {cadence.name} is listed, so there is no development to speak of."
    elif cadence.days == 1 and found.first_at.weekday() != found.latest_at.weekday():
        yield (
            f"The first day listed is a {found.first_at:%A}, the latest a {found.latest_at:%A}: the change between "
            "them is one of weekdays, too."
        )
    elif cadence.days > 1 and readings and not _are_apart(readings, cadence.days):
        yield f"Not every {cadence.name} is dated {cadence.days} days after the one before: some overlap or are cut."


def _are_apart(readings: Table, days: int) -> bool:
    return all(gap == timedelta(days=days) for gap in _gaps(readings))


def _gaps(readings: Table) -> list[timedelta]:
    """How far each reading is from the one before."""
    dates = [date.fromisoformat(str(row[0])) for row in readings.rows]
    return [after - before for before, after in pairwise(dates)]


def _ends_whole(cadence: Cadence, readings: Table, window: Window) -> bool:
    """False when the latest may be cut: a week dated nearer than 7 days to the one before, a month at the edge."""
    if not cadence.days:
        return _ends_a_month(window.end) and window.start <= window.end.replace(day=1)
    return all(gap >= timedelta(days=cadence.days) for gap in _gaps(readings)[-1:])


def _edges(stand: _Stand, window: Window) -> Iterator[str]:
    """Readings that may reach beyond the window."""
    cadence = stand.cadence
    if cadence is None or cadence.days == 1:
        return
    if cadence.days and stand.standing.first_at - timedelta(days=cadence.days - 1) < window.start:
        first = stand.dated(stand.standing.first_at)
        yield f"The {first} begin before the window: whether they are counted whole is not documented."
    if cadence.days and stand.standing.latest_at > window.end:
        latest = stand.dated(stand.standing.latest_at)
        yield f"The {latest} end after the window: whether they are counted whole is not documented."
    if not cadence.days and not _is_whole_months(window):
        yield f"The window does not begin and end with a {cadence.name}, so one at its edge may count too few."


def _is_whole_months(window: Window) -> bool:
    return window.start.day == 1 and _ends_a_month(window.end)


def _ends_a_month(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1
