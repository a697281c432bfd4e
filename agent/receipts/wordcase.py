"""What words are checked against, what came of it, which facts may speak of a stretch, and how far
a guess or a cause reaches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from agent.receipts.evidence import FactReading
from agent.receipts.lexicon import TOO_WIDE
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
            if concept in fact.said and concept not in TOO_WIDE:
                mask |= fact.said[concept]
                break
    return mask


_HEDGES = frozenset(
    "likely probably perhaps maybe may might could seems seem appears appear suggests suggest "
    "suggesting indicates indicate indicating implies imply means meaning because therefore thus "
    "hence presumably potentially possibly would should expect unlikely suspect guess think believe "
    "looks explains explain hints hint reads apparently arguably tends tend risks evidently".split()
)
_CAUSES = ("because of", "due to", "as a result", "which is why", "that is why", "that's why",
           "points to", "point to", "in other words", "driven by", "caused by", "thanks to",
           "leads to", "led to", "my reading", "my view", "my sense", "my guess", "my impression", "the reason", "comes down to", "boils down to")  # fmt: skip
_CAUSE_WORDS = frozenset(cause.split()[-1] for cause in _CAUSES)
_FINITE = frozenset("is are was were has have had isn't aren't wasn't hasn't haven't will did does "
                    "can it's that's they're".split())  # fmt: skip


def hedges_of(reading: Reading, pool: Sequence[FactReading]) -> list[int]:
    """The tokens by which a sentence gives a guess or a cause that its facts do not give
    themselves."""
    lows = reading.lows
    found = [
        index
        for index, low in enumerate(lows)
        if (low in _HEDGES and not _given(reading, index, pool)) or _concludes(lows, index)
    ]
    if not _CAUSE_WORDS.isdisjoint(reading.words):
        text = " ".join(lows)
        for cause in _CAUSES:
            if cause in text and not any(cause in fact.haystack for fact in pool):
                found.append(len(text[: text.index(cause)].split()))
    return found


def _given(reading: Reading, index: int, pool: Sequence[FactReading]) -> bool:
    """Whether a hedging word is the facts' own, or the month of May."""
    token = reading.tokens[index]
    return token.text == "May" or any(token.low in fact.words for fact in pool)


def reaches(reading: Reading, hedges: Sequence[int], index: int) -> bool:
    """Whether one of the hedges stands in the same clause as the token at `index`."""
    start, end = _clause(reading, index)
    return any(start <= hedge < end for hedge in hedges)


def _concludes(lows: Sequence[str], index: int) -> bool:
    if lows[index] != "so" or index + 1 >= len(lows):
        return False
    opens = index == 0 or lows[index - 1] in (",", ";", "and", "—")
    return opens and lows[index + 1] not in ("far", "many", "much", "that")


def _clause(reading: Reading, index: int) -> tuple[int, int]:
    """The tokens around `index` up to the next "and", "but" or ";" that opens a clause with a
    verb of its own."""
    start, end = 0, len(reading.tokens)
    for segment in reading.segments:
        joiner = segment.start - 1
        if joiner < 0 or not _opens_clause(reading, segment.start, segment.end, joiner):
            continue
        if joiner < index:
            start = joiner
        else:
            end = min(end, joiner)
    return start, end


def _opens_clause(reading: Reading, start: int, end: int, joiner: int) -> bool:
    if reading.tokens[joiner].low not in ("and", "but", ";", "while", "whereas"):
        return False
    return any(token.low in _FINITE for token in reading.tokens[start:end])
