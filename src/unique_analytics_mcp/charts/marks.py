"""Bars and sparklines of characters, for every client that shows text.

Pure. Lengths are in eighths of a character; a value that is not zero always shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
_HEIGHTS: Final = "▁▂▃▄▅▆▇█"
_GAP: Final = "·"


def bar(amount: float | None, most: float, width: int) -> str:
    """A bar of at most `width` characters, as long as the amount is of `most`; a minus sign leads a negative one."""
    if not amount or not most:
        return ""
    whole, rest = divmod(max(1, round(abs(amount) / most * width * 8)), 8)
    return ("-" if amount < 0 else "") + "█" * whole + _EIGHTHS[rest].strip()


def sparkline(amounts: Sequence[float | None], *, most_marks: int) -> tuple[str, int]:
    """One mark for each amount, or for the highest of several; and how many amounts a mark stands for.

    The lowest mark stands for zero, or for the least amount when that is negative.
    """
    (marks,), together = sparklines(amounts, most_marks=most_marks)
    return marks, together


def sparklines(*lines: Sequence[float | None], most_marks: int) -> tuple[list[str], int]:
    """Several of the same length, of which equal marks stand for equal amounts."""
    together = -(-len(lines[0]) // most_marks)
    shown = [[_highest(group) for group in _groups(amounts, together)] for amounts in lines]
    known = [amount for highest in shown for amount in highest if amount is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    return ["".join(_mark(amount, min(low, 0.0), high) for amount in highest) for highest in shown], together


def _highest(group: Sequence[float | None]) -> float | None:
    return max((each for each in group if each is not None), default=None)


def _groups(amounts: Sequence[float | None], size: int) -> list[Sequence[float | None]]:
    return [amounts[start : start + size] for start in range(0, len(amounts), size)]


def _mark(amount: float | None, low: float, high: float) -> str:
    if amount is None:
        return _GAP
    height = (amount - low) / (high - low) if high > low else 0.0
    return _HEIGHTS[round(height * (len(_HEIGHTS) - 1))]
