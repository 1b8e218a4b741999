"""The figures of reports equal a second computation in plain Python over the raw CSV."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.chats import HEADERS, START, WEEK, computed, table
from analysis.computing import csv_of
from recount import rows_of
from summing import percentage
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.domain.measures import Measure, Ranking
from unique_analytics_mcp.domain.report import ColumnKind, ReportType
from unique_analytics_mcp.domain.summary import Table
from unique_analytics_mcp.domain.window import Window

Row = dict[str, str]


def summed(rows: Iterable[Row], header: str) -> int:
    return sum(int(row[header]) for row in rows if row[header])


def distinct(rows: Iterable[Row], header: str) -> int:
    return len({row[header] for row in rows} - {""})


def percent(part: int, whole: int) -> float | None:
    return float(percentage(Fraction(part * 100, whole))) if whole > 0 else None


def ranked(rows: list[Row], by: Sequence[str], measures: Sequence[Callable[[list[Row]], int]]) -> list[list[object]]:
    groups = defaultdict[tuple[str, ...], list[Row]](list)
    for row in rows:
        groups[tuple(row[header] for header in by)].append(row)
    whole = summed(rows, "Count")
    first, *rest = measures
    order = sorted(groups, key=lambda key: (-first(groups[key]), [(not value, value) for value in key]))
    return [
        [
            *(value or "(empty)" for value in key),
            first(groups[key]),
            percent(first(groups[key]), whole),
            *(measure(groups[key]) for measure in rest),
        ]
        for key in order
    ]


def interactions(rows: list[Row]) -> int:
    return summed(rows, "Count")


def people(rows: list[Row]) -> int:
    return distinct(rows, "Email")


def assistants(rows: list[Row]) -> int:
    return distinct(rows, "Assistant")


def days(rows: list[Row]) -> int:
    return distinct(rows, "Date")


def daily(rows: list[Row], window: Window) -> list[list[object]]:
    every = [window.start + timedelta(days=passed) for passed in range(window.days)]
    of_day = {day: [row for row in rows if row["Date"] == f"{day:%d.%m.%Y}"] for day in every}
    return [[f"{day}", interactions(of_day[day]), people(of_day[day]), assistants(of_day[day])] for day in every]


def devices(rows: list[Row]) -> list[list[object]]:
    sums = {
        "desktop": summed(rows, "DesktopCount"),
        "smartphone": summed(rows, "SmartphoneCount"),
        "tablet": summed(rows, "TabletCount"),
        "other": summed(rows, "OtherDeviceCount"),
    }
    return [[device, count, percent(count, sum(sums.values()))] for device, count in sums.items()]


NAMES = st.one_of(st.sampled_from(["", "a", "b", "B", "ä", 'say "hi"', "x\ny", "(empty", "😀"]), st.text(max_size=4))
COUNTS = st.one_of(st.just(""), st.integers(0, 50), st.integers(0, 2**63 - 1))
USES = st.lists(
    st.tuples(
        NAMES.filter(lambda name: "\0" not in name),
        st.dates(START - timedelta(days=2), WEEK.end + timedelta(days=2)).map(lambda day: f"{day:%d.%m.%Y}"),
        NAMES.filter(lambda name: "\0" not in name),
        *[COUNTS] * 5,
    ),
    min_size=1,
    max_size=25,
)


@pytest.mark.thorough
@settings(max_examples=8, deadline=None)
@given(uses=USES, top=st.integers(1, 4))
def test_chat_interactions_equal_a_second_computation(uses: list[tuple[object, ...]], top: int) -> None:
    content = csv_of(HEADERS, uses)
    rows = rows_of(content)
    found = computed(content, top=top)
    assert [(total.name, total.value) for total in found.totals] == [
        ("interactions", interactions(rows)), ("people", people(rows)),
        ("assistants", assistants(rows)), ("days", days(rows)),
    ]  # fmt: skip
    for name, by, measures in (
        ("users_and_assistants", ["Email", "Assistant"], [interactions, days]),
        ("users", ["Email"], [interactions, assistants, days]),
        ("assistants", ["Assistant"], [interactions, people, days]),
    ):
        expected = ranked(rows, by, measures)
        shown = table(found, name)
        assert (shown.rows, shown.total_rows, shown.truncated) == (expected[:top], len(expected), len(expected) > top)
    assert table(found, "daily").rows == daily(rows, WEEK)
    assert table(found, "devices").rows == devices(rows)


_ALL = (pytest.mark.thorough,)
"""For the reports beyond two that have every kind of column between them."""

CELLS = {
    ColumnKind.TEXT: st.sampled_from(["", "a", "b", "c", "ä", "x,y"]),
    ColumnKind.INTEGER: st.integers(-1000, 10**12).map(str),
    ColumnKind.DECIMAL: st.decimals(0, 10**6, places=18).map(str),
    ColumnKind.DATE: st.dates(START, WEEK.end).map(str),
    ColumnKind.TIMESTAMP: st.datetimes(datetime(2026, 10, 1), datetime(2026, 10, 8)).map(  # noqa: DTZ001 - no zone meant
        lambda moment: f"{moment.isoformat(timespec='milliseconds')}Z"
    ),
}


@pytest.mark.parametrize(
    "report",
    [
        pytest.param(report, id=name, marks=() if name in ("MODEL_USAGE", "REFERENCE_STAT") else _ALL)
        for name, report in UNIQUE_REPORTS.items()
    ],
)
@settings(max_examples=4, deadline=None)
@given(data=st.data())
def test_totals_and_rankings_of_every_report_equal_a_second_computation(
    report: ReportType, data: st.DataObject
) -> None:
    rows = data.draw(
        st.lists(st.tuples(*(CELLS[declared.kind] for declared in report.columns)), min_size=1, max_size=9)
    )
    content = csv_of([declared.header for declared in report.columns], rows)
    found = computed(content, report, top=9)
    measures = plain_measures(report)
    shown_totals = {total.name: total.value for total in found.totals if total.name in measures}
    assert {name: Decimal(str(value)) for name, value in shown_totals.items()} == {
        name: measured_by_hand(measure, report, rows) for name, measure in measures.items()
    }
    for ranking in report.summary.rankings:
        if ranking.where or ranking.fewest_first:
            continue
        shown = table(found, ranking.name)
        assert groups_of(shown, ranking, measures) == sorted(ranked_by_hand(ranking, report, rows))
        leading = [Decimal(str(row[len(ranking.by)])) for row in shown.rows]
        assert leading == sorted(leading, reverse=True)


def place_of(name: str, report: ReportType) -> int:
    return [declared.name for declared in report.columns].index(name)


def plain_measures(report: ReportType) -> dict[str, Measure]:
    """Totals that count every row; what has a condition or is a ratio has a second computation of its own."""
    return {
        figure.name: figure for figure in report.summary.totals if isinstance(figure, Measure) and figure.where is None
    }


def measured_by_hand(measure: Measure, report: ReportType, rows: Sequence[Sequence[str]]) -> Decimal:
    if measure.how == "rows":
        return Decimal(len(rows))
    cells = [row[place_of(measure.column, report)] for row in rows]
    return sum(map(Decimal, cells), Decimal(0)) if measure.how == "sum" else Decimal(len({*cells} - {""}))


def ranked_by_hand(ranking: Ranking, report: ReportType, rows: Sequence[Sequence[str]]) -> list[list[str | Decimal]]:
    groups = defaultdict[tuple[str, ...], list[Sequence[str]]](list)
    for row in rows:
        groups[tuple(row[place_of(name, report)] or "(empty)" for name in ranking.by)].append(row)
    measures = plain_measures(report)
    return [
        [*key, *(measured_by_hand(measures[name], report, group) for name in ranking.measures if name in measures)]
        for key, group in groups.items()
    ]


def groups_of(shown: Table, ranking: Ranking, measures: Collection[str]) -> list[list[str | Decimal]]:
    """The rows of a ranking, shares left aside, in the order of their groups."""
    places = [shown.columns.index(name) for name in ranking.measures if name in measures]
    keys = len(ranking.by)
    return sorted([*map(str, row[:keys]), *(Decimal(str(row[place])) for place in places)] for row in shown.rows)
