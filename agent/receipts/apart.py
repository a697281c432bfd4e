"""Taking a fact apart: the words of its statement with their stance, its numbers with their sense."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

from agent.receipts.concepts import UNDONE
from agent.receipts.evidence import Evidence, FactReading, series
from agent.receipts.lexicon import concepts_in, concepts_of
from agent.receipts.nearness import all_of, beside, concepts_before, direction_of, near_concepts
from agent.receipts.numerals import CURRENCIES, HOURS, PERCENT, POINTS
from agent.receipts.parts import Atom, Reading
from agent.receipts.polarity import (
    AFFIRMED,
    DENIED,
    NEGATORS,
    OPEN,
    add_implied,
    stance_of,
    vocabulary_of,
)
from agent.receipts.quantities import Dimension, Quantity
from agent.receipts.reading import read
from agent.receipts.subjects import Names
from agent.receipts.text import judged
from tools.findings import Fact

_ONE = Decimal(1)
_RATIO_UNITS = frozenset({"ratio", "share", "fraction", "0-1", "0–1", "score"})


def take_apart(fact: Fact, names: Names, now: datetime) -> FactReading:
    """What a fact says, ready to be checked against. The names are those of the whole run."""
    named = names.is_named(fact.subject)
    text = judged(fact.statement)
    own = frozenset({fact.subject}) if named else frozenset()
    reading = read(text, names, now, own)
    stance = stance_of(reading)
    said = vocabulary_of(reading, stance)
    label = judged(fact.label).lower().split()
    denied = fact.value is False or (
        isinstance(fact.value, (int, Decimal, float)) and fact.value == 0
    )
    for concept, pole in _said_by_label(label).items():
        said.setdefault(concept, DENIED if denied else pole)
    if not named:
        for concept in concepts_in(judged(fact.subject)):
            said.setdefault(concept, DENIED if denied else AFFIRMED)
    planned = not _PLANS.isdisjoint(label)
    quoted: set[str] = set()
    for token in () if planned else reading.tokens:
        if token.kind == "quote" and token.text.count(" ") >= _RETOLD:
            inner = read(token.text.strip("\"'"), names, now, own)
            for concept, pole in vocabulary_of(inner, stance_of(inner)).items():
                if concept not in said:
                    said[concept] = pole
                    quoted.add(concept)
    if isinstance(fact.value, str) and len(fact.value) <= 40:
        for concept in concepts_in(judged(fact.value).replace("_", " ")):
            said.setdefault(concept, AFFIRMED)
    if not _FEW.isdisjoint(text.lower().split()):
        said.setdefault("small", AFFIRMED)
    explicit = dict(said)
    for concept in _OF_LEDGER.get(fact.ledger, ()):
        said.setdefault(concept, AFFIRMED)
    if fact.ledger == "ops_health" and said.get("overdue", 0) & AFFIRMED:
        said.setdefault("broken", AFFIRMED)
    add_implied(said)
    if planned:
        of_label = {concept for word in label for concept in concepts_of(word)}
        said = {
            c: OPEN if pole == AFFIRMED and c not in of_label else pole for c, pole in said.items()
        }
    made = FactReading(fact, named, text, said, explicit, mentioned=reading.keys, planned=planned)
    made.quoted = frozenset(quoted)
    made.denies_barely = any(not denial.scope for denial in stance.denials)
    made.evidence = [_evidence(made, reading, atom, own) for atom in reading.atoms if _counts(atom)]
    _link(made)
    _add_value(made, label, now)
    return made


_RETOLD = 4
_PLANS = frozenset({"hypothesis", "measure", "version", "step", "resources", "target", "desired",
                    "recommended"})  # fmt: skip
_OF_LEDGER: dict[str, tuple[str, ...]] = {
    "experiments": ("experiment",), "learnings": ("learning", "learned"), "evidence": ("evidence",),
    "lead": ("lead",), "proposal_pipeline": ("proposal",), "run_status": ("run", "pipeline"),
    "learning": ("learning",), "reusable_assets": ("asset",), "playbook": ("playbook",),
    "escalations": ("risk_score",), "packages": ("package",), "build_tasks": ("task",),
    "agent_jobs": ("agent", "job"), "obstacles": ("obstacle",), "resume": ("resume",),
    "self_efficacy": ("learning",), "constraint": ("constraint",), "ops_health": ("integration",),
    "followup": ("followup",),
}  # fmt: skip


def _said_by_label(label: list[str]) -> dict[str, int]:
    said: dict[str, int] = {}
    pole = AFFIRMED
    for word in label:
        if word in NEGATORS:
            pole = DENIED
        for concept in concepts_in(word):
            said[concept] = DENIED if word in UNDONE else pole
    return said


def _link(made: FactReading) -> None:
    by_atom = {id(one.atom): one for one in made.evidence}
    for one in made.evidence:
        if one.atom.whole is not None:
            one.whole = by_atom.get(id(one.atom.whole))
        if one.atom.dated is not None:
            one.dated = by_atom.get(id(one.atom.dated))
    listed = series(made)
    for one, _ in listed[:-1]:
        one.earlier = True


def _counts(atom: Atom) -> bool:
    return atom.kind in ("quantity", "date")


def _evidence(made: FactReading, reading: Reading, atom: Atom, own: frozenset[str]) -> Evidence:
    near = all_of(beside(reading, atom)) or (
        concepts_before(reading, atom) if atom.whole else near_concepts(reading, atom)
    )
    if atom.period == "soft":
        atom.period = "prev"
    subjects = atom.keys if atom.strong else own
    found = Evidence(made, atom, near, subjects, direction_of(reading, atom))
    if atom.quantity is not None:
        if atom.quantity.loose:
            atom.quantity.bound = "="
        unit = (made.fact.unit or "").lower()
        quantity = atom.quantity
        if (
            quantity.dimension == "plain"
            and quantity.value <= 1
            and quantity.quantum < 1
            and unit in _RATIO_UNITS | {""}
        ):
            found.ratio = True
    return found


def _add_value(made: FactReading, label: list[str], now: datetime) -> None:
    """Add the fact's own value where its statement does not print it."""
    fact, value = made.fact, made.fact.value
    near = frozenset(_said_by_label(label))
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
        if hours < 0 or not isinstance(value, datetime):
            hours = Decimal((now.date() - moment.date()).days * 24)
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
    found.is_value = True
    found.direction = quantity.sign
    if not _EARLIER.isdisjoint(label):
        for other in (*made.evidence, found):
            other.atom.period = "prev"
    printed = _printed(made, quantity)
    if printed is not None:
        if printed.atom.window == "soft":
            printed.atom.window = ""
        found.near |= printed.near
        found.atom.period, found.atom.window = printed.atom.period, printed.atom.window
        found.atom.noun, found.subjects = printed.atom.noun, printed.subjects
        found.direction = found.direction or printed.direction
        if printed.atom.quantity is not None:
            quantity.per, quantity.out_of = printed.atom.quantity.per, printed.atom.quantity.out_of
            quantity.ago = printed.atom.quantity.ago
            quantity.loose = printed.atom.quantity.loose
        found.printed, found.whole, found.dated = printed, printed.whole, printed.dated
        found.atom.sample = printed.atom.sample
        printed.near |= near
    made.evidence.append(found)
    if not _AGEING.isdisjoint(label):
        found.ages = True
        if printed is not None:
            printed.ages = True


_AGEING = frozenset({"since", "ago", "stuck", "without", "waiting", "unsent", "overdue", "old", "age",
                     "in"})  # fmt: skip
_FEW = frozenset({"few", "little"})
_EARLIER = frozenset({"previous", "before", "prior", "earlier"})


def _unit_of(
    fact: Fact, label: list[str], made: FactReading
) -> tuple[Dimension, Decimal, str, bool]:
    words = (fact.unit or "").lower().replace("/", " ").replace("_", " ").split()
    if words[:1] == ["per"]:
        return "plain", _ONE, "", False
    for text in (words, label):
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
    return "plain", _ONE, "", ratio and 0 < Decimal(str(fact.value)) < 1


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
