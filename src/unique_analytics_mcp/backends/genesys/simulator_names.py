"""The names the pretend Genesys Cloud knows, of metrics and of dimensions, and what a session has for a dimension.

Lists: `reference/genesys-api.md` 2.1 and 3.1 (read 2026-11-21). A known dimension that this contact centre does not
use has no values. Layer: backend, simulator side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from unique_analytics_mcp.backends.genesys.simulator_tree import Conversation, Participant, Segment, Session, iso

Judge: TypeAlias = Callable[[str], bool]

SEGMENT_DURATION = "tSegmentDuration"
"""A metric of segment filters alone."""

METRICS = frozenset((
    "nAgentDeclined", "nAlertExpired", "nBlindTransferred", "nBotInteractions", "nCallbackAttempts",
    "nCallbackOverSla", "nCallbackScheduled", "nCfcOffered", "nCobrowseSessions", "nConnected", "nConsult",
    "nConsultTransferred", "nConversations", "nError", "nOffered", "nOutbound", "nOutboundAbandoned",
    "nOutboundAttempted", "nOutboundConnected", "nOverSla", "nStateTransitionError", "nTakeover",
    "nTransferred", "oAudioMessageCount", "oCallbackServiceLevel", "oExternalAudioMessageCount",
    "oExternalMediaCount", "oMediaCount", "oMessageCount", "oMessageSegmentCount", "oMessageTurn",
    "oServiceLevel", "oServiceTarget", "oSkillExpressionApplications", "tAbandon", "tAcd", "tActiveCallback",
    "tActiveCallbackComplete", "tAcw", "tAgentResponseTime", "tAgentVideoConnected", "tAlert", "tAnswered",
    "tAverageAgentResponseTime", "tAverageCustomerResponseTime", "tBarging", "tCallbackAbandon",
    "tCallbackConnect", "tCallbackNotReached", "tCallbackVirtualWait", "tCfcAbandon", "tCfcAcd", "tCfcAnswered",
    "tCfcFlowOut", "tCoaching", "tCoachingComplete", "tConnected", "tContacting", "tDialing", "tFirstConnect",
    "tFirstDial", "tFirstEngagement", "tFirstResponse", "tFlowOut", "tHandle", "tHeld", "tHeldComplete", "tIvr",
    "tMonitoring", "tMonitoringComplete", "tNotResponding", "tPark", "tParkComplete", "tScreenMonitoring",
    "tShortAbandon", "tSnippetRecord", "tTalk", "tTalkComplete", "tTransmitting", "tUserResponseTime",
    "tVoicemail", "tWait",
))  # fmt: skip
_IDLE_DIMENSIONS = frozenset((
    "activeRouting", "activeSkillId", "addressFrom", "addressTo", "agentAssistantId", "agentBullseyeRing",
    "agentOwned", "agentRank", "agentScore", "assignerId", "authenticated", "canonicalExternalContactId",
    "conversationInitiator", "convertedFrom", "convertedTo", "customerParticipation", "deliveryStatus",
    "destinationAddress", "edgeId", "eligibleAgentCount", "errorCode", "extendedDeliveryStatus",
    "externalContactId", "externalMediaCount", "externalOrganizationId", "firstQueue", "flaggedReason",
    "flowInType", "flowOutType", "groupId", "interactionType", "knowledgeBaseId", "mediaCount",
    "originatingSocialMediaPublic",
    "outboundCampaignId", "outboundContactId", "outboundContactListId", "peerId", "proposedAgentId",
    "removedSkillId", "requestedLanguageId", "requestedRoutingSkillId", "roomId", "routingPriority",
    "routingRing", "routingRule", "routingRuleType", "scoredAgentId", "selectedAgentId", "selectedAgentRank",
    "selfServed", "skillExpressionId", "stationId", "videoPresent", "waitingInteractionCount",
))  # fmt: skip
"""Known, and without values here."""
CONVERSATION_DIMENSIONS = frozenset((
    "accessAttribute", "conversationEnd", "conversationId", "conversationInitiator", "conversationStart",
    "customerParticipation", "divisionId", "externalTag", "mediaStatsMinConversationMos",
    "originatingDirection", "originatingSocialMediaPublic",
))  # fmt: skip
"""What filters of whole conversations may name."""
_ONLY_OF_SEGMENTS = frozenset({"segmentType", "segmentStart", "segmentEnd"})


class Place(NamedTuple):
    """A session in its conversation, or one segment of it."""

    conversation: Conversation
    participant: Participant
    session: Session
    segment: Segment | None = None

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The one segment, or all of the session."""
        return (self.segment,) if self.segment else self.session.segments


def is_dimension(name: str) -> bool:
    """Say whether aggregates may be grouped and filtered by this name."""
    known = name in _VALUES and name not in _ONLY_OF_SEGMENTS | {"conversationStart", "conversationEnd"}
    return known or name in _IDLE_DIMENSIONS or name.startswith("journey")


def is_segment_dimension(name: str) -> bool:
    """Say whether a segment filter may name this dimension."""
    return name in _ONLY_OF_SEGMENTS or (is_dimension(name) and name not in CONVERSATION_DIMENSIONS)


def values_of(place: Place, dimension: str) -> tuple[str, ...]:
    """Give what a session or segment has for a dimension, in first-seen order without repeats; often nothing."""
    read = _VALUES.get(dimension)
    found = read(place) if read else ()
    return tuple(dict.fromkeys(value for value in found if value is not None))


_Read: TypeAlias = Callable[[Place], tuple[str | None, ...]]

_VALUES: Mapping[str, _Read] = {
    "ani": lambda place: (place.session.ani,),
    "conversationEnd": lambda place: (iso(place.conversation.end_ms) if place.conversation.end_ms else None,),
    "conversationId": lambda place: (place.conversation.conversation_id,),
    "conversationStart": lambda place: (iso(place.conversation.start_ms),),
    "direction": lambda place: (place.session.direction,),
    "disconnectType": lambda place: tuple(segment.disconnect_type for segment in place.segments),
    "divisionId": lambda place: place.conversation.division_ids,
    "dnis": lambda place: (place.session.dnis,),
    "externalTag": lambda place: (place.conversation.external_tag,),
    "mediaStatsMinConversationMos": lambda place: _text(place.conversation.minimum_mos),
    "mediaType": lambda place: (place.session.media_type,),
    "messageType": lambda place: (place.session.message_type,),
    "originatingDirection": lambda place: (place.conversation.originating_direction,),
    "participantName": lambda place: (place.participant.name,),
    "provider": lambda place: (place.session.provider,),
    "purpose": lambda place: (place.participant.purpose,),
    "queueId": lambda place: tuple(segment.queue_id for segment in place.segments),
    "remote": lambda place: (place.session.remote,),
    "requestedRouting": lambda place: place.session.requested_routings,
    "segmentEnd": lambda place: tuple(iso(segment.end_ms) for segment in place.segments if segment.end_ms),
    "segmentStart": lambda place: tuple(iso(segment.start_ms) for segment in place.segments),
    "segmentType": lambda place: tuple(segment.type for segment in place.segments),
    "sessionDnis": lambda place: (place.session.dnis,),
    "sessionId": lambda place: (place.session.session_id,),
    "teamId": lambda place: (place.participant.team_id,),
    "usedRouting": lambda place: (place.session.used_routing,),
    "userId": lambda place: (place.participant.user_id,),
    "wrapUpCode": lambda place: tuple(segment.wrap_up_code for segment in place.segments),
}


def _text(value: float | None) -> tuple[str, ...]:
    return () if value is None else (str(value),)
