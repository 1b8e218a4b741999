"""Headers: the names that columns go by, and what those of columns speak of that nobody declared. Pure."""

from __future__ import annotations

import re
from typing import Final

_NOT_WORD: Final = re.compile(r"[^0-9a-z]+")
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SPEAKS_OF_PEOPLE: Final = re.compile(
    "user|mail|name|person|people|employee|author|owner|creator|uploader|login|account|upn|manager|supervisor|member"
    "|contact|assignee|reviewer|approver|requester|sender|recipient|participant|edby|sentby"
)
_SPEAKS_OF_TEXT: Final = re.compile(
    "message|prompt|answer|question|response|comment|feedback|text|content|title|subject|note|description"
)


def snake_case(header: str) -> str:
    """The name a header has in tables and SQL: `DesktopCount` and `Desktop Count` give `desktop_count`."""
    return _NOT_WORD.sub("_", _HUMP.sub("_", header).lower()).strip("_") or "column"


def loose(header: str) -> str:
    """A header reduced to what two spellings of it share: lower-case letters and digits."""
    return _NOT_WORD.sub("", header.lower())


def speaks_of_people(header: str) -> bool:
    """True for the header of a column that nobody declared and that may name people."""
    return bool(_SPEAKS_OF_PEOPLE.search(loose(header)))


def speaks_of_texts(header: str) -> bool:
    """Likewise, of one that may hold what people wrote."""
    return bool(_SPEAKS_OF_TEXT.search(loose(header)))
