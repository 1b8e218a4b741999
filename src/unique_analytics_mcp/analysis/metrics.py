"""Metrics by family: how many people used which feature, tool or server on an average day, at most, and when.

Pure but for `ask`. A metric's values are people of one day, so they are added neither over days nor over metrics, and
of several values on one day the largest stands for it. A day that was not over is in no average, but where it is all
there is. Metrics of unknown keys are kept in a family of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from fractions import Fraction
from functools import partial
from itertools import groupby
from typing import Final, NamedTuple

from unique_analytics_mcp.analysis._engine import quoted
from unique_analytics_mcp.analysis.amounts import Record, numbers
from unique_analytics_mcp.analysis.caveats import of_ends_among_equals, of_names_alike, of_window
from unique_analytics_mcp.analysis.changes import COMPARED, EARLIER, GONE, NEW, clause
from unique_analytics_mcp.analysis.phrases import by_sight
from unique_analytics_mcp.analysis.plans import REPORT
from unique_analytics_mcp.analysis.readings import (
    ROUNDED,
    STANDING_SQL,
    Ask,
    Found,
    change,
    of_peaks,
    rounded,
    standing,
)
from unique_analytics_mcp.analysis.tables import ends_among_equals, lead_together, lead_with_nothing
from unique_analytics_mcp.domain.readings import Metrics
from unique_analytics_mcp.domain.sentences import counted, in_a_sentence
from unique_analytics_mcp.domain.summary import EMPTY_GROUP, Cell, Table
from unique_analytics_mcp.domain.window import Window

COLUMNS: Final = ("average", "peak", "peak_day", "days_with_use", "latest", "latest_day")
"""Headers behind a metric's name; the average is that of the days with a value."""

OF_A_DAY: Final = ("people",)
"""Likewise, where each metric has one value and all are of the one day of the window."""

_COMPARED: Final = ("average", *COMPARED, "days", "days_before")
"""Likewise; the days are those with a value."""

OTHER_DAYS: Final = (
    "Where days and days_before differ, read averages with them: a few quiet days more make one lower though as many "
    "people came, and days without a value are in none."
)


def metrics_found(ask: Ask, metrics: Metrics, window: Window, *, top: int) -> Found:
    """The first `top` metrics of each family, those of the most people on an average day first."""
    order = "average DESC NULLS LAST, key NULLS LAST"
    found = ask(
        f"FROM ({_stood_sql(metrics, REPORT)}) SELECT *, count(*) OVER (PARTITION BY family) "
        f"QUALIFY row_number() OVER (PARTITION BY family ORDER BY {order}) <= $top ORDER BY family, {order}",
        top=top + 1,
        running=_running(window),
        **_families(metrics),
    )
    is_of_a_day = window.days == 1 and all(_is_of_a_day(record, window) for record in found)
    columns, cells = (OF_A_DAY, _cells_of_a_day) if is_of_a_day else (COLUMNS, _cells)
    tables = tuple(_tables(metrics, columns, found, cells, top=top))
    families = _by_family(found)
    shown = (record[6:-1] for side in families for record in side[:top])
    leading = {
        table.name: [record[2] for record in side if record[2] is not None]
        for table, side in zip(tables, families, strict=True)
    }
    sides = zip(tables, families, strict=True)
    ending = [table.name for table, side in sides if ends_among_equals([record[2] for record in side], top=top)]
    return Found(
        tables=tables,
        shared=tuple(name for name, averages in leading.items() if lead_together(averages)),
        idle=tuple(name for name, averages in leading.items() if lead_with_nothing(averages)),
        caveats=(
            *_not_as_expected(ask, metrics, window),
            *_alike(ask, metrics),
            *_unlisted(metrics, tables),
            *of_ends_among_equals(ending, top=top),
            *of_peaks(map(standing, shown)),
            *(() if is_of_a_day else (ROUNDED,)),
        ),
    )


def metrics_compared(
    ask: Ask, before: Sequence[str], metrics: Metrics, windows: tuple[Window, Window], *, top: int
) -> Found:
    """The averages of two windows side by side, ordered by the later ones; `before` are the files of the earlier."""
    asks = ask, partial(ask, report=list(before))
    order = "average DESC NULLS LAST, average_before DESC, key NULLS LAST"
    earlier = _stood_sql(metrics, EARLIER, running="$running_before")
    found = ask(
        f"FROM (FROM ({_stood_sql(metrics, REPORT)}) AS now FULL JOIN ({earlier}) AS earlier "
        "ON now.key IS NOT DISTINCT FROM earlier.key "
        "SELECT coalesce(now.family, earlier.family) AS family, coalesce(now.key, earlier.key) AS key, now.average, "
        "earlier.average AS average_before, now.over_days, now.days, earlier.over_days, earlier.days) "
        "SELECT *, count(*) OVER (PARTITION BY family) "
        f"QUALIFY row_number() OVER (PARTITION BY family ORDER BY {order}) <= $top ORDER BY family, {order}",
        top=top + 1,
        before=list(before),
        running=_running(windows[0]),
        running_before=_running(windows[1]),
        **_families(metrics),
    )
    tables = tuple(_tables(metrics, _COMPARED, found, _compared, top=top))
    return Found(
        tables=tables,
        caveats=(
            *(
                said
                for side, window in zip(asks, windows, strict=True)
                for said in of_window(window, (*_not_as_expected(side, metrics, window), *_alike(side, metrics)))
            ),
            *_unlisted(metrics, tables),
            *((OTHER_DAYS,) if any(_other_days(record) for record in found) else ()),
            ROUNDED,
        ),
        said=tuple(_spoken(metrics, found)),
    )


# The engine's part


def _stood_sql(metrics: Metrics, table: str, *, running: str = "$running") -> str:
    """Per key: the place of its family, the key, its average, its days with use, and how it stands.

    Behind the days with use stand the sum and the number behind the average, both of days before `running`.
    """
    is_over = f"FILTER (WHERE dated < {running})"
    return (
        f"FROM ({_days_sql(metrics, table)}) SELECT {_family_sql(metrics)} AS family, key, "
        f"avg(value) {is_over} AS average, count(*) FILTER (WHERE value > 0) AS used, "
        f"coalesce(sum(value) {is_over}, 0) AS over_days, count(*) {is_over} AS days, {STANDING_SQL} GROUP BY key"
    )


def _days_sql(metrics: Metrics, table: str) -> str:
    """Per key and day the largest value."""
    by, day, value = quoted(metrics.by), f"CAST({quoted(metrics.at)} AS DATE)", quoted(metrics.value)
    return (
        f"FROM {table} SELECT {by} AS key, {day} AS dated, max({value}) AS value "
        f"WHERE {_readable(metrics)} GROUP BY ALL"
    )


def _readable(metrics: Metrics) -> str:
    return f"{quoted(metrics.at)} IS NOT NULL AND {quoted(metrics.value)} IS NOT NULL"


def _family_sql(metrics: Metrics) -> str:
    """The place of the first family that a key belongs to, whatever its case."""
    branches = (
        f"WHEN starts_with(lower(key), $family_{place}) THEN {place}"
        if family.prefix
        else f"WHEN list_contains($family_{place}, lower(key)) THEN {place}"
        for place, family in enumerate(metrics.families)
    )
    return f"CASE {' '.join(branches)} ELSE {len(metrics.families)} END"


def _running(window: Window) -> date:
    """The first day that was not over; one later than any where all were, or where there is no other."""
    return date.max if window.complete or window.days == 1 else window.end


def _families(metrics: Metrics) -> dict[str, object]:
    """The parameters of `_family_sql`."""
    return {f"family_{place}": family.prefix or list(family.keys) for place, family in enumerate(metrics.families)}


# Tables


def _tables(
    metrics: Metrics,
    columns: Sequence[str],
    found: Sequence[Record],
    cells: Callable[[Record], list[Cell]],
    *,
    top: int,
) -> Iterator[Table]:
    """One table for each family that has metrics; a record begins with family and key and ends with their number."""
    for of_family in _by_family(found):
        family = metrics.tables[int(numbers(of_family[0][:1])[0])]
        shown = of_family[:top]
        names = [family.named(EMPTY_GROUP if key is None else str(key)) for _, key, *_ in shown]
        parts = max(map(len, names))
        total = int(numbers(of_family[0])[-1])
        yield Table(
            name=family.name,
            columns=[*family.parts[:parts], *columns],
            rows=[[*_filled(name, parts), *cells(record[2:-1])] for name, record in zip(names, shown, strict=True)],
            total_rows=total,
            truncated=total > len(shown),
        )


def _by_family(found: Sequence[Record]) -> list[list[Record]]:
    """The records, which come in the order of their families, one list for each."""
    return [list(records) for _, records in groupby(found, key=lambda record: record[0])]


def _filled(name: Sequence[str], parts: int) -> list[Cell]:
    """The parts of a name, with nothing for those it lacks."""
    return [*name, *([None] * (parts - len(name)))]


def _cells(record: Record) -> list[Cell]:
    """The cells of `COLUMNS`."""
    _, used, over_days, days, *stood = record
    found = standing(stood)
    return [
        _shown(_side((over_days, days))),
        found.peak,
        found.peak_at.isoformat(),
        int(str(used)),
        found.latest,
        found.latest_at.isoformat(),
    ]


def _is_of_a_day(record: Record, window: Window) -> bool:
    found = standing(record[6:-1])
    return found.first_at == found.latest_at == window.start


def _cells_of_a_day(record: Record) -> list[Cell]:
    """The cells of `OF_A_DAY`."""
    return [standing(record[4:]).latest]


def _compared(record: Record) -> list[Cell]:
    """The cells of `_COMPARED`; a metric that one of the windows does not list is new or gone."""
    now, before = _sides(record[2:])
    days = [None if side is None else side.days for side in (now, before)]
    if now is None or before is None:
        return [_shown(now), _shown(before), None, GONE if now is None else NEW, *days]
    if now.average is None or before.average is None:
        return [_shown(now), _shown(before), None, None, *days]
    return [_shown(now), _shown(before), *change(now.average, before.average), *days]


def _shown(side: _Side | None) -> Cell:
    return None if side is None or side.average is None else rounded(side.average)


def _spoken(metrics: Metrics, found: Sequence[Record]) -> Iterator[str]:
    """Of each family the metric of most people: `people who used kb_visit on an average day rose from 4 to 5 (…)`."""
    for place, family in enumerate(metrics.tables):
        record = next((record for record in found if record[0] == place), None)
        if record is None or not record[1]:
            continue
        now, before = _sides(record[4:-1])
        if now and before and now.average is not None and before.average is not None:
            name = f"people who used {in_a_sentence(' '.join(family.named(str(record[1]))))} on an average day"
            changed = change(now.average, before.average)
            said = clause(name, rounded(now.average), rounded(before.average), *changed)
            yield said if now.days == before.days else f"{said} over {now.days} days, {before.days} before"


class _Side(NamedTuple):
    """A metric in one of two windows."""

    average: Fraction | None
    """None where all its days were still running."""
    days: int
    """Those with a value, which the average is over."""


def _sides(sums: Record) -> list[_Side | None]:
    """Of the sum and the number of days in either window; None for one that does not list the metric."""
    return [_side(sums[:2]), _side(sums[2:])]


def _side(sums: Record) -> _Side | None:
    match numbers(sums):
        case [over_days, days]:
            return _Side(Fraction(over_days) / int(days) if days else None, int(days))
        case _:
            return None


def _other_days(record: Record) -> bool:
    """True when both windows list the metric, on other numbers of days."""
    now, before = _sides(record[4:-1])
    return now is not None and before is not None and now.days != before.days


# What must be said


def _unlisted(metrics: Metrics, tables: Sequence[Table]) -> Iterator[str]:
    """The families without a metric: an answer that is silent about them leaves open whether they were looked for."""
    listed = {table.name for table in tables}
    if names := [family.name for family in metrics.families if family.name not in listed]:
        yield f"Without any value in the report: {', '.join(names)}."


def _alike(ask: Ask, metrics: Metrics) -> Iterator[str]:
    """That what reads as one metric is several."""
    found = ask(
        f"FROM (FROM {REPORT} SELECT DISTINCT {quoted(metrics.by)} AS key WHERE {_readable(metrics)}) "
        f"SELECT {_family_sql(metrics)} AS family GROUP BY family "
        f"HAVING count(key) > count(DISTINCT {by_sight('key')}) ORDER BY family",
        **_families(metrics),
    )
    yield from of_names_alike([metrics.tables[int(place)].name for (place,) in map(numbers, found)])


def _not_as_expected(ask: Ask, metrics: Metrics, window: Window) -> Iterator[str]:
    """Rows that cannot be placed, days that have several values of one metric, and days that nobody asked for."""
    day = f"CAST({quoted(metrics.at)} AS DATE)"
    days = f"({quoted(metrics.by)}, {day})"
    readable = _readable(metrics)
    found = ask(
        f"FROM {REPORT} SELECT count(*) FILTER (WHERE NOT ({readable})), "
        f"count(*) FILTER (WHERE {readable}) - count(DISTINCT {days}) FILTER (WHERE {readable}), "
        f"count(*) FILTER (WHERE {readable} AND {day} NOT BETWEEN $start AND $end), "
        f"count(*) FILTER (WHERE {readable} AND {day} >= $running)",
        start=window.start,
        end=window.end,
        running=_running(window),
    )
    unplaced, doubled, outside, running = (int(number) for number in numbers(found[0]))
    if unplaced:
        yield f"{counted(unplaced, 'row')} without a readable day and value: in no table."
    if doubled:
        yield (
            f"{counted(doubled, 'value')} more than there are metrics and days: of several values of one metric on one "
            "day the largest counts, because people must not be added."
        )
    if outside:
        yield (
            f"{counted(outside, 'value')} of a day outside the window, by its timestamp in UTC: counted like the "
            "others."
        )
    if running:
        yield f"{counted(running, 'value')} of {window.end} or later, which was not over: in no average."
