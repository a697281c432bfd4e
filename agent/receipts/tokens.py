"""Words, numbers, quotations, ids and marks of one judged sentence, in order."""

from __future__ import annotations

import re
from typing import Literal

from agent.receipts.numerals import MONTHS, NUMBER_WORDS, WEEKDAYS

Kind = Literal["word", "number", "stamp", "slash", "clock", "quote", "id", "url", "mark"]

_TOKEN = re.compile(
    r"""
    (?P<word>[^\W\d_]+(?:['-][^\W\d_]+)*(?![\w@$€£¥]|[.-]\w|://|'\w))
  | (?P<quote>“[^”]*(?:”|$)|"[^"]*(?:"|$)|«[^»]*(?:»|$)|‘(?:[^‘']|'\w)*(?:'|$)
        |(?<![\w'])'(?=[^\s'])(?:[^'"]|'(?=\w)){1,200}?'(?!\w))
  | (?P<url>(?:https?://|www\.)[^\s)\]>]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+
        |(?<![\w@])(?:[a-z\d](?:[a-z\d-]*[a-z\d])?\.)+(?:com|org|net|io|ai|co|dev|app|info|biz|local
            |uk|de|fr|es|ca|us|eu|gov|edu)(?![\w.-]*\w)(?:/[^\s)\]>]*)?)
  | (?P<stamp>\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\ ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?)?(?!\d))
  | (?P<slash>(?<![\d/])\d+(?:\.\d+)?/\d+(?:\.\d+)?(?:/\d+)?(?![\d/]))
  | (?P<clock>\d{1,2}:\d{2}(?!\d)(?:\s?[ap]\.?m\b\.?)?)
  | (?P<id>[^\W\d]\w*\d\w*|\w+_\w+|[A-Z]{2,}-\d+(?:-\w+)*|\d+[^\W\d_]\w*\d\w*|\#\w*\d\w*)
  | (?P<number>(?:(?<![\w)\]])[-+–](?=[$€£¥]?[\d.]))?(?:(?:US|CA|AU|NZ|C|A)?[$€£¥]\s?)?
        (?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:[^\W\d_]{1,4}(?![\w'])|\s?[%×])?
      |(?<![\w.])\.\d+)
  | (?P<rest>[^\W\d_]+(?:['-][^\W\d_]+)*)
  | (?P<mark>\S)
    """,
    re.VERBOSE,
)
_STRAY_CLOSING = re.compile(r'^[^“”"«»]*[^\s“”"«»]["”»](?=[\s.,;:!?)]|$)')
_SPLIT_PARTS = frozenset(NUMBER_WORDS) | frozenset(MONTHS) | frozenset(WEEKDAYS) | {"mid"}


class Token:
    """One piece of a sentence. `low` is its lower-case form without a possessive; `glued` says
    that a hyphen joins it to the one before."""

    __slots__ = ("capital", "glued", "kind", "low", "start", "text")

    def __init__(self, text: str, kind: Kind, start: int, glued: bool = False) -> None:
        self.text = text
        self.kind = kind
        self.start = start
        self.glued = glued
        self.low = low = text.lower()
        self.capital = False
        if kind == "word":
            self.capital = text[0] != low[0]
            if low[-2:] == "'s" and low not in _KEPT:
                self.low = low[:-2]

    def __repr__(self) -> str:
        return f"{self.kind}:{self.text}"


_KEPT = frozenset({"it's", "that's", "there's", "here's", "what's", "who's", "let's", "where's",
                   "how's", "he's", "she's"})  # fmt: skip


def tokenize(text: str) -> list[Token]:
    """The tokens of a judged text. A quotation is one token, also when it is cut off by the
    sentence's start or end; compounds with a number or a date in them are taken apart."""
    tokens: list[Token] = []
    begin = 0
    if '"' in text or "”" in text or "»" in text:
        stray = _STRAY_CLOSING.match(text)
        if stray is not None and (text.count('"') % 2 or '"' not in text):
            tokens.append(Token(stray[0], "quote", 0))
            begin = stray.end()
    for found in _TOKEN.finditer(text, begin):
        kind: Kind = found.lastgroup  # type: ignore[assignment]
        piece = found[0]
        if kind == "rest":  # type: ignore[comparison-overlap]
            kind = "word"
        if kind == "word" and "-" in piece:
            _split_compound(piece, found.start(), tokens)
        else:
            tokens.append(Token(piece, kind, found.start()))
    return tokens


def _split_compound(piece: str, start: int, tokens: list[Token]) -> None:
    parts = piece.split("-")
    lows = [part.lower() for part in parts]
    if _SPLIT_PARTS.isdisjoint(lows):
        tokens.append(Token(piece, "word", start))
        return
    for number, part in enumerate(parts):
        tokens.append(Token(part, "word", start, glued=number > 0))
        start += len(part) + 1
