"""The words in which a report type says what it is summed up as: measures, conditions, ratios, groupings, tables.

Pure values, declared in catalogue literals. What a column is, is `report`; how a plan is computed, is `analysis`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Final, Literal

from unique_analytics_mcp.domain.readings import Metrics, Series

DayPart = Literal["day", "week", "month", "hour", "weekday", "15 minutes", "30 minutes", "60 minutes"]
"""Days, weeks from Monday and months of the calendar; hours from 00:00 to 23:00; weekdays from Monday on; moments that
lie so many minutes apart."""

MINUTES: Final[Mapping[DayPart, int]] = {"15 minutes": 15, "30 minutes": 30, "60 minutes": 60}
"""How far the moments of a part lie apart, where it has any."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The whole numbers that something is rated by, both ends included."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Between:
    """Rows whose number is in a range, both ends included; an empty cell is in none."""

    column: str
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Is:
    """Rows whose text is exactly this."""

    column: str
    value: str


@dataclass(frozen=True, slots=True)
class Filled:
    """Rows that have a value there."""

    column: str


@dataclass(frozen=True, slots=True)
class OlderThan:
    """Rows whose DATE lies more than so many days before the last day of the window."""

    column: str
    days: int

    def before(self, last: date) -> date:
        """The first day that is not old enough, in a window that ends on `last`."""
        return last - timedelta(days=self.days)


Simple = Between | Is | Filled | OlderThan


@dataclass(frozen=True, slots=True)
class All:
    """Rows that meet each of several conditions."""

    conditions: tuple[Simple, ...]


Condition = Simple | All


def simple_conditions(where: Condition | None) -> tuple[Simple, ...]:
    """What has to be met, one by one; nothing for no condition."""
    if where is None:
        return ()
    return where.conditions if isinstance(where, All) else (where,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A number the engine may compute over any group of rows."""

    name: str
    how: Literal["rows", "sum", "distinct"]
    column: str = ""
    """Name of the column that is summed or counted; empty for `rows`."""
    where: Condition | None = None
    """Only rows that meet it count."""
    unit: str = ""

    @property
    def adds_up(self) -> bool:
        """True when the values of all groups add up to that of the whole; people counted per day do not."""
        return self.how in ("rows", "sum")

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the measures it is computed from: itself."""
        return (self.name,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """One number per another, from summed parts and never from other ratios; nothing where the divisor is 0.

    `Ratio(name="nps", of=("promoters",), less=("detractors",), per=("responses",), times=100)` is the net promoter
    score.
    """

    name: str
    of: tuple[str, ...]
    """Names of the measures that are added."""
    per: tuple[str, ...]
    """Names of the measures whose sum divides."""
    less: tuple[str, ...] = ()
    """Names of the measures that are taken off."""
    times: int | Fraction = 1
    """100 for a percentage, 1000 for one per thousand, `Fraction(1, 1000)` for seconds from milliseconds."""
    decimals: int = 1
    """Digits behind the point, the last one rounded half up from the exact fraction; what is less has two digits."""
    unit: str = ""
    few: int = 0
    """A divisor below this, but not 0, is said to be too small to rely on."""

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the measures it is computed from."""
        return (*self.of, *self.less, *self.per)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """One end of the 95 % confidence interval of a net score in points from -100 to 100; nothing for no answers.

    The adjusted Wald interval with three answers added, three quarters of one on either side: of the methods compared
    by Rocks, "Interval Estimation for the Net Promoter Score", The American Statistician 70 (2016), the one that also
    holds for a handful of answers. It ends at -100 and 100, beyond which there is no score, and never before the
    score itself, as it otherwise would for one answer.
    """

    name: str
    end: Literal["low", "high"]
    of: str
    """Name of the measure that counts for the score."""
    less: str
    """Name of the measure that counts against it."""
    per: str
    """Name of the measure that counts all answers."""
    decimals: int = 1
    unit: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the measures it is computed from."""
        return (self.of, self.less, self.per)


Figure = Measure | Ratio | Bound
"""Anything with a name, a unit and a number over any group of rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """A part of a DATE or TIMESTAMP column to group rows by; timestamps count in the window's time zone.

    Its groups are texts, `2026-10`, `08:00`, `Monday` or `2026-10-25 02:00+02:00`, and of days and weeks dates. Or the
    numbers of a column on a scale.
    """

    name: str
    column: str
    part: DayPart | Scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Groups ordered by the first figure, which is a `Measure`, largest first, ties by the groups' own values.

    A first measure that adds up also gives each group's share of the whole.
    """

    name: str
    by: tuple[str, ...]
    """Names of columns or groupings."""
    measures: tuple[str, ...]
    """Names of figures."""
    where: Condition | None = None
    """Only rows that meet it are grouped; it is a list of its own kind then, without shares."""
    fewest_first: bool = False
    one_each: bool = False
    """Each row is meant to be a group of its own: that several share one is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """One row for each group of the window or number of a scale, in natural order, those without rows as zero."""

    name: str
    by: str
    """Name of a grouping, or of a DATE column for its days."""
    measures: tuple[str, ...]
    """Names of figures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """Several summed columns side by side, each with its share of their sum."""

    name: str
    label: str
    """Header of the first column, e.g. `device`."""
    columns: Mapping[str, str]
    """Label to column name, in order."""
    measure: str
    """Header of the second column, e.g. `interactions`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextsAsked:
    """A statement over the report that gives what some people wrote."""

    counted: str
    """The measure that counts its rows, by which they are called too."""
    sql: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryPlan:
    """What a report is summed up as."""

    totals: tuple[Figure, ...]
    """In the order they are shown."""
    parts: tuple[Measure, ...] = ()
    """Measures that are not shown as totals: of ratios, and of tables alone."""
    groupings: tuple[Grouping, ...] = ()
    rankings: tuple[Ranking, ...] = ()
    trends: tuple[Trend, ...] = ()
    breakdowns: tuple[Breakdown, ...] = ()
    series: Series | None = None
    metrics: Metrics | None = None
    headline: tuple[str, ...] = ()
    """Sentence templates over the totals (`{interactions}`, with its word `{people:person|people}`) and first rows
    (`{users.email}`, `{users.share_percent}`); a sentence whose values are missing is left out."""
    compared: Mapping[str, str] = field(default_factory=dict[str, str])
    """Totals that the headline of a comparison speaks of, and what it calls them; the first by their names without."""
    people: str = ""
    """Name of the column that names people by mail address, where one does."""
    people_where: Condition | None = None
    """The rows in which it names people; elsewhere it names something else, such as a service."""
    texts_asked: TextsAsked | None = None
    """The texts that its figures make people ask for, where they do."""
    texts_by: str = ""
    """Name of the column that is shown with texts, its smallest values first; otherwise they stand as in the CSV."""

    @property
    def figures(self) -> Mapping[str, Figure]:
        """All measures, ratios and bounds by name."""
        return {figure.name: figure for figure in (*self.totals, *self.parts)}

    @property
    def measures(self) -> Mapping[str, Measure]:
        """The measures alone by name: what the engine is asked for."""
        return {name: figure for name, figure in self.figures.items() if isinstance(figure, Measure)}

    @property
    def readings(self) -> tuple[Series | Metrics, ...]:
        """What of it is listed and never added."""
        return tuple(each for each in (self.series, self.metrics) if each)

    def texts_asked_of(self, values: Mapping[str, object]) -> TextsAsked | None:
        """What gives the texts that figures of these values make people ask for; None where nobody wrote any."""
        return self.texts_asked if self.texts_asked and values.get(self.texts_asked.counted) else None

    def grouping(self, by: str) -> Grouping:
        """What a trend is by: the grouping of that name, or the days of the DATE column of that name."""
        found = (grouping for grouping in self.groupings if grouping.name == by)
        return next(found, Grouping(name=by, column=by, part="day"))
