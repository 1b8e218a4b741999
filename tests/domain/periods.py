"""Moments, zones and periods that tests draw from, and short ways to write days and windows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from string import printable

from hypothesis import settings
from hypothesis import strategies as st

from unique_analytics_mcp.domain.period import PERIOD_WORDS, resolve_window
from unique_analytics_mcp.domain.window import Window

ZURICH = "Europe/Zurich"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)  # a Saturday
ONE_DAY = timedelta(days=1)
ZONES = (ZURICH, "UTC", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "Pacific/Apia")

brisk = settings(max_examples=50, deadline=None, database=None)

zones = st.sampled_from(ZONES)
moments = st.datetimes(datetime(2002, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - made aware
days = st.dates(date(2001, 1, 1), date(2099, 12, 31))
words = st.sampled_from(PERIOD_WORDS) | st.integers(1, 700).map(lambda count: f"last_{count}_days")
labels = (
    words
    | days.map(date.isoformat)
    | days.map(lambda day: f"{day:%Y-%m}")
    | days.map(lambda day: f"{day:%G-W%V}")
    | days.map(lambda day: f"{day:%Y}-Q{(day.month + 2) // 3}")
    | days.map(lambda day: f"{day:%Y}")
    | st.tuples(days, days).map(lambda pair: f"{min(pair)}..{max(pair)}")
)
near_misses = st.text("0123456789-.QWqw_ lastdyekmonthri", max_size=45)
odd_texts = st.text("\0\xa0²٣İ\u0131\u017féß\u202e\ud800😀" + printable)


def day(text: str) -> date:
    return date.fromisoformat(text)


def noon(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T12:00:00+00:00")


def window(start: str, end: str, *, label: str | None = None, complete: bool = True) -> Window:
    label = label or (start if start == end else f"{start}..{end}")
    return Window(start=day(start), end=day(end), time_zone=ZURICH, label=label, complete=complete)


def resolve(
    period: str | None = None,
    start_date: str | None = None,
    end_date: str | None = None,
    *,
    now: datetime = NOW,
    time_zone: str = ZURICH,
) -> Window:
    return resolve_window(period=period, start_date=start_date, end_date=end_date, now=now, time_zone=time_zone)


def each_day(covered: Window) -> list[date]:
    return [covered.start + timedelta(days=offset) for offset in range(covered.days)]
