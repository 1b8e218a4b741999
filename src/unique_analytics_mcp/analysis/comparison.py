"""Two windows of one report compared: both files joined by the engine.

A thin shell around `changes`, as `figures` is around `tables`. Every number comes from the engine. Of rankings and
trends the first measure is compared.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Self

from unique_analytics_mcp.analysis import cautions, caveats, changes, plans
from unique_analytics_mcp.analysis._engine import Engine, engine, workplace
from unique_analytics_mcp.analysis.amounts import Asked, Number, Record, exact, numbers
from unique_analytics_mcp.analysis.covered import Covered
from unique_analytics_mcp.analysis.doubles import doubled_rows
from unique_analytics_mcp.analysis.metrics import metrics_compared
from unique_analytics_mcp.analysis.phrases import Phrases
from unique_analytics_mcp.analysis.readings import Ask, Found
from unique_analytics_mcp.analysis.series import series_compared
from unique_analytics_mcp.analysis.strangers import nameless, strangers, uncounted
from unique_analytics_mcp.analysis.tables import group_text
from unique_analytics_mcp.analysis.texts import text_columns
from unique_analytics_mcp.domain.measures import Breakdown, Ranking, Scale, SummaryPlan, Trend
from unique_analytics_mcp.domain.report import Column, ReportType
from unique_analytics_mcp.domain.summary import Figures, Table, Total

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
        return _Comparison.about(db, now, before, report, top).figures()


_Totals = tuple[Number, dict[str, Number | None]]
"""The number of rows of a window, and its totals."""


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Two windows under question."""

    db: Engine
    now: Covered
    before: Covered
    report: ReportType
    names: Collection[str]
    """Names of the columns that both have."""
    found: plans.Usable
    known: plans.Usable
    """The same without people who cannot be matched."""
    plan: SummaryPlan
    """What of it both windows have in common."""
    alone: Sequence[str]
    """Names of its other tables."""
    top: int

    @classmethod
    def about(cls, db: Engine, now: Covered, before: Covered, report: ReportType, top: int) -> Self:
        described = (db.ask(plans.columns_sql(), report=side.paths) for side in (now, before))
        names = set[str].intersection(*({str(name) for name, *_ in columns} for columns in described))
        found = plans.usable(report.summary, names)
        strange = strangers(db, [*now.paths, *before.paths], Phrases(report, found.plan, now.window))
        # Within one order people have one name each, so there they can be counted whatever they are called.
        known = plans.without(found.plan, strange, counted=len(now.paths) > 1 or len(before.paths) > 1)
        return cls(db, now, before, report, names, found, known, *_compared(known.plan), top)

    def figures(self) -> Figures:
        plan = self.plan
        totals = self._totals(self.now), self._totals(self.before)
        (rows, values), (rows_before, before) = totals
        has_rows = rows > 0 or rows_before > 0
        readings = self._readings()
        ranked = {ranking.name: self._ranked(ranking) for ranking in plan.rankings}
        nobody = nameless(self.db, self._both, self._say(self.now))
        unsaid = uncounted(plan, nobody)
        told = replace(plan, totals=tuple(total for total in plan.totals if total.name not in unsaid))
        # Of a window without any reading there is nothing to set beside others.
        clauses = changes.clauses(told, values, before) if (rows and rows_before) or not plan.readings else ()
        said = self._headline(readings.said or clauses, rows=int(rows), rows_before=int(rows_before))
        intakes = {**self.now.intakes, **self.before.intakes}
        unread = caveats.unread(intakes, self.report) if has_rows else ""
        both = partial(self.db.ask, report=self._both)
        empty = tuple(cautions.of_empty(both, self._say(self.now), intakes.values()))
        return Figures(
            headline=" ".join(filter(None, (unread, *empty, said, changes.certainty(plan, values, before)))),
            totals=tuple(Total(name=each.name, value=exact(values[each.name]), unit=each.unit) for each in plan.totals),
            tables=(changes.totals_table(plan.totals, values, before), *readings.tables, *self._tables(ranked)),
            caveats=(
                *caveats.of_intakes(intakes),
                *empty,
                *self._sides(totals),
                *caveats.of_plan(self.found, self.report),
                *caveats.of_roles(self.names, self.report),
                *caveats.of_strangers(self.known, self.report),
                *self._people(nobody),
                *cautions.of_names_alike(both, self._say(self.now)),
                *self._ends_among_equals(ranked),
                *caveats.of_comparison(self.alone),
                *readings.caveats,
                *(self._workdays() if rows and rows_before else ()),
                *((SHIFTED,) if _has_days(plan) and self.now.window.days % 7 else ()),
                *self.report.caveats_about(int(rows + rows_before)),
            ),
            has_texts=bool(has_rows and text_columns(self.report, self.names)),
            texts_asked=plan.texts_asked_of(values),
        )

    @property
    def _both(self) -> list[str]:
        return [*self.now.paths, *self.before.paths]

    def _say(self, side: Covered) -> Phrases:
        return Phrases(self.report, self.plan, side.window)

    def _ask(self, side: Covered) -> Ask:
        return partial(self.db.ask, report=side.paths)

    def _totals(self, side: Covered) -> _Totals:
        """The number of rows, and the figures of all of them."""
        asked = Asked.of(self.plan.figures, self.plan)
        sql = plans.totals_sql(self._say(side), asked.measures)
        rows, *values = numbers(self._ask(side)(sql)[0])
        return rows, asked.amounts(values)

    def _sides(self, totals: tuple[_Totals, _Totals]) -> Iterator[str]:
        """What must be said of either window alone, or that there is nothing in both."""
        sides = self.now, self.before
        if not any(rows for rows, _ in totals) and not any(side.rejected_rows for side in sides):
            yield NOTHING
            return
        for side, (rows, values) in zip(sides, totals, strict=True):
            no_rows = caveats.NO_ROW_READ if side.rejected_rows else caveats.NO_ROWS
            said = self._cautions(side, values) if rows else (no_rows,)
            yield from caveats.of_window(side.window, said)

    def _cautions(self, side: Covered, values: Mapping[str, Number | None]) -> Iterator[str]:
        ask, say = self._ask(side), self._say(side)
        yield from caveats.of_doubles(doubled_rows(self.db, side.paths, self.report))
        yield from cautions.of_figures(say, values)
        yield from cautions.of_cut(say)
        yield from cautions.of_breakdowns(ask, say, values)
        yield from cautions.of_days_outside(ask, say)

    def _people(self, nobody: Mapping[Column, int]) -> Iterator[str]:
        """Whom the rows of both windows name."""
        yield from cautions.of_people(partial(self.db.ask, report=self._both), self._say(self.now))
        for column, rows in nobody.items():
            yield from caveats.of_nobody(column, rows)

    def _workdays(self) -> Iterator[str]:
        """That one window has more of them, but of a series: its average workday is another for no such reason."""
        if not self.plan.series:
            yield from caveats.of_workdays(self.now.window, self.before.window)

    def _readings(self) -> Found:
        """What must not be added, side by side."""
        now, before = self._ask(self.now), self._ask(self.before)
        windows = self.now.window, self.before.window
        if self.plan.series:
            most = self.report.max_days
            return series_compared(now, before, self.plan.series, windows, top=self.top, most=most)
        if self.plan.metrics:
            return metrics_compared(now, self.before.paths, self.plan.metrics, windows, top=self.top)
        return Found()

    def _headline(self, clauses: Sequence[str], *, rows: int, rows_before: int) -> str:
        said = " and ".join(clauses[:_SPOKEN])
        window = self.before.window
        days = f"the {window.days} days before, {window.start} to {window.end}"
        before = f"the day before, {window.start}" if window.days == 1 else days
        compared = f"compared with {before}{'' if rows_before else f', of which {_none(self.before)}'}"
        if not said:
            return f"Nothing can be {compared}."
        sentence = said if rows or not rows_before else f"Of this window {_none(self.now)}: {said}"
        return f"{sentence[:1].upper()}{sentence[1:]}, {compared}."

    def _tables(self, ranked: Mapping[str, Sequence[Record]]) -> Iterator[Table]:
        for ranking in self.plan.rankings:
            yield changes.ranking_table(ranking, ranked[ranking.name], top=self.top)
        for trend in self.plan.trends:
            yield self._trend(trend)
        for breakdown in self.plan.breakdowns:
            yield self._breakdown(breakdown)

    def _ranked(self, ranking: Ranking) -> Sequence[Record]:
        measure = self.plan.measures[ranking.measures[0]]
        sql = changes.ranking_sql(self._say(self.now), self._say(self.before), ranking, measure)
        return self.db.ask(sql, report=self.now.paths, before=self.before.paths, limit=self.top + 1)

    def _ends_among_equals(self, ranked: Mapping[str, Sequence[Record]]) -> Iterator[str]:
        rankings = self.plan.rankings
        names = [each.name for each in rankings if changes.ends_among_equals(each, ranked[each.name], top=self.top)]
        yield from caveats.of_ends_among_equals(names, top=self.top)

    def _trend(self, trend: Trend) -> Table:
        return changes.trend_table(
            trend,
            self.plan.figures[trend.measures[0]],
            self._by_group(self.now, trend),
            self._by_group(self.before, trend),
            beside=self._say(self.now).beside(trend.by, self.before.window),
        )

    def _by_group(self, side: Covered, trend: Trend) -> dict[str, Number | None]:
        say, name = self._say(side), trend.measures[0]
        asked = Asked.of([name], self.plan)
        found = self._ask(side)(plans.trend_sql(say, trend, asked.measures), **say.ends(trend.by))
        return {group_text(record[0]): asked.amounts(numbers(record[1:]))[name] for record in found}

    def _breakdown(self, breakdown: Breakdown) -> Table:
        sql = plans.breakdown_sql(breakdown)
        sums, before = (numbers(self._ask(side)(sql)[0]) for side in (self.now, self.before))
        return changes.breakdown_table(breakdown, sums, before)


def _none(side: Covered) -> str:
    return "no row can be read" if side.rejected_rows else "the report has no rows"


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
