"""Judging one sentence: known, inferred, plain or unsupported (receipts design, "What the answer
may say"; operator spec 8.2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from agent.receipts.addresses import strange_address
from agent.receipts.check import AtomCase, borrowed, check_atoms
from agent.receipts.clauses import clauses_of
from agent.receipts.evidence import FactReading
from agent.receipts.facts import FactIndex
from agent.receipts.foreign import is_foreign
from agent.receipts.grade import Verdict, grade, names_without_support, unsupported
from agent.receipts.kinds import REPORTED, Kind, is_open_question, kind_of
from agent.receipts.lexicon import tier_of
from agent.receipts.parts import Reading
from agent.receipts.plain import (
    absence_contradicted,
    free_atoms,
    free_in_talk,
    taken_for_granted,
    unproved,
)  # fmt: skip
from agent.receipts.polarity import stance_of
from agent.receipts.quantifiers import check_quantifiers
from agent.receipts.reading import read
from agent.receipts.record import client_record_claim, operator_claim
from agent.receipts.segments import bind
from agent.receipts.sentences import Form
from agent.receipts.tables import row_as_sentence
from agent.receipts.text import judged
from agent.receipts.wordcase import WordCase
from agent.receipts.wording import Sources
from agent.receipts.words import check_words

Role = Literal["client", "operator"]

_NONE: frozenset[str] = frozenset()
_NO_INDEX: frozenset[int] = frozenset()
_TAG = re.compile(r"<\s*[/!?a-zA-Z]")
_PRONOUNS = frozenset({"it", "its", "they", "their", "them", "this", "that", "these", "those", "it's",
                       "he", "she", "his", "her", "that's"})  # fmt: skip
_OTHERS = frozenset({"other", "another", "second", "next", "third", "remaining", "rest", "also"})
_CONNECTIVE = re.compile(
    r"(?:so|therefore|thus|hence|this|that|together|taken together|these|both|either way|overall|"
    r"in other words|in short|which|put together|all in all|as a result)\b",
    re.I,
)
_OPEN_KINDS = frozenset({"suggestion", "question", "offer"})


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
class _Case:
    """One sentence, or one part of it, under judgement. `lead` are the concepts of the heading
    or lead-in above it."""

    text: str
    does: Kind
    reading: Reading
    cites: tuple[str, ...]
    context: Context
    lead: frozenset[str]


class Verifier:
    """Judges the sentences of one answer against the facts of one run."""

    def __init__(self, role: Role, user_text: str, index: FactIndex, names: Sequence[str]) -> None:
        self.role = role
        self.index = index
        self._names = list(names)
        self._user_text = judged(user_text)

    def judge(self, text: str, form: Form, cites: Sequence[str], context: Context) -> Verdict:
        """Judge one sentence that may claim something. What claims nothing is plain whatever it
        cites, so that it need not wait for its citations."""
        plain = judged(text).strip()
        cites = tuple(dict.fromkeys(cites))
        unknown = [fact_id for fact_id in cites if fact_id not in self.index.facts]
        if "<" in plain and _TAG.search(plain):
            return unsupported("it holds markup, which is not allowed in an answer", cites)
        stated = self.index.stating(plain, () if unknown else cites)
        if stated and not unknown:
            return self._stated(plain, stated, cites or (stated,), context)
        values = (fact.value for fact in self.index.facts.values())
        if address := strange_address(text, values, self._user_text):
            return unsupported(f'it leads to "{address}", which nobody asked for', cites)
        if is_foreign(plain, self.index.names):
            return self._foreign(plain, cites)
        case = self._open(plain, form, cites, context)
        verdict = self._claims_nothing(case)
        if verdict.kind == "unsupported" and unknown:
            listed = ", ".join(unknown)
            verdict = unsupported(f"it cites {listed}, which is no fact of this run")
        elif verdict.kind == "unsupported" and cites:
            verdict = self._cited(case)
        elif verdict.kind == "unsupported" and case.does == "statement":
            verdict = self._inherited(case) or verdict
        verdict.cites, verdict.does = () if verdict.kind == "plain" else cites, case.does
        verdict.subjects = _main_subjects(case.reading) or context.carried
        return verdict

    def _stated(self, plain: str, stated: str, cites: tuple[str, ...], context: Context) -> Verdict:
        """A fact's own statement, word for word."""
        reading = read(plain, self.index.names, self.index.now)
        subjects = _main_subjects(reading) or context.carried
        return Verdict("known", cites=cites, bearing=(stated,), subjects=subjects)

    def _foreign(self, plain: str, cites: tuple[str, ...]) -> Verdict:
        reading = read(plain, self.index.names, self.index.now)
        asks = plain.rstrip("\"'”’») ").endswith("?")
        if asks and not reading.atoms and not reading.mentions:
            return Verdict("plain", does="question")
        return unsupported("it is not in English, so it cannot be checked", cites)

    def _open(self, plain: str, form: Form, cites: tuple[str, ...], context: Context) -> _Case:
        """Read the sentence; a fragment takes the status words of its heading or lead-in."""
        index = self.index
        if form == "row":
            plain = row_as_sentence(plain, context.header)
        reading = read(plain, index.names, index.now)
        named = bool(reading.mentions) and reading.mentions[0].start == 0
        does: Kind = "statement" if form == "row" else kind_of(plain, form, named)
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
        return _Case(plain, does, reading, cites, context, lead)

    def _claims_nothing(self, case: _Case) -> Verdict:
        """Plain when every part of the sentence asks, proposes, thanks, or talks of no record;
        else unsupported, as an uncited sentence is."""
        if case.does == "statement":
            return self._uncited(case)
        parts = clauses_of(case.text, case.does)
        if len(parts) == 1 and case.does != "courtesy":
            return self._plain(case)
        verdict = Verdict("plain")
        for part in self._parts(case, parts):
            found = self._plain(part) if part.does != "statement" else self._uncited(part)
            if (
                found.kind == "unsupported"
                and part.does == "statement"
                and case.does in _OPEN_KINDS
            ):
                found = self._granted(part)
            if found.kind == "unsupported":
                verdict = found
        return verdict

    def _parts(self, case: _Case, texts: Sequence[str]) -> list[_Case]:
        """The parts as cases of their own, each after the subjects of the one before."""
        made, carried = [], case.context.carried
        for text in texts:
            reading = read(text, self.index.names, self.index.now)
            named = bool(reading.mentions) and reading.mentions[0].start == 0
            context = replace(case.context, carried=carried)
            does = kind_of(text, "prose", named)
            made.append(_Case(text, does, reading, case.cites, context, case.lead))
            carried = _main_subjects(reading) or carried
        return made

    def _granted(self, part: _Case) -> Verdict:
        """A reason given within a proposal or question, which any facts of the run may bear out:
        plain then, else unsupported."""
        verdict = self._statement(part, self._facts_about(part.reading, part.context.carried))
        return verdict if verdict.kind == "unsupported" else Verdict("plain")

    def _uncited(self, case: _Case) -> Verdict:
        """A statement without citation: plain when it is no word on the record."""
        if self.role == "operator":
            claim = operator_claim(case.reading, self.index.vocabulary)
            if claim is None:
                return Verdict("plain")
            return unsupported(f'it states "{claim}" without citing a fact')
        claim = client_record_claim(case.reading, bool(case.context.carried))
        if claim is not None:
            return unsupported(f'it speaks of the record ("{claim}") without citing a fact')
        return self._plain(case)

    def _cited(self, case: _Case) -> Verdict:
        """A sentence that claims, against the facts it cites. What it also asks, thanks or
        proposes is left aside."""
        pool = self.index.readings(case.cites)
        if case.does in ("statement", "absence"):
            return self._statement(case, pool)
        parts = clauses_of(case.text, case.does)
        verdicts = []
        for part in self._parts(case, parts):
            plain = self._plain(part) if part.does != "statement" else self._uncited(part)
            if plain.kind != "plain":
                verdicts.append(self._statement(part, pool))
        worst = next((found for found in verdicts if found.kind == "unsupported"), None)
        if worst is not None or not verdicts:
            return worst or self._statement(case, pool)
        found = next((item for item in verdicts if item.kind == "inferred"), verdicts[0])
        bearing = tuple(dict.fromkeys(fact for item in verdicts for fact in item.bearing))
        found.bearing = bearing
        if case.does in _OPEN_KINDS and found.kind == "known":
            found = Verdict("inferred", bearing=bearing, confidence="high")
            found.why = "A proposal that rests on what the record says."
        return found

    def _inherited(self, case: _Case) -> Verdict | None:
        """A conclusion that cites nothing rests on what the sentences before it cited."""
        before = case.context.cited_before
        if not before or not _CONNECTIVE.match(case.text):
            return None
        verdict = self._statement(case, self.index.readings(before), guessing=True)
        return verdict if verdict.kind == "inferred" else None

    def _statement(
        self, case: _Case, pool: Sequence[FactReading], guessing: bool = False
    ) -> Verdict:
        """Known, inferred, or unsupported with the reason."""
        reading = case.reading
        whom = self._refer(case, pool)
        if whom:
            return unsupported(whom)
        reported = self._reported(reading)
        stance = stance_of(reading)
        rivals = self._rivals(reading, pool)
        words = check_words(
            WordCase(reading, stance, pool, rivals, self._user_concepts, reported), guessing
        )
        atoms = check_atoms(
            AtomCase(
                reading, stance, pool, self._sources, self._user_reading, self.index.now, case.lead
            )
        )
        reasons = [*atoms.reasons, *words.reasons, *check_quantifiers(reading, pool)]
        if atoms.of_user_measures and not reported:
            reasons.append(
                f'"{atoms.of_user_measures[0]}" is only what the user said, no cited fact says it'
            )
        reasons += [*names_without_support(reading, atoms, words), *borrowed(reading, pool)]
        return unsupported(reasons) if reasons else grade(atoms, words, bool(reported))

    def _plain(self, case: _Case) -> Verdict:
        """A part that may only ask, propose, offer, thank, mirror or say what is not there."""
        reading, does = case.reading, case.does
        general = does == "statement"
        granted: list[int] = []
        if not general and not (does == "mirror" and self.role == "client"):
            skip = does == "question" and is_open_question(case.text)
            granted = taken_for_granted(reading, does, skip_first=skip)
        if general:
            free = free_in_talk(reading, self.index.now.date())
        else:
            free = free_atoms(reading, self.index.now.date(), self.role, does)
        needed = granted or does == "lead" or any(not free(atom) for atom in reading.atoms)
        about = self._facts_about(reading) if needed or does == "absence" else []
        pool = [] if general else about
        atoms = check_atoms(
            AtomCase(
                reading,
                stance_of(reading),
                pool,
                self._sources,
                self._user_reading,
                self.index.now,
                case.lead,
                free,
                own_names_pass=not general,
            )
        )
        reasons = [*atoms.reasons, *unproved(reading, granted, pool)]
        if does == "lead":
            reasons += check_quantifiers(reading, pool)
        if does == "absence":
            held = absence_contradicted(reading, about)
            if held:
                reasons.append(f"it says that this is not on record, but a fact holds it: {held}")
        if does == "mirror" and REPORTED.search(case.text):
            if not self._reported(reading, whole=True):
                reasons.append("it says that the user said this, and the user did not")
        return unsupported(reasons) if reasons else Verdict("plain")

    def _refer(self, case: _Case, pool: Sequence[FactReading]) -> str:
        """Settle whom a sentence without a name is about; a complaint where it cannot be."""
        reading, carried = case.reading, case.context.carried
        if reading.mentions or not carried:
            return ""
        named = {fact.fact.subject for fact in pool if fact.named}
        if not named:
            return ""
        if named & carried:
            bind(reading, carried & frozenset(named) if len(carried) > 1 else carried)
            return ""
        lows = [token.low for token in reading.tokens]
        if _OTHERS & set(lows):
            return ""
        who = ", ".join(sorted(carried))
        if _PRONOUNS & set(lows[:4]):
            return (
                f"it refers back to {who}, but the cited fact is about {', '.join(sorted(named))}"
            )
        return f"it does not say whom it is about ({who} was spoken of last)"

    def _reported(self, reading: Reading, whole: bool = False) -> frozenset[int]:
        """The content words of stretches that repeat what the user said, where the user said it."""
        if not REPORTED.search(reading.text):
            return _NO_INDEX
        found: set[int] = set()
        for segment in reading.segments:
            words = " ".join(token.text for token in reading.tokens[segment.start : segment.end])
            inside = [i for i in reading.content if segment.start <= i < segment.end]
            if not whole and not REPORTED.search(words):
                continue
            own = [i for i in inside if self._user_concepts & set(reading.content[i])]
            if len(own) * 2 >= len(inside):
                found.update(inside or range(segment.start, segment.end))
            elif whole:
                return _NO_INDEX
        return frozenset(found)

    def _rivals(self, reading: Reading, pool: Sequence[FactReading]) -> list[FactReading]:
        """The facts a superlative is measured against: those with the labels of the cited ones."""
        if not any(
            token.low.endswith("est") or token.low in ("most", "least") for token in reading.tokens
        ):
            return list(pool)
        labels = {fact.fact.label for fact in pool}
        return self.index.readings(
            fact.id for fact in self.index.facts.values() if fact.label in labels
        )

    def _facts_about(self, reading: Reading, carried: frozenset[str] = _NONE) -> list[FactReading]:
        """The facts of the run that may speak of what a sentence names; all where it names
        nothing."""
        keys = {key for mention in reading.mentions for key in mention.keys} or set(carried)
        named = self.index.names.is_named
        return self.index.readings(
            fact.id
            for fact in self.index.facts.values()
            if not keys or fact.subject in keys or not named(fact.subject)
        )

    @property
    def _sources(self) -> Sources:
        return Sources((), self._user_text, [*self._names, *self.index.names.named])

    @cached_property
    def _user_reading(self) -> Reading:
        return read(self._user_text, self.index.names, self.index.now)

    @cached_property
    def _user_concepts(self) -> frozenset[str]:
        reading = self._user_reading
        return frozenset(reading.concepts_in(0, len(reading.tokens)))


def _main_subjects(reading: Reading) -> frozenset[str]:
    return frozenset(key for m in reading.mentions if not m.oblique for key in m.keys)
