"""Names of leads and experiments in a message, also shortened or misspelt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

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
ENOUGH_WORDS = 0.5
"""Share of an experiment's own words that a message must hold to mean it."""
_KIND = frozenset(("experiment", "experiments", "test", "tests", "trial", "trials"))


_UNKNOWN = re.compile(
    r"\b(?:my|the) ((?!(?:last|first|second|latest|newest|next|new|old|current|only|other|same|whole|"
    r"small|active|running|paused|planned|archived|finished|completed|best|own|two|three)\b)[a-z-]+)"
    r" (?:experiment|test|trial)\b",
    re.IGNORECASE,
)


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


@dataclass(frozen=True)
class _Vocabulary:
    """A caller's names, their words, and in how many names each word is."""

    names: tuple[tuple[Name, tuple[str, ...]], ...]
    uses: Counter[str]


def find_names(text: str, names: Sequence[Name]) -> list[Mention]:
    """The names the text means, in its order; of two that claim the same words, the better.

    A lead is meant by its first word or by two of its words ("Cedar", "the law portal"); an
    experiment by its first two words, by half of them, or by its first word before
    "experiment" ("the coffee chats", "the email test").
    """
    vocabulary = _vocabulary(tuple(names))
    hits: dict[str, list[_Token]] = {}
    pointed: set[str] = set()
    tokens = _tokens(text)
    for position, token in enumerate(tokens):
        meant = list(_meant(token.text, vocabulary.uses))
        for word in meant:
            hits.setdefault(word, []).append(token)
        if position + 1 < len(tokens) and tokens[position + 1].text in _KIND:
            pointed.update(meant)
    found = [
        _mention(name, own, hits, vocabulary.uses)
        for name, own in vocabulary.names
        if _enough(name, own, hits) or (own[0] in pointed and name.kind == "experiment")
    ]
    found.sort(key=lambda mention: (-mention.score, mention.start))
    chosen: list[Mention] = []
    for mention in found:
        if all(mention.end <= other.start or mention.start >= other.end for other in chosen):
            chosen.append(mention)
    return sorted(chosen, key=lambda mention: mention.start)


def unknown_experiment(text: str) -> str | None:
    """What the text calls an experiment by ("my pottery experiment"), known or not."""
    found = _UNKNOWN.search(text)
    return found[1] if found else None


@lru_cache(maxsize=32)
def _vocabulary(names: tuple[Name, ...]) -> _Vocabulary:
    words = [tuple(token.text for token in _tokens(name.text)) for name in names]
    own = [tuple(word for word in some if word not in _FILLERS) or some for some in words]
    uses = Counter(word for some in own for word in set(some))
    return _Vocabulary(tuple(zip(names, own, strict=True)), uses)


def _meant(said: str, uses: Counter[str]) -> Iterator[str]:
    """The words of the vocabulary that a said word can be: itself, its singular or plural,
    else those it may be a misspelling of."""
    forms = (said, f"{said}s", said.removesuffix("s"), said.removesuffix("ing"))
    exact = [word for word in forms if word in uses]
    if exact or len(said) < SHORTEST_MISSPELT:
        yield from dict.fromkeys(exact)
        return
    for word in uses:
        alike = word[0] == said[0] and len(word) >= SHORTEST_MISSPELT
        if alike and abs(len(word) - len(said)) < 3 and _ratio(word, said) >= CLOSE:
            yield word


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()


def _enough(name: Name, own: Sequence[str], hits: dict[str, list[_Token]]) -> bool:
    matched = {word for word in own if word in hits}
    if not matched or len(matched) == len(set(own)):
        return bool(matched)
    if name.kind == "lead":
        return own[0] in matched or len(matched) >= 2
    enough = len(matched) / len(own) >= ENOUGH_WORDS or set(own[:2]) <= matched
    return len(matched) >= 2 and enough


def _mention(
    name: Name, own: Sequence[str], hits: dict[str, list[_Token]], uses: Counter[str]
) -> Mention:
    matched = [word for word in own if word in hits]
    anchor = hits[matched[0]][0]
    picked = [
        min(hits[word], key=lambda token: abs(token.start - anchor.start)) for word in matched
    ]
    score = sum(1 / uses[word] for word in matched) + len(matched) / len(own) / 10
    start, end = min(token.start for token in picked), max(token.end for token in picked)
    return Mention(name, start, end, score)


def _tokens(text: str) -> list[_Token]:
    return [
        _Token(match[0].casefold(), match.start(), match.end()) for match in _TOKEN.finditer(text)
    ]
