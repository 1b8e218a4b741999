"""Two windows of one report compared: both files joined by the engine.

A thin shell around `changes`, as `figures` is around `tables`. Every number comes from the engine. Of rankings and
trends the first measure is compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from unique_analytics_mcp.analysis import cautions, caveats, changes, plans
from unique_analytics_mcp.analysis._engine import Engine, engine, workplace
from unique_analytics_mcp.analysis.amounts import Asked, Number, exact, numbers
from unique_analytics_mcp.analysis.covered import Covered
from unique_analytics_mcp.analysis.doubles import doubled_rows
from unique_analytics_mcp.analysis.metrics import metrics_compared
from unique_analytics_mcp.analysis.phrases import Phrases
from unique_analytics_mcp.analysis.readings import Found
from unique_analytics_mcp.analysis.series import series_compared
from unique_analytics_mcp.analysis.strangers import nameless, strangers, uncounted
from unique_analytics_mcp.analysis.tables import group_text
from unique_analytics_mcp.analysis.texts import text_columns
from unique_analytics_mcp.domain.measures import Breakdown, Ranking, Scale, SummaryPlan, Trend
from unique_analytics_mcp.domain.report import Column, Figures, ReportType, Table, Total

NOTHING: Final = "Neither window has rows: nothing that the report counts was done, or the filter matches nothing."

SHIFTED: Final = "The days side by side are not the same weekdays."

_SPOKEN: Final = 2
"""Numbers that the headline names."""


def comparison(now: Covered, before: Covered, report: ReportType, *, top: int) -> Figures:
    """The report over `now` beside the one over `before`, whose window is as long; rankings hold at most `top` rows.

    The totals are those of `now`; the tables hold both. Where people of the files cannot be matched, the rankings of
    people are left out, and that is said.

    Raises:
        ReportUnreadable: a file is no Parquet of ours, or its numbers are too large to be added exactly.
        StoreError: one cannot be read.
    """
    files = [*now.parquet, *before.parquet]
    with workplace(files[0]) as folder, engine(files, folder=folder) as db:
        return _Comparison(db, now, before, report, top).figures()


_Totals = tuple[Number, dict[str, Number | None]]
"""The number of rows of a window, and its totals."""


class _Comparison:
    """Two windows under question."""

    def __init__(self, db: Engine, now: Covered, before: Covered, report: ReportType, top: int) -> None:
        self._db = db
        self._now = now
        self._before = before
        self._report = report
        self._top = top

    def figures(self) -> Figures:
        names = self._column_names()
        found = plans.usable(self._report.summary, names)
        known = self._known(found.plan)
        plan, alone = _compared(known.plan)
        totals = self._totals(self._now, plan), self._totals(self._before, plan)
        (rows, values), (rows_before, before) = totals
        has_rows = rows > 0 or rows_before > 0
        readings = self._readings(plan)
        nobody = nameless(self._db, self._both, self._say(self._now, plan))
        unsaid = uncounted(plan, nobody)
        told = replace(plan, totals=tuple(total for total in plan.totals if total.name not in unsaid))
        clauses = changes.clauses(told, values, before) if (rows and rows_before) or _adds_up(plan) else ()
        said = self._headline(readings.said or clauses, rows=int(rows), rows_before=int(rows_before))
        intakes = {**self._now.intakes, **self._before.intakes}
        unread = caveats.unread(intakes, self._report) if has_rows else ""
        return Figures(
            headline=" ".join(filter(None, (unread, said, changes.within_chance(plan, values, before)))),
            totals=tuple(Total(name=each.name, value=exact(values[each.name]), unit=each.unit) for each in plan.totals),
            tables=(changes.totals_table(plan.totals, values, before), *readings.tables, *self._tables(plan)),
            caveats=(
                *caveats.of_intakes(intakes),
                *self._sides(plan, totals),
                *caveats.of_plan(found, self._report),
                *caveats.of_roles(names, self._report),
                *caveats.of_strangers(known, self._report),
                *self._people(plan, nobody),
                *caveats.of_comparison(alone),
                *readings.caveats,
                *(caveats.of_workdays(self._now.window, self._before.window) if rows and rows_before else ()),
                *((SHIFTED,) if _has_days(plan) and self._now.window.days % 7 else ()),
                *self._report.caveats,
            ),
            has_texts=bool(has_rows and text_columns(self._report, names)),
        )

    def _column_names(self) -> set[str]:
        """Columns that both windows have."""
        described = (self._db.ask(plans.columns_sql(), report=side.paths) for side in (self._now, self._before))
        now, before = ({str(name) for name, *_ in columns} for columns in described)
        return now & before

    def _known(self, plan: SummaryPlan) -> plans.Usable:
        """The plan without what people who cannot be matched would spoil.

        Within one order people have one name each, so there they can be counted whatever they are called.
        """
        strange = strangers(self._db, self._both, self._say(self._now, plan))
        in_parts = len(self._now.paths) > 1 or len(self._before.paths) > 1
        return plans.without(plan, strange, counted=in_parts)

    @property
    def _both(self) -> list[str]:
        return [*self._now.paths, *self._before.paths]

    def _say(self, side: Covered, plan: SummaryPlan) -> Phrases:
        return Phrases(self._report, plan, side.window)

    def _totals(self, side: Covered, plan: SummaryPlan) -> _Totals:
        """The number of rows, and the totals."""
        asked = Asked.of([figure.name for figure in plan.totals], plan)
        sql = plans.totals_sql(self._say(side, plan), asked.measures)
        rows, *values = numbers(self._db.ask(sql, report=side.paths)[0])
        return rows, asked.amounts(values)

    def _sides(self, plan: SummaryPlan, totals: tuple[_Totals, _Totals]) -> Iterator[str]:
        """What must be said of either window alone, or that there is nothing in both."""
        sides = self._now, self._before
        if not any(rows for rows, _ in totals) and not any(side.rejected_rows for side in sides):
            yield NOTHING
            return
        for side, (rows, values) in zip(sides, totals, strict=True):
            no_rows = caveats.NO_ROW_READ if side.rejected_rows else caveats.NO_ROWS
            said = self._cautions(side, plan, values) if rows else (no_rows,)
            yield from caveats.of_window(side.window, said)

    def _cautions(self, side: Covered, plan: SummaryPlan, values: Mapping[str, Number | None]) -> Iterator[str]:
        ask, say = partial(self._db.ask, report=side.paths), self._say(side, plan)
        yield from caveats.of_doubles(doubled_rows(self._db, side.paths, self._report))
        yield from cautions.of_figures(say, values)
        yield from cautions.of_cut(say)
        yield from cautions.of_breakdowns(ask, say, values)
        yield from cautions.of_days_outside(ask, say)

    def _people(self, plan: SummaryPlan, nobody: Mapping[Column, int]) -> Iterator[str]:
        """Whom the rows of both windows name."""
        yield from cautions.of_people(partial(self._db.ask, report=self._both), self._say(self._now, plan))
        for column, rows in nobody.items():
            yield from caveats.of_nobody(column, rows)

    def _readings(self, plan: SummaryPlan) -> Found:
        """What must not be added, side by side."""
        now, before = (partial(self._db.ask, report=side.paths) for side in (self._now, self._before))
        windows = self._now.window, self._before.window
        if plan.series:
            most = self._report.max_days
            return series_compared(now, before, plan.series, windows, top=self._top, most=most)
        if plan.metrics:
            return metrics_compared(now, self._before.paths, plan.metrics, windows, top=self._top)
        return Found()

    def _headline(self, clauses: Sequence[str], *, rows: int, rows_before: int) -> str:
        said = " and ".join(clauses[:_SPOKEN])
        window = self._before.window
        days = f"the {window.days} days before, {window.start} to {window.end}"
        before = f"the day before, {window.start}" if window.days == 1 else days
        compared = f"compared with {before}{'' if rows_before else f', of which {_none(self._before)}'}"
        if not said:
            return f"Nothing can be {compared}."
        sentence = said if rows or not rows_before else f"Of this window {_none(self._now)}: {said}"
        return f"{sentence[:1].upper()}{sentence[1:]}, {compared}."

    def _tables(self, plan: SummaryPlan) -> Iterator[Table]:
        for ranking in plan.rankings:
            yield self._ranking(ranking, plan)
        for trend in plan.trends:
            yield self._trend(trend, plan)
        for breakdown in plan.breakdowns:
            yield self._breakdown(breakdown)

    def _ranking(self, ranking: Ranking, plan: SummaryPlan) -> Table:
        measure = plan.measures[ranking.measures[0]]
        sql = changes.ranking_sql(self._say(self._now, plan), self._say(self._before, plan), ranking, measure)
        found = self._db.ask(sql, report=self._now.paths, before=self._before.paths, limit=self._top + 1)
        return changes.ranking_table(ranking, found, top=self._top)

    def _trend(self, trend: Trend, plan: SummaryPlan) -> Table:
        return changes.trend_table(
            trend,
            plan.figures[trend.measures[0]],
            self._by_group(self._now, trend, plan),
            self._by_group(self._before, trend, plan),
            beside=self._say(self._now, plan).beside(trend.by, self._before.window),
        )

    def _by_group(self, side: Covered, trend: Trend, plan: SummaryPlan) -> dict[str, Number | None]:
        say, name = self._say(side, plan), trend.measures[0]
        asked = Asked.of([name], plan)
        found = self._db.ask(plans.trend_sql(say, trend, asked.measures), report=side.paths, **say.ends(trend.by))
        return {group_text(record[0]): asked.amounts(numbers(record[1:]))[name] for record in found}

    def _breakdown(self, breakdown: Breakdown) -> Table:
        sql = plans.breakdown_sql(breakdown)
        sums, before = (numbers(self._db.ask(sql, report=side.paths)[0]) for side in (self._now, self._before))
        return changes.breakdown_table(breakdown, sums, before)


def _none(side: Covered) -> str:
    return "no row can be read" if side.rejected_rows else "the report has no rows"


def _adds_up(plan: SummaryPlan) -> bool:
    """False for readings: of a window without any there is nothing to set beside others."""
    return plan.series is None and plan.metrics is None


def _has_days(plan: SummaryPlan) -> bool:
    """True when it sets days or the like of two windows side by side."""
    return any(not isinstance(plan.grouping(trend.by).part, Scale) for trend in plan.trends)


def _compared(plan: SummaryPlan) -> tuple[SummaryPlan, tuple[str, ...]]:
    """The plan with what two equally long windows have in common, and the names of its other tables.

    Months of two windows are not equally long, and a list of chosen rows is one window's own.
    """
    rankings = tuple(part for part in plan.rankings if part.where is None and not part.fewest_first)
    trends = tuple(part for part in plan.trends if plan.grouping(part.by).part != "month")
    alone = (part.name for part in (*plan.rankings, *plan.trends) if part not in (*rankings, *trends))
    return replace(plan, rankings=rankings, trends=trends), tuple(alone)
