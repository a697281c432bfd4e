"""Which cited facts bear out an atom: the same value, of the same subject, in the same sense."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from agent.receipts.facts import Evidence, FactReading, beside, direction_of, near_concepts
from agent.receipts.match import same_date, same_quantity
from agent.receipts.quantities import Quantity
from agent.receipts.reading import Atom, Reading

Keys = frozenset[str]


@dataclass(slots=True)
class Support:
    """The facts that bear an atom out, or the reason in plain English why none does."""

    bearing: tuple[FactReading, ...] = ()
    reason: str = ""


def support_of(
    atom: Atom,
    reading: Reading,
    pool: Sequence[FactReading],
    now: datetime,
    lead: frozenset[str] = frozenset(),
) -> Support:
    """Look for facts of `pool` that bear out a quantity or date. `lead` are the concepts of the
    heading or lead-in above, for fragments that say nothing themselves."""
    near = (
        frozenset(
            concept
            for concept in near_concepts(reading, atom) or lead
            if concept[0] != "~" or concept in _TELLING_TAGS
        )
        - _MOVES
    )
    own = frozenset(concept for concept in beside(reading, atom) if concept[0] != "~") - _MOVES
    direction = direction_of(reading, atom)
    bearing: list[FactReading] = []
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
        best = [one for one in equal if _in_sense(atom, one, near, direction)]
        if not best:
            return Support(reason=_reason(atom, keys, fits, equal, pool))
        chosen = max(best, key=lambda one: _closeness(one, near))
        rival = _rival(fits, equal, own, chosen, atom) if own else None
        if rival is not None:
            return Support(reason=_said_instead(atom, keys, [rival]))
        bearing.append(chosen.fact)
    return Support(_unique(bearing))


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


def as_of_support(atom: Atom, reading: Reading, pool: Sequence[FactReading], now: datetime) -> bool:
    """Whether a date only says as of when a state was read: "as of 6 March", "today"."""
    calendar = atom.calendar
    if calendar is None:
        return False
    opener = [token.low for token in reading.tokens[max(0, atom.start - 2) : atom.start]]
    segment = reading.segments[reading.at[atom.start]]
    lows = {token.low for token in reading.tokens[segment.start : segment.end]}
    stated = opener == ["as", "of"] or opener[-1:] == ["of"]
    if not stated and not (calendar.present and not lows & _PAST):
        return False
    days = {fact.fact.as_of.astimezone(now.tzinfo).date() for fact in pool}
    return any(low <= day <= high for low, high in calendar.spans for day in days)


_PAST = frozenset({"was", "were", "did", "had", "sent", "failed", "broke", "won", "lost", "began",
                   "started", "approved", "rejected", "shipped", "completed", "logged", "added",
                   "created", "ran", "happened", "finished", "contacted", "spoke", "met",
                   "replied", "answered", "signed", "paid"})  # fmt: skip


_TELLING_TAGS = frozenset({"~arrived", "~limit"})
_MOVES = frozenset({"up", "down", "higher", "lower", "longer", "shorter", "better", "worse"})


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
    if not stated.window and (
        (atom.period == "" and stated.period == "prev")
        or (atom.period == "prev" and stated.period != "prev")
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
    days = said.value * said.factor / 24
    return any(abs((now.date() - low).days) == days for low, high in calendar.spans if low == high)


def _in_sense(atom: Atom, evidence: Evidence, near: frozenset[str], direction: int) -> bool:
    """Whether direction, what is counted and what is said beside the number agree."""
    if direction and evidence.direction and direction != evidence.direction:
        return False
    stated = evidence.atom.quantity
    if stated is not None and stated.sign < 0 and not direction and not evidence.moment:
        return False
    said = evidence.fact.said
    if atom.noun and not any(
        concept in said or concept in evidence.atom.noun for concept in atom.noun
    ):
        return False
    return not near or any(concept in said for concept in near)


def _closeness(evidence: Evidence, near: frozenset[str]) -> int:
    close = sum(1 for concept in near if concept in evidence.near and concept[0] != "~")
    told = sum(1 for concept in near if concept in evidence.fact.said and concept[0] != "~")
    return 2 * close + told


def _rival(
    fits: Sequence[Evidence],
    equal: Sequence[Evidence],
    near: frozenset[str],
    chosen: Evidence,
    atom: Atom,
) -> Evidence | None:
    """Evidence of another value that matches what is said better than the one that equals it."""
    if atom.quantity is None or chosen.atom.quantity is None:
        return None
    score = _closeness(chosen, near)
    dimension = chosen.atom.quantity.dimension
    for other in fits:
        if any(other is one for one in equal) or other.atom.quantity is None:
            continue
        apt = (other.atom.period, other.atom.sample) == (chosen.atom.period, chosen.atom.sample)
        same_kind = (
            apt
            and other.atom.quantity.dimension == dimension
            and bool(other.moment) == bool(chosen.moment)
        )
        if same_kind and _closeness(other, near) > score:
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
    elsewhere = [fact for fact in pool for one in fact.evidence if _loosely(atom, one)]
    if elsewhere and keys:
        return f'"{atom.text}" is said{whom}, but the cited fact that holds it is about {elsewhere[0].fact.subject}'
    return f'"{atom.text}"{whom} is in no cited fact'


def _loosely(atom: Atom, evidence: Evidence) -> bool:
    return atom.quantity is not None and same_quantity(atom, evidence)


def _said_instead(atom: Atom, keys: Keys, fits: Sequence[Evidence]) -> str:
    whom = f" of {_listed(keys)}" if keys else ""
    return f'"{atom.text}"{whom} is not what the cited fact says ({_statements(fits)})'


def _statements(found: Sequence[Evidence]) -> str:
    texts = dict.fromkeys(one.fact.fact.statement for one in found)
    return " ".join(list(texts)[:2])


def _listed(keys: Keys) -> str:
    return " or ".join(sorted(keys))


def plain_value(found: Evidence) -> Decimal | None:
    """The number of an evidence in its base unit (hours for time), signed; None for a date."""
    quantity = found.atom.quantity
    if quantity is None or found.atom.high is not None:
        return None
    return quantity.value * quantity.factor * (-1 if quantity.sign < 0 else 1)
