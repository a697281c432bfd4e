"""Which experiment a person means by what they call it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

CLOSE_ENOUGH = 0.8
SHORTEST_ID = 6

_FILLERS = {"the", "a", "an", "my", "our", "of", "to", "one", "experiment", "test"}


def same_name(query: str, names: Sequence[tuple[str, str]]) -> list[str]:
    """The ids that `query` can mean among `names` (id, name); empty when none, several when
    it is ambiguous. An exact id or name wins over the beginning of an id, that over a name
    that holds every word of the query, and that over a misspelt name."""
    wanted, words = _plain(query), _words(query)
    prefix = query.strip(" .…").casefold()
    attempts = (
        [key for key, _ in names if key == query.strip()],
        [key for key, name in names if _plain(name) == wanted],
        [key for key, _ in names if len(prefix) >= SHORTEST_ID and key.startswith(prefix)],
        [key for key, name in names if words and words <= _words(name)],
        [key for key, name in names if _misspelt(words, _words(name))],
    )
    return next((found for found in attempts if found), [])


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _words(text: str) -> set[str]:
    return set(_plain(text).split()) - _FILLERS


def _misspelt(words: set[str], name: set[str]) -> bool:
    """Whether each of `words` is close, letter by letter, to some word of the name."""
    return bool(words) and all(
        any(SequenceMatcher(None, word, other).ratio() >= CLOSE_ENOUGH for other in name)
        for word in words
    )
