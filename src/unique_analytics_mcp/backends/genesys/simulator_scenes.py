"""What happens at the pretend contact centre on one day: how much, when, and every awkward shape of a conversation.

A day follows from the centre and the date alone; it has calls that are answered, transferred, given up, missed or
sent on, callbacks in two media, long messages, letters answered days later, calls out. Layer: backend, simulator side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from random import Random
from typing import TypeAlias

from unique_analytics_mcp.backends.genesys.simulator_centre import TIMEOUT_CODE, Centre, Queue
from unique_analytics_mcp.backends.genesys.simulator_story import Contact, Ending, Story
from unique_analytics_mcp.backends.genesys.simulator_tree import Conversation, milliseconds
from unique_analytics_mcp.simulator.activity import moment
from unique_analytics_mcp.simulator.calendar import LAUNCH

LONGEST = timedelta(days=4)
"""No conversation lasts longer."""

_BY_WEEKDAY = (1.15, 1.0, 0.95, 0.95, 1.05, 0.35, 0.1)
"""Monday first."""
_HOLIDAYS = {(1, 1), (1, 2), (8, 1), (12, 25), (12, 26)}
_HOLIDAY_LEVEL = 0.1
_HOUR_WEIGHTS = (0.2, 0.1, 0.1, 0.1, 0.1, 0.2, 0.5, 4, 9, 12, 12, 9, 6, 7, 10, 10, 8, 5, 3, 2, 1, 0.6, 0.4, 0.3)
_HOURS = range(len(_HOUR_WEIGHTS))
_HOUR_MS = 3_600_000
_TYPICAL_TALK_MS = {"voice": 190_000, "callback": 210_000, "message": 500_000, "chat": 340_000, "email": 420_000}
_TYPICAL_LETTER_WAIT_MS = 14 * _HOUR_MS
_LONGEST_LETTER_WAIT_MS = 60 * _HOUR_MS
_WRAP_UP = {"skipped": 5, "timeout": 8, "no code": 7, "chosen": 80}
"""How an agent ends, with its share of a hundred."""
_REACHED_SHARE = 0.7

_Scene: TypeAlias = Callable[[Random, Centre, int], Conversation]


def conversations_of(centre: Centre, day: date) -> tuple[Conversation, ...]:
    """Give the conversations that begin on a day in Europe/Zurich, by time, no two at once; none before the launch."""
    rng = Random(f"{centre.seed}/conversations/{day}")
    starts = sorted({_start(rng, day) for _ in range(_how_many(rng, centre, day))})
    scenes, weights = tuple(_SCENES), tuple(_SCENES.values())
    return tuple(rng.choices(scenes, weights)[0](rng, centre, start_ms) for start_ms in starts)


def _how_many(rng: Random, centre: Centre, day: date) -> int:
    if day < LAUNCH:
        return 0
    holiday = _HOLIDAY_LEVEL if (day.month, day.day) in _HOLIDAYS else 1.0
    return round(centre.daily * _BY_WEEKDAY[day.weekday()] * holiday * rng.gauss(1, 0.07))


def _start(rng: Random, day: date) -> int:
    at_ms = rng.choices(_HOURS, _HOUR_WEIGHTS)[0] * _HOUR_MS + rng.randrange(_HOUR_MS)
    return milliseconds(moment(day, at_ms))


def _answered_call(rng: Random, centre: Centre, start_ms: int) -> Conversation:
    story, queue = _called(rng, centre, start_ms)
    _answered(story, queue)
    story.part()
    return story.told()


def _transferred_call(rng: Random, centre: Centre, start_ms: int) -> Conversation:
    story, queue = _called(rng, centre, start_ms)
    _answered(story, queue, transfers=rng.choice(("nBlindTransferred", "nConsultTransferred")))
    _answered(story, centre.queue_of(rng, "voice"))
    story.part()
    return story.told()


def _abandoned_call(rng: Random, centre: Centre, start_ms: int) -> Conversation:
    story, queue = _called(rng, centre, start_ms)
    story.wait(queue, _patience(rng), Ending.ABANDONED)
    story.part("peer")
    return story.told()


def _missed_ring(rng: Random, centre: Centre, start_ms: int) -> Conversation:
    story, queue = _called(rng, centre, start_ms)
    rings_ms = rng.randrange(15_000, 20_000)
    story.ring(queue, centre.agent_of(rng, queue), rings_ms)
    _answered(story, queue, already_ms=rings_ms)
    story.part()
    return story.told()


def _overflowed_call(rng: Random, centre: Centre, start_ms: int) -> Conversation:
    story, queue = _called(rng, centre, start_ms)
    story.wait(queue, 60_000 + _patience(rng), Ending.FLOWED_OUT)
    _answered(story, centre.queue_of(rng, "voice"))
    story.part()
    return story.told()


def _requested_callback(rng: Random, centre: Centre, start_ms: int) -> Conversation:
    story = Story(rng, centre, start_ms, "voice")
    story.menu(rng.randrange(8_000, 60_000))
    queue = centre.queue_of(rng, "callback")
    story.wait(queue, 30_000 + _patience(rng), Ending.FLOWED_OUT)
    story.part()
    story.medium = "callback"
    story.wait(queue, rng.randrange(5 * 60_000, 4 * _HOUR_MS), Ending.ANSWERED)
    calling = Contact(_conversation(rng, "callback"), dialing_ms=rng.randrange(4_000, 20_000))
    story.speak(centre.agent_of(rng, queue), queue, _wrapped(rng, centre, calling))
    story.part()
    return story.told()


def _menu_only(rng: Random, centre: Centre, start_ms: int) -> Conversation:
    story = Story(rng, centre, start_ms, "voice")
    story.menu(rng.randrange(5_000, 180_000))
    story.part()
    return story.told()


def _outbound_call(rng: Random, centre: Centre, start_ms: int) -> Conversation:
    story = Story(rng, centre, start_ms, "voice", direction="outbound")
    on_behalf_of = centre.queue_of(rng, "voice")
    agent = centre.agent_of(rng, on_behalf_of)
    reached = rng.random() < _REACHED_SHARE
    calling = Contact(
        _conversation(rng, "voice") if reached else (),
        dialing_ms=rng.randrange(3_000, 30_000),
        contacting_ms=rng.randrange(1_000, 4_000),
    )
    story.speak(agent, rng.choice((on_behalf_of, None)), _wrapped(rng, centre, calling))
    story.part("client" if reached else "timeout")
    return story.told()


def _long_message(rng: Random, centre: Centre, start_ms: int) -> Conversation:
    story = Story(rng, centre, start_ms, "message")
    _answered(story, centre.queue_of(rng, "message"), holds=rng.randrange(8, 21))
    story.part()
    return story.told()


def _chat(rng: Random, centre: Centre, start_ms: int) -> Conversation:
    story = Story(rng, centre, start_ms, "chat")
    _answered(story, centre.queue_of(rng, "chat"), holds=0)
    story.part()
    return story.told()


def _letter(rng: Random, centre: Centre, start_ms: int) -> Conversation:
    story = Story(rng, centre, start_ms, "email")
    _answered(story, centre.queue_of(rng, "email"), holds=rng.choice((0, 0, 1)))
    story.part()
    return story.told()


_SCENES: dict[_Scene, int] = {
    _answered_call: 45,
    _transferred_call: 9,
    _abandoned_call: 8,
    _missed_ring: 4,
    _overflowed_call: 3,
    _requested_callback: 4,
    _menu_only: 4,
    _outbound_call: 8,
    _long_message: 5,
    _chat: 4,
    _letter: 8,
}
"""Each scene with its share of a hundred or so."""


def _called(rng: Random, centre: Centre, start_ms: int) -> tuple[Story, Queue]:
    story = Story(rng, centre, start_ms, "voice")
    story.menu(rng.randrange(3_000, 45_000))
    return story, centre.queue_of(rng, "voice")


def _answered(
    story: Story, queue: Queue, *, transfers: str | None = None, holds: int | None = None, already_ms: int = 0
) -> None:
    rng = story.rng
    waited_ms = already_ms + _wait(rng, story.medium)
    story.wait(queue, waited_ms, Ending.ANSWERED)
    stretches = _conversation(rng, story.medium, holds)
    alert_ms = rng.randrange(500, min(waited_ms - already_ms, 9_000) + 1)
    contact = Contact(stretches, waited_ms=waited_ms, alert_ms=alert_ms, transfers=transfers)
    story.speak(story.centre.agent_of(rng, queue), queue, _wrapped(rng, story.centre, contact))


def _wrapped(rng: Random, centre: Centre, contact: Contact) -> Contact:
    kind = rng.choices(tuple(_WRAP_UP), tuple(_WRAP_UP.values()))[0]
    if kind == "skipped":
        return contact
    code = {"timeout": TIMEOUT_CODE, "no code": None}.get(kind, rng.choice(centre.wrap_up_codes).identity)
    note = rng.choice((None, None, None, "Kunde ruft wieder an; bitte notieren", "=1+1"))
    return contact._replace(after_ms=_around(rng, 25_000), code=code, note=note if code else None)


def _conversation(rng: Random, medium: str, holds: int | None = None) -> Sequence[tuple[str, int]]:
    """Stretches of talk with a hold between each two of them."""
    held = rng.choices((0, 1, 2, 3), (70, 18, 8, 4))[0] if holds is None else holds
    talk_ms = _around(rng, _TYPICAL_TALK_MS[medium]) // (held + 1) + 1
    stretches = [("interact", rng.randrange(talk_ms // 2, talk_ms * 3 // 2) + 1)]
    for _ in range(held):
        stretches += [("hold", _around(rng, 40_000)), ("interact", rng.randrange(talk_ms // 2, talk_ms * 3 // 2) + 1)]
    return stretches


def _wait(rng: Random, medium: str) -> int:
    if medium == "email":
        return min(60_000 + int(rng.expovariate(1 / _TYPICAL_LETTER_WAIT_MS)), _LONGEST_LETTER_WAIT_MS)
    return 1_000 + int(rng.expovariate(1 / 16_000))


def _patience(rng: Random) -> int:
    return 1_500 + int(rng.expovariate(1 / 45_000))


def _around(rng: Random, typical_ms: int) -> int:
    return int(typical_ms * rng.lognormvariate(0, 0.6)) + 1
