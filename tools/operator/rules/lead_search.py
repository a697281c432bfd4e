"""Which lead a person means: by id, name, contact, or nearly so.

Matches come in tiers, and a better tier hides the worse ones: the exact id or name; every word
of the query in the name; every word with a typo; words with the same beginning.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

FILLER = frozenset(
    (
        *("the", "a", "an", "of", "for", "with", "at", "from", "my", "our", "that", "this"),
        *("lead", "leads", "client", "deal", "project", "proposal", "account", "guys", "people"),
    )
)
TYPO = 0.8
SHORTEST_BEGINNING = 4


@dataclass(frozen=True)
class LeadName:
    """What a lead can be found by."""

    id: str
    title: str
    contact_name: str | None = None
    contact_email: str | None = None


def search(query: str, leads: Sequence[LeadName]) -> list[LeadName]:
    """The leads of the best tier that has any, the closest first, then in the order given."""
    return _best(query, leads, (_exact, _words, _typos, _beginnings))


def meant(query: str, leads: Sequence[LeadName]) -> list[LeadName]:
    """The leads that `query` can mean: one is an answer, several are a question back. A mere
    similarity of words is no answer."""
    return _best(query, leads, (_exact, _words, _typos))


Tier = Callable[[str, LeadName], float]


def _best(query: str, leads: Sequence[LeadName], tiers: Sequence[Tier]) -> list[LeadName]:
    for tier in tiers:
        scored = [(tier(query, lead), lead) for lead in leads]
        found = [row for row in scored if row[0] > 0]
        if found:
            return [lead for _, lead in sorted(found, key=lambda row: -row[0])]
    return []


def _exact(query: str, lead: LeadName) -> float:
    wanted = _plain(query)
    names = (lead.id, lead.title, lead.contact_name, lead.contact_email)
    return float(any(_plain(name) == wanted for name in names if name))


def _words(query: str, lead: LeadName) -> float:
    def close(wanted: str, word: str) -> float:
        return 1.0 if wanted == word else 0.9 if len(wanted) > 2 and word.startswith(wanted) else 0

    return _every_word(query, lead, close)


def _typos(query: str, lead: LeadName) -> float:
    return _every_word(query, lead, _likeness)


@lru_cache(maxsize=10_000)
def _likeness(wanted: str, word: str) -> float:
    """How alike two words are, 0 unless one can be a typo of the other."""
    if len(wanted) < 4 or abs(len(wanted) - len(word)) > 2:
        return float(wanted == word)
    matcher = SequenceMatcher(None, wanted, word)
    if matcher.quick_ratio() < TYPO:
        return 0
    ratio = matcher.ratio()
    return ratio if ratio >= TYPO else 0


def _beginnings(query: str, lead: LeadName) -> float:
    def close(wanted: str, word: str) -> float:
        same = 0
        while same < min(len(wanted), len(word)) and wanted[same] == word[same]:
            same += 1
        return same / len(wanted) if same >= SHORTEST_BEGINNING else 0

    return _every_word(query, lead, close)


def _every_word(query: str, lead: LeadName, close: Callable[[str, str], float]) -> float:
    """The mean closeness when every word of the query is close to one of the lead's, else 0."""
    wanted = _query_words(query)
    own = _split(" ".join(filter(None, (lead.title, lead.contact_name, lead.contact_email))))
    if not wanted or not own:
        return 0
    scores = [max(close(word, name) for name in own) for word in wanted]
    return sum(scores) / len(scores) if min(scores) > 0 else 0


def _query_words(query: str) -> list[str]:
    words = _split(query)
    return [word for word in words if word not in FILLER] or words


def _split(text: str) -> list[str]:
    return re.findall(r"\w+", re.sub(r"['’]s\b", "", _plain(text)))


def _plain(text: str) -> str:
    """Without case, accents and outer space."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in letters if not unicodedata.combining(char)).strip()
