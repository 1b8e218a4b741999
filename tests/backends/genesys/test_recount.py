"""Every figure of the aggregates against a plain addition over the organisation's raw conversations."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from contact_centre import (
    AGGREGATES,
    QUERY,
    ZONE,
    Event,
    centre,
    events_in,
    fetched,
    request,
    service_at,
    summed_up,
    window,
)
from inventing import invented_once
from unique_analytics_mcp.backends.genesys.simulator import GenesysTraits
from unique_analytics_mcp.backends.genesys.simulator_centre import Centre as SimulatedCentre
from unique_analytics_mcp.backends.genesys.simulator_tree import Conversation
from unique_analytics_mcp.domain.summary import Cell, Summary, Table

WEEK, AUTUMN, SPRING, MONTH = "2026-10-05..2026-10-11", "2026-10-25", "2026-03-28..2026-03-30", "2026-10"
"""The clocks change in all but the first."""


def average_s(found: Sequence[Event], name: str) -> str | None:
    """Milliseconds as seconds with one digit behind the point, half up."""
    values = [Decimal(str(event.value)) for event in found if event.name == name]
    if not values:
        return None
    tenths = (sum(values, Decimal(0)) / len(values) / 100).quantize(Decimal(1), ROUND_HALF_UP)
    return format((tenths / 10).normalize(), "f")


def count(found: Sequence[Event], name: str) -> int:
    return sum(event.name == name for event in found)


def percent(of: float, per: int) -> str | None:
    """With one digit behind the point, half up."""
    if not per:
        return None
    tenths = (Decimal(str(of)) * 1_000 / per).quantize(Decimal(1), ROUND_HALF_UP)
    return format((tenths / 10).normalize(), "f")


def figures(found: Sequence[Event]) -> dict[str, Cell]:
    in_time = [event.value for event in found if event.name == "oServiceLevel"]
    return {
        "n_offered": count(found, "nOffered"),
        "handled": count(found, "tHandle"),
        "average_handle_s": average_s(found, "tHandle"),
        "service_level_percent": percent(sum(in_time), len(in_time)),
        "abandon_rate_percent": percent(count(found, "tAbandon"), count(found, "nOffered")),
    }


def table_of(summary: Summary, name: str) -> Table:
    return next(table for table in summary.tables if table.name == name)


def by_group(table: Table, key: str) -> dict[str, dict[str, Cell]]:
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    return {str(row[key]): {name: row[name] for name in figures([]) if name in row} for row in rows}


def grouped(
    found: Sequence[Event], of: Callable[[Event], str], names: Collection[str] = figures([]).keys()
) -> dict[str, dict[str, Cell]]:
    groups = defaultdict[str, list[Event]](list)
    for event in found:
        groups[of(event) or "(empty)"].append(event)
    return {group: {name: figures(each)[name] for name in names} for group, each in groups.items()}


@pytest.mark.parametrize(
    ("period", "granularity"),
    [
        (WEEK, "P1D"),
        pytest.param(WEEK, "P1W", marks=pytest.mark.thorough),
        (AUTUMN, "PT30M"),
        pytest.param(AUTUMN, "PT1H", marks=pytest.mark.thorough),
        pytest.param(AUTUMN, "P1D", marks=pytest.mark.thorough),
        (SPRING, "P1D"),
        pytest.param(SPRING, "PT15M", marks=pytest.mark.thorough),
        pytest.param(MONTH, "P1W", marks=pytest.mark.thorough),
        (MONTH, "P1M"),
        pytest.param(MONTH, "PT1H", marks=pytest.mark.thorough),
        pytest.param(MONTH, "P1D", marks=pytest.mark.thorough),
    ],
)
async def test_totals_are_those_of_the_raw_conversations_whatever_the_bucket(
    period: str, granularity: str, tmp_path: Path
) -> None:
    async with centre() as home, service_at(home, tmp_path) as service:
        summary = await summed_up(service, AGGREGATES, period, granularity=granularity)
        raw = await events_in(home.platform, period)
    totals = {total.name: total.value for total in summary.totals}
    expected = {
        **figures(raw),
        "n_connected": count(raw, "nConnected"),
        "n_transferred": count(raw, "nTransferred"),
        "answered": count(raw, "tAnswered"),
        "abandoned": count(raw, "tAbandon"),
        "average_talk_s": average_s(raw, "tTalkComplete"),
        "average_hold_s": average_s(raw, "tHeldComplete"),
        "average_acw_s": average_s(raw, "tAcw"),
        "average_speed_of_answer_s": average_s(raw, "tAnswered"),
        "average_abandon_s": average_s(raw, "tAbandon"),
    }
    assert {name: totals[name] for name in expected} == expected
    assert count(raw, "tHandle") > 0


def moment_of(event: Event, minutes: int) -> str:
    """When the bucket of so many minutes began that the event is in."""
    start = event.at - timedelta(minutes=event.at.minute % minutes)
    return start.astimezone(ZoneInfo(ZONE)).isoformat(" ", "minutes")


@pytest.mark.parametrize(("period", "hours"), [(AUTUMN, 25), (SPRING, 71)])
@pytest.mark.parametrize(
    ("granularity", "minutes", "trend", "by"),
    [
        ("PT1H", 60, "hourly", "hour"),
        pytest.param("PT30M", 30, "half_hours", "half_hour", marks=pytest.mark.thorough),
        pytest.param("PT15M", 15, "quarters_of_an_hour", "quarter_of_an_hour", marks=pytest.mark.thorough),
    ],
)
async def test_each_moment_holds_what_happened_in_it_also_when_the_clocks_change(
    period: str, hours: int, granularity: str, minutes: int, trend: str, by: str, tmp_path: Path
) -> None:
    async with centre() as home, service_at(home, tmp_path) as service:
        summary = await summed_up(service, AGGREGATES, period, granularity=granularity)
        happened = grouped(await events_in(home.platform, period), lambda event: moment_of(event, minutes))
    rows = by_group(table_of(summary, trend), by)
    assert rows == {moment: happened.get(moment, figures([])) for moment in rows}
    assert happened.keys() <= rows.keys()
    assert len(rows) == hours * 60 // minutes


@pytest.mark.parametrize(
    ("period", "granularity", "minutes", "called"),
    [
        ("2026-10-19..2026-10-25", "PT1H", 60, "hour"),
        ("2026-10-19..2026-10-25", "PT15M", 15, "quarter of an hour"),
        (WEEK, "PT30M", 30, "half hour"),
        (WEEK, "PT15M", 15, ""),
    ],
    ids=["hour", "quarter of an hour", "half hour", "several are equally busy"],
)
async def test_the_busiest_moment_is_told_as_its_row_may_find_no_room(
    period: str, granularity: str, minutes: int, called: str, tmp_path: Path
) -> None:
    async with centre() as home, service_at(home, tmp_path) as service:
        summary = await summed_up(service, AGGREGATES, period, granularity=granularity)
        raw = await events_in(home.platform, period)
    offered = Counter(moment_of(event, minutes) for event in raw if event.name == "nOffered")
    (first, most), (_, next_most) = offered.most_common(2)
    assert bool(called) is (most > next_most)
    said = f"The busiest {called} began at {first}: {most} were offered." if called else ""
    assert summary.headline.partition("The busiest")[1:] == said.partition("The busiest")[1:]


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def first_of_month(day: date) -> date:
    return day.replace(day=1)


@pytest.mark.parametrize(
    ("granularity", "unit"), [("P1W", monday), ("P1M", first_of_month)], ids=["from Monday on", "of 30 and 31 days"]
)
async def test_weeks_and_months_are_the_calendars_as_far_as_the_window_goes(
    granularity: str, unit: Callable[[date], date]
) -> None:
    first, last = date(2026, 9, 15), date(2026, 11, 10)
    async with centre() as home:
        found = await fetched(
            home.client(), request(AGGREGATES, window(str(first), str(last)), granularity=granularity)
        )
        raw = await events_in(home.platform, f"{first}..{last}")
    handled = Counter(
        max(unit(event.at.astimezone(ZoneInfo(ZONE)).date()), first) for event in raw if event.name == "tHandle"
    )
    starts = sorted(handled)
    edges = [datetime.combine(day, time(), ZoneInfo(ZONE)) for day in (*starts, last + timedelta(days=1))]
    told = [(row["intervalStart"], row["intervalEnd"], int(row["tHandle.count"])) for row in found.rows]
    assert [(datetime.fromisoformat(start), datetime.fromisoformat(end), count) for start, end, count in told] == [
        (*between, handled[day]) for day, between in zip(starts, pairwise(edges), strict=True)
    ]


@pytest.mark.parametrize(
    ("group", "table", "key", "of"),
    [
        ("queue", "queues", "queue_id", attrgetter("queue")),
        ("user", "users", "user_id", attrgetter("user")),
        pytest.param("media_type", "media_types", "media_type", attrgetter("media_type"), marks=pytest.mark.thorough),
        pytest.param("direction", "directions", "direction", attrgetter("direction"), marks=pytest.mark.thorough),
        ("wrap_up_code", "wrap_up_codes", "wrap_up_code", attrgetter("wrap_up_code")),
    ],
    ids=["queue", "user", "media type", "direction", "wrap-up code"],
)
@pytest.mark.parametrize("granularity", ["P1D", pytest.param("P1M", marks=pytest.mark.thorough)])
async def test_each_group_holds_what_its_conversations_add_up_to(
    group: str, table: str, key: str, of: Callable[[Event], str], granularity: str, tmp_path: Path
) -> None:
    async with centre() as home, service_at(home, tmp_path) as service:
        summary = await summed_up(service, AGGREGATES, MONTH, granularity=granularity, group_by=group)
        found = table_of(summary, table)
        happened = grouped(await events_in(home.platform, MONTH), of, figures([]).keys() & found.columns)
    rows = by_group(found, key)
    assert {name: row for name, row in rows.items() if any(row.values())} == {
        name: row for name, row in happened.items() if any(row.values())
    }


async def test_who_transfers_how_often_stands_beside_what_they_handled(tmp_path: Path) -> None:
    async with centre() as home, service_at(home, tmp_path) as service:
        found = table_of(await summed_up(service, AGGREGATES, MONTH, group_by="user"), "users")
        raw = await events_in(home.platform, MONTH)
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    told = {str(row["user_id"]): row["n_transferred"] for row in rows if row["n_transferred"]}
    assert told == Counter(event.user for event in raw if event.name == "nTransferred")
    assert told


@pytest.mark.parametrize(
    ("options", "table"),
    [
        ({"group_by": "user"}, "users"),
        ({"group_by": "queue,wrap_up_code"}, "queues_and_wrap_up_codes"),
        ({"wrap_up_code": "Beschwerde"}, "daily"),
    ],
    ids=["agents", "codes of queues", "what one code is chosen by"],
)
async def test_what_only_queues_have_is_not_said_of_agents_and_codes(
    options: Mapping[str, str], table: str, tmp_path: Path
) -> None:
    async with centre() as home, service_at(home, tmp_path) as service:
        summary = await summed_up(service, AGGREGATES, WEEK, **options)
    said = set(table_of(summary, table).columns)
    assert {"handled", "average_handle_s"} <= said
    assert said.isdisjoint({"n_offered", "abandoned", "service_level_percent", "abandon_rate_percent"})
    in_all = {total.name for total in summary.totals}
    assert ("service_level_percent" in in_all) == ("group_by" in options)
    assert ("service level" in summary.headline) == ("group_by" in options)


async def test_of_callbacks_nobody_is_said_to_have_been_answered_or_to_have_given_up(tmp_path: Path) -> None:
    async with centre() as home, service_at(home, tmp_path) as service:
        summary = await summed_up(service, AGGREGATES, WEEK, media_type="callback", group_by="queue")
    totals = {total.name: total.value for total in summary.totals}
    unknown = {"answered", "abandoned", "service_level_percent", "abandon_rate_percent", "average_speed_of_answer_s"}
    assert totals["n_offered"]
    assert unknown.isdisjoint(totals)
    assert all(unknown.isdisjoint(table.columns) for table in summary.tables)
    assert "given up" not in summary.headline


async def test_a_rate_of_zero_beside_callbacks_is_said_to_mean_nothing(tmp_path: Path) -> None:
    async with centre() as home, service_at(home, tmp_path) as service:
        summary = await summed_up(service, AGGREGATES, WEEK, group_by="media_type")
    rates = {row[0]: row[-1] for row in table_of(summary, "media_types").rows}
    assert rates["callback"] == "0"
    assert any("Callbacks have no answers" in caveat for caveat in summary.caveats)


def _with_another_code(one: Conversation, code: str) -> Conversation:
    """The conversation where each agent who chose a code chose another one, too."""
    legs = tuple(
        leg._replace(
            sessions=tuple(
                session._replace(
                    segments=(
                        *session.segments,
                        *(each._replace(wrap_up_code=code) for each in session.segments if each.wrap_up_code),
                    )
                )
                for session in leg.sessions
            )
        )
        for leg in one.participants
    )
    return one._replace(participants=legs)


async def test_a_leg_with_two_codes_is_counted_once_for_both_together(tmp_path: Path) -> None:
    def invent(made: SimulatedCentre, day: date) -> tuple[Conversation, ...]:
        return tuple(_with_another_code(one, made.wrap_up_codes[0].identity) for one in invented_once(made, day))

    async with centre(invent=invent) as home, service_at(home, tmp_path) as service:
        apart = await summed_up(service, AGGREGATES, WEEK, group_by="wrap_up_code")
        whole = await summed_up(service, AGGREGATES, WEEK)
        [first, second, *_] = home.platform.centre.wrap_up_codes
    assert [total for total in apart.totals if total.name == "handled"] == [
        total for total in whole.totals if total.name == "handled"
    ]
    named = {tuple(row[:2]) for row in table_of(apart, "wrap_up_codes").rows}
    assert (f"{second.name};{first.name}", f"{second.identity};{first.identity}") in named


async def test_an_answer_that_is_too_large_is_asked_in_halves_and_adds_up_to_the_same(tmp_path: Path) -> None:
    async with centre() as home, service_at(home, tmp_path / "one") as service:
        whole = await summed_up(service, AGGREGATES, WEEK, granularity="P1D", group_by="queue,user")
    async with centre(GenesysTraits(aggregate_rows=20)) as home, service_at(home, tmp_path / "two") as service:
        halves = await summed_up(service, AGGREGATES, WEEK, granularity="P1D", group_by="queue,user")
        assert len(home.asked(QUERY)) > 2
    assert whole.totals == halves.totals
    assert whole.tables == halves.tables


async def test_a_bucket_asked_in_parts_is_added_up_but_for_different_conversations(tmp_path: Path) -> None:
    async with centre() as home, service_at(home, tmp_path / "one") as service:
        whole = await summed_up(service, AGGREGATES, MONTH, granularity="P1M", group_by="queue,media_type")
    async with centre(GenesysTraits(aggregate_rows=14)) as home, service_at(home, tmp_path / "two") as service:
        parts = await summed_up(service, AGGREGATES, MONTH, granularity="P1M", group_by="queue,media_type")
    conversations = {"n_conversations"}
    assert [each for each in parts.totals if each.name not in conversations] == [
        each for each in whole.totals if each.name not in conversations
    ]
    assert any("nConversations is left empty" in caveat for caveat in parts.caveats)
    assert parts.tables == whole.tables


@pytest.mark.parametrize("most_rows", [14, 8], ids=["in two parts", "in more"])
async def test_every_cell_of_a_bucket_asked_in_parts_is_that_of_the_whole(most_rows: int) -> None:
    asked = request(AGGREGATES, window("2026-10-01", "2026-11-01"), granularity="P1M", group_by="queue,media_type")
    async with centre() as home:
        whole = await fetched(home.client(), asked)
    async with centre(GenesysTraits(aggregate_rows=most_rows)) as home:
        parts = await fetched(home.client(), asked)
    conversations = "nConversations.count"
    assert [row | {conversations: ""} for row in parts.rows] == [row | {conversations: ""} for row in whole.rows]
    told = [(row[conversations], exact[conversations]) for row, exact in zip(parts.rows, whole.rows, strict=True)]
    assert [pair for pair in told if pair[0] not in ("", pair[1])] == []
    assert any("nConversations is left empty" in said for said in parts.said)
