"""Arithmetic over cited facts that a sentence may do, done again: sums, differences, ratios,
changes, means, counts. A number counts as derived only where a word of the
sentence names the operation, so that no chance sum bears out an invented number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import combinations, permutations

from agent.receipts.counts import counted
from agent.receipts.evidence import Evidence, FactReading, each_once
from agent.receipts.match import holds
from agent.receipts.nearness import direction_of
from agent.receipts.parts import Atom, Reading
from agent.receipts.quantities import Quantity
from agent.receipts.support import plain_value
from agent.receipts.times import interval

_SUM = frozenset("together total totals totalling combined altogether sum adds add plus across "
                 "overall".split())  # fmt: skip
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
_MAX_FACTS = 8


def derive(
    atom: Atom,
    reading: Reading,
    pool: Sequence[FactReading],
    counting: Callable[[], Sequence[FactReading]],
) -> tuple[FactReading, ...]:
    """The facts from which the quantity follows by an operation the sentence names; () if none.
    `counting` gives the facts of the run that count things."""
    quantity = atom.quantity
    if quantity is None or atom.high is not None:
        return ()
    segment = reading.segments[reading.at[atom.start]]
    last = min(atom.end + 2, segment.end)
    close = set(reading.lows[max(segment.start, atom.start - 3) : last])
    found = counted(atom, reading, pool, counting) if quantity.dimension == "plain" else ()
    if quantity.dimension == "time":
        found = interval(atom, reading, pool) or _one_every(atom, reading, pool)
    found = found or _rest(atom, reading, pool)
    if found:
        return found
    values = list(terms(pool))[: _MAX_FACTS * 3]
    if atom.start and reading.tokens[atom.start - 1].low in ("from", "to"):
        close = close - _DIFFERENCE
    by = atom.start > 0 and reading.tokens[atom.start - 1].low == "by"
    if direction_of(reading, atom) or (by and quantity.dimension == "points"):
        close = close | {"difference"}
    if close & (_DIFFERENCE | _CHANGE | _RATIO | _SHARE):
        for left, right in permutations(values, 2):
            if _pair_gives(quantity, close, left, right) and _ordered(reading, atom, left, right):
                return _facts_of((left, right))
    everywhere = set(reading.words)
    if "between them" in reading.text.lower() or "in all" in reading.text.lower():
        everywhere.add("sum")
    if everywhere & (_SUM | _MEAN):
        for group in _groups(values):
            if _group_gives(quantity, everywhere, group):
                return _facts_of(group)
    return ()


def _one_every(
    atom: Atom, reading: Reading, pool: Sequence[FactReading]
) -> tuple[FactReading, ...]:
    """ "One every three days", where a fact counts so many things over so many days."""
    before = reading.lows[max(0, atom.start - 3) : atom.start]
    if (
        before[-1:] != ["every"]
        or not {"one", "once", "a", "an"} & set(before)
        or not atom.quantity
    ):
        return ()
    for fact in pool:
        numbers = [one.atom.quantity for one in fact.evidence if one.atom.quantity is not None]
        counts = [number for number in numbers if number.dimension == "plain" and not number.per]
        spans = [number for number in numbers if number.dimension == "time"]
        if any(
            number.value
            and holds(atom.quantity, span.value * span.factor / atom.quantity.factor / number.value)
            for number in counts
            for span in spans
        ):
            return (fact,)
    return _rate_of_own(atom, reading, pool)


def _rate_of_own(
    atom: Atom, reading: Reading, pool: Sequence[FactReading]
) -> tuple[FactReading, ...]:
    """ "One every three days" after "nine learnings in 27 days": the sentence's own two numbers,
    which are judged for themselves."""
    own = [one.quantity for one in reading.atoms if one.end < atom.start and one.quantity]
    if len(own) != 2 or atom.quantity is None:
        return ()
    count, span = own
    if count.dimension != "plain" or span.dimension != "time" or not count.value:
        return ()
    gap = span.value * span.factor / atom.quantity.factor / count.value
    return tuple(pool) if holds(atom.quantity, gap) else ()


def _rest(atom: Atom, reading: Reading, pool: Sequence[FactReading]) -> tuple[FactReading, ...]:
    """What "7 of 10" leaves: the sentence gives part and whole, and says that this is left."""
    quantity = atom.quantity
    lows = reading.lows
    left = {"leaves", "leaving"} & set(lows[max(0, atom.start - 2) : atom.start])
    left = left or {"left", "remaining", "remain"} & set(lows[atom.end : atom.end + 3])
    if quantity is None or quantity.dimension != "plain" or not left:
        return ()
    for part in reading.atoms:
        whole = part.whole.quantity if part.whole is not None else None
        if part.end > atom.start or part.quantity is None or whole is None:
            continue
        if holds(quantity, whole.value - part.quantity.value):
            given = part.quantity.value
            telling = [fact for fact in pool if any(_gives(one, given) for one in fact.evidence)]
            return tuple(telling[:1])
    return ()


def _gives(found: Evidence, value: Decimal) -> bool:
    return found.atom.quantity is not None and found.atom.quantity.value == value


def terms(pool: Sequence[FactReading]) -> Iterator[Evidence]:
    """The values of facts that may be reckoned with: no windows, no dates, each once."""
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
        kind = f"{term.atom.quantity.dimension} {term.atom.quantity.per} {term.ratio}"
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


def _facts_of(found: Sequence[Evidence]) -> tuple[FactReading, ...]:
    return each_once([one.fact for one in found])
