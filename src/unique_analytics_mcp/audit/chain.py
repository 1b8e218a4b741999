"""A chain of JSON lines: each carries the SHA-256 over the hash before it and its own content.

Pure. A line has exactly one form (keys sorted, no blanks, UTF-8), so a line that reads the same but is written
otherwise is broken too. Lines that were cut off at the end leave a chain that is whole: keep the last hash elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, cast

START: Final = "0" * 64
"""The hash before the first line of a chain."""
BEGINS: Final = "begins"
"""The key by which the first line of a chain is known: it says when the chain begins."""
_HASH: Final = "hash"


@dataclass(frozen=True, slots=True)
class Whole:
    """A chain without a fault."""

    lines: int
    last_hash: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The first line that does not belong where it is."""

    line: int
    """Counted from 1."""
    why: str


def sealed(content: Mapping[str, object], previous: str) -> str:
    """The line of a content behind the hash `previous`, without its end."""
    digest = hashlib.sha256(f"{previous}\n{_canonical(content)}".encode()).hexdigest()
    return _canonical({**content, _HASH: digest})


def hash_of(line: bytes) -> str | None:
    """The hash that a line carries; None when it is no line of a chain."""
    content = _read(line)
    found = content.get(_HASH) if content else None
    return found if isinstance(found, str) and len(found) == len(START) else None


def verified(lines: Iterable[bytes]) -> Whole | Broken:
    """Whether lines, each with its end, are one chain from its beginning."""
    previous, number = START, 0
    for number, line in enumerate(lines, start=1):
        content = _read(line)
        if content is None:
            return Broken(number, "it is not a whole line of an audit file")
        if (BEGINS in content) != (number == 1):
            return Broken(number, "a chain begins here" if number > 1 else "no chain begins here")
        stated = content.pop(_HASH, None)
        if line != f"{sealed(content, previous)}\n".encode():
            return Broken(number, "it was changed, or a line before it was taken out")
        previous = str(stated)
    return Whole(number, previous) if number else Broken(1, "the file is empty")


def _canonical(content: Mapping[str, object]) -> str:
    return json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def _read(line: bytes) -> dict[str, object] | None:
    try:
        content: object = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, object]", content) if isinstance(content, dict) and line.endswith(b"\n") else None
