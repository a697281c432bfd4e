"""Budgets as people type them."""

from __future__ import annotations

import time

import pytest

from tools.operator.rules.money import parse_budget


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("$9,500", "9500", "USD"),
        ("$0", "0", "USD"),
        ("$5k-8k", "6500", "USD"),
        ("5-8k", "6500", "USD"),
        ("$5,000 – $8,001", "6500.5", "USD"),
        ("between $3k and $5k", "4000", "USD"),
        ("about 9500 dollars", "9500", "USD"),
        ("CAD 4000 to 6000", "5000", "CAD"),
        ("$1000-1500 CAD", "1250", "CAD"),
        ("€3.500", "3500", "EUR"),
        ("£2.5k", "2500", "GBP"),
        ("1.5m", "1500000", "USD"),
    ],
)
def test_a_figure_or_the_middle_of_a_range(text: str, amount: str, currency: str) -> None:
    budget = parse_budget(text)
    assert budget is not None
    assert (f"{budget.amount.normalize():f}", budget.currency) == (amount, currency)


@pytest.mark.parametrize(
    "text",
    [
        None, "", "to be agreed", "$500 per month", "$80/hour", "$10k-$5k", "$5k or €4k",
        "3 sites at $900", "1, 2, 3", "9" * 101, "$" * 101,
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_missing(text: str | None) -> None:
    assert parse_budget(text) is None


def test_reading_hostile_text_takes_no_time() -> None:
    started = time.perf_counter()
    for text in (" " * 99 + "x", "1" + " " * 98 + "x", "1-" * 50, "$," * 50):
        parse_budget(text)
    assert time.perf_counter() - started < 0.1
