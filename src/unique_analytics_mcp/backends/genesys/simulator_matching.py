"""Which sessions and conversations of the pretend contact centre a filter lets through.

A filter of aggregates judges a session; one of segments needs one segment that fulfils all of it; one of whole
conversations reads their own values and any metric in them (`reference/genesys-api.md` 2.1 and 3.1, read
2026-11-21). Pure. Layer: backend, simulator side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from unique_analytics_mcp.backends.genesys.simulator_names import SEGMENT_DURATION, Place, values_of
from unique_analytics_mcp.backends.genesys.simulator_requests import Clause, DetailsQuery, Filter, JobQuery, Predicate
from unique_analytics_mcp.backends.genesys.simulator_tree import Conversation

_Fulfils: TypeAlias = Callable[[Predicate, Place], bool]


def lets_session(wanted: Filter | None, place: Place) -> bool:
    """Say whether a filter of aggregates lets a session through."""
    return wanted is None or _holds(wanted, place, _fulfils)


def lets_conversation(query: DetailsQuery | JobQuery, conversation: Conversation) -> bool:
    """Say whether all filters of a query let a conversation through; nothing here was ever evaluated or surveyed."""
    if query.evaluation_filters or query.survey_filters or query.resolution_filters:
        return False
    places = list(_segments_of(conversation))
    whole = all(_any_fulfils(wanted, places[:1], _fulfils_whole) for wanted in query.conversation_filters)
    return whole and all(_any_fulfils(wanted, places, _fulfils) for wanted in query.segment_filters)


def _any_fulfils(wanted: Filter, places: Iterable[Place], fulfils: _Fulfils) -> bool:
    return any(_holds(wanted, place, fulfils) for place in places)


def _segments_of(conversation: Conversation) -> Iterator[Place]:
    for participant, session in conversation.sessions():
        for segment in session.segments:
            yield Place(conversation, participant, session, segment)


def _holds(wanted: Clause, place: Place, fulfils: _Fulfils) -> bool:
    verdicts = [fulfils(predicate, place) for predicate in wanted.predicates]
    if isinstance(wanted, Filter):
        verdicts += [_holds(clause, place, fulfils) for clause in wanted.clauses]
    return all(verdicts) if wanted.type == "and" else any(verdicts)


def _fulfils(predicate: Predicate, place: Place) -> bool:
    if predicate.type == "metric":
        return _measures(predicate, _measured(predicate, place))
    return _matches(predicate, values_of(place, predicate.dimension or ""))


def _fulfils_whole(predicate: Predicate, place: Place) -> bool:
    if predicate.type == "metric":
        sessions = (session for _, session in place.conversation.sessions())
        values = [metric.value for one in sessions for metric in one.metrics if metric.name == predicate.metric]
        return _measures(predicate, values)
    return _matches(predicate, values_of(place, predicate.dimension or ""))


def _matches(predicate: Predicate, values: tuple[str, ...]) -> bool:
    if predicate.operator != "matches":
        return bool(values) is (predicate.operator == "exists")
    if predicate.range is not None:
        numbers = (float(value) for value in values if value.replace(".", "", 1).isdecimal())
        return any(map(predicate.range.holds, numbers))
    return predicate.value in values


def _measured(predicate: Predicate, place: Place) -> list[int]:
    if predicate.metric == SEGMENT_DURATION:
        return [segment.end_ms - segment.start_ms for segment in place.segments if segment.end_ms is not None]
    return [metric.value for metric in place.session.metrics if metric.name == predicate.metric]


def _measures(predicate: Predicate, values: list[int]) -> bool:
    if predicate.operator != "matches":
        return bool(values) is (predicate.operator == "exists")
    return any(predicate.range.holds(value) if predicate.range else predicate.value == str(value) for value in values)
