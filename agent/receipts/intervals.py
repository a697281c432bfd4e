"""Days between two dated facts about one thing: "was scored two days later"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import combinations, permutations

from agent.receipts.evidence import FactReading
from agent.receipts.match import holds
from agent.receipts.parts import Atom, Reading

_SIDES = {"later": 1, "after": 1, "afterwards": 1, "before": -1, "earlier": -1, "apart": 0}
_DAY = 24


def interval(atom: Atom, reading: Reading, pool: Sequence[FactReading]) -> tuple[FactReading, ...]:
    """The two facts whose dates lie as far apart as a duration says, the right way round; () if
    there are none. What stands before the duration came later in "sent six days later", what
    stands after it in "six days later it was sent"; "six days after it was sent" gives the earlier."""
    quantity = atom.quantity
    side = reading.tokens[atom.end].low if atom.end < len(reading.tokens) else ""
    if quantity is None or quantity.factor < _DAY or side not in _SIDES:
        return ()
    segment = reading.segments[reading.at[atom.start]]
    ahead = reading.concepts_in(segment.start, atom.start)
    behind = reading.concepts_in(atom.end, segment.end)
    told, since = ahead or behind or reading.concepts_in(0, atom.start), set[str]()
    if not ahead and behind and side in ("after", "before"):
        told, since = reading.concepts_in(0, len(reading.tokens)) - behind, behind
    dated = [(fact, day) for fact in pool if (day := day_of(fact)) is not None]
    for (one, first), (two, second) in permutations(dated, 2):
        if not _are_of(atom, reading, one, two):
            continue
        if one.fact.subject == two.fact.subject and (
            tells(one, told) - tells(one, since) <= tells(two, told) - tells(two, since)
        ):
            continue
        gap = (first - second).days
        right_way = gap * _SIDES[side] > 0 or (_SIDES[side] == 0 and gap)
        if right_way and holds(quantity, Decimal(abs(gap) * _DAY) / quantity.factor):
            return (one, two)
    return ()


def _are_of(atom: Atom, reading: Reading, one: FactReading, two: FactReading) -> bool:
    """Whether the first fact is about what the duration is said of, and the second about that or
    about another thing that the sentence names, of which it tells the same."""
    keys = frozenset().union(*atom.subjects) if atom.subjects else frozenset()
    if not keys or (one.is_about(keys) and two.is_about(keys)):
        return True
    alike = one.fact.label == two.fact.label
    return alike and one.is_about(keys) and two.is_about(reading.keys - keys)


def check_relative_days(reading: Reading, pool: Sequence[FactReading]) -> list[str]:
    """Reasons why "the same day" or "the day after" are not borne out: two cited facts must lie so
    many days apart, both about what the sentence names."""
    if not {"day", "date"} & reading.words:
        return []
    lows = ["" if index in reading.counted else low for index, low in enumerate(reading.lows)]
    keys = reading.keys
    days = [day for fact in pool if not keys or fact.is_about(keys) for day in _days_of(fact)]
    gaps = {abs((one - two).days) for one, two in combinations(days, 2)}
    reasons = []
    for words, gap in _RELATIVE.items():
        said = any(
            (one, two) == words and three
            for one, two, three in zip(lows, lows[1:], [*lows[2:], "."], strict=False)
        )
        if said and gap not in gaps:
            reasons.append(f'no cited facts bear out "{" ".join(words)}"')
    return reasons


_RELATIVE = {
    ("same", "day"): 0, ("day", "after"): 1, ("next", "day"): 1, ("following", "day"): 1,
    ("day", "before"): 1, ("same", "date"): 0,
}  # fmt: skip


def _days_of(fact: FactReading) -> list[date]:
    """The days a fact gives, as a date of its statement or as its value."""
    spans = [span for one in fact.evidence if one.atom.calendar for span in one.atom.calendar.spans]
    return list({low for low, high in spans if low == high})


def tells(fact: FactReading, concepts: set[str]) -> int:
    """How many of the concepts a fact says."""
    return len(concepts & fact.said.keys())


def day_of(fact: FactReading) -> date | None:
    """The day a fact's statement gives, where it gives one alone."""
    spans = [one.atom.calendar.spans for one in fact.evidence if one.atom.calendar is not None]
    if len(spans) != 1 or len(spans[0]) != 1 or spans[0][0][0] != spans[0][0][1]:
        return None
    return spans[0][0][0]
