"""Aggregates of the pretend contact centre against a plain count over its raw conversations."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from organisation import AGGREGATES, NOW, OCTOBER, WEEK, caller_at, organisation
from unique_analytics_mcp.backends.genesys.simulator import GenesysPlatform, GenesysTraits
from unique_analytics_mcp.backends.genesys.simulator_periods import Interval
from unique_analytics_mcp.backends.genesys.simulator_tree import Metric, Participant, Session

TIMERS = ("tHandle", "tTalkComplete", "tHeldComplete", "tAcw", "tAcd", "tAnswered", "tAbandon", "tDialing")
COUNTERS = ("nOffered", "nConnected", "nTransferred", "nOverSla", "nOutbound")
ZURICH = {"timeZone": "Europe/Zurich"}
PLATFORM = organisation()


def emitted(platform: GenesysPlatform, interval: str) -> Iterator[tuple[Participant, Session, Metric]]:
    """Every raw metric that became known within the interval."""
    window = Interval.parse(interval)
    for conversation in platform.archive.active_in(window):
        for participant, session in conversation.sessions():
            for metric in session.metrics:
                if window.start_ms <= metric.emitted_ms < window.end_ms:
                    yield participant, session, metric


def queue_of(session: Session) -> str | None:
    return next((segment.queue_id for segment in session.segments if segment.queue_id), None)


def rows(results: list[Any], metric: str) -> dict[tuple[str, ...], Any]:
    """The stats of one metric by the values of its group and the start of its bucket."""
    return {
        (*result["group"].values(), bucket["interval"].split("/")[0]): found["stats"]
        for result in results
        for bucket in result["data"]
        for found in bucket["metrics"]
        if found["metric"] == metric
    }


async def test_every_metric_is_the_plain_count_of_the_raw_conversations() -> None:
    async with caller_at(PLATFORM) as caller:
        [total] = await caller.aggregates(WEEK, *TIMERS, *COUNTERS)
    values = defaultdict[str, list[int]](list)
    for _, _, metric in emitted(PLATFORM, WEEK):
        values[metric.name].append(metric.value)

    [bucket] = total["data"]
    assert (total["group"], bucket["interval"]) == ({}, WEEK)
    assert {found["metric"]: found["stats"] for found in bucket["metrics"]} == {
        **{name: {"count": sum(values[name])} for name in COUNTERS},
        **{
            name: {
                "count": len(values[name]),
                "sum": float(sum(values[name])),
                "min": float(min(values[name])),
                "max": float(max(values[name])),
            }
            for name in TIMERS
        },
    }


async def test_times_are_milliseconds_written_as_floats_and_metrics_come_by_their_names() -> None:
    async with caller_at(PLATFORM) as caller:
        [total] = await caller.aggregates(WEEK, "tHandle", "nOffered", "tAcw")
    metrics = total["data"][0]["metrics"]
    assert [found["metric"] for found in metrics] == ["nOffered", "tAcw", "tHandle"]
    assert isinstance(metrics[2]["stats"]["sum"], float)
    assert isinstance(metrics[2]["stats"]["count"], int)


def code_of(_: Participant, session: Session) -> str | None:
    return next((segment.wrap_up_code for segment in session.segments if segment.wrap_up_code), None)


DIMENSIONS: dict[str, Callable[[Participant, Session], str | None]] = {
    "queueId": lambda _, session: queue_of(session),
    "userId": lambda participant, _: participant.user_id,
    "mediaType": lambda _, session: session.media_type,
    "direction": lambda _, session: session.direction,
    "purpose": lambda participant, _: participant.purpose,
    "teamId": lambda participant, _: participant.team_id,
    "wrapUpCode": code_of,
}


@pytest.mark.parametrize(("dimension", "value_of"), DIMENSIONS.items(), ids=DIMENSIONS)
async def test_groups_of_one_dimension_part_the_whole(
    dimension: str, value_of: Callable[[Participant, Session], str | None]
) -> None:
    async with caller_at(PLATFORM) as caller:
        results = await caller.aggregates(WEEK, "tHandle", groupBy=[dimension])
    expected = Counter[str | None]()
    for participant, session, metric in emitted(PLATFORM, WEEK):
        if metric.name == "tHandle":
            expected[value_of(participant, session)] += metric.value
    found = {one["group"].get(dimension): one["data"][0]["metrics"][0]["stats"]["sum"] for one in results}
    assert found == expected


async def test_several_dimensions_make_one_group_for_each_combination() -> None:
    async with caller_at(PLATFORM) as caller:
        results = await caller.aggregates(WEEK, "nOffered", groupBy=["queueId", "mediaType"])
    expected = Counter(
        (queue_of(session), session.media_type)
        for _, session, metric in emitted(PLATFORM, WEEK)
        if metric.name == "nOffered"
    )
    assert {(*one["group"].values(),): one["data"][0]["metrics"][0]["stats"]["count"] for one in results} == expected


async def test_a_conversation_is_counted_once_in_all_and_once_in_each_of_its_queues() -> None:
    async with caller_at(PLATFORM) as caller:
        [total] = await caller.aggregates(WEEK, "nConversations")
        by_queue = rows(await caller.aggregates(WEEK, "nConversations", groupBy=["queueId"]), "nConversations")
    begun = list(PLATFORM.archive.started_in(Interval.parse(WEEK)))
    assert total["data"][0]["metrics"][0]["stats"] == {"count": len(begun)}
    expected = Counter(
        queue for found in begun for queue in {queue_of(session) for _, session in found.sessions()} - {None}
    )
    assert {queue: stats["count"] for (queue, *when), stats in by_queue.items() if when} == expected
    assert sum(expected.values()) > len(begun) * 0.8


async def test_a_value_of_several_divisions_counts_in_each_or_flattened_as_one() -> None:
    async with caller_at(PLATFORM) as caller:
        apart = await caller.aggregates(WEEK, "nOffered", groupBy=["divisionId"])
        flat = await caller.aggregates(WEEK, "nOffered", groupBy=["divisionId"], flattenMultivaluedDimensions=True)
    [total] = [sum(metric.name == "nOffered" for _, _, metric in emitted(PLATFORM, WEEK))]
    counts = [sum(one["data"][0]["metrics"][0]["stats"]["count"] for one in results) for results in (apart, flat)]
    assert counts[0] > counts[1] == total
    assert any("," in one["group"]["divisionId"] for one in flat)


async def test_hours_are_half_open_sparse_and_add_up_to_the_whole() -> None:
    async with caller_at(PLATFORM) as caller:
        [hourly] = await caller.aggregates(WEEK, "nOffered", "tHandle", granularity="PT1H")
        [whole] = await caller.aggregates(WEEK, "nOffered", "tHandle")
    assert 24 < len(hourly["data"]) < 7 * 24
    assert all(bucket["metrics"] for bucket in hourly["data"])
    assert any(len(bucket["metrics"]) == 1 for bucket in hourly["data"])
    for place, metric in enumerate(whole["data"][0]["metrics"]):
        of_hours = [found["stats"] for bucket in hourly["data"] for found in bucket["metrics"]]
        of_hours = [stats for stats in of_hours if ("sum" in stats) is (place == 1)]
        assert sum(stats["count"] for stats in of_hours) == metric["stats"]["count"]


@pytest.mark.parametrize(
    ("interval", "night", "hours"),
    [
        (OCTOBER, "2026-10-24T22:00:00.000Z/2026-10-25T23:00:00.000Z", 25),
        (
            "2026-02-28T23:00:00Z/2026-03-31T22:00:00Z",
            "2026-03-28T23:00:00.000Z/2026-03-29T22:00:00.000Z",
            23,
        ),
    ],
    ids=["end of summer time", "beginning of summer time"],
)
async def test_a_day_follows_the_clocks_of_its_time_zone(interval: str, night: str, hours: int) -> None:
    async with caller_at(PLATFORM) as caller:
        [daily] = await caller.aggregates(interval, "nConversations", granularity="P1D", **ZURICH)
    buckets = [bucket["interval"] for bucket in daily["data"]]
    assert night in buckets
    lengths = Counter((window := Interval.parse(bucket)).length.total_seconds() / 3_600 for bucket in buckets)
    assert (lengths[hours], window.end.tzinfo) == (1, UTC)
    assert set(lengths) == {24, hours}


@pytest.mark.parametrize(
    ("granularity", "starts"),
    [
        ("P1W", ["2026-10-01", "2026-10-08"]),
        ("P1M", ["2026-10-01"]),
        ("PT12H", ["2026-10-01", "2026-10-01", "2026-10-02"]),
    ],
)
async def test_buckets_begin_with_the_interval(granularity: str, starts: list[str]) -> None:
    async with caller_at(PLATFORM) as caller:
        interval = "2026-10-01T00:00:00Z/2026-10-13T00:00:00Z"
        [found] = await caller.aggregates(interval, "nConversations", granularity=granularity)
    assert [bucket["interval"][:10] for bucket in found["data"]][: len(starts)] == starts


async def test_what_is_handled_in_the_next_hour_is_counted_there() -> None:
    async with caller_at(PLATFORM) as caller:
        [hourly] = await caller.aggregates(WEEK, "tAnswered", "tHandle", granularity="PT30M")
    names = [{found["metric"] for found in bucket["metrics"]} for bucket in hourly["data"]]
    assert {"tHandle"} in names
    assert {"tAnswered"} in names


async def test_service_level_is_the_part_that_was_answered_in_time() -> None:
    [queue] = [queue for queue in PLATFORM.centre.queues if queue.name == "Support DE"]
    only = {"type": "and", "predicates": [{"dimension": "queueId", "value": queue.identity}]}
    async with caller_at(PLATFORM) as caller:
        [found] = await caller.aggregates(WEEK, "oServiceLevel", "tAnswered", "tAbandon", "tShortAbandon", filter=only)
    waits = [
        (metric.name, metric.value <= queue.answer_within_ms)
        for _, session, metric in emitted(PLATFORM, WEEK)
        if queue_of(session) == queue.identity and metric.name in {"tAnswered", "tAbandon", "tShortAbandon"}
    ]
    in_time, names = sum(name == "tAnswered" and quick for name, quick in waits), Counter(name for name, _ in waits)
    counted = names["tAnswered"] + names["tAbandon"] - names["tShortAbandon"]
    assert found["data"][0]["metrics"][0]["stats"] == {
        "ratio": in_time / counted,
        "numerator": float(in_time),
        "denominator": float(counted),
        "target": 0.8,
    }


def predicate(dimension: str, value: str) -> dict[str, str]:
    return {"type": "dimension", "dimension": dimension, "operator": "matches", "value": value}


FILTERS = {
    "one value": ({"type": "and", "predicates": [predicate("mediaType", "email")]}, {"email"}),
    "either value": (
        {
            "type": "and",
            "clauses": [
                {"type": "or", "predicates": [predicate("mediaType", "email"), predicate("mediaType", "chat")]},
                {"type": "or", "predicates": [predicate("direction", "inbound")]},
            ],
        },
        {"email", "chat"},
    ),
    "no value": (
        {"type": "and", "predicates": [{"dimension": "messageType", "operator": "exists"}]},
        {"message"},
    ),
    "impossible": ({"type": "and", "predicates": [predicate("mediaType", "fax")]}, set()),
}


@pytest.mark.parametrize(("wanted", "media"), FILTERS.values(), ids=FILTERS)
async def test_a_filter_lets_only_its_sessions_through(wanted: object, media: set[str]) -> None:
    async with caller_at(PLATFORM) as caller:
        results = await caller.aggregates(WEEK, "nOffered", filter=wanted, groupBy=["mediaType"])
    assert {result["group"]["mediaType"] for result in results} == media


async def test_a_view_counts_the_values_within_a_band() -> None:
    band = {"target": "tAcd", "name": "patient", "function": "rangeBound", "range": {"gte": 20_000, "lt": 60_000}}
    async with caller_at(PLATFORM) as caller:
        [found] = await caller.aggregates(WEEK, "tAcd", views=[band])
    waited = [metric.value for _, _, metric in emitted(PLATFORM, WEEK) if metric.name == "tAcd"]
    assert found["data"][0]["views"] == [
        {"name": "patient", "stats": {"count": sum(20_000 <= value < 60_000 for value in waited)}}
    ]


async def test_nothing_happened_is_an_empty_list() -> None:
    async with caller_at(PLATFORM) as caller:
        assert await caller.aggregates("2020-01-01T00:00:00Z/2020-02-01T00:00:00Z", "nOffered") == []


async def test_nothing_is_known_of_the_future() -> None:
    async with caller_at(organisation(now=datetime(2026, 10, 7, 10, tzinfo=UTC))) as caller:
        [daily] = await caller.aggregates(WEEK, "nOffered", granularity="P1D")
    assert [bucket["interval"][:10] for bucket in daily["data"]] == ["2026-10-05", "2026-10-06", "2026-10-07"]


REFUSED = {
    "no metrics": ({"interval": WEEK}, "bad.request", "metrics"),
    "empty metrics": ({"interval": WEEK, "metrics": []}, "bad.request", "metrics"),
    "no interval": ({"metrics": ["tHandle"]}, "bad.request", "interval"),
    "interval of one moment": ({"interval": "2026-10-01", "metrics": ["tHandle"]}, "invalid.date", "interval"),
    "reversed interval": (
        {"interval": "2026-10-02T00:00Z/2026-10-01T00:00Z", "metrics": ["tHandle"]},
        "invalid.date",
        "before",
    ),
    "unknown metric": ({"interval": WEEK, "metrics": ["count"]}, "bad.request", "count"),
    "unknown dimension": ({"interval": WEEK, "metrics": ["tHandle"], "groupBy": ["time"]}, "bad.request", "time"),
    "period that is none": (
        {"interval": WEEK, "metrics": ["tHandle"], "granularity": "PT1D"},
        "bad.request",
        "granularity",
    ),
    "empty period": ({"interval": WEEK, "metrics": ["tHandle"], "granularity": "PT0H"}, "bad.request", "granularity"),
    **{
        f"period of {period}": (
            {"interval": WEEK, "metrics": ["tHandle"], "granularity": period},
            "bad.request",
            "gran",
        )
        for period in ("P100000M", "P99999999D", "PT99999999H")
    },
    **{
        f"interval of {year}": (
            {"interval": f"{year}-12-30T00:00:00Z/{year}-12-31T23:59:59Z", "metrics": ["tHandle"]},
            "invalid.date",
            "years",
        )
        for year in ("0001", "9999")
    },
    "unknown zone": ({"interval": WEEK, "metrics": ["tHandle"], "timeZone": "Mars/Phobos"}, "bad.request", "zone"),
    "unknown operator": (
        {
            "interval": WEEK,
            "metrics": ["tHandle"],
            "filter": {"type": "and", "predicates": [{"dimension": "queueId", "operator": "eq", "value": "q"}]},
        },
        "bad.request",
        "operator",
    ),
    "filter of an unknown dimension": (
        {"interval": WEEK, "metrics": ["tHandle"], "filter": {"type": "and", "predicates": [predicate("queue", "q")]}},
        "bad.request",
        "queue",
    ),
    "predicate without a value": (
        {"interval": WEEK, "metrics": ["tHandle"], "filter": {"type": "or", "predicates": [{"dimension": "queueId"}]}},
        "bad.request",
        "value",
    ),
}


@pytest.mark.parametrize(("body", "code", "says"), REFUSED.values(), ids=REFUSED)
async def test_a_question_that_cannot_be_is_refused_with_its_field(body: object, code: str, says: str) -> None:
    async with caller_at(PLATFORM) as caller:
        answer = await caller.http.post(AGGREGATES, json=body)
    error = answer.json()
    assert (answer.status_code, error["status"], error["code"]) == (400, 400, code)
    assert says in error["message"]
    assert answer.headers["inin-correlation-id"] == error["contextId"]


async def test_unknown_and_empty_fields_are_ignored() -> None:
    async with caller_at(PLATFORM) as caller:
        assert await caller.aggregates(WEEK, "nOffered", surprise=1, filter=None, groupBy=None)


async def test_an_answer_of_too_many_rows_is_refused() -> None:
    async with caller_at(organisation(traits=GenesysTraits(aggregate_rows=10))) as caller:
        answer = await caller.http.post(
            AGGREGATES, json={"interval": WEEK, "metrics": ["nOffered"], "granularity": "PT1H"}
        )
    assert (answer.status_code, answer.json()["message"]) == (
        400,
        "Result set is larger than result limit of 10 results",
    )


def test_the_clock_of_these_tests_is_after_their_days() -> None:
    assert Interval.parse(OCTOBER).end < NOW
