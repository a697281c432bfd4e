"""The rules of the crisis screen, read from the files beside this module.

`en.toml` holds the words, idioms and spellings of English; `en_abuse.toml` and its like the rules,
one table each, named `[level.name]`. `match`, `unless` and `unless_message` are lists of
alternatives. They see lower-case words without accents or apostrophes, one space between them,
spelling repaired: "I don't" is `i dont`. `{name}` stands for a macro of the language's file. Every
rule has an `example`, which a test holds against it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast, get_args

from agent.crisis.normal import normalise, spelled_nearly

Kind = Literal["self_harm", "harm_to_others", "abuse", "medical"]
Level = Literal["emergency", "explicit", "indirect"]
About = Literal["self", "other", "past", "loss", "denied"]
Language = Literal["en", "es", "fr", "de"]

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Rule:
    """One pattern with its name. It fires on a sentence that has `match` and not `unless`, in a
    message that has not `unless_message`. `example` fires it."""

    id: str
    kind: Kind
    level: Level
    about: About
    match: re.Pattern[str]
    unless: re.Pattern[str] | None
    unless_message: re.Pattern[str] | None
    example: str


@dataclass(frozen=True)
class RuleBook:
    """All of one language. `words` are its commonest ones; `cues` find the sentences worth
    reading; `masks` are turns of phrase that mean nothing; `double_negation` says the opposite
    of what it seems to deny. An explicit hit is an emergency beside `intent` with `soon`, beside
    `means`, or (abuse) beside `now`. A hit is of the past when its verb is (`past_verbs`) and
    its sentence says `long_ago`."""

    language: Language
    words: re.Pattern[str]
    cues: re.Pattern[str]
    rules: tuple[Rule, ...]
    denials: tuple[Rule, ...]
    masks: tuple[re.Pattern[str], ...]
    double_negation: re.Pattern[str]
    first_person: re.Pattern[str]
    third_person: re.Pattern[str]
    soon: re.Pattern[str]
    intent: re.Pattern[str]
    means: re.Pattern[str]
    now: re.Pattern[str]
    past_verbs: re.Pattern[str]
    long_ago: re.Pattern[str]
    still: re.Pattern[str]


@dataclass(frozen=True)
class Phrase:
    """An explicit phrase of a language without rules of its own."""

    id: str
    kind: Kind
    text: str


@cache
def rule_books() -> tuple[RuleBook, ...]:
    """The rule books, English first. Read and compiled once a process (about 0.2 s)."""
    return tuple(_book(language) for language in get_args(Language))


@cache
def spelling() -> dict[str, str]:
    """Words as people write them in a hurry or in disguise, and the words they mean."""
    words: dict[str, str] = {}
    for language in get_args(Language):
        section = _read(language).get("spelling", {})
        words |= spelled_nearly(section.get("near", []), section.get("never", []))
        words |= section.get("words", {})
    return words


@cache
def phrases() -> tuple[Phrase, ...]:
    """Explicit phrases of further languages, in normal form."""
    found = []
    for language, kinds in _read("phrases").items():
        for kind, texts in kinds.items():
            for number, text in enumerate(texts, 1):
                normal = normalise(text, spelling())
                found.append(Phrase(f"{language}.{kind}.{number}", cast(Kind, kind), normal))
    return tuple(found)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def _book(language: Language) -> RuleBook:
    data = _read(language)
    macros: dict[str, str] = {}
    for name, alternatives in data["macros"].items():
        macros[name] = f"(?:{_expand(alternatives, macros)})"

    def pattern(alternatives: list[str]) -> re.Pattern[str]:
        return re.compile(rf"\b(?:{_expand(alternatives, macros)})(?!\w)")

    rules = [rule for kind in get_args(Kind) for rule in _rules(language, kind, pattern)]
    escalate, past = data["escalate"], data["past"]
    return RuleBook(
        language=language,
        words=pattern(data["words"]),
        cues=re.compile(rf"\b{data.get('cue_prefix', '')}(?:{'|'.join(data['cues'])})"),
        rules=tuple(rule for rule in rules if rule.about != "denied"),
        denials=tuple(rule for rule in rules if rule.about == "denied"),
        masks=tuple(pattern([text]) for text in data["hyperbole"]["masks"]),
        double_negation=pattern(data["hyperbole"]["double_negation"]),
        first_person=pattern(data["person"]["first"]),
        third_person=pattern(data["person"]["third"]),
        soon=pattern(escalate["soon"]),
        intent=pattern(escalate["intent"]),
        means=pattern(escalate["means"]),
        now=pattern(escalate["now"]),
        past_verbs=pattern(past["verbs"]),
        long_ago=pattern(past["long_ago"]),
        still=pattern(past["still"]),
    )


def _rules(
    language: Language, kind: Kind, pattern: Callable[[list[str]], re.Pattern[str]]
) -> Iterator[Rule]:
    """The rules of one file. A table is `explicit`, or `explicit_other` for those about someone
    else, or `denied`."""
    for section, rows in _read(f"{language}_{kind}").items():
        level, _, whom = section.partition("_")
        about = "denied" if level == "denied" else whom or "self"
        for name, row in rows.items():
            yield Rule(
                id=f"{language}.{kind}.{name}",
                kind=kind,
                level="indirect" if level == "denied" else cast(Level, level),
                about=row.get("about", about),
                match=pattern(row["match"]),
                unless=pattern(row["unless"]) if "unless" in row else None,
                unless_message=pattern(row["unless_message"]) if "unless_message" in row else None,
                example=row["example"],
            )


def _expand(alternatives: list[str], macros: dict[str, str]) -> str:
    """One pattern, each {name} replaced; {0,3} and the like are left alone."""
    return re.sub(r"\{([a-z]\w*)\}", lambda found: macros[found[1]], "|".join(alternatives))
