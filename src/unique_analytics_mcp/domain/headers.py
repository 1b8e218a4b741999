"""Headers: the names that columns go by, in tables and in SQL, and what those nobody declared speak of. Pure."""

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
_WORDS: Final = """
    all analyse analyze and anti any array as asc asof asymmetric at authorization binary both by case cast check
    collate collation column columns concurrently constraint create cross default deferrable desc describe distinct do
    else end except false fetch for foreign freeze from full generated glob group having ilike in initially inner
    intersect into is isnull join lambda lateral leading left like limit map natural not notnull null offset on only or
    order outer overlaps pivot pivot_longer pivot_wider placing positional primary qualify references returning right
    select semi show similar some struct summarize symmetric table tablesample then to trailing true try_cast tuple
    union unique unpack unpivot using variadic verbose when where window with
"""
RESERVED: Final = frozenset(_WORDS.split())
"""Words of DuckDB 2.0 that are no column's name unless they stand in quotes."""

_PLAIN: Final = re.compile(r"[^\W\d]\w*")


def snake_case(header: str) -> str:
    """The name a header has in tables and SQL: `DesktopCount` and `Desktop Count` give `desktop_count`."""
    return _NOT_WORD.sub("_", _HUMP.sub("_", header).lower()).strip("_") or "column"


def loose(header: str) -> str:
    """A header reduced to what two spellings of it share: lower-case letters and digits."""
    return _NOT_WORD.sub("", header.lower())


def as_written(column: str) -> str:
    """The column's name as a statement takes it: `email`, `"when"`, `"2nd_login"`."""
    is_plain = _PLAIN.fullmatch(column) and column not in RESERVED
    return column if is_plain else f'"{column}"'


def speaks_of_people(header: str) -> bool:
    """True for the header of a column that nobody declared and that may name people."""
    return bool(_SPEAKS_OF_PEOPLE.search(loose(header)))


def speaks_of_texts(header: str) -> bool:
    """Likewise, of one that may hold what people wrote."""
    return bool(_SPEAKS_OF_TEXT.search(loose(header)))
