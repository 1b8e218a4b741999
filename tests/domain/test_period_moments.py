"""What a period means at every moment and in every zone."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.periods import (
    NOW,
    ONE_DAY,
    ZURICH,
    brisk,
    day,
    days,
    each_day,
    labels,
    moments,
    noon,
    resolve,
    window,
    words,
    zones,
)
from unique_analytics_mcp.domain.period import DEFAULT_LABEL
from unique_analytics_mcp.domain.window import EARLIEST_DAY, today_in
from unique_analytics_mcp.errors import InvalidRequest


@pytest.mark.parametrize(
    ("moment", "zone", "expected"),
    [
        ("2026-03-28T22:59:59", ZURICH, "2026-03-28"),
        ("2026-03-28T23:00:00", ZURICH, "2026-03-29"),
        ("2026-03-29T21:59:59", ZURICH, "2026-03-29"),
        ("2026-03-29T22:00:00", ZURICH, "2026-03-30"),
        ("2026-10-24T21:59:59", ZURICH, "2026-10-24"),
        ("2026-10-24T22:00:00", ZURICH, "2026-10-25"),
        ("2026-10-25T22:59:59", ZURICH, "2026-10-25"),
        ("2026-10-25T23:00:00", ZURICH, "2026-10-26"),
        ("2026-03-08T04:59:59", "America/New_York", "2026-03-07"),
        ("2026-03-08T05:00:00", "America/New_York", "2026-03-08"),
        ("2026-03-09T04:00:00", "America/New_York", "2026-03-09"),
        ("2026-12-31T09:59:59", "Pacific/Kiritimati", "2026-12-31"),
        ("2026-12-31T10:00:00", "Pacific/Kiritimati", "2027-01-01"),
        ("2026-11-20T18:14:59", "Asia/Kathmandu", "2026-11-20"),
        ("2026-11-20T18:15:00", "Asia/Kathmandu", "2026-11-21"),
        ("2011-12-30T09:59:59", "Pacific/Apia", "2011-12-29"),
        ("2011-12-30T10:00:00", "Pacific/Apia", "2011-12-31"),
    ],
)
def test_today_changes_at_local_midnight(moment: str, zone: str, expected: str) -> None:
    now = datetime.fromisoformat(f"{moment}+00:00")
    assert today_in(now, zone) == day(expected)
    assert resolve("yesterday", now=now, time_zone=zone).end == day(expected) - ONE_DAY


def test_a_moment_without_a_zone_is_a_bug_of_the_caller() -> None:
    with pytest.raises(ValueError, match="now must carry a time zone"):
        today_in(datetime(2026, 11, 21), ZURICH)  # noqa: DTZ001 - the case


def test_an_unknown_zone_surfaces_as_it_is() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        today_in(NOW, "Europe/Atlantis")


def test_a_window_is_over_once_its_last_day_has_ended_in_its_zone() -> None:
    october = window("2026-10-01", "2026-10-31")
    assert not october.is_over(datetime.fromisoformat("2026-10-31T22:59:59+00:00"))
    assert october.is_over(datetime.fromisoformat("2026-10-31T23:00:00+00:00"))


@pytest.mark.parametrize(
    ("today", "period", "start", "end"),
    [
        ("2024-03-01", "yesterday", "2024-02-29", "2024-02-29"),
        ("2024-03-31", "last_month", "2024-02-01", "2024-02-29"),
        ("2023-03-31", "last_month", "2023-02-01", "2023-02-28"),
        ("2027-01-01", "yesterday", "2026-12-31", "2026-12-31"),
        ("2027-01-01", "last_month", "2026-12-01", "2026-12-31"),
        ("2027-01-01", "last_quarter", "2026-10-01", "2026-12-31"),
        ("2027-01-01", "last_year", "2026-01-01", "2026-12-31"),
        ("2027-01-01", "last_week", "2026-12-21", "2026-12-27"),
        ("2027-01-01", "this_week", "2026-12-28", "2027-01-01"),
        ("2027-01-01", "this_year", "2027-01-01", "2027-01-01"),
        ("2026-11-16", "this_week", "2026-11-16", "2026-11-16"),
        ("2026-11-22", "this_week", "2026-11-16", "2026-11-22"),
        ("2026-11-22", "2026-W47", "2026-11-16", "2026-11-22"),
        ("2026-12-31", "2026", "2026-01-01", "2026-12-31"),
        ("2026-03-31", "this_quarter", "2026-01-01", "2026-03-31"),
        ("2026-04-01", "last_quarter", "2026-01-01", "2026-03-31"),
        ("2021-01-04", "last_week", "2020-12-28", "2021-01-03"),
        ("2011-12-31", "last_2_days", "2011-12-29", "2011-12-30"),
        ("2000-01-08", "last_7_days", "2000-01-01", "2000-01-07"),
        ("9999-12-31", "9999-12", "9999-12-01", "9999-12-31"),
    ],
)
def test_a_period_at_the_edge_of_a_week_month_quarter_or_year_is_exact(
    today: str, period: str, start: str, end: str
) -> None:
    resolved = resolve(period, now=noon(today))
    assert (resolved.start, resolved.end) == (day(start), day(end))
    assert resolved.complete == (end < today)


@brisk
@given(now=moments, zone=zones, period=st.none() | words)
def test_every_word_resolves_at_every_moment(now: datetime, zone: str, period: str | None) -> None:
    resolved = resolve(period, now=now, time_zone=zone)
    today = today_in(now, zone)
    assert EARLIEST_DAY <= resolved.start <= resolved.end <= today
    assert resolved.days == len(each_day(resolved))
    assert resolved.complete == (resolved.end < today) == resolved.is_over(now)
    assert (resolved.time_zone, resolved.label) == (zone, period or DEFAULT_LABEL)


@brisk
@given(now=moments, zone=zones, count=st.integers(1, 700))
def test_last_n_days_are_n_days_and_end_yesterday(now: datetime, zone: str, count: int) -> None:
    resolved = resolve(f"last_{count}_days", now=now, time_zone=zone)
    assert (resolved.days, resolved.end) == (count, today_in(now, zone) - ONE_DAY)


@brisk
@given(inside=days)
def test_a_calendar_unit_is_exactly_the_days_that_share_its_name(inside: date) -> None:
    for form in ("%Y", "%Y-%m", "%G-W%V"):
        unit = resolve(inside.strftime(form), now=noon("2110-01-01"))
        assert unit.start <= inside <= unit.end
        assert {each.strftime(form) for each in each_day(unit)} == {unit.label}
        assert unit.label not in {(unit.start - ONE_DAY).strftime(form), (unit.end + ONE_DAY).strftime(form)}


@brisk
@given(year=st.integers(2001, 2099))
def test_the_four_quarters_are_the_year(year: int) -> None:
    quarters = [resolve(f"{year}-Q{number}", now=noon("2110-01-01")) for number in (1, 2, 3, 4)]
    assert [each for quarter in quarters for each in each_day(quarter)] == each_day(
        resolve(f"{year}", now=noon("2110-01-01"))
    )
    assert [quarter.start.month for quarter in quarters] == [1, 4, 7, 10]


@brisk
@given(now=moments, zone=zones)
def test_last_and_this_meet_without_a_gap(now: datetime, zone: str) -> None:
    for unit in ("week", "month", "quarter", "year"):
        last, this = (resolve(f"{which}_{unit}", now=now, time_zone=zone) for which in ("last", "this"))
        assert last.end + ONE_DAY == this.start


@brisk
@given(now=moments, zone=zones, period=labels)
def test_a_label_asks_for_the_same_window_again(now: datetime, zone: str, period: str) -> None:
    try:
        resolved = resolve(period, now=now, time_zone=zone)
    except InvalidRequest as refused:
        assert "in the future" in refused.message  # noqa: PT017 - a drawn date may lie after the drawn moment
        for offered in re.findall("period='(.+)'", refused.hint):
            assert resolve(offered, now=now, time_zone=zone).end == today_in(now, zone)
    else:
        assert resolve(resolved.label, now=now, time_zone=zone) == resolved


@brisk
@given(now=moments, zone=zones, start=days, length=st.integers(0, 400))
def test_dates_and_their_range_are_the_same_request(now: datetime, zone: str, start: date, length: int) -> None:
    end = min(start + timedelta(days=length), today_in(now, zone))
    start = min(start, end)
    given_dates = resolve(None, f"{start}", f"{end}", now=now, time_zone=zone)
    assert given_dates == resolve(f"{start}..{end}", now=now, time_zone=zone)
    assert (given_dates.start, given_dates.end) == (start, end)
