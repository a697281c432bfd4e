"""Atoms that must stand word for word: names, quotations, ids, addresses, times of day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from agent.receipts.english import ACRONYMS, is_ordinary
from agent.receipts.evidence import FactReading
from agent.receipts.lexicon import is_ledger_word
from agent.receipts.numerals import MONTHS, WEEKDAYS
from agent.receipts.parts import Atom, Reading
from agent.receipts.text import judged, words_of
from agent.receipts.tokens import Token

_OPENERS = frozenset({":", "(", "[", "—", "–", "-", "•", "|", ";", "/", ">"})
_QUOTES = "\"'“”‘’«»"
_CONNECTORS = frozenset({"of", "the", "and", "&", "de", "la", "van", "von"})


class Sources:
    """The texts beside the facts in which a name or quotation may stand: the user's, the names of
    the ledgers."""

    def __init__(self, user_text: str, names: Iterable[str]) -> None:
        self.user = user_text
        self._names = names

    @cached_property
    def _flat_user(self) -> str:
        return _flat(self.user)

    @cached_property
    def _flat_names(self) -> list[str]:
        return [_flat(name) for name in self._names]

    def user_said(self, text: str) -> bool:
        """Whether the user's own words hold `text`."""
        wanted = _flat(text)
        return bool(wanted) and _holds(self._flat_user, wanted)

    def is_known_name(self, text: str) -> bool:
        """Whether `text` stands in a name of the ledgers."""
        wanted = _flat(text)
        return any(_holds(name, wanted) for name in self._flat_names)


def facts_with(text: str, facts: Iterable[FactReading]) -> list[FactReading]:
    """The facts that hold `text` word for word, whatever its case."""
    wanted = _flat(text)
    return [fact for fact in facts if wanted and _holds(fact.haystack, wanted)]


def _flat(text: str) -> str:
    return " ".join(words_of(text))


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


def _inside(text: str) -> str:
    return " ".join(judged(text).translate(_STRAIGHT).split())


def _verbatim(text: str) -> str:
    return _inside(text).rstrip(".,;:!?… ").strip()


_STRAIGHT = str.maketrans("“”‘’«»", '""\'\'""')


def _verbatim_in(wanted: str, text: str) -> bool:
    inside = _inside(text)
    if wanted[:1].isupper() and wanted[1:2].islower():
        lowered = wanted[0].lower() + wanted[1:]
        return _holds(inside, wanted) or _holds(inside, lowered)
    return _holds(inside, wanted) or _holds(inside, wanted[:1].upper() + wanted[1:])


def strange_names(reading: Reading) -> list[str]:
    """Capitalised words and runs of them that are neither ordinary words nor mentions found in
    the ledgers' names; a mention with a capitalised word stuck to it counts as one too."""
    tokens = reading.tokens
    taken = {i for mention in reading.mentions for i in range(mention.start, mention.end)}
    taken |= reading.counted
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
