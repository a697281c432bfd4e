"""Half goes up, also where binary floats would say otherwise."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import pytest

from tools.rounding import round_half_up


@pytest.mark.parametrize(
    ("value", "digits", "rounded"),
    [
        (Decimal("0.5"), 0, "1"),
        (Decimal("2.5"), 0, "3"),
        (Decimal("-0.5"), 0, "-1"),
        (2.675, 2, "2.68"),
        (1.005, 2, "1.01"),
        (Decimal(2) / 3, 2, "0.67"),
        (7, 2, "7.00"),
        (Decimal("66.666666"), 0, "67"),
    ],
)
def test_half_goes_up(value: Decimal | float, digits: int, rounded: str) -> None:
    assert str(round_half_up(value, digits)) == rounded


def test_infinity_is_refused() -> None:
    with pytest.raises(InvalidOperation):
        round_half_up(float("inf"))
