"""A series of readings at several cadences, such as people active per day, week and month: its tables and totals.

A thin shell: `cadences` asks the engine, `series_caveats` has the sentences. Every reading stands by itself: tables
list them, and the overview holds the latest, the average and the highest of each cadence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Final, NamedTuple

from unique_analytics_mcp.analysis import cadences, series_caveats
from unique_analytics_mcp.analysis.amounts import share
from unique_analytics_mcp.analysis.cadences import WORKDAY, Development, Reading, Stand
from unique_analytics_mcp.analysis.caveats import of_window
from unique_analytics_mcp.analysis.changes import COMPARED, clause
from unique_analytics_mcp.analysis.readings import ROUNDED, Ask, Found, Standing, change, of_peaks, rounded
from unique_analytics_mcp.domain.readings import Series
from unique_analytics_mcp.domain.summary import Cell, Table, Total
from unique_analytics_mcp.domain.window import Window, is_whole_months

STICKINESS: Final = "stickiness"
SPOKEN: Final = ("percent",)
"""How the headline names it."""
OTHERS: Final = "other_periods"
"""Table of the readings whose cadence is not known."""

OVERVIEW: Final = ("average", "peak", "peak_date", "latest", "latest_date", "first", "first_date", "change",
                    "change_percent", "readings")  # fmt: skip
TOLD: Final = ("only", "each", "mean", "last")
"""Headers of what the headline tells beside `OVERVIEW`: one reading alone, readings all alike, or the average and the
latest of others. Where workdays are told of, the latest is theirs: of a day at a weekend it would say little."""
FIGURES: Final = ("latest", "average", "peak")
"""What of each cadence two windows are compared by."""
_COMPARED: Final = ("figure", "value", *COMPARED, "date", "date_before")


def series_found(ask: Ask, series: Series, window: Window, *, top: int, most: int) -> Found:
    """The series summed up: of each cadence the newest `most` readings, of unknown cadences the first `top`."""
    stands = cadences.stands_of(ask, series, top=top)
    (sides,) = _apart(_sides(ask, series, stands, window, most=most))
    by_workdays = _has_workdays(sides)
    developments = [side.development for side in sides.values() if side.development]
    averages = _averages(series, sides)
    stickiness = tuple(_stickiness(averages)) if window.complete and is_whole_months(window) else ()
    contradiction = tuple(series_caveats.of_contradiction(series, stands, averages)) if stickiness else ()
    return Found(
        totals=stickiness,
        tables=(
            Table.whole(series.name, [series.by, *OVERVIEW], [[name, *_row(side)] for name, side in sides.items()]),
            *(_readings(series, each) for each in developments),
            *((_others(ask, series, top),) if len(developments) < len(stands) else ()),
        ),
        caveats=(
            *_of_readings(ask, series, stands, window),
            *series_caveats.of_developments(developments),
            *((series_caveats.CUT,) if not all(side.develops for side in sides.values()) else ()),
            *((series_caveats.WORKDAYS,) if by_workdays else ()),
            *(() if stickiness else series_caveats.of_no_stickiness(averages, window)),
            *contradiction,
            ROUNDED,
        ),
        spoken=(
            *(_spoken_table(side, by_workdays=by_workdays) for side in sides.values() if side.stand.cadence),
            *(Table.whole(each.name, SPOKEN, [[each.value]]) for each in stickiness if not contradiction),
        ),
    )


def series_compared(
    now: Ask, before: Ask, series: Series, windows: tuple[Window, Window], *, top: int, most: int
) -> Found:
    """The latest, the average and the highest of each cadence in two windows side by side."""
    asks = list(zip((now, before), windows, strict=True))
    stands = [cadences.stands_of(ask, series, top=top) for ask, _ in asks]
    sides = _apart(
        *(_sides(ask, series, side, window, most=most) for (ask, window), side in zip(asks, stands, strict=True))
    )
    names = list(dict.fromkeys(name for side in sides for name in side))
    pairs = [(name, sides[0].get(name), sides[1].get(name)) for name in names]
    rows = [[name, *row] for name, *pair in pairs for row in _compared(*pair)]
    is_cut = any(each.cut or not _comparable("latest", *pair) for _, *pair in pairs for each in pair if each)
    return Found(
        tables=(Table.whole(series.name, [series.by, *_COMPARED], rows),),
        caveats=(
            *(
                said
                for (ask, window), side in zip(asks, stands, strict=True)
                for said in of_window(window, _of_readings(ask, series, side, window))
            ),
            *((series_caveats.CUT,) if is_cut else ()),
            *((series_caveats.WORKDAYS,) if any(map(_has_workdays, sides)) else ()),
            ROUNDED,
        ),
        said=tuple(_spoken(series, pairs)),
    )


# Tables


def _readings(series: Series, development: Development) -> Table:
    """The newest readings of a declared cadence."""
    total, shown = development.stand.standing.readings, development.readings
    return Table(
        name=development.cadence.table,
        columns=[development.cadence.dated, series.measure],
        rows=[_cells(reading) for reading in shown],
        total_rows=total,
        truncated=total > len(shown),
    )


def _others(ask: Ask, series: Series, top: int) -> Table:
    """The first readings of cadences that nobody declared."""
    shown, total = cadences.undeclared(ask, series, top=top)
    return Table(
        name=OTHERS,
        columns=[series.by, series.at, series.measure],
        rows=[[word, *_cells(reading)] for word, reading in shown],
        total_rows=total,
        truncated=total > len(shown),
    )


def _cells(reading: Reading) -> list[Cell]:
    return [reading.at.isoformat(), reading.value]


def _row(side: _Side) -> list[Cell]:
    """The cells of `OVERVIEW`; one reading alone has no change, nor has what does not develop."""
    stand, found = side.stand, side.stand.standing
    return [
        None if side.average is None else rounded(side.average),
        found.peak,
        stand.dated(found.peak_at),
        found.latest,
        stand.dated(found.latest_at),
        found.first,
        stand.dated(found.first_at),
        *(change(found.latest, found.first) if found.readings > 1 and side.develops else (None, None)),
        found.readings,
    ]


def _spoken_table(side: _Side, *, by_workdays: bool) -> Table:
    """The row of `OVERVIEW` and `TOLD` for sentences: days with their weekdays, no latest that may lack days."""
    found = side.stand.standing
    cells: dict[str, Cell] = dict(zip(OVERVIEW, _row(side), strict=True))
    if side.is_daily:
        cells |= {"peak_date": _weekday(found.peak_at), "latest_date": _weekday(found.latest_at)}
    if found.shares_peak:
        cells["peak_date"] = f"{cells['peak_date']} and other dates"
    if not side.is_whole("latest"):
        cells |= {"latest": None, "latest_date": None}
    cells |= dict.fromkeys(TOLD) | _told(found, cells)
    if side.is_daily and by_workdays:
        cells["last"] = cells["latest"] if side.is_of_workdays else None
    return Table.whole(side.stand.name, [*cells], [[*cells.values()]])


def _weekday(day: date) -> str:
    """`Sunday 2026-11-22`: on which few people work."""
    return f"{day:%A} {day}"


def _told(standing: Standing, cells: Mapping[str, Cell]) -> dict[str, Cell]:
    if standing.readings == 1:
        return {"only": standing.peak}
    if standing.average == standing.peak:
        return {"each": standing.peak}
    return {"mean": cells["average"], "last": cells["latest"]}


class _Side(NamedTuple):
    """One cadence of one window."""

    stand: Stand
    average: Fraction | None
    """Of the readings that lack no days; None where there is none."""
    development: Development | None = None
    """None for a cadence nobody declared."""

    @property
    def cut(self) -> list[date]:
        """The dates of readings that may lack days."""
        return self.development.cut if self.development else []

    @property
    def is_daily(self) -> bool:
        """True for days, of which each has a weekday."""
        return self.stand.cadence is not None and self.stand.cadence.days == 1

    @property
    def is_of_workdays(self) -> bool:
        """True for those of the days that are from Monday to Friday."""
        return self.is_daily and self.stand.name == WORKDAY

    @property
    def develops(self) -> bool:
        """False when its change, from the first reading to the latest, may be one of lacking days or of weekdays."""
        found = self.stand.standing
        return not self.cut and (not self.is_daily or found.first_at.weekday() == found.latest_at.weekday())

    def is_whole(self, figure: str) -> bool:
        """False when the reading that the figure is may lack days; averages are without such readings."""
        found = self.stand.standing
        return {"latest": found.latest_at, "peak": found.peak_at}.get(figure) not in self.cut


def _sides(ask: Ask, series: Series, stands: Sequence[Stand], window: Window, *, most: int) -> dict[str, _Side]:
    """The cadences of one window, by their names; of those that are declared with the newest `most` readings.

    Behind the days stand those from Monday to Friday, where there are any.
    """
    developments = cadences.developments_of(ask, series, stands, window, most=most)
    declared = {each.stand.name: each for each in developments}
    found: dict[str, _Side] = {}
    for stand in stands:
        found[stand.name] = side = _side(ask, series, stand, declared.get(stand.name))
        if side.is_daily and side.development:
            workdays = cadences.workdays_of(ask, series, side.development)
            found |= {WORKDAY: _Side(workdays, workdays.standing.average)} if workdays else {}
    return found


def _apart(*windows: Mapping[str, _Side]) -> list[Mapping[str, _Side]]:
    """The cadences of each window; with workdays only where in one of them an average day is another."""
    if any(len({side.average for side in sides.values() if side.is_daily}) > 1 for sides in windows):
        return list(windows)
    return [{name: side for name, side in sides.items() if not side.is_of_workdays} for sides in windows]


def _has_workdays(sides: Mapping[str, _Side]) -> bool:
    return any(side.is_of_workdays for side in sides.values())


def _side(ask: Ask, series: Series, stand: Stand, development: Development | None) -> _Side:
    average = cadences.average_of(ask, series, development) if development else stand.standing.average
    return _Side(stand, average, development)


def _compared(side: _Side | None, earlier: _Side | None) -> Iterator[list[Cell]]:
    """One row for each figure of a cadence; what one of the windows does not list stays empty."""
    for figure in FIGURES:
        value, at = _figure(side, figure)
        before, at_before = _figure(earlier, figure)
        changed: list[Cell] = [None, None]
        if value is not None and before is not None and _comparable(figure, side, earlier):
            changed = change(value, before)
        yield [figure, _shown(value), _shown(before), *changed, at, at_before]


def _comparable(figure: str, side: _Side | None, earlier: _Side | None) -> bool:
    """False when the change may be one of days that a reading lacks, or of weekdays."""
    if side is None or earlier is None:
        return True
    latest = [each.stand.standing.latest_at.weekday() for each in (side, earlier)]
    is_alike = figure != "latest" or not side.is_daily or latest[0] == latest[1]
    return is_alike and side.is_whole(figure) and earlier.is_whole(figure)


def _figure(side: _Side | None, figure: str) -> tuple[int | Fraction | None, str | None]:
    """The figure, and the date it is of."""
    if side is None:
        return None, None
    stand, found = side.stand, side.stand.standing
    match figure:
        case "latest":
            return found.latest, stand.dated(found.latest_at)
        case "peak":
            return found.peak, stand.dated(found.peak_at)
        case _:
            return side.average, None


def _shown(value: int | Fraction | None) -> Cell:
    return rounded(value) if isinstance(value, Fraction) else value


def _spoken(series: Series, pairs: Sequence[tuple[str, _Side | None, _Side | None]]) -> Iterator[str]:
    """`people in an average week rose from 120.1 to 130.5 (+10.4, +8.7 %)`; of days those from Monday to Friday."""
    both = [(side, earlier) for _, side, earlier in pairs if side and earlier]
    has_workdays = any(side.is_of_workdays for side, _ in both)
    for side, earlier in both:
        is_told = side.is_of_workdays or not (side.is_daily and has_workdays)
        if is_told and side.average is not None and earlier.average is not None:
            name = f"{series.measure} in an average {side.stand.name}"
            changed = change(side.average, earlier.average)
            yield clause(name, rounded(side.average), rounded(earlier.average), *changed)


# Stickiness


def _averages(series: Series, sides: Mapping[str, _Side]) -> dict[str, Fraction | None]:
    """The averages that stickiness is of, by their cadences; None for one that is not listed."""
    return {name: sides[name].average if name in sides else None for name in series.stickiness or ()}


def _stickiness(averages: Mapping[str, Fraction | None]) -> Iterator[Total]:
    match list(averages.items()):
        case [(short, part), (long, whole)] if part is not None and whole:
            unit = f"% of the people of an average {long} in an average {short}"
            yield Total(name=STICKINESS, value=str(share(part, whole)), unit=unit)
        case _:
            return


# What must be said


def _of_readings(ask: Ask, series: Series, stands: Sequence[Stand], window: Window) -> Iterator[str]:
    """Of the readings of one window, whatever they are set beside."""
    read = cadences.words_read(ask, series, most=series_caveats.MOST_WORDS)
    yield from series_caveats.of_words(read, series)
    yield from series_caveats.of_undeclared(stands, table=OTHERS)
    yield from series_caveats.of_odd_rows(*cadences.odd_rows(ask, series))
    for cadence in series.cadences:
        if cadence.days == 1:
            inside, outside = cadences.dates_listed(ask, series, cadence, window)
            yield from series_caveats.of_missing_days(inside, window)
            yield from series_caveats.of_days_outside(outside)
    for stand in stands:
        yield from series_caveats.of_edges(stand, window)
    yield from of_peaks(stand.standing for stand in stands)
