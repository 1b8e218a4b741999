"""A series of readings at several cadences, such as people active per day, week and month: its tables and totals.

A thin shell: `cadences` asks the engine, `series_caveats` has the sentences. Every reading stands by itself: tables
list them, and the overview holds the latest, the average and the highest of each cadence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from fractions import Fraction
from typing import Final

from unique_analytics_mcp.analysis import cadences, series_caveats
from unique_analytics_mcp.analysis.amounts import share
from unique_analytics_mcp.analysis.cadences import Development, Reading, Stand
from unique_analytics_mcp.analysis.calendar import ends_whole_month, is_whole_months
from unique_analytics_mcp.analysis.caveats import of_window
from unique_analytics_mcp.analysis.changes import clause
from unique_analytics_mcp.analysis.readings import ROUNDED, Ask, Found, Standing, change, of_peaks, rounded
from unique_analytics_mcp.domain.readings import Series
from unique_analytics_mcp.domain.report import Cell, Table, Total
from unique_analytics_mcp.domain.window import Window

STICKINESS: Final = "stickiness"
SPOKEN: Final = ("percent",)
"""How the headline names it, where it rests on whole months."""
OTHERS: Final = "other_periods"
"""Table of the readings whose cadence is not known."""

OVERVIEW: Final = ("average", "peak", "peak_date", "latest", "latest_date", "first", "first_date", "change",
                    "change_percent", "readings")  # fmt: skip
TOLD: Final = ("only", "each", "mean", "last")
"""Headers of what the headline tells beside `OVERVIEW`: one reading alone, readings all alike, or the average and the
latest of others."""
_COMPARED: Final = ("figure", "value", "before", "change", "change_percent", "date", "date_before")


def series_found(ask: Ask, series: Series, window: Window, *, top: int, most: int) -> Found:
    """The series summed up: of each cadence the newest `most` readings, of unknown cadences the first `top`."""
    stands = cadences.stands_of(ask, series, top=top)
    developments = cadences.developments_of(ask, series, stands, most=most)
    averages = _averages(series, stands)
    stickiness = tuple(_stickiness(averages))
    contradiction = tuple(series_caveats.of_contradiction(series, stands)) if stickiness else ()
    is_told = is_whole_months(window) and not contradiction
    return Found(
        totals=stickiness,
        tables=(
            Table.whole(series.name, [series.by, *OVERVIEW], [[stand.name, *_row(stand)] for stand in stands]),
            *(_readings(series, each) for each in developments),
            *((_others(ask, series, top),) if len(developments) < len(stands) else ()),
        ),
        caveats=(
            *_of_readings(ask, series, stands, window),
            *(said for each in developments for said in series_caveats.of_development(each)),
            *(() if stickiness else series_caveats.of_no_stickiness(averages)),
            *((series_caveats.LOOSE,) if stickiness and not is_whole_months(window) else ()),
            *contradiction,
            ROUNDED,
        ),
        spoken=(
            *(_spoken_table(each.stand, window) for each in developments if _ends_whole(each, window)),
            *(Table.whole(each.name, SPOKEN, [[each.value]]) for each in stickiness if is_told),
        ),
    )


def series_compared(now: Ask, before: Ask, series: Series, windows: tuple[Window, Window], *, top: int) -> Found:
    """The latest, the average and the highest of each cadence in two windows side by side."""
    sides = [{stand.name: stand for stand in cadences.stands_of(ask, series, top=top)} for ask in (now, before)]
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


def _row(stand: Stand) -> list[Cell]:
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


def _spoken_table(stand: Stand, window: Window) -> Table:
    """The row of `OVERVIEW` and `TOLD` for sentences: without the latest where its day was not over."""
    cells: dict[str, Cell] = dict(zip(OVERVIEW, _row(stand), strict=True))
    if stand.standing.shares_peak:
        cells["peak_date"] = f"{cells['peak_date']} and other dates"
    if not window.complete and stand.standing.latest_at >= window.end:
        cells |= {"latest": None, "latest_date": None}
    cells |= dict.fromkeys(TOLD) | _told(stand.standing, cells)
    return Table.whole(stand.name, [*cells], [[*cells.values()]])


def _told(standing: Standing, cells: Mapping[str, Cell]) -> dict[str, Cell]:
    if standing.readings == 1:
        return {"only": standing.peak}
    if standing.average == standing.peak:
        return {"each": standing.peak}
    return {"mean": cells["average"], "last": cells["latest"]}


def _compared(stand: Stand | None, earlier: Stand | None) -> Iterator[list[Cell]]:
    """One row for each figure of a cadence; what one of the windows does not list stays empty."""
    for figure in ("latest", "average", "peak"):
        value, at = _figure(stand, figure)
        before, at_before = _figure(earlier, figure)
        changed = [None, None] if value is None or before is None else change(value, before)
        yield [figure, _shown(value), _shown(before), *changed, at, at_before]


def _figure(stand: Stand | None, figure: str) -> tuple[int | Fraction | None, str | None]:
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


def _spoken(stand: Stand, earlier: Stand, series: Series) -> str:
    """`people in an average day rose from 120.1 to 130.5 (+10.4, +8.7 %)`."""
    value, before = stand.standing.average, earlier.standing.average
    name = f"{series.measure} in an average {stand.name}"
    return clause(name, rounded(value), rounded(before), *change(value, before))


# Stickiness


def _averages(series: Series, stands: Sequence[Stand]) -> dict[str, Fraction | None]:
    """The averages that stickiness is of, by their cadences; None for one that is not listed."""
    found = {stand.name: stand.standing.average for stand in stands}
    return {name: found.get(name) for name in series.stickiness or ()}


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


def _ends_whole(development: Development, window: Window) -> bool:
    """False when the latest may be cut: a week dated nearer than 7 days to the one before, a month at the edge."""
    days = development.cadence.days
    return all(gap >= timedelta(days=days) for gap in development.gaps[-1:]) if days else ends_whole_month(window)
