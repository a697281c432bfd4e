"""What a text affirms and what it denies."""

from __future__ import annotations

from dataclasses import dataclass

from agent.receipts.lexicon import IMPLIED, TIERS, UNDONE
from agent.receipts.reading import Reading

AFFIRMED, DENIED, EITHER = 1, 2, 3

NEGATORS = frozenset({"not", "no", "never", "none", "nothing", "nobody", "neither", "nor", "without",
                       "cannot", "nowhere", "hardly", "barely", "scarcely", "zero", "n't"})  # fmt: skip
_NOUN_NEGATORS = frozenset({"no", "without", "none", "neither", "zero", "nothing", "nobody"})
_WEAK = frozenset({"await", "awaits", "awaiting", "wait", "waits", "waiting", "waited", "pending",
                   "lack", "lacks", "lacking", "need", "needs", "needed", "needing", "until", "unless",
                   "if", "whether", "any", "towards", "toward", "before", "to", "yet", "required",
                   "requires", "require", "due"})  # fmt: skip
_AFTER_NO = frozenset({"more", "less", "fewer", "later", "doubt", "matter", "problem", "worries",
                       "wonder", "only", "least", "question", "just", "sure", "necessarily"})  # fmt: skip


@dataclass(slots=True)
class Denial:
    """A negating word at token `at` and the content tokens it reaches."""

    at: int
    word: str
    scope: tuple[int, ...]


@dataclass(slots=True)
class Stance:
    """For each content token whether it is AFFIRMED, DENIED or EITHER, and the denials."""

    tokens: dict[int, int]
    denials: list[Denial]


def stance_of(reading: Reading) -> Stance:
    """Which content words of a reading stand affirmed and which denied."""
    tokens = reading.tokens
    poles = dict.fromkeys(reading.content, AFFIRMED)
    denials: list[Denial] = []
    counted_none = {
        atom.start: atom.end
        for atom in reading.atoms
        if atom.quantity is not None
        and atom.quantity.value == 0
        and atom.high is None
        and atom.quantity.dimension == "plain"
        and atom.quantity.out_of is None
    }
    inside = {index for atom in reading.atoms for index in range(atom.start, atom.end)}
    for index, token in enumerate(tokens):
        if index in counted_none or (index not in inside and _negates(reading, index)):
            begin = counted_none.get(index, index + 1)
            scope = _scope(reading, begin)
            _deny(reading, scope, token.low, poles, begin)
            denials.append(Denial(index, token.low, scope))
        elif token.low in _WEAK and index not in inside:
            for reached in _scope(reading, index + 1):
                poles[reached] = EITHER
    for index in reading.content:
        if _inner_word(tokens[index].low) in UNDONE:
            poles[index] = {AFFIRMED: DENIED, DENIED: AFFIRMED}.get(poles[index], EITHER)
    return Stance(poles, denials)


def vocabulary_of(reading: Reading, stance: Stance) -> dict[str, int]:
    """Each concept a text says, with whether it affirms it, denies it or leaves it open."""
    said: dict[str, int] = {}
    for index, concepts in reading.content.items():
        for concept in concepts:
            said[concept] = said.get(concept, 0) | stance.tokens[index]
    return said


def add_implied(said: dict[str, int]) -> None:
    """Add what follows from what is said: what is unsent is waiting as well."""
    for _ in range(2):
        for needed, added in IMPLIED:
            if not all(_holds(said, item) for item in needed):
                continue
            for item in added:
                name, pole = (item[1:], DENIED) if item[0] == "-" else (item, AFFIRMED)
                said[name] = said.get(name, 0) | pole


def _holds(said: dict[str, int], item: str) -> bool:
    if item[0] == "-":
        return said.get(item[1:], 0) == DENIED
    return bool(said.get(item, 0) & AFFIRMED)


def _inner_word(word: str) -> str:
    return word.replace("-", "").replace("'", "")


def _negates(reading: Reading, index: int) -> bool:
    tokens = reading.tokens
    token = tokens[index]
    low = token.low
    if token.kind != "word" or not (low in NEGATORS or low.endswith("n't")):
        return False
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if following is None:
        return True
    if (
        following.glued
        or following.low in _AFTER_NO
        or (following.low == "but" and low == "nothing")
    ):
        return False
    return not (low == "no" and following.text in ",.;:—–" and index < 2)


def _scope(reading: Reading, begin: int) -> tuple[int, ...]:
    if begin >= len(reading.tokens):
        return ()
    segment = reading.segments[reading.at[begin]]
    end = next(
        (i for i in range(begin, segment.end) if reading.tokens[i].low in _ENDS_SCOPE), segment.end
    )
    return tuple(index for index in range(begin, end) if index in reading.content)


_ENDS_SCOPE = frozenset({"after", "despite", "following", "beyond", "from", "though", "even"})


def _deny(
    reading: Reading, scope: tuple[int, ...], word: str, poles: dict[int, int], begin: int
) -> None:
    """A verb in reach is denied; a noun only when the negation stands right before it."""
    direct = word in _NOUN_NEGATORS or word.isdigit()
    first = True
    for index in scope:
        tiers = {TIERS.get(concept) for concept in reading.content[index]}
        strong = "status" in tiers or "claim" in tiers
        if strong or (direct and first and index <= begin + 3):
            poles[index] = DENIED
        else:
            poles[index] = EITHER
        first = first and not strong
