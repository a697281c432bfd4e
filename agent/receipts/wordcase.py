"""What words are checked against, what came of it, and which facts may speak of a stretch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from agent.receipts.evidence import FactReading
from agent.receipts.hedges import reaches
from agent.receipts.parts import Reading, Stance
from agent.receipts.segments import listed_after


@dataclass(slots=True)
class WordCheck:
    """What the words came to. `reasons` make the sentence unsupported, `open_words` only keep it
    from being known; `derived` says that a comparison was worked out."""

    reasons: list[str] = field(default_factory=list)
    open_words: list[str] = field(default_factory=list)
    guesses: list[str] = field(default_factory=list)
    covered: int = 0
    derived: bool = False
    guessing: bool = False
    hedges: list[int] = field(default_factory=list)
    telling: list[FactReading] = field(default_factory=list)

    @property
    def hedged(self) -> bool:
        """Whether the sentence guesses anywhere."""
        return self.guessing or bool(self.hedges)

    def reaches(self, reading: Reading, index: int) -> bool:
        """Whether the guess takes in the token at `index`."""
        return self.guessing or reaches(reading, self.hedges, index)


@dataclass(slots=True)
class WordCase:
    """What words are checked against: the cited facts, those of the run that a ranking is measured
    against, and the concepts of the user's own message (they may be repeated, but prove nothing). `reported` are tokens that
    say what the user said, `retold` those that say a fact's free text again."""

    reading: Reading
    stance: Stance
    pool: Sequence[FactReading]
    rivals: Sequence[FactReading]
    user_concepts: frozenset[str]
    reported: frozenset[int] = frozenset()
    retold: frozenset[int] = frozenset()


def relevant(case: WordCase, index: int) -> list[list[FactReading]]:
    """For each name that the token at `index` is about, the facts that may speak of it; all when
    it is about none. What stands before a bare list ("two runs failed: Maple and Northside") is
    about each name in it."""
    reading = case.reading
    segment = reading.segments[reading.at[index]]
    subjects = segment.subjects if segment.strong else listed_after(reading, segment)
    other = next(
        (atom for atom in reading.atoms if atom.strong and 0 <= index - atom.end < 2
         and reading.at[atom.start] == reading.at[index]), None,
    )  # fmt: skip
    if other is not None and segment.strong:
        subjects = other.subjects
    if not subjects:
        return [list(case.pool)]
    chosen = []
    for keys in subjects:
        about = [fact for fact in case.pool if fact.is_about(keys)]
        chosen.append(about or [fact for fact in case.pool if not fact.named])
    return chosen


def mask_of(facts: Sequence[FactReading], concepts: tuple[str, ...]) -> int:
    """What the facts say of a word: of each the first of its concepts that it says at all."""
    mask = 0
    for fact in facts:
        for concept in concepts:
            if concept in fact.said and concept not in _TOO_WIDE:
                mask |= fact.said[concept]
                break
    return mask


_TOO_WIDE = frozenset({"~entity", "~money"})
