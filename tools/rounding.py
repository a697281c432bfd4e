"""Rounding as people do it: half away from zero, computed in decimals."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def round_half_up(value: Decimal | float | int, digits: int = 0) -> Decimal:
    """`value` with `digits` decimal places, a half rounded away from zero.

    A float counts as the decimal it prints as, so that 2.675 with 2 digits is 2.68.
    Raises decimal.InvalidOperation on infinity; NaN stays NaN.
    """
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
