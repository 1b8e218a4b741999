"""Round steps for an axis, and numbers as an axis and a bar show them.

Pure.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal, localcontext
from typing import Final

from unique_analytics_mcp.domain.summary import Cell

NARROW_BLANK: Final = "\u202f"
"""Between groups of three digits; a picture is read by eye."""

_MINUS: Final = "\u2212"
_NOTHING: Final = "\u2013"
_LONGEST_EXACT: Final = 12
_MOST_EXACT: Final = 10**18
"""Larger numbers are written by their power of ten."""
_POWER: Final = re.compile(r"e\+?(-?)0*", re.IGNORECASE)
_ROUND: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
_SHORT: Final = ((1e15, 1.0, ""), (1e9, 1e9, " bn"), (1e6, 1e6, " M"))
"""From which size on an axis counts in which unit."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A stretch of numbers on a stretch of the picture; zero is always in it."""

    low: float
    high: float
    ticks: tuple[float, ...]
    start: float
    """Where `low` is."""
    end: float
    """Where `high` is; smaller than `start` on an axis that goes up."""

    def at(self, amount: float) -> float:
        """Where a number is."""
        return self.start + (amount - self.low) / (self.high - self.low) * (self.end - self.start)


def scale(least: float, most: float, *, start: float, end: float, steps: int) -> Scale:
    """A scale from zero, or from a round number below it, to a round number above all."""
    low, high = min(least, 0.0), max(most, 0.0)
    step = _round_step((high - low or 1.0) / steps, whole=float(most).is_integer() and float(least).is_integer())
    first, last = math.floor(low / step), max(math.ceil(high / step), math.floor(low / step) + 1)
    ticks = tuple(place * step for place in range(first, last + 1))
    return Scale(ticks[0], ticks[-1], ticks, start, end)


def tight_scale(least: float, most: float, *, start: float, end: float, steps: int) -> Scale:
    """A scale that ends where the numbers end, for bars that carry their values."""
    around = scale(least, most, start=start, end=end, steps=steps)
    low, high = min(least, 0.0), max(most, 0.0)
    if low == high:
        return around
    return Scale(low, high, tuple(tick for tick in around.ticks if low <= tick <= high), start, end)


def _round_step(rough: float, *, whole: bool) -> float:
    """The next round number; a whole one between whole numbers."""
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in _ROUND if factor * power >= rough * 0.999)
    return max(1.0, math.ceil(step)) if whole else step


def tick_text(amount: float, scaled: Scale) -> str:
    """A number of an axis, short."""
    size = max(abs(scaled.low), abs(scaled.high))
    unit, word = next(((unit, word) for least, unit, word in _SHORT if size >= least), (1.0, ""))
    return _spelled(f"{amount / unit:,.6g}") + (word if amount else "")


def value_text(value: Cell) -> str:
    """A value digit for digit in groups of three; of very long decimals two places, below 1 three digits.

    What has more than 18 digits before its point is written by its power of ten: `1.5e300`.
    """
    if value is None:
        return _NOTHING
    number = Decimal(str(value))
    with localcontext(rounding=ROUND_HALF_DOWN if number < 0 else ROUND_HALF_UP):  # halves up, as everywhere
        return _spelled(_shown(number))


def _shown(number: Decimal) -> str:
    if abs(number) >= _MOST_EXACT:
        return f"{number.normalize():.6g}"
    if number == number.to_integral_value():
        return f"{number:,.0f}"
    if len(f"{number:f}") <= _LONGEST_EXACT:
        return f"{number:,f}"
    return f"{number:,.2f}" if abs(number) >= 1 else f"{number:.3g}"


def _spelled(number: str) -> str:
    """Groups, minus signs and powers of ten as they are printed: `1e15` for `1e+15`."""
    return _POWER.sub(r"e\1", number).replace(",", NARROW_BLANK).replace("-", _MINUS)
