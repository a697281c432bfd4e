"""Telling text that is not English, which the verifier cannot read and therefore does not trust."""

from __future__ import annotations

import re

from agent.receipts.english import FOREIGN, FUNCTION, is_ordinary
from agent.receipts.lexicon import is_ledger_word
from agent.receipts.subjects import Names
from agent.receipts.text import foreign_letters

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
