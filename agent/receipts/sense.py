"""What a sentence says beside an atom, whether a fact states its value in that sense, and whether
another value fits that better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.receipts.english import is_past, stem
from agent.receipts.evidence import Evidence
from agent.receipts.lexicon import STRONG, TIERS, TOO_WIDE
from agent.receipts.match import same_quantity
from agent.receipts.nearness import all_of, beside, direction_of, near_concepts
from agent.receipts.parts import Atom, Reading, Segment, Stance
from agent.receipts.polarity import AFFIRMED, DENIED

_MOVES = frozenset({"up", "down", "higher", "lower", "longer", "shorter", "better", "worse"})
_MEASURES = frozenset({"average", "median", "total", "maximum", "minimum"})


@dataclass(slots=True)
class Sense:
    """What a sentence says beside an atom. `near` are the concepts of its surroundings, `own`
    those that belong to it alone; `affirmed` and `denied` the strong ones among its own;
    `happened` says that its clause tells of something done, `amount` that the number says by how
    much something moved."""

    near: frozenset[str]
    own: frozenset[str]
    affirmed: frozenset[str]
    denied: frozenset[str]
    direction: int
    spans: bool
    lasts: bool
    limit: bool
    happened: bool
    amount: bool = False


def sense_of(atom: Atom, reading: Reading, stance: Stance, lead: frozenset[str]) -> Sense:
    own = beside(reading, atom, with_whole=True)
    strong = {
        index: concept
        for index, concepts in own.items()
        for concept in concepts
        if TIERS.get(concept) in STRONG
    }
    around = (near_concepts(reading, atom) or lead) - TOO_WIDE
    before = reading.lows[max(0, atom.start - 3) : atom.start]
    number = reading.at[atom.start]
    denied_here = any(reading.at[denial.at] == number for denial in stance.denials)
    return Sense(
        around - _MOVES,
        frozenset(c for c in all_of(own) if c[0] != "~") - _MOVES,
        frozenset(c for i, c in strong.items() if stance.tokens[i] == AFFIRMED) - _MOVES,
        frozenset(c for i, c in strong.items() if stance.tokens[i] == DENIED) - _MOVES,
        direction_of(reading, atom),
        "in" in before and not denied_here and not (atom.quantity and atom.quantity.ago),
        "for" in before and not denied_here,
        "~limit" in all_of(own),
        _happened(reading, reading.segments[number]),
        atom.start > 0 and reading.tokens[atom.start - 1].low in ("by", "up", "down"),
    )


def _happened(reading: Reading, segment: Segment) -> bool:
    """Whether a stretch tells that something was done, and not that it was planned or said."""
    lows = reading.lows[segment.start : segment.end]
    return any(is_past(low) and low not in OF_PLANS for low in lows)


OF_PLANS = frozenset("planned wanted aimed intended decided noted defined wrote described named called "
                      "logged recorded allowed needed required agreed expected hoped gave said "
                      "told desired recommended given set put chosen".split())  # fmt: skip


def in_sense(atom: Atom, evidence: Evidence, sense: Sense) -> bool:
    """Whether direction, what is counted and what is said beside the number agree."""
    if sense.direction and evidence.direction and sense.direction != evidence.direction:
        return False
    if sense.amount and sense.direction and not evidence.direction and not evidence.moment:
        return False
    stated = evidence.atom.quantity
    if stated is not None and stated.sign < 0 and not sense.direction and not evidence.moment:
        return False
    if stated is not None and stated.ago and not evidence.moment:
        if sense.spans or (sense.lasts and sense.affirmed & evidence.near):
            return False
    if sense.limit and (stated is None or stated.bound in ("=", "~", "almost")):
        return False
    if evidence.whole is not None and atom.whole is None and not sense.affirmed:
        return False
    if atom.quantity is not None and atom.quantity.dimension == "points" and not evidence.direction:
        if sense.direction or evidence.atom.noun:
            return False
    bare = atom.quantity is not None and atom.quantity.dimension == "plain"
    if bare and stated is not None and stated.dimension in ("time", "money", "percent"):
        told = evidence.fact.explicit.keys() if evidence.subjects & atom.keys else evidence.near
        beside_it = sense.own or sense.near
        if beside_it and not beside_it & told:
            return False
    said = evidence.fact.said
    if evidence.fact.planned and sense.happened:
        return False
    if any(said.get(concept) == DENIED for concept in sense.affirmed):
        return False
    hard = {c for c in sense.affirmed if TIERS.get(c) in ("status", "claim")} - _MEASURES
    if not evidence.subjects and not hard <= said.keys():
        return False
    turned = stated is not None and stated.ago and bool(sense.denied)
    if not turned and any(said.get(concept) == AFFIRMED for concept in sense.denied):
        return False
    if (atom.noun or atom.counts) and not _counts_the_same(atom, evidence):
        return False
    return not any(TIERS.get(c) in _HARD for c in sense.near) or is_near(evidence, sense)


def is_near(evidence: Evidence, sense: Sense) -> bool:
    """Whether anything said beside an atom is said by the fact, where anything is said."""
    said = evidence.fact.said
    telling = any(concept[0] != "~" for concept in sense.near)
    dated = evidence.atom.kind == "date"
    own = said.keys() if dated else said.keys() - evidence.fact.quoted
    return not telling or any(concept in own for concept in sense.near)


_HARD = frozenset({"status", "claim", "noun"})


def _counts_another(atom: Atom, evidence: Evidence) -> bool:
    """Whether the fact counts this very thing with another of its numbers: "9 items on 7 leads"."""
    said, stated = atom.quantity, evidence.atom.quantity
    if said is None or stated is None or stated.per or evidence.whole:
        return False
    counts = (evidence.printed or evidence).atom.counts
    if not atom.counts or counts in ("", atom.counts):
        return False
    return any(
        one.atom.counts == atom.counts
        and one.atom.quantity is not None
        and one.atom.quantity.value != said.value
        for one in evidence.fact.evidence
    )


def _counts_the_same(atom: Atom, evidence: Evidence) -> bool:
    """Whether what is counted is what the fact counts: a word of it must be the fact's, and the
    thing itself too, where both name one. Things come whole, unless the fact counts parts of them."""
    if _counts_another(atom, evidence):
        return False
    said = evidence.fact.said
    if not atom.noun:
        stems = {stem(word.strip("._-/:'")) for word in evidence.fact.words}
        return not evidence.atom.noun or atom.counts in stems
    ours = {concept for concept in atom.noun if TIERS.get(concept) in ("thing", "noun")}
    quantity = atom.quantity
    if ours and quantity is not None and quantity.value % 1 and not quantity.per:
        if quantity.dimension == "plain" and not ours & set(evidence.atom.noun):
            return False
    nouns = [concept for concept in atom.noun if concept[0] != "~"]
    if nouns and not any(concept in said or concept in evidence.atom.noun for concept in nouns):
        return False
    theirs = {c for c in evidence.atom.noun if TIERS.get(c) in ("thing", "noun")}
    return not ours or not theirs or bool(ours & theirs) or ours <= evidence.fact.explicit.keys()


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
    fits: Sequence[Evidence], equal: Sequence[Evidence], sense: Sense, chosen: Evidence, atom: Atom
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
