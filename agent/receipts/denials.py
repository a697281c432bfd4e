"""Checking what a sentence denies: the facts about the same subject must deny it too."""

from __future__ import annotations

from collections.abc import Sequence

from agent.receipts.evidence import FactReading
from agent.receipts.lexicon import TIERS, UNDONE
from agent.receipts.parts import Reading, Segment
from agent.receipts.polarity import AFFIRMED, DENIED, NEGATORS, NOUN_NEGATORS, Denial
from agent.receipts.wordcase import WordCase, WordCheck, mask_of, relevant


def check_denial(case: WordCase, result: WordCheck, denial: Denial) -> None:
    """Add a reason to `result` when no fact bears the denial out."""
    reading = case.reading
    if denial.at in case.reported:
        return
    segment = reading.segments[reading.at[denial.at]]
    facts_by_name = relevant(case, denial.at)
    if _doubled(case, denial, segment):
        result.reasons.append(f'it denies twice ("{denial.word}"), which cannot be checked')
        return
    if any(atom.start == denial.at + 1 and atom.kind != "quote" for atom in reading.atoms):
        result.reasons.append(f'it denies a value ("{denial.word}"), which no cited fact does')
        return
    if not denial.scope:
        if not all(any(fact.words & NEGATORS for fact in facts) for facts in facts_by_name):
            result.reasons.append(f'no cited fact says "{denial.word}" of it')
        return
    keys = _denied_words(reading, denial)
    for facts in facts_by_name:
        masks = [mask_of(facts, reading.content[index]) for index in keys]
        if any(mask & DENIED for mask in masks):
            continue
        if any(mask & AFFIRMED for mask in masks) and _not_since(reading, segment, facts):
            continue
        if result.reaches(reading, denial.at) and not any(mask & AFFIRMED for mask in masks):
            continue
        word = " ".join(reading.tokens[index].text for index in keys[:2])
        result.reasons.append(f'no cited fact denies "{word}", the sentence does ("{denial.word}")')
        return


def _denied_words(reading: Reading, denial: Denial) -> list[int]:
    """The tokens a denial is really about: the first verb after "not"; after "no" the noun as
    well."""
    strong = [
        index
        for index in denial.scope
        if any(TIERS.get(concept) in ("status", "claim") for concept in reading.content[index])
        and reading.tokens[index].low not in UNDONE
    ]
    if denial.word in NOUN_NEGATORS:
        return list(dict.fromkeys([*strong, denial.scope[0]]))
    return strong[:1] or [denial.scope[0]]


def _doubled(case: WordCase, denial: Denial, segment: Segment) -> bool:
    """Whether another denial stands in the same stretch, which no fact's statement does."""
    lows = [token.low for token in case.reading.tokens[segment.start : segment.end]]
    count = sum(1 for low in lows if low in NEGATORS or low.endswith("n't"))
    return count > 1 and denial.at >= segment.start


def _not_since(reading: Reading, segment: Segment, facts: Sequence[FactReading]) -> bool:
    """Whether "has not succeeded in 2 days" only turns round "last succeeded 52 hours ago"."""
    timed = any(
        segment.start <= atom.start < segment.end and atom.quantity is not None
        and atom.quantity.dimension == "time" for atom in reading.atoms
    )  # fmt: skip
    return timed and any({"last", "ago"} <= fact.words for fact in facts)
