"""From checks to a class: what makes a cited sentence known, inferred or unsupported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agent.receipts.check import AtomCheck
from agent.receipts.kinds import Kind
from agent.receipts.model import Confidence
from agent.receipts.parts import Reading
from agent.receipts.wordcase import WordCheck

Class = Literal["known", "inferred", "plain", "unsupported"]
MIN_COVERAGE = 0.5
MIN_COVERAGE_OF_GUESS = 0.2
_SURE_SHARE = 0.6


@dataclass(slots=True)
class Verdict:
    """The class of a sentence and why. `bearing` are the ids of the facts that bear it out;
    `subjects` those that the next sentence may refer back to; `does` what the sentence does."""

    kind: Class
    reason: str = ""
    cites: tuple[str, ...] = ()
    bearing: tuple[str, ...] = ()
    confidence: Confidence | None = None
    why: str = ""
    subjects: frozenset[str] = frozenset()
    does: Kind = "statement"


def unsupported(reasons: str | Sequence[str], cites: Sequence[str] = ()) -> Verdict:
    """A verdict with its reasons, each once."""
    listed = [reasons] if isinstance(reasons, str) else list(dict.fromkeys(reasons))
    return Verdict("unsupported", reason="; ".join(listed), cites=tuple(cites))


def grade(atoms: AtomCheck, words: WordCheck, reported: bool) -> Verdict:
    """The class of a sentence against which nothing speaks.

    Known when the facts say all of it. Otherwise inferred: with high confidence when it is
    arithmetic or comparison alone, medium when most of its words and atoms are the facts' own,
    low otherwise. Unsupported when the facts say too little of it, plain when it says nothing.
    """
    words.open_words += words.guesses
    covered = words.covered + atoms.borne - atoms.loose
    opened = len(words.open_words)
    if not covered:
        if opened:
            return unsupported(f'no cited fact speaks of "{words.open_words[0]}"')
        return Verdict("plain")
    if words.guesses and covered < 2 * len(words.guesses) and not words.hedged:
        return unsupported(f'no cited fact says "{words.guesses[0]}" of it')
    share = covered / (covered + opened)
    if share < (MIN_COVERAGE_OF_GUESS if words.hedged else MIN_COVERAGE):
        listed = ", ".join(f'"{word}"' for word in words.open_words[:3])
        return unsupported(f"the cited facts say nothing of {listed}")
    bearing = tuple(fact.fact.id for fact in (atoms.bearing or words.telling))
    derived = bool(atoms.derived) or words.derived
    open_ended = words.hedged or bool(opened) or bool(atoms.loose)
    if bearing and not (open_ended or derived or atoms.of_user or reported):
        return Verdict("known", bearing=bearing)
    confidence: Confidence = "medium" if share >= _SURE_SHARE else "low"
    if derived and not open_ended:
        confidence = "high"
    return Verdict(
        "inferred", bearing=bearing, confidence=confidence, why=_why(atoms, words, derived)
    )


def names_without_support(reading: Reading, atoms: AtomCheck, words: WordCheck) -> list[str]:
    """Complaints about names of which a sentence says nothing that a fact about them says."""
    telling = [*atoms.bearing, *words.telling]
    return [
        f"nothing that it says of {' or '.join(sorted(mention.keys))} is in a cited fact about it"
        for mention in reading.mentions
        if not any(fact.is_about(mention.keys) or fact.mentioned & mention.keys for fact in telling)
    ]


def _why(atoms: AtomCheck, words: WordCheck, derived: bool) -> str:
    facts = {fact.fact.id: fact.fact for fact in (*atoms.bearing, *words.telling)}
    basis = "; ".join(f"{fact.subject}: {fact.label}" for fact in list(facts.values())[:4])
    if words.open_words:
        listed = ", ".join(f'"{word}"' for word in words.open_words[:3])
        return f"A reading of {basis}; the record does not say {listed} itself."
    if derived and not words.hedged:
        return f"Worked out from {basis}."
    return f"A conclusion from {basis}."
