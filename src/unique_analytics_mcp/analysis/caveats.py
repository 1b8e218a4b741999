"""What a reader must know beside the numbers, one sentence each.

Pure: from what the intake and the engine found to sentences, the gravest first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final, assert_never

from unique_analytics_mcp.analysis.amounts import Number, exact
from unique_analytics_mcp.analysis.plans import Usable
from unique_analytics_mcp.domain.fetched import Intake
from unique_analytics_mcp.domain.measures import (
    Between,
    Filled,
    Is,
    Measure,
    OlderThan,
    Ranking,
    Ratio,
    Scale,
    Simple,
    simple_conditions,
)
from unique_analytics_mcp.domain.report import Column, ColumnKind, ReportType
from unique_analytics_mcp.domain.sentences import counted, in_a_sentence, of_shared_place
from unique_analytics_mcp.domain.summary import EMPTY_GROUP, Table
from unique_analytics_mcp.domain.window import Window, workdays

NO_ROWS: Final = (
    "The report has no rows: nobody did anything that it counts in this period, the filter matches nothing, "
    "or the platform keeps no data that old."
)

NO_ROW_READ: Final = "The report has no row that can be read."

ODD_SHARES: Final = (
    "Some amounts are below zero and make the whole smaller, so shares can be below 0 % and, alone or together, over "
    "100 %: better compare the amounts."
)

NO_SHARES: Final = "Amounts below zero leave no whole above it, so there are no shares of it."

_CUT_SHORT: Final = (
    " The last record is among them, so the file may have been cut short: rows behind it would be missing."
)

_MOST_COLUMNS: Final = 12
"""Undocumented columns named in one sentence."""


def of_window(window: Window, sentences: Iterable[str]) -> Iterator[str]:
    """Sentences that hold for one of two windows."""
    yield from (f"{window.start} to {window.end}: {sentence}" for sentence in sentences)


def of_intake(intake: Intake) -> Iterator[str]:
    """What the reading of the CSV lost or mended."""
    yield from _of_rejected(intake)
    kinds = {name: (header, kind) for header, name, kind in intake.columns}
    for name, count in intake.unreadable_cells.items():
        header, kind = kinds[name]
        yield f"Not readable as {kind}, and so taken as empty: {counted(count, 'cell')} of {header}."
    if intake.columns_inferred:
        named = [f"{in_a_sentence(kinds[name][0]) or name} ({kinds[name][1]})" for name in intake.columns_inferred]
        more = ", …" if len(named) > _MOST_COLUMNS else ""
        yield f"Undocumented columns, kept; their kinds are inferred: {', '.join(named[:_MOST_COLUMNS])}{more}."
    yield from intake.remarks


def _of_rejected(intake: Intake) -> Iterator[str]:
    """Records that are no rows; what ends in the middle of one may have had more."""
    if not intake.rejected_rows:
        return
    numbers = ", ".join(map(str, intake.rejected_records))
    more = ", …" if intake.rejected_rows > len(intake.rejected_records) else ""
    be, those = ("is", "record") if intake.rejected_rows == 1 else ("are", "records")
    is_last = intake.rows + intake.rejected_rows in intake.rejected_records
    yield (
        f"{counted(intake.rejected_rows, 'record')} of the CSV could not be read and {be} in no number here: "
        f"not as many cells as the header, or quotes that do not close ({those} {numbers}{more})."
        + (_CUT_SHORT if is_last else "")
    )


def rejected(intakes: Mapping[str, Intake]) -> int:
    """How many records of the CSVs could not be read."""
    return sum(intake.rejected_rows for intake in intakes.values())


def unread(intakes: Mapping[str, Intake], report: ReportType) -> str:
    """What the numbers lack, as a sentence to stand before them; empty for nothing.

    Of cells those that are numbers in every report of the type.
    """
    records = rejected(intakes)
    said = [counted(records, "record")] if records else []
    for column in report.columns:
        cells = sum(intake.unreadable_cells.get(column.name, 0) for intake in intakes.values())
        if cells and not column.optional and column.kind in (ColumnKind.INTEGER, ColumnKind.DECIMAL):
            said.append(f"{counted(cells, 'cell')} of {column.header}")
    return f"Not readable, and so not counted: {', '.join(said)}." if said else ""


def of_empty(cells: Mapping[str, int]) -> Iterator[str]:
    """That sums lack numbers nobody wrote, by the headers of their columns: such a sum may be too small."""
    if said := [f"{counted(count, 'cell')} of {header}" for header, count in cells.items() if count]:
        yield f"Empty, and so counted as 0: {', '.join(said)}."


def of_intakes(intakes: Mapping[str, Intake]) -> Iterator[str]:
    """Of several CSVs by their order: what holds for all of them once, anything else with its order."""
    said = {order_id: list(of_intake(intake)) for order_id, intake in intakes.items()}
    first = next(iter(said.values()), list[str]())
    of_all = [sentence for sentence in first if all(sentence in sentences for sentences in said.values())]
    yield from of_all
    for order_id, sentences in said.items():
        yield from (f"Order {order_id}: {sentence}" for sentence in sentences if sentence not in of_all)


def of_plan(found: Usable, report: ReportType) -> Iterator[str]:
    """What cannot be computed for want of columns."""
    if found.left_out:
        declared = (report.column(name) for name in found.missing)
        headers = ", ".join(column.header for column in declared if column)
        yield f"The report has no column {headers}, so there is no figure for: {', '.join(found.left_out)}."


def of_people(people: int, without_address: int) -> Iterator[str]:
    """What it means when people are not named by their mail addresses; when only a few are not, it means little."""
    if not without_address:
        return
    be = "is" if without_address == 1 else "are"
    said = f"{without_address} of {people} people {be} not named by a mail address"
    if 2 * without_address <= people:
        yield f"{said}: services, or people who may have another name in every export."
    else:
        yield (
            f"{said}, so the platform probably pseudonymises them: unless it is set to stable pseudonyms, the same "
            "person has another name in every export, and people can be neither matched nor counted across reports."
        )


def of_spellings(alike: int) -> Iterator[str]:
    """That one person may be counted twice."""
    if alike:
        yield (
            "People named alike but for capitals, blanks or how accents are coded count as different people: "
            f"{counted(alike, 'person')} more than there may be."
        )


def of_doubles(rows: int) -> Iterator[str]:
    """That orders which share no day have rows in common."""
    if rows:
        be, they = ("is", "it counts") if rows == 1 else ("are", "they count")
        yield f"{counted(rows, 'row')} {be} in two of the orders, alike in every documented column: {they} twice."


def of_names_alike(names: Sequence[str]) -> Iterator[str]:
    """That what reads as one group is several."""
    if names:
        yield (
            f"In {', '.join(names)} some names differ in nothing but capitals, blanks, how accents are coded or "
            "characters that are not seen: each is a group of its own."
        )


def of_strangers(strange: Usable, report: ReportType) -> Iterator[str]:
    """That people of several orders cannot be told to be the same or not."""
    if strange.left_out:
        declared = (report.column(name) for name in strange.missing)
        headers = ", ".join(column.header for column in declared if column)
        yield (
            f"{headers} seems to name people differently in each order, as pseudonyms do, so over several orders "
            f"people can be neither matched nor counted: there is no figure for {', '.join(strange.left_out)}."
        )


def of_roles(names: Collection[str], report: ReportType) -> Iterator[str]:
    """Why columns are missing that only a role gives."""
    missing = [column for column in report.columns if column.role and column.name not in names]
    for role in dict.fromkeys(column.role for column in missing):
        headers = " and ".join(column.header for column in missing if column.role == role)
        yield (
            f"The report has no column {headers}: whose key this is lacks the role {role}. With that role a new order "
            "has them."
        )


def of_nobody(column: Column, rows: int) -> Iterator[str]:
    """What it means when people are called Unknown."""
    if rows:
        yield (
            f"Nobody is named in {counted(rows, 'row')} of the report: {column.header} is Unknown, as where the "
            "platform anonymises. All Unknown people count as one: how many they are is not known."
        )


def of_few(ratio: Ratio, values: Mapping[str, Number | None]) -> Iterator[str]:
    """That a ratio rests on little."""
    parts = [values.get(name) for name in ratio.per]
    count = sum(part for part in parts if part is not None)
    if 0 < count < ratio.few:
        yield (
            f"{ratio.name} rests on few {' and '.join(ratio.per)} ({count}): below {ratio.few}, a few more could "
            "change it much, so do not read small differences into it."
        )


def of_few_rows(ratio: Ratio, trend: Table) -> Iterator[str]:
    """That a ratio rests on little in rows of a trend, so that what looks like a development may be none."""
    places = [trend.columns.index(name) for name in ratio.per if name in trend.columns]
    counts = [sum(Decimal(row[place] or 0) for place in places) for row in trend.rows]
    few = sum(0 < count < ratio.few for count in counts)
    if few and len(counts) > 1:
        yield (
            f"In {trend.name}, {ratio.name} rests on fewer than {ratio.few} {' and '.join(ratio.per)} in {few} of "
            f"{counted(len(counts), trend.columns[0])}: differences between these may be chance."
        )


def of_age(measure: Measure, report: ReportType, window: Window) -> Iterator[str]:
    """What a measure of old things counts, with the day before which they are old."""
    conditions = simple_conditions(measure.where)
    if any(isinstance(condition, OlderThan) for condition in conditions):
        words = " and ".join(_condition(condition, report, window) for condition in conditions)
        yield f"{measure.name} counts rows with {words}."


def _condition(where: Simple, report: ReportType, window: Window) -> str:
    declared = report.column(where.column)
    header = declared.header if declared else where.column
    match where:
        case Between():
            return f"{header} from {where.least} to {where.most}"
        case Is():
            return f"{header} {where.value}"
        case Filled():
            return f"a {header}"
        case OlderThan():
            return f"{header} before {where.before(window.end)} ({where.days} days before the last day of the window)"
        case _:
            assert_never(where)


def of_no_day(names: Sequence[str], rows: int) -> Iterator[str]:
    """That rows have no day by which trends could show them."""
    if rows:
        yield f"{counted(rows, 'row')} without a readable day {_in_totals_alone(names, rows)}."


def of_days_outside(names: Sequence[str], rows: int, zone: str | None) -> Iterator[str]:
    """That rows are of days that were not asked for, in the zone that their moments were given days of."""
    if rows and zone:
        yield (
            f"{counted(rows, 'row')} of a day outside the period, as days are in {zone}, "
            f"{_in_totals_alone(names, rows)}: the platform's days may begin at another hour."
        )
    elif rows:
        yield f"{counted(rows, 'row')} of a day outside the period {_in_totals_alone(names, rows)}."


def _in_totals_alone(names: Sequence[str], rows: int) -> str:
    """What the totals count and trends, where there are any, do not show."""
    lacking = f" but not in {', '.join(names)}" if names else ""
    return f"{'is' if rows == 1 else 'are'} in the totals{lacking}"


def of_cut(name: str, cut: Sequence[str]) -> Iterator[str]:
    """That the window holds only a part of the first week or month of a trend, or of the last."""
    if cut:
        be, they = ("is", "it") if len(cut) == 1 else ("are", "them")
        yield f"{' and '.join(cut)} {be} not whole in {name}: the window begins or ends within {they}."


def of_once_more(name: str, often: Sequence[str], window: Window) -> Iterator[str]:
    """That the weekdays of a trend are not equally many, so that some have more for that alone."""
    if often:
        weeks = window.days // 7
        be = "is" if len(often) == 1 else "are"
        yield (
            f"{', '.join(often)} {be} in the window {weeks + 1} times, other weekdays {counted(weeks, 'time')}: "
            f"compare {name} by averages."
        )


def of_uneven_hours(name: str, minutes: Mapping[str, int]) -> Iterator[str]:
    """That hours of the day are not equally long where clocks are changed."""
    for hour, count in minutes.items():
        much = f"{abs(count)} minutes {'more' if count > 0 else 'fewer'}"
        yield f"In {name}, {hour} has {much} than the others: clocks are changed within the window."


def of_no_rating(column: str, scale: Scale, names: Sequence[str], rows: int) -> Iterator[str]:
    """What is not on a scale."""
    if rows:
        be = "is" if rows == 1 else "are"
        ends = f"from {scale.least} to {scale.most}"
        yield f"{counted(rows, 'row')} without a {column} {ends} {be} not in {', '.join(names)}."


def of_workdays(window: Window, before: Window) -> Iterator[str]:
    """That one of two equally long windows has more of the days on which most people work."""
    here, there = workdays(window), workdays(before)
    if here != there:
        days = counted(here, "day")
        yield f"The window has {days} from Monday to Friday, the one before {there}: that alone can be a change."


def of_comparison(names: Sequence[str]) -> Iterator[str]:
    """What is of one window alone."""
    if names:
        yield f"Not compared, because it says something of one window alone: {', '.join(names)}."


def of_breakdown(name: str, measure: str, whole: Number | None, covered: Number) -> Iterator[str]:
    """That the parts of a breakdown are not the whole, as where a platform began to tell them within the window."""
    if whole is not None and whole != covered:
        yield (
            f"{name} adds up to {exact(covered)}, while {measure} is {exact(whole)}: it says nothing of the difference."
        )


def of_unnamed_leaders(names: Sequence[str]) -> Iterator[str]:
    """That rows of nobody and nothing lead rankings, which no sentence should name."""
    if names:
        yield (
            f"First in {', '.join(names)} are rows without a value there, shown as {EMPTY_GROUP}; the headline "
            "passes over them."
        )


def of_merged(ranking: Ranking, report: ReportType, *, rows: int, groups: int) -> Iterator[str]:
    """That rows are one group which are meant to be one each."""
    if ranking.one_each and groups < rows:
        declared = (report.column(name) for name in ranking.by)
        headers = " and ".join(column.header for column in declared if column)
        yield (
            f"{ranking.name} has {counted(groups, 'line')} for {rows} rows: those of equal {headers} are added up, for "
            "a row has no other name."
        )


def of_ends_among_equals(names: Sequence[str], *, top: int) -> Iterator[str]:
    """That groups which are not shown equal the last one shown."""
    if names:
        yield of_shared_place(top, names)


def of_first_places(names: Sequence[str]) -> Iterator[str]:
    """That the first rows of rankings lead only by the order of names."""
    for name in names:
        yield f"The first place of {name} is shared; equal groups are listed in the order of their names."
