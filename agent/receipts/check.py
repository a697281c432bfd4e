"""Checking the atoms and names of a sentence against facts and against the user's own words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from agent.receipts.arithmetic import derive
from agent.receipts.evidence import FactReading
from agent.receipts.parts import Atom, Reading, Stance
from agent.receipts.quantities import Quantity
from agent.receipts.support import as_of_support, support_of
from agent.receipts.wording import (
    Sources,
    facts_with,
    quotation_holds,
    quoted,
    strange_names,
    user_quoted,
)  # fmt: skip

Free = Callable[[Atom], bool]


@dataclass(slots=True)
class AtomCheck:
    """What the atoms came to. `loose` counts those beside which nothing is the facts' own. `of_user` counts those that only the user's words bear out,
    `of_user_measures` names the quantities and dates among them."""

    reasons: list[str] = field(default_factory=list)
    bearing: list[FactReading] = field(default_factory=list)
    borne: int = 0
    loose: int = 0
    derived: list[str] = field(default_factory=list)
    of_user: int = 0
    of_user_measures: list[str] = field(default_factory=list)


@dataclass(slots=True)
class AtomCase:
    """What atoms are checked against. `free` tells which atoms need no support at all, `counting`
    gives the facts of the run that count things of nobody in particular."""

    reading: Reading
    stance: Stance
    pool: Sequence[FactReading]
    sources: Sources
    user: Reading
    now: datetime
    lead: frozenset[str] = frozenset()
    free: Free = lambda atom: False
    own_names_pass: bool = False
    counting: Callable[[], Sequence[FactReading]] = tuple


def check_atoms(case: AtomCase) -> AtomCheck:
    """Check every quantity, date, quotation, id and name of a sentence."""
    result = AtomCheck()
    for atom in case.reading.atoms:
        if case.free(atom):
            continue
        if atom.kind in ("quantity", "date"):
            _check_measured(case, atom, result)
        else:
            _check_verbatim(case, atom, result)
    _check_names(case, result)
    return result


def _check_measured(case: AtomCase, atom: Atom, result: AtomCheck) -> None:
    support = support_of(atom, case.reading, case.stance, case.pool, case.now, case.lead)
    if support.bearing:
        _bear(result, support.bearing)
        result.loose += support.loose
        return
    if atom.kind == "date" and as_of_support(atom, case.reading, case.pool, case.now):
        result.borne += 1
        return
    derived = derive(atom, case.reading, case.pool, case.counting)
    if derived:
        _bear(result, derived)
        result.derived.append(atom.text)
    elif user_stated(atom, case.user):
        result.of_user += 1
        result.of_user_measures.append(atom.text)
    else:
        result.reasons.append(support.reason)


def _bear(result: AtomCheck, facts: Sequence[FactReading]) -> None:
    result.borne += 1
    result.bearing.extend(fact for fact in facts if fact not in result.bearing)


def _check_verbatim(case: AtomCase, atom: Atom, result: AtomCheck) -> None:
    if atom.kind == "quote":
        found = _about_its_subject(atom, quotation_holds(atom, case.pool), case.pool)
        by_user = user_quoted(atom, case.sources.user) or case.sources.is_known_name(quoted(atom))
        complaint = f"the quotation {atom.text} stands in no cited fact and is not the user's"
    elif atom.kind == "clock":
        found = [fact for fact in case.pool if _at_time(fact, atom.text)]
        by_user = case.sources.user_said(atom.text)
        complaint = f'the time "{atom.text}" is in no cited fact'
    else:
        found = facts_with(atom.text, case.pool)
        found = _about_its_subject(atom, found, case.pool)
        by_user = case.sources.user_said(atom.text)
        complaint = f'"{atom.text}" is in no cited fact about this'
    if found:
        _bear(result, found[:1])
    elif by_user:
        result.of_user += 1
    else:
        result.reasons.append(complaint)


def _about_its_subject(
    atom: Atom, found: list[FactReading], pool: Sequence[FactReading]
) -> list[FactReading]:
    """Of the facts that hold an atom word for word, those about what it is said of; none where
    it is said of nothing in particular and the cited facts are about several things."""
    if not atom.subjects:
        told = {fact.fact.subject for fact in found if fact.named}
        others = any(fact.named and fact.fact.subject not in told for fact in pool)
        return [] if told and others else found
    if not atom.strong:
        return found
    return [fact for fact in found if fact.is_about(atom.keys) or not fact.named]


def _at_time(fact: FactReading, text: str) -> bool:
    value = fact.fact.value
    if text in fact.text:
        return True
    return isinstance(value, datetime) and text.replace(" ", "") in (
        f"{value:%H:%M}", f"{value.hour}:{value:%M}",
    )  # fmt: skip


def _check_names(case: AtomCase, result: AtomCheck) -> None:
    for one, two in zip(case.reading.mentions, case.reading.mentions[1:], strict=False):
        tokens = case.reading.tokens
        apposed = two.start - one.end == 1 and tokens[one.end].text == "("
        if apposed and tokens[two.start].kind == "id" and not one.keys & two.keys:
            result.reasons.append(
                f'"{tokens[two.start].text}" is not the id of what stands before it'
            )
    for mention in case.reading.mentions:
        tokens = case.reading.tokens[mention.start : mention.end]
        text = " ".join(token.text for token in tokens)
        about = [fact for fact in case.pool if fact.is_about(mention.keys)]
        about = about or [fact for fact in case.pool if fact.mentioned & mention.keys]
        if about or case.own_names_pass:
            continue
        if tokens[0].kind == "quote" and user_quoted(_quote(text), case.sources.user):
            result.of_user += 1
        else:
            result.reasons.append(f'it names "{text}", but cites no fact about it')
    for name in strange_names(case.reading):
        holding = facts_with(name, case.pool)
        found = _of_stretch(case.reading, name, holding)
        if found:
            _bear(result, found[:1])
        elif holding:
            result.reasons.append(f'"{name}" is what a cited fact says of another subject')
        elif case.sources.user_said(name):
            result.of_user += 1
        elif not (case.own_names_pass and case.sources.is_known_name(name)):
            result.reasons.append(f'the name "{name}" is in no cited fact')


def _of_stretch(reading: Reading, name: str, found: list[FactReading]) -> list[FactReading]:
    """Of the facts that hold a name, those about what its stretch of the sentence names."""
    words = name.split()
    for segment in reading.segments:
        texts = [token.text for token in reading.tokens[segment.start : segment.end]]
        runs = (texts[at : at + len(words)] for at in range(len(texts)))
        if words in runs:
            keys = frozenset(
                key
                for mention in reading.mentions
                if segment.start <= mention.start < segment.end
                for key in mention.keys
            )
            return [fact for fact in found if not keys or not fact.named or fact.is_about(keys)]
    return found


def borrowed(reading: Reading, pool: Sequence[FactReading]) -> list[str]:
    """Complaints about runs of words that a cited fact says of another named thing than the
    sentence does."""
    keys = reading.keys
    own = [fact for fact in pool if fact.is_about(keys)]
    others = [fact for fact in pool if fact.named and not fact.is_about(keys)]
    if not keys or not own or not others:
        return []
    said = _runs([token.low for token in reading.tokens if token.kind != "mark"])
    allowed = {run for fact in own for run in _runs(_words(fact))}
    return [
        f'"{" ".join(run)}" is what a cited fact says of {fact.fact.subject}'
        for fact in others
        for run in said & _runs(_words(fact)) - allowed
    ][:1]


_RUN = 4


def _words(fact: FactReading) -> list[str]:
    return [word.strip("._-/:'") for word in fact.haystack.split()]


def _runs(words: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1)}


def _quote(text: str) -> Atom:
    return Atom("quote", 0, 0, text)


def user_stated(atom: Atom, user: Reading) -> bool:
    """Whether the user's message states the same quantity or date."""
    for other in user.atoms:
        if atom.quantity is not None and other.quantity is not None:
            if _same(atom.quantity, other.quantity) and _same_end(atom.high, other.high):
                return True
        elif atom.calendar is not None and other.calendar is not None:
            if set(atom.calendar.spans) & set(other.calendar.spans):
                return True
    return False


def _same(one: Quantity, two: Quantity) -> bool:
    if one.dimension != two.dimension and "plain" not in (one.dimension, two.dimension):
        return False
    return _base(one) == _base(two) or (
        one.value == two.value and "plain" in (one.dimension, two.dimension)
    )


def _same_end(one: Quantity | None, two: Quantity | None) -> bool:
    if one is None or two is None:
        return one is two
    return one.value == two.value


def _base(quantity: Quantity) -> Decimal:
    return quantity.value * quantity.factor
