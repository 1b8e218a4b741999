"""The groups of trends by weeks and by moments."""

from datetime import date

import pytest

from unique_analytics_mcp.analysis.calendar import cut, groups, once_more, side_by_side, uneven_hours
from unique_analytics_mcp.domain.measures import DayPart
from unique_analytics_mcp.domain.window import Window


def window(start: str, end: str, zone: str = "Europe/Zurich") -> Window:
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    return Window(start=first, end=last, time_zone=zone, label="asked", complete=True)


def test_weeks_are_named_by_their_mondays_also_where_the_window_cuts_them() -> None:
    assert groups("week", window("2026-10-01", "2026-10-12")) == ["2026-09-28", "2026-10-05", "2026-10-12"]


@pytest.mark.parametrize(
    ("start", "end", "weekdays"),
    [("2026-10-25", "2026-10-25", ["Sunday"]), ("2026-10-24", "2026-10-26", ["Saturday", "Sunday", "Monday"])],
    ids=["one day", "three days"],
)
def test_less_than_a_week_has_the_weekdays_of_its_days_one_after_the_other(
    start: str, end: str, weekdays: list[str]
) -> None:
    assert groups("weekday", window(start, end)) == weekdays


@pytest.mark.parametrize(
    ("end", "often"),
    [
        ("2026-10-06", []),
        ("2026-10-07", []),
        ("2026-10-08", ["Thursday"]),
        ("2026-10-14", []),
        ("2026-10-31", ["Thursday", "Friday", "Saturday"]),
    ],
)
def test_some_weekdays_come_once_more_in_a_window_that_is_not_whole_weeks(end: str, often: list[str]) -> None:
    assert once_more("weekday", window("2026-10-01", end)) == often


@pytest.mark.parametrize(
    ("start", "end", "zone", "uneven"),
    [
        pytest.param("2026-10-20", "2026-10-26", "Europe/Zurich", {"02:00": 60}, id="autumn"),
        pytest.param("2026-03-29", "2026-03-29", "Europe/Zurich", {"02:00": -60}, id="spring"),
        pytest.param("2026-01-01", "2026-12-31", "Europe/Zurich", {}, id="both"),
        pytest.param("2026-10-26", "2026-10-31", "Europe/Zurich", {}, id="neither"),
        pytest.param("2026-04-05", "2026-04-05", "Australia/Lord_Howe", {"01:00": 30}, id="half an hour"),
        pytest.param("2026-03-29", "2026-03-29", "Asia/Beirut", {"00:00": -60}, id="at midnight"),
    ],
)
def test_an_hour_that_clocks_repeat_or_leave_out_is_longer_or_shorter_than_others(
    start: str, end: str, zone: str, uneven: dict[str, int]
) -> None:
    assert uneven_hours("hour", window(start, end, zone)) == uneven


@pytest.mark.parametrize(
    ("day", "part", "count"),
    [("2026-10-25", "60 minutes", 25), ("2026-03-29", "60 minutes", 23), ("2026-10-26", "15 minutes", 96)],
    ids=["an hour comes twice", "an hour is left out", "quarters of an hour"],
)
def test_a_day_has_the_moments_its_clocks_show(day: str, part: DayPart, count: int) -> None:
    found = groups(part, window(day, day))
    assert len(found) == len(set(found)) == count


def test_a_moment_carries_its_zones_offset() -> None:
    assert groups("60 minutes", window("2026-10-25", "2026-10-25"))[2:4] == [
        "2026-10-25 02:00+02:00",
        "2026-10-25 02:00+01:00",
    ]
    assert groups("30 minutes", window("2026-10-26", "2026-10-26", "America/St_Johns"))[0] == "2026-10-26 00:00-02:30"


def test_moments_of_two_windows_stand_side_by_side_by_their_clocks() -> None:
    spring, before = window("2026-03-29", "2026-03-30"), window("2026-03-27", "2026-03-28")
    beside = side_by_side("60 minutes", spring, before)
    assert beside[1:4] == [
        ("2026-03-29 01:00+01:00", "2026-03-27 01:00+01:00"),
        (None, "2026-03-27 02:00+01:00"),
        ("2026-03-29 03:00+02:00", "2026-03-27 03:00+01:00"),
    ]
    assert beside[24] == ("2026-03-30 00:00+02:00", "2026-03-28 00:00+01:00")


@pytest.mark.parametrize("zone", ["Europe/Zurich", "Australia/Lord_Howe", "Asia/Beirut", "Pacific/Apia"])
def test_no_moment_is_lost_side_by_side(zone: str) -> None:
    now, before = window("2011-12-20", "2011-12-31", zone), window("2011-12-08", "2011-12-19", zone)
    shown, earlier = zip(*side_by_side("30 minutes", now, before), strict=True)
    assert sorted(each for each in shown if each) == sorted(groups("30 minutes", now))
    assert sorted(each for each in earlier if each) == sorted(groups("30 minutes", before))


@pytest.mark.parametrize(
    ("part", "start", "end", "expected"),
    [
        ("week", "2026-10-05", "2026-10-18", []),
        ("week", "2026-10-01", "2026-10-31", ["2026-09-28", "2026-10-26"]),
        ("week", "2026-10-06", "2026-10-07", ["2026-10-05"]),
        ("month", "2026-09-01", "2026-10-31", []),
        ("month", "2026-08-25", "2026-10-31", ["2026-08"]),
        ("month", "2026-10-05", "2026-10-31", ["2026-10"]),
        ("month", "2026-10-01", "2026-10-31", []),
        ("day", "2026-10-01", "2026-10-31", []),
    ],
)
def test_weeks_and_months_that_a_window_cuts_are_known(
    part: DayPart, start: str, end: str, expected: list[str]
) -> None:
    assert cut(part, window(start, end)) == expected
