"""A conversation's tree as flat rows: one for the conversation, or one for each leg of an agent.

Pure. The derivations are those of genesys-api.md 5.2 and 5.3 (read 2026-11-21): nothing of media, wrap-up or handling
stands on the conversation itself. `tTalk` and `tHeld` come once a stretch, `tTalkComplete` and `tHeldComplete` once a
session as their total, so one of the pair is used, never both. Empty means not known; 0 only where it is certain.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from itertools import chain
from typing import Final

from unique_analytics_mcp.backends.genesys import wire
from unique_analytics_mcp.backends.genesys.names import NO_NAMES, Kind, Names

Cells = dict[str, str]
"""By header."""

_AGENTS: Final = frozenset({"agent", "user"})
_CALLERS: Final = frozenset({"customer", "external"})
"""The caller's leg is the one or the other in archived and in live data."""
_SCREENS: Final = frozenset({"screenmonitoring", "screenshare"})


@dataclass(frozen=True)
class Session:
    """One leg, with the participant it belongs to."""

    node: wire.Node
    participant: wire.Node

    @property
    def purpose(self) -> str:
        """What the participant is: `agent`, `acd`, `customer` and others."""
        return wire.text(self.participant.get("purpose"))

    @property
    def media_type(self) -> str:
        """Voice, chat and others."""
        return wire.text(self.node.get("mediaType"))

    @cached_property
    def segments(self) -> Sequence[wire.Node]:
        """Its stretches, in order."""
        return wire.mappings(self.node.get("segments"))

    @cached_property
    def metrics(self) -> Mapping[str, Sequence[int | float]]:
        """Every value of each metric, in order."""
        found: dict[str, list[int | float]] = {}
        for metric in wire.mappings(self.node.get("metrics")):
            value = wire.number(metric.get("value"))
            if value is not None:
                found.setdefault(wire.text(metric.get("name")), []).append(value)
        return found

    def of_segments(self, key: str, segment_type: str = "") -> Iterator[str]:
        """What its segments say under a key, in order."""
        for segment in self.segments:
            if segment_type in ("", segment.get("segmentType")):
                yield wire.text(segment.get(key))


@dataclass(frozen=True)
class Conversation:
    """A conversation as it came."""

    node: wire.Node

    @property
    def id(self) -> str:
        """The platform's id."""
        return wire.text(self.node.get("conversationId"))

    @property
    def start(self) -> datetime | None:
        """When it began, aware."""
        return wire.moment(self.node.get("conversationStart"))

    @property
    def end(self) -> datetime | None:
        """When it ended; None while it runs."""
        return wire.moment(self.node.get("conversationEnd"))

    @cached_property
    def participants(self) -> Sequence[wire.Node]:
        """Who and what took part, in order."""
        return wire.mappings(self.node.get("participants"))

    @cached_property
    def sessions(self) -> Sequence[Session]:
        """All legs, in order."""
        return [
            Session(session, participant)
            for participant in self.participants
            for session in wire.mappings(participant.get("sessions"))
        ]

    @cached_property
    def agents(self) -> Sequence[Session]:
        """The legs of agents, and of users in direct calls."""
        return [session for session in self.sessions if session.purpose in _AGENTS]

    @cached_property
    def waiting(self) -> Sequence[Session]:
        """The legs in queues."""
        return [session for session in self.sessions if session.purpose == "acd"]

    @cached_property
    def callers(self) -> Sequence[Session]:
        """The legs of whoever is outside."""
        return [session for session in self.sessions if session.purpose in _CALLERS]


Layout = Callable[[Conversation, Mapping[str, Names]], Iterator[Cells]]
"""The rows of one conversation."""


def conversation_rows(one: Conversation, names: Mapping[str, Names]) -> Iterator[Cells]:
    """One row; what there is several of is joined by `;`, in the order it came up."""
    yield {**_head(one), **_parties(one, names), **_times(one, one.agents), **_queueing(one), **_personal(one)}


def agent_leg_rows(one: Conversation, names: Mapping[str, Names]) -> Iterator[Cells]:
    """One row for each leg of an agent; none where no agent took part."""
    for leg in one.agents:
        yield {**_leg(one, leg, names), **_times(one, [leg]), **_personal_leg(leg)}


LAYOUTS: Final[Mapping[str, Layout]] = {"conversations": conversation_rows, "agent_legs": agent_leg_rows}
"""By the word of the option."""


def _head(one: Conversation) -> Cells:
    node = one.node
    return {
        "conversationId": one.id,
        "conversationStart": wire.text(node.get("conversationStart")),
        "conversationEnd": wire.text(node.get("conversationEnd")),
        "durationS": _seconds_between(one.start, one.end),
        "ongoing": _flag(one.end is None),
        "originatingDirection": wire.text(node.get("originatingDirection")),
        "minMos": _plain(wire.number(node.get("mediaStatsMinConversationMos"))),
        "divisionIds": _joined(wire.texts(node.get("divisionIds"))),
        "externalTag": wire.text(node.get("externalTag")),
    }


def _parties(one: Conversation, names: Mapping[str, Names]) -> Cells:
    media, queues = _media(one), _queues(one)
    agents = _distinct(wire.text(session.participant.get("userId")) for session in one.agents)
    codes = _distinct(chain.from_iterable(session.of_segments("wrapUpCode", "wrapup") for session in one.agents))
    return {
        "mediaTypes": _joined(media),
        "firstMediaType": media[0] if media else "",
        "queueIds": _joined(queues),
        "queueNames": _named(queues, "queue", names),
        "agentIds": _joined(agents),
        "agentNames": _named(agents, "user", names),
        "wrapUpCodes": _joined(codes),
        "wrapUpCodeNames": _named(codes, "wrap_up_code", names),
        "agentCount": str(len(agents)),
        "queueCount": str(len(queues)),
    }


def _media(one: Conversation) -> Sequence[str]:
    """Its kinds of media; watching a screen is one only where there is no other."""
    found = _distinct(session.media_type for session in (*one.callers, *one.agents))
    return [media for media in found if media not in _SCREENS] or found


def _queues(one: Conversation) -> Sequence[str]:
    return _distinct(chain.from_iterable(session.of_segments("queueId") for session in (*one.waiting, *one.agents)))


def _times(one: Conversation, legs: Sequence[Session]) -> Cells:
    """How long agents were busy, over these legs."""
    handle = _sum(_values(legs, "tHandle"))
    is_settled = one.end is not None and handle is not None
    holds = len(_values(legs, "tHeld"))
    return {
        "handleTimeS": _seconds(handle),
        "talkTimeS": _seconds(_total(legs, "tTalkComplete", "tTalk"), is_zero=is_settled),
        "holdTimeS": _seconds(_total(legs, "tHeldComplete", "tHeld"), is_zero=is_settled),
        "holdCount": str(holds) if holds or is_settled else "",
        "acwTimeS": _seconds(_sum(_values(legs, "tAcw")), is_zero=is_settled),
    }


def _queueing(one: Conversation) -> Cells:
    answers, abandons = _values(one.sessions, "tAnswered"), _values(one.sessions, "tAbandon")
    transfers = _sum(_values(one.sessions, "nTransferred"))
    return {
        "queueWaitS": _seconds(_sum(_values(one.waiting, "tAcd"))),
        "answerTimeS": _seconds(answers[0] if answers else None),
        "answered": _flag(bool(answers) or _is_connected_otherwise(one)),
        "abandoned": _flag(bool(abandons)),
        "abandonTimeS": _seconds(abandons[0] if abandons else None),
        "transferCount": _plain(transfers) or "0",
        "disconnectType": _disconnect(one),
    }


def _is_connected_otherwise(one: Conversation) -> bool:
    """Callbacks and outbound calls have no `tAnswered`: there an agent who talks shows that somebody answered."""
    is_other = one.node.get("originatingDirection") == "outbound" or "callback" in _media(one)
    return is_other and bool(_values(one.agents, "tTalk") or _values(one.agents, "tTalkComplete"))


def _disconnect(one: Conversation) -> str:
    words = [word for session in one.callers for word in session.of_segments("disconnectType")]
    return words[-1] if words else ""


def _leg(one: Conversation, leg: Session, names: Mapping[str, Names]) -> Cells:
    user = wire.text(leg.participant.get("userId"))
    queues, codes = _distinct(leg.of_segments("queueId")), _distinct(leg.of_segments("wrapUpCode", "wrapup"))
    starts, ends = list(leg.of_segments("segmentStart")), list(leg.of_segments("segmentEnd"))
    return {
        "conversationId": one.id,
        "conversationStart": wire.text(one.node.get("conversationStart")),
        "conversationEnd": wire.text(one.node.get("conversationEnd")),
        "originatingDirection": wire.text(one.node.get("originatingDirection")),
        "participantId": wire.text(leg.participant.get("participantId")),
        "sessionId": wire.text(leg.node.get("sessionId")),
        "userId": user,
        "userName": _named([user], "user", names),
        "mediaType": leg.media_type,
        "direction": wire.text(leg.node.get("direction")),
        "queueId": _joined(queues),
        "queueName": _named(queues, "queue", names),
        "wrapUpCode": _joined(codes),
        "wrapUpCodeName": _named(codes, "wrap_up_code", names),
        "legStart": starts[0] if starts else "",
        "legEnd": ends[-1] if ends and all(ends) else "",
        "handled": _flag("tHandle" in leg.metrics),
    }


def _personal(one: Conversation) -> Cells:
    attributes = [wire.mapping(each.get("attributes")) for each in one.participants]
    return {
        **_personal_of(one.callers),
        "participantName": _joined(_distinct(wire.text(each.get("participantName")) for each in one.participants)),
        "wrapUpNote": _notes(one.agents),
        "attributes": json.dumps([each for each in attributes if each], ensure_ascii=False) if any(attributes) else "",
    }


def _personal_leg(leg: Session) -> Cells:
    return {**_personal_of([leg]), "wrapUpNote": _notes([leg])}


def _personal_of(sessions: Sequence[Session]) -> Cells:
    return {key: _joined(_distinct(wire.text(each.node.get(key)) for each in sessions)) for key in _NUMBERS}


_NUMBERS: Final = ("ani", "dnis", "remote")


def _notes(sessions: Iterable[Session]) -> str:
    return _joined(_distinct(chain.from_iterable(session.of_segments("wrapUpNote") for session in sessions)))


def _values(sessions: Iterable[Session], metric: str) -> Sequence[int | float]:
    return [value for session in sessions for value in session.metrics.get(metric, ())]


def _total(legs: Iterable[Session], complete: str, stretch: str) -> int | float | None:
    """For each leg its total, or the sum of its stretches where a running one has no total yet."""
    values = (leg.metrics.get(complete) or leg.metrics.get(stretch) or () for leg in legs)
    return _sum(list(chain.from_iterable(values)))


def _sum(values: Sequence[int | float]) -> int | float | None:
    return sum(values) if values else None


def _seconds(milliseconds: float | None, *, is_zero: bool = False) -> str:
    """Exact seconds; 0 for nothing where `is_zero` says that nothing is certain."""
    if milliseconds is None:
        return "0" if is_zero else ""
    return _plain(milliseconds, shift=-3)


def _plain(number: float | None, *, shift: int = 0) -> str:
    if number is None:
        return ""
    return wire.plain(Decimal(repr(number)).scaleb(shift))


def _seconds_between(start: datetime | None, end: datetime | None) -> str:
    return "" if start is None or end is None else _plain((end - start).total_seconds())


def _flag(claim: bool) -> str:  # noqa: FBT001 - the claim is what it writes
    return "1" if claim else "0"


def _distinct(values: Iterable[str]) -> Sequence[str]:
    return [value for value in dict.fromkeys(values) if value]


def _joined(values: Iterable[str]) -> str:
    return ";".join(values)


def _named(ids: Sequence[str], kind: Kind, names: Mapping[str, Names]) -> str:
    return names.get(kind, NO_NAMES).of_all(ids)
