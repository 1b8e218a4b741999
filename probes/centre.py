"""What is true of the contact centre: raw conversations, read by a plain HTTP client, never by this server.

A row is one metric of one leg, at the moment it was emitted, in the words of the platform; `(empty)` stands for what a
leg does not have, as in answers. Everything shown to be right rests on these rows and on `counting`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx

from probes.counting import Row
from probes.days import Span
from probes.truth import Truth

_ZONE: Final = ZoneInfo("Europe/Zurich")
_DAY: Final = timedelta(days=1)
_EARLIER: Final = 5 * _DAY
"""How long before its metrics a conversation may have begun, and a day for the zone."""
_PAGE: Final = 100
_NOTHING: Final = "(empty)"
_QUERY: Final = "/analytics/conversations/details/query"
_LISTS: Final = {"queueId": "/routing/queues", "userId": "/users?state=any", "wrapUpCode": "/routing/wrapupcodes"}

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Centre(Truth):
    """The organisation as it is: the rows of a metric, such as `tHandle`, or `conversations`, or the `legs` in them.

    A metric belongs to the day on which it was emitted, conversations and legs to that on which the conversation began.
    """

    _raw: dict[Span, tuple[Sequence[Node], Mapping[str, str]]] = field(default_factory=dict)

    def _ordered(self, type_: str, days: Span, _assistant_id: str, /) -> Sequence[Row]:
        if days not in self._raw:
            self._raw[days] = self._read_raw(days)
        conversations, names = self._raw[days]
        found = [row for each in conversations for row in _rows(each, names, type_)]
        return [row for row in found if str(days[0]) <= row["day"] <= str(days[1])]

    def _read_raw(self, days: Span) -> tuple[Sequence[Node], Mapping[str, str]]:
        """Every conversation that may have metrics on these days, each once, and all names by id."""
        who = self.environment["GENESYS_CLIENT_ID"], self.environment["GENESYS_CLIENT_SECRET"]
        with httpx.Client(base_url=self.environment["GENESYS_API_BASE"], timeout=60, trust_env=False) as platform:
            login = platform.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=who)
            platform.base_url = platform.base_url.join("/api/v2")
            platform.headers["authorization"] = f"Bearer {login.raise_for_status().json()['access_token']}"
            names = {each["id"]: each["name"] for path in _LISTS.values() for each in _listed(platform, path)}
            return list({each["conversationId"]: each for each in _touching(platform, days)}.values()), names


def _listed(platform: httpx.Client, path: str) -> Sequence[Node]:
    return platform.get(path, params={"pageSize": 500}).raise_for_status().json()["entities"]


def _touching(platform: httpx.Client, days: Span) -> Iterator[Node]:
    """Week by week, because an interval may not be longer than 31 days."""
    start = days[0] - _EARLIER
    while start <= days[1]:
        yield from _begun(platform, start, start + 7 * _DAY)
        start += 7 * _DAY


def _begun(platform: httpx.Client, start: date, end: date) -> Iterator[Node]:
    interval, number = f"{start}T00:00:00.000Z/{end}T00:00:00.000Z", 1
    while page := _page(platform, interval, number):
        yield from page
        number += 1


def _page(platform: httpx.Client, interval: str, number: int) -> Sequence[Node]:
    query = {"interval": interval, "paging": {"pageSize": _PAGE, "pageNumber": number}}
    return platform.post(_QUERY, json=query).raise_for_status().json().get("conversations", [])


def _rows(conversation: Node, names: Mapping[str, str], asked: str) -> Iterator[Row]:
    metrics = list(_metrics(conversation, names))
    began = {"day": str(_local(conversation["conversationStart"]).date())}
    match asked:
        case "conversations":
            had = {row["metric"] for row in metrics}
            yield {**began, "handled": str(int("tHandle" in had)), "abandoned": str(int("tAbandon" in had))}
        case "legs":
            yield from ({**row, **began} for row in metrics if row["metric"] == "tHandle")
        case _:
            yield from (row for row in metrics if row["metric"] == asked)


def _metrics(conversation: Node, names: Mapping[str, str]) -> Iterator[Row]:
    for participant in conversation["participants"]:
        for session in participant["sessions"]:
            of = {
                "queueId": _first(session, "queueId"),
                "userId": participant.get("userId", _NOTHING),
                "wrapUpCode": _first(session, "wrapUpCode"),
            }
            named = {f"{key.removesuffix('Id')}Name": names.get(id_, id_) for key, id_ in of.items()}
            kind = {"mediaType": session["mediaType"], "direction": session.get("direction", _NOTHING)}
            for metric in session.get("metrics", []):
                when = _when(_local(metric["emitDate"]))
                yield {"metric": metric["name"], "value": str(metric["value"]), **when, **of, **named, **kind}


def _first(session: Node, key: str) -> str:
    return next((segment[key] for segment in session.get("segments", []) if key in segment), _NOTHING)


def _when(at: datetime) -> Mapping[str, str]:
    return {
        "day": str(at.date()),
        "half_hour": f"{at:%Y-%m-%d %H}:{at.minute // 30 * 30:02}",
        "hour": f"{at:%H}:00",
        "weekday": f"{at:%A}",
    }


def _local(moment: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone(_ZONE)
