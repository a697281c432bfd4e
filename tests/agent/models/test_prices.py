"""What a call costs."""

from __future__ import annotations

from decimal import Decimal

import pytest

from agent.models.prices import DEAREST, PRICES, cost_of, price_of
from agent.models.types import Usage
from settings import Settings


def test_the_default_model_has_a_price() -> None:
    assert Settings.model_fields["model"].default in PRICES


@pytest.mark.parametrize(
    ("model", "like"),
    [
        ("claude-sonnet-5-5-20260901", "claude-sonnet-5-5"),
        ("claude-sonnet-5-20260301", "claude-sonnet-5"),
        ("claude-haiku-4-5-20251001", "claude-haiku-4-5"),
    ],
)
def test_a_dated_model_costs_what_its_family_costs(model: str, like: str) -> None:
    assert price_of(model) == PRICES[like]


@pytest.mark.parametrize("model", ["claude-opus-6", "claude-sonnet-55", "honest", ""])
def test_an_unknown_model_costs_the_most(model: str) -> None:
    assert price_of(model) == DEAREST
    assert all(DEAREST.output >= price.output for price in PRICES.values())


def test_each_token_is_charged_once() -> None:
    usage = Usage("anthropic", "claude-sonnet-5-5", 1_000_000, 100_000, 600_000, 300_000)
    parts = Decimal("0.1") * 2 + Decimal("0.6") * Decimal("0.1") + Decimal("0.3") * Decimal("2.5")
    assert cost_of(usage) == parts + Decimal("0.1") * 10


def test_the_offline_model_is_free() -> None:
    assert cost_of(Usage("offline", "offline", 10_000, 10_000)) == 0
