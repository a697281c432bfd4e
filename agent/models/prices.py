"""What a model call costs, in US dollars, by the provider's list prices.

An unknown model is charged the dearest price ever listed, so that a cap is never missed because
a price is.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from agent.models.types import Usage

OFFLINE = "offline"


@dataclass(frozen=True)
class Price:
    """US dollars per million tokens: read anew, read from the cache, written to it (kept five
    minutes), and given out."""

    input: Decimal
    cache_read: Decimal
    cache_write: Decimal
    output: Decimal


def _price(input_: str, cache_read: str, cache_write: str, output: str) -> Price:
    return Price(Decimal(input_), Decimal(cache_read), Decimal(cache_write), Decimal(output))


DEAREST = _price("15", "1.5", "18.75", "75")

PRICES: dict[str, Price] = {
    "claude-fable-5": _price("10", "1", "12.5", "50"),
    "claude-mythos-5": _price("10", "1", "12.5", "50"),
    "claude-opus-5-5": _price("4", "0.2", "5", "20"),
    "claude-opus-5": _price("5", "0.5", "6.25", "25"),
    "claude-opus-4-8": _price("5", "0.5", "6.25", "25"),
    "claude-opus-4-7": _price("5", "0.5", "6.25", "25"),
    "claude-opus-4-6": _price("5", "0.5", "6.25", "25"),
    "claude-opus-4-5": _price("5", "0.5", "6.25", "25"),
    "claude-sonnet-5-5": _price("2", "0.1", "2.5", "10"),
    "claude-sonnet-5": _price("2", "0.2", "2.5", "10"),
    "claude-sonnet-4": _price("3", "0.3", "3.75", "15"),
    # The price of prompts over 100,000 tokens; shorter ones cost a fifth.
    "claude-haiku-5-5": _price("0.5", "0.05", "0.625", "2.5"),
    "claude-haiku-4-5": _price("1", "0.1", "1.25", "5"),
}
"""By model, or by the beginning of its id: the longest that fits counts."""


def price_of(model: str) -> Price:
    """The price of a model id; the dearest one when it is not known."""
    known = [name for name in PRICES if model == name or model.startswith(f"{name}-")]
    return PRICES[max(known, key=len)] if known else DEAREST


def cost_of(usage: Usage) -> Decimal:
    """What one call cost. The offline model costs nothing."""
    if usage.provider == OFFLINE:
        return Decimal(0)
    price = price_of(usage.model)
    plain = usage.input_tokens - usage.cached_input_tokens - usage.cache_write_input_tokens
    millionths = (
        max(0, plain) * price.input
        + usage.cached_input_tokens * price.cache_read
        + usage.cache_write_input_tokens * price.cache_write
        + usage.output_tokens * price.output
    )
    return millionths / 1_000_000
