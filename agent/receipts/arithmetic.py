"""Arithmetic over cited facts that a sentence may do, done again: sums, differences, ratios,
changes, means, counts, comparisons. A number counts as derived only where a word of the
sentence names the operation, so that no chance sum bears out an invented number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import combinations, permutations

from agent.receipts.evidence import Evidence, FactReading
from agent.receipts.match import holds, same_quantity
from agent.receipts.nearness import direction_of
from agent.receipts.parts import Atom, Reading
from agent.receipts.quantities import Quantity
from agent.receipts.segments import listed_after
from agent.receipts.support import plain_value

_SUM = frozenset("together total totals totalling combined altogether sum adds add plus across "
                 "overall all between".split())  # fmt: skip
_DIFFERENCE = frozenset(
    "difference gap apart more less fewer longer shorter higher lower older newer ahead behind up "
    "down above below extra left remaining remain change changed rise rose risen fall fell fallen "
    "drop dropped increase increased decrease decreased improved improvement gained lost added "
    "further another difference delta margin swing cut saved".split()
)
_MEAN = frozenset("average averages averaged averaging mean".split())
_RATIO = frozenset("times twice thrice double doubled triple tripled ratio half halved x multiple "
                   "fold".split())  # fmt: skip
_CHANGE = frozenset("up down rise rose risen fall fell fallen drop dropped increase increased decrease "
                    "decreased grew growth lower higher improved improvement reduction reduced cut "
                    "change changed more less fewer better worse".split())  # fmt: skip
_SHARE = frozenset({"of", "share", "portion", "majority", "most", "proportion"})
_UP = frozenset({"longer", "higher", "older", "up", "large", "slower", "slow"})
_DOWN = frozenset({"shorter", "lower", "newer", "down", "small", "faster", "fast"})
_MAX_FACTS = 8


def derive(atom: Atom, reading: Reading, pool: Sequence[FactReading]) -> tuple[FactReading, ...]:
    """The facts from which the quantity follows by an operation the sentence names; () if none."""
    quantity = atom.quantity
    if quantity is None or atom.high is not None or quantity.bound not in ("=", "~"):
        return ()
    segment = reading.segments[reading.at[atom.start]]
    last = min(atom.end + 2, segment.end)
    close = {token.low for token in reading.tokens[max(segment.start, atom.start - 3) : last]}
    counted = _count(atom, reading, pool) if quantity.dimension in ("plain", "times") else ()
    if counted:
        return counted
    terms = list(_terms(pool))[: _MAX_FACTS * 3]
    if atom.start and reading.tokens[atom.start - 1].low in ("from", "to"):
        close = close - _DIFFERENCE
    if direction_of(reading, atom):
        close = close | {"difference"}
    if close & (_DIFFERENCE | _CHANGE | _RATIO | _SHARE):
        for left, right in permutations(terms, 2):
            if _pair_gives(quantity, close, left, right) and _ordered(reading, atom, left, right):
                return _facts_of((left, right))
    everywhere = {token.low for token in reading.tokens}
    if everywhere & (_SUM | _MEAN):
        for group in _groups(terms):
            if _group_gives(quantity, everywhere, group):
                return _facts_of(group)
    return ()


def _terms(pool: Sequence[FactReading]) -> Iterator[Evidence]:
    for fact in pool[:_MAX_FACTS]:
        seen: set[tuple[str, Decimal, str]] = set()
        for found in fact.evidence:
            value = plain_value(found)
            if any(other.printed is found for other in fact.evidence):
                continue
            if (
                value is None
                or found.atom.window
                or found.moment is not None
                or found.atom.quantity is None
            ):
                continue
            key = (found.atom.quantity.dimension, value, found.atom.period)
            if key not in seen:
                seen.add(key)
                yield found


def _groups(terms: Sequence[Evidence]) -> Iterator[Sequence[Evidence]]:
    """The main values of several facts, all of one kind and all of one label or dimension."""
    by_kind: dict[tuple[str, str], list[Evidence]] = {}
    for term in terms:
        if term.atom.period or term.atom.sample or term.atom.quantity is None:
            continue
        kind = term.atom.quantity.dimension
        for key in ((kind, term.fact.fact.label), (kind, "")):
            listed = by_kind.setdefault(key, [])
            if all(other.fact is not term.fact for other in listed):
                listed.append(term)
    for listed in by_kind.values():
        if 1 < len(listed) <= _MAX_FACTS:
            yield listed
            if len(listed) > 2:
                yield from combinations(listed, 2)


def _group_gives(said: Quantity, words: set[str], group: Sequence[Evidence]) -> bool:
    first = group[0].atom.quantity
    if first is None or not _comparable(said, first):
        return False
    values = [value for value in map(plain_value, group) if value is not None]
    total = sum(values, Decimal(0)) / said.factor
    if words & _MEAN and holds(said, total / len(values)):
        return True
    return bool(words & _SUM) and holds(said, total)


def _comparable(said: Quantity, stated: Quantity) -> bool:
    if said.dimension == "plain" and stated.dimension in ("time", "money"):
        return False
    if said.dimension == "points":
        return stated.dimension in ("percent", "points", "plain")
    return said.dimension == stated.dimension and (
        said.currency == stated.currency or not said.currency or not stated.currency
    )


def _pair_gives(said: Quantity, words: set[str], left: Evidence, right: Evidence) -> bool:
    one, two = left.atom.quantity, right.atom.quantity
    first, second = plain_value(left), plain_value(right)
    if one is None or two is None or first is None or second is None:
        return False
    if one.dimension != two.dimension or one.dimension == "ordinal" or left.ratio != right.ratio:
        return False
    if said.dimension == "percent" and words & (_SHARE | _RATIO) and one.dimension != "percent":
        if second and first <= second and holds(said, first / second * 100):
            return True
    if not _of_one_kind(left, right):
        return False
    if words & _DIFFERENCE and said.dimension != "percent" and _comparable(said, one):
        return holds(said, abs(first - second) / said.factor)
    if second == 0:
        return False
    if said.dimension in ("times", "ratio"):
        return bool(words & _RATIO) and holds(said, first / second)
    if said.dimension != "percent":
        return False
    return bool(words & _CHANGE) and holds(said, abs(first - second) / abs(second) * 100)


def _of_one_kind(left: Evidence, right: Evidence) -> bool:
    """Whether two values measure the same, so that their difference or ratio means something: a
    value and what it was before, the same label of two things, or the same unit of two names."""
    if any(one.whole or one.atom.sample for one in (left, right)):
        return False
    if left.fact is right.fact:
        return "prev" in (left.atom.period, right.atom.period)
    one, two = left.fact.fact, right.fact.fact
    if not (left.is_value and right.is_value):
        return False
    if one.label == two.label:
        return True
    if one.subject == two.subject:
        return "prev" in (left.atom.period, right.atom.period)
    return left.fact.named and right.fact.named and one.unit == two.unit


def _ordered(reading: Reading, atom: Atom, left: Evidence, right: Evidence) -> bool:
    """Whether the two terms are those the sentence compares, the right way round: in "Summit has
    waited 3 days longer than Cedar" the left is Summit's and the greater; without a second name
    an earlier value stands on the right; and no name of the sentence is left out."""
    first, second = plain_value(left), plain_value(right)
    if first is None or second is None or left.atom.period == "prev" != right.atom.period:
        return False
    main = [mention.keys for mention in reading.mentions if not mention.oblique]
    other = [mention.keys for mention in reading.mentions if mention.oblique]
    if main and other and not (left.fact.is_about(main[0]) and right.fact.is_about(other[0])):
        return False
    if main and not other and left.fact.named and right.fact.named:
        spoken = frozenset().union(*main)
        if not (left.fact.is_about(spoken) and right.fact.is_about(spoken)):
            return False
    direction = direction_of(reading, atom)
    if direction and (other or right.atom.period == "prev"):
        return (first - second) * direction > 0
    return True


def _count(atom: Atom, reading: Reading, pool: Sequence[FactReading]) -> tuple[FactReading, ...]:
    """A number of things that the sentence itself lists, or that the cited facts are about. What
    is counted must be said of each of them."""
    quantity = atom.quantity
    if quantity is None or quantity.bound != "=" or quantity.sign or quantity.value % 1:
        return ()
    number = int(quantity.value)
    if quantity.dimension != "plain" or not 0 < number < 50:
        return ()
    named = _listed_beside(atom, reading) or {
        key for mention in reading.mentions if not mention.oblique for key in mention.keys
    }
    about = [fact for fact in pool if fact.named and (not named or fact.fact.subject in named)]
    concerned = {fact.fact.subject for fact in about}
    sense = [concept for concept in atom.noun if concept[0] != "~"]
    fitting = {fact.fact.subject for fact in about if any(c in fact.said for c in sense)}
    if not sense and _stands_for_them(atom, reading):
        fitting = concerned
    if fitting != concerned or not about:
        return ()
    if atom.sample and any(
        _counts_otherwise(one, sense, quantity) for f in pool for one in f.evidence
    ):
        return ()
    if number == len(concerned) and (number > 1 or named):
        return _unique(about)
    if len(concerned) == 1 and number == len(about) and len({f.fact.ledger for f in about}) == 1:
        return _unique(about)
    return ()


def _counts_otherwise(one: Evidence, sense: Sequence[str], quantity: Quantity) -> bool:
    """Whether a fact gives another number of the same things."""
    other = one.atom.quantity
    if other is None or other.dimension != "plain" or one.whole is not None:
        return False
    return bool(set(sense) & set(one.atom.noun)) and other.value != quantity.value


def _listed_beside(atom: Atom, reading: Reading) -> set[str]:
    """The names in a bare list right after what an atom counts: "two to send (Cedar and Bright)"."""
    listed = listed_after(reading, reading.segments[reading.at[atom.start]])
    return {key for keys in listed for key in keys}


def _stands_for_them(atom: Atom, reading: Reading) -> bool:
    """Whether a number only stands for what was named: "the larger of the two", "all three"."""
    before = reading.tokens[atom.start - 1].low if atom.start else ""
    return not atom.noun and before in ("the", "these", "those", "all")


def compares(
    reading: Reading, at: int, pool: Sequence[FactReading], all_facts: Sequence[FactReading]
) -> bool | None:
    """Whether the comparative or superlative at token `at` holds over the facts: True, False, or
    None when there is nothing to compare."""
    concepts = set(reading.content.get(at, ()))
    direction = (1 if concepts & _UP else 0) - (1 if concepts & _DOWN else 0)
    if not direction:
        return None
    main = reading.segments[reading.at[at]].subjects
    keys = frozenset().union(*main) if main else frozenset()
    others = [m.keys for m in reading.mentions if m.oblique]
    if not others and not _is_superlative(reading.tokens[at].low):
        others = [m.keys for m in reading.mentions if not m.keys & keys]
    ours = [
        e for e in _terms([f for f in pool if not keys or f.is_about(keys)]) if not e.atom.period
    ]
    if not keys:
        ours = [e for e in ours if any(same_quantity(atom, e) for atom in reading.atoms)]
    if others:
        rivals = [e for keys_ in others for e in _terms([f for f in pool if f.is_about(keys_)])]
    elif _is_superlative(reading.tokens[at].low):
        labels = {e.fact.fact.label for e in ours}
        rivals = [
            e for e in _terms(list(all_facts)) if e.fact.fact.label in labels or e.fact in pool
        ]
    else:
        return None
    pairs = [(a, b) for a in ours for b in rivals if a.fact.fact.subject != b.fact.fact.subject
             and _alike(a, b)]  # fmt: skip
    if not pairs:
        return None
    return all(((plain_value(a) or 0) - (plain_value(b) or 0)) * direction > 0 for a, b in pairs)


def _is_superlative(word: str) -> bool:
    return word.endswith("est") or word in ("most", "least")


def _alike(one: Evidence, two: Evidence) -> bool:
    left, right = one.atom.quantity, two.atom.quantity
    return (
        left is not None and right is not None and left.dimension == right.dimension
        and not one.atom.sample and not two.atom.sample and not two.atom.period
    )  # fmt: skip


def _facts_of(found: Sequence[Evidence]) -> tuple[FactReading, ...]:
    return _unique([one.fact for one in found])


def _unique(facts: Sequence[FactReading]) -> tuple[FactReading, ...]:
    return tuple({fact.fact.id: fact for fact in facts}.values())
