"""True statements turned into lies, one change each, the same for the same seed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tools.findings import Fact

_NUMBER = re.compile(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?![\w-]|[.,]\d)")
_MONTHS = (
    "January February March April May June July August September October November December"
).split()
_DATE = re.compile(rf"\b\d{{1,2}} (?:{'|'.join(_MONTHS)}) \d{{4}}")
_UNITS = ("minutes", "hours", "days", "weeks", "months")
_UNIT = re.compile(rf"\b(?:{'|'.join(_UNITS)})\b")
_TURNED = {
    "up": "down",
    "longer": "shorter",
    "lower": "higher",
    "below": "above",
    "succeeded": "failed",
    "failed": "succeeded",
    "won": "lost",
    "approved": "rejected",
    "rejected": "approved",
    "active": "paused",
    "completed": "cancelled",
    "works": "fails",
    "unsent": "sent",
    "overdue": "on time",
    "broken": "healthy",
    "pending": "approved",
    "new": "shipped",
    "planned": "paused",
    "reviewed": "archived",
}
_NOT = re.compile(r" not\b| never\b|\bno (?=\w)|\bnone\b")
_IS = re.compile(r"\b(?:is|are|was|were|has|have)\b")
_FRAMES = (
    "{0}",
    "{0}",
    "- {0}",
    "I see that {1}",
    "As for your question: {1}",
    "Note that {1}",
    "> {0}",
    "Right now {1}",
    "{0} That is worth a look.",
)
_NAMES = ("Marlowe Plumbing", "Harrow & Finch", "Delta Roofing", "Quentin Sayers", "Brightwell")
_QUOTES = ("we will sign before the end of the month", "I finally feel ready for the change")


@dataclass(frozen=True)
class Material:
    """The fact to lie about, all facts, and the chance."""

    fact: Fact
    facts: Sequence[Fact]
    rng: random.Random

    def true(self, text: str) -> bool:
        """Whether some fact states this word for word."""
        return any(text in fact.statement for fact in self.facts)

    def others(self) -> list[Fact]:
        """The facts about other subjects."""
        return [fact for fact in self.facts if fact.subject != self.fact.subject]

    def own_texts(self) -> str:
        """All that is stated of the same subject."""
        return " ".join(f.statement for f in self.facts if f.subject == self.fact.subject)


Lied = tuple[str, tuple[Fact, ...]]
Mutation = Callable[[Material], Lied | None]


def number(material: Material) -> Lied | None:
    """A number that no fact of the subject states."""
    spots = list(_NUMBER.finditer(_DATE.sub(lambda found: "_" * len(found[0]), _text(material))))
    if not spots:
        return None
    spot = material.rng.choice(spots)
    digits = spot[0].replace(",", "")
    decimals = len(digits.partition(".")[2])
    step = material.rng.choice([1, 2, 3, 7, 40]) / 10**decimals
    value = float(digits) + step if material.rng.random() < 0.6 else abs(float(digits) - step)
    changed = f"{value:,.{decimals}f}"
    if changed in material.own_texts() or float(changed.replace(",", "")) == float(digits):
        return None
    return _put(material, spot, changed), (material.fact,)


def swapped_number(material: Material) -> Lied | None:
    """The number of another subject, citing one fact or both."""
    spots = list(_NUMBER.finditer(_DATE.sub(lambda found: "_" * len(found[0]), _text(material))))
    other = material.rng.choice(material.others())
    found = _NUMBER.search(_DATE.sub("", other.statement))
    if not spots or found is None or found[0] in _NUMBER.findall(material.own_texts()):
        return None
    spot = material.rng.choice(spots)
    if _rounds(spot[0], found[0]):
        return None
    cited = (material.fact, other) if material.rng.random() < 0.6 else (material.fact,)
    return _put(material, spot, found[0]), cited


def date(material: Material) -> Lied | None:
    """A date that no fact of the subject states."""
    spot = _DATE.search(_text(material))
    rng = material.rng
    invented = f"{rng.randint(1, 28)} {rng.choice(_MONTHS)} {rng.choice([2025, 2026, 2026])}"
    if invented in material.own_texts():
        return None
    if spot is None:
        return f"{_bare(_text(material))}, since {invented}.", (material.fact,)
    return _put(material, spot, invented), (material.fact,)


def subject(material: Material) -> Lied | None:
    """What is stated of one subject, said of another, citing one fact or both."""
    other = material.rng.choice(material.others())
    if material.fact.subject not in _text(material) or "is scored" in _text(material):
        return None
    if other.subject[0].islower() or material.fact.subject[0].islower():
        return None
    text = _text(material).replace(material.fact.subject, other.subject)
    cited = (material.fact, other) if material.rng.random() < 0.6 else (material.fact,)
    return text, cited


def unit(material: Material) -> Lied | None:
    """Another unit of time."""
    spot = _UNIT.search(_text(material))
    if spot is None:
        return None
    wrong = [name for name in _UNITS if name != spot[0]]
    return _put(material, spot, material.rng.choice(wrong)), (material.fact,)


def turned(material: Material) -> Lied | None:
    """A word that says how it stands, turned into its opposite."""
    spots = [
        (found, new)
        for word, new in _TURNED.items()
        for found in re.finditer(rf"\b{word}\b", _text(material))
    ]
    if not spots:
        return None
    spot, new = material.rng.choice(spots)
    return _put(material, spot, new), (material.fact,)


def negated(material: Material) -> Lied | None:
    """Its "not" dropped, or one put in."""
    text = _text(material)
    if spot := _NOT.search(text):
        new = {"none": "one", "no ": "an "}.get(spot[0], "")
        return re.sub(r" +", " ", _put(material, spot, new)), (material.fact,)
    if spot := _IS.search(text):
        return _put(material, spot, f"{spot[0]} not"), (material.fact,)
    return None


def name(material: Material) -> Lied | None:
    """The fact, told of somebody who is in no ledger."""
    invented = material.rng.choice(_NAMES)
    if material.fact.subject not in _text(material):
        return f"{invented}: {_text(material)}", (material.fact,)
    return _text(material).replace(material.fact.subject, invented), (material.fact,)


def quotation(material: Material) -> Lied | None:
    """Words that nobody said."""
    said = material.rng.choice(_QUOTES)
    return f"{material.fact.subject}: “{said}”.", (material.fact,)


def other_source(material: Material) -> Lied | None:
    """The fact's words with a number of their own, citing a fact about something else."""
    spots = _NUMBER.search(_text(material))
    other = material.rng.choice(material.others())
    if spots is None or spots[0] in other.statement:
        return None
    return _put(material, spots, str(int(float(spots[0].replace(",", ""))) + 1)), (other,)


MUTATIONS: dict[str, Mutation] = {
    "number": number,
    "swapped number": swapped_number,
    "date": date,
    "subject": subject,
    "unit": unit,
    "turned": turned,
    "negated": negated,
    "name": name,
    "quotation": quotation,
    "other source": other_source,
}


def lies(kind: str, facts: Sequence[Fact], seed: int, count: int) -> list[Lied]:
    """`count` lies of a kind over these facts, each in some turn of phrase."""
    rng, made = random.Random(f"{kind}:{seed}"), list[Lied]()
    while len(made) < count:
        fact = rng.choice(facts)
        found = MUTATIONS[kind](Material(fact, facts, rng))
        if found is None or any(found[0].strip() in one.statement for one in facts):
            continue
        text, cited = found
        made.append((_framed(rng.choice(_FRAMES), text), cited))
    return made


def _text(material: Material) -> str:
    return material.fact.statement


def _put(material: Material, spot: re.Match[str], new: str) -> str:
    text = _text(material)
    return text[: spot.start()] + new + text[spot.end() :]


def _rounds(number: str, other: str) -> bool:
    """Whether the other number is only this one in fewer digits."""
    digits = len(other.partition(".")[2])
    return f"{float(number.replace(',', '')) + 1e-9:.{digits}f}" == other.replace(",", "")


def _framed(frame: str, text: str) -> str:
    """The text in a turn of phrase; a name keeps its capital."""
    word = text.split()[0].strip(",.:")
    return frame.format(text, text[0].lower() + text[1:] if word in _PLAIN_STARTS else text)


_PLAIN_STARTS = frozenset("The You Your On In Of There With Over Right As It".split())


def _bare(text: str) -> str:
    return text.rstrip(". ")
