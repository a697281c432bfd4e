"""Somebody's own words, a fact's or the user's, told again in the sentence, whole or altered."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from agent.receipts.english import stem
from agent.receipts.evidence import FREE_WORDS, FactReading
from agent.receipts.kinds import REPORTED
from agent.receipts.parts import Reading
from agent.receipts.text import words_of


def told_again(reading: Reading, facts: Sequence[FactReading]) -> frozenset[int]:
    """The tokens that repeat what a fact holds in somebody's own words, as in "you learned that you
    send …" for "I send …": runs of at least five words, whatever the person."""
    texts = [words for fact in facts if not fact.planned for words in fact.free_words]
    if not texts:
        return frozenset()
    own = {run for words in texts for run in _runs(words)}
    said = _runs(reading.lows)
    return frozenset(
        index for at, run in enumerate(said) if run in own for index in range(at, at + FREE_WORDS)
    )


def _runs(words: Sequence[str]) -> list[tuple[str, ...]]:
    same = [_of_any_person(word) for word in words]
    return [tuple(same[at : at + FREE_WORDS]) for at in range(len(same) - FREE_WORDS + 1)]


def numbers_told_again(reading: Reading, facts: Sequence[FactReading]) -> frozenset[int]:
    """The numbers that count what they count in somebody's own words too: "eleven colleagues" where
    a fact quotes "Ran a workshop for eleven colleagues"."""
    found: set[int] = set()
    atoms = [atom for atom in reading.atoms if atom.kind == "quantity"]
    for fact in facts if atoms else ():
        own = [] if fact.planned else [word for words in fact.free_words for word in words]
        pairs = set(pairwise(map(stem, own)))
        for atom in atoms if pairs else ():
            if atom.strong and not fact.is_about(atom.keys):
                continue
            after = [stem(token.low) for token in reading.tokens[atom.end : atom.end + 3]]
            after = after[2:] if after[:2] in (["of", "them"], ["of", "those"]) else after
            spelled = stem(reading.tokens[atom.end - 1].low)
            single = atom.end - atom.start == 1 and atom.high is None
            if single and after and (spelled, after[0]) in pairs:
                found.add(atom.start)
    return frozenset(found)


def altered(reading: Reading, facts: Sequence[FactReading]) -> list[str]:
    """Complaints about somebody's own words that are given again with a word changed, left out or
    put in, so that they may say something else."""
    for fact in facts:
        for text, words in zip(fact.free_texts, fact.free_words, strict=True):
            if _is_altered(reading, words, fact):
                return [f'it changes what the record holds word for word ("{text}")']
    return []


def _is_altered(reading: Reading, text: Sequence[str], fact: FactReading) -> bool:
    put_in = _HARMLESS | {_of_any_person(word) for word in words_of(fact.fact.subject)}
    own = [_of_any_person(word) for word in text]
    words = [_of_any_person(t.low) for t in reading.tokens if t.kind not in ("mark", "quote")]
    blocks = SequenceMatcher(None, own, words, autojunk=False).get_matching_blocks()
    blocks = [block for block in blocks if block.size]
    if sum(block.size for block in blocks) < len(own) * _NEARLY:
        return False
    return any(
        {*own[one.a + one.size : two.a]} - _HARMLESS or {*words[one.b + one.size : two.b]} - put_in
        for one, two in pairwise(blocks)
    )


_NEARLY = 0.6
_HARMLESS = frozenset("a an the that and will would can could is are was were am be been has have had do "
                      "does did you your it this said told and of them those for".split())  # fmt: skip
_PERSONS = {"i": "you", "me": "you", "my": "your", "mine": "yours", "we": "you", "us": "you",
            "our": "your", "i'm": "you're", "i've": "you've", "myself": "yourself"}  # fmt: skip


def _of_any_person(word: str) -> str:
    return stem(_PERSONS.get(word, word))


def reported_of_user(
    reading: Reading, user_concepts: frozenset[str], whole: bool = False
) -> frozenset[int]:
    """The content words of stretches that say what the user said ("you told me that …"), where the
    user said it; with `whole`, none unless the user said all of the sentence."""
    if not REPORTED.search(reading.text):
        return frozenset()
    found: set[int] = set()
    for segment in reading.segments:
        words = " ".join(token.text for token in reading.tokens[segment.start : segment.end])
        if not whole and not REPORTED.search(words):
            continue
        inside = [index for index in reading.content if segment.start <= index < segment.end]
        own = [index for index in inside if user_concepts & set(reading.content[index])]
        if len(own) * 2 >= len(inside):
            found.update(inside or range(segment.start, segment.end))
        elif whole:
            return frozenset()
    return frozenset(found)
