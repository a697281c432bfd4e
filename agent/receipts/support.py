"""Which cited facts bear out an atom: the same value, of the same subject, in the same sense."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from agent.receipts.evidence import Evidence, FactReading
from agent.receipts.lexicon import STRONG, TIERS
from agent.receipts.match import same_date, same_quantity
from agent.receipts.nearness import beside, direction_of, flat, near_concepts
from agent.receipts.parts import Atom, Reading
from agent.receipts.polarity import AFFIRMED, DENIED, Stance
from agent.receipts.quantities import Quantity

Keys = frozenset[str]
_MOVES = frozenset({"up", "down", "higher", "lower", "longer", "shorter", "better", "worse"})
_TOO_WIDE = frozenset({"~entity", "~money"})
_MEASURES = frozenset({"average", "median", "total", "maximum", "minimum"})


@dataclass(slots=True)
class Support:
    """The facts that bear an atom out, or the reason in plain English why none does. `loose` says
    that nothing beside the atom is theirs, so that the sentence can at most be inferred."""

    bearing: tuple[FactReading, ...] = ()
    reason: str = ""
    loose: bool = False


@dataclass(slots=True)
class _Sense:
    """What a sentence says beside an atom. `near` are the concepts of its surroundings, `own`
    those that belong to it alone; `affirmed` and `denied` the strong ones among its own."""

    near: frozenset[str]
    own: frozenset[str]
    affirmed: frozenset[str]
    denied: frozenset[str]
    direction: int
    spans: bool
    lasts: bool
    limit: bool


def support_of(
    atom: Atom,
    reading: Reading,
    stance: Stance,
    pool: Sequence[FactReading],
    now: datetime,
    lead: frozenset[str] = frozenset(),
) -> Support:
    """Look for facts of `pool` that bear out a quantity or date. `lead` are the concepts of the
    heading or lead-in above, for fragments that say nothing themselves."""
    sense = _sense_of(atom, reading, stance, lead)
    bearing: list[FactReading] = []
    loose = False
    for keys in atom.subjects or (frozenset(),):
        if atom.high is not None:
            ends = _range_ends(atom, keys, pool)
            if ends is not None:
                bearing.append(ends)
                continue
        fits = [
            evidence
            for fact in pool
            for evidence in fact.evidence
            if _about(evidence, keys, atom) and _same_role(atom, evidence)
        ]
        equal = [one for one in fits if _equals(atom, one, now)]
        best = [
            one for one in equal if _in_sense(atom, one, sense) and _agrees(atom, one, pool, now)
        ]
        if not keys and not _same_for_all(best, pool):
            best = []
        if not best:
            return Support(reason=_reason(atom, keys, fits, equal, pool))
        chosen = max(best, key=lambda one: _closeness(one, sense.own, atom))
        rival = _rival(fits, equal, sense.own, chosen, atom)
        if rival is not None:
            return Support(reason=_said_instead(atom, keys, [rival]))
        bearing.append(chosen.fact)
        loose = loose or not _is_near(chosen, sense)
    return Support(_unique(bearing), loose=loose)


def _same_for_all(best: Sequence[Evidence], pool: Sequence[FactReading]) -> bool:
    """Whether a value said of nobody in particular is that of every named subject that the cited
    facts are about."""
    if any(not one.subjects for one in best):
        return True
    told = {key for one in best for key in one.subjects}
    return all(fact.fact.subject in told for fact in pool if fact.named)


def as_of_support(atom: Atom, reading: Reading, pool: Sequence[FactReading], now: datetime) -> bool:
    """Whether a date only says as of when a state was read: "as of 6 March", "today"."""
    calendar = atom.calendar
    if calendar is None:
        return False
    opener = [token.low for token in reading.tokens[max(0, atom.start - 2) : atom.start]]
    segment = reading.segments[reading.at[atom.start]]
    lows = {token.low for token in reading.tokens[segment.start : segment.end]}
    if opener != ["as", "of"] and not (calendar.present and not lows & _PAST):
        return False
    days = {fact.fact.as_of.astimezone(now.tzinfo).date() for fact in pool}
    return any(low <= day <= high for low, high in calendar.spans for day in days)


_PAST = frozenset({"was", "were", "did", "had", "sent", "failed", "broke", "won", "lost", "began",
                   "started", "approved", "rejected", "shipped", "completed", "logged", "added",
                   "created", "ran", "happened", "finished", "contacted", "spoke", "met",
                   "replied", "answered", "signed", "paid"})  # fmt: skip


def plain_value(found: Evidence) -> Decimal | None:
    """The number of an evidence in its base unit (hours for time), signed; None for a date."""
    quantity = found.atom.quantity
    if quantity is None or found.atom.high is not None:
        return None
    return quantity.value * quantity.factor * (-1 if quantity.sign < 0 else 1)


def _sense_of(atom: Atom, reading: Reading, stance: Stance, lead: frozenset[str]) -> _Sense:
    own = beside(reading, atom, with_whole=True)
    strong = {
        index: concept
        for index, concepts in own.items()
        for concept in concepts
        if TIERS.get(concept) in STRONG
    }
    around = (near_concepts(reading, atom) or lead) - _TOO_WIDE
    before = {token.low for token in reading.tokens[max(0, atom.start - 3) : atom.start]}
    number = reading.at[atom.start]
    denied_here = any(reading.at[denial.at] == number for denial in stance.denials)
    return _Sense(
        around - _MOVES,
        frozenset(c for c in flat(own) if c[0] != "~") - _MOVES,
        frozenset(c for i, c in strong.items() if stance.tokens[i] == AFFIRMED) - _MOVES,
        frozenset(c for i, c in strong.items() if stance.tokens[i] == DENIED) - _MOVES,
        direction_of(reading, atom),
        "in" in before and not denied_here and not (atom.quantity and atom.quantity.ago),
        "for" in before and not denied_here,
        "~limit" in flat(own),
    )


def _range_ends(atom: Atom, keys: Keys, pool: Sequence[FactReading]) -> FactReading | None:
    """The fact that states both ends of "5 to 8", the first as the earlier value."""
    for fact in pool:
        about = [one for one in fact.evidence if _about(one, keys, atom) and one.atom.high is None]
        low = Atom("quantity", atom.start, atom.end, atom.text, atom.quantity)
        high = Atom("quantity", atom.start, atom.end, atom.text, atom.high)
        if any(same_quantity(low, one) and one.atom.period == "prev" for one in about) and any(
            same_quantity(high, one) and not one.atom.period for one in about
        ):
            return fact
    return None


def _unique(facts: Sequence[FactReading]) -> tuple[FactReading, ...]:
    return tuple({fact.fact.id: fact for fact in facts}.values())


def _about(evidence: Evidence, keys: Keys, atom: Atom) -> bool:
    if not keys:
        return True
    if evidence.subjects:
        return bool(evidence.subjects & keys)
    if not atom.strong or atom.sample:
        return True
    return bool(evidence.fact.mentioned & keys)


def _same_role(atom: Atom, evidence: Evidence) -> bool:
    """A window bears out no measure, an earlier value no present one, a sample no result."""
    stated = evidence.atom
    if atom.kind == "date" or stated.kind == "date":
        return True
    if (atom.window == "hard" and not stated.window) or (not atom.window and stated.window):
        return False
    ours, theirs = atom.period, stated.period
    if "next" in (ours, theirs) and ours != theirs:
        return False
    if not stated.window and (
        (ours == "" and theirs == "prev") or (ours == "prev" and theirs != "prev")
    ):
        return False
    return not stated.sample or atom.sample


def _equals(atom: Atom, evidence: Evidence, now: datetime) -> bool:
    if atom.kind == "date":
        return same_date(atom, evidence, now)
    if evidence.atom.kind == "date":
        return _days_since(atom.quantity, evidence, now)
    return same_quantity(atom, evidence)


def _days_since(said: Quantity | None, evidence: Evidence, now: datetime) -> bool:
    calendar = evidence.atom.calendar
    if said is None or calendar is None or said.dimension != "time" or calendar.days:
        return False
    if said.bound not in ("=", "~") or said.factor < 24:
        return False
    if sum(1 for one in evidence.fact.evidence if one.atom.kind == "date") > 1:
        return False
    days = said.value * said.factor / 24
    return any(abs((now.date() - low).days) == days for low, high in calendar.spans if low == high)


def _in_sense(atom: Atom, evidence: Evidence, sense: _Sense) -> bool:
    """Whether direction, what is counted and what is said beside the number agree."""
    if sense.direction and evidence.direction and sense.direction != evidence.direction:
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
    said = evidence.fact.said
    if any(said.get(concept) == DENIED for concept in sense.affirmed):
        return False
    hard = {c for c in sense.affirmed if TIERS.get(c) in ("status", "claim")} - _MEASURES
    if not evidence.subjects and not hard <= said.keys():
        return False
    turned = stated is not None and stated.ago and bool(sense.denied)
    if not turned and any(said.get(concept) == AFFIRMED for concept in sense.denied):
        return False
    if atom.noun and not _counts_the_same(atom, evidence):
        return False
    return not any(TIERS.get(c) in _HARD for c in sense.near) or _is_near(evidence, sense)


def _is_near(evidence: Evidence, sense: _Sense) -> bool:
    """Whether anything said beside an atom is said by the fact, where anything is said."""
    said = evidence.fact.said
    telling = any(concept[0] != "~" for concept in sense.near)
    return not telling or any(concept in said for concept in sense.near)


_HARD = frozenset({"status", "claim", "noun"})


def _counts_the_same(atom: Atom, evidence: Evidence) -> bool:
    """Whether what is counted is what the fact counts: a word of it must be the fact's, and the
    thing itself too, where both name one."""
    said = evidence.fact.said
    nouns = [concept for concept in atom.noun if concept[0] != "~"]
    if nouns and not any(concept in said or concept in evidence.atom.noun for concept in nouns):
        return False
    ours = {concept for concept in atom.noun if TIERS.get(concept) in ("thing", "noun")}
    theirs = {c for c in evidence.atom.noun if TIERS.get(c) in ("thing", "noun")}
    return not ours or not theirs or bool(ours & theirs) or ours <= evidence.fact.explicit.keys()


def _agrees(atom: Atom, evidence: Evidence, pool: Sequence[FactReading], now: datetime) -> bool:
    """Whether the whole of "2 of 3" and the date of "0.58 (28 February)" are the fact's too."""
    if atom.whole is not None and not _is_part_of(atom, atom.whole, evidence, pool):
        return False
    if atom.dated is None:
        return True
    if evidence.dated is not None:
        return same_date(atom.dated, evidence.dated, now)
    return all(other.dated is None for other in evidence.fact.evidence)


def _is_part_of(atom: Atom, whole: Atom, evidence: Evidence, pool: Sequence[FactReading]) -> bool:
    """Whether the fact gives the same part of the same whole; where no fact gives that whole with
    a part of its own, whether some fact gives the whole at all."""
    if evidence.whole is not None:
        return same_quantity(whole, evidence.whole)
    found = False
    for fact in pool:
        for other in fact.evidence:
            itself = other is evidence or other.printed is evidence or evidence.printed is other
            if itself or not same_quantity(whole, other):
                continue
            parts = [part for part in fact.evidence if part.whole is other]
            if parts and not any(same_quantity(atom, part) for part in parts):
                return False
            found = True
    return found


def _closeness(evidence: Evidence, own: frozenset[str], atom: Atom) -> int:
    close = sum(1 for concept in own if concept in evidence.near)
    told = sum(1 for concept in own if concept in evidence.fact.said)
    same_thing = bool(set(atom.noun) & set(evidence.atom.noun))
    return 2 * close + told + 3 * same_thing


def _rival(
    fits: Sequence[Evidence],
    equal: Sequence[Evidence],
    own: frozenset[str],
    chosen: Evidence,
    atom: Atom,
) -> Evidence | None:
    """Evidence of another value that matches what is said better than the one that equals it."""
    if not own or atom.quantity is None or chosen.atom.quantity is None:
        return None
    score = _closeness(chosen, own, atom)
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
            and other.ratio == chosen.ratio
        )
        if apt and _closeness(other, own, atom) > score:
            return other
    return None


def _reason(
    atom: Atom,
    keys: Keys,
    fits: Sequence[Evidence],
    equal: Sequence[Evidence],
    pool: Sequence[FactReading],
) -> str:
    whom = f" of {_listed(keys)}" if keys else ""
    if equal:
        return (
            f'"{atom.text}" stands in a cited fact, but not for what the sentence says it is '
            f"({_statements(equal)})"
        )
    if fits:
        return _said_instead(atom, keys, fits)
    elsewhere = [fact for fact in pool for one in fact.evidence if same_quantity(atom, one)]
    if elsewhere and keys and elsewhere[0].fact.subject not in keys:
        return (
            f'"{atom.text}" is said{whom}, but the cited fact that holds it is about '
            f"{elsewhere[0].fact.subject}"
        )
    return f'"{atom.text}"{whom} is in no cited fact in this sense'


def _said_instead(atom: Atom, keys: Keys, fits: Sequence[Evidence]) -> str:
    whom = f" of {_listed(keys)}" if keys else ""
    return f'"{atom.text}"{whom} is not what the cited fact says ({_statements(fits)})'


def _statements(found: Sequence[Evidence]) -> str:
    texts = dict.fromkeys(one.fact.fact.statement for one in found)
    return " ".join(list(texts)[:2])


def _listed(keys: Keys) -> str:
    return " or ".join(sorted(keys))
