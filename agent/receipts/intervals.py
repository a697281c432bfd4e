"""Days between two dated facts about one thing: "was scored two days later"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import permutations

from agent.receipts.evidence import FactReading
from agent.receipts.match import holds
from agent.receipts.parts import Atom, Reading

_SIDES = {"later": 1, "after": 1, "afterwards": 1, "before": -1, "earlier": -1, "apart": 0}
_DAY = 24


def interval(atom: Atom, reading: Reading, pool: Sequence[FactReading]) -> tuple[FactReading, ...]:
    """The two facts whose dates lie as far apart as a duration says, the right way round: what
    stands before the duration came later in "sent six days later". () if there are none."""
    quantity = atom.quantity
    after = reading.tokens[atom.end].low if atom.end < len(reading.tokens) else ""
    if quantity is None or quantity.factor < _DAY or after not in _SIDES:
        return ()
    dated = [(fact, day) for fact in pool if (day := day_of(fact)) is not None]
    keys = frozenset().union(*atom.subjects) if atom.subjects else frozenset()
    segment = reading.segments[reading.at[atom.start]]
    own = reading.concepts_in(segment.start, atom.start)
    for (one, first), (two, second) in permutations(dated, 2):
        if keys and not (one.is_about(keys) and two.is_about(keys)):
            continue
        if _tells(one, own) <= _tells(two, own):
            continue
        gap = (first - second).days
        right_way = gap * _SIDES[after] > 0 or (_SIDES[after] == 0 and gap)
        if right_way and holds(quantity, Decimal(abs(gap) * _DAY) / quantity.factor):
            return (one, two)
    return ()


def _tells(fact: FactReading, concepts: set[str]) -> int:
    return len(concepts & fact.said.keys())


def day_of(fact: FactReading) -> date | None:
    """The day a fact's statement gives, where it gives one alone."""
    spans = [one.atom.calendar.spans for one in fact.evidence if one.atom.calendar is not None]
    if len(spans) != 1 or len(spans[0]) != 1 or spans[0][0][0] != spans[0][0][1]:
        return None
    return spans[0][0][0]
