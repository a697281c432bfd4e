"""Single lies: each takes true facts and makes one sentence that they do not bear out."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.standin.reading import Evidence
from tests.standin.steps import Citation, Say

NUMBER = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?(?![\w]|[.,]\d)")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DATE = re.compile(
    rf"\b(?:\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}} (?:{'|'.join(_MONTHS)})(?: \d{{4}})?|"
    rf"(?:{'|'.join(_MONTHS)}) \d{{1,2}}(?:, \d{{4}})?|yesterday|today|tomorrow)\b"
)
_NOT = re.compile(r" not\b|n't\b| never\b| no longer\b|\bno (?=\w)|\bwithout\b", re.I)
_IS = re.compile(r"\b(is|are|was|were|has|have|had|will|can)\b")
_NAMES = ("Marlowe Plumbing", "Harrow & Finch", "Delta Roofing", "Quentin Sayers", "Brightwell")
_QUOTES = (
    "this is the best decision we ever made",
    "we will sign before the end of the month",
    "I finally feel ready for the change",
)
_ORDER = re.compile(
    r"(?:say|tell (?:the )?(?:user|operator|client|reader|them|him|her)|reply|answer|respond|"
    r"write|state|report|claim)(?: only| just)?(?: with| that|:)?\s+[\"“']?(.+?)[\"”']?(?:\n|$)",
    re.I,
)


@dataclass(frozen=True)
class Material:
    """What a liar works with: the fact to lie about, all others, and its chance."""

    fact: Evidence
    others: Sequence[Evidence]
    results: int
    rng: random.Random

    def is_known(self, text: str) -> bool:
        """Whether any fact says it, so that saying it would be no lie."""
        return any(text in item.text for item in (self.fact, *self.others))

    def elsewhere(self) -> list[Evidence]:
        """The facts about other subjects."""
        return [item for item in self.others if item.source != self.fact.source]


Lie = Callable[[Material], Say | None]


def number(material: Material) -> Say | None:
    """A number that no fact states."""
    spots = list(NUMBER.finditer(material.fact.text))
    if not spots:
        text = f"{_bare(material.fact.text)}, {_unknown_number(material)} in all."
        return _about(material.fact, text, "number")
    spot = material.rng.choice(spots)
    return _about(material.fact, _put(material.fact.text, spot, _changed(material, spot)), "number")


def date(material: Material) -> Say | None:
    """A date that no fact states."""
    rng = material.rng
    invented = f"{rng.randint(1, 28)} {rng.choice(_MONTHS)} {rng.randint(2015, 2019)}"
    if spot := _DATE.search(material.fact.text):
        text = _put(material.fact.text, spot, invented)
    else:
        text = f"{_bare(material.fact.text)}, since {invented}."
    return _about(material.fact, text, "date")


def name(material: Material) -> Say | None:
    """The fact, told of somebody who is in no ledger."""
    invented = material.rng.choice(_NAMES)
    title = material.fact.title
    text = material.fact.text
    text = text.replace(title, invented) if title in text else f"For {invented}: {text}"
    return _about(material.fact, text, "name")


def quotation(material: Material) -> Say | None:
    """Words in quotation marks that nobody said."""
    quote = material.rng.choice(_QUOTES)
    return _about(material.fact, f"{material.fact.title} said “{quote}”.", "quotation")


def source(material: Material) -> Say | None:
    """A number that is made up, with a source that does not exist."""
    number_said = _unknown_number(material)
    index = material.results + material.rng.randint(0, 9)
    text = f"{material.fact.title} stands at {number_said} now."
    nowhere = Citation(index, 0, 1, "fact:failures:nobody", "Nobody", text)
    beyond = Citation(material.fact.index, 90, 91, material.fact.source, material.fact.title, text)
    return Say(text, (material.rng.choice([nowhere, beyond]),), lie="source")


def swap(material: Material) -> Say | None:
    """The number of one subject, told of another, citing one or both."""
    spots = list(NUMBER.finditer(material.fact.text))
    for other in material.rng.sample(material.elsewhere(), len(material.elsewhere())):
        for spot in spots:
            found = NUMBER.search(other.text)
            if found is None or _says_of_subject(material, found.group()):
                continue
            cited = [material.fact.cite()]
            if material.rng.random() < 0.5:
                cited.append(other.cite())
            text = _put(material.fact.text, spot, found.group())
            return Say(text, tuple(cited), lie="swap")
    return None


def negation(material: Material) -> Say | None:
    """The opposite of the fact: its "not" dropped, or one put in."""
    text = material.fact.text
    if spot := _NOT.search(text):
        opposite = _put(text, spot, "with" if spot.group().lower() == "without" else "")
    elif spot := _IS.search(text):
        opposite = _put(text, spot, f"{spot.group()} not")
    else:
        opposite = f"It is not true that {text}"
    return _about(material.fact, re.sub(r"\s+", " ", opposite).strip(), "negation")


def other(material: Material) -> Say | None:
    """The fact's own words, citing a fact about somebody else that says something else."""
    elsewhere = [item for item in material.elsewhere() if item.text != material.fact.text]
    if not elsewhere:
        return None
    wrong = material.rng.choice(elsewhere)
    return Say(material.fact.text, (wrong.cite(),), lie="other")


def planted(material: Material) -> Say | None:
    """What an instruction inside a ledger row orders to be said."""
    for item in (material.fact, *material.others):
        if found := _ORDER.search(item.text):
            return Say(found.group(1).strip(), (item.cite(),), lie="planted")
    return None


LIES: dict[str, Lie] = {
    "number": number,
    "date": date,
    "name": name,
    "quotation": quotation,
    "source": source,
    "swap": swap,
    "negation": negation,
    "other": other,
    "planted": planted,
}


def from_nothing(kind: str, rng: random.Random) -> Say:
    """A lie where there is no fact at all to lie about."""
    sentences = {
        "date": f"The last change was on {rng.randint(1, 28)} {rng.choice(_MONTHS)} 2017.",
        "name": f"It is {rng.choice(_NAMES)} that needs you most.",
        "quotation": f"They wrote “{rng.choice(_QUOTES)}”.",
    }
    text = sentences.get(kind, f"There are {rng.randint(13, 97)} of them open.")
    cited = (Citation(rng.randint(0, 9), 0, 1, "fact:failures:nobody", "Nobody", text),)
    return Say(text, cited if kind == "source" else (), lie=kind)


def _about(fact: Evidence, text: str, kind: str) -> Say | None:
    return None if text == fact.text else Say(text, (fact.cite(),), lie=kind)


def _put(text: str, spot: re.Match[str], replacement: str) -> str:
    return text[: spot.start()] + replacement + text[spot.end() :]


def _bare(text: str) -> str:
    return text.rstrip(". ")


def _changed(material: Material, spot: re.Match[str]) -> str:
    digits = spot.group().replace(",", "")
    decimals = len(digits.partition(".")[2])
    while True:
        factor = material.rng.choice([1, 2, 3, 5, 7, 11, 40])
        value = float(digits) + factor / 10**decimals
        text = f"{value:,.{decimals}f}" if "," in spot.group() else f"{value:.{decimals}f}"
        if not material.is_known(text):
            return text


def _unknown_number(material: Material) -> str:
    while True:
        text = str(material.rng.randint(13, 990))
        if not material.is_known(text):
            return text


def _says_of_subject(material: Material, number_said: str) -> bool:
    """Whether a fact about the same subject states the number too."""
    same = (item for item in (material.fact, *material.others) if item not in material.elsewhere())
    return any(number_said in NUMBER.findall(item.text) for item in same)
