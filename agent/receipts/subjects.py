"""The names in the ledgers, and where a sentence mentions them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent.receipts.english import ACRONYMS, is_ordinary
from agent.receipts.lexicon import is_ledger_word
from agent.receipts.text import judged
from agent.receipts.tokens import Token, tokenize
from tools.findings import Fact

_ENTITY_LEDGERS = frozenset({
    "lead", "experiments", "learnings", "evidence", "results_ledger", "build_tasks", "agent_jobs",
    "templates", "packages", "offers", "expectations", "learning", "playbook", "jobs",
    "reusable_assets", "obstacles",
})  # fmt: skip
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


@dataclass(slots=True)
class _Variant:
    words: tuple[str, ...]
    key: str
    capital: bool


class Names:
    """Every way the subjects of facts and the ledgers' own names may be written."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._variants: dict[str, list[_Variant]] = {}
        self._whole: dict[str, set[str]] = {}
        self._own = {judged(name).strip().lower(): name for name in names}
        self.named: dict[str, bool] = {}
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
            return
        for text in dict.fromkeys((subject, *aliases)):
            plain = judged(text).strip()
            tokens = name_tokens(plain)
            self._whole.setdefault(plain.lower(), set()).add(subject)
            for size in _sizes(tokens) if text == subject else [len(tokens)]:
                self._register(tokens[:size], subject)

    def _register(self, tokens: Sequence[Token], key: str) -> None:
        if not tokens:
            return
        words = tuple(token.low for token in tokens)
        capital = len(words) == 1 and tokens[0].capital
        listed = self._variants.setdefault(words[0], [])
        if not any(variant.words == words and variant.key == key for variant in listed):
            listed.append(_Variant(words, key, capital))

    def _is_named(self, fact: Fact) -> bool:
        if fact.subject.lower() in self._own or any(_ID.match(alias) for alias in fact.aliases):
            return True
        words = [token for token in name_tokens(judged(fact.subject)) if token.kind == "word"]
        if not words or words[0].low in _GENERAL_FIRST:
            return False
        if any(word.capital and not _plain(word) for word in words):
            return True
        return fact.ledger in _ENTITY_LEDGERS and len(words) > 1 and words[0].capital


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


def _spans(tokens: Sequence[Token], at: int, variant: _Variant) -> int:
    """The token after `variant` when it stands at `at`, else 0."""
    if variant.capital and not tokens[at].capital:
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
