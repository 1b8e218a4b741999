"""A conversation's tree as rows, on trees written by hand from real samples (genesys-api.md 5.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from unique_analytics_mcp.backends.genesys.flatten import Conversation, agent_leg_rows, conversation_rows
from unique_analytics_mcp.backends.genesys.names import Names

NAMES = {
    "queue": Names(by_id={"q1": "Support", "q2": "Claims"}),
    "user": Names(by_id={"u1": "Ada Muster"}),
    "wrap_up_code": Names(by_id={"w1": "Solved"}),
}


def metrics(**values: int | Sequence[int]) -> list[dict[str, Any]]:
    return [
        {"name": name, "value": value, "emitDate": "2026-10-05T08:10:00.000Z"}
        for name, given in values.items()
        for value in ([given] if isinstance(given, int) else given)
    ]


def leg(purpose: str, *, media: str = "voice", who: Mapping[str, Any] | None = None, **rest: Any) -> dict[str, Any]:
    """A participant with one session."""
    return {"purpose": purpose, **(who or {}), "sessions": [{"sessionId": "s", "mediaType": media, **rest}]}


def conversation(*participants: Mapping[str, Any], running: bool = False, **rest: Any) -> Conversation:
    end = {} if running else {"conversationEnd": "2026-10-05T08:20:30.500Z"}
    start = {"conversationId": "c1", "conversationStart": "2026-10-05T08:00:00.000Z"}
    return Conversation({**start, **end, "originatingDirection": "inbound", **rest, "participants": [*participants]})


def row_of(one: Conversation) -> dict[str, str]:
    (row,) = conversation_rows(one, NAMES)
    return row


def some(row: Mapping[str, str], *names: str) -> list[str]:
    return [row[name] for name in names]


TIMES = ("handleTimeS", "talkTimeS", "holdTimeS", "holdCount", "acwTimeS")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(
            {"tTalk": [374_561], "tTalkComplete": 374_561, "tAcw": 544_176, "tHandle": 918_737},
            ["918.737", "374.561", "0", "0", "544.176"],
            id="a call without a hold",
        ),
        pytest.param(
            {
                "tTalk": [2_000_000, 104_189],
                "tHeld": [5_000_000, 798_969],
                "tTalkComplete": 2_104_189,
                "tHeldComplete": 5_798_969,
                "tAcw": 954,
                "tHandle": 7_904_112,
            },
            ["7904.112", "2104.189", "5798.969", "2", "0.954"],
            id="stretches are not added to their total",
        ),
        pytest.param({"tHandle": 2_500}, ["2.5", "0", "0", "0", "0"], id="handled without a word"),
        pytest.param(
            {"tNotResponding": 15_000}, ["", "", "", "", ""], id="a leg that only rang says nothing of handling"
        ),
    ],
)
def test_times_are_exact_seconds_and_zero_only_where_it_is_certain(
    values: Mapping[str, Any], expected: list[str]
) -> None:
    assert some(row_of(conversation(leg("agent", metrics=metrics(**values)))), *TIMES) == expected


def test_a_running_leg_is_the_sum_of_its_stretches_and_what_is_not_over_is_not_known() -> None:
    agent = leg("agent", metrics=metrics(tTalk=[1_000, 2_500]))
    row = row_of(conversation(agent, running=True))
    assert some(row, *TIMES) == ["", "3.5", "", "", ""]
    earlier = leg("agent", metrics=metrics(tTalkComplete=2_000, tHandle=4_000))
    assert some(row_of(conversation(earlier, agent, running=True)), *TIMES) == ["4", "5.5", "", "", ""]
    assert some(row, "ongoing", "conversationEnd", "durationS") == ["1", "", ""]


def test_a_transferred_conversation_is_one_row_or_one_for_each_leg() -> None:
    def agent(user: str, queue: str, code: str, handled: int) -> dict[str, Any]:
        segments = [
            {"segmentType": "interact", "queueId": queue, "segmentStart": "a", "segmentEnd": "b"},
            {"segmentType": "wrapup", "queueId": queue, "wrapUpCode": code, "segmentStart": "b", "segmentEnd": "c"},
        ]
        who = {"userId": user, "participantId": f"p-{user}"}
        counted = metrics(tHandle=handled, tAnswered=9, nTransferred=1)
        return leg("agent", who=who, direction="outbound", segments=segments, metrics=counted)

    one = conversation(agent("u1", "q1", "w1", 1_000), agent("u2", "q2", "ININ-WRAP-UP-TIMEOUT", 2_000))
    row = row_of(one)
    assert some(row, "queueIds", "queueNames", "queueCount") == ["q1;q2", "Support;Claims", "2"]
    assert some(row, "agentIds", "agentNames", "agentCount") == ["u1;u2", "Ada Muster;u2", "2"]
    assert row["wrapUpCodeNames"] == "Solved;ININ-WRAP-UP-TIMEOUT"
    assert some(row, "handleTimeS", "transferCount", "answered", "answerTimeS") == ["3", "2", "1", "0.009"]
    legs = list(agent_leg_rows(one, NAMES))
    assert [some(each, "userName", "queueName", "wrapUpCode", "handleTimeS", "handled") for each in legs] == [
        ["Ada Muster", "Support", "w1", "1", "1"],
        ["u2", "Claims", "ININ-WRAP-UP-TIMEOUT", "2", "1"],
    ]
    assert {name: value for name, value in legs[0].items() if value} == {
        "conversationId": "c1",
        "conversationStart": "2026-10-05T08:00:00.000Z",
        "conversationEnd": "2026-10-05T08:20:30.500Z",
        "originatingDirection": "inbound",
        "participantId": "p-u1",
        "sessionId": "s",
        "userId": "u1",
        "userName": "Ada Muster",
        "mediaType": "voice",
        "direction": "outbound",
        "queueId": "q1",
        "queueName": "Support",
        "wrapUpCode": "w1",
        "wrapUpCodeName": "Solved",
        "legStart": "a",
        "legEnd": "c",
        "handled": "1",
        "handleTimeS": "1",
        **dict.fromkeys(("talkTimeS", "holdTimeS", "holdCount", "acwTimeS"), "0"),
    }


def test_a_caller_who_gave_up_was_not_answered_and_has_no_agent() -> None:
    waiting = leg(
        "acd", segments=[{"segmentType": "interact", "queueId": "q1"}], metrics=metrics(tAbandon=49_000, tAcd=49_000)
    )
    caller = leg("customer", segments=[{"segmentType": "interact", "disconnectType": "peer"}])
    row = row_of(conversation(caller, waiting))
    assert some(row, "answered", "abandoned", "abandonTimeS", "queueWaitS") == ["0", "1", "49", "49"]
    assert some(row, "disconnectType", "queueNames", "agentCount") == ["peer", "Support", "0"]
    assert list(agent_leg_rows(conversation(caller, waiting), NAMES)) == []


@pytest.mark.parametrize(
    ("media", "direction", "answered"),
    [("voice", "inbound", "0"), ("voice", "outbound", "1"), ("callback", "inbound", "1")],
    ids=["inbound", "outbound", "callback"],
)
def test_talk_shows_an_answer_where_the_platform_counts_none(media: str, direction: str, answered: str) -> None:
    agent = leg("agent", media=media, metrics=metrics(tTalkComplete=1_000))
    assert row_of(conversation(agent, originatingDirection=direction))["answered"] == answered
    rang = leg("agent", media=media, metrics=metrics(tNotResponding=15_000))
    assert row_of(conversation(rang, originatingDirection=direction))["answered"] == "0"


@pytest.mark.parametrize("purpose", ["agent", "user"])
def test_who_takes_a_call_from_a_queue_or_directly_handled_it(purpose: str) -> None:
    direct = conversation(leg("external"), leg(purpose, who={"userId": "u1"}, metrics=metrics(tHandle=2_500)))
    assert some(row_of(direct), "agentNames", "agentCount", "handleTimeS") == ["Ada Muster", "1", "2.5"]
    assert [row["userName"] for row in agent_leg_rows(direct, NAMES)] == ["Ada Muster"]


@pytest.mark.parametrize(
    ("media", "expected"),
    [
        (["voice", "screenshare", "callback"], "voice;callback"),
        (["screenmonitoring"], "screenmonitoring"),
        ([], ""),
    ],
    ids=["screens are beside", "nothing but a screen", "none"],
)
def test_watching_a_screen_is_a_medium_only_alone(media: list[str], expected: str) -> None:
    row = row_of(conversation(*(leg("agent", media=each) for each in media)))
    assert some(row, "mediaTypes", "firstMediaType") == [expected, expected.partition(";")[0]]


def test_a_tree_with_nothing_in_it_is_a_row_of_what_is_known() -> None:
    row = row_of(Conversation({"conversationId": "c1", "conversationStart": "2026-10-05T08:00:00.000Z"}))
    assert {name: value for name, value in row.items() if value} == {
        "conversationId": "c1",
        "conversationStart": "2026-10-05T08:00:00.000Z",
        "ongoing": "1",
        "answered": "0",
        "abandoned": "0",
        "transferCount": "0",
        "agentCount": "0",
        "queueCount": "0",
    }
