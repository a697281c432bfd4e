"""Sessions of a thread, and the sentences that say most about one. Pure rules.

A session ends with two hours of silence or its twentieth turn. Its summary is made of the
person's own sentences: those with the words that the session comes back to, in their order, none
of them saying again what another has said.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

SILENCE = timedelta(hours=2)
LONGEST_TURNS = 20
SHORTEST_TURNS = 4
QUOTATIONS = 6
QUOTED_CHARACTERS = 700
LONGEST_SENTENCE = 240

_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_WORD = re.compile(r"[^\W\d_]{4,}")
_OWN = re.compile(r"\b(i|i'm|i've|my|me|we|our)\b", re.IGNORECASE)
_EMPTY = frozenset(
    "that this with have from they what when which will would could should about there their "
    "them then than just like your been were some more very really also into because think "
    "know want make made does doing going here hello thanks thank please today".split()
)


@dataclass(frozen=True)
class Passage:
    """Something said in a turn: by the person or to them."""

    turn: int
    text: str
    by_person: bool
    at: datetime


Said = TypeVar("Said", bound=Passage)


def closed_sessions(said: Sequence[Said], now: datetime) -> list[list[Said]]:
    """The sessions that are over, in order; `said` is in order too."""
    sessions: list[list[Said]] = []
    for passage in said:
        current = sessions[-1] if sessions else None
        if (
            current is None
            or passage.at - current[-1].at > SILENCE
            or (passage.turn != current[-1].turn and turns(current) >= LONGEST_TURNS)
        ):
            sessions.append([passage])
        else:
            current.append(passage)
    return [
        session
        for session in sessions
        if session is not sessions[-1]
        or now - session[-1].at > SILENCE
        or turns(session) >= LONGEST_TURNS
    ]


def turns(session: Sequence[Passage]) -> int:
    """How many turns a session has."""
    return len({passage.turn for passage in session})


def telling_sentences(session: Sequence[Passage]) -> list[str]:
    """Up to six of the person's sentences, verbatim and in order; none when they only asked."""
    sentences = [
        sentence
        for passage in session
        if passage.by_person
        for sentence in map(str.strip, _SENTENCE.findall(passage.text))
        if not sentence.endswith("?") and 3 <= len(sentence.split()) <= LONGEST_SENTENCE // 6
    ]
    words = [_words(sentence) for sentence in sentences]
    common = Counter(word for said in words for word in said)
    order = sorted(
        range(len(sentences)), key=lambda at: (-_weight(sentences[at], words[at], common), at)
    )
    chosen: list[int] = []
    for at in order:
        length = sum(len(sentences[other]) for other in (*chosen, at))
        fresh = all(_shared(words[at], words[other]) < 0.6 for other in chosen)
        if words[at] and fresh and length <= QUOTED_CHARACTERS and len(chosen) < QUOTATIONS:
            chosen.append(at)
    return [sentences[at] for at in sorted(chosen)]


def _words(sentence: str) -> frozenset[str]:
    return frozenset(word for word in _WORD.findall(sentence.lower()) if word not in _EMPTY)


def _weight(sentence: str, words: frozenset[str], common: Counter[str]) -> float:
    """How often the session says the sentence's words, for its length; more for what is said of
    oneself."""
    of_words = sum(math.sqrt(common[word]) for word in words) / math.sqrt(1 + len(words))
    return of_words * (1.5 if _OWN.search(sentence) else 1.0)


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, min(len(one), len(other)))
