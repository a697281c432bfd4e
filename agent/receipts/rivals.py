"""Values that fit what a sentence says better than the one that equals it, and so speak against it."""

from __future__ import annotations

from collections.abc import Sequence

from agent.receipts.evidence import Evidence
from agent.receipts.match import same_quantity
from agent.receipts.parts import Atom
from agent.receipts.sense import Sense


def closeness(evidence: Evidence, sense: Sense, atom: Atom) -> tuple[int, int, int]:
    """How well evidence fits what is said beside an atom; between equals, what is said around it;
    and between facts of nobody in particular, how little else they say."""
    close = sum(1 for concept in sense.own if concept in evidence.near)
    told = sum(1 for concept in sense.own if concept in evidence.fact.said)
    around = sum(1 for concept in sense.near if concept in evidence.fact.explicit)
    same_thing = bool(set(atom.noun) & set(evidence.atom.noun))
    explicit = evidence.fact.explicit.keys()
    more = 0 if evidence.subjects else len(explicit - sense.near - set(atom.noun))
    return 2 * close + told + 3 * same_thing, around, -more


def rival(
    fits: Sequence[Evidence],
    equal: Sequence[Evidence],
    sense: Sense,
    chosen: Evidence,
    atom: Atom,
) -> Evidence | None:
    """Evidence of another value that matches what is said better than the one that equals it."""
    if not sense.near or atom.quantity is None or chosen.atom.quantity is None:
        return None
    score = closeness(chosen, sense, atom)
    if not sense.own and score[1]:
        return None
    for other in fits:
        if any(other is one for one in equal) or other.atom.quantity is None:
            continue
        if atom.whole is not None and same_quantity(atom.whole, other):
            continue
        apt = (
            other.atom.quantity.dimension == chosen.atom.quantity.dimension
            and other.atom.period == chosen.atom.period
            and other.atom.sample in (chosen.atom.sample, atom.sample)
            and bool(other.moment) == bool(chosen.moment)
            and other.atom.quantity.per == chosen.atom.quantity.per
        )
        moved = sense.amount and chosen.direction == sense.direction != 0 == other.direction
        if apt and not moved and closeness(other, sense, atom) > score:
            return other
    return None


def own_value(
    fits: Sequence[Evidence], sense: Sense, chosen: Evidence, atom: Atom, keys: frozenset[str]
) -> Evidence | None:
    """Evidence of the very thing that is spoken of, where what was chosen is of nobody in
    particular and fits no better; or the other way round."""
    if bool(chosen.subjects) == bool(keys) or atom.sample or atom.window:
        return None
    score = closeness(chosen, sense, atom)
    for other in fits:
        stated = other.atom.quantity
        of_this = other.subjects & keys if keys else not other.subjects
        if not of_this or stated is None or chosen.atom.quantity is None:
            continue
        said = atom.quantity.dimension if atom.quantity is not None else ""
        alike = stated.dimension in (chosen.atom.quantity.dimension, said)
        if (
            alike
            and other.atom.period == chosen.atom.period
            and closeness(other, sense, atom) >= score
        ):
            return other
    return None
