"""What the words of the ledgers mean: concepts, their strength as claims, and their opposites.

A concept gathers words that say the same of a ledger row. Its tier says what happens when a
sentence uses it and no cited fact does:
`status` never passes; `claim` and `noun` pass only as part of an open guess; `soft` and `thing`
keep the sentence from being known; `tag` only relates words and claims nothing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from agent.receipts.concepts import CLAIM, NOUN, OPPOSITES, PHRASES, SOFT, STATUS, THING, UNDONE
from agent.receipts.english import FUNCTION, LIGHT, LIGHT_STEMS, stem

STRONG = frozenset({"status", "claim", "soft"})
"""The tiers of words that say what happened to a thing or how it stands."""

TOO_WIDE = frozenset({"~entity", "~money"})
"""Tags that relate too many words to say of one that a fact says it."""
Tier = Literal["status", "claim", "noun", "soft", "thing", "tag"]


def _parse() -> tuple[dict[str, tuple[str, ...]], dict[str, Tier]]:
    words: dict[str, tuple[str, ...]] = {}
    tiers: dict[str, Tier] = {}
    groups: tuple[tuple[str, Tier], ...] = (
        (STATUS, "status"), (CLAIM, "claim"), (SOFT, "soft"), (NOUN, "noun"), (THING, "thing"),
    )  # fmt: skip
    for text, tier in groups:
        for line in text.strip().splitlines():
            head, _, listed = line.partition(":")
            concepts = tuple(head.split())
            for concept in concepts:
                tiers.setdefault(concept, "tag" if concept.startswith("~") else tier)
            for word in listed.split():
                key = word.replace("-", "")
                words[key] = tuple(dict.fromkeys(words.get(key, ()) + concepts))
    return words, tiers


_WORDS, TIERS = _parse()
_STEMS: dict[str, tuple[str, ...]] = {}
for _word, _concepts in _WORDS.items():
    _STEMS.setdefault(stem(_word), _concepts)


@lru_cache(maxsize=8192)
def concepts_of(word: str) -> tuple[str, ...]:
    """The concepts of a lower-case word, most telling first; () when it says nothing that
    could be checked; its stem when no concept lists it."""
    key = word.replace("'s", "").replace("'", "").replace("-", "")
    found = _WORDS.get(key)
    if found is not None:
        return found
    if word in FUNCTION or word in LIGHT:
        return ()
    if key in UNDONE:
        return (UNDONE[key],)
    root = stem(word)
    found = _STEMS.get(root)
    if found is not None:
        return found
    return () if root in LIGHT_STEMS or len(root) < 2 else (root,)


def concepts_in(text: str) -> list[str]:
    """The concepts of all words of a text, in order."""
    words = text.lower().split()
    return [concept for word in words for concept in concepts_of(word.strip(".,;:()"))]


_ORDER: dict[str, int] = {"status": 0, "claim": 1, "noun": 2, "soft": 3, "thing": 4, "tag": 5}


@lru_cache(maxsize=8192)
def tier_of(word: str) -> Tier | None:
    """How strongly a lower-case word claims; None for words no concept lists."""
    best: Tier | None = None
    for concept in concepts_of(word):
        tier = TIERS.get(concept)
        if tier == "status":
            return tier
        if tier is not None and tier != "tag" and (best is None or _ORDER[tier] < _ORDER[best]):
            best = tier
    return best


def is_ledger_word(word: str) -> bool:
    """Whether a lower-case word belongs to the ledgers' vocabulary."""
    return tier_of(word) is not None


PHRASE_CONCEPTS: dict[str, list[tuple[tuple[str, ...], str]]] = {}
for _line in PHRASES.strip().splitlines():
    _concept, _, _texts = _line.partition(": ")
    for _text in _texts.split(", "):
        _parts = tuple(_text.split())
        PHRASE_CONCEPTS.setdefault(_parts[0], []).append((_parts, _concept))
"""By first word, the phrases that say a concept together."""

_OPPOSED: dict[str, frozenset[str]] = {}
for _left, _right in OPPOSITES:
    _OPPOSED[_left] = _OPPOSED.get(_left, frozenset()) | {_right}
    _OPPOSED[_right] = _OPPOSED.get(_right, frozenset()) | {_left}


def opposites_of(concept: str) -> frozenset[str]:
    """The concepts that contradict this one."""
    return _OPPOSED.get(concept, frozenset())
