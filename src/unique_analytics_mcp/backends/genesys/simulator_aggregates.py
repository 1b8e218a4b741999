"""Counts and times by bucket and group, added up from the raw conversations of the pretend contact centre.

A metric belongs to the bucket in which it was emitted and to the groups of its session; what is empty is absent
(`reference/genesys-api.md` 2.2 and 2.3, read 2026-11-21). `nConversations` counts a conversation once a group, in the
bucket in which it began: where one spans several is documented nowhere. Pure. Layer: backend, simulator side.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import TypeAlias

from unique_analytics_mcp.backends.genesys import simulator_answers as answers
from unique_analytics_mcp.backends.genesys.simulator_matching import lets_session
from unique_analytics_mcp.backends.genesys.simulator_names import Place, values_of
from unique_analytics_mcp.backends.genesys.simulator_periods import bucket_edges
from unique_analytics_mcp.backends.genesys.simulator_requests import AggregateQuery, View
from unique_analytics_mcp.backends.genesys.simulator_tree import Conversation, Json, Metric, iso
from unique_analytics_mcp.simulator import Refusal

Group: TypeAlias = tuple[tuple[str, str], ...]
"""Dimension and value; a dimension without a value is left out."""

_CONVERSATIONS = "nConversations"
_SERVICE_LEVEL = "oServiceLevel"
_SERVING = {"acd", "agent"}


@dataclass(slots=True)
class _Values:
    """The values of one metric in one bucket of one group."""

    values: list[int] = field(default_factory=list[int])
    targets: set[float] = field(default_factory=set[float])


_Bucket: TypeAlias = dict[str, _Values]
_Buckets: TypeAlias = dict[int, _Bucket]


def aggregate(
    query: AggregateQuery, conversations: Iterable[Conversation], targets: Mapping[str, float], ceiling: int
) -> Json:
    """Answer an aggregates query; `targets` has each queue's service target, `ceiling` the most rows of an answer.

    Raises:
        Refusal: 400, the answer would have more rows.
    """
    edges = bucket_edges(query.interval, query.granularity, query.time_zone)
    groups = _collected(query, conversations, edges, targets)
    if sum(map(len, groups.values())) > ceiling:
        raise Refusal(answers.bad(f"Result set is larger than result limit of {ceiling} results"))
    return {"results": [_result(query, group, groups[group], edges) for group in sorted(groups)]}


def _collected(
    query: AggregateQuery, conversations: Iterable[Conversation], edges: list[int], targets: Mapping[str, float]
) -> Mapping[Group, _Buckets]:
    groups: defaultdict[Group, _Buckets] = defaultdict(lambda: defaultdict(lambda: defaultdict(_Values)))
    for group, place, metric in _events(query, conversations):
        if edges[0] <= metric.emitted_ms < edges[-1]:
            found = groups[group][bisect_right(edges, metric.emitted_ms) - 1][metric.name]
            found.values.append(metric.value)
            if metric.name == _SERVICE_LEVEL:
                found.targets.update(targets[queue] for queue in values_of(place, "queueId"))
    return groups


def _events(query: AggregateQuery, conversations: Iterable[Conversation]) -> Iterator[tuple[Group, Place, Metric]]:
    wanted = {*query.metrics, *(view.target for view in query.views)}
    for conversation in conversations:
        everywhere = (Place(conversation, participant, session) for participant, session in conversation.sessions())
        places = [place for place in everywhere if lets_session(query.filter, place)]
        if _CONVERSATIONS in wanted:
            counted = {group: place for place in _counted(places) for group in _groups(query, place)}
            begun = Metric(_CONVERSATIONS, 1, conversation.start_ms)
            yield from ((group, place, begun) for group, place in counted.items())
        for place in places:
            if metrics := [metric for metric in place.session.metrics if metric.name in wanted]:
                yield from ((group, place, metric) for group in _groups(query, place) for metric in metrics)


def _counted(places: list[Place]) -> list[Place]:
    """The sessions a conversation is counted by: those of queues and agents, where it came so far."""
    return [place for place in places if place.participant.purpose in _SERVING] or places


def _groups(query: AggregateQuery, place: Place) -> list[Group]:
    return list(map(tuple, product(*_keys(query, place))))


def _keys(query: AggregateQuery, place: Place) -> Iterator[list[tuple[str, str]]]:
    for dimension in query.group_by:
        values = values_of(place, dimension)
        if values and query.flatten_multivalued_dimensions:
            values = (",".join(values),)
        if values:
            yield [(dimension, value) for value in values]


def _result(query: AggregateQuery, group: Group, buckets: _Buckets, edges: list[int]) -> Json:
    data = [
        {
            "interval": f"{iso(edges[place])}/{iso(edges[place + 1])}",
            "metrics": [
                _metric(name, buckets[place][name]) for name in sorted(buckets[place]) if name in query.metrics
            ],
            "views": [
                _view(view, buckets[place][view.target]) for view in query.views if view.target in buckets[place]
            ],
        }
        for place in sorted(buckets)
    ]
    return {"group": dict(group), "data": data}


def _metric(name: str, found: _Values) -> Json:
    if name == _SERVICE_LEVEL:
        return {"metric": name, "stats": _service_level(found)}
    if name.startswith("n"):
        return {"metric": name, "stats": {"count": sum(found.values)}}
    return {"metric": name, "stats": _timer(found.values)}


def _timer(values: list[int]) -> Json:
    return {"max": float(max(values)), "min": float(min(values)), "count": len(values), "sum": float(sum(values))}


def _service_level(found: _Values) -> Json:
    kept, all_of_them = float(sum(found.values)), float(len(found.values))
    level: Json = {"ratio": kept / all_of_them, "numerator": kept, "denominator": all_of_them}
    return level | ({"target": min(found.targets)} if len(found.targets) == 1 else {})


def _view(view: View, found: _Values) -> Json:
    inside = [value for value in found.values if view.range.holds(value)]
    return {"name": view.name, "stats": {"count": len(inside)}}
