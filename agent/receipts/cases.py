"""A sentence in its place in the answer: read, with what it inherits and whom it refers back to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent.receipts.evidence import FactReading
from agent.receipts.facts import FactIndex
from agent.receipts.kinds import Kind, after_telling, kind_of
from agent.receipts.lexicon import tier_of
from agent.receipts.parts import Reading
from agent.receipts.reading import read
from agent.receipts.segments import bind
from agent.receipts.sentences import Form, row_as_sentence, row_cells
from agent.receipts.subjects import Mention
from agent.receipts.text import judged

_NONE: frozenset[str] = frozenset()
_PRONOUNS = frozenset({"it", "its", "they", "their", "them", "this", "that", "these", "those", "it's",
                       "he", "she", "his", "her", "that's"})  # fmt: skip
_OTHERS = frozenset({"other", "another", "second", "next", "third", "remaining", "rest", "also"})


@dataclass(slots=True)
class Context:
    """What a sentence inherits: the subjects spoken of, the heading or lead-in above it, the
    cells of a table's header, and the facts that the sentences before it cited."""

    carried: frozenset[str] = _NONE
    lead: str = ""
    header: tuple[str, ...] = ()
    cited_before: tuple[str, ...] = ()
    is_header: bool = False


@dataclass(slots=True)
class Case:
    """One sentence, or one part of it, under judgement. `lead` are the concepts of the heading
    or lead-in above it."""

    text: str
    does: Kind
    reading: Reading
    context: Context
    lead: frozenset[str]


def open_case(index: FactIndex, plain: str, form: Form, context: Context) -> Case:
    """Read the sentence; a fragment takes the status words of its heading or lead-in."""
    if form == "row" and context.is_header:
        plain = ", ".join(row_cells(plain))
    elif form == "row":
        plain = row_as_sentence(plain, context.header)
    reading = read(plain, index.names, index.now)
    does: Kind = "statement" if form == "row" else kind_of(plain, form, _names_first(reading))
    if context.is_header:
        does = "lead"
    lead: frozenset[str] = _NONE
    if context.lead and (form in ("item", "row") or not reading.content):
        title = read(judged(context.lead), index.names, index.now)
        lead = frozenset(title.concepts_in(0, len(title.tokens)))
        words = [title.tokens[i].text for i in title.content]
        told = [word for word in words if tier_of(word.lower()) == "status"]
        if told and not reading.content and (reading.atoms or reading.mentions):
            reading = read(f"{' '.join(told)}: {plain}", index.names, index.now)
    return Case(plain, does, reading, context, lead)


def parts_of(index: FactIndex, case: Case, texts: Sequence[str]) -> list[Case]:
    """The parts as cases of their own, each after the subjects of the one before."""
    made, carried = [], case.context.carried
    for text in texts:
        whole = text == case.reading.text
        reading = case.reading if whole else read(text, index.names, index.now)
        context = replace(case.context, carried=carried)
        does = kind_of(text, "prose", _names_first(reading))
        made.append(Case(text, does, reading, context, case.lead))
        carried = main_subjects(reading.mentions) or carried
    return made


def refer(index: FactIndex, case: Case, pool: Sequence[FactReading]) -> str:
    """Settle whom a sentence without a name is about; a complaint where it cannot be."""
    reading, carried = case.reading, case.context.carried
    if reading.mentions:
        return ""
    named = {fact.fact.subject for fact in pool if fact.named}
    topics = index.names.topics_in(reading.text)
    if named and topics:
        return f"it speaks of {', '.join(topics)}, but cites facts about {', '.join(named)}"
    if not carried:
        return ""
    if not named:
        return ""
    if named & carried:
        bind(reading, carried & frozenset(named) if len(carried) > 1 else carried)
        return ""
    if _OTHERS & reading.words:
        return ""
    who = ", ".join(sorted(carried))
    if _PRONOUNS & set(reading.lows[:4]):
        return f"it refers back to {who}, but the cited fact is about {', '.join(sorted(named))}"
    return f"it does not say whom it is about ({who} was spoken of last)"


def _names_first(reading: Reading) -> bool:
    """Whether a name opens the sentence, or what "note that" and the like lead up to."""
    if not reading.mentions:
        return False
    first = reading.tokens[reading.mentions[0].start].start
    return first <= len(reading.text) - len(after_telling(reading.text))


def main_subjects(mentions: Sequence[Mention]) -> frozenset[str]:
    """The names that a sentence is about, and the next one may refer back to."""
    return frozenset(key for one in mentions if not one.oblique for key in one.keys)
