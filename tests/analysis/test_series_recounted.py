"""People active per day, week and month equal a second computation, alone and in two windows side by side."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.computing import (
    OCTOBER,
    SEPTEMBER,
    compared,
    csv_of,
    percent,
    rounded,
    rows_named,
    summed_up,
    total_named,
)
from recount import rows_of
from simulated import simulated_csv
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.domain.window import Window

ACTIVE = UNIQUE_REPORTS["ACTIVE_USER"]
HEADERS = ["Period", "Date", "Value"]
DAY = timedelta(days=1)

# A second implementation, in plain Python over the raw CSV

WORDS = {
    "day": "day",
    "DAY": "day",
    "Daily": "day",
    "week": "week",
    "WAU": "week",
    "month": "month",
    "Monthly": "month",
}
NAMED = {"day": "{}", "workday": "{}", "week": "7 days ending {}", "month": "month dated {}"}
SATURDAY = 5

Reading = tuple[date, int]


def readings_of(content: bytes) -> dict[str, list[Reading]]:
    """By cadence, in the order they are shown; of one date the largest last."""
    found: dict[str, list[Reading]] = {"day": [], "week": [], "month": []}
    for row in rows_of(content):
        if row["Date"] and row["Value"]:
            name = WORDS.get(row["Period"], row["Period"] or "(empty)")
            day = datetime.strptime(row["Date"], "%d.%m.%Y").date()  # noqa: DTZ007 - a day has no zone
            found.setdefault(name, []).append((day, int(row["Value"])))
    known = {name: sorted(found.pop(name, [])) for name in NAMED}
    known["workday"] = [reading for reading in known["day"] if reading[0].weekday() < SATURDAY]
    # An empty cell stands behind every word.
    others = sorted(found.items(), key=lambda item: (item[0] == "(empty)", item[0].encode()))
    return {name: readings for name, readings in (*known.items(), *((n, sorted(r)) for n, r in others)) if readings}


def apart(*sides: dict[str, list[Reading]]) -> list[dict[str, list[Reading]]]:
    """Workdays are shown where an average one is another than an average day, of one window at least."""
    if all(not side.get("workday") or average(side["workday"]) == average(side["day"]) for side in sides):
        return [{name: readings for name, readings in side.items() if name != "workday"} for side in sides]
    return list(sides)


def average(readings: Sequence[Reading]) -> Fraction:
    return Fraction(sum(value for _, value in readings), len(readings))


def peak(readings: Sequence[Reading]) -> Reading:
    most = max(value for _, value in readings)
    return next((day, value) for day, value in readings if value == most)


def latest(readings: Sequence[Reading]) -> Reading:
    return readings[-1]


def first(readings: Sequence[Reading]) -> Reading:
    """Of several values of the first date the largest."""
    return max((reading for reading in readings if reading[0] == readings[0][0]), key=lambda reading: reading[1])


def whole(name: str, readings: Sequence[Reading], at: date, window: Window) -> bool:
    """Whether the reading of that date has all of its days; only the first and the latest may lack some."""
    dates = [day for day, _ in readings]
    before = [day for day in dates if day < dates[-1]]
    begins = {"week": dates[0] - 6 * DAY >= window.start, "month": window.start.day == 1}.get(name, True)
    ends = {
        "week": dates[-1] <= window.end and (not before or dates[-1] - before[-1] >= 7 * DAY),
        "month": (window.end + DAY).day == 1 and window.start <= window.end.replace(day=1),
    }.get(name, True)
    return (at != dates[0] or begins) and (at != dates[-1] or ends)


def average_of_whole(name: str, readings: Sequence[Reading], window: Window) -> Fraction | None:
    kept = [reading for reading in readings if whole(name, readings, reading[0], window)]
    return average(kept) if kept else None


def overview(content: bytes, window: Window = OCTOBER) -> list[list[Any]]:
    rows = list[list[Any]]()
    (found,) = apart(readings_of(content))
    for name, readings in found.items():
        (top_day, top), (last_day, last), (first_day, begun) = peak(readings), latest(readings), first(readings)
        is_whole = all(whole(name, readings, day, window) for day in (first_day, last_day))
        is_alike = name not in ("day", "workday") or first_day.weekday() == last_day.weekday()
        develops = len(readings) > 1 and is_whole and is_alike
        changed = [last - begun, percent(last - begun, begun)] if develops else [None, None]
        mean = average_of_whole(name, readings, window)
        dated = [NAMED.get(name, "{}").format(day) for day in (top_day, last_day, first_day)]
        rows.append(
            [
                name,
                None if mean is None else rounded(mean),
                *(top, dated[0], last, dated[1], begun, dated[2]),
                *changed,
                len(readings),
            ]
        )
    return rows


def side_by_side(now: bytes, before: bytes) -> list[list[Any]]:
    sides = apart(readings_of(now), readings_of(before))
    rows = list[list[Any]]()
    for name in dict.fromkeys([*sides[0], *sides[1]]):
        both = [side.get(name) for side in sides]
        for figure, of in (("latest", latest), ("average", None), ("peak", peak)):
            values = [
                None if side is None else of(side)[1] if of else average_of_whole(name, side, window)
                for side, window in zip(both, (OCTOBER, SEPTEMBER), strict=True)
            ]
            days = [NAMED.get(name, "{}").format(of(side)[0]) if of and side else None for side in both]
            changed: list[Any] = [None, None]
            if values[0] is not None and values[1] is not None and comparable(name, figure, *both):
                difference = values[0] - values[1]
                changed = [difference if of else rounded(Fraction(difference)), percent(difference, values[1])]
            shown = [rounded(value) if isinstance(value, Fraction) else value for value in values]
            rows.append([name, figure, *shown, *changed, *days])
    return rows


def comparable(name: str, figure: str, *both: Sequence[Reading] | None) -> bool:
    sides = [(side, window) for side, window in zip(both, (OCTOBER, SEPTEMBER), strict=True) if side]
    if name not in NAMED:
        return True
    if name in ("day", "workday"):
        return figure != "latest" or len({side[-1][0].weekday() for side, _ in sides}) == 1
    return all(whole(name, side, day, window) for side, window in sides for day in rests_on(figure, side))


def rests_on(figure: str, side: Sequence[Reading]) -> list[date]:
    match figure:
        case "latest":
            return [side[-1][0]]
        case "peak":
            return [peak(side)[0]]
        case _:
            return []


# On the simulated platform


def test_the_simulated_report_equals_a_second_computation() -> None:
    content = simulated_csv("ACTIVE_USER")
    found, readings = summed_up(content, ACTIVE), readings_of(content)
    assert rows_named(found, "periods") == overview(content)
    for table, name in (("daily", "day"), ("weekly", "week"), ("monthly", "month")):
        assert rows_named(found, table) == [[f"{day}", value] for day, value in readings[name]]
    assert total_named(found, "stickiness") == str(percent(average(readings["day"]), average(readings["month"])))
    assert all(str(sum(value for _, value in side)) not in found.headline for side in readings.values() if side[1:])


def test_the_simulated_comparison_equals_a_second_computation() -> None:
    before = simulated_csv("ACTIVE_USER", SEPTEMBER.start, SEPTEMBER.end)
    now = simulated_csv("ACTIVE_USER")
    found = compared(now, before, ACTIVE)
    assert [table.name for table in found.tables] == ["totals", "periods"]
    assert rows_named(found, "periods") == side_by_side(now, before)
    assert found.tables[1].columns == [
        *("period", "figure", "value", "before", "change", "change_percent", "date", "date_before")
    ]
    assert [row[4] is None for row in rows_named(found, "periods") if row[1] == "average"] == [False] * 4
    assert found.headline.startswith("People in an average workday ")
    assert " and people in an average week " in found.headline


# On random rows

ROWS = st.lists(
    st.tuples(
        st.sampled_from([*WORDS, "fortnight", "", 'Ä "quoted"']),
        st.dates(OCTOBER.start - 9 * DAY, OCTOBER.end + 2 * DAY).map(lambda day: f"{day:%d.%m.%Y}") | st.just(""),
        st.integers(0, 30).map(str) | st.integers(0, 2**40).map(str) | st.just(""),
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=8, deadline=None)
@given(rows=ROWS)
def test_readings_in_any_order_and_words_equal_a_second_computation(rows: list[tuple[str, str, str]]) -> None:
    content = csv_of(HEADERS, rows)
    found, readings = summed_up(content, ACTIVE), readings_of(content)
    assert rows_named(found, "periods") == overview(content)
    for table, name in (("daily", "day"), ("weekly", "week"), ("monthly", "month")):
        if name in readings:
            assert rows_named(found, table) == [[f"{day}", value] for day, value in readings[name]]
    others = {name: side for name, side in readings.items() if name not in NAMED}
    if others:
        expected = [[name, f"{day}", value] for name, side in others.items() for day, value in side]
        assert rows_named(found, "other_periods") == expected[:10]


@pytest.mark.thorough
@settings(max_examples=4, deadline=None)
@given(now=ROWS, before=ROWS)
def test_two_windows_side_by_side_equal_a_second_computation(
    now: list[tuple[str, str, str]], before: list[tuple[str, str, str]]
) -> None:
    contents = csv_of(HEADERS, now), csv_of(HEADERS, before)
    assert rows_named(compared(*contents, ACTIVE), "periods") == side_by_side(*contents)
