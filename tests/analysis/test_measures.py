"""The words of summary plans, computed: conditions, ratios, bounds of scores, and parts of moments in a zone."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.reading import column, report_type
from unique_analytics_mcp.analysis.amounts import amount
from unique_analytics_mcp.analysis.comparison import comparison
from unique_analytics_mcp.analysis.covered import Covered
from unique_analytics_mcp.analysis.figures import figures
from unique_analytics_mcp.analysis.intake import convert
from unique_analytics_mcp.domain.measures import (
    All,
    Between,
    Bound,
    DayPart,
    Figure,
    Grouping,
    Is,
    Measure,
    OlderThan,
    Ranking,
    Ratio,
    SummaryPlan,
    Trend,
)
from unique_analytics_mcp.domain.report import ColumnKind, ReportType
from unique_analytics_mcp.domain.summary import Cell, Figures
from unique_analytics_mcp.domain.window import Window, previous_window

ZURICH = "Europe/Zurich"
HEADERS = ["At", "Score", "Amount", "Kind", "Born"]
COLUMNS = (
    column("At", ColumnKind.TIMESTAMP),
    column("Score", ColumnKind.INTEGER),
    column("Amount", ColumnKind.DECIMAL),
    column("Kind", ColumnKind.TEXT),
    column("Born", ColumnKind.DATE),
)
ROWS = Measure(name="rows", how="rows")
GOOD = Measure(name="good", how="rows", where=Between("score", 9, 10))
BAD = Measure(name="bad", how="rows", where=Between("score", 0, 6))
AMOUNT = Measure(name="amount", how="sum", column="amount")


def window(start: str, end: str, zone: str = ZURICH) -> Window:
    return Window(
        start=date.fromisoformat(start), end=date.fromisoformat(end), time_zone=zone, label="asked", complete=True
    )


OCTOBER = window("2026-10-01", "2026-10-31")


def planned(
    *totals: Figure,
    parts: tuple[Measure, ...] = (),
    groupings: tuple[Grouping, ...] = (),
    rankings: tuple[Ranking, ...] = (),
    trends: tuple[Trend, ...] = (),
) -> ReportType:
    plan = SummaryPlan(totals=totals, parts=parts, groupings=groupings, rankings=rankings, trends=trends)
    return report_type(*COLUMNS, summary=plan)


def typed(folder: Path, rows: Iterable[Sequence[object]], report: ReportType, name: str = "report") -> Path:
    written = io.StringIO(newline="")
    csv.writer(written).writerows([HEADERS, *rows])
    source, target = folder / f"{name}.csv", folder / f"{name}.parquet"
    source.write_text(written.getvalue(), newline="")
    convert(source, target, report)
    return target


def computed(report: ReportType, *rows: Sequence[object], over: Window = OCTOBER) -> Figures:
    with TemporaryDirectory() as folder:
        return figures(Covered(window=over, parquet=[typed(Path(folder), rows, report)]), report, top=100)


def totals(found: Figures) -> dict[str, Cell]:
    return {total.name: total.value for total in found.totals}


def row(at: str = "", score: object = "", amount: object = "", kind: str = "", born: str = "") -> list[object]:
    return [at, score, amount, kind, born]


# Conditions


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        pytest.param(GOOD, 2, id="rows in a range, both ends included"),
        pytest.param(Measure(name="m", how="rows", where=Between("score", 0, 0)), 1, id="nothing is not empty"),
        pytest.param(Measure(name="m", how="sum", column="amount", where=Between("score", 9, 10)), "1.75", id="a sum"),
        pytest.param(
            Measure(name="m", how="sum", column="amount", where=Between("score", 3, 3)), "0", id="a sum of none"
        ),
        pytest.param(
            Measure(name="m", how="distinct", column="kind", where=Between("score", 0, 10)), 2, id="different"
        ),
        pytest.param(Measure(name="m", how="rows", where=Is("kind", "it's")), 2, id="a text with a quote in it"),
        pytest.param(Measure(name="m", how="rows", where=OlderThan("born", 30)), 1, id="before 30 days before the end"),
        pytest.param(
            Measure(name="m", how="rows", where=All((Between("score", 0, 10), Is("kind", "b")))), 1, id="both of two"
        ),
    ],
)
def test_a_measure_counts_only_the_rows_that_meet_its_condition(measure: Measure, expected: Cell) -> None:
    found = computed(
        planned(measure),
        row(score=9, amount="0.5", kind="it's", born="2026-10-01"),
        row(score=10, amount="1.25", kind="it's", born="2026-09-30"),
        row(score=0, amount="3", kind="b", born="x"),
        row(score="", amount="4", kind="c", born=""),
    )
    assert totals(found) == {measure.name: expected}


def test_a_measure_without_the_column_of_its_condition_is_left_out_with_its_ratios() -> None:
    ratio = Ratio(name="good_percent", of=("good",), per=("rows",), times=100)
    lacking = Measure(name="lacking", how="rows", where=Between("nowhere", 0, 1))
    spoiled = Ratio(name="spoiled", of=("lacking",), per=("rows",))
    found = computed(planned(ROWS, GOOD, ratio, lacking, spoiled), row(score=9))
    assert totals(found) == {"rows": 1, "good": 1, "good_percent": "100"}
    assert any("no figure for: lacking, spoiled" in caveat for caveat in found.caveats)


# Ratios and bounds


@pytest.mark.parametrize(
    ("ratio", "values", "expected"),
    [
        pytest.param(Ratio(name="r", of=("a",), per=("b",)), {"a": 1, "b": 8}, "0.1", id="rounded"),
        pytest.param(Ratio(name="r", of=("a",), per=("b",), decimals=3), {"a": 1, "b": 8}, "0.125", id="exact"),
        pytest.param(Ratio(name="r", of=("a",), per=("b",), decimals=2), {"a": 1, "b": 8}, "0.13", id="half goes up"),
        pytest.param(Ratio(name="r", of=("a",), per=("b",)), {"a": 3, "b": 0}, None, id="per nothing"),
        pytest.param(Ratio(name="r", of=("a", "b"), per=("b",), times=10), {"a": 1, "b": 2}, "15", id="several added"),
        pytest.param(Ratio(name="r", of=("a",), less=("b",), per=("b",)), {"a": 1, "b": 4}, "-0.7", id="below nothing"),
        pytest.param(Ratio(name="r", of=("a",), per=("a", "b")), {"a": 3, "b": -3}, None, id="parts that cancel out"),
        pytest.param(
            Ratio(name="r", of=("a",), per=("b",), times=Fraction(1, 1000)), {"a": 90_500, "b": 2}, "45.3", id="seconds"
        ),
        pytest.param(Ratio(name="r", of=("a",), per=("b",)), {"a": 1, "b": 21}, "0.048", id="less than a decimal"),
        pytest.param(Ratio(name="r", of=("a",), per=("b",)), {"a": 0, "b": 21}, "0", id="nothing"),
        pytest.param(Ratio(name="r", of=("a",), per=("b",)), {"a": -1, "b": 2_000}, "-0.0005", id="next to nothing"),
        pytest.param(Ratio(name="r", of=("a",), per=("b",)), {"a": 999, "b": 10**6}, "0.001", id="almost one place up"),
        pytest.param(
            Ratio(name="r", of=("a",), per=("b",), times=1000, decimals=6),
            {"a": Decimal("0.000001"), "b": 30_000}, "0.000000033", id="a price of almost nothing",
        ),
        pytest.param(
            Ratio(name="r", of=("a",), per=("b",), times=1000, decimals=6),
            {"a": Decimal("0.00018449999999999999"), "b": 3}, "0.0615", id="small decimals",
        ),
    ],
)  # fmt: skip
def test_a_ratio_is_rounded_once_from_exact_parts(
    ratio: Ratio, values: dict[str, int | Decimal], expected: str | None
) -> None:
    found = amount(ratio, values)
    assert found == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(
    ("good", "bad", "answers", "expected"),
    [
        pytest.param(0, 0, 0, (None, None), id="no answers"),
        pytest.param(1, 0, 1, (Decimal("-48.5"), Decimal("100.0")), id="one answer, whose score is not above them"),
        pytest.param(9, 0, 9, (Decimal("43.4"), Decimal("100.0")), id="no score is above 100"),
        pytest.param(50, 20, 100, (Decimal("14.1"), Decimal("44.2")), id="a hundred answers"),
    ],
)
def test_the_bounds_of_a_score_are_those_of_the_adjusted_wald_interval(
    good: int, bad: int, answers: int, expected: tuple[Decimal | None, Decimal | None]
) -> None:
    values = {"good": good, "bad": bad, "rows": answers}
    low, high = (Bound(name=end, end=end, of="good", less="bad", per="rows") for end in ("low", "high"))
    assert (amount(low, values), amount(high, values)) == expected


def test_a_ratio_of_few_is_said_to_rest_on_little() -> None:
    ratio = Ratio(name="good_percent", of=("good",), per=("rows",), times=100, few=3)
    few, enough = (computed(planned(ROWS, GOOD, ratio), *[row(score=9)] * count) for count in (2, 3))
    assert any(caveat.startswith("good_percent rests on few rows (2)") for caveat in few.caveats)
    assert not any("rests on" in caveat for caveat in enough.caveats)


def test_parts_of_ratios_need_not_be_shown() -> None:
    ratio = Ratio(name="good_percent", of=("good",), per=("rows",), times=100)
    assert totals(computed(planned(ratio, parts=(ROWS, GOOD)), row(score=9), row(score=1))) == {"good_percent": "50"}


def test_a_ranking_and_a_trend_show_ratios_and_nothing_where_there_is_none() -> None:
    ratio = Ratio(name="per_row", of=("amount",), per=("good",))
    report = planned(
        ROWS, GOOD, AMOUNT, ratio,
        groupings=(Grouping(name="day", column="at", part="day"),),
        rankings=(Ranking(name="kinds", by=("kind",), measures=("rows", "per_row")),),
        trends=(Trend(name="daily", by="day", measures=("rows", "per_row")),),
    )  # fmt: skip
    over = window("2026-10-05", "2026-10-06")
    found = computed(
        report,
        row("2026-10-05T08:00:00Z", 9, "1.5", "a"),
        row("2026-10-05T08:00:00Z", 1, "1", "a"),
        row("2026-10-05T08:00:00Z", 1, "1", "b"),
        over=over,
    )
    assert [(each.columns, each.rows) for each in found.tables] == [
        (["kind", "rows", "share_percent", "per_row"], [["a", 2, 66.7, "2.5"], ["b", 1, 33.3, None]]),
        (["day", "rows", "per_row"], [["2026-10-05", 3, "3.5"], ["2026-10-06", 0, None]]),
    ]


# Parts of moments

GROUPINGS = (
    Grouping(name="day", column="at", part="day"),
    Grouping(name="month", column="at", part="month"),
    Grouping(name="hour", column="at", part="hour"),
    Grouping(name="weekday", column="at", part="weekday"),
)
CLOCKS = planned(
    ROWS,
    groupings=GROUPINGS,
    trends=tuple(Trend(name=f"by_{each.name}", by=each.name, measures=("rows",)) for each in GROUPINGS),
)
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def moments_by_hand(moments: Iterable[datetime], over: Window) -> dict[str, list[list[object]]]:
    """The four tables in plain Python."""
    local = [moment.astimezone(ZoneInfo(over.time_zone)) for moment in moments]
    inside = [moment for moment in local if over.start <= moment.date() <= over.end]
    days = [over.start + timedelta(days=passed) for passed in range(over.days)]
    labels = {
        "by_day": (map(str, days), Counter(str(moment.date()) for moment in inside)),
        "by_month": (sorted({f"{day:%Y-%m}" for day in days}), Counter(f"{moment:%Y-%m}" for moment in inside)),
        "by_hour": ([f"{hour:02}:00" for hour in range(24)], Counter(f"{moment.hour:02}:00" for moment in inside)),
        "by_weekday": (
            WEEKDAYS if len(days) >= len(WEEKDAYS) else [WEEKDAYS[day.weekday()] for day in days],
            Counter(WEEKDAYS[moment.weekday()] for moment in inside),
        ),
    }
    return {name: [[group, counts[group]] for group in groups] for name, (groups, counts) in labels.items()}


def steps_by_hand(moments: Iterable[datetime], over: Window) -> dict[str, list[list[object]]]:
    """Weeks from Monday, and moments that lie so many minutes apart from the window's first midnight on."""
    zone = ZoneInfo(over.time_zone)
    first, after = (
        datetime.combine(day, datetime.min.time(), zone).astimezone(UTC)
        for day in (over.start, over.end + timedelta(days=1))
    )
    inside = [moment for moment in moments if first <= moment < after]
    local = [moment.astimezone(zone).date() for moment in inside]
    weeks = Counter(str(day - timedelta(days=day.weekday())) for day in local)
    found: dict[str, list[list[object]]] = {"by_week": [[week, weeks[week]] for week in sorted(weeks)]}
    for minutes in (15, 30, 60):
        step = timedelta(minutes=minutes)
        counts = Counter((moment - first) // step for moment in inside)
        starts = [(first + place * step).astimezone(zone) for place in range(-((first - after) // step))]
        found[f"by_{minutes} minutes"] = [
            [at.isoformat(" ", "minutes"), counts[place]] for place, at in enumerate(starts)
        ]
    return found


WINDOWS = (
    window("2026-10-24", "2026-10-26"),
    window("2026-03-28", "2026-03-30"),
    window("2026-09-30", "2026-10-01", "America/New_York"),
    window("2018-11-03", "2018-11-05", "America/Sao_Paulo"),
    window("2026-10-01", "2026-10-02", "Asia/Kathmandu"),
    window("2026-10-01", "2026-10-02", "Asia/Kolkata"),
    window("2026-10-03", "2026-10-05", "Australia/Adelaide"),
    window("2026-04-04", "2026-04-06", "Australia/Adelaide"),
    window("2026-10-03", "2026-10-05", "Australia/Lord_Howe"),
    window("2026-04-04", "2026-04-06", "Australia/Lord_Howe"),
)
"""Around the changes of clocks, by half an hour in one zone; several zones are not whole hours from UTC."""


def every_quarter(over: Window) -> list[datetime]:
    """One, two or three moments in each quarter of an hour, from a day before the window to a day behind it."""
    start = datetime.combine(over.start, datetime.min.time(), UTC) - timedelta(days=1)
    quarters = range((over.days + 2) * 24 * 4)
    return [start + timedelta(minutes=15 * passed) for passed in quarters for _ in range(1 + passed % 3)]


def written(moments: Iterable[datetime]) -> Iterable[list[object]]:
    return (row(f"{moment:%Y-%m-%dT%H:%M:%SZ}") for moment in moments)


@settings(max_examples=10, deadline=None)
@given(over=st.sampled_from(WINDOWS), data=st.data())
def test_days_months_hours_and_weekdays_are_those_of_the_windows_zone(over: Window, data: st.DataObject) -> None:
    start = datetime.combine(over.start, datetime.min.time(), UTC) - timedelta(days=1)
    minutes = data.draw(st.lists(st.integers(0, (over.days + 2) * 24 * 60), min_size=1, max_size=20))
    moments = [start + timedelta(minutes=passed) for passed in minutes]
    found = computed(CLOCKS, *written(moments), over=over)
    assert {each.name: each.rows for each in found.tables} == moments_by_hand(moments, over)


@pytest.mark.parametrize(
    "over",
    [
        pytest.param(over, id=f"{over.time_zone} {over.start}", marks=() if number % 3 == 0 else pytest.mark.thorough)
        for number, over in enumerate(WINDOWS)
    ],
)
def test_every_quarter_of_an_hour_counts_in_its_day_week_hour_and_moment(over: Window) -> None:
    parts: tuple[DayPart, ...] = ("week", "15 minutes", "30 minutes", "60 minutes")
    groupings = (*GROUPINGS, *(Grouping(name=part, column="at", part=part) for part in parts))
    trends = tuple(Trend(name=f"by_{each.name}", by=each.name, measures=("rows",)) for each in groupings)
    moments = every_quarter(over)
    found = computed(planned(ROWS, groupings=groupings, trends=trends), *written(moments), over=over)
    shown = {each.name: each.rows for each in found.tables}
    assert shown == moments_by_hand(moments, over) | steps_by_hand(moments, over)


def test_the_hour_that_comes_twice_when_summer_ends_is_one_hour_of_one_day() -> None:
    found = computed(
        CLOCKS,
        row("2026-10-24T21:59:59Z"),
        *(row(f"2026-10-25T0{hour}:30:00Z") for hour in (0, 1)),
        row("2026-10-25T22:59:59Z"),
        over=window("2026-10-25", "2026-10-25"),
    )
    tables = {each.name: [filled for filled in each.rows if filled[1]] for each in found.tables}
    assert tables == {
        "by_day": [["2026-10-25", 3]],
        "by_month": [["2026-10", 3]],
        "by_hour": [["02:00", 2], ["23:00", 1]],
        "by_weekday": [["Sunday", 3]],
    }
    assert (
        "1 row of a day outside the period, as days are in Europe/Zurich, is in the totals but not in by_day, "
        "by_month, by_hour, by_weekday: the platform's days may begin at another hour."
    ) in found.caveats


def test_weekdays_that_are_not_equally_many_are_named() -> None:
    said = "Thursday, Friday are in the window 2 times, other weekdays 1 time: compare by_weekday by averages."
    assert said in computed(CLOCKS, row("2026-10-01T06:00:00Z"), over=window("2026-10-01", "2026-10-09")).caveats
    assert said not in computed(CLOCKS, row("2026-10-01T06:00:00Z"), over=window("2026-10-01", "2026-10-14")).caveats


def test_moments_outside_the_window_are_ranked_by_the_clocks_of_their_own_season() -> None:
    report = planned(ROWS, groupings=GROUPINGS, rankings=(Ranking(name="hours", by=("hour",), measures=("rows",)),))
    summer, winter = row("2026-07-01T06:30:00Z"), row("2026-12-01T06:30:00Z")
    found = computed(report, summer, summer, winter, row("2026-10-24T22:00:00Z"), row("2026-10-25T23:00:00Z"), row())
    groups = [cells[:2] for cells in found.tables[0].rows]
    assert groups == [["00:00", 2], ["08:00", 2], ["07:00", 1], ["(empty)", 1]]


def test_a_ranking_may_be_by_a_part_of_a_day_and_a_column_named_like_it_does_no_harm() -> None:
    report = planned(
        ROWS,
        groupings=(Grouping(name="kind", column="born", part="weekday"),),
        rankings=(Ranking(name="birthdays", by=("kind",), measures=("rows",)),),
    )
    found = computed(report, row(born="2026-10-25", kind="x"), row(born="2026-10-18"), row(born="2026-10-17"))
    assert found.tables[0].rows == [["Sunday", 2, 66.7], ["Saturday", 1, 33.3]]


def test_a_list_of_chosen_rows_may_begin_with_the_fewest_and_has_no_shares() -> None:
    report = planned(
        ROWS, AMOUNT,
        rankings=(
            Ranking(
                name="low", by=("born", "kind"), measures=("amount",), where=Between("score", 0, 3), fewest_first=True
            ),
        ),
    )  # fmt: skip
    found = computed(
        report,
        row(score=1, amount=2, kind="a", born="2026-10-02"),
        row(score=3, amount=0, kind="b", born="2026-10-02"),
        row(score=0, amount=0, kind="c", born="2026-10-01"),
        row(score=4, amount=0, kind="d", born="2026-10-01"),
    )
    assert (found.tables[0].columns, found.tables[0].rows) == (
        ["born", "kind", "amount"],
        [["2026-10-01", "c", "0"], ["2026-10-02", "b", "0"], ["2026-10-02", "a", "2"]],
    )


def test_what_is_old_is_said_with_its_day() -> None:
    old = Measure(name="old", how="rows", where=All((OlderThan("born", 365), Between("score", 0, 1))))
    found = computed(planned(old), row(born="2025-10-30", score=1))
    assert totals(found) == {"old": 1}
    assert (
        "old counts rows with Born before 2025-10-31 (365 days before the last day of the window) and "
        "Score from 0 to 1."
    ) in found.caveats


# Two windows


def compared(report: ReportType, now: Sequence[Sequence[object]], before: Sequence[Sequence[object]]) -> Figures:
    week = window("2026-10-05", "2026-10-11")
    with TemporaryDirectory() as folder:
        files = [typed(Path(folder), rows, report, name) for name, rows in (("now", now), ("before", before))]
        pairs = zip((week, previous_window(week)), files, strict=True)
        now_side, before_side = (Covered(window=over, parquet=[file]) for over, file in pairs)
        return comparison(now_side, before_side, report, top=10)


PERCENT = Ratio(name="good_percent", of=("good",), per=("rows",), times=100)


@pytest.mark.parametrize(
    ("now", "before", "expected", "said"),
    [
        pytest.param([9, 1], [9, 1, 1, 1], ["50", "25", "25", None], "rose from 25 to 50 (+25)", id="more"),
        pytest.param([9], [9], ["100", "100", "0", None], "stayed at 100", id="the same"),
        pytest.param([9], [], ["100", None, None, None], "came to 100 after no value", id="nothing before"),
        pytest.param([], [1], [None, "0", None, None], "came to no value after 0", id="nothing now"),
    ],
)
def test_a_ratio_is_compared_by_its_difference(
    now: list[int], before: list[int], expected: list[Cell], said: str
) -> None:
    report = planned(PERCENT, parts=(ROWS, GOOD))
    found = compared(report, [row(score=score) for score in now], [row(score=score) for score in before])
    assert found.tables[0].rows == [["good_percent", *expected]]
    assert f"ood percent {said}, compared with the 7 days before" in found.headline


def test_hours_and_weekdays_are_compared_by_name_and_months_are_left_out_by_name() -> None:
    now = [row("2026-10-05T06:10:00Z"), row("2026-10-06T06:10:00Z")]
    found = compared(CLOCKS, now, [row("2026-09-28T06:10:00Z")])
    tables = {each.name: each for each in found.tables}
    assert "by_month" not in tables
    assert "Not compared, because it says something of one window alone: by_month." in found.caveats
    assert tables["by_hour"].columns == ["hour", "rows", "before", "change"]
    assert tables["by_hour"].rows[8] == ["08:00", 2, 1, 1]
    assert tables["by_weekday"].rows[:2] == [["Monday", 1, 1, 0], ["Tuesday", 1, 0, 1]]
    assert tables["by_day"].rows[:2] == [["2026-10-05", "2026-09-28", 1, 1, 0], ["2026-10-06", "2026-09-29", 1, 0, 1]]
