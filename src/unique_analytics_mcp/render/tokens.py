"""How many tokens a text costs a model, estimated without any model's vocabulary.

Pure. No tokenizer is asked: vocabularies differ between models and come over the network. The estimate is meant to
be a little too high, so that a budget held here is held in the host: English prose comes to about 3.8 characters a
token (public rule of thumb: 4), compact JSON to about 2.6, a UUID to about 25.
"""

from __future__ import annotations

import re
from typing import Final

CONCISE_TOKENS: Final = 1_500
"""Budget of a concise answer, for its text and for its structured content, each alone."""

DETAILED_TOKENS: Final = 6_000
"""Budget of a detailed answer, likewise."""

_PIECE: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+|\n+|[^\x00-\x7f]+|[^A-Za-z0-9\s]+")


def tokens(text: str) -> int:
    """The estimate; a blank is free because it travels with the word behind it."""
    return sum(map(_cost, _PIECE.findall(text)))


def _cost(piece: str) -> int:
    if not piece.isascii():
        return -(-2 * len(piece.encode(errors="replace")) // 3)
    if piece[-1].islower():
        return -(-len(piece) // 6)
    return 1 if piece[0] == "\n" else -(-len(piece) // 3)
