"""The gate between a model's stream and the reader: no sentence that claims passes unjudged.

Text without a claim passes word by word. From the word where a sentence begins to claim, the
rest of it waits until the sentence and the blocks it lies in are complete; then it is judged.
What is released does not depend on how the stream was cut into pieces.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from agent.models.types import BlockEnd, Cited, Text
from agent.receipts.blocks import Blocks
from agent.receipts.cases import Context
from agent.receipts.english import FUNCTION, is_ordinary
from agent.receipts.facts import FactIndex
from agent.receipts.grade import Verdict
from agent.receipts.record import starts_claim
from agent.receipts.released import Held, Judged, Released
from agent.receipts.sentences import (
    Form,
    Opening,
    Sentence,
    is_rule,
    last_boundary,
    may_end,
    may_grow_into_marker,
    open_sentence,
    row_cells,
    sentence_end,
)  # fmt: skip
from agent.receipts.text import shown
from agent.receipts.verify import Role, Verifier
from tools.findings import Fact

_WORD = re.compile(r"\S+")
_UNKNOWN_RUN = 3
_NONE: frozenset[str] = frozenset()


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
        self._absent = frozenset(_bare(text) for text in absent)
        self._index = FactIndex(facts, names, now)
        self._verifier = Verifier(role, user_text, self._index, names)
        self._strict = role == "operator"
        self._blocks = Blocks(before)
        self._out = Released(before, repaired)
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
    def judged(self) -> list[Judged]:
        """The released sentences so far, in order."""
        return self._out.judged

    @property
    def held(self) -> list[Held]:
        """The unsupported sentences so far, in order."""
        return list(self._out.held)

    def feed(self, event: Text | Cited | BlockEnd) -> str:
        """Take in one event of the stream; returns the text that may be shown now."""
        match event:
            case Text():
                self._blocks.add(event.block, shown(event.delta))
                if self._claim is not None and not may_end(self._text, self._search):
                    return ""
            case Cited():
                self._blocks.cite(event.block, event.fact_ids)
                return ""
            case BlockEnd():
                self._blocks.end(event.block)
        return self._advance(final=False)

    def finish(self) -> str:
        """The stream has ended: judge what is left and return what of it may be shown."""
        return self._advance(final=True)

    @property
    def _text(self) -> str:
        return self._blocks.text

    def _advance(self, final: bool) -> str:
        seen = len(self._out.text)
        while self._step(final):
            pass
        return self._out.text[seen:]

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
        cited = final or self._claim is None or self._blocks.ended(sentence.body, end)
        if not cited and not self._is_plain(sentence):
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
        if self._out.closed:
            return
        upto = self._claim
        if upto is None:
            upto = limit if complete else self._scan
        if opening.form == "row":
            upto = self._start
        if upto > self._shown:
            self._out.add(self._text[self._shown : upto])
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
        return self._verifier.judge(text, form, cites, self._context)

    def _settle(self, sentence: Sentence) -> None:
        """Judge a complete sentence; release it, hold it, or put facts in its place."""
        text = self._text[sentence.body : sentence.end].rstrip()
        if not text or is_rule(text):
            self._release_rest(sentence)
            return
        cites = self._blocks.cited(sentence.body, sentence.end)
        if sentence.form == "row":
            self._context.is_header = not self._row_before
        verdict = Verdict("plain")
        if self._claim is not None:
            verdict = self._judge(text, sentence.form, cites)
        if verdict.kind == "unsupported":
            self._hold(sentence, text, verdict)
            return
        if self._out.closed:
            return
        self._release_rest(sentence)
        body = len(self._out.text) - (sentence.end - sentence.body)
        self._out.keep(text, body, verdict)
        self._remember(sentence, text, verdict)

    def _release_rest(self, sentence: Sentence) -> None:
        """Show the rest of the sentence."""
        if not self._out.closed:
            self._out.add(self._text[self._shown : sentence.end])
            self._shown = sentence.end

    def _hold(self, sentence: Sentence, text: str, verdict: Verdict) -> None:
        """Keep a sentence back; with `repaired`, the facts' own statements take its place."""
        seen = "" if self._out.closed else self._text[sentence.body : self._shown]
        held = Held(text, verdict.reason, verdict.cites, seen.strip("*_ "))
        self._out.held.append(held)
        if self._out.closed:
            return
        if self._shown < sentence.body and sentence.form != "row":
            self._out.add(self._text[self._shown : sentence.body])
        self._out.replace(held, sentence.form, list(self._index.facts.values()))
        self._shown = sentence.end

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


_NOT_THERE = re.compile(r"^(?:not on record|still missing|missing): ")


def _bare(text: str) -> str:
    """A sentence about what is absent without its opening, to be compared."""
    return _NOT_THERE.sub("", " ".join(text.split()).casefold()).rstrip(".!")


def _fresh_line(text: str, start: int, body: int) -> bool:
    return start == 0 or body == 0 or "\n" in text[max(0, start - 1) : body]


def _is_everyday(word: str) -> bool:
    bare = word.strip("*_~.,;:!?()…").lower().replace("’", "'")
    return not bare or bare in FUNCTION or is_ordinary(bare) or "'" in bare
