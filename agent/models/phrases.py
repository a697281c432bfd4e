"""What a message looks like to the intent classifier: one form for examples and messages.

Names give way to a stand-in and what follows a colon or stands in quotes becomes "something",
so that a phrasing is recognised by what it asks, not by whom or what it is about.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from memory.embeddings import Vectors

STAND_IN = "Acme"
"""Takes the place of every name of a lead."""
_STAND_INS = frozenset((STAND_IN.lower(), "experiment", "the experiment"))

LONGEST_HEAD = 9
"""Words before a colon or dash that can still be a command ("log a learning: …")."""

_NO_NAMES = (
    "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|January|February|March|April|May|June|"
    "July|August|September|October|November|December|Google|Facebook|Instagram|Yelp"
)
_QUOTED = re.compile(r"[\"“”«]([^\"“”»]{2,})[\"“”»]|(?<!\w)'([^']{3,})'(?!\w)")
_CALLED = re.compile(r"\b(called|named|titled) (?!something).+$", re.DOTALL)
_REPORTED = re.compile(
    r"^(?P<head>.{0,40}?\b(?:learned|learnt|discovered|found out|figured out|realised|realized|noticed"
    r"|understood|turns out|turned out|evidence|proof|(?:learnings?|insights?|lessons?)(?= that)))"
    r"(?: (?:from|in|with|through|during) .{1,60}? that|,? that)? "
    r"(?!about|from|so far|yet|in |with|on |of |for |is |was |do |to |and |by )\w+ .+$",
    re.IGNORECASE | re.DOTALL,
)
_HEADED = re.compile(r"^(?P<head>[^:]{2,70}?)(?::\s*|\s+[-–—]\s+)(?P<rest>\S.*)$", re.DOTALL)
_NAME = re.compile(rf"(?<=[a-z,] )(?!(?:{_NO_NAMES})\b)[A-Z][a-z]+(?: [A-Z][a-z]+)*\b")
_ARTICLE_BEFORE = re.compile(r"\b(?:the|my|this|that|our)\s+$", re.IGNORECASE)
_EXPERIMENT_NEXT = re.compile(r"\s*(?:experiment|test|trial)s?\b", re.IGNORECASE)
_WORD = re.compile(r"[a-z]+(?:n't)?|\d+")
_QUESTION = re.compile(
    r"^(?:and |so |but )?(?:what|which|who|whom|whose|where|when|why|how|is|are|am|was|were|do|does"
    r"|did|has|have|can|could|will|would|should|any|anything|anyone|anybody)\b"
)
_COMMAND = re.compile(
    r"^(?:please |let's |let me |can you |could you |can we |i want to |i'd like to )?"
    r"(?:log|add|create|record|save|note|store|set|put|make|start|begin|mark|pause|archive|delete"
    r"|remove|send|email|text|write|call|show|list|give|tell|find|look|search|open|pull|undo|deploy"
    r"|merge|push|approve|reject|read|remind|keep|capture|jot|retry|promote|move|change|see|hear|check|get|run|walk|translate|play|book|order)\b"
)
_OF_TEN = re.compile(r"\d ?(?:/|out of|of) ?10\b|\bout of ten\b")
_SHARE = re.compile(r"\d ?(?:%|percent)|\b0?\.\d")
_NEGATION = re.compile(r"\bnot\b|n't\b|\bnever\b|\bnobody\b|\bwithout\b|\bno\b")
_FIRST_PERSON = re.compile(r"\bi\b|\bi'")
_MY = re.compile(r"\bmy\b|\bmine\b")


@dataclass(frozen=True)
class Named:
    """Where a name stands in a text, and what it names."""

    start: int
    end: int
    kind: Literal["lead", "experiment"]


def quoted(text: str) -> str | None:
    """The first quotation in the text, without its marks."""
    found = _QUOTED.search(text)
    return (found[1] or found[2]).strip() if found else None


def head_and_rest(text: str) -> tuple[str, str] | None:
    """What stands before and after the first colon or dash, when the first part is short
    enough to be a command."""
    found = _HEADED.match(text.strip())
    if found is None or len(found["head"].split()) > LONGEST_HEAD:
        return None
    return found["head"].strip(), found["rest"].strip()


def normalise(text: str, names: Sequence[Named] = ()) -> str:
    """The text with its names replaced by their stand-ins and its payload by "something"."""
    for name in sorted(names, key=lambda name: name.start, reverse=True):
        text = text[: name.start] + _stand_in(text, name) + text[name.end :]
    text = " ".join(text.replace("’", "'").split())
    parts = head_and_rest(text)
    if parts is not None and parts[0].lower() not in _STAND_INS:
        return f"{parts[0]}: something"
    reported = None if is_question(text) else _REPORTED.match(text)
    if reported is not None:
        return f"{reported['head']} that something"
    return _CALLED.sub(r"\1 something", _QUOTED.sub("something", text))


def normalise_example(text: str) -> str:
    """A declared phrasing in the same form: a capital inside it marks a name."""
    return normalise(_NAME.sub(STAND_IN, " ".join(text.replace("’", "'").split())))


def _stand_in(text: str, name: Named) -> str:
    """ "Acme" for a lead; "the experiment" for an experiment, as far as it is not said."""
    if name.kind == "lead":
        return STAND_IN
    if _EXPERIMENT_NEXT.match(text, name.end):
        return ""
    return "experiment" if _ARTICLE_BEFORE.search(text, 0, name.start) else "the experiment"


def words(text: str) -> list[str]:
    """Lower-case words without their commonest endings; numbers as "#"."""
    return [_stem(word) for word in _WORD.findall(text.lower().replace("’", "'"))]


def _stem(word: str) -> str:
    if word.isdigit():
        return "#"
    for ending in ("ing", "ed", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


class Lexicon:
    """Word and word-pair features with the weights of the phrasings it was made from."""

    def __init__(self, phrasings: Sequence[str]) -> None:
        counts = Counter(gram for text in phrasings for gram in _grams(text))
        known = sorted(gram for gram, count in counts.items() if count > 1)
        self._index = {gram: column for column, gram in enumerate(known)}
        self._weight = np.log(len(phrasings) / np.array([counts[gram] for gram in known]))

    def features(self, texts: Sequence[str]) -> Vectors:
        """(n, grams) float32, each row of length 1, or 0 where no gram is known."""
        matrix = np.zeros((len(texts), len(self._index)), np.float32)
        for row, text in enumerate(texts):
            columns = [self._index[gram] for gram in _grams(text) if gram in self._index]
            matrix[row, columns] = self._weight[columns]
        lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
        result: Vectors = matrix / np.maximum(lengths, np.float32(1e-6))
        return result


def _grams(text: str) -> set[str]:
    own = words(text)
    return {*own, *(f"{left} {right}" for left, right in zip(["^", *own], own, strict=False))}


def is_question(text: str) -> bool:
    """Whether the text asks: by its first word, or by a question mark at its end."""
    lower = text.lower().strip()
    return bool(_QUESTION.match(lower)) or lower.endswith("?")


def is_remark(text: str) -> bool:
    """Whether the text neither asks nor orders."""
    return not is_question(text) and not _COMMAND.match(text.lower().strip())


def structure(texts: Sequence[str]) -> Vectors:
    """(n, 10) float32 of 0 and 1: what kind of sentence each normalised text is."""
    return np.array([_structure(text) for text in texts], np.float32).reshape(len(texts), 10)


def _structure(text: str) -> list[bool]:
    lower = text.lower()
    return [
        True,
        is_question(text),
        bool(_COMMAND.match(lower)),
        STAND_IN in text,
        "something" in lower,
        bool(_OF_TEN.search(lower)),
        bool(_SHARE.search(lower)),
        bool(_NEGATION.search(lower)),
        bool(_FIRST_PERSON.search(lower)),
        bool(_MY.search(lower)),
    ]
