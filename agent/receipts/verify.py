"""Judging one sentence: known, inferred, plain or unsupported (receipts design, "What the answer
may say"; operator spec 8.2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Literal

from agent.receipts.cases import Case, Context, main_subjects, open_case, parts_of, refer
from agent.receipts.check import AtomCase, borrowed, check_atoms
from agent.receipts.comparisons import check_ranking, ranks
from agent.receipts.evidence import FactReading
from agent.receipts.facts import FactIndex, kind_of_fact
from agent.receipts.grade import Verdict, grade, names_without_support, unsupported
from agent.receipts.kinds import OPEN_KINDS, REPORTED, clauses_of, is_open_question, may_propose
from agent.receipts.parts import Reading
from agent.receipts.plain import (
    absence_contradicted,
    free_atoms,
    free_in_talk,
    proposed_stance,
    taken_for_granted,
    unproved,
)  # fmt: skip
from agent.receipts.polarity import stance_of
from agent.receipts.quantifiers import check_quantifiers, quantifies
from agent.receipts.reading import read
from agent.receipts.record import client_record_claim, life_claim, operator_claim
from agent.receipts.retold import altered, numbers_told_again, reported_of_user, told_again
from agent.receipts.sentences import Form
from agent.receipts.text import judged
from agent.receipts.times import check_relative_days, check_times
from agent.receipts.tokens import tokenize
from agent.receipts.unshowable import holds_markup, is_foreign, strange_address
from agent.receipts.wordcase import WordCase
from agent.receipts.wording import Sources, strange_names
from agent.receipts.words import check_words

Role = Literal["client", "operator"]

_NONE: frozenset[str] = frozenset()
_CONNECTIVE = re.compile(
    r"(?:so|therefore|thus|hence|this|that|together|taken together|these|both|either way|overall|"
    r"in other words|in short|which|put together|all in all|as a result)\b",
    re.I,
)


class Verifier:
    """Judges the sentences of one answer against the facts of one run."""

    def __init__(self, role: Role, user_text: str, index: FactIndex, names: Sequence[str]) -> None:
        self.role = role
        self.index = index
        self._names = list(names)
        self._user_text = judged(user_text)
        self._looked: tuple[object, Case | None, Verdict] | None = None

    def judge(self, text: str, form: Form, cites: Sequence[str], context: Context) -> Verdict:
        """Judge one sentence that may claim something. What claims nothing is plain whatever it
        cites, so that it need not wait for its citations."""
        plain = judged(text).strip()
        cites = tuple(dict.fromkeys(cites))
        unknown = [fact_id for fact_id in cites if fact_id not in self.index.facts]
        stated = self.index.stating(plain, () if unknown else cites)
        if stated and not unknown:
            return self._stated(plain, stated, cites or (stated,), context)
        case, verdict = self._first_look(plain, form, context)
        if case is None:
            return replace(verdict, cites=cites)
        if verdict.kind == "unsupported" and unknown:
            listed = ", ".join(unknown)
            verdict = unsupported(f"it cites {listed}, which is no fact of this run")
        elif verdict.kind == "unsupported" and cites:
            verdict = self._cited(case, self.index.readings(cites))
        elif verdict.kind == "unsupported" and case.does == "statement":
            verdict = self._inherited(case) or verdict
        return replace(
            verdict,
            cites=() if verdict.kind == "plain" else cites,
            does=case.does,
            subjects=main_subjects(case.reading.mentions) or context.carried,
        )

    def _first_look(self, plain: str, form: Form, context: Context) -> tuple[Case | None, Verdict]:
        """The sentence read, and whether it claims anything, whatever it cites; no case where it
        may not be shown at all. Kept for when the same sentence is judged with its citations."""
        key = (plain, form, context.carried, context.lead, context.header, context.is_header)
        if self._looked is None or self._looked[0] != key:
            self._looked = (key, *self._look(plain, form, context))
        return self._looked[1], self._looked[2]

    def _look(self, plain: str, form: Form, context: Context) -> tuple[Case | None, Verdict]:
        if holds_markup(plain):
            return None, unsupported("it holds markup, which is not allowed in an answer")
        values = (fact.value for fact in self.index.facts.values())
        if address := strange_address(plain, values, self._user_text):
            return None, unsupported(f'it leads to "{address}", which nobody asked for')
        if is_foreign(plain, self.index.names):
            return None, self._foreign(plain)
        case = open_case(self.index, plain, form, context)
        return case, self._claims_nothing(case)

    def _stated(self, plain: str, stated: str, cites: tuple[str, ...], context: Context) -> Verdict:
        """A fact's own statement, word for word."""
        mentions = self.index.names.find(tokenize(plain))
        subjects = main_subjects(mentions) or context.carried
        return Verdict("known", cites=cites, bearing=(stated,), subjects=subjects)

    def _foreign(self, plain: str) -> Verdict:
        reading = read(plain, self.index.names, self.index.now)
        asks = plain.rstrip("\"'”’») ").endswith("?")
        if asks and not reading.atoms and not reading.mentions:
            return Verdict("plain", does="question")
        return unsupported("it is not in English, so it cannot be checked")

    def _claims_nothing(self, case: Case) -> Verdict:
        """Plain when every part of the sentence asks, proposes, thanks, or talks of no record;
        else unsupported, as an uncited sentence is."""
        if case.does == "statement":
            return self._uncited(case)
        parts = clauses_of(case.text, case.does)
        if len(parts) == 1 and case.does != "courtesy":
            return self._plain(case)
        verdict = Verdict("plain")
        for part in parts_of(self.index, case, parts):
            found = self._plain(part) if part.does != "statement" else self._uncited(part)
            if found.kind == "unsupported" and part.does == "statement" and case.does in OPEN_KINDS:
                found = self._granted(part)
            if found.kind == "unsupported":
                verdict = found
        return verdict

    def _granted(self, part: Case) -> Verdict:
        """A reason given within a proposal or question, which any facts of the run may bear out:
        plain then, else unsupported."""
        verdict = self._statement(part, self._facts_about(part.reading, part.context.carried))
        return verdict if verdict.kind == "unsupported" else Verdict("plain")

    def _uncited(self, case: Case) -> Verdict:
        """A statement without citation: plain when it is no word on the record."""
        if self.role == "operator":
            claim = operator_claim(case.reading, self.index.vocabulary)
            if claim is None:
                return Verdict("plain")
            return unsupported(f'it states "{claim}" without citing a fact')
        claim = client_record_claim(case.reading, bool(case.context.carried))
        if claim is None:
            claim = life_claim(case.reading, self._user_concepts)
        if claim is not None:
            return unsupported(f'it speaks of the record ("{claim}") without citing a fact')
        return self._plain(case)

    def _cited(self, case: Case, pool: Sequence[FactReading]) -> Verdict:
        """A sentence that claims, against the facts it cites. What it also asks, thanks or
        proposes is left aside."""
        texts = [] if case.does == "absence" else clauses_of(case.text, case.does)
        if case.does == "statement" and not any(may_propose(text) for text in texts[1:]):
            return self._statement(case, pool)
        parts = parts_of(self.index, case, texts)
        proposes = any(part.does in OPEN_KINDS for part in parts[1:])
        if case.does == "absence" or (case.does == "statement" and not proposes):
            return self._statement(case, pool)
        verdicts = []
        for part in parts:
            plain = self._plain(part) if part.does != "statement" else self._uncited(part)
            if plain.kind != "plain":
                verdicts.append(self._statement(part, pool))
        worst = next((found for found in verdicts if found.kind == "unsupported"), None)
        if worst is not None or not verdicts:
            return worst or self._statement(case, pool)
        found = next((item for item in verdicts if item.kind == "inferred"), verdicts[0])
        bearing = tuple(dict.fromkeys(fact for item in verdicts for fact in item.bearing))
        found.bearing = bearing
        if case.does in OPEN_KINDS and found.kind == "known":
            found = Verdict("inferred", bearing=bearing, confidence="high")
            found.why = "A proposal that rests on what the record says."
        return found

    def _inherited(self, case: Case) -> Verdict | None:
        """A conclusion that cites nothing rests on what the sentences before it cited."""
        before = case.context.cited_before
        if not before or not _CONNECTIVE.match(case.text):
            return None
        verdict = self._statement(case, self.index.readings(before), guessing=True)
        return verdict if verdict.kind == "inferred" else None

    def _statement(
        self, case: Case, pool: Sequence[FactReading], guessing: bool = False
    ) -> Verdict:
        """Known, inferred, or unsupported with the reason."""
        reading = case.reading
        whom = refer(self.index, case, pool)
        if whom:
            return unsupported(whom)
        reported = reported_of_user(reading, self._user_concepts)
        retold = told_again(reading, pool)
        numbers = retold | numbers_told_again(reading, pool)
        stance = stance_of(reading)
        rivals = self._rivals(reading, pool)
        words = check_words(
            WordCase(reading, stance, pool, rivals, self._user_concepts, reported, retold), guessing
        )
        atoms = check_atoms(
            AtomCase(
                reading,
                stance,
                pool,
                self._sources,
                self._user_reading,
                self.index.now,
                case.lead,
                free=lambda atom: atom.start in numbers,
                counting=lambda: self.index.counting,
            )
        )
        reasons = [*atoms.reasons, *words.reasons, *check_quantifiers(reading, pool)]
        reasons += [*check_ranking(reading, pool, rivals), *altered(reading, pool)]
        reasons += check_relative_days(reading, pool)
        reasons += check_times(reading, pool, [*atoms.bearing, *words.telling])
        if atoms.of_user_measures and not reported:
            reasons.append(
                f'"{atoms.of_user_measures[0]}" is only what the user said, no cited fact says it'
            )
        reasons += [*names_without_support(reading, atoms, words), *borrowed(reading, pool)]
        return unsupported(reasons) if reasons else grade(atoms, words, bool(reported))

    def _plain(self, case: Case) -> Verdict:
        """A part that may only ask, propose, offer, thank, mirror or say what is not there."""
        reading, does = case.reading, case.does
        general = does == "statement"
        granted: list[int] = []
        if not general and not (does == "mirror" and self.role == "client"):
            skip = does == "question" and is_open_question(case.text)
            granted = taken_for_granted(reading, does, skip_first=skip)
        if general:
            free = free_in_talk(reading, self.index.now.date(), self.index.names.heads)
        else:
            free = free_atoms(reading, self.index.now.date(), self.role, does)
        needed = bool(granted or strange_names(reading)) or not all(map(free, reading.atoms))
        needed = needed or (does == "lead" and quantifies(reading))
        pool = self._facts_about(reading) if needed and not general else []
        atoms = check_atoms(
            AtomCase(
                reading,
                proposed_stance(reading) if does in OPEN_KINDS else stance_of(reading),
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
            held = absence_contradicted(reading, lambda: self._facts_about(reading))
            if held:
                reasons.append(f"it says that this is not on record, but a fact holds it: {held}")
        if does == "mirror" and REPORTED.search(case.text):
            if not reported_of_user(reading, self._user_concepts, whole=True):
                reasons.append("it says that the user said this, and the user did not")
        return unsupported(reasons) if reasons else Verdict("plain")

    def _rivals(self, reading: Reading, pool: Sequence[FactReading]) -> list[FactReading]:
        """The facts a ranking is measured against: those of the run of the same kinds."""
        if not any(map(ranks, reading.words)):
            return list(pool)
        return self.index.of_kinds({kind_of_fact(fact.fact) for fact in pool})

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

    @cached_property
    def _sources(self) -> Sources:
        return Sources(self._user_text, [*self._names, *self.index.names.named])

    @cached_property
    def _user_reading(self) -> Reading:
        return read(self._user_text, self.index.names, self.index.now)

    @cached_property
    def _user_concepts(self) -> frozenset[str]:
        reading = self._user_reading
        return frozenset(reading.concepts_in(0, len(reading.tokens)))
