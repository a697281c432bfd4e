"""Names of leads and experiments in a message, also shortened or misspelt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from agent.models.types import Name

_TOKEN = re.compile(r"[^\W_]+")
_FILLERS = frozenset(
    re.findall(
        r"\w+",
        "a an the my our your of to for in on at by and or with one two it is be do from every "
        "each experiment experiments test trial lead client project deal new day week",
    )
)
SHORTEST_MISSPELT = 5
"""Letters below which a word must match exactly."""
CLOSE = 0.8
ENOUGH_WORDS = 0.6
"""Share of an experiment's own words that a message must hold to mean it."""


@dataclass(frozen=True)
class Mention:
    """A name that the message means, and where its words stand."""

    name: Name
    start: int
    end: int
    score: float


@dataclass(frozen=True)
class _Token:
    text: str
    start: int
    end: int


def find_names(text: str, names: Sequence[Name]) -> list[Mention]:
    """The names the text means, in its order; of two that claim the same words, the better.

    A lead is meant by its first word or by two of its words ("Cedar", "the law portal");
    an experiment by most of its own words ("the coffee chats").
    """
    tokens = _tokens(text)
    rarity = Counter(word for name in names for word in set(_words(name.text)))
    found = [mention for name in names if (mention := _mention(name, tokens, rarity)) is not None]
    found.sort(key=lambda mention: (-mention.score, mention.start))
    chosen: list[Mention] = []
    for mention in found:
        if all(mention.end <= other.start or mention.start >= other.end for other in chosen):
            chosen.append(mention)
    return sorted(chosen, key=lambda mention: mention.start)


def _mention(name: Name, tokens: Sequence[_Token], rarity: Counter[str]) -> Mention | None:
    words = _words(name.text)
    own = [word for word in words if word not in _FILLERS] or words
    matched = {
        word: hits for word in own if (hits := [token for token in tokens if _same(word, token)])
    }
    if not matched or not _enough(name, own, set(matched)):
        return None
    span = _closest_span(list(matched.values()))
    score = sum(1 / rarity[word] for word in matched) + len(matched) / len(own) / 10
    return Mention(name, span[0].start, span[-1].end, score)


def _enough(name: Name, own: list[str], matched: set[str]) -> bool:
    if len(matched) == len(own):
        return True
    if name.kind == "lead":
        return own[0] in matched or len(matched) >= 2
    return len(matched) >= 2 and len(matched) / len(own) >= ENOUGH_WORDS


def _closest_span(hits: list[list[_Token]]) -> list[_Token]:
    """One token a matched word, near the first word's first hit, in order."""
    anchor = hits[0][0]
    picked = {min(found, key=lambda token: abs(token.start - anchor.start)) for found in hits}
    return sorted(picked, key=lambda token: token.start)


def _same(word: str, token: _Token) -> bool:
    if word == token.text or f"{word}s" == token.text or word == f"{token.text}s":
        return True
    if min(len(word), len(token.text)) < SHORTEST_MISSPELT or word[0] != token.text[0]:
        return False
    return SequenceMatcher(None, word, token.text).ratio() >= CLOSE


def _tokens(text: str) -> list[_Token]:
    return [
        _Token(match[0].casefold(), match.start(), match.end()) for match in _TOKEN.finditer(text)
    ]


def _words(text: str) -> list[str]:
    return [token.text for token in _tokens(text)]
