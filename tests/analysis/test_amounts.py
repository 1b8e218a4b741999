"""Numbers as they are shown: exact, and shares rounded half up from exact fractions."""

from decimal import Decimal

import pytest

from unique_analytics_mcp.analysis.amounts import Number, exact, share


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (12, 12),
        (2**70, 2**70),
        (Decimal("12.500"), "12.5"),
        (Decimal(100), "100"),
        (Decimal("1E+2"), "100"),
        (Decimal("1E-24"), "0.000000000000000000000001"),
        (Decimal("0.000"), "0"),
        (Decimal("-0.10"), "-0.1"),
    ],
)
def test_a_number_is_shown_without_loss(number: Number, shown: int | str) -> None:
    assert exact(number) == shown


@pytest.mark.parametrize(
    ("part", "whole", "percent"),
    [
        (1, 3, 33.3),
        (2, 3, 66.7),
        (1, 1000, 0.1),
        (1, 2000, 0.05),
        (25, 1000, 2.5),
        (3, 3, 100.0),
        (10**40 + 1, 2 * 10**40, 50.0),
        (Decimal("0.1"), Decimal("0.3"), 33.3),
        (-1, 4, -25.0),
        (0, 0, None),
        (5, -5, None),
    ],
)
def test_a_share_is_a_percentage_with_one_decimal(part: Number, whole: Number, percent: float | None) -> None:
    assert share(part, whole) == percent


@pytest.mark.parametrize(
    ("part", "whole", "percent"),
    [
        (99_999, 100_001, 99.998),
        (1, 100_001, 0.001),
        (-1, 100_001, -0.001),
        (-99_999, 100_000, -99.999),
        (9_995, 10_000, 99.95),
        (Decimal("0.0000001"), 10_000_000, 1e-12),
    ],
)
def test_no_part_is_shown_as_nothing_or_as_all(part: Number, whole: Number, percent: float) -> None:
    assert share(part, whole) == percent
