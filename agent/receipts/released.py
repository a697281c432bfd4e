"""What of an answer has been released, sentence by sentence, and what was held back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agent.receipts.grade import Verdict
from agent.receipts.model import Confidence
from agent.receipts.replace import replacement
from agent.receipts.sentences import Form
from tools.findings import Fact


@dataclass(frozen=True)
class Held:
    """A sentence that was not released: its text, why, which facts it cited, and what of it the
    reader had already seen (nothing of that claims)."""

    text: str
    reason: str
    cites: tuple[str, ...] = ()
    shown: str = ""


@dataclass(frozen=True)
class Judged:
    """A released sentence. `start`/`end` are code-point offsets into the released text, what an
    earlier stream released included; `bearing` the ids of the facts that bear it out; `replaced`
    marks a fact's own statement that stands in for a held sentence."""

    text: str
    kind: Literal["known", "inferred", "plain"]
    start: int
    end: int
    cites: tuple[str, ...] = ()
    bearing: tuple[str, ...] = ()
    confidence: Confidence | None = None
    why: str = ""
    replaced: bool = False


class Released:
    """The text a reader has been given, with its judged sentences. Without `repaired`, nothing is
    released any more after the first sentence that was held."""

    def __init__(self, before: str, repaired: bool) -> None:
        self.text = before
        self.judged: list[Judged] = []
        self.held: list[Held] = []
        self.repaired = repaired

    @property
    def closed(self) -> bool:
        """Whether nothing more may be released."""
        return bool(self.held) and not self.repaired

    def add(self, text: str) -> None:
        """Give the reader more text."""
        self.text += text

    def keep(self, sentence: str, start: int, verdict: Verdict) -> None:
        """Note how a sentence that begins at `start` of the released text was judged."""
        if verdict.kind == "unsupported":
            raise ValueError("an unsupported sentence is not released")
        plain = sentence.replace("**", "").replace("__", "").strip()
        self.judged.append(
            Judged(
                plain,
                verdict.kind,
                start,
                start + len(sentence),
                verdict.cites,
                verdict.bearing,
                verdict.confidence,
                verdict.why,
            )
        )

    def replace(self, held: Held, form: Form, facts: Sequence[Fact]) -> None:
        """Put the facts' own statements in the place of a held sentence."""
        text = replacement(held.text, held.cites, held.shown, facts, answer=self.text)
        if not text:
            self.text = self.text.rstrip(" ") if form == "prose" else self.text
            return
        if form == "row":
            text = f"\n{text}\n"
        at = len(self.text)
        self.text += text
        for fact in facts:
            place = text.find(fact.statement)
            if place < 0:
                continue
            start, end = at + place, at + place + len(fact.statement)
            ids = (fact.id,)
            self.judged.append(Judged(fact.statement, "known", start, end, ids, ids, replaced=True))
