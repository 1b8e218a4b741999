"""Two windows of one report compared: both files joined by the engine.

A thin shell around `changes`, as `figures` is around `tables`. Every number comes from the engine. Of rankings and
trends the first measure is compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

from unique_analytics_mcp.analysis import caveats, changes, plans
from unique_analytics_mcp.analysis._engine import Engine, engine, literal_path, workplace
from unique_analytics_mcp.analysis.metrics import metrics_compared
from unique_analytics_mcp.analysis.readings import Found
from unique_analytics_mcp.analysis.series import series_compared
from unique_analytics_mcp.analysis.strangers import strangers
from unique_analytics_mcp.analysis.tables import Number, exact, numbers
from unique_analytics_mcp.domain.period import Window
from unique_analytics_mcp.domain.report import (
    Breakdown,
    Figures,
    Measure,
    Ranking,
    ReportType,
    SummaryPlan,
    Table,
    Total,
    Trend,
)

NOTHING: Final = "Neither window has rows: nothing that the report counts was done, or the filter matches nothing."

SHIFTED: Final = "The days side by side are not the same weekdays: the windows are not whole weeks."

_SPOKEN: Final = 2
"""Numbers that the headline names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two windows and the typed files that cover it."""

    window: Window
    parquet: Sequence[Path]

    @property
    def paths(self) -> list[str]:
        """The files as the engine takes them."""
        return [literal_path(path) for path in self.parquet]


def comparison(now: Side, before: Side, report: ReportType, *, top: int) -> Figures:
    """The report over `now` beside the one over `before`, whose window is as long; rankings hold at most `top` rows.

    The totals are those of `now`; the tables hold both. Where people of the files cannot be matched, the rankings of
    people are left out, and that is said.

    Raises:
        ReportUnreadable: a file is no Parquet of ours, or its numbers are too large to be added exactly.
        StoreError: one cannot be read.
    """
    files = [*now.parquet, *before.parquet]
    with workplace(files[0]) as folder, engine(files, spill=folder) as db:
        return _Comparison(db, now, before, report, top).figures()


class _Comparison:
    """Two windows under question."""

    def __init__(self, db: Engine, now: Side, before: Side, report: ReportType, top: int) -> None:
        self._db = db
        self._now = now
        self._before = before
        self._report = report
        self._top = top

    def figures(self) -> Figures:
        found = plans.usable(self._report.summary, self._column_names())
        known = self._known(found.plan)
        values, before = (self._totals(side, known.plan.totals) for side in (self._now, self._before))
        names = [each.name for each in known.plan.totals]
        readings = self._readings(known.plan)
        return Figures(
            headline=self._headline(readings.said or changes.sentences(names, values, before)),
            totals=tuple(
                Total(name=each.name, value=exact(values[each.name]), unit=each.unit) for each in known.plan.totals
            ),
            tables=(changes.totals_table(names, values, before), *readings.tables, *self._tables(known.plan)),
            caveats=(
                *(() if any(values.values()) or any(before.values()) else (NOTHING,)),
                *caveats.of_plan(found, self._report),
                *caveats.of_strangers(known, self._report),
                *readings.caveats,
                *((SHIFTED,) if known.plan.trends and self._now.window.days % 7 else ()),
                *self._report.caveats,
            ),
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
        strange = strangers(self._db, [*self._now.paths, *self._before.paths], self._report, plan)
        in_parts = len(self._now.paths) > 1 or len(self._before.paths) > 1
        return plans.without(plan, strange, counted=in_parts)

    def _totals(self, side: Side, measures: Sequence[Measure]) -> dict[str, Number]:
        _, *values = numbers(self._db.ask(plans.totals_sql(measures), report=side.paths)[0])
        return {measure.name: value for measure, value in zip(measures, values, strict=True)}

    def _readings(self, plan: SummaryPlan) -> Found:
        """What must not be added, side by side."""
        now, before = (partial(self._db.ask, report=side.paths) for side in (self._now, self._before))
        if plan.series:
            windows = self._now.window, self._before.window
            return series_compared(now, before, plan.series, windows, top=self._top)
        if plan.metrics:
            return metrics_compared(now, self._before.paths, plan.metrics, top=self._top)
        return Found()

    def _headline(self, phrases: Sequence[str]) -> str:
        said = "; ".join(phrases[:_SPOKEN])
        window = self._before.window
        days = "the day" if window.days == 1 else f"the {window.days} days"
        compared = f"compared with {days} before, {window.start} to {window.end}"
        return f"{said[:1].upper()}{said[1:]}, {compared}." if said else f"{compared.capitalize()}."

    def _tables(self, plan: SummaryPlan) -> Iterator[Table]:
        measures = {measure.name: measure for measure in plan.totals}
        for ranking in plan.rankings:
            yield self._ranking(ranking, measures[ranking.measures[0]])
        for trend in plan.trends:
            yield self._trend(trend, measures[trend.measures[0]])
        for breakdown in plan.breakdowns:
            yield self._breakdown(breakdown)

    def _ranking(self, ranking: Ranking, measure: Measure) -> Table:
        sql = changes.ranking_sql(ranking, measure)
        found = self._db.ask(sql, report=self._now.paths, before=self._before.paths, limit=self._top + 1)
        return changes.ranking_table(ranking, found, top=self._top)

    def _trend(self, trend: Trend, measure: Measure) -> Table:
        now, before = self._now.window, self._before.window
        return changes.trend_table(
            trend,
            self._by_day(self._now, trend, measure),
            self._by_day(self._before, trend, measure),
            start=now.start,
            start_before=before.start,
            days=now.days,
        )

    def _by_day(self, side: Side, trend: Trend, measure: Measure) -> dict[date, Number]:
        sql, window = plans.trend_sql(trend, [measure]), side.window
        found = self._db.ask(sql, report=side.paths, start=window.start, end=window.end)
        return {record[0]: numbers(record[1:])[0] for record in found if isinstance(record[0], date)}

    def _breakdown(self, breakdown: Breakdown) -> Table:
        sql = plans.breakdown_sql(breakdown)
        sums, before = (numbers(self._db.ask(sql, report=side.paths)[0]) for side in (self._now, self._before))
        return changes.breakdown_table(breakdown, sums, before)
