"""The gate between a model's stream and the reader: no sentence that claims passes unjudged.

Text without a claim passes word by word. From the word where a sentence begins to claim, the
rest of it waits until the sentence and the blocks it lies in are complete; then it is judged.
What is released does not depend on how the stream was cut into pieces.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from agent.models.types import BlockEnd, Cited, Text
from agent.receipts.facts import FactIndex
from agent.receipts.grade import Verdict
from agent.receipts.model import Confidence
from agent.receipts.record import starts_claim
from agent.receipts.replace import replacement
from agent.receipts.sentences import (
    Form,
    Opening,
    Sentence,
    is_rule,
    last_boundary,
    may_grow_into_marker,
    open_sentence,
    sentence_end,
)  # fmt: skip
from agent.receipts.tables import row_cells
from agent.receipts.text import shown
from agent.receipts.verify import Context, Role, Verifier
from tools.findings import Fact

_WORD = re.compile(r"\S+")
_UNKNOWN_RUN = 3
_NONE: frozenset[str] = frozenset()


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
    """A released sentence. `start`/`end` are code-point offsets into the released text, `before`
    included; `bearing` the ids of the facts that bear it out; `replaced` marks a fact's own
    statement that stands in for a held sentence."""

    text: str
    kind: Literal["known", "inferred", "plain"]
    start: int
    end: int
    cites: tuple[str, ...] = ()
    bearing: tuple[str, ...] = ()
    confidence: Confidence | None = None
    why: str = ""
    replaced: bool = False


class Gate:
    """One per model answer stream.

    `before` is what an earlier gate of the same answer released; a sentence left open at its end
    is continued by this stream. With `repaired`, an unsupported sentence is replaced by the
    statements of the facts it is about and the answer goes on; without it, nothing is released
    after the first one. `absent` is what the tools said is not on record: their own words may be
    repeated without a fact.
    """

    def __init__(
        self,
        *,
        role: Role,
        user_text: str,
        facts: Sequence[Fact] = (),
        names: Sequence[str] = (),
        now: datetime,
        before: str = "",
        repaired: bool = False,
        absent: Sequence[str] = (),
    ) -> None:
        self.judged: list[Judged] = []
        self._absent = frozenset(_bare(text) for text in absent)
        self._index = FactIndex(names, now)
        self._index.add(facts)
        self._verifier = Verifier(role, user_text, self._index, names)
        self._strict = role == "operator"
        self._repaired = repaired
        self._held: list[Held] = []
        self._text = before
        self._out = before
        self._starts: list[int] = [0]
        self._blocks: list[int] = [-1]
        self._ended: set[int] = {-1}
        self._cites: dict[int, tuple[str, ...]] = {}
        self._context = Context()
        self._number = 0
        self._start = last_boundary(before)
        self._shown = len(before)
        self._opening: Opening | None = None
        self._claim: int | None = None
        self._scan = self._search = self._start
        self._unknown = 0
        self._row_before = False
        self._asked = -1

    @property
    def held(self) -> list[Held]:
        """The unsupported sentences so far, in order."""
        return list(self._held)

    def add_facts(self, facts: Sequence[Fact]) -> None:
        """More tool results arrived."""
        self._index.add(facts)

    def feed(self, event: Text | Cited | BlockEnd) -> str:
        """Take in one event of the stream; returns the text that may be shown now."""
        match event:
            case Text():
                delta = shown(event.delta)
                if self._blocks[-1] != event.block:
                    self._starts.append(len(self._text))
                    self._blocks.append(event.block)
                self._text += delta
            case Cited():
                cited = self._cites.get(event.block, ())
                self._cites[event.block] = tuple(dict.fromkeys((*cited, *event.fact_ids)))
                return ""
            case BlockEnd():
                self._ended.add(event.block)
        return self._advance(final=False)

    def finish(self) -> str:
        """The stream has ended: judge what is left and return what of it may be shown."""
        return self._advance(final=True)

    def _advance(self, final: bool) -> str:
        seen = len(self._out)
        while self._step(final):
            pass
        return self._out[seen:]

    def _step(self, final: bool) -> bool:
        """Deal with the sentence at hand; True when it is done and the next can be looked at."""
        if self._start >= len(self._text):
            return False
        opening = self._open(final)
        if opening is None:
            return False
        end = sentence_end(self._text, opening.body, self._search, opening.form, final)
        limit = len(self._text) if end is None else end
        if self._claim is None:
            self._claim = self._find_claim(opening, limit, complete=end is not None)
        self._release_free(opening, limit, end is not None)
        if end is None:
            self._search = max(opening.body, len(self._text.rstrip()) - 12)
            return False
        sentence = Sentence(self._start, opening.body, end, opening.form, opening.number)
        waits = self._claim is not None and not final and not self._blocks_ended(sentence)
        if waits and not self._is_plain(sentence):
            return False
        self._settle(sentence)
        self._next(sentence)
        return True

    def _open(self, final: bool) -> Opening | None:
        """The white space and marker that lead up to the sentence, once they can be told."""
        if self._opening is None:
            at_line = self._start == 0 or self._text[self._start - 1] == "\n"
            opening = open_sentence(self._text, self._start, at_line, self._number + 1)
            if not final:
                if opening.body >= len(self._text):
                    return None
                if may_grow_into_marker(self._text, opening.body) and _fresh_line(
                    self._text, self._start, opening.body
                ):
                    return None
            self._opening = opening
            self._scan = self._search = opening.body
        return self._opening

    def _find_claim(self, opening: Opening, limit: int, complete: bool) -> int | None:
        """Where the sentence begins to claim, as far as it has been read; None while it does
        not. A word that may still grow is not looked at yet."""
        if opening.form == "row":
            return opening.body
        for word in _WORD.finditer(self._text, self._scan, limit):
            if word.end() == limit and not complete:
                return None
            first = word.start() == opening.body
            if starts_claim(word[0], self._index.names, first=first, strict=self._strict):
                return word.start()
            self._unknown = 0 if _is_everyday(word[0]) else self._unknown + 1
            if self._unknown >= _UNKNOWN_RUN:
                return word.start()
            self._scan = word.end()
        return None

    def _release_free(self, opening: Opening, limit: int, complete: bool) -> None:
        """Show what of the sentence does not claim."""
        if self._held and not self._repaired:
            return
        upto = self._claim
        if upto is None:
            upto = limit if complete else self._scan
        if opening.form == "row":
            upto = self._start
        if upto > self._shown:
            self._out += self._text[self._shown : upto]
            self._shown = upto

    def _is_plain(self, sentence: Sentence) -> bool:
        """Whether a complete sentence claims nothing after all: no citation that may still come
        can change that, so it need not wait for one. Asked once a sentence."""
        if sentence.form == "row" or self._asked == sentence.start:
            return False
        self._asked = sentence.start
        text = self._text[sentence.body : sentence.end].rstrip()
        return self._judge(text, sentence.form, ()).kind == "plain"

    def _judge(self, text: str, form: Form, cites: tuple[str, ...]) -> Verdict:
        if _bare(text) in self._absent:
            return Verdict("plain", cites=cites)
        part = _PART_OF_THINGS.search(text)
        if part and not any(part[0] in fact.statement for fact in self._index.facts.values()):
            return Verdict("unsupported", reason=f'no fact says "{part[0]}"', cites=cites)
        return self._verifier.judge(text, form, cites, self._context)

    def _blocks_ended(self, sentence: Sentence) -> bool:
        return all(block in self._ended for block in self._blocks_of(sentence))

    def _blocks_of(self, sentence: Sentence) -> list[int]:
        """The blocks that hold words of the sentence."""
        first = bisect_right(self._starts, sentence.body) - 1
        found = []
        for place in range(first, len(self._starts)):
            start = max(self._starts[place], sentence.body)
            if start >= sentence.end:
                break
            following = (
                self._starts[place + 1] if place + 1 < len(self._starts) else len(self._text)
            )
            if self._text[start : min(following, sentence.end)].strip(" \n\t.,;:!?*_"):
                found.append(self._blocks[place])
        return found

    def _settle(self, sentence: Sentence) -> None:
        """Judge a complete sentence; release it, hold it, or put facts in its place."""
        text = self._text[sentence.body : sentence.end].rstrip()
        if not text or is_rule(text):
            self._release_rest(sentence)
            return
        cites = tuple(
            dict.fromkeys(
                fact_id
                for block in self._blocks_of(sentence)
                for fact_id in self._cites.get(block, ())
            )
        )
        if sentence.form == "row":
            self._context.is_header = not self._row_before
        verdict = Verdict("plain")
        if self._claim is not None:
            verdict = self._judge(text, sentence.form, cites)
        if verdict.kind == "unsupported":
            self._hold(sentence, text, verdict)
            return
        if self._held and not self._repaired:
            return
        start = self._release_rest(sentence)
        self.judged.append(
            Judged(
                _plain_text(text),
                verdict.kind,
                start,
                start + len(text),
                verdict.cites,
                verdict.bearing,
                verdict.confidence,
                verdict.why,
            )
        )
        self._remember(sentence, text, verdict)

    def _release_rest(self, sentence: Sentence) -> int:
        """Show the rest of the sentence; returns where its words start in the released text."""
        if self._held and not self._repaired:
            return len(self._out)
        self._out += self._text[self._shown : sentence.end]
        self._shown = sentence.end
        return len(self._out) - (sentence.end - sentence.body)

    def _hold(self, sentence: Sentence, text: str, verdict: Verdict) -> None:
        first = not self._held or self._repaired
        seen = self._text[sentence.body : max(self._shown, sentence.body)] if first else ""
        held = Held(text, verdict.reason, verdict.cites, seen.strip("*_ "))
        self._held.append(held)
        if not self._repaired:
            return
        if self._shown < sentence.body and sentence.form != "row":
            self._out += self._text[self._shown : sentence.body]
        self._replace(held, sentence)
        self._shown = sentence.end

    def _replace(self, held: Held, sentence: Sentence) -> None:
        """Put the facts' own statements in place of a held sentence."""
        facts = list(self._index.facts.values())
        text = replacement(held, facts, answer=self._out)
        if not text:
            self._out = self._out.rstrip(" ") if sentence.form == "prose" else self._out
            return
        if sentence.form == "row":
            text = f"\n{text}\n"
        at = len(self._out)
        self._out += text
        for fact in facts:
            place = text.find(fact.statement)
            if place >= 0:
                start = at + place
                self.judged.append(
                    Judged(
                        fact.statement,
                        "known",
                        start,
                        start + len(fact.statement),
                        (fact.id,),
                        (fact.id,),
                        replaced=True,
                    )
                )

    def _remember(self, sentence: Sentence, text: str, verdict: Verdict) -> None:
        """What the next sentence inherits from this one."""
        context = self._context
        if sentence.form == "row":
            if context.is_header:
                context.header = tuple(row_cells(text))
            context.is_header = False
        if sentence.form == "heading":
            context.carried, context.cited_before = _NONE, ()
        if verdict.does == "lead" or sentence.form == "heading" or text.rstrip("*_ ").endswith(":"):
            context.lead = text if sentence.form != "row" else context.lead
        elif sentence.form == "prose":
            context.lead = ""
        if verdict.subjects:
            context.carried = verdict.subjects
        if verdict.kind in ("known", "inferred"):
            context.cited_before = tuple(dict.fromkeys((*context.cited_before, *verdict.cites)))[
                -12:
            ]

    def _next(self, sentence: Sentence) -> None:
        if sentence.number is not None:
            self._number = sentence.number
        elif sentence.form not in ("item",):
            self._number = (
                0 if self._text[sentence.start : sentence.body].count("\n") else self._number
            )
        self._row_before = sentence.form == "row"
        self._start = self._scan = self._search = sentence.end
        self._opening, self._claim, self._unknown = None, None, 0


_PART_OF_THINGS = re.compile(
    r"\b\d+\.\d+ (?:learnings|experiments|leads|proposals|approvals|deals|runs|readings|builds)\b"
)
"""Things that are counted come whole, unless a fact says otherwise: a rate or an average."""
_NOT_THERE = re.compile(r"^(?:not on record|still missing|missing): ")


def _bare(text: str) -> str:
    """A sentence about what is absent without its opening, to be compared."""
    return _NOT_THERE.sub("", " ".join(text.split()).casefold()).rstrip(".!")


def _fresh_line(text: str, start: int, body: int) -> bool:
    return start == 0 or body == 0 or "\n" in text[max(0, start - 1) : body]


def _is_everyday(word: str) -> bool:
    from agent.receipts.english import FUNCTION, is_ordinary

    bare = word.strip("*_~.,;:!?()…").lower().replace("’", "'")
    return not bare or bare in FUNCTION or is_ordinary(bare) or "'" in bare


def _plain_text(text: str) -> str:
    """A sentence as it stands in a receipt: without emphasis marks."""
    return text.replace("**", "").replace("__", "").strip()
