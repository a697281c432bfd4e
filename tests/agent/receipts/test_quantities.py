"""Numbers as people write them: value, unit, bound."""

from __future__ import annotations

from decimal import Decimal

import pytest

from agent.receipts.reading import read
from agent.receipts.subjects import Names
from tests.agent.receipts.ledger import NOW


@pytest.mark.parametrize(
    ("text", "value", "dimension", "bound"),
    [
        ("about $9.5k", "9500", "money", "~"),
        ("two and a half days", "2.5", "time", "="),
        ("over 9 days", "9", "time", ">"),
        ("at least three weeks", "3", "time", ">="),
        ("67 per cent", "67", "percent", "="),
        ("33 percentage points", "33", "points", "="),
        ("one hundred and twenty deals", "120", "plain", "="),
        ("two thirds", None, "percent", "="),
        ("a dozen deals", "12", "plain", "="),
    ],
)
def test_a_quantity_is_read(text: str, value: str | None, dimension: str, bound: str) -> None:
    (atom,) = read(f"It is {text}.", Names(), NOW).atoms
    found = atom.quantity
    assert found is not None
    assert (found.dimension, found.bound) == (dimension, bound)
    assert value is None or found.value == Decimal(value)


def test_a_number_of_things_a_day_is_one_rate() -> None:
    (atom,) = read("That is 0.33 learnings a day.", Names(), NOW).atoms
    assert atom.quantity is not None
    assert (atom.quantity.value, atom.quantity.per) == (Decimal("0.33"), "day")


def test_two_numbers_with_to_between_them_are_one_range() -> None:
    (atom,) = read("It takes 3 to 5 days.", Names(), NOW).atoms
    assert atom.high is not None and atom.high.value == 5
