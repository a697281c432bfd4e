"""Reading a question for recall: its telling words, whose words it wants, and when."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from memory.time_words import Period, period_of

LONGEST = 1000
"""Characters of a question that are read: what follows is told, not asked."""

_WORD = re.compile(r"[^\W_][\w'’-]*")
_ASKING = frozenset(
    "what when where who whom whose which why how do does did is are was were am be been being has "
    "have had having will would shall should can could may might must the a an of to in on at by "
    "for from with about and or not no if then than as it its i me my mine you your yours we us our "
    "he him his she her hers they them their this that these those there here some any much many "
    "often long kind kinds type types likely please tell say said says".split()
)
_SAID = "say|said|tell|told|mention|mentioned"
_MINE = re.compile(
    rf"\b(?:did|have|had) i (?:ever |once |already |just )?(?:{_SAID})\b|\bmy own words\b"
    rf"|\bi (?:said|told|mentioned)\b",
    re.IGNORECASE,
)
_YOURS = re.compile(
    rf"\b(?:did|have|had) you (?:ever |once |already |just )?(?:{_SAID}|suggest|suggested|advise|"
    r"advised|recommend|recommended)\b|\byou (?:said|told|mentioned|suggested|advised)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Question:
    """What is looked for. `text` is without the names of those who speak in the memories: in a
    conversation a name says who, not what about. Its telling words stand at `telling` (start,
    end). `speaker` is the one whom the question names, `by` whose side it asks for, `period`
    when."""

    text: str
    telling: tuple[tuple[int, int], ...] = ()
    speaker: str | None = None
    by: Literal["person", "assistant"] | None = None
    period: Period | None = None


def read_question(
    asked: str, speakers: Sequence[str], now: datetime, time_zone: str = "UTC"
) -> Question:
    """Read `asked`; `speakers` are those with a name in the caller's memories."""
    asked = asked[:LONGEST]
    named = [name for name in speakers if _mentions(name).search(asked)]
    text = asked
    for name in speakers:
        text = _mentions(name).sub(" ", text)
    text = " ".join(text.split())
    return Question(
        text=text,
        telling=tuple(
            word.span() for word in _WORD.finditer(text) if word.group().lower() not in _ASKING
        ),
        speaker=named[0] if len(named) == 1 else None,
        by=spoken_by(asked),
        period=period_of(asked, now, time_zone),
    )


def spoken_by(asked: str) -> Literal["person", "assistant"] | None:
    """Whose words a question asks for: "what did I say", "what did you suggest"."""
    return "person" if _MINE.search(asked) else "assistant" if _YOURS.search(asked) else None


def _mentions(name: str) -> re.Pattern[str]:
    """The name or its first word, with or without a possessive."""
    first = name.split()[0] if name.split() else name
    return re.compile(
        rf"\b(?:{re.escape(name)}|{re.escape(first)})(?:['’]s?)?(?!\w)", re.IGNORECASE
    )
