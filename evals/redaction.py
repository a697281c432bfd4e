"""What may leave the database for the repository: contacts and foreign names are replaced, and a
word that could name somebody stops the whole."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from functools import lru_cache

from agent.receipts.english import ACRONYMS, is_ordinary
from errors import Invalid
from evals.server import ROOT
from memory.demo.client_record import EXPERIMENTS
from memory.demo.operator import FROZEN, integrations
from memory.demo.operator_leads import LEADS

_CONTACTS = (
    r"(?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<link>(?:https?://|www\.)[^\s<>\"']*[\w/]|\b(?:[a-z0-9-]+\.)+[a-z]{2,}\b(?:/[^\s<>\"']*[\w/])?)"
)
_PHONE = r"(?P<phone>(?<![\w$€£,.-])\+?\(?\d(?:[\s()./-]{0,2}\d){6,}(?![\w,%]))"
_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")
_WORD = re.compile(r"@?[^\W_]+(?:['’][^\W_]+)*")
_QUANTITY = re.compile(r"\d{1,6}(?:st|nd|rd|th|am|pm|h|k|m|d|w|x)?", re.IGNORECASE)
_OPENERS = frozenset(".!?:\n\"'“”‘’(-–—•*")
_CALENDAR = frozenset(
    f"{name.lower()}{ending}"
    for names in (calendar.month_name, calendar.day_name)
    for name in names
    for ending in ("", "s")
    if name
)
_ALSO_NAMES = frozenset(
    "mark will may hope grant rose max ray stone bill frank jack rob sue pat art drew dean guy joy "
    "dawn miles chase hunter faith penny crystal amber ivy lily daisy olive wade cliff clay reed "
    "rich chuck nick gene carol christian victor don dale glen lance grace june april august sky "
    "summer autumn brook dick earl harry jay kit lane lee page paris price read sandy wood".split()
)
"""Words that are first or last names too: with a capital nobody can tell."""
_OPEN_QUESTIONS = frozenset({"will", "may", "read", "page", "price", "summer", "autumn"})
"""Those of them that begin a sentence in their plain meaning."""


class Redactor:
    """Replaces the same original by the same placeholder, for one case.

    `names` are businesses and people that are not the demo's, as (kind, text); `kept` are words
    that a person has said name nobody. Words that could be names are gathered in `unsure`.
    """

    def __init__(self, names: Iterable[tuple[str, str]] = (), kept: Iterable[str] = ()) -> None:
        self.unsure: dict[str, None] = {}
        self._kinds = {" ".join(text.split()).casefold(): kind for kind, text in names}
        self._kept = {word.casefold() for word in kept}
        self._placeholders: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        longest_first = sorted(self._kinds, key=len, reverse=True)
        named = "|".join(r"\s+".join(map(re.escape, name.split())) for name in longest_first)
        name = rf"|(?P<name>(?<!\w)(?:{named})(?!\w))" if named else ""
        self._pattern = re.compile(f"{_CONTACTS}{name}|{_PHONE}", re.IGNORECASE)

    def redact(self, text: str) -> str:
        """The text with placeholders. What could be a name is noted in `unsure`."""
        self._look_for_names(self._pattern.sub(" ", text))
        return self.replace(text)

    def replace(self, text: str) -> str:
        """The text with placeholders, its other words unquestioned."""
        return self._pattern.sub(self._placeholder, text)

    def refuse_names(self, text: str) -> None:
        """Raises Invalid when the text names a business or a person that is not the demo's."""
        for match in self._pattern.finditer(text):
            if match.lastgroup == "name":
                raise Invalid(
                    f"The answer rests on “{match[0]}”, which is not in the demo; a golden case is "
                    "put to the demo and could not pass."
                )

    def check(self) -> None:
        """Raises Invalid when a word was found that could be a name, with all of them."""
        if self.unsure:
            words = ", ".join(self.unsure)
            raise Invalid(
                f"These could name somebody and cannot be redacted with certainty: {words}. If they "
                "do not, say so with --keep WORD; if they do, write the case by hand."
            )

    def _placeholder(self, match: re.Match[str]) -> str:
        kind, said = str(match.lastgroup), match[0]
        if kind == "phone" and _DATE.fullmatch(said):
            return said
        key = " ".join(said.split()).casefold()
        if kind == "name":
            kind = self._kinds[key]
        if key not in self._placeholders:
            number = self._counts[kind] = self._counts.get(kind, 0) + 1
            self._placeholders[key] = _made_up(kind, number)
        return self._placeholders[key]

    def _look_for_names(self, text: str) -> None:
        for match in _WORD.finditer(text):
            before = text[: match.start()].rstrip(" ")
            if not self._is_plain(match[0], opens=not before or before[-1] in _OPENERS):
                self.unsure[match[0]] = None

    def _is_plain(self, word: str, *, opens: bool) -> bool:
        """Whether a word, as it is written here, can name nobody but the demo's own."""
        bare = re.sub(r"'s$", "", word.replace("’", "'"))
        low = bare.lower()
        if low in self._kept or low in demo_names() or bare in ACRONYMS or low in _CALENDAR:
            return True
        if bare[0].isdigit():
            return _QUANTITY.fullmatch(bare) is not None
        capital = bare[0].isupper()
        if capital and low in _ALSO_NAMES and not (opens and low in _OPEN_QUESTIONS):
            return False
        shouted = len(bare) > 1 and bare.isupper()
        if capital and not opens and not shouted and not low.startswith("i'"):
            return False
        return is_ordinary(low) or low in public_words()


def _made_up(kind: str, number: int) -> str:
    """A placeholder that reads like what it stands for, at addresses that are nobody's."""
    letter = chr(ord("A") + (number - 1) % 26)
    return {
        "email": f"person{number}@example.com",
        "link": f"https://example.com/{number}",
        "phone": f"+1-555-01{number % 100:02}",
        "business": f"Business {letter}",
        "person": f"Person {letter}",
    }[kind]


@lru_cache(maxsize=1)
def public_words() -> frozenset[str]:
    """The words that the repository writes small: in its golden files, its demo, its tools and
    what it says itself."""
    files = [
        *ROOT.glob("golden/*.jsonl"),
        *ROOT.glob("tools/**/*.py"),
        *ROOT.glob("memory/demo/*.py"),
        *ROOT.glob("agent/models/*.py"),
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    return frozenset(word for word in _WORD.findall(text) if word == word.lower())


@lru_cache(maxsize=1)
def demo_names() -> frozenset[str]:
    """The words that the demo's leads, people, integrations and experiments are called by."""
    names = [text for lead in LEADS for text in (lead.id, lead.title, lead.contact)]
    names += [item.name for item in EXPERIMENTS]
    names += [row["label"] for row in integrations(FROZEN)]
    return frozenset(word.lower() for name in names for word in _WORD.findall(name))
