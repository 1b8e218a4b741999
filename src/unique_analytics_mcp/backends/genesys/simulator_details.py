"""Whole conversations of the pretend contact centre: pages of the query, and pages of a job's results.

Pages, cursors and what an interval means: `reference/genesys-api.md` 3 and 4 (read 2026-11-21). A page of a job begins
where its cursor says, so nothing is remembered between two of them. Layer: backend, simulator side.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from unique_analytics_mcp.backends.genesys import simulator_answers as answers
from unique_analytics_mcp.backends.genesys.simulator_archive import Archive
from unique_analytics_mcp.backends.genesys.simulator_matching import lets_conversation
from unique_analytics_mcp.backends.genesys.simulator_periods import start_of_day
from unique_analytics_mcp.backends.genesys.simulator_requests import DetailsQuery, JobQuery
from unique_analytics_mcp.backends.genesys.simulator_tree import (
    Conversation,
    Json,
    conversation_json,
    iso,
    milliseconds,
)
from unique_analytics_mcp.simulator import Refusal

_ARCHIVED_AFTER = timedelta(hours=48)
"""Older conversations call the caller `customer`, as job results do; younger ones `external`."""
_CURSOR_MARK = b"\xfb\xef\xbe\xff\xfe"
"""Makes a cursor that a URL mangles unless it is encoded: it has `+`, `/` and `=`."""


@dataclass(frozen=True, slots=True)
class Details:
    """A job as it was accepted."""

    query: JobQuery
    watermark: datetime
    """How far the data lake had come."""


def details_page(archive: Archive, query: DetailsQuery, now: datetime, *, repeats: bool) -> Json:
    """Answer a paged query; with `repeats` each page begins with the last conversation of the one before.

    The interval stands for all the UTC days it touches. Without any conversation the key is absent.
    """
    touched = archive.started_in(query.interval.whole_days())
    hits = _ordered(query, [found for found in touched if lets_conversation(query, found)])
    size, overlap = query.paging.page_size, int(repeats and query.paging.page_size > 1)
    first = (query.paging.page_number - 1) * (size - overlap)
    is_beyond = first > 0 and first + overlap >= len(hits)
    shown = [] if is_beyond else hits[first : first + size]
    repeated = overlap * max(0, -(-(len(hits) - 1) // (size - overlap)) - 1)
    page: Json = {"conversations": [_recent_json(found, now) for found in shown]} if shown else {}
    return page | {"totalHits": len(hits) + repeated}


def results_page(archive: Archive, details: Details, cursor: str | None, page_size: int) -> Json:
    """Give a page of a job's results; the cursor is absent on the last page.

    Raises:
        Refusal: 400, the cursor is none of ours.
    """
    place = _place(cursor) if cursor else _Place(0, 0)
    window = list(islice(_results(archive, details, place), page_size + 1))
    page: Json = {
        "conversations": [
            conversation_json(found, caller_purpose="customer", with_attributes=True) for found in window[:page_size]
        ],
        "dataAvailabilityDate": iso(milliseconds(details.watermark)),
    }
    if len(window) > page_size:
        page["cursor"] = _cursor(_Place(place.position + page_size, window[page_size].start_ms))
    return page


class _Place(NamedTuple):
    """Where a page begins: after so many results, with the conversation that began then."""

    position: int
    start_ms: int


def _results(archive: Archive, details: Details, place: _Place) -> Iterator[Conversation]:
    query, complete_ms = details.query, milliseconds(details.watermark)
    by_start = _comes_by_start(query)
    from_ms = place.start_ms if by_start else 0
    if query.start_of_day_interval_matching:
        from_ms = max(from_ms, milliseconds(start_of_day(query.interval.start)))
    found = (
        conversation
        for conversation in archive.active_in(query.interval, from_ms)
        if conversation.end_ms is not None
        and conversation.end_ms <= complete_ms
        and lets_conversation(query, conversation)
    )
    left = None if query.limit is None else query.limit - place.position
    if by_start:
        return islice(found, left)
    return islice(_ordered(query, list(found)), place.position, query.limit)


def _comes_by_start(query: DetailsQuery | JobQuery) -> bool:
    return query.order == "unordered" or (query.order == "asc" and query.order_by == "conversationStart")


def _ordered(query: DetailsQuery | JobQuery, found: list[Conversation]) -> list[Conversation]:
    if _comes_by_start(query):
        return found
    return sorted(found, key=_MOMENTS[query.order_by], reverse=query.order == "desc")


_MOMENTS: dict[str, Callable[[Conversation], int]] = {
    "conversationStart": lambda found: found.start_ms,
    "segmentStart": lambda found: found.start_ms,
    "conversationEnd": lambda found: found.end_ms or 0,
    "segmentEnd": lambda found: found.end_ms or 0,
}


def _recent_json(found: Conversation, now: datetime) -> Json:
    is_archived = found.start_ms < milliseconds(now - _ARCHIVED_AFTER)
    purpose = "customer" if is_archived else "external"
    return conversation_json(found, caller_purpose=purpose, with_attributes=False)


def _cursor(place: _Place) -> str:
    return b64encode(_CURSOR_MARK + f"{place.position:07}{place.start_ms:013}".encode()).decode()


def _place(cursor: str) -> _Place:
    try:
        raw = b64decode(cursor, validate=True)
    except ValueError:
        raw = b""
    digits = raw.removeprefix(_CURSOR_MARK)
    if not raw.startswith(_CURSOR_MARK) or not re.fullmatch(rb"\d{20}", digits):
        raise Refusal(answers.bad("The cursor is not valid.", "invalid.value"))
    return _Place(int(digits[:7]), int(digits[7:]))
