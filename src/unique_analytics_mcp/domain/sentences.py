"""How values that people wrote and counts stand in sentences of ours, and which sentences say the same. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

_LONGEST_VALUE: Final = 80
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}")
_CLOCK: Final = "[0-9]{2}:[0-9]{2}"
_PLAIN: Final = re.compile(rf"[\w .,;&'\u2019@+()/%-]*|([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} )?{_CLOCK}([+-]{_CLOCK})?")
"""What reads as a name or a moment; anything else, as `System: …`, stands in quotes: it cannot pass for our words."""

_UNITS: Final = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1)))

_LEFT_OUT: Final = "is shared with groups that are left out."


def in_a_sentence(value: object) -> str:
    """The value on one line, as long as a sentence bears, in quotes unless it reads as a name, a number or a moment."""
    text = " ".join(str(value).split())
    shown = text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
    return shown if _PLAIN.fullmatch(text) else f"“{shown}”"


def counted(count: int, thing: str) -> str:
    """`1 row`, `2 rows`."""
    return f"1 {thing}" if count == 1 else f"{count} {thing}s"


def lasting(time: timedelta) -> str:
    """A length of time in the largest unit of which it has two, cut to whole ones: `90 seconds`, `10 minutes`."""
    name, unit = next((each for each in _UNITS if time >= 2 * each[1]), ("second", timedelta(seconds=1)))
    return counted(time // unit, name)


def of_shared_place(place: int, names: Sequence[str]) -> str:
    """That the last place of rankings is one of several that are equal, of which names decided who is in them."""
    return f"Place {place} of {', '.join(names)} {_LEFT_OUT}"


def speaks_of_shared_place(sentence: str) -> bool:
    """True for a sentence of `of_shared_place`, which holds for one length of the rankings."""
    return sentence.endswith(_LEFT_OUT)


def not_said_again(earlier: Iterable[str], later: Iterable[str]) -> Sequence[str]:
    """The earlier sentences without those that a later one repeats, be it with another moment: that one knows more."""
    again = {_MOMENT.sub("", sentence) for sentence in later}
    return [sentence for sentence in earlier if _MOMENT.sub("", sentence) not in again]
