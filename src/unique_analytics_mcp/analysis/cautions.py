"""What the rows of one window make a reader beware of, beside the figures computed from them.

Asks the engine little or nothing; the sentences are `caveats`. Of two windows compared each has its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from unique_analytics_mcp.analysis import caveats, plans
from unique_analytics_mcp.analysis.amounts import Number, numbers
from unique_analytics_mcp.analysis.phrases import Phrases
from unique_analytics_mcp.analysis.readings import Ask
from unique_analytics_mcp.domain.fetched import Intake
from unique_analytics_mcp.domain.measures import Measure, Ratio, Scale
from unique_analytics_mcp.domain.people import NOBODY
from unique_analytics_mcp.domain.summary import Table


def of_figures(say: Phrases, values: Mapping[str, Number | None]) -> Iterator[str]:
    """What the figures of these values rest on and count."""
    for figure in say.plan.figures.values():
        if isinstance(figure, Ratio):
            yield from caveats.of_few(figure, values)
        if isinstance(figure, Measure):
            yield from caveats.of_age(figure, say.report, say.window)


def of_few_rows(say: Phrases, trends: Sequence[Table], values: Mapping[str, Number | None]) -> Iterator[str]:
    """Where trends show ratios that rest on little, though the same of all rows does not."""
    measures = {trend.name: trend.measures for trend in say.plan.trends}
    for table in trends:
        for figure in (say.plan.figures[name] for name in measures.get(table.name, ())):
            if isinstance(figure, Ratio) and not any(caveats.of_few(figure, values)):
                yield from caveats.of_few_rows(figure, table)


def of_empty(ask: Ask, say: Phrases, intakes: Collection[Intake]) -> Iterator[str]:
    """That cells which are added up are empty: by what reading found, which says by itself what it made empty."""
    summed = {measure.column for measure in say.plan.measures.values() if measure.how == "sum"}
    columns = [each for each in say.report.columns if each.name in summed and not (each.optional or each.sparse)]
    if columns and intakes:
        empty = numbers(ask(plans.empty_sql([column.name for column in columns]))[0])
        unread = [sum(intake.unreadable_cells.get(column.name, 0) for intake in intakes) for column in columns]
        cells = zip(columns, empty, unread, strict=True)
        yield from caveats.of_empty({column.header: int(count) - lost for column, count, lost in cells})


def of_people(ask: Ask, say: Phrases) -> Iterator[str]:
    """That people seem to be pseudonyms, or the same in other letters, where the plan knows people."""
    if say.plan.people:
        found = numbers(ask(plans.people_sql(say, say.plan.people), nobody=NOBODY)[0])
        people, without_address, alike = map(int, found)
        yield from caveats.of_people(people, without_address)
        yield from caveats.of_spellings(alike)


def of_names_alike(ask: Ask, say: Phrases) -> Iterator[str]:
    """That groups of rankings, shown or not, read as one; of people that is said by itself, and ids are no names."""
    of_names = [each for each in say.plan.rankings if not any(key.endswith("_id") for key in each.by)]
    others = [each for each in of_names if say.plan.people not in each.by]
    yield from caveats.of_names_alike([each.name for each in others if numbers(ask(plans.alike_sql(say, each))[0])[0]])


def of_days_outside(ask: Ask, say: Phrases) -> Iterator[str]:
    """The rows that trends lack, said once for all trends over a column; also of one whose trends are left out."""
    grouped = [*say.plan.groupings, *(say.plan.grouping(trend.by) for trend in say.plan.trends)]
    for column, grouping in {each.column: each for each in grouped}.items():
        empty, outside = map(int, numbers(ask(plans.outside_sql(say, column), **say.ends(grouping.name))[0]))
        names = [trend.name for trend in say.plan.trends if say.plan.grouping(trend.by).column == column]
        if isinstance(grouping.part, Scale):
            yield from caveats.of_no_rating(column, grouping.part, names, empty + outside)
        else:
            yield from caveats.of_no_day(names, empty)
            yield from caveats.of_days_outside(names, outside, say.zone(column))


def of_cut(say: Phrases) -> Iterator[str]:
    """The groups that the window holds less of than of others: of weeks, months, weekdays and hours."""
    for trend in say.plan.trends:
        yield from caveats.of_cut(trend.name, say.cut(trend.by))
        yield from caveats.of_once_more(trend.name, say.once_more(trend.by), say.window)
        yield from caveats.of_uneven_hours(trend.name, say.uneven_hours(trend.by))


def of_breakdowns(ask: Ask, say: Phrases, values: Mapping[str, Number | None]) -> Iterator[str]:
    """Where the parts are not the whole."""
    for breakdown in say.plan.breakdowns:
        covered = sum(numbers(ask(plans.breakdown_sql(breakdown))[0]))
        yield from caveats.of_breakdown(breakdown.name, breakdown.measure, values.get(breakdown.measure), covered)
