"""The raw conversations of the pretend contact centre: what follows from the seed, and every awkward shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from unique_analytics_mcp.backends.genesys.simulator_centre import TIMEOUT_CODE, build_centre
from unique_analytics_mcp.backends.genesys.simulator_scenes import LONGEST, conversations_of
from unique_analytics_mcp.backends.genesys.simulator_tree import (
    Conversation,
    Metric,
    Segment,
    Session,
    conversation_json,
    milliseconds,
    moment_of,
    seen_at,
)
from unique_analytics_mcp.simulator.calendar import LAUNCH, ZURICH, days_between

CENTRE = build_centre(seed=7, users=100)
TUESDAY = date(2026, 10, 13)
TWO_WEEKS = [
    conversation
    for day in days_between(date(2026, 10, 5), date(2026, 10, 18))
    for conversation in conversations_of(CENTRE, day)
]


def sessions(conversation: Conversation, purpose: str) -> list[Session]:
    return [session for participant, session in conversation.sessions() if participant.purpose == purpose]


def total(session: Session, *names: str) -> int:
    return sum(metric.value for metric in session.metrics if metric.name in names)


def has(conversation: Conversation, *names: str) -> bool:
    return any(total(session, *names) for _, session in conversation.sessions())


def segments(conversation: Conversation) -> list[Segment]:
    return [segment for _, session in conversation.sessions() for segment in session.segments]


def test_a_day_follows_from_the_seed_and_the_date() -> None:
    assert conversations_of(CENTRE, TUESDAY) == conversations_of(build_centre(7, 100), TUESDAY)
    assert conversations_of(CENTRE, TUESDAY) != conversations_of(build_centre(8, 100), TUESDAY)


def test_no_two_conversations_share_an_id_or_begin_at_once() -> None:
    assert len({conversation.conversation_id for conversation in TWO_WEEKS}) == len(TWO_WEEKS)
    starts = [conversation.start_ms for conversation in TWO_WEEKS]
    assert starts == sorted(set(starts))


def test_working_days_are_busy_and_sundays_are_not() -> None:
    by_weekday = Counter(moment_of(found.start_ms).astimezone(ZURICH).weekday() for found in TWO_WEEKS)
    assert by_weekday[0] > by_weekday[5] > by_weekday[6] > 0
    assert conversations_of(CENTRE, LAUNCH.replace(day=14)) == ()


def test_mornings_are_busier_than_nights() -> None:
    by_hour = Counter(moment_of(found.start_ms).astimezone(ZURICH).hour for found in TWO_WEEKS)
    assert sum(by_hour[hour] for hour in (9, 10)) > 10 * sum(by_hour[hour] for hour in (2, 3))


def test_no_conversation_outlasts_the_longest() -> None:
    assert all((found.end_ms or 0) - found.start_ms < LONGEST.total_seconds() * 1000 for found in TWO_WEEKS)


SHAPES: dict[str, Callable[[Conversation], bool]] = {
    "transfer between two agents": lambda found: has(found, "nTransferred") and len(sessions(found, "agent")) == 2,
    "two queues": lambda found: len({segment.queue_id for segment in segments(found)} - {None}) > 1,
    "two divisions": lambda found: len(found.division_ids) > 1,
    "two media": lambda found: {"voice", "callback"} <= {session.media_type for _, session in found.sessions()},
    "many holds": lambda found: sum(segment.type == "hold" for segment in segments(found)) > 10,
    "unanswered agent leg": lambda found: has(found, "tNotResponding"),
    "handled leg without talk": lambda found: any(
        total(leg, "tHandle") and not total(leg, "tTalk", "tDialing") for leg in sessions(found, "agent")
    ),
    "abandoned in queue": lambda found: has(found, "tAbandon") and not sessions(found, "agent"),
    "abandoned at once": lambda found: has(found, "tShortAbandon"),
    "flown out of a queue": lambda found: has(found, "tFlowOut") and not has(found, "tAbandon"),
    "never in a queue": lambda found: not sessions(found, "acd") and not sessions(found, "agent"),
    "built-in wrap-up word": lambda found: any(segment.wrap_up_code == TIMEOUT_CODE for segment in segments(found)),
    "no wrap-up segment": lambda found: any(
        total(leg, "tTalk") and all(segment.type != "wrapup" for segment in leg.segments)
        for leg in sessions(found, "agent")
    ),
    "wrap-up without a code": lambda found: any(
        segment.type == "wrapup" and segment.wrap_up_code is None for segment in segments(found)
    ),
    "outbound without a queue": lambda found: (
        found.originating_direction == "outbound" and all(segment.queue_id is None for segment in segments(found))
    ),
    "outbound that nobody answered": lambda found: has(found, "tDialing") and not has(found, "nConnected"),
    "over midnight": lambda found: (
        moment_of(found.start_ms).astimezone(ZURICH).date() < moment_of(found.end_ms or 0).astimezone(ZURICH).date()
    ),
    "name that is a formula": lambda found: (found.participants[0].name or "").startswith("="),
}


@pytest.mark.parametrize("is_one", SHAPES.values(), ids=SHAPES)
def test_two_weeks_have_every_awkward_shape(is_one: Callable[[Conversation], bool]) -> None:
    assert any(map(is_one, TWO_WEEKS))


def test_handle_time_is_talk_hold_after_call_work_and_what_an_outbound_call_takes_to_connect() -> None:
    for found in TWO_WEEKS:
        for leg in sessions(found, "agent"):
            parts = ("tTalkComplete", "tHeldComplete", "tAcw", "tDialing", "tContacting")
            assert total(leg, "tHandle") == total(leg, *parts)
            assert total(leg, "tTalk") == total(leg, "tTalkComplete")
            assert total(leg, "tHeld") == total(leg, "tHeldComplete")


def test_each_hold_is_a_segment_and_a_metric() -> None:
    for found in TWO_WEEKS:
        for leg in (leg for leg in sessions(found, "agent") if leg.metrics):
            held = [metric for metric in leg.metrics if metric.name == "tHeld"]
            assert len(held) == sum(segment.type == "hold" for segment in leg.segments)


def test_a_callback_is_neither_answered_nor_abandoned_in_the_numbers() -> None:
    callbacks = [leg for found in TWO_WEEKS for _, leg in found.sessions() if leg.media_type == "callback"]
    assert callbacks
    assert not any(total(leg, "tAnswered", "tAbandon", "oServiceLevel", "nOverSla") for leg in callbacks)


def test_whoever_is_answered_waited_as_long_as_the_queue_says() -> None:
    answered = [leg for found in TWO_WEEKS for leg in sessions(found, "agent") if total(leg, "tAnswered")]
    waits = {total(leg, "tAcd") for found in TWO_WEEKS for leg in sessions(found, "acd")}
    assert {total(leg, "tAnswered") for leg in answered} <= waits


def test_whoever_gives_up_a_call_is_abandoned_however_soon_and_late_is_who_waited_beyond_the_service_level() -> None:
    allowed = {queue.identity: queue.answer_within_ms for queue in CENTRE.queues}
    waits = [leg for found in TWO_WEEKS for leg in sessions(found, "acd") if leg.media_type == "voice"]
    given_up = [leg for leg in waits if leg.segments[0].disconnect_type == "peer"]
    assert given_up
    assert given_up == [leg for leg in waits if total(leg, "tAbandon") == total(leg, "tAcd")]
    for leg in waits:
        is_late = total(leg, "tAcd") > allowed[leg.segments[0].queue_id or ""]
        assert bool(total(leg, "nOverSla")) == (is_late and not total(leg, "tFlowOut"))


def test_nobody_rings_before_the_call_has_reached_the_queue() -> None:
    for found in TWO_WEEKS:
        entered = [leg.segments[0].start_ms for leg in sessions(found, "acd")]
        alerts = [segment.start_ms for segment in segments(found) if segment.type == "alert"]
        assert all(any(start_ms <= alert_ms for start_ms in entered) for alert_ms in alerts)


def test_a_conversation_seen_while_it_runs_lacks_what_is_still_to_come() -> None:
    whole = next(found for found in TWO_WEEKS if has(found, "tHeldComplete") and found.end_ms)
    last = max(segment.start_ms for segment in segments(whole))
    seen = seen_at(whole, last + 1)
    assert seen is not None
    running = conversation_json(seen, caller_purpose="external", with_attributes=False)
    assert "conversationEnd" not in running
    assert any(segment.end_ms is None for segment in segments(seen))
    assert all(metric.emitted_ms <= last + 1 for _, leg in seen.sessions() for metric in leg.metrics)
    assert (seen_at(whole, whole.start_ms), seen_at(whole, whole.end_ms or 0)) == (None, whole)


def test_what_is_not_known_is_absent_and_never_null() -> None:
    def nothing_is_null(part: object) -> bool:
        if isinstance(part, dict):
            return all(value is not None and nothing_is_null(value) for value in part.values())
        return not isinstance(part, list) or all(map(nothing_is_null, part))

    written = [conversation_json(found, caller_purpose="customer", with_attributes=True) for found in TWO_WEEKS]
    assert nothing_is_null(written)


def test_a_leg_is_written_as_the_reference_has_it() -> None:
    start_ms = milliseconds(datetime(2026, 10, 5, 7, 0, 0, 250_000, UTC))
    leg = Session("s-1", "voice", "inbound", (Segment("interact", start_ms, None),), (Metric("tTalk", 9, start_ms),))
    written = conversation_json(
        Conversation(
            "c-1", start_ms, None, "inbound", ("d-1",), (TWO_WEEKS[0].participants[0]._replace(sessions=(leg,)),)
        ),
        caller_purpose="external",
        with_attributes=False,
    )
    [participant] = written["participants"]  # pyright: ignore[reportGeneralTypeIssues] - JSON
    assert (written["conversationStart"], participant["purpose"], "attributes" in participant) == (
        "2026-10-05T07:00:00.250Z",
        "external",
        False,
    )
    assert participant["sessions"] == [
        {
            "sessionId": "s-1",
            "mediaType": "voice",
            "direction": "inbound",
            "provider": "Edge",
            "metrics": [{"name": "tTalk", "value": 9, "emitDate": "2026-10-05T07:00:00.250Z"}],
            "segments": [{"segmentType": "interact", "segmentStart": "2026-10-05T07:00:00.250Z", "conference": False}],
        }
    ]
