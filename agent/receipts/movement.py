"""Words such as rose or doubled, checked against the numbers of the facts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from agent.receipts.evidence import Evidence, FactReading, series
from agent.receipts.match import holds
from agent.receipts.parts import Reading
from agent.receipts.quantities import Quantity
from agent.receipts.roles import read_bound

_DIRECTIONS = {"up": 1, "higher": 1, "down": -1, "lower": -1, "longer": 1, "shorter": -1,
               "slower": 1, "faster": -1}  # fmt: skip
_GOOD = {"better": 1, "worse": -1}
_FACTORS = {"doubled": "2", "doubling": "2", "tripled": "3", "tripling": "3", "quadrupled": "4",
            "halved": "0.5", "halving": "0.5"}  # fmt: skip


def moves(
    reading: Reading, index: int, concepts: tuple[str, ...], pool: Sequence[FactReading]
) -> Literal["said"] | bool | None:
    """Whether the word at a token, if it says that something moved, follows from the
    facts: "said" when a fact gives that direction itself, True when its numbers do, None when
    the word says nothing of the kind or the numbers do not show it."""
    direction = next((_DIRECTIONS[c] for c in concepts if c in _DIRECTIONS), 0)
    direction = direction or next((_GOOD[c] * _good_way(pool) for c in concepts if c in _GOOD), 0)
    if not direction:
        return None
    factor = _factor(reading, index)
    if factor is None and any(one.direction == direction for fact in pool for one in fact.evidence):
        return "said"
    if _moved(pool, direction, factor):
        return True
    runs = {_run_of(fact) for fact in pool} if factor is None else set()
    if direction in runs:
        return True
    against = -direction in runs or any(
        one.direction == -direction for fact in pool for one in fact.evidence
    )
    return False if against or factor is not None or _moved(pool, -direction, None) else None


def is_factor(word: str) -> bool:
    """Whether a lower-case word says by what factor something moved: "tripled"."""
    return word in _FACTORS


def _good_way(pool: Sequence[FactReading]) -> int:
    """Whether more is better of what the facts measure (1), or less (-1); 0 where that depends. A
    time taken is better short; a share or a score better high, unless it is one of risk."""
    ways = set()
    for fact in pool:
        risk = not {"risk", "risk_score"}.isdisjoint(fact.said)
        for one in _values([fact]):
            quantity = one.atom.quantity
            if quantity is None or not (one.is_value or one.atom.period):
                continue
            graded = quantity.dimension in ("percent", "points") or one.ratio or quantity.out_of
            ways.add(-1 if quantity.dimension == "time" else 1 if graded and not risk else 0)
    return ways.pop() if len(ways) == 1 else 0


def _values(pool: Sequence[FactReading]) -> Iterator[Evidence]:
    for fact in pool:
        yield from (one for one in fact.evidence if not one.atom.window)


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


def _run_of(fact: FactReading) -> int:
    """+1 or -1 where the values of a dated series go one way only; else 0."""
    values = [one.atom.quantity.value for one, _ in series(fact) if one.atom.quantity is not None]
    steps = {(two > one) - (two < one) for one, two in pairwise(values)}
    return steps.pop() if len(steps) == 1 else 0


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
