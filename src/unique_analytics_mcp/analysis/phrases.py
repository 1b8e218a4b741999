"""The words of a plan as SQL expressions: conditions, measures, and the groups of rows, for one window.

Pure. Columns are quoted identifiers. The bounds in conditions come from the catalogue and the days and the zone from
the window, so they stand in the SQL as literals; the ends of a span of moments are parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import assert_never

from unique_analytics_mcp.analysis import calendar
from unique_analytics_mcp.analysis._engine import literal, quoted
from unique_analytics_mcp.domain.measures import (
    Between,
    Condition,
    DayPart,
    Filled,
    Is,
    Measure,
    OlderThan,
    Scale,
    Simple,
    SummaryPlan,
    simple_conditions,
)
from unique_analytics_mcp.domain.report import ColumnKind, ReportType
from unique_analytics_mcp.domain.window import Window


@dataclass(frozen=True, slots=True)
class Phrases:
    """How the rows of one report over one window are chosen, grouped and counted."""

    report: ReportType
    plan: SummaryPlan
    window: Window

    def measure(self, measure: Measure) -> str:
        """The measure as an aggregate over any group of rows."""
        only = f" FILTER (WHERE {self.condition(measure.where)})" if measure.where else ""
        match measure.how:
            case "rows":
                return f"count(*){only}"
            case "sum":
                return f"coalesce(sum({quoted(measure.column)}){only}, 0)"
            case "distinct":
                return f"count(DISTINCT {quoted(measure.column)}){only}"
            case _:
                assert_never(measure.how)

    def condition(self, where: Condition | None) -> str:
        """True, false or NULL of each row; true for no condition."""
        return " AND ".join(self._simple(each) for each in simple_conditions(where)) or "true"

    def _simple(self, where: Simple) -> str:
        column = quoted(where.column)
        match where:
            case Between():
                return f"{column} BETWEEN {where.least} AND {where.most}"
            case Is():
                return f"{column} = {literal(where.value)}"
            case Filled():
                return f"{column} IS NOT NULL"
            case OlderThan():
                return f"{column} < DATE '{where.before(self.window.end)}'"
            case _:
                assert_never(where)

    def key(self, by: str) -> str:
        """What a ranking or trend groups by: the column, or the part of it that a grouping names."""
        mark = self.mark(by)
        match self.plan.grouping(by).part:
            case "month":
                return f"strftime({mark}, '%Y-%m')"
            case "hour":
                return f"format('{{:02d}}:00', {mark})"
            case _:
                return mark

    def mark(self, by: str) -> str:
        """What tells the groups of `key` apart: naming the group of each row takes longer than counting it."""
        grouping = self.plan.grouping(by)
        if isinstance(grouping.part, Scale) or grouping not in self.plan.groupings:
            return quoted(grouping.column)
        return self._mark(grouping.column, grouping.part)

    def _mark(self, column: str, part: DayPart) -> str:
        moment = self._local(column)
        match part:
            case "day":
                return f"CAST({moment} AS DATE)"
            case "week":
                return f"CAST(date_trunc('week', {moment}) AS DATE)"
            case "month":
                return f"date_trunc('month', {moment})"
            case "hour":
                return f"hour({moment})"
            case "weekday":
                return f"dayname({moment})"
            case "15 minutes" | "30 minutes" | "60 minutes":
                return self._marked(column, part)
            case _:
                assert_never(part)

    def _marked(self, column: str, part: DayPart) -> str:
        """The last of the moments before, as the zone's clocks showed it, with their offset.

        They are counted from the window's first midnight: not every zone is whole hours from UTC.
        """
        first, _ = self.window.bounds
        moment = f"time_bucket(INTERVAL '{part}', {quoted(column)}, {_moment(first)})"
        local = f"timezone({literal(self.window.time_zone)}, {moment})"
        ahead = f"date_diff('minute', timezone('UTC', {moment}), {local})"
        sign = f"CASE WHEN {ahead} < 0 THEN '-' ELSE '+' END"
        return (
            f"format('{{}}{{}}{{:02d}}:{{:02d}}', strftime({local}, '%Y-%m-%d %H:%M'), {sign}, "
            f"abs({ahead}) // 60, abs({ahead}) % 60)"
        )

    def _local(self, column: str) -> str:
        """A moment as the clocks of the window's zone showed it; a day is a day everywhere.

        Adding the zone's offsets within the window is five times as fast as asking the engine's calendar, which is
        left the moments around it.
        """
        name = quoted(column)
        if not self._is_moment(column):
            return name
        first, after = self.window.bounds
        elsewhere = f"timezone({literal(self.window.time_zone)}, {name})"
        *later, (_, ahead) = reversed(calendar.offsets(self.window))
        changes = " ".join(f"WHEN {name} >= {_moment(start)} THEN {_shifted(name, by)}" for start, by in later)
        return (
            f"CASE WHEN {name} < {_moment(first)} OR {name} >= {_moment(after)} THEN {elsewhere} "
            f"{changes} ELSE {_shifted(name, ahead)} END"
        )

    def within(self, column: str) -> str:
        """True where the column lies in the window, from `$first` to before `$after`."""
        return f"{quoted(column)} >= $first AND {quoted(column)} < $after"

    def ends(self, by: str) -> Mapping[str, date | datetime | int]:
        """The parameters of `within` for what a trend is by: days, moments at which days begin, or ends of a scale."""
        grouping = self.plan.grouping(by)
        if isinstance(grouping.part, Scale):
            return {"first": grouping.part.least, "after": grouping.part.most + 1}
        if self._is_moment(grouping.column):
            first, after = self.window.bounds
            return {"first": first, "after": after}
        return {"first": self.window.start, "after": self.window.end + timedelta(days=1)}

    def groups(self, by: str) -> list[str]:
        """What a trend shows a row for, in natural order, as its cells name them."""
        part = self.plan.grouping(by).part
        if isinstance(part, Scale):
            return [str(number) for number in range(part.least, part.most + 1)]
        return calendar.groups(part, self.window)

    def cut(self, by: str) -> list[str]:
        """Those groups of which the window holds only a part."""
        part = self.plan.grouping(by).part
        return [] if isinstance(part, Scale) else calendar.cut(part, self.window)

    def once_more(self, by: str) -> list[str]:
        """Those groups that the window holds once more than the others."""
        part = self.plan.grouping(by).part
        return [] if isinstance(part, Scale) else calendar.once_more(part, self.window)

    def uneven_hours(self, by: str) -> dict[str, int]:
        """Those groups that the clocks make longer or shorter within the window, with the minutes."""
        part = self.plan.grouping(by).part
        return {} if isinstance(part, Scale) else calendar.uneven_hours(part, self.window)

    def beside(self, by: str, before: Window) -> list[tuple[str | None, str | None]]:
        """The groups of this window beside those of the one before."""
        part = self.plan.grouping(by).part
        if isinstance(part, Scale):
            return [(each, each) for each in self.groups(by)]
        return calendar.side_by_side(part, self.window, before)

    def zone(self, column: str) -> str | None:
        """The zone in which a column's moments have days; None of a column of days, which say none."""
        return self.window.time_zone if self._is_moment(column) else None

    def _is_moment(self, column: str) -> bool:
        declared = self.report.column(column)
        return declared is not None and declared.kind is ColumnKind.TIMESTAMP


def by_sight(text: str) -> str:
    """What is seen of a text: without capitals, blanks, characters that are not seen, and codes of accents."""
    return rf"regexp_replace(lower(nfc_normalize(CAST({text} AS VARCHAR))), '[\s\pZ\pC]', '', 'g')"


def _shifted(column: str, by: timedelta) -> str:
    return f"make_timestamp(epoch_us({column}) + {by // timedelta(microseconds=1)})"


def _moment(moment: datetime) -> str:
    """The moment as an SQL literal."""
    return f"TIMESTAMPTZ '{moment.isoformat()}'"
