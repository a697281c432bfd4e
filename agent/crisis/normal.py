"""One spelling of a message for the rules to read: letters, words, sentences, known typos.

The normal form is lower case, without Latin accents or apostrophes, one space between words,
" . " between sentences. Other scripts stay as they are.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterable

LETTERS = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"}
WITHOUT_ACCENT = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ı": "i"}
INVISIBLE = dict.fromkeys([0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, 0xFEFF])
APOSTROPHES = dict.fromkeys(map(ord, "’‘ʼ`´′"), "'")


def _plain_latin() -> dict[int, str]:
    plain = {ord(letter): base for letter, base in WITHOUT_ACCENT.items()}
    for code in range(0xC0, 0x250):
        base = unicodedata.normalize("NFD", chr(code))[0]
        if base.isascii() and base.isalpha():
            plain[code] = base
    return plain


_TABLE: dict[int, str | None] = {**INVISIBLE, **APOSTROPHES, **_plain_latin()}
_CONTRACTION = re.compile(r"(?<=[a-z])'(?=(?:m|s|re|ve|d|ll|t|em)\b)")
_DISGUISED = re.compile(r"(?<=[a-z])[0134578@$!](?=[a-z])|\b[0134578@$](?=[a-z]{2})")
_STARRED = re.compile(r"\b[a-z]+\*+[a-z]+\b")
_SPACED_OUT = re.compile(r"\b(?:[a-z][ .\-_]){3,}[a-z]\b")
_ONE_WORD_SENTENCES = re.compile(r"(?:\b\w+[.!] ){2,}\w+")
_DRAWN_OUT = re.compile(r"([a-z])\1{2,}")
_SENTENCE_END = re.compile(r"[.!?;…。！？।\n]+")
_NOT_A_WORD = re.compile(r"[^\w.]+|_+")
_STARRED_WORDS = ("suicide", "suicidal", "kill", "killing", "die", "dead", "rape", "raped", "death")


def normalise(text: str, spelling: dict[str, str]) -> str:
    """The normal form of a message. `spelling` maps a word as written to the words meant."""
    text = unicodedata.normalize("NFKC", text).lower().translate(_TABLE)
    text = _CONTRACTION.sub("", text)
    text = _STARRED.sub(_unstar, text)
    text = _DISGUISED.sub(lambda found: LETTERS.get(found[0], found[0]), text)
    text = _SPACED_OUT.sub(lambda found: re.sub(r"[ .\-_]", "", found[0]), text)
    text = _ONE_WORD_SENTENCES.sub(lambda found: re.sub(r"[.!]", "", found[0]), text)
    text = _DRAWN_OUT.sub(r"\1\1", text)
    text = _SENTENCE_END.sub(" . ", text)
    text = _NOT_A_WORD.sub(" ", text)
    return " ".join(spelling.get(word, word) for word in text.split())


def spelled_nearly(words: Iterable[str], never: Iterable[str]) -> dict[str, str]:
    """Every spelling one letter away from one of `words`: left out, added, changed or swapped.
    Those in `never` are words of their own."""
    near: dict[str, str] = {}
    for word in words:
        cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
        for left, right in cuts:
            near |= {left + letter + right: word for letter in string.ascii_lowercase}
            if right:
                near[left + right[1:]] = word
                near |= {left + letter + right[1:]: word for letter in string.ascii_lowercase}
            if len(right) > 1:
                near[left + right[1] + right[0] + right[2:]] = word
    for word in (*never, *words):
        near.pop(word, None)
    return near


def _unstar(found: re.Match[str]) -> str:
    pattern = re.sub(r"\*+", "[a-z]+", found[0])
    return next((word for word in _STARRED_WORDS if re.fullmatch(pattern, word)), found[0])
