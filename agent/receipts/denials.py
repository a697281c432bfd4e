"""Checking what a sentence denies: the facts about the same subject must deny it too."""

from __future__ import annotations

from collections.abc import Sequence

from agent.receipts.concepts import UNDONE
from agent.receipts.english import is_past
from agent.receipts.evidence import FactReading
from agent.receipts.lexicon import STRONG, TIERS
from agent.receipts.parts import Denial, Reading, Segment
from agent.receipts.polarity import AFFIRMED, DENIED, NEGATORS, NOUN_NEGATORS
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
    if _denies_value(reading, denial):
        result.reasons.append(f'it denies a value ("{denial.word}"), which no cited fact does')
        return
    keys = _denied_words(reading, denial)
    if not keys:
        if not all(any(fact.denies_barely for fact in facts) for facts in facts_by_name):
            result.reasons.append(f'no cited fact says "{denial.word}" of it')
        return
    for facts in facts_by_name:
        masks = [mask_of(facts, reading.content[index]) for index in keys]
        if any(mask & DENIED for mask in masks):
            continue
        done = any(is_past(reading.tokens[index].low) for index in keys)
        if any(mask & AFFIRMED for mask in masks) and done and _not_since(reading, segment, facts):
            continue
        if result.reaches(reading, denial.at) and not any(mask & AFFIRMED for mask in masks):
            continue
        word = " ".join(reading.tokens[index].text for index in keys[:2])
        result.reasons.append(f'no cited fact denies "{word}", the sentence does ("{denial.word}")')
        return


def _denies_value(reading: Reading, denial: Denial) -> bool:
    """Whether a denial stands right before a number: "not 50 %", "not for 9 days"."""
    at = denial.at + 1
    while at < len(reading.tokens) and reading.tokens[at].low in _PASSED_OVER:
        at += 1
    return any(atom.start == at and atom.kind != "quote" for atom in reading.atoms)


_PASSED_OVER = frozenset({"been", "be", "for", "in", "at", "by", "a", "the", "exactly", "quite"})


def _denied_words(reading: Reading, denial: Denial) -> list[int]:
    """The tokens a denial is really about: the first verb after "not"; after "no" the noun as
    well; what stands before a closing "none"."""
    if not denial.scope:
        closes = denial.word in NOUN_NEGATORS and all(
            token.kind == "mark" for token in reading.tokens[denial.at + 1 :]
        )
        return [index for index in reading.content if index < denial.at] if closes else []
    strong = [
        index
        for index in denial.scope
        if any(TIERS.get(concept) in STRONG for concept in reading.content[index])
        and reading.tokens[index].low not in UNDONE
    ]
    if denial.word in NOUN_NEGATORS:
        return list(dict.fromkeys([*strong, denial.scope[0]]))
    return strong[:1] or [denial.scope[0]]


def _doubled(case: WordCase, denial: Denial, segment: Segment) -> bool:
    """Whether another denial stands in the same stretch, which no fact's statement does."""
    lows = case.reading.lows[segment.start : segment.end]
    count = sum(1 for low in lows if (low in NEGATORS and low != "nor") or low.endswith("n't"))
    return count > 1 and denial.at >= segment.start


def _not_since(reading: Reading, segment: Segment, facts: Sequence[FactReading]) -> bool:
    """Whether "has not succeeded in 2 days" only turns round "last succeeded 52 hours ago"."""
    timed = any(
        segment.start <= atom.start < segment.end and atom.quantity is not None
        and atom.quantity.dimension == "time" for atom in reading.atoms
    )  # fmt: skip
    return timed and any({"last", "ago"} <= fact.words for fact in facts)
