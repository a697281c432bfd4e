"""Whether a sentence puts into its time what the facts tell: what was is not what is, what is
planned has not happened, what came first came first, and days lie as far apart as it says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import combinations, permutations

from agent.receipts.english import is_participle
from agent.receipts.evidence import FactReading
from agent.receipts.match import holds
from agent.receipts.parts import Atom, Reading
from agent.receipts.sense import OF_PLANS

Stretch = tuple[int, int]
"""The tokens from the first number up to the second."""
_NOW = frozenset({"currently", "now", "today", "presently", "nowadays"})
_NOW_PHRASES = ("as things stand", "at the moment", "at present", "these days", "as it stands")
_THEN = frozenset("before earlier previously was were had from against compared than started start began "
                  "initially originally first after since until ago".split())  # fmt: skip
_OLD_LABEL = frozenset({"before", "start", "previous", "earlier", "initial"})
_TO_COME = frozenset("i'd you'd we'd would should could will can let's i'll".split())
_HAVE = frozenset({"has", "have", "had", "you've", "they've", "we've", "i've", "it's"})
_BETWEEN = frozenset({"been", "already", "now", "also", "both", "all", "since", "just", "got"})
_OPENS_ORDER = frozenset({"first", "already"})
_MEANWHILE: tuple[tuple[str, ...], ...] = (("when",), ("by", "the", "time"))
_MARKS = frozenset(".!?;,")
_THEN_COMES: tuple[tuple[str, ...], ...] = (
    ("then",),
    ("after", "that"),
    ("afterwards",),
    ("only", "after"),
    ("later",),
)


def check_times(
    reading: Reading, pool: Sequence[FactReading], bearing: Sequence[FactReading]
) -> list[str]:
    """Reasons why the time of what a sentence says is not that of the facts which bear it out."""
    return [
        *_old_as_current(reading, bearing),
        *_planned_as_done(reading, bearing),
        *_out_of_order(reading, pool),
    ]


def _old_as_current(reading: Reading, bearing: Sequence[FactReading]) -> list[str]:
    if not _THEN.isdisjoint(reading.words) or not _tells_of_now(reading):
        return []
    old = [fact for fact in bearing if _OLD_LABEL & set(fact.fact.label.lower().split())]
    return [f'the cited fact tells how it was then ("{old[0].fact.statement}")'] if old else []


def _tells_of_now(reading: Reading) -> bool:
    text = " ".join(reading.lows)
    return bool(_NOW & reading.words) or any(phrase in text for phrase in _NOW_PHRASES)


def _planned_as_done(reading: Reading, bearing: Sequence[FactReading]) -> list[str]:
    """ "Has been written" where all that the facts tell is that it is to be written."""
    if not bearing or not all(fact.planned for fact in bearing) or not _has_happened(reading):
        return []
    return [f'the cited fact tells a plan, not what has happened ("{bearing[0].fact.statement}")']


def _has_happened(reading: Reading) -> bool:
    for index, low in enumerate(reading.lows):
        if low not in _HAVE:
            continue
        done = next((word for word in reading.lows[index + 1 :] if word not in _BETWEEN), "")
        if is_participle(done) and done not in OF_PLANS:
            return True
    return False


def _out_of_order(reading: Reading, pool: Sequence[FactReading]) -> list[str]:
    """ "First won and then approved" against the days of the facts; what cannot be placed is not
    borne out either."""
    told = _told_in_order(reading)
    if told is None:
        return []
    before, after = (_event(reading, pool, *stretch) for stretch in told)
    if before is not None and after is not None and before <= after:
        return []
    return ["no cited facts bear out the order in which it says that things happened"]


def _told_in_order(reading: Reading) -> tuple[Stretch, Stretch] | None:
    """The stretches that tell what came first and what came after it: "first … then …", "… first,
    … after that", "already … when …". None for an order that is to come, or for none."""
    lows = reading.lows
    if _OPENS_ORDER.isdisjoint(lows) or not _TO_COME.isdisjoint(lows):
        return None
    first, already = _find(lows, ("first",), 0), _find(lows, ("already",), 0)
    if first is not None and first not in reading.counted:
        for words in _THEN_COMES:
            at = _find(lows, words, first + 1)
            if at is not None:
                ends = set(lows[at + len(words) :]) <= _MARKS
                return ((0, first), (first + 1, at)) if ends else ((0, at), (at, len(lows)))
    for words in _MEANWHILE if already is not None else ():
        at = _find(lows, words, already or 0)
        if at is not None:
            return (0, at), (at, len(lows))
    return None


def _find(lows: list[str], words: tuple[str, ...], start: int) -> int | None:
    for at in range(start, len(lows) - len(words) + 1):
        if tuple(lows[at : at + len(words)]) == words:
            return at
    return None


def _event(reading: Reading, pool: Sequence[FactReading], start: int, end: int) -> date | None:
    """The day of the one fact that a stretch of the sentence tells most of."""
    mentions = [mention for mention in reading.mentions if start <= mention.start < end]
    keys = frozenset(key for mention in mentions for key in mention.keys)
    concepts = reading.concepts_in(start, end)
    scored = [
        (tells(fact, concepts), day)
        for fact in pool
        if (day := day_of(fact)) is not None and (not keys or fact.is_about(keys))
    ]
    most = max((score for score, _ in scored), default=0)
    days = {day for score, day in scored if score == most}
    return days.pop() if len(days) == 1 else None


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
    keys = atom.keys
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
