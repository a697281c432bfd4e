"""Which cited facts bear out an atom: the same value, of the same subject, in the same sense."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from agent.receipts.evidence import Evidence, FactReading, each_once
from agent.receipts.match import same_date, same_quantity
from agent.receipts.parts import Atom, Reading, Stance
from agent.receipts.quantities import Quantity
from agent.receipts.sense import closeness, in_sense, is_near, own_value, rival, sense_of

Keys = frozenset[str]


@dataclass(slots=True)
class Support:
    """The facts that bear an atom out, or the reason in plain English why none does. `loose` says
    that nothing beside the atom is theirs, so that the sentence can at most be inferred."""

    bearing: tuple[FactReading, ...] = ()
    reason: str = ""
    loose: bool = False


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
    sense = sense_of(atom, reading, stance, lead)
    between = is_interval(atom, reading)
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
            if _about(evidence, keys, atom)
            and _same_role(atom, evidence)
            and not (between and evidence.moment is not None)
        ]
        equal = [one for one in fits if _equals(atom, one, now)]
        best = [
            one for one in equal if in_sense(atom, one, sense) and _agrees(atom, one, pool, now)
        ]
        if not keys and not _same_for_all(best, pool):
            best = []
        if not best:
            return Support(reason=_reason(atom, keys, fits, equal, pool))
        chosen = max(best, key=lambda one: closeness(one, sense, atom))
        better = rival(fits, equal, sense, chosen, atom) or own_value(
            fits, sense, chosen, atom, keys
        )
        if better is not None:
            return Support(reason=_said_instead(atom, keys, [better]))
        bearing.append(chosen.fact)
        loose = loose or not is_near(chosen, sense)
    return Support(each_once(bearing), loose=loose)


def is_interval(atom: Atom, reading: Reading) -> bool:
    """Whether a duration lies between two events ("a week after you sent it"), and so is no age."""
    after = reading.tokens[atom.end].low if atom.end < len(reading.tokens) else ""
    return atom.quantity is not None and atom.quantity.dimension == "time" and after in _BETWEEN


_BETWEEN = frozenset({"after", "later", "afterwards", "apart"})


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
    opener = reading.lows[max(0, atom.start - 2) : atom.start]
    segment = reading.segments[reading.at[atom.start]]
    told = not _PAST.isdisjoint(reading.lows[segment.start : segment.end])
    if opener != ["as", "of"] and (told or not calendar.present):
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
    bare = atom.quantity is not None and atom.quantity.dimension == "plain"
    if atom.window == "hard" and not stated.window:
        return False
    if not atom.window and stated.window and not (bare and stated.window == "soft"):
        return False
    ours, theirs = atom.period, stated.period
    if "next" in (ours, theirs) and ours != theirs:
        return False
    if not stated.window and (
        (ours == "" and theirs == "prev")
        or (ours == "prev" and theirs != "prev" and not evidence.earlier)
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
    scale = evidence.atom.quantity.out_of if evidence.atom.quantity is not None else None
    if scale is not None:
        return whole.quantity is not None and whole.quantity.value == scale
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
