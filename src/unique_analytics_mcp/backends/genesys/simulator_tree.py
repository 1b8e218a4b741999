"""The conversation tree of the pretend contact centre: its records, its JSON, and how it looked at an earlier moment.

Shapes and words: conversation, participants, sessions, metrics and segments of `reference/genesys-api.md` 5.1
(read 2026-11-21). Every moment is a whole number of milliseconds since 1970 (UTC). A key that is not known is absent
from the JSON, never null. It does not know how conversations come about. Layer: backend, simulator side.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeAlias

Json: TypeAlias = dict[str, object]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Metric(NamedTuple):
    """Something counted or timed."""

    name: str
    value: int
    """Milliseconds for `t…`, otherwise a number of times."""
    emitted_ms: int
    """When it became known; it belongs to the bucket of this moment."""


class Segment(NamedTuple):
    """A stretch of a session in which one thing happens."""

    type: str
    start_ms: int
    end_ms: int | None
    """None while it lasts."""
    queue_id: str | None = None
    wrap_up_code: str | None = None
    wrap_up_note: str | None = None
    disconnect_type: str | None = None


class Session(NamedTuple):
    """One participant's part in one medium."""

    session_id: str
    media_type: str
    direction: str
    segments: tuple[Segment, ...]
    metrics: tuple[Metric, ...] = ()
    ani: str | None = None
    dnis: str | None = None
    remote: str | None = None
    message_type: str | None = None
    requested_routings: tuple[str, ...] = ()
    used_routing: str | None = None

    @property
    def provider(self) -> str:
        """Who carries the medium."""
        return "Edge" if self.media_type == "voice" else "PureCloud"


class Participant(NamedTuple):
    """Whoever took part: the caller, a menu, a queue, an agent."""

    participant_id: str
    purpose: str
    sessions: tuple[Session, ...]
    name: str | None = None
    user_id: str | None = None
    team_id: str | None = None
    attributes: tuple[tuple[str, str], ...] = ()


class Conversation(NamedTuple):
    """One conversation with everybody in it."""

    conversation_id: str
    start_ms: int
    end_ms: int | None
    """None while it lasts."""
    originating_direction: str
    division_ids: tuple[str, ...]
    participants: tuple[Participant, ...]
    external_tag: str | None = None
    minimum_mos: float | None = None

    def sessions(self) -> Iterator[tuple[Participant, Session]]:
        """Go through all sessions, each with its participant."""
        return ((participant, session) for participant in self.participants for session in participant.sessions)


def milliseconds(moment: datetime) -> int:
    """Give a moment with a zone as milliseconds since 1970."""
    return (moment - _EPOCH) // _MILLISECOND


def moment_of(at_ms: int) -> datetime:
    """Give milliseconds since 1970 as a UTC moment."""
    return _EPOCH + at_ms * _MILLISECOND


def iso(at_ms: int) -> str:
    """Write a moment as the platform does: `2026-10-01T07:00:00.000Z`."""
    return moment_of(at_ms).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def seen_at(conversation: Conversation, at_ms: int) -> Conversation | None:
    """Give a conversation as it stood at a moment; None if it had not begun.

    What came later is missing: participants, segments, metrics, and the end of whatever lasted.
    """
    if conversation.start_ms >= at_ms:
        return None
    if conversation.end_ms is not None and conversation.end_ms <= at_ms:
        return conversation
    participants = (_participant_at(participant, at_ms) for participant in conversation.participants)
    present = tuple(participant for participant in participants if participant.sessions)
    return conversation._replace(end_ms=None, participants=present, minimum_mos=None)


def _participant_at(participant: Participant, at_ms: int) -> Participant:
    sessions = (_session_at(session, at_ms) for session in participant.sessions)
    return participant._replace(sessions=tuple(session for session in sessions if session.segments))


def _session_at(session: Session, at_ms: int) -> Session:
    segments = tuple(_segment_at(segment, at_ms) for segment in session.segments if segment.start_ms < at_ms)
    metrics = tuple(metric for metric in session.metrics if metric.emitted_ms <= at_ms)
    return session._replace(segments=segments, metrics=metrics)


def _segment_at(segment: Segment, at_ms: int) -> Segment:
    if segment.end_ms is not None and segment.end_ms <= at_ms:
        return segment
    return segment._replace(end_ms=None, wrap_up_code=None, wrap_up_note=None, disconnect_type=None)


def conversation_json(conversation: Conversation, *, caller_purpose: str, with_attributes: bool) -> Json:
    """Write a conversation; the caller's leg is `customer` or `external`, attributes exist in job results alone."""
    participants = [
        _participant_json(participant, caller_purpose, with_attributes=with_attributes)
        for participant in conversation.participants
    ]
    return _known(
        conversationId=conversation.conversation_id,
        conversationStart=iso(conversation.start_ms),
        conversationEnd=_iso(conversation.end_ms),
        originatingDirection=conversation.originating_direction,
        divisionIds=list(conversation.division_ids),
        externalTag=conversation.external_tag,
        mediaStatsMinConversationMos=conversation.minimum_mos,
        participants=participants,
    )


def _participant_json(participant: Participant, caller_purpose: str, *, with_attributes: bool) -> Json:
    return _known(
        participantId=participant.participant_id,
        participantName=participant.name,
        purpose=caller_purpose if participant.purpose == "customer" else participant.purpose,
        userId=participant.user_id,
        teamId=participant.team_id,
        attributes=dict(participant.attributes) if with_attributes else None,
        sessions=[_session_json(session) for session in participant.sessions],
    )


def _session_json(session: Session) -> Json:
    return _known(
        sessionId=session.session_id,
        mediaType=session.media_type,
        messageType=session.message_type,
        direction=session.direction,
        ani=session.ani,
        dnis=session.dnis,
        remote=session.remote,
        provider=session.provider,
        requestedRoutings=list(session.requested_routings) or None,
        usedRouting=session.used_routing,
        metrics=[_metric_json(metric) for metric in session.metrics] or None,
        segments=[_segment_json(segment) for segment in session.segments],
    )


def _metric_json(metric: Metric) -> Json:
    return {"name": metric.name, "value": metric.value, "emitDate": iso(metric.emitted_ms)}


def _segment_json(segment: Segment) -> Json:
    return _known(
        segmentType=segment.type,
        segmentStart=iso(segment.start_ms),
        segmentEnd=_iso(segment.end_ms),
        queueId=segment.queue_id,
        wrapUpCode=segment.wrap_up_code,
        wrapUpNote=segment.wrap_up_note,
        disconnectType=segment.disconnect_type,
        conference=False,
    )


def _iso(at_ms: int | None) -> str | None:
    return None if at_ms is None else iso(at_ms)


def _known(**values: object) -> Json:
    return {name: value for name, value in values.items() if value is not None}
