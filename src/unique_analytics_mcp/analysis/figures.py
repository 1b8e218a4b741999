"""The figures of one report: its summary plan, computed by the engine over the typed Parquet.

A thin shell around pure parts: `plans` says what to ask, `tables`, `headline` and `caveats` what the answers mean.
Every number comes from the engine. How figures are shown is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

from unique_analytics_mcp.analysis import cautions, caveats, plans
from unique_analytics_mcp.analysis._engine import Engine, engine, workplace
from unique_analytics_mcp.analysis.amounts import Asked, Number, Record, exact, numbers
from unique_analytics_mcp.analysis.covered import Covered
from unique_analytics_mcp.analysis.doubles import doubled_rows
from unique_analytics_mcp.analysis.headline import headline, spoken
from unique_analytics_mcp.analysis.metrics import metrics_found
from unique_analytics_mcp.analysis.phrases import Phrases
from unique_analytics_mcp.analysis.profile import profile
from unique_analytics_mcp.analysis.readings import Found
from unique_analytics_mcp.analysis.series import series_found
from unique_analytics_mcp.analysis.strangers import nameless, strangers, uncounted
from unique_analytics_mcp.analysis.tables import (
    all_groups,
    breakdown_table,
    ends_among_equals,
    has_odd_shares,
    lacks_shares,
    lead_together,
    lead_with_nothing,
    leads_unnamed,
    outgrows,
    peak_table,
    ranking_table,
    trend_table,
)
from unique_analytics_mcp.analysis.texts import text_columns
from unique_analytics_mcp.domain.measures import Ranking, Trend
from unique_analytics_mcp.domain.report import Column, ReportType
from unique_analytics_mcp.domain.sentences import counted
from unique_analytics_mcp.domain.summary import Figures, Table, Total

_MOST_COLUMNS: Final = 20
"""Columns without a place in the plan that are looked into, however short the rankings."""


def figures(covered: Covered, report: ReportType, *, top: int) -> Figures:
    """The report summed up as its plan says; rankings hold at most `top` rows, trends and breakdowns all of theirs.

    Several tables are the parts of one window: people whom the parts do not name alike are then left out, and that is
    said.

    Shares are percentages of the whole report as floats, rounded to one decimal, or finer where that would show
    something as nothing or a part as all; None when the whole is not positive. Timestamps count in the window's time
    zone.

    Raises:
        ReportUnreadable: a file is no Parquet of ours, or its numbers are too large to be added exactly.
        StoreError: one cannot be read.
    """
    with workplace(covered.parquet[0]) as folder, engine(covered.parquet, folder=folder) as db:
        return _Question.about(db, covered, report, top).answer()


@dataclass(frozen=True, slots=True)
class _Part:
    """A table and what must be said of it."""

    table: Table
    is_shared: bool = False
    """True when others equal the first row that has a name."""
    leads_unnamed: bool = False
    """True when the first row has none."""
    is_idle: bool = False
    """True when the first row that has a name did nothing, so that it does not lead."""
    ends_among_equals: bool = False
    """True when a group that is not shown equals the last one shown."""
    outgrows: bool = False
    """True when the groups shown are more than the whole."""


@dataclass(frozen=True, slots=True)
class _Question:
    """One report under question."""

    db: Engine
    covered: Covered
    say: Phrases
    found: plans.Usable
    known: plans.Usable
    """The same without people who cannot be recognised."""
    names: Sequence[str]
    """Names of the columns there are."""
    top: int

    @classmethod
    def about(cls, db: Engine, covered: Covered, report: ReportType, top: int) -> Self:
        names = [str(name) for name, *_ in db.ask(plans.columns_sql(), report=covered.paths)]
        found = plans.usable(report.summary, names)
        say = Phrases(report, found.plan, covered.window)
        known = plans.without(found.plan, strangers(db, covered.paths, say), counted=True)
        told = plans.with_months(known.plan, covered.window)
        return cls(db, covered, replace(say, plan=told), found, known, names, top)

    def answer(self) -> Figures:
        plan = self.say.plan
        ranked = {ranking.name: self._ranked(ranking) for ranking in plan.rankings}
        asked = Asked.of(plan.figures, plan)
        rows, *values = self._numbers(plans.totals_sql(self.say, asked.measures, self._groups(ranked)))
        whole = asked.amounts(values)
        totals = [Total(name=each.name, value=exact(whole[each.name]), unit=each.unit) for each in plan.totals]
        return self._of_rows(int(rows), ranked, whole, totals) if rows else self._of_nothing(totals)

    def _of_nothing(self, totals: Sequence[Total]) -> Figures:
        """What there is to say of a report without rows."""
        rejected = self.covered.rejected_rows
        return Figures(
            headline=caveats.NO_ROW_READ if rejected else "The report has no rows.",
            totals=tuple(totals),
            tables=(),
            caveats=(
                *(() if rejected else (caveats.NO_ROWS,)),
                *caveats.of_intakes(self.covered.intakes),
                *self._column_caveats(),
                *self.say.report.caveats_about(0),
            ),
        )

    def _of_rows(
        self,
        rows: int,
        ranked: Mapping[str, Sequence[Record]],
        whole: Mapping[str, Number | None],
        totals: Sequence[Total],
    ) -> Figures:
        parts = list(self._parts(ranked, whole))
        readings = self._readings()
        totals = [*totals, *readings.totals]
        tables = [*readings.tables, *(part.table for part in parts), *self._profile()]
        shared = [*readings.shared, *(part.table.name for part in parts if part.is_shared)]
        nobody = nameless(self.db, self.covered.paths, self.say)
        idle = {*readings.idle, *(part.table.name for part in parts if part.is_idle)}
        trends = {trend.name for trend in self.say.plan.trends}
        peaks = [peak_table(part.table) for part in parts if part.table.name in trends]
        led = [table for table in (*tables, *readings.spoken, *peaks) if table.name not in idle]
        said = self._headline(totals, led, shared, nobody) or _rows_said(rows, totals)
        unread = caveats.unread(self.covered.intakes, self.say.report)
        empty = tuple(cautions.of_empty(self._ask, self.say, self.covered.intakes.values()))
        return Figures(
            headline=" ".join(filter(None, (unread, *empty, said))),
            totals=tuple(totals),
            tables=tuple(tables),
            caveats=(
                *caveats.of_intakes(self.covered.intakes),
                *empty,
                *self._column_caveats(),
                *self._row_caveats(whole, nobody),
                *cautions.of_few_rows(self.say, [part.table for part in parts], whole),
                *self._merged(ranked, rows=rows),
                *caveats.of_first_places(shared),
                *cautions.of_names_alike(self._ask, self.say),
                *_of_parts(parts, top=self.top),
                *cautions.of_breakdowns(self._ask, self.say, whole),
                *cautions.of_days_outside(self._ask, self.say),
                *readings.caveats,
                *self.say.report.caveats_about(rows),
            ),
            has_texts=bool(text_columns(self.say.report, self.names)),
            texts_asked=self.say.plan.texts_asked_of(whole),
        )

    def _ask(self, sql: str, /, **values: object) -> list[tuple[object, ...]]:
        return self.db.ask(sql, **{"report": self.covered.paths, **values})

    def _numbers(self, sql: str, **values: object) -> list[Number]:
        return numbers(self._ask(sql, **values)[0])

    # Tables

    def _parts(self, ranked: Mapping[str, Sequence[Record]], whole: Mapping[str, Number | None]) -> Iterator[_Part]:
        for ranking in self.say.plan.rankings:
            yield self._ranking(ranking, ranked[ranking.name], whole)
        for trend in self.say.plan.trends:
            yield _Part(self._trend(trend))
        for breakdown in self.say.plan.breakdowns:
            yield _Part(breakdown_table(breakdown, self._numbers(plans.breakdown_sql(breakdown))))

    def _readings(self) -> Found:
        """What must not be added, summed up apart from what may."""
        plan, report = self.say.plan, self.say.report
        if plan.series:
            return series_found(self._ask, plan.series, self.say.window, top=self.top, most=report.max_days)
        return metrics_found(self._ask, plan.metrics, self.say.window, top=self.top) if plan.metrics else Found()

    def _profile(self) -> Iterator[Table]:
        """The columns that the plan knows nothing of."""
        found = profile(self._ask, self.covered.paths, self.say.report, top=max(self.top, _MOST_COLUMNS))
        if found:
            yield found

    def _ranked(self, ranking: Ranking) -> Sequence[Record]:
        asked = Asked.of(ranking.measures, self.say.plan)
        return self._ask(plans.ranking_sql(self.say, ranking, asked.measures), limit=self.top + 1)

    def _groups(self, ranked: Mapping[str, Sequence[Record]]) -> dict[str, int]:
        """How many groups the columns make that a ranking is by."""
        columns = ((plans.grouped_alone(self.say, ranking), ranking.name) for ranking in self.say.plan.rankings)
        return {column: all_groups(ranked[name]) for column, name in columns if column}

    def _ranking(self, ranking: Ranking, found: Sequence[Record], whole: Mapping[str, Number | None]) -> _Part:
        asked = Asked.of(ranking.measures, self.say.plan)
        table = ranking_table(ranking, asked, found, whole, top=self.top)
        keys = [place for place in spoken(self.say.plan.headline, table) if place < len(ranking.by)]
        values = [record[len(ranking.by)] for record in found]
        named = [] if ranking.fewest_first else _named(found, keys, value=len(ranking.by))
        return _Part(
            table,
            is_shared=lead_together(named),
            leads_unnamed=leads_unnamed(table, keys),
            is_idle=lead_with_nothing(named),
            ends_among_equals=not ranking.fewest_first and ends_among_equals(values, top=self.top),
            outgrows=outgrows(table, whole.get(ranking.measures[0])),
        )

    def _trend(self, trend: Trend) -> Table:
        asked = Asked.of(trend.measures, self.say.plan)
        found = self._ask(plans.trend_sql(self.say, trend, asked.measures), **self.say.ends(trend.by))
        return trend_table(trend, asked, found, self.say.groups(trend.by))

    # What must be said

    def _column_caveats(self) -> Iterator[str]:
        report = self.say.report
        yield from caveats.of_plan(self.found, report)
        yield from caveats.of_roles(self.names, report)
        yield from caveats.of_strangers(self.known, report)

    def _headline(
        self, totals: Sequence[Total], tables: Sequence[Table], shared: Sequence[str], nobody: Mapping[Column, int]
    ) -> str:
        """Says no measure that counts as one all whom nothing names, nor that they lead."""
        unnamed = {column.name for column in nobody}
        unsaid = uncounted(self.say.plan, nobody)
        told = [total for total in totals if total.name not in unsaid]
        return headline(self.say.plan.headline, told, tables, shared=shared, nobody=unnamed)

    def _row_caveats(self, whole: Mapping[str, Number | None], nobody: Mapping[Column, int]) -> Iterator[str]:
        yield from caveats.of_doubles(doubled_rows(self.db, self.covered.paths, self.say.report))
        yield from cautions.of_people(self._ask, self.say)
        for column, rows in nobody.items():
            yield from caveats.of_nobody(column, rows)
        yield from cautions.of_figures(self.say, whole)
        yield from cautions.of_cut(self.say)

    def _merged(self, ranked: Mapping[str, Sequence[Record]], *, rows: int) -> Iterator[str]:
        for ranking in self.say.plan.rankings:
            groups = all_groups(ranked[ranking.name])
            yield from caveats.of_merged(ranking, self.say.report, rows=rows, groups=groups)


def _named(found: Sequence[Record], keys: Sequence[int], *, value: int) -> list[object]:
    """The values of the groups that have a name in each of these places."""
    return [record[value] for record in found if all(record[key] is not None for key in keys)]


def _rows_said(rows: int, totals: Sequence[Total]) -> str:
    """The headline of a report of which nothing else can be said but that it counts nothing."""
    nothing = next((f", with 0 {total.name.replace('_', ' ')}" for total in totals if total.value == 0), "")
    return f"The report has {counted(rows, 'row')}{nothing}."


def _of_parts(parts: Sequence[_Part], *, top: int) -> Iterator[str]:
    """What the rankings themselves show to be odd."""
    yield from caveats.of_ends_among_equals([part.table.name for part in parts if part.ends_among_equals], top=top)
    yield from caveats.of_unnamed_leaders([part.table.name for part in parts if part.leads_unnamed])
    if any(part.outgrows or has_odd_shares(part.table) for part in parts):
        yield caveats.ODD_SHARES
    if any(lacks_shares(part.table) for part in parts):
        yield caveats.NO_SHARES
