"""What is not shown, whatever it claims: markup, addresses that nobody named, text that is not English."""

from __future__ import annotations

import re
from collections.abc import Iterable

from agent.receipts.english import FOREIGN, FUNCTION, is_ordinary
from agent.receipts.lexicon import is_ledger_word
from agent.receipts.subjects import Names
from agent.receipts.text import foreign_letters

_ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.-]*:)?//[^\s<>()\[\]\"'“”]+|\bwww\.[^\s<>()\[\]\"'“”]+|\bmailto:\S+"
    r"|\]\(\s*<?([^\s)>]+)",
    re.I,
)
_IMAGE = re.compile(r"!\[[^\]\n]*\][\[(]|<\s*(?:img|image|iframe)\b", re.I)
_TAG = re.compile(r"<\s*[/!?a-zA-Z]")
_MAY_LEAD = re.compile(r"//|www\.|mailto:|\]\(|!\[|<", re.I)
_CLOSING = ".,;:!?)]}*_`"


def holds_markup(text: str) -> bool:
    """Whether a text holds HTML, which an answer may not."""
    return _TAG.search(text) is not None


def strange_address(text: str, values: Iterable[object], user_text: str) -> str | None:
    """The first address in `text` that is neither the whole value of a fact (`values`) nor in
    the person's own message; any image counts as one. None when there is none.

    An address that stands somewhere in a longer text of the record is not enough: whoever wrote
    that text may have meant it for the model.
    """
    if _MAY_LEAD.search(text) is None:
        return None
    if image := _IMAGE.search(text):
        return image[0]
    found = [(match[1] or match[0]).rstrip(_CLOSING) for match in _ADDRESS.finditer(text)]
    if not found:
        return None
    known = {str(value).rstrip(_CLOSING) for value in values}
    return next((item for item in found if item not in known and item not in user_text), None)


_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_MIN_WORDS = 4
_MIN_ENGLISH = 0.25


def is_foreign(text: str, names: Names) -> bool:
    """Whether a judged sentence is in another script, or mostly in words that are not English."""
    if foreign_letters(text):
        return True
    words = [word.lower() for word in _WORD.findall(text)]
    others = [word for word in words if word not in FUNCTION]
    abroad = sum(1 for word in others if word in FOREIGN)
    english = len(words) - len(others)
    if not abroad and english * 2 > len(words):
        return False
    english += sum(1 for word in others if "'" in word or is_ledger_word(word) or is_ordinary(word))
    if abroad >= 2 and abroad * 2 > english:
        return True
    known = english + sum(1 for word in words if names.may_begin(word))
    return len(words) >= _MIN_WORDS and known < _MIN_ENGLISH * len(words)
