"""Reading one stated quantity: digits or words, with unit, precision and the bound put on it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from agent.receipts.numerals import (
    COLLECTIVES,
    CURRENCIES,
    FRACTIONS,
    HOURS,
    MAGNITUDES,
    MULTIPLES,
    ORDINALS,
    PERCENT,
    POINTS,
    SMALL,
    TIMES,
    VAGUE,
)  # fmt: skip
from agent.receipts.tokens import Token

Dimension = Literal["plain", "time", "percent", "points", "money", "times", "ratio", "ordinal"]
Bound = Literal["=", "~", "almost", ">", ">=", "<", "<="]

ONE = Decimal(1)
_NUMBER = re.compile(r"([-+–]?)((?:US|CA|AU|NZ|C|A)?[$€£¥])?\s*([\d,]*\.?\d+)\s*([^\W\d_]+|[%×])?$")


@dataclass(slots=True)
class Quantity:
    """`value` in its own unit; `quantum` is the place value of its last stated digit, 0 for a
    named fraction; `factor` is hours per unit of time; `end` is the token after it. `loose` marks
    a bound given by "over", which may only mean across."""

    value: Decimal
    quantum: Decimal
    end: int
    dimension: Dimension = "plain"
    factor: Decimal = ONE
    currency: str = ""
    sign: int = 0
    bound: Bound = "="
    out_of: Decimal | None = None
    per: str = ""
    loose: bool = False
    ago: bool = False
    spelled: bool = False


def read_quantity(tokens: list[Token], at: int) -> Quantity | None:
    """The quantity that begins at token `at`, or None."""
    token = tokens[at]
    if token.kind == "number":
        found = _digits(token, at)
    elif token.kind == "slash":
        found = _slash(token, at)
    elif token.kind == "word":
        found = _spelled(tokens, at)
    else:
        return None
    if found is None:
        return None
    _magnitude(tokens, found)
    _unit(tokens, found)
    _suffixes(tokens, found)
    if found.dimension == "times" and found.end < len(tokens):
        following = tokens[found.end].low
        if following in ("as", "more", "less") or following.endswith("er"):
            found.dimension = "ratio"
    return found


def _digits(token: Token, at: int) -> Quantity | None:
    parts = _NUMBER.match(token.text)
    if parts is None:
        return None
    digits = parts[3].replace(",", "")
    try:
        value = Decimal(digits)
    except InvalidOperation:
        return None
    quantum = ONE.scaleb(-len(digits.partition(".")[2]))
    found = Quantity(value, quantum, at + 1)
    if parts[1]:
        found.sign = 1 if parts[1] == "+" else -1
    if parts[2]:
        found.dimension, found.currency = "money", CURRENCIES.get(parts[2].lower(), "$")
    return _glued_suffix(found, (parts[4] or "").lower())


def _glued_suffix(found: Quantity, suffix: str) -> Quantity | None:
    if not suffix:
        return found
    if suffix in PERCENT:
        found.dimension = "percent"
    elif suffix in ("st", "nd", "rd", "th"):
        found.dimension = "ordinal"
    elif suffix in MAGNITUDES and not (suffix == "m" and found.dimension != "money"):
        found.value *= MAGNITUDES[suffix]
        found.quantum *= MAGNITUDES[suffix]
    elif suffix in HOURS:
        found.dimension, found.factor = "time", HOURS[suffix]
    elif suffix in MULTIPLES:
        found.dimension = "times"
    elif suffix in POINTS:
        found.dimension = "points"
    elif suffix in CURRENCIES:
        found.dimension, found.currency = "money", CURRENCIES[suffix]
    else:
        return None
    return found


def _slash(token: Token, at: int) -> Quantity | None:
    parts = token.text.split("/")
    if len(parts) != 2:
        return None
    above, below = Decimal(parts[0]), Decimal(parts[1])
    if below in (5, 10, 12, 100):
        quantum = ONE.scaleb(-len(parts[0].partition(".")[2]))
        return Quantity(above, quantum, at + 1, out_of=below)
    if below == 0 or above > below:
        return None
    return Quantity(above / below * 100, Decimal(0), at + 1, dimension="percent", spelled=True)


def _spelled(tokens: list[Token], at: int) -> Quantity | None:
    low = tokens[at].low
    following = tokens[at + 1].low if at + 1 < len(tokens) else ""
    if low in ("a", "an"):
        return _after_article(tokens, at, following)
    if low in SMALL:
        return _small(tokens, at)
    if low in MAGNITUDES and len(low) > 3:
        return Quantity(Decimal(MAGNITUDES[low]), Decimal(MAGNITUDES[low]), at + 1, spelled=True)
    if low in TIMES:
        return Quantity(Decimal(TIMES[low]), ONE, at + 1, dimension="times", spelled=True)
    if low == "other" and following in HOURS and at and tokens[at - 1].low == "every":
        return Quantity(Decimal(2), ONE, at + 1, spelled=True)
    if low in VAGUE:
        return Quantity(Decimal(VAGUE[low]), ONE, at + 1, bound=">=", spelled=True)
    if low in ("dozen", "couple", "pair"):
        return Quantity(Decimal(COLLECTIVES[low]), ONE, at + 1, spelled=True)
    if low == "half" and following not in ("hearted", "way"):
        return _half(tokens, at)
    if low in ORDINALS and not (at and tokens[at - 1].low in SMALL):
        return Quantity(Decimal(ORDINALS[low]), ONE, at + 1, dimension="ordinal", spelled=True)
    return None


def _after_article(tokens: list[Token], at: int, following: str) -> Quantity | None:
    if following in MAGNITUDES and len(following) > 3:
        size = Decimal(MAGNITUDES[following])
        return Quantity(size, size, at + 2, spelled=True)
    if following in COLLECTIVES:
        end = at + 2
        if end < len(tokens) and tokens[end].low == "of":
            end += 1
        return Quantity(Decimal(COLLECTIVES[following]), ONE, end, spelled=True)
    if following in ("third", "quarter", "fifth", "tenth", "half"):
        return _fraction(tokens, ONE, FRACTIONS[following], at + 2)
    if following in HOURS and len(following) > 2:
        found = Quantity(ONE, ONE, at + 1, spelled=True)
        if [token.low for token in tokens[at + 2 : at + 5]] == ["and", "a", "half"]:
            found = Quantity(Decimal("1.5"), Decimal("0.5"), at + 5, "time", HOURS[following])
            found.spelled = True
        return found
    return None


def _small(tokens: list[Token], at: int) -> Quantity | None:
    value, end = Decimal(SMALL[tokens[at].low]), at + 1
    if value >= 20 and end < len(tokens) and 0 < SMALL.get(tokens[end].low, 0) < 10:
        value, end = value + SMALL[tokens[end].low], end + 1
    if end < len(tokens) and tokens[end].low == "hundred":
        value, end = value * 100, end + 1
        tail = end + 1 if end < len(tokens) and tokens[end].low == "and" else end
        if tail < len(tokens) and tokens[tail].low in SMALL:
            rest = _small(tokens, tail)
            if rest is not None:
                value, end = value + rest.value, rest.end
    if end < len(tokens) and tokens[end].low in FRACTIONS and tokens[end].low not in ("half",):
        return _fraction(tokens, value, FRACTIONS[tokens[end].low], end + 1)
    lows = [token.low for token in tokens[end : end + 3]]
    if lows == ["and", "a", "half"]:
        return Quantity(value + Decimal("0.5"), Decimal("0.5"), end + 3, spelled=True)
    if lows[:1] == ["point"] and len(lows) > 1 and lows[1] in SMALL:
        return Quantity(value + Decimal(SMALL[lows[1]]) / 10, Decimal("0.1"), end + 2, spelled=True)
    if lows[:2] == ["out", "of"] or lows[:1] == ["of"]:
        return Quantity(value, ONE, end, spelled=True)
    return Quantity(value, ONE, end, spelled=True)


def _half(tokens: list[Token], at: int) -> Quantity | None:
    end = at + 1
    if end < len(tokens) and tokens[end].low in ("a", "an"):
        end += 1
    if end < len(tokens) and tokens[end].low in HOURS:
        return Quantity(Decimal("0.5"), Decimal("0.5"), end, spelled=True)
    return _fraction(tokens, ONE, FRACTIONS["half"], at + 1)


def _fraction(tokens: list[Token], count: Decimal, part: Decimal, end: int) -> Quantity:
    return Quantity(count * part * 100, Decimal(0), end, dimension="percent", spelled=True)


def _magnitude(tokens: list[Token], found: Quantity) -> None:
    while found.end < len(tokens):
        low = tokens[found.end].low
        if low in ("thousand", "million", "billion", "dozen", "grand", "hundred"):
            size = COLLECTIVES.get(low) or MAGNITUDES[low]
        elif low in ("k", "m", "bn") and found.dimension == "money":
            size = MAGNITUDES[low]
        else:
            return
        found.value *= size
        found.quantum *= size
        found.end += 1


def _unit(tokens: list[Token], found: Quantity) -> None:
    """Take in the unit that follows: `days`, `%`, `per cent`, `percentage points`, `dollars`."""
    at = found.end
    if at < len(tokens) and tokens[at].text == "+" and found.bound == "=":
        found.bound, found.end, at = ">=", at + 1, at + 1
    if at < len(tokens) and tokens[at].text == "-":
        at += 1
    if (
        at + 1 < len(tokens)
        and tokens[at + 1].low in HOURS
        and tokens[at].low in _BETWEEN_NUMBER_AND_UNIT
    ):
        at += 1
    if at >= len(tokens) or found.dimension not in ("plain",):
        return
    low = tokens[at].low
    first, following = low.partition("-")[0], tokens[at + 1].low if at + 1 < len(tokens) else ""
    if low in PERCENT or (low == "per" and following == "cent"):
        found.dimension, found.end = "percent", at + (2 if low == "per" else 1)
    elif low == "percentage" and following in POINTS:
        found.dimension, found.end = "points", at + 2
    elif low in POINTS:
        found.dimension, found.end = "points", at + 1
    elif first in HOURS and (len(first) > 1 or not found.spelled):
        found.dimension, found.factor, found.end = "time", HOURS[first], at + 1
    elif low in CURRENCIES:
        found.dimension, found.currency, found.end = "money", CURRENCIES[low], at + 1
    elif low in ("times", "fold", "x"):
        found.dimension, found.end = "times", at + 1


_BETWEEN_NUMBER_AND_UNIT = frozenset({"full", "whole", "long", "straight", "consecutive", "calendar",
                                      "solid", "more", "good", "different", "separate", "other"})  # fmt: skip
_AFTER_SCALE = frozenset("and or but on in at for with from after before now then yesterday today logged as "
                         "which that while since over to is was".split())  # fmt: skip
_RATE_WORDS = frozenset({"a", "an", "per", "each", "every", "/"})


def _suffixes(tokens: list[Token], found: Quantity) -> None:
    """Take in what qualifies it: `and a half`, `per week`, `ago`, `old`, `out of 10`."""
    at = found.end
    lows = [token.low for token in tokens[at : at + 3]]
    if found.dimension == "time" and lows == ["and", "a", "half"]:
        found.value, found.quantum = found.value + Decimal("0.5"), Decimal("0.5")
        found.end = at = at + 3
        lows = [token.low for token in tokens[at : at + 3]]
    if lows[:2] == ["out", "of"] and len(lows) == 3 and found.dimension == "plain":
        below = _plain_number(tokens[at + 2])
        counted = tokens[at + 3] if at + 3 < len(tokens) else None
        part = counted is not None and counted.kind == "word" and counted.low not in _AFTER_SCALE
        if below in (5, 10, 100) and not part:
            found.out_of, found.end = below, at + 3
            return
    if len(lows) > 1 and lows[0] in _RATE_WORDS and lows[1] in HOURS and len(lows[1]) > 2:
        found.per, found.end = lows[1].rstrip("s"), at + 2
    elif lows[:1] == ["daily"] or lows[:1] == ["weekly"]:
        found.per = {"daily": "day", "weekly": "week"}[lows[0]]
    if lows[:1] == ["ago"]:
        found.ago, found.end = True, at + 1
    elif lows[:1] == ["old"]:
        found.end = at + 1


def _plain_number(token: Token) -> Decimal | None:
    if token.kind == "number" and token.text.replace(".", "").isdigit():
        return Decimal(token.text)
    return Decimal(SMALL[token.low]) if token.low in SMALL else None
