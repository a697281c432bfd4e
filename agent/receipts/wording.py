"""Atoms that must stand word for word: names, quotations, ids, addresses, times of day."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from agent.receipts.english import ACRONYMS, is_ordinary, stem
from agent.receipts.evidence import FactReading
from agent.receipts.lexicon import is_ledger_word
from agent.receipts.numerals import MONTHS, WEEKDAYS
from agent.receipts.parts import Atom, Reading
from agent.receipts.text import judged
from agent.receipts.tokens import Token

_OPENERS = frozenset({":", "(", "[", "—", "–", "-", "•", "|", ";", "/", ">"})
_QUOTES = "\"'“”‘’«»"
_CONNECTORS = frozenset({"of", "the", "and", "&", "de", "la", "van", "von"})


class Sources:
    """The texts in which a name or quotation may stand: of the cited facts, of the user."""

    def __init__(
        self, facts: Iterable[FactReading], user_text: str, names: Iterable[str] = ()
    ) -> None:
        self.facts = list(facts)
        self.user = user_text
        self._names = list(names)

    def facts_with(self, text: str) -> list[FactReading]:
        """The facts that hold `text` word for word, whatever its case."""
        wanted = _flat(text)
        return [fact for fact in self.facts if wanted and _holds(fact.haystack, wanted)]

    def user_said(self, text: str) -> bool:
        """Whether the user's own words hold `text`."""
        wanted = _flat(text)
        return bool(wanted) and _holds(_flat(self.user), wanted)

    def is_known_name(self, text: str) -> bool:
        """Whether `text` stands in a name of the ledgers."""
        wanted = _flat(text)
        return any(_holds(_flat(name), wanted) for name in self._names)


def _flat(text: str) -> str:
    kept = (c if c.isalnum() or c in "@._-/:'" else " " for c in judged(text).lower())
    return " ".join("".join(kept).split()).strip("._-/:' ")


def _holds(haystack: str, wanted: str) -> bool:
    at = haystack.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        before = haystack[at - 1] if at else " "
        after = haystack[end] if end < len(haystack) else " "
        if not before.isalnum() and not after.isalnum():
            return True
        at = haystack.find(wanted, at + 1)
    return False


def quoted(atom: Atom) -> str:
    """What stands between the quotation marks."""
    return atom.text.strip(_QUOTES + " ")


def quotation_holds(atom: Atom, facts: Sequence[FactReading]) -> list[FactReading]:
    """The facts in which a quotation stands verbatim: same words, same letters, any spacing."""
    wanted = _verbatim(quoted(atom))
    if not wanted:
        return []
    return [fact for fact in facts if any(_verbatim_in(wanted, text) for text in _own_texts(fact))]


def user_quoted(atom: Atom, user_text: str) -> bool:
    """Whether a quotation stands verbatim in the user's message."""
    wanted = _verbatim(quoted(atom))
    return bool(wanted) and _verbatim_in(wanted, user_text)


def _own_texts(fact: FactReading) -> list[str]:
    texts = [fact.fact.statement, fact.fact.subject, fact.fact.label, *fact.fact.aliases]
    if isinstance(fact.fact.value, str):
        texts.append(fact.fact.value)
    return texts


def _verbatim(text: str) -> str:
    flat = " ".join(judged(text).translate(_STRAIGHT).split())
    return flat.rstrip(".,;:!?… ").strip()


_STRAIGHT = str.maketrans("“”‘’«»", '""\'\'""')


def _verbatim_in(wanted: str, text: str) -> bool:
    inside = " ".join(judged(text).translate(_STRAIGHT).split())
    if wanted[:1].isupper() and wanted[1:2].islower():
        lowered = wanted[0].lower() + wanted[1:]
        return _holds(inside, wanted) or _holds(inside, lowered)
    return _holds(inside, wanted) or _holds(inside, wanted[:1].upper() + wanted[1:])


def told_again(reading: Reading, facts: Sequence[FactReading]) -> frozenset[int]:
    """The tokens that repeat what a fact holds in somebody's own words, as in "you learned that you
    send …" for "I send …": runs of at least five words, whatever the person."""
    found: set[int] = set()
    for fact in facts:
        for text in _own_words(fact):
            words = [_of_any_person(token.low) for token in reading.tokens]
            own = [_of_any_person(word) for word in _flat(text).split()]
            runs = {tuple(own[at : at + _RETOLD]) for at in range(len(own) - _RETOLD + 1)}
            for at in range(len(words) - _RETOLD + 1):
                if tuple(words[at : at + _RETOLD]) in runs:
                    found.update(range(at, at + _RETOLD))
    return frozenset(found)


def numbers_told_again(reading: Reading, facts: Sequence[FactReading]) -> frozenset[int]:
    """The numbers that count what they count in somebody's own words too: "eleven colleagues" where
    a fact quotes "Ran a workshop for eleven colleagues"."""
    found: set[int] = set()
    for fact in facts:
        own = [stem(word) for text in _own_words(fact) for word in _flat(text).split()]
        pairs = set(pairwise(own))
        for atom in reading.atoms:
            keys = frozenset().union(*atom.subjects)
            if atom.kind != "quantity" or (atom.strong and not fact.is_about(keys)):
                continue
            after = [stem(token.low) for token in reading.tokens[atom.end : atom.end + 3]]
            after = after[2:] if after[:2] in (["of", "them"], ["of", "those"]) else after
            spelled = stem(reading.tokens[atom.end - 1].low)
            single = atom.end - atom.start == 1 and atom.high is None
            if single and after and (spelled, after[0]) in pairs:
                found.add(atom.start)
    return frozenset(found)


def _own_words(fact: FactReading) -> list[str]:
    return [] if fact.planned else _free_texts(fact)


def altered(reading: Reading, facts: Sequence[FactReading]) -> list[str]:
    """Complaints about somebody's own words that are given again with a word changed, left out or
    put in, so that they may say something else."""
    for fact in facts:
        for text in _free_texts(fact):
            if _is_altered(reading, text, fact):
                return [f'it changes what the record holds word for word ("{text}")']
    return []


def _is_altered(reading: Reading, text: str, fact: FactReading) -> bool:
    put_in = _HARMLESS | {_of_any_person(word) for word in _flat(fact.fact.subject).split()}
    own = [_of_any_person(word) for word in _flat(text).split()]
    words = [_of_any_person(t.low) for t in reading.tokens if t.kind not in ("mark", "quote")]
    blocks = SequenceMatcher(None, own, words, autojunk=False).get_matching_blocks()
    blocks = [block for block in blocks if block.size]
    if sum(block.size for block in blocks) < len(own) * _NEARLY:
        return False
    return any(
        {*own[one.a + one.size : two.a]} - _HARMLESS or {*words[one.b + one.size : two.b]} - put_in
        for one, two in pairwise(blocks)
    )


def _free_texts(fact: FactReading) -> list[str]:
    """Somebody's own words in a fact: its value, or what its statement quotes, of five words or
    more; not a value that is the whole statement, which code wrote."""
    texts = _IN_QUOTES.findall(fact.text)
    if isinstance(fact.fact.value, str) and _flat(fact.fact.value) != _flat(fact.text):
        texts.append(fact.fact.value)
    texts = [text for text in dict.fromkeys(texts) if text != fact.fact.subject]
    return [text for text in texts if text.count(" ") >= _RETOLD - 1]


_IN_QUOTES = re.compile(r'"([^"]+)"')
_NEARLY = 0.6
_HARMLESS = frozenset("a an the that and will would can could is are was were am be been has have had do "
                      "does did you your it this said told and of them those for".split())  # fmt: skip
_RETOLD = 5
_PERSONS = {"i": "you", "me": "you", "my": "your", "mine": "yours", "we": "you", "us": "you",
            "our": "your", "i'm": "you're", "i've": "you've", "myself": "yourself"}  # fmt: skip


def _of_any_person(word: str) -> str:
    return stem(_PERSONS.get(word, word))


def strange_names(reading: Reading) -> list[str]:
    """Capitalised words and runs of them that are neither ordinary words nor mentions found in
    the ledgers' names; a mention with a capitalised word stuck to it counts as one too."""
    tokens = reading.tokens
    taken = {i for mention in reading.mentions for i in range(mention.start, mention.end)}
    taken |= {i for atom in reading.atoms for i in range(atom.start, atom.end)}
    found: list[str] = []
    at = 0
    while at < len(tokens):
        if at in taken or not _may_be_name(tokens, at):
            at += 1
            continue
        end = at + 1
        while end < len(tokens) and end not in taken and tokens[end].capital:
            end += 1
        run = tokens[at:end]
        if _is_strange(tokens, at, run) or _sticks_to_mention(reading, at, end):
            if len(run) > 1 and _opens(tokens, at) and _ordinary(run[0]):
                run = run[1:]
            found.append(" ".join(token.text for token in run))
        at = end
    return found


def _may_be_name(tokens: Sequence[Token], at: int) -> bool:
    token = tokens[at]
    return token.capital and token.text not in ACRONYMS


def _is_strange(tokens: Sequence[Token], at: int, run: Sequence[Token]) -> bool:
    if all(_ordinary(token) for token in run):
        return False
    if len(run) == 1 and _opens(tokens, at):
        return not _looks_like_word(tokens, at)
    return True


def _ordinary(token: Token) -> bool:
    if token.text in ACRONYMS:
        return True
    if token.low in MONTHS or token.low in WEEKDAYS:
        return True
    if len(token.text) > 1 and token.text.isupper() and not is_ledger_word(token.low):
        return is_ordinary(token.low)
    parts = token.low.split("-")
    return all(is_ordinary(part) or is_ledger_word(part) for part in parts if part)


def _opens(tokens: Sequence[Token], at: int) -> bool:
    return at == 0 or tokens[at - 1].text in _OPENERS or tokens[at - 1].kind == "quote"


def _looks_like_word(tokens: Sequence[Token], at: int) -> bool:
    """Whether an unknown word that opens a sentence has the ending of an ordinary one."""
    low = tokens[at].low
    if len(low) > 4 and low.endswith(("ly", "tion", "tions", "ness", "ment", "ments", "ity")):
        return True
    following = tokens[at + 1].low if at + 1 < len(tokens) else ""
    return low.endswith("ing") and len(low) > 5 and following not in _FINITE


_FINITE = frozenset({"is", "was", "has", "had", "will", "'s", "did", "does"})


def _sticks_to_mention(reading: Reading, start: int, end: int) -> bool:
    """Whether a capitalised run stands right beside a mention: "Cedar Realty"."""
    tokens = reading.tokens
    for mention in reading.mentions:
        if (
            mention.end == start
            and tokens[start - 1].text != "'"
            and tokens[mention.end - 1].kind == "word"
        ):
            return not tokens[mention.end - 1].text.endswith(("'s", "s'"))
        if mention.start == end and start > 0 and tokens[end - 1].low not in _CONNECTORS:
            return not _ordinary(tokens[end - 1])
    return False
