"""Words such as rose, doubled or small, checked against the numbers of the facts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Literal

from agent.receipts.evidence import Evidence, FactReading
from agent.receipts.match import holds
from agent.receipts.parts import Reading
from agent.receipts.quantities import Quantity
from agent.receipts.roles import read_bound

_DIRECTIONS = {"up": 1, "higher": 1, "down": -1, "lower": -1, "longer": 1, "shorter": -1}
_FACTORS = {"doubled": "2", "doubling": "2", "tripled": "3", "tripling": "3", "quadrupled": "4",
            "halved": "0.5", "halving": "0.5"}  # fmt: skip
_FEW = 10


def moves(
    reading: Reading, index: int, concepts: tuple[str, ...], pool: Sequence[FactReading]
) -> Literal["said"] | bool | None:
    """Whether the word at a token, if it says that something moved or is few, follows from the
    facts: "said" when a fact gives that direction itself, True when its numbers do, None when
    the word says nothing of the kind or the numbers do not show it."""
    if "small" in concepts:
        return True if any(_is_few(one) for one in _values(pool)) else None
    direction = next((_DIRECTIONS[c] for c in concepts if c in _DIRECTIONS), 0)
    if not direction:
        return None
    factor = _factor(reading, index)
    if factor is None and any(one.direction == direction for fact in pool for one in fact.evidence):
        return "said"
    if _moved(pool, direction, factor):
        return True
    against = any(one.direction == -direction for fact in pool for one in fact.evidence)
    return False if against or factor is not None or _moved(pool, -direction, None) else None


def _values(pool: Sequence[FactReading]) -> Iterator[Evidence]:
    for fact in pool:
        yield from (one for one in fact.evidence if not one.atom.window)


def _is_few(one: Evidence) -> bool:
    """Whether a count is so small that one may call it so (n below 10)."""
    quantity = one.atom.quantity
    if quantity is None or one.moment is not None or one.ratio:
        return False
    return quantity.dimension == "plain" and quantity.out_of is None and quantity.value < _FEW


def _factor(reading: Reading, index: int) -> Quantity | None:
    """The factor in "more than tripled"; None for a plain "rose"."""
    stated = _FACTORS.get(reading.tokens[index].low)
    if stated is None:
        return None
    found = Quantity(Decimal(stated), Decimal("0.1"), index + 1)
    read_bound(reading.tokens, index, found)
    return found


def _moved(pool: Sequence[FactReading], direction: int, factor: Quantity | None) -> bool:
    """Whether the value of a fact moved in this direction, by this factor, against its earlier
    value."""
    values = [one for one in _values(pool) if not one.atom.sample]
    for one in values:
        for two in values:
            if one.atom.period != "prev" or two.atom.period or not two.is_value:
                continue
            if not _of_one_thing(one, two):
                continue
            before, after = _base(one), _base(two)
            if (after - before) * direction <= 0:
                continue
            if factor is None or (before and holds(factor, after / before)):
                return True
    return False


def _of_one_thing(one: Evidence, two: Evidence) -> bool:
    before, after = one.atom.quantity, two.atom.quantity
    if before is None or after is None:
        return False
    return (
        (one.is_value or one.fact is two.fact)
        and one.fact.fact.subject == two.fact.fact.subject
        and before.dimension == after.dimension
        and before.out_of in (None, after.out_of)
    )


def _base(one: Evidence) -> Decimal:
    quantity = one.atom.quantity
    return quantity.value * quantity.factor if quantity is not None else Decimal(0)
