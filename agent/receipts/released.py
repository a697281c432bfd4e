"""What of an answer has been released, sentence by sentence, what was held back, and what stands
in for it: the facts' own statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agent.receipts.grade import Verdict
from agent.receipts.model import Confidence
from agent.receipts.sentences import Form
from agent.receipts.subjects import Names
from agent.receipts.text import judged
from agent.receipts.tokens import tokenize
from tools.findings import Fact, Missing

_MOST = 4
_MOST_ALONE = 12


def replacement(
    sentence: str, cites: Sequence[str], shown: str, facts: Sequence[Fact], *, answer: str = ""
) -> str:
    """The statements of the facts that a held sentence cited, else of those about the subjects
    it names; none that `answer` holds already; "" when nothing is left to say. Where the reader
    has seen the sentence's beginning (`shown`), the text joins on to it."""
    by_id = {fact.id: fact for fact in facts}
    chosen = [by_id[fact_id] for fact_id in cites if fact_id in by_id]
    if not chosen:
        names = Names()
        names.add(facts)
        keys = {key for found in names.find(tokenize(judged(sentence))) for key in found.keys}
        chosen = [fact for fact in facts if fact.subject in keys and fact.headline] or [
            fact for fact in facts if fact.subject in keys
        ]
    told = " ".join(answer.split())
    statements = [fact.statement for fact in chosen if " ".join(fact.statement.split()) not in told]
    text = " ".join(_closed(item) for item in dict.fromkeys(statements[:_MOST]))
    if not shown:
        return text
    return f"— the record says this: {text}" if text else "— the record does not bear this out."


def facts_only(facts: Sequence[Fact], missing: Sequence[Missing]) -> str:
    """The answer made of fact statements alone, headline facts first, and of what is missing."""
    ordered = [fact for fact in facts if fact.headline] or list(facts)
    statements = list(dict.fromkeys(_closed(fact.statement) for fact in ordered))
    parts = [f"- {statement}" for statement in statements[:_MOST_ALONE]]
    absent = list(dict.fromkeys(item.need for item in missing))
    if absent:
        parts += [f"- Not on record: {need.rstrip('.')}." for need in absent]
    return "\n".join(parts)


def _closed(statement: str) -> str:
    statement = statement.strip()
    return statement if statement.endswith((".", "!", "?", "…")) else statement + "."


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
