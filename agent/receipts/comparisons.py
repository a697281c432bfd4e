"""Comparisons over facts, done again: "longer than", "the highest", "the first", "the only"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from agent.receipts.arithmetic import terms
from agent.receipts.evidence import Evidence, FactReading
from agent.receipts.facts import kind_of_fact
from agent.receipts.lexicon import tier_of
from agent.receipts.match import same_quantity
from agent.receipts.parts import Reading
from agent.receipts.support import plain_value
from agent.receipts.times import day_of

_UP = frozenset({"longer", "higher", "older", "up", "large", "slower", "slow", "better"})
_DOWN = frozenset({"shorter", "lower", "newer", "down", "small", "faster", "fast", "worse"})
_FIRST = frozenset({"first", "earliest"})
_LAST = frozenset({"latest", "newest", "recent"})
RANKING = frozenset({"most", "least", "only"}) | _FIRST | _LAST
"""Words that set a thing against all others of its kind, beside those in -est."""


def ranks(word: str) -> bool:
    """Whether a lower-case word sets a thing against all others of its kind."""
    return word in RANKING or (word.endswith("est") and len(word) > 4)


def compares(
    reading: Reading, at: int, pool: Sequence[FactReading], rivals: Sequence[FactReading]
) -> bool | None:
    """Whether the comparative or superlative at token `at` holds over the facts: True, False, or
    None when there is nothing to compare. `rivals` are all facts of the run of the same kind."""
    concepts = set(reading.content.get(at, ()))
    direction = (1 if concepts & _UP else 0) - (1 if concepts & _DOWN else 0)
    if not direction:
        return None
    found = _things_compare(reading, at, pool, rivals, direction)
    return _numbers_compare(reading, direction) if found is None else found


def _things_compare(
    reading: Reading,
    at: int,
    pool: Sequence[FactReading],
    rivals: Sequence[FactReading],
    direction: int,
) -> bool | None:
    superlative = _is_superlative(reading.tokens[at].low)
    main = reading.segments[reading.at[at]].subjects
    if not main and not reading.mentions and not superlative:
        return _measures_compare(reading, at, pool, direction)
    keys = frozenset().union(*main) if main else frozenset()
    ours = [one for one in terms(_about(pool, keys)) if not one.atom.period]
    if not keys:
        text = reading.text.lower()
        ours = [
            one
            for one in ours
            if any(same_quantity(atom, one) for atom in reading.atoms)
            or one.fact.fact.subject.lower() in text
        ]
    others = [mention.keys for mention in reading.mentions if mention.oblique]
    if not others and not superlative:
        others = [m.keys for m in reading.mentions if not m.keys & keys]
    if others:
        theirs = [one for keys_ in others for one in terms(_about(pool, keys_))]
    elif superlative:
        kinds = {kind_of_fact(one.fact.fact) for one in ours}
        theirs = [
            one for one in terms(rivals) if kind_of_fact(one.fact.fact) in kinds or one.fact in pool
        ]
    else:
        theirs = list(terms([fact for fact in pool if fact.named and not fact.is_about(keys)]))
    return _all_hold(ours, theirs, direction)


def _about(pool: Sequence[FactReading], keys: frozenset[str]) -> list[FactReading]:
    return [fact for fact in pool if not keys or fact.is_about(keys)]


def _all_hold(ours: Sequence[Evidence], theirs: Sequence[Evidence], direction: int) -> bool | None:
    pairs = [
        (one, two)
        for one in ours
        for two in theirs
        if one.fact.fact.subject != two.fact.fact.subject and _alike(one, two)
    ]
    if not pairs:
        return None
    return all(
        ((plain_value(one) or 0) - (plain_value(two) or 0)) * direction > 0 for one, two in pairs
    )


def _measures_compare(
    reading: Reading, at: int, pool: Sequence[FactReading], direction: int
) -> bool | None:
    """ "Your energy is lower than your confidence": the measures stand on both sides of "than"."""
    if "than" not in reading.lows[at + 1 :]:
        return None
    than = reading.lows.index("than", at + 1)
    left = reading.concepts_in(0, at)
    right = reading.concepts_in(than, len(reading.tokens))

    def side(own: set[str], other: set[str]) -> list[Evidence]:
        told = [(fact, len(own & fact.said.keys()), len(other & fact.said.keys())) for fact in pool]
        return list(terms([fact for fact, mine, its in told if mine > its]))

    return _all_hold(side(left, right), side(right, left), direction)


def _numbers_compare(reading: Reading, direction: int) -> bool | None:
    """ "The bigger one, 85 against 80": the two numbers that the sentence itself sets side by side."""
    for one, two in pairwise(reading.atoms):
        first, second = one.quantity, two.quantity
        if first is None or second is None or two.period != "soft" or one.period:
            continue
        if second.dimension in (first.dimension, "plain"):
            return (first.value - second.value) * direction > 0
    return None


def _is_superlative(word: str) -> bool:
    return word.endswith("est") or word in ("most", "least")


def _alike(one: Evidence, two: Evidence) -> bool:
    left, right = one.atom.quantity, two.atom.quantity
    return (
        left is not None
        and right is not None
        and left.dimension == right.dimension
        and not one.atom.sample
        and not two.atom.sample
        and not two.atom.period
    )


def check_ranking(
    reading: Reading, pool: Sequence[FactReading], rivals: Sequence[FactReading]
) -> list[str]:
    """Complaints about "the first", "the latest", "the only" thing of a kind where the facts of
    that kind show another."""
    reasons: list[str] = []
    for index, token in enumerate(reading.tokens):
        if token.low == "only":
            holds = _is_only(reading, index, pool, rivals)
        elif token.low in _FIRST or token.low in _LAST:
            holds = _stands_at_end(reading, index, pool, rivals)
        else:
            continue
        if not holds:
            reasons.append(f'"{token.text}" does not agree with the facts of its kind')
    return reasons


def _is_only(
    reading: Reading, index: int, pool: Sequence[FactReading], rivals: Sequence[FactReading]
) -> bool:
    before = reading.tokens[index - 1].low if index else ""
    if before not in ("the", "your", "an") or not _names_thing(reading, index):
        return True
    for fact in pool:
        counts = [one.atom.quantity for one in fact.evidence if one.atom.noun]
        if any(quantity is not None and quantity.value == 1 for quantity in counts):
            return True
    kinds = {kind_of_fact(fact.fact): fact.fact.subject for fact in pool if fact.named}
    return all(
        kinds.get(kind_of_fact(rival.fact)) in (None, rival.fact.subject) for rival in rivals
    )


def _stands_at_end(
    reading: Reading, index: int, pool: Sequence[FactReading], rivals: Sequence[FactReading]
) -> bool:
    """Whether the cited facts of a kind are those with the earliest or latest dates."""
    word = reading.tokens[index].low
    if not _names_thing(reading, index) or any(word in fact.words for fact in pool):
        return True
    for kind in {kind_of_fact(fact.fact) for fact in pool}:
        days = _days([fact for fact in rivals if kind_of_fact(fact.fact) == kind])
        ours = _days([fact for fact in pool if kind_of_fact(fact.fact) == kind])
        if not ours or len(days) == len(ours):
            continue
        end = days[: len(ours)] if word in _FIRST else days[-len(ours) :]
        if ours != end:
            return False
    return True


def _names_thing(reading: Reading, index: int) -> bool:
    following = reading.tokens[index + 1 : index + 3]
    return any(tier_of(token.low) in ("thing", "noun") for token in following)


def _days(facts: Sequence[FactReading]) -> list[date]:
    return sorted(day for fact in facts if (day := day_of(fact)) is not None)
