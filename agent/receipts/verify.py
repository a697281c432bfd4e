"""Judging one sentence: known, inferred, plain or unsupported (receipts design, "What the answer
may say"; operator spec 8.2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agent.receipts.check import AtomCase, AtomCheck, check_atoms
from agent.receipts.facts import FactIndex, FactReading
from agent.receipts.foreign import is_foreign
from agent.receipts.kinds import REPORTED, Kind, is_open_question, kind_of
from agent.receipts.lexicon import tier_of
from agent.receipts.model import Confidence
from agent.receipts.plain import absence_contradicted, asserted_words, free_atoms
from agent.receipts.quantifiers import check_quantifiers
from agent.receipts.reading import Reading, bind, read
from agent.receipts.record import client_record_claim, operator_claim
from agent.receipts.sentences import Form
from agent.receipts.text import judged
from agent.receipts.wording import Sources
from agent.receipts.words import WordCase, WordCheck, check_words

Class = Literal["known", "inferred", "plain", "unsupported"]
Role = Literal["client", "operator"]

_NONE: frozenset[str] = frozenset()
_TAG = re.compile(r"<\s*[/!?a-zA-Z]")
_PRONOUNS = frozenset({"it", "its", "they", "their", "them", "this", "that", "these", "those", "it's",
                       "he", "she", "his", "her", "that's"})  # fmt: skip
_OTHERS = frozenset({"other", "another", "second", "next", "third", "remaining", "rest", "also"})
_CONNECTIVE = re.compile(
    r"(?:so|therefore|thus|hence|this|that|together|taken together|these|both|either way|overall|"
    r"in other words|in short|which|put together|all in all|as a result)\b",
    re.I,
)
MIN_COVERAGE = 0.5
MIN_COVERAGE_OF_GUESS = 0.2


@dataclass(slots=True)
class Context:
    """What a sentence inherits: the subjects spoken of, the heading or lead-in above it, the
    cells of a table's header, and the facts that the sentence before it cited."""

    carried: frozenset[str] = _NONE
    lead: str = ""
    header: tuple[str, ...] = ()
    cited_before: tuple[str, ...] = ()
    is_header: bool = False


@dataclass(slots=True)
class Verdict:
    """The class of a sentence and why. `bearing` are the ids of the facts that bear it out;
    `subjects` those that the next sentence may refer back to."""

    kind: Class
    reason: str = ""
    cites: tuple[str, ...] = ()
    bearing: tuple[str, ...] = ()
    confidence: Confidence | None = None
    why: str = ""
    subjects: frozenset[str] = _NONE
    does: Kind = "statement"


@dataclass(slots=True)
class _Case:
    """One sentence under judgement."""

    text: str
    does: Kind
    reading: Reading
    cites: tuple[str, ...]
    pool: list[FactReading]
    context: Context
    lead: frozenset[str]


class Verifier:
    """Judges the sentences of one answer against the facts of one run."""

    def __init__(self, role: Role, user_text: str, index: FactIndex, names: Sequence[str]) -> None:
        self.role = role
        self.index = index
        self._names = list(names)
        self._user_text = judged(user_text)
        self._user: Reading | None = None

    def judge(self, text: str, form: Form, cites: Sequence[str], context: Context) -> Verdict:
        """Judge one sentence that may claim something."""
        plain = judged(text).strip()
        cites = tuple(dict.fromkeys(cites))
        unknown = [fact_id for fact_id in cites if fact_id not in self.index.facts]
        if unknown:
            return _unsupported(
                f"it cites {', '.join(unknown)}, which is no fact of this run", cites
            )
        if "<" in plain and _TAG.search(plain):
            return _unsupported("it holds markup, which is not allowed in an answer", cites)
        stated = self.index.stating(plain)
        if stated and (not cites or stated in cites):
            return self._stated(plain, stated, cites or (stated,), context)
        if is_foreign(plain, self.index.names):
            return self._foreign(plain, cites)
        case = self._open(plain, form, cites, context)
        verdict = self._classify(case)
        verdict.cites, verdict.does = cites, case.does
        verdict.subjects = _main_subjects(case.reading) or context.carried
        return verdict

    def _stated(self, plain: str, stated: str, cites: tuple[str, ...], context: Context) -> Verdict:
        """A fact's own statement, word for word."""
        reading = read(plain, self.index.names, self.index.now)
        subjects = _main_subjects(reading) or context.carried
        return Verdict("known", cites=cites, bearing=(stated,), subjects=subjects)

    def _foreign(self, plain: str, cites: tuple[str, ...]) -> Verdict:
        reading = read(plain, self.index.names, self.index.now)
        if plain.rstrip("\"'”») ").endswith("?") and not reading.atoms and not reading.mentions:
            return Verdict("plain", cites=cites, does="question")
        return _unsupported("it is not in English, so it cannot be checked", cites)

    def _open(self, plain: str, form: Form, cites: tuple[str, ...], context: Context) -> _Case:
        does: Kind = "lead" if context.is_header else kind_of(plain, form)
        if form == "row":
            plain = _row_as_sentence(plain, context.header)
        index = self.index
        reading = read(plain, index.names, index.now)
        lead: frozenset[str] = _NONE
        if context.lead and (form in ("item", "row") or not reading.content):
            title = read(judged(context.lead), index.names, index.now)
            lead = frozenset(title.concepts_in(0, len(title.tokens)))
            if not reading.content and (reading.atoms or reading.mentions):
                told = [
                    title.tokens[i].text
                    for i in title.content
                    if tier_of(title.tokens[i].low) == "status"
                ]
                if told:
                    reading = read(f"{' '.join(told)}: {plain}", index.names, index.now)
        return _Case(plain, does, reading, cites, index.readings(cites), context, lead)

    def _classify(self, case: _Case) -> Verdict:
        if case.cites:
            verdict = self._statement(case, case.pool)
            if verdict.kind != "unsupported" or case.does in ("statement", "mirror"):
                return verdict
            plain = self._plain(case)
            return plain if plain.kind == "plain" else verdict
        if case.does != "statement":
            return self._plain(case)
        return self._uncited(case)

    def _uncited(self, case: _Case) -> Verdict:
        before = case.context.cited_before
        if before and _CONNECTIVE.match(case.text):
            pool = self.index.readings(before)
            verdict = self._statement(case, pool, guessing=True)
            if verdict.kind in ("inferred", "plain"):
                return verdict
        if self.role == "operator":
            claim = operator_claim(case.reading)
            if claim is None:
                return Verdict("plain")
            return _unsupported(f'it states "{claim}" without citing a fact', ())
        claim = client_record_claim(case.reading)
        if claim is not None:
            return _unsupported(f'it speaks of the record ("{claim}") without citing a fact', ())
        return self._plain(case)

    def _statement(
        self, case: _Case, pool: Sequence[FactReading], guessing: bool = False
    ) -> Verdict:
        """A cited sentence: known, inferred, or unsupported with the reason."""
        reading = case.reading
        whom = self._refer(case, pool)
        if whom:
            return _unsupported(whom, case.cites)
        reported = self._reported(reading)
        words = check_words(
            WordCase(reading, pool, self._rivals(reading, pool), self._user_concepts, reported),
            guessing,
        )
        atoms = check_atoms(
            AtomCase(reading, pool, self._sources, self._user_reading, self.index.now, case.lead)
        )
        reasons = [*atoms.reasons, *words.reasons, *check_quantifiers(reading, pool)]
        if atoms.of_user_measures and not reported:
            reasons.append(
                f'"{atoms.of_user_measures[0]}" is only what the user said, no cited fact says it'
            )
        if reasons:
            return _unsupported("; ".join(dict.fromkeys(reasons)), case.cites)
        return _grade(atoms, words, reported)

    def _plain(self, case: _Case) -> Verdict:
        """A sentence that may only ask, propose, thank or say what is not there."""
        reading, does = case.reading, case.does
        pool = case.pool or self._all_readings()
        general = does == "statement"
        free = free_atoms(reading, self.index.now.date(), self.role, does)
        atoms = check_atoms(
            AtomCase(
                reading,
                [] if general else pool,
                self._sources,
                self._user_reading,
                self.index.now,
                case.lead,
                free,
                own_names_pass=not general,
            )  # fmt: skip
        )
        reasons = list(atoms.reasons)
        if does == "lead":
            reasons += check_quantifiers(reading, pool)
        if not general and not (does == "mirror" and self.role == "client"):
            open_question = does == "question" and is_open_question(case.text)
            reasons += asserted_words(reading, pool, skip_first=open_question)
        if does == "absence":
            held = absence_contradicted(reading, self._all_readings())
            if held:
                reasons.append(f"it says that this is not on record, but a fact holds it: {held}")
        if (
            does == "mirror"
            and REPORTED.search(case.text)
            and not self._reported(reading, whole=True)
        ):
            reasons.append("it says that the user said this, and the user did not")
        if reasons:
            return _unsupported("; ".join(dict.fromkeys(reasons)), case.cites)
        return Verdict("plain")

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
        return (
            ""
            if case.context.lead and not carried
            else f"it does not say whom it is about ({who} was spoken of last)"
        )

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

    def _all_readings(self) -> list[FactReading]:
        return self.index.readings(self.index.facts)

    @property
    def _sources(self) -> Sources:
        return Sources((), self._user_text, [*self._names, *self.index.names.named])

    @property
    def _user_reading(self) -> Reading:
        if self._user is None:
            self._user = read(self._user_text, self.index.names, self.index.now)
        return self._user

    @property
    def _user_concepts(self) -> frozenset[str]:
        reading = self._user_reading
        return frozenset(reading.concepts_in(0, len(reading.tokens)))


_NO_INDEX: frozenset[int] = frozenset()


def _unsupported(reason: str, cites: Sequence[str]) -> Verdict:
    return Verdict("unsupported", reason=reason, cites=tuple(cites))


def _grade(atoms: AtomCheck, words: WordCheck, reported: frozenset[int]) -> Verdict:
    """Known when all is said by the facts; else inferred. Confidence is high for arithmetic and
    comparison alone, medium when most of the words are the facts' own, low otherwise."""
    covered, opened = words.covered + atoms.borne, len(words.open_words)
    share = covered / (covered + opened) if covered + opened else 1.0
    if not covered:
        if opened:
            return _unsupported(f'no cited fact speaks of "{words.open_words[0]}"', ())
        return Verdict("plain")
    if share < (MIN_COVERAGE_OF_GUESS if words.hedged else MIN_COVERAGE):
        listed = ", ".join(f'"{word}"' for word in words.open_words[:3])
        return _unsupported(f"the cited facts say nothing of {listed}", ())
    bearing = tuple(fact.fact.id for fact in (atoms.bearing or words.telling))
    derived = bool(atoms.derived) or words.derived
    sure = not words.hedged and not opened and not derived and not atoms.of_user and not reported
    if sure and bearing:
        return Verdict("known", bearing=bearing)
    confidence: Confidence = "low"
    if derived and not words.hedged and not opened:
        confidence = "high"
    elif share >= 0.6:
        confidence = "medium"
    return Verdict(
        "inferred", bearing=bearing, confidence=confidence, why=_why(atoms, words, derived)
    )


def _why(atoms: AtomCheck, words: WordCheck, derived: bool) -> str:
    facts = {fact.fact.id: fact.fact for fact in (*atoms.bearing, *words.telling)}
    basis = "; ".join(f"{fact.subject}: {fact.label}" for fact in list(facts.values())[:4])
    if derived and not words.hedged and not words.open_words:
        return f"Worked out from {basis}."
    if words.open_words:
        listed = ", ".join(f'"{word}"' for word in words.open_words[:3])
        return f"A reading of {basis}; the record does not say {listed} itself."
    return f"A conclusion from {basis}."


def _main_subjects(reading: Reading) -> frozenset[str]:
    return frozenset(key for m in reading.mentions if not m.oblique for key in m.keys)


def _row_as_sentence(plain: str, header: Sequence[str]) -> str:
    """A table row with each cell under its heading, as one sentence."""
    cells = row_cells(plain)
    parts = []
    for number, cell in enumerate(cells):
        title = header[number] if number < len(header) else ""
        usable = number and title and not any(char.isdigit() for char in title)
        parts.append(f"{title} {cell}".strip() if usable else cell)
    return ", ".join(part for part in parts if part)


def row_cells(text: str) -> list[str]:
    """The cells of a table row, without its outer bars."""
    return [cell.strip() for cell in text.strip().strip("|").split("|")]
