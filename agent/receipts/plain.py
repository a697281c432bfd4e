"""Checking sentences that state nothing of their own: questions, proposals, offers, courtesy,
mirrors, leads, and saying that something is not on record. None of them may smuggle a claim."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

from agent.receipts.dates import Calendar
from agent.receipts.english import is_past
from agent.receipts.evidence import FactReading
from agent.receipts.kinds import Kind
from agent.receipts.lexicon import STRONG, TIERS, tier_of
from agent.receipts.parts import Atom, Reading, Segment, Stance
from agent.receipts.polarity import AFFIRMED, DENIED, OPEN, stance_of

_AUX = frozenset("is are was were has have had been be being 's 're 've it's that's he's she's became "
                 "remains stays got went isn't aren't they're you've we've you're i've".split())  # fmt: skip
_OPEN = frozenset("can could should would will may might must to 'll if whether once when until before "
                  "after unless how i'll you'll we'll it'll wouldn't couldn't what which".split())  # fmt: skip
_PRONOUNS = frozenset({"it", "they", "which", "who", "he", "she", "that", "this", "we"})
_ALSO_PAST = frozenset({"did", "shrank", "came", "quit", "hit"})
_RECORD_TALK = frozenset("log record track data ledger list note entry available file capture store keep "
                         "measure sourc known find found see know information history trace".split())  # fmt: skip
_SMALL_COUNT = Decimal(100)
_LONGEST = Decimal(24 * 366 * 2)


def taken_for_granted(reading: Reading, does: Kind, skip_first: bool) -> list[int]:
    """The tokens by which a sentence claims something in passing ("send it, since Cedar was
    approved"). `skip_first` leaves out the first stretch of an open question."""
    strong = [
        index
        for index, concepts in reading.content.items()
        if any(TIERS.get(concept) in STRONG for concept in concepts)
    ]
    if not strong:
        return []
    stance = stance_of(reading)
    poles = (AFFIRMED,) if does == "absence" else (AFFIRMED, DENIED)
    return [
        index
        for index in strong
        if stance.tokens[index] in poles
        and (_is_presupposed(reading, index) or not (skip_first and reading.at[index] == 0))
        and _is_asserted(reading, reading.segments[reading.at[index]], index)
    ]


def proposed_stance(reading: Reading) -> Stance:
    """The stance of a proposal or question: what it only proposes is open."""
    stance = stance_of(reading)
    poles = dict(stance.tokens)
    for index, pole in stance.tokens.items():
        segment = reading.segments[reading.at[index]]
        if pole == AFFIRMED and not _is_asserted(reading, segment, index):
            poles[index] = OPEN
    return Stance(poles, stance.denials)


def unproved(reading: Reading, tokens: Sequence[int], pool: Sequence[FactReading]) -> list[str]:
    """Complaints about tokens that claim something which no fact says of the same subject."""
    if not tokens:
        return []
    stance = stance_of(reading)
    return [
        f'it takes for granted "{reading.tokens[index].text}", which no fact says'
        for index in tokens
        if not _said(reading, index, stance.tokens[index], pool)
    ]


def _is_asserted(reading: Reading, segment: Segment, index: int) -> bool:
    tokens = reading.tokens
    lows = reading.lows[segment.start : index]
    if _is_presupposed(reading, index):
        return True
    aux = next((place for place in range(len(lows) - 1, -1, -1) if lows[place] in _AUX), None)
    opener = reading.lows[max(0, segment.start - 2) : segment.start]
    if opener[-1:] in (["who"], ["whom"]) and opener[0] in ("you", "tell", "know", "say", "see"):
        return False
    if aux is not None:
        return not _OPEN & set(lows[:aux]) and not _OPEN & set(lows[aux:])
    low = tokens[index].low
    if not (is_past(low) or low in _ALSO_PAST) or index == 0:
        return False
    before = tokens[index - 1]
    named = any(mention.end == index for mention in reading.mentions)
    return (named or before.low in _PRONOUNS) and not _OPEN & set(lows)


def _is_presupposed(reading: Reading, index: int) -> bool:
    """Whether a status is taken as given by the way it is put: "its unpaid invoice", "why did you
    stop"."""
    tokens = reading.tokens
    if tier_of(tokens[index].low) != "status":
        return False
    owned = index and tokens[index - 1].low in ("its", "their", "his", "her")
    return bool(owned) or tokens[0].low == "why"


def _said(reading: Reading, index: int, pole: int, pool: Sequence[FactReading]) -> bool:
    concepts = reading.content[index]
    for keys in reading.segments[reading.at[index]].subjects or (frozenset(),):
        about = [fact for fact in pool if not keys or fact.is_about(keys)]
        if not any(fact.said.get(concept, 0) & pole for fact in about for concept in concepts):
            return False
    return True


def absence_contradicted(
    reading: Reading, facts: Callable[[], Sequence[FactReading]]
) -> str | None:
    """The statement of a fact that holds what the sentence says is not on record; None if none."""
    keys = reading.keys
    ends = next(
        (index for index, low in enumerate(reading.lows) if index and low in _ASKING),
        len(reading.lows),
    )
    topic = {
        concepts
        for index, concepts in reading.content.items()
        if not set(concepts) & _RECORD_TALK and _is_topic(concepts) and index < ends
    }
    if not topic:
        return None
    for fact in facts():
        if not (fact.is_about(keys) if keys else not fact.named):
            continue
        if all(any(fact.explicit.get(c, 0) & AFFIRMED for c in concepts) for concepts in topic):
            return fact.fact.statement
    return None


_ASKING = frozenset({"why", "how", "when", "who", "whether", "which", "what", "where"})


def _is_topic(concepts: tuple[str, ...]) -> bool:
    return any(concept[0] != "~" for concept in concepts)


def free_atoms(reading: Reading, today: date, role: str, does: Kind) -> Callable[[Atom], bool]:
    """Which atoms need no support: coming days ("on Monday") in a proposal or a question; for a coach small
    counts and durations as well, never in a clause about what the client's record holds, never
    money or shares."""
    proposes = does in ("suggestion", "offer", "question")
    if does == "absence":
        return lambda atom: False

    def is_free(atom: Atom) -> bool:
        segment = reading.segments[reading.at[atom.start]]
        if _recorded(reading, segment) or _owned(reading, atom):
            return False
        if atom.calendar is not None:
            relative = not any(char.isdigit() for char in atom.text)
            return _is_coming(atom.calendar, today) and (
                role == "client" or (proposes and relative)
            )
        return role == "client" and (atom.kind == "clock" or _is_small(atom))

    return is_free


def _owned(reading: Reading, atom: Atom) -> bool:
    """Whether a number counts things that are "yours" already: "your five replies"."""
    before = reading.tokens[atom.start - 1].low if atom.start else ""
    return before == "your" and bool(atom.noun)


def free_in_talk(reading: Reading, today: date, heads: Container[str]) -> Callable[[Atom], bool]:
    """Which atoms a coach's general remark may use: round counts, durations and coming days, and
    none at all where the remark speaks of what a record holds, or of "the class" where one of the
    `heads` of the ledgers' names is a class."""
    concepts = reading.concepts_in(0, len(reading.tokens))
    lows = reading.words
    about_record = bool(concepts & (_RECORDED | _MOVED)) or bool(lows & {"its", "their"})
    told = bool(lows & {"was", "were", "did", "had"}) or any(map(is_past, lows))
    pairs = list(pairwise(reading.lows))
    told = told or any(one == "you" and two in _SAME_PAST for one, two in pairs)
    told = told or any(one in ("the", "your", "this") and two in heads for one, two in pairs)
    of_you = bool(lows & {"you're", "you've", "your"}) or {"you", "are"} <= lows
    about_record = about_record or (told and "if" not in lows)

    def is_free(atom: Atom) -> bool:
        if about_record:
            return False
        if atom.calendar is not None:
            return _is_coming(atom.calendar, today) and not of_you
        quantity = atom.quantity
        whole = quantity is not None and (quantity.quantum >= 1 or quantity.dimension == "percent")
        return whole and _is_small(atom)

    return is_free


_SAME_PAST = frozenset({"set", "put", "read", "cut", "hit", "quit", "spread", "shut", "beat"})


def _is_coming(calendar: Calendar, today: date) -> bool:
    """Whether a date may be one to come: not "last week", though that ends today."""
    return any(high > today or low == high == today for low, high in calendar.spans)


_MOVED = frozenset("up down better worse average total risk rate".split())


def _is_small(atom: Atom) -> bool:
    quantity = atom.quantity
    if quantity is None or quantity.ago:
        return False
    if quantity.dimension == "time":
        return quantity.value * quantity.factor <= _LONGEST
    if quantity.dimension == "percent":
        return quantity.spelled and quantity.quantum == 0
    return quantity.dimension in ("plain", "times", "ordinal") and quantity.value <= _SMALL_COUNT


_RECORDED = frozenset("experiment learning evidence confidence score velocity reflected completed skill "
                      "risk_score streak log progress".split())  # fmt: skip


def _recorded(reading: Reading, segment: Segment) -> bool:
    """Whether a stretch speaks of "your" experiments, learnings, confidence and the like."""
    lows = set(reading.lows[segment.start : segment.end])
    concepts = reading.concepts_in(segment.start, segment.end)
    own = lows & {"your", "you've", "already"} or {"you", "have"} <= lows or {"you", "had"} <= lows
    return bool(own) and bool(concepts & _RECORDED)
