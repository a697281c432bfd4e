"""The names in the ledgers, and where a sentence mentions them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from agent.receipts.english import ACRONYMS, is_ordinary, is_past
from agent.receipts.lexicon import is_ledger_word
from agent.receipts.numerals import HOURS, NUMBER_WORDS
from agent.receipts.text import judged
from agent.receipts.tokens import Token, tokenize
from tools.findings import Fact

_ENTITY_LEDGERS = frozenset({
    "lead", "experiments", "learnings", "evidence", "results_ledger", "build_tasks", "agent_jobs",
    "templates", "packages", "offers", "expectations", "learning", "playbook", "jobs",
    "reusable_assets", "obstacles", "ops_health",
})  # fmt: skip
_KEPT = 4096
_GENERAL_FIRST = frozenset("you your the all this our my a an total number overall each".split())
_ID = re.compile(r"[A-Za-z]+[-_]?\d+$")
_OBLIQUE = frozenset({"than", "unlike", "versus", "vs", "against", "besides", "except", "behind",
                      "excluding", "beyond"})  # fmt: skip
_OBLIQUE_PAIRS = frozenset({("compared", "with"), ("compared", "to"), ("rather", "than"),
                            ("apart", "from"), ("aside", "from"), ("instead", "of"),
                            ("other", "than"), ("next", "to"), ("relative", "to"),
                            ("ahead", "of"), ("not", "for"), ("not", "from")})  # fmt: skip
_BEFORE_NAME = frozenset({"the", "a", "an", "both", "your", "our", "its", "their", "'"})
JOINERS = frozenset(
    {",", "and", "&", "/", "or", "nor", "plus", "both", "as", "well", "the", "'", "then"}
)


@dataclass(slots=True)
class Mention:
    """A name at tokens `[start, end)`; `keys` are the subjects it may mean. An `oblique` one is
    only what something is compared with. Joined names share a `group`."""

    start: int
    end: int
    keys: frozenset[str]
    oblique: bool = False
    group: int = 0


@dataclass(frozen=True, slots=True)
class _Variant:
    words: tuple[str, ...]
    key: str
    capital: bool
    definite: bool = False


class Names:
    """Every way the subjects of facts and the ledgers' own names may be written."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._variants: dict[str, list[_Variant]] = {}
        self._whole: dict[str, set[str]] = {}
        self._own = {judged(name).strip().lower(): name for name in names}
        self.named: dict[str, bool] = {}
        self.heads: set[str] = set()
        self._topics: dict[str, str] = {}
        self._seen: set[tuple[str, tuple[str, ...]]] = set()
        for name in names:
            self._add(name, (), named=True)

    def add(self, facts: Sequence[Fact]) -> None:
        """Take in the subjects and aliases of facts."""
        for fact in facts:
            key = (fact.subject, fact.aliases)
            if key in self._seen:
                continue
            self._seen.add(key)
            named = self.named.get(fact.subject, False) or self._is_named(fact)
            self._add(fact.subject, fact.aliases, named)

    def is_named(self, key: str) -> bool:
        """Whether a subject is a thing with a name of its own, as a lead or an experiment."""
        return self.named.get(key, False)

    def may_begin(self, word: str) -> bool:
        """Whether a lower-case word begins a known name."""
        return word in self._variants

    def topics_in(self, text: str) -> frozenset[str]:
        """The subjects without a name of their own ("Build execution") that a text speaks of."""
        low = text.lower()
        return frozenset(key for topic, key in self._topics.items() if topic in low)

    def find(self, tokens: Sequence[Token]) -> list[Mention]:
        """The names in a token list, longest first at each place, joined names in one group."""
        found: list[Mention] = []
        at, size = 0, len(tokens)
        while at < size:
            token = tokens[at]
            mention = None
            if token.kind == "quote":
                keys = self._whole.get(token.low.strip("\"'“”‘’«» .,"))
                mention = Mention(at, at + 1, frozenset(keys)) if keys else None
            elif token.low in self._variants:
                mention = self._match(tokens, at)
            if mention is None:
                at += 1
                continue
            mention.oblique = _is_oblique(tokens, at)
            found.append(mention)
            at = mention.end
        _join(tokens, found)
        return found

    def _match(self, tokens: Sequence[Token], at: int) -> Mention | None:
        best, keys = 0, set()
        for variant in self._variants[tokens[at].low]:
            end = _spans(tokens, at, variant)
            if end > best:
                best, keys = end, {variant.key}
            elif end == best and end:
                keys.add(variant.key)
        return Mention(at, best, frozenset(keys)) if best else None

    def _add(self, subject: str, aliases: Sequence[str], named: bool) -> None:
        self.named[subject] = named
        if not named:
            if subject[:1].isupper() and " " in subject:
                self._topics[subject.lower()] = subject
            return
        self.heads.update(_heads(subject))
        for whole in _wholes(subject, tuple(aliases)):
            self._whole.setdefault(whole, set()).add(subject)
        for variant in _variants_of(subject, tuple(aliases)):
            listed = self._variants.setdefault(variant.words[0], [])
            if variant not in listed:
                listed.append(variant)

    def _is_named(self, fact: Fact) -> bool:
        if fact.subject.lower() in self._own or any(_ID.match(alias) for alias in fact.aliases):
            return True
        return _is_proper(fact.subject, fact.ledger)


@lru_cache(maxsize=_KEPT)
def _wholes(subject: str, aliases: tuple[str, ...]) -> tuple[str, ...]:
    """The names of a subject in full, in lower case."""
    return tuple(judged(text).strip().lower() for text in (subject, *aliases))


@lru_cache(maxsize=_KEPT)
def _variants_of(subject: str, aliases: tuple[str, ...]) -> tuple[_Variant, ...]:
    """The ways to write a subject; the same in every run, and so kept."""
    found: list[_Variant] = []
    for text in dict.fromkeys((subject, *aliases)):
        tokens = name_tokens(judged(text).strip())
        sizes = _sizes(tokens) if text == subject else [len(tokens)]
        for size, definite in [*((size, False) for size in sizes), (_head(tokens), True)]:
            words = tuple(token.low for token in tokens[:size])
            if words:
                capital = len(words) == 1 and tokens[0].capital
                found.append(_Variant(words, subject, capital, definite))
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=_KEPT)
def _is_proper(subject: str, ledger: str) -> bool:
    """Whether a subject is written as a name, or as things of this ledger are named."""
    words = [token for token in name_tokens(judged(subject)) if token.kind == "word"]
    if not words or words[0].low in _GENERAL_FIRST:
        return False
    if any(word.capital and not _plain(word) for word in words):
        return True
    single = len(words) == 1 and ledger != "ops_health"
    return ledger in _ENTITY_LEDGERS and not single and words[0].capital


def name_tokens(text: str) -> list[Token]:
    """The tokens of a name; quick where it is made of plain words."""
    words = text.split()
    if all(word.isalpha() for word in words):
        return [Token(word, "word", 0) for word in words]
    return tokenize(text)


def _plain(word: Token) -> bool:
    return word.text in ACRONYMS or is_ordinary(word.low) or is_ledger_word(word.low)


def _sizes(tokens: Sequence[Token]) -> list[int]:
    """How many first words of a subject stand for it: "Cedar Contractors quotes", "Cedar
    Contractors", "Cedar"; only the whole where the words are not a proper name."""
    sizes = [len(tokens)]
    proper = len(tokens) > 1 and tokens[1].capital
    for size in range(len(tokens) - 1, 1, -1):
        if all(token.capital for token in tokens[:2]):
            sizes.append(size)
    first = tokens[0] if tokens else None
    if first is not None and first.capital and len(first.low) > 2 and (proper or not _plain(first)):
        sizes.append(1)
    return sizes


def _head(tokens: Sequence[Token]) -> int:
    """How many words stand before the first preposition of a name, so that "the evening class" may
    stand for "Evening class in data analysis"; 0 where that is no plain noun of several words."""
    lows = [token.low for token in tokens]
    size = next((at for at, low in enumerate(lows) if low in _PREPOSITIONS), 0)
    return size if size > 1 and NUMBER_WORDS.isdisjoint(lows[:size]) else 0


@lru_cache(maxsize=_KEPT)
def _heads(subject: str) -> tuple[str, ...]:
    """The word that says what kind of thing a name is: "class" in "Evening class in data analysis"."""
    words = [token.low for token in name_tokens(judged(subject)) if token.kind == "word"]
    size = next((at for at, word in enumerate(words) if at and word in _PREPOSITIONS), len(words))
    head = words[size - 1] if size > 1 else ""
    return () if not head or head in HOURS else (head,)


def _is_definite(tokens: Sequence[Token], start: int, end: int) -> bool:
    """Whether words stand for one certain thing: "the evening class", "Coffee chats started"."""
    if start:
        return tokens[start - 1].low in _DEFINITE
    return end < len(tokens) and (is_past(tokens[end].low) or tokens[end].low in ("was", "were"))


_DEFINITE = frozenset({"the", "your", "this", "that"})
_PREPOSITIONS = frozenset("in with for of on at about from by to into over".split())


def _spans(tokens: Sequence[Token], at: int, variant: _Variant) -> int:
    """The token after `variant` when it stands at `at`, else 0."""
    if variant.capital and not tokens[at].capital:
        return 0
    if variant.definite and not _is_definite(tokens, at, at + len(variant.words)):
        return 0
    here = at
    for word in variant.words:
        if here < len(tokens) and tokens[here].text == "'" and here > at:
            here += 1
        if here >= len(tokens) or tokens[here].low != word:
            return 0
        here += 1
    return here


def _is_oblique(tokens: Sequence[Token], at: int) -> bool:
    before = at - 1
    while before >= 0 and tokens[before].low in _BEFORE_NAME:
        before -= 1
    if before < 0:
        return False
    if tokens[before].low in _OBLIQUE:
        return True
    return before > 0 and (tokens[before - 1].low, tokens[before].low) in _OBLIQUE_PAIRS


def _join(tokens: Sequence[Token], found: list[Mention]) -> None:
    for number, mention in enumerate(found):
        mention.group = number
        if number:
            last = found[number - 1]
            between = tokens[last.end : mention.start]
            if (
                not between
                or len(between) > 4
                or any(token.low not in JOINERS for token in between)
            ):
                continue
            if last.oblique and all(token.text == "," for token in between):
                continue
            mention.group = last.group
            mention.oblique = last.oblique
