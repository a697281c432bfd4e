"""The fixed texts that answer a crisis, and whom to call. No model writes or changes them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from agent.crisis.rules import About, Kind, Language, Level

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Contact:
    """Somebody to turn to: `how` is a sentence in the card's language, `href` opens it."""

    name: str
    how: str
    href: str


@dataclass(frozen=True)
class Crisis:
    """A card. `rule` names the rule that fired; no word of the message is kept.

    `level` is emergency (happening, or about to), explicit (said outright) or indirect.
    `about` is self, other (someone the writer knows), past, loss (someone who died) or denied.
    """

    kind: Kind
    level: Level
    about: About
    rule: str
    language: Language
    title: str
    body: str
    contacts: tuple[Contact, ...]
    closing: str

    @property
    def text(self) -> str:
        """The whole card as plain text that is Markdown too."""
        lines = "\n".join(f"- {contact.name}: {contact.how}" for contact in self.contacts)
        return f"{self.title}\n\n{self.body}\n\n{lines}\n\n{self.closing}"


def make_card(
    rule: str, kind: Kind, level: Level, about: About, language: Language, country: str | None
) -> Crisis:
    """The card for what was found. An emergency says first to call for help now."""
    cards = _cards(language)
    about_texts = cards[kind]
    card = about_texts.get(f"{about}_{level}") or about_texts.get(about) or about_texts["self"]
    emergency = _country(country)["emergency"] or cards["words"]["local_number"]
    now = cards[kind]["now"].format(emergency=emergency)
    parts = [now, card["body"]] if level == "emergency" else [card["body"], now]
    return Crisis(
        kind=kind,
        level=level,
        about=about,
        rule=rule,
        language=language,
        title=card["title"],
        body="\n\n".join(parts),
        contacts=_contacts(kind, language, country, emergency),
        closing=cards["words"]["closing"],
    )


def _contacts(
    kind: Kind, language: Language, country: str | None, emergency: str
) -> tuple[Contact, ...]:
    """Emergency services, then the country's lines for this kind, then the finder of lines.
    Without a known country: 988, and the line of the country where the language is spoken."""
    words, known = _cards(language)["words"], _country(country)
    numbers = [part for part in emergency.replace(",", " ").split() if part.isdigit()]
    href = f"tel:{numbers[0]}" if numbers else ""
    found = [Contact(words["emergency"], words["call"].format(number=emergency), href)]
    if kind != "medical":
        lines = "abuse" if kind == "abuse" else "self_harm"
        rows = list(known.get(lines, []))
        if known is _countries()["unknown"]:
            rows += _countries()["spoken"].get(language, {}).get(lines, [])
        found += [_contact(row, words) for row in [*rows, _countries()["finder"]]]
    return tuple(found)


def _contact(row: dict[str, str], words: dict[str, str]) -> Contact:
    number = row.get("call") or row.get("text") or ""
    digits = "".join(part for part in number if part.isdigit())
    ways = []
    if row.get("call") and row.get("text") == row["call"]:
        ways.append(words["call_or_text"].format(number=row["call"]))
    else:
        if row.get("call"):
            ways.append(words["call"].format(number=row["call"]))
        if row.get("text"):
            text = words["text_word"] if "word" in row else words["text"]
            ways.append(text.format(number=row["text"], word=row.get("word")))
    if row.get("web"):
        ways.append(words["web"].format(site=row["web"]))
    href = f"tel:{digits}" if digits else f"https://{row['web']}"
    return Contact(row["name"], words["or"].join(ways), href)


def _country(country: str | None) -> dict[str, Any]:
    """The lines of a country; those of an unknown one when we have none for it."""
    countries = _countries()
    code = (country or "").strip().upper()
    if code in countries["country"]:
        return dict(countries["country"][code])
    if code in countries["only_112"]:
        return {"emergency": "112"}
    unknown: dict[str, Any] = countries["unknown"]
    return unknown


@cache
def _countries() -> dict[str, Any]:
    return _load("contacts")


@cache
def _cards(language: Language) -> dict[str, Any]:
    return _load(f"{language}_cards")


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
