"""Numbers of the engine as they are shown: whole, decimal, shares, ratios and the bounds of scores.

Pure. Numbers stay exact: whole numbers are ints of any size, decimals text without trailing zeros. What has to be
rounded, a share or a ratio, is rounded half up once, from exact fractions.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from typing import Final, Self, assert_never

from unique_analytics_mcp.domain.measures import Bound, Figure, Measure, Ratio, SummaryPlan

Number = int | Decimal
Record = Sequence[object]
"""One row as the engine gives it."""

_Z: Final = Decimal("1.959963984540054235524594430520551527955550")
"""Standard deviations that hold 95 % of a normal distribution."""
_ADDED: Final = 3
"""Answers that the adjusted Wald interval adds, a quarter of them on either side."""
_PERCENT: Final = 100
_DIGITS: Final = Context(prec=60)


def numbers(record: Record) -> list[Number]:
    """The record's numbers, in order; anything else in it is passed over."""
    return [value for value in record if isinstance(value, int | Decimal)]


def exact(number: Number | None) -> int | str | None:
    """The number without loss: 12, or "12.5"; None for none."""
    if number is None or isinstance(number, int):
        return number
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def share(part: Number | Fraction, whole: Number | Fraction) -> float | None:
    """How many percent of the whole the part is, as `percentage` rounds it; None when the whole is not positive."""
    if whole <= 0:
        return None
    return float(percentage(Fraction(part) * 100 / Fraction(whole), 1))


@dataclass(frozen=True, slots=True)
class Asked:
    """The figures of a table or of the whole, and the measures that the engine is asked for them."""

    figures: tuple[Figure, ...]
    measures: tuple[Measure, ...]

    @classmethod
    def of(cls, names: Iterable[str], plan: SummaryPlan) -> Self:
        """The figures of these names, in their order."""
        figures = tuple(plan.figures[name] for name in names)
        parts = dict.fromkeys(part for figure in figures for part in figure.parts)
        return cls(figures, tuple(plan.measures[part] for part in parts))

    def amounts(self, found: Sequence[Number]) -> dict[str, Number | None]:
        """The figures' values by name, from what the engine says of the measures."""
        values = {measure.name: value for measure, value in zip(self.measures, found, strict=True)}
        return {figure.name: amount(figure, values) for figure in self.figures}


def amount(figure: Figure, values: Mapping[str, Number]) -> Number | None:
    """The figure's value from those of its parts; None for a ratio to nothing."""
    match figure:
        case Measure():
            return values[figure.name]
        case Ratio():
            return _ratio(figure, values)
        case Bound():
            return _bound(figure, values)
        case _:
            assert_never(figure)


def _ratio(ratio: Ratio, values: Mapping[str, Number]) -> Decimal | None:
    divisor = _sum(ratio.per, values)
    if divisor == 0:
        return None
    value = (_sum(ratio.of, values) - _sum(ratio.less, values)) * Fraction(ratio.times) / divisor
    return percentage(value, ratio.decimals) if ratio.times == _PERCENT else rounded(value, ratio.decimals)


def _sum(names: Iterable[str], values: Mapping[str, Number]) -> Fraction:
    return sum((Fraction(values[name]) for name in names), Fraction(0))


def percentage(value: Fraction, decimals: int) -> Decimal:
    """The value as `rounded` shows it, and as finely next to 100 and -100 as next to 0: 99.98 is not shown as all."""
    edge = next((edge for edge in (-_PERCENT, _PERCENT) if abs(value - edge) * 10**decimals < 1), 0)
    return _DIGITS.add(edge, rounded(value - edge, decimals))


def rounded(value: Fraction, decimals: int) -> Decimal:
    """The value with so many digits behind the point, halves up; less than the last of them, with two digits."""
    places = max(decimals, _first_place(value) + 1) if 0 < abs(value) * 10**decimals < 1 else decimals
    return half_up(value, places)


def half_up(value: Fraction, places: int) -> Decimal:
    """The value with so many digits behind the point and no more, as of what is no better known."""
    scale: int = 10**places
    return Decimal(math.floor(value * scale + Fraction(1, 2))).scaleb(-places, _DIGITS)


def _first_place(value: Fraction) -> int:
    """The place behind the point of the first digit of a value between -1 and 1: 4 of 0.0004."""
    return len(str((value.denominator - 1) // abs(value.numerator)))


def _bound(bound: Bound, values: Mapping[str, Number]) -> Decimal | None:
    answers = Fraction(values[bound.per])
    if answers == 0:
        return None
    for_it, against = (Fraction(values[name]) + Fraction(_ADDED, 4) for name in (bound.of, bound.less))
    score, spread = _score_and_spread(for_it, against, answers + _ADDED)
    seen = Fraction(values[bound.of] - values[bound.less]) / answers
    end = min(score - spread, seen) if bound.end == "low" else max(score + spread, seen)
    return rounded(min(max(100 * end, Fraction(-100)), Fraction(100)), bound.decimals)


def _score_and_spread(for_it: Fraction, against: Fraction, answers: Fraction) -> tuple[Fraction, Fraction]:
    """The mean of answers that are worth 1, 0 or -1, and how far from it the interval reaches."""
    score = (for_it - against) / answers
    variance = ((for_it + against) / answers - score**2) / answers
    return score, Fraction(_Z) * _root(variance)


def hypotenuse(one: Fraction, other: Fraction) -> Fraction:
    """The root of the sum of both squares, to sixty digits."""
    return _root(one**2 + other**2)


def _root(square: Fraction) -> Fraction:
    return Fraction(_DIGITS.sqrt(_DIGITS.divide(Decimal(square.numerator), Decimal(square.denominator))))
