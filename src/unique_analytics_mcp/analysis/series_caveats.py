"""What must be said of a series beside its numbers, one sentence each.

Pure: from what `cadences` found to sentences. A day that is not listed is missing, not zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from fractions import Fraction
from typing import Final

from unique_analytics_mcp.analysis.cadences import Development, Stand
from unique_analytics_mcp.analysis.readings import rounded
from unique_analytics_mcp.domain.readings import Series
from unique_analytics_mcp.domain.sentences import counted, in_a_sentence
from unique_analytics_mcp.domain.window import Window, is_whole_months

NO_WHOLE_MONTHS: Final = "There is no stickiness: ask for whole months, such as last_month or last_quarter."

CUT: Final = (
    "A reading that may lack days at an edge of its window is in no average, and no change is given from or to it, nor "
    "from one weekday to another."
)

WORKDAYS: Final = "A workday is a day from Monday to Friday, a public holiday too; an average day is one of all days."

MOST_WORDS: Final = 12
"""Words for cadences named in one sentence."""


def of_words(read: Sequence[tuple[str, str]], series: Series) -> Iterator[str]:
    """Which words were taken for which cadence."""
    if read:
        said = ", ".join(f"{in_a_sentence(word)} as {cadence}" for word, cadence in read)
        yield f"The column {series.by} was read so: {said}."


def of_undeclared(stands: Sequence[Stand], *, table: str) -> Iterator[str]:
    """Which words were taken for none, and which table holds their readings."""
    unknown = [in_a_sentence(stand.name) for stand in stands if stand.cadence is None][:MOST_WORDS]
    if unknown:
        yield f"What {', '.join(unknown)} covers is not known: shown as the platform wrote it, in {table}."


def of_odd_rows(unplaced: int, doubled: int) -> Iterator[str]:
    """Readings that cannot be placed, and dates that have several."""
    if unplaced:
        yield f"{counted(unplaced, 'row')} without a readable date and value: in no table."
    if doubled:
        yield (
            f"{counted(doubled, 'row')} more than there are dates: several values stand for one date, each is "
            "shown by itself and the largest counts as the latest."
        )


def of_missing_days(listed: int, window: Window) -> Iterator[str]:
    """Days of the window that are not listed, where days are."""
    if 0 < listed < window.days:
        missing = window.days - listed
        have, they_are = ("has", "it is") if missing == 1 else ("have", "they are")
        yield f"{missing} of the {window.days} days {have} no value: {they_are} missing, not zero, and in no average."


def of_days_outside(days: int) -> Iterator[str]:
    """Days that nobody asked for."""
    if days:
        yield f"The report lists {counted(days, 'day')} outside the window: counted like the others."


def of_edges(stand: Stand, window: Window) -> Iterator[str]:
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
    if not cadence.days and not is_whole_months(window):
        yield f"The window does not begin and end with a {cadence.name}, so one at its edge may count too few."


def of_developments(developments: Sequence[Development]) -> Iterator[str]:
    """How far the changes from the first readings to the latest may be trusted."""
    alone = [each.cadence.name for each in developments if each.stand.standing.readings == 1]
    if alone:
        be = "is" if len(alone) == 1 else "are"
        listed = ", ".join(f"one {name}" for name in alone)
        yield f"Only {listed} {be} listed, so there is no development to speak of."
    for each in developments:
        if each.cadence.name not in alone:
            yield from _of_development(each)


def _of_development(development: Development) -> Iterator[str]:
    cadence = development.cadence
    if cadence.days > 1 and any(gap != timedelta(days=cadence.days) for gap in development.gaps):
        last = development.gaps[-1].days
        latest = "" if last == cadence.days else f", the latest {counted(last, 'day')} after it"
        yield (
            f"Not every {cadence.name} is dated {cadence.days} days after the one before{latest}: some overlap or are "
            "cut."
        )


def of_contradiction(series: Series, stands: Sequence[Stand], averages: Mapping[str, Fraction | None]) -> Iterator[str]:
    """That what stickiness is of does not fit together: nobody is in a day and not in its month."""
    peaks = {stand.name: stand.standing.peak for stand in stands if stand.cadence}
    highest = [(name, peaks[name]) for name in series.stickiness or () if name in peaks]
    match highest, [*averages.items()]:
        case [(short, part), (long, whole)], _ if part > whole:
            yield (
                f"The highest {short} has more people ({part}) than any {long} listed ({whole}), so do not rely on "
                "stickiness."
            )
        case _, [(short, part), (long, whole)] if part and whole and part > whole:
            yield (
                f"An average {short} has more people ({rounded(part)}) than an average {long} ({rounded(whole)}), so "
                "do not rely on stickiness."
            )
        case _:
            return


def of_no_stickiness(averages: Mapping[str, Fraction | None], window: Window) -> Iterator[str]:
    """Why there is none: one of the averages it is of is missing, or of months that the window may cut."""
    if averages and not (window.complete and is_whole_months(window)):
        yield NO_WHOLE_MONTHS
        return
    for name, average in averages.items():
        if not average:
            yield f"There is no stickiness: the report lists no {name} with anybody in it."
            return
