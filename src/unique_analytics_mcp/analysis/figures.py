"""The figures of one report: its summary plan, computed by the engine over the typed Parquet.

A thin shell around pure parts: `plans` says what to ask, `tables`, `headline` and `caveats` what the answers mean.
Every number comes from the engine. How figures are shown is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from unique_analytics_mcp.analysis import caveats, plans
from unique_analytics_mcp.analysis._engine import Engine, engine, literal_path, workplace
from unique_analytics_mcp.analysis.headline import headline
from unique_analytics_mcp.analysis.metrics import metrics_found
from unique_analytics_mcp.analysis.profile import profile
from unique_analytics_mcp.analysis.readings import Found
from unique_analytics_mcp.analysis.series import series_found
from unique_analytics_mcp.analysis.strangers import strangers
from unique_analytics_mcp.analysis.tables import (
    Number,
    Record,
    breakdown_table,
    exact,
    numbers,
    ranking_table,
    trend_table,
)
from unique_analytics_mcp.domain.period import Window
from unique_analytics_mcp.domain.report import (
    Figures,
    Intake,
    Measure,
    Ranking,
    ReportType,
    SummaryPlan,
    Table,
    Total,
    Trend,
)

_MOST_COLUMNS: Final = 20
"""Columns without a place in the plan that are looked into, however short the rankings."""


def figures(
    parquet: Path | Sequence[Path],
    report: ReportType,
    window: Window | None,
    *,
    top: int,
    intake: Intake | None = None,
) -> Figures:
    """The report summed up as its plan says; rankings hold at most `top` rows, trends and breakdowns all of theirs.

    Several files are the parts of one window: their rows are stacked. People whom the parts do not name alike are
    then left out, and that is said.

    Shares are percentages of the whole report, rounded to one decimal, as floats; None when the whole is not
    positive. Without a window a trend spans the days there are. `intake` is what `convert` said of the file: with it
    the caveats also say what reading the CSV lost.

    Raises:
        ReportUnreadable: the file is no Parquet of ours, or its numbers are too large to be added exactly.
        StoreError: it cannot be read.
    """
    paths = [parquet] if isinstance(parquet, Path) else list(parquet)
    with workplace(paths[0]) as folder, engine(paths, spill=folder) as db:
        return _Question(db, paths, report, window, top).answer(intake)


@dataclass(frozen=True, slots=True)
class _Part:
    """A table and what must be said of it."""

    table: Table
    caveats: tuple[str, ...] = ()


class _Question:
    """One report under question."""

    def __init__(self, db: Engine, paths: Sequence[Path], report: ReportType, window: Window | None, top: int) -> None:
        self._db = db
        self._paths = [literal_path(path) for path in paths]
        self._report = report
        self._window = window
        self._top = top

    def answer(self, intake: Intake | None) -> Figures:
        found = plans.usable(self._report.summary, self._column_names())
        known = plans.without(found.plan, strangers(self._db, self._paths, self._report, found.plan), counted=True)
        plan = known.plan
        rows, whole = self._totals(plan.totals)
        totals = [Total(name=each.name, value=exact(whole[each.name]), unit=each.unit) for each in plan.totals]
        parts = list(self._parts(plan, whole)) if rows else []
        readings = self._readings(plan) if rows else Found()
        totals += readings.totals
        tables = [*readings.tables, *(part.table for part in parts), *(self._profile() if rows else ())]
        said = headline(plan.headline, totals, [*tables, *readings.spoken]) if rows else ""
        return Figures(
            headline=said or f"The report has {rows or 'no'} rows.",
            totals=tuple(totals),
            tables=tuple(tables),
            caveats=(
                *(() if rows else (caveats.NO_ROWS,)),
                *(caveats.of_intake(intake) if intake else ()),
                *caveats.of_plan(found, self._report),
                *caveats.of_strangers(known, self._report),
                *self._people_caveats(plan.people),
                *(sentence for part in parts for sentence in part.caveats),
                *readings.caveats,
                *self._report.caveats,
            ),
        )

    def _ask(self, sql: str, /, **values: object) -> list[tuple[object, ...]]:
        return self._db.ask(sql, **{"report": self._paths, **values})

    def _ask_numbers(self, sql: str, **values: object) -> list[Number]:
        return numbers(self._ask(sql, **values)[0])

    def _column_names(self) -> list[str]:
        return [str(name) for name, *_ in self._ask(plans.columns_sql())]

    def _totals(self, measures: Sequence[Measure]) -> tuple[int, dict[str, Number]]:
        """The number of rows, and each measure of the whole."""
        rows, *values = self._ask_numbers(plans.totals_sql(measures))
        return int(rows), {measure.name: value for measure, value in zip(measures, values, strict=True)}

    def _parts(self, plan: SummaryPlan, whole: Mapping[str, Number]) -> Iterator[_Part]:
        measures = {measure.name: measure for measure in plan.totals}
        for ranking in plan.rankings:
            yield self._ranking(ranking, [measures[name] for name in ranking.measures], whole)
        for trend in plan.trends:
            yield from self._trend(trend, [measures[name] for name in trend.measures])
        for breakdown in plan.breakdowns:
            yield _Part(breakdown_table(breakdown, self._ask_numbers(plans.breakdown_sql(breakdown))))

    def _readings(self, plan: SummaryPlan) -> Found:
        """What must not be added, summed up apart from what may."""
        if plan.series:
            return series_found(self._ask, plan.series, self._window, top=self._top, most=self._report.max_days)
        return metrics_found(self._ask, plan.metrics, top=self._top) if plan.metrics else Found()

    def _profile(self) -> Iterator[Table]:
        """The columns that the plan knows nothing of."""
        found = profile(self._ask, self._paths, self._report, top=max(self._top, _MOST_COLUMNS))
        if found:
            yield found

    def _ranking(self, ranking: Ranking, measures: Sequence[Measure], whole: Mapping[str, Number]) -> _Part:
        found = self._ask(plans.ranking_sql(ranking, measures), limit=self._top + 1)
        return _Part(
            ranking_table(ranking, measures, found, whole, top=self._top),
            tuple(caveats.of_first_place(ranking.name, is_shared=_lead_together(found, place=len(ranking.by)))),
        )

    def _trend(self, trend: Trend, measures: Sequence[Measure]) -> Iterator[_Part]:
        span = self._span(trend)
        if span is None:
            return
        start, end = span
        found = self._ask(plans.trend_sql(trend, measures), start=start, end=end)
        outside = int(self._ask_numbers(plans.outside_sql(trend), start=start, end=end)[0])
        yield _Part(trend_table(trend, found, start, end), tuple(caveats.of_days_outside(trend.name, outside)))

    def _span(self, trend: Trend) -> tuple[date, date] | None:
        """The window; without one the days there are, or the last of them when they are more than a report holds."""
        if self._window:
            return self._window.start, self._window.end
        first, last = self._ask(plans.span_sql(trend))[0]
        if not (isinstance(first, date) and isinstance(last, date)):
            return None
        return max(first, last - timedelta(days=self._report.max_days - 1)), last

    def _people_caveats(self, column: str) -> Iterator[str]:
        if column:
            people, without_address = self._ask_numbers(plans.people_sql(column))
            yield from caveats.of_people(int(people), int(without_address))


def _lead_together(found: Sequence[Record], *, place: int) -> bool:
    return len(found) > 1 and found[0][place] == found[1][place]
