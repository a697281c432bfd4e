"""Reading a budget as people type it (decisions, "Money"): a range counts as its middle, and what
cannot be read is missing, never zero."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

CURRENCIES = (
    ("CAD", re.compile(r"\bCAD\b|\bCA?\$", re.IGNORECASE)),
    ("EUR", re.compile(r"€|\bEUR\b|\beuros?\b", re.IGNORECASE)),
    ("GBP", re.compile(r"£|\bGBP\b", re.IGNORECASE)),
    ("USD", re.compile(r"(?<![A-Za-z])(?:US)?\$|\bUSD\b|\bdollars?\b", re.IGNORECASE)),
)
RATE = re.compile(r"/|\bper\b|\ban? (?:hour|day|week|month|year)\b|\bhourly\b|\bmonthly\b", re.I)
AMOUNT = r"(\d{1,3}(?:[,.]\d{3})+|\d+(?:\.\d+)?)\s*(k|m)?\b"
ONE_OR_RANGE = re.compile(
    rf"^\D*?{AMOUNT}(?:\s*[^\d\s]{{0,3}}?\s*(?:-|–|—|\bto\b|\band\b)\s*\D{{0,4}}?{AMOUNT})?\D*$",
    re.IGNORECASE,
)
LONGEST = 100
FACTORS = {"": Decimal(1), "k": Decimal(1_000), "m": Decimal(1_000_000)}


@dataclass(frozen=True)
class Budget:
    """`amount` in `currency`; the middle when `low` and `high` differ."""

    low: Decimal
    high: Decimal
    currency: str

    @property
    def amount(self) -> Decimal:
        return (self.low + self.high) / 2


def parse_budget(text: str | None) -> Budget | None:
    """The budget that `text` states: "$9,500", "5k-8k", "CAD 4000 to 6000". None when it states
    none, several, a rate, or two currencies. Without a sign it is in US dollars."""
    text = (text or "").strip()
    found = ONE_OR_RANGE.match(text) if len(text) <= LONGEST else None
    if found is None or RATE.search(text):
        return None
    currencies = {code for code, sign in CURRENCIES if sign.search(text)}
    if currencies == {"CAD", "USD"} and not re.search(r"US", text, re.IGNORECASE):
        currencies = {"CAD"}
    if len(currencies) > 1:
        return None
    first, first_suffix, second, second_suffix = found.groups()
    last_suffix = (second_suffix or "") if second else first_suffix
    low = _amount(first, first_suffix or last_suffix)
    high = _amount(second, last_suffix) if second else low
    if high < low:
        return None
    return Budget(low, high, currencies.pop() if currencies else "USD")


def _amount(digits: str, suffix: str | None) -> Decimal:
    grouped = re.fullmatch(r"\d{1,3}(?:[,.]\d{3})+", digits)
    return (
        Decimal(re.sub(r"[,.]", "", digits) if grouped else digits)
        * FACTORS[(suffix or "").lower()]
    )
