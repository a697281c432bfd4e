"""Facts made ready for checking: what each says, with which numbers, about whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal

from agent.receipts.lexicon import concepts_of
from agent.receipts.numerals import CURRENCIES, HOURS, PERCENT, POINTS
from agent.receipts.polarity import DENIED, add_implied, stance_of, vocabulary_of
from agent.receipts.quantities import Dimension, Quantity
from agent.receipts.reading import Atom, Reading, read
from agent.receipts.subjects import Names
from agent.receipts.text import judged
from tools.findings import Fact

_ONE = Decimal(1)
_RATIO_UNITS = frozenset({"ratio", "share", "fraction", "0-1", "0–1", "score"})


@dataclass(slots=True)
class Evidence:
    """One quantity or date a fact states. `near` are the concepts said right beside it;
    `subjects` the names its own statement ties it to. `moment` is set for a point in time."""

    fact: FactReading
    atom: Atom
    near: frozenset[str]
    subjects: frozenset[str]
    direction: int = 0
    ratio: bool = False
    moment: datetime | None = None


@dataclass(slots=True)
class FactReading:
    """A fact taken apart. `explicit` maps each concept its words say to affirmed, denied or
    either; `said` holds what follows from them as well."""

    fact: Fact
    named: bool
    text: str
    said: dict[str, int]
    explicit: dict[str, int]
    evidence: list[Evidence] = field(default_factory=list)
    mentioned: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    haystack: str = ""

    def is_about(self, keys: frozenset[str]) -> bool:
        """Whether the fact's subject is one of `keys`, or its statement names one of them and
        it has no named subject of its own."""
        return self.fact.subject in keys or bool(not self.named and self.mentioned & keys)


class FactIndex:
    """All facts of a run by id, each taken apart when it is first needed."""

    def __init__(self, names: Sequence[str], now: datetime) -> None:
        self.names = Names(names)
        self.now = now
        self.facts: dict[str, Fact] = {}
        self._by_statement: dict[str, str] = {}
        self._read: dict[str, FactReading] = {}

    def add(self, facts: Sequence[Fact]) -> None:
        """Take in more facts of the run."""
        self.names.add(facts)
        for fact in facts:
            self.facts[fact.id] = fact
            self._by_statement.setdefault(plain_statement(fact.statement), fact.id)

    def stating(self, text: str) -> str | None:
        """The id of the fact whose statement is exactly this text."""
        return self._by_statement.get(plain_statement(text))

    def reading(self, fact_id: str) -> FactReading:
        """The fact, taken apart. Raises KeyError for an unknown id."""
        found = self._read.get(fact_id)
        if found is None:
            found = self._read[fact_id] = _take_apart(self.facts[fact_id], self.names, self.now)
        return found

    def readings(self, fact_ids: Iterable[str]) -> list[FactReading]:
        """The facts of these ids, taken apart."""
        return [self.reading(fact_id) for fact_id in fact_ids]


def plain_statement(text: str) -> str:
    """A statement as it is compared for equality: one spacing, no closing full stop."""
    return " ".join(judged(text).split()).rstrip(" .")


def _take_apart(fact: Fact, names: Names, now: datetime) -> FactReading:
    named = names.is_named(fact.subject)
    text = judged(fact.statement)
    own = frozenset({fact.subject}) if named else frozenset()
    reading = read(text, names, now, own)
    said = vocabulary_of(reading, stance_of(reading))
    label = read(judged(fact.label), names, now, own)
    denied = fact.value is False or (
        isinstance(fact.value, (int, Decimal, float)) and fact.value == 0
    )
    for concept, pole in vocabulary_of(label, stance_of(label)).items():
        said.setdefault(concept, DENIED if denied else pole)
    if not named:
        for word in judged(fact.subject).lower().split():
            for concept in concepts_of(word):
                said.setdefault(concept, DENIED if denied else 1)
    if isinstance(fact.value, str) and len(fact.value) <= 40:
        for word in judged(fact.value).lower().replace("_", " ").split():
            for concept in concepts_of(word.strip(".,;:()")):
                said.setdefault(concept, 1)
    explicit = dict(said)
    for concept in _OF_LEDGER.get(fact.ledger, ()):
        said.setdefault(concept, 1)
    add_implied(said)
    mentioned = frozenset(key for mention in reading.mentions for key in mention.keys)
    made = FactReading(fact, named, text, said, explicit, mentioned=mentioned)
    made.haystack = _haystack(fact, text)
    made.words = frozenset(made.haystack.split())
    made.evidence = [_evidence(made, reading, atom, own) for atom in reading.atoms if _counts(atom)]
    _add_value(made, label, now)
    return made


_OF_LEDGER: dict[str, tuple[str, ...]] = {
    "experiments": ("experiment",), "learnings": ("learning", "learned"), "evidence": ("evidence",),
    "lead": ("lead",), "proposal_pipeline": ("proposal",), "run_status": ("run", "pipeline"),
    "learning": ("learning",), "reusable_assets": ("asset",), "playbook": ("playbook",),
    "escalations": ("risk_score",), "packages": ("package",), "build_tasks": ("task",),
    "agent_jobs": ("agent", "job"), "obstacles": ("obstacle",), "resume": ("resume",),
    "constraint": ("constraint",), "followup": ("followup",),
}  # fmt: skip


def _counts(atom: Atom) -> bool:
    return atom.kind in ("quantity", "date")


def _haystack(fact: Fact, text: str) -> str:
    parts = [text, fact.subject, fact.label, *fact.aliases]
    if isinstance(fact.value, str):
        parts.append(fact.value)
    parts += [str(value) for source in fact.sources for value in source.key.values()]
    if fact.href:
        parts.append(fact.href)
    joined = judged(" \n ".join(parts)).lower()
    return " ".join("".join(c if c.isalnum() or c in "@._-/:'" else " " for c in joined).split())


def _evidence(made: FactReading, reading: Reading, atom: Atom, own: frozenset[str]) -> Evidence:
    near = beside(reading, atom) or near_concepts(reading, atom)
    if atom.period == "soft":
        atom.period = "prev"
    if atom.window == "soft":
        atom.window = "hard"
    subjects: frozenset[str] = frozenset().union(*atom.subjects) if atom.strong else own
    found = Evidence(made, atom, near, subjects, direction_of(reading, atom))
    if atom.quantity is not None:
        if atom.quantity.loose:
            atom.quantity.bound = "="
        unit = (made.fact.unit or "").lower()
        quantity = atom.quantity
        if quantity.dimension == "plain" and quantity.value <= 1 and unit in _RATIO_UNITS | {""}:
            found.ratio = True
    return found


def near_concepts(reading: Reading, atom: Atom) -> frozenset[str]:
    """The concepts beside an atom: of its own segment, else of the nearest one before that has
    any, else of the nearest one after."""
    number = reading.at[atom.start]
    for place in (*range(number, -1, -1), *range(number + 1, len(reading.segments))):
        segment = reading.segments[place]
        near = reading.concepts_in(segment.start, segment.end)
        if near:
            return frozenset(near)
    return frozenset()


def beside(reading: Reading, atom: Atom) -> frozenset[str]:
    """The concepts that belong to an atom more than to any other of its segment: those to which
    it is the nearest."""
    segment = reading.segments[reading.at[atom.start]]
    others = [
        other
        for other in reading.atoms
        if other is not atom and segment.start <= other.start < segment.end
    ]
    found: set[str] = set()
    for index, concepts in reading.content.items():
        if segment.start <= index < segment.end:
            distance = _distance(atom, index)
            if all(_distance(other, index) >= distance for other in others):
                found.update(concepts)
    return frozenset(found)


def _distance(atom: Atom, index: int) -> int:
    return atom.start - index if index < atom.start else index - atom.end + 1


def direction_of(reading: Reading, atom: Atom) -> int:
    """+1 or -1 where the words beside an atom, or its sign, say up or down; else 0."""
    if atom.quantity is not None and atom.quantity.sign:
        return atom.quantity.sign
    segment = reading.segments[reading.at[atom.start]]
    near = reading.concepts_in(segment.start, segment.end)
    up, down = bool(near & _UPWARD), bool(near & _DOWNWARD)
    return (1 if up else 0) - (1 if down else 0)


_UPWARD = frozenset({"up", "higher", "longer"})
_DOWNWARD = frozenset({"down", "lower", "shorter"})


def _add_value(made: FactReading, label: Reading, now: datetime) -> None:
    """Add the fact's own value where its statement does not print it."""
    fact, value = made.fact, made.fact.value
    near = frozenset(label.concepts_in(0, len(label.tokens)))
    own = frozenset({fact.subject}) if made.named else frozenset()
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return
    if isinstance(value, (datetime, date)):
        moment = (
            value if isinstance(value, datetime) else datetime.combine(value, time(12), now.tzinfo)
        )
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=now.tzinfo)
        moment = moment.astimezone(now.tzinfo) if now.tzinfo else moment
        hours = Decimal(str((now - moment).total_seconds())) / 3600
        elapsed = Quantity(abs(hours), Decimal(0), 0, "time", ago=hours >= 0)
        made.evidence.append(
            Evidence(made, Atom("quantity", 0, 0, fact.label, elapsed), near, own, moment=moment)
        )
        return
    number = Decimal(str(value))
    if not number.is_finite():
        return
    dimension, factor, currency, ratio = _unit_of(fact, label, made)
    quantity = Quantity(abs(number), Decimal(0), 0, dimension, factor, currency)
    quantity.sign = -1 if number < 0 else 0
    found = Evidence(made, Atom("quantity", 0, 0, fact.label, quantity), near, own, ratio=ratio)
    found.direction = quantity.sign
    if any(token.low in _EARLIER for token in label.tokens):
        for other in (*made.evidence, found):
            other.atom.period = "prev"
    printed = _printed(made, quantity)
    if printed is not None:
        found.near |= printed.near
        found.atom.period, found.atom.window = printed.atom.period, printed.atom.window
        found.atom.noun, found.subjects = printed.atom.noun, printed.subjects
        found.direction = found.direction or printed.direction
        quantity.per = printed.atom.quantity.per if printed.atom.quantity else ""
        printed.near |= near
    made.evidence.append(found)


_EARLIER = frozenset({"previous", "before", "prior", "earlier"})


def _unit_of(fact: Fact, label: Reading, made: FactReading) -> tuple[Dimension, Decimal, str, bool]:
    words = (fact.unit or "").lower().replace("/", " ").replace("_", " ").split()
    for text in (words, [token.low for token in label.tokens]):
        for word in text:
            if word in PERCENT:
                return "percent", _ONE, "", False
            if word in HOURS and len(word) > 0 and (text is words or len(word) > 3):
                return "time", HOURS[word], "", False
            if word in CURRENCIES:
                return "money", _ONE, CURRENCIES[word], False
            if word in POINTS and text is words:
                return "points", _ONE, "", False
        if text:
            break
    money = next((e.atom.quantity for e in made.evidence if e.atom.quantity
                  and e.atom.quantity.dimension == "money"), None)  # fmt: skip
    if not words and money is not None and money.value == abs(Decimal(str(fact.value))):
        return "money", _ONE, money.currency, False
    ratio = not words or words[0] in _RATIO_UNITS
    return "plain", _ONE, "", ratio and 0 <= Decimal(str(fact.value)) <= 1


def _printed(made: FactReading, quantity: Quantity) -> Evidence | None:
    """The evidence of the statement that prints the fact's value, in the same or no unit."""
    for found in made.evidence:
        other = found.atom.quantity
        if other is None or other.dimension not in (quantity.dimension, "plain"):
            continue
        same = other.value * other.factor == quantity.value * quantity.factor
        step = other.quantum * other.factor
        if same or (
            step and abs(other.value * other.factor - quantity.value * quantity.factor) * 2 <= step
        ):
            return found
    return None
