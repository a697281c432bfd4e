"""Checking words that claim a number without giving one: all, both, each, most, several, twice."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from agent.receipts.evidence import FactReading
from agent.receipts.lexicon import tier_of
from agent.receipts.numerals import HOURS, SMALL
from agent.receipts.parts import Atom, Reading

_ALL = frozenset(
    {"all", "every", "everything", "everyone", "everybody", "always", "each", "entirely"}
)
_MANY = {"several": 3, "many": 5, "numerous": 5, "countless": 10, "multiple": 2, "various": 2}
_MOST = frozenset({"most", "majority", "mostly"})
_IDIOM_BEFORE = frozenset(
    {"at", "in", "after", "above", "for", "of", "that's", "that", "first", "once"}
)
_QUANTIFIERS = _ALL | _MOST | _MANY.keys() | {"only", "altogether", "total", "both"}
_WHOLE = frozenset({"all", "every", "each", "both", "everything", "always", "none", "no"})


def quantifies(reading: Reading) -> bool:
    """Whether a sentence holds a word that may claim a number."""
    return not _QUANTIFIERS.isdisjoint(reading.words)


def check_quantifiers(reading: Reading, pool: Sequence[FactReading]) -> list[str]:
    """Reasons why words such as "all" or "most" are not borne out; [] when they are."""
    if not quantifies(reading):
        return []
    reasons = []
    tokens = reading.tokens
    for index, token in enumerate(tokens):
        if token.kind != "word" or index in reading.counted:
            continue
        low = token.low
        before = tokens[index - 1].low if index else ""
        after = tokens[index + 1].low if index + 1 < len(tokens) else ""
        if low == "every" and (
            after in SMALL or after in HOURS or after == "other" or after.isdigit()
        ):
            continue
        if low == "all" and after == "but":
            holds = False
        elif low == "only" and before in ("the", "your") and after not in _NOT_COUNTED:
            holds = any("only" in fact.words for fact in pool) or _one_of_a_kind(pool)
        elif low == "altogether" or (low == "total" and before == "in"):
            holds = not all(_AVERAGE & fact.words for fact in pool) or bool(
                _AVERAGE & reading.words
            )
        elif low in _ALL and not (
            low == "all" and (before in _IDIOM_BEFORE or after in ("told", "right", "set"))
        ):
            holds = _all_hold(reading, pool, index)
        elif low == "both":
            holds = after == "of" or _subjects(reading, pool) >= 2 or _two_cited(reading, pool)
        elif low in _MOST and not (low == "most" and _is_superlative(after)):
            holds = _over_half(pool)
        elif low in _MANY and not (low == "many" and before in ("how", "so", "as", "too")):
            holds = _at_least(pool, _MANY[low])
        else:
            continue
        if not holds:
            reasons.append(f'no cited fact bears out "{token.text}"')
    return reasons


def _one_of_a_kind(pool: Sequence[FactReading]) -> bool:
    return any(
        one.atom.quantity is not None
        and one.atom.quantity.dimension == "plain"
        and one.atom.quantity.value == 1
        for fact in pool
        for one in fact.evidence
    )


_AVERAGE = frozenset({"average", "averages", "averaged", "averaging", "mean", "median"})
_NOT_COUNTED = frozenset({*SMALL, "thing", "things"})


def _all_hold(reading: Reading, pool: Sequence[FactReading], index: int) -> bool:
    if reading.tokens[index].low == "all" and any(
        0 < atom.start - index <= 2 and atom.quantity is not None and atom.sample
        for atom in reading.atoms
    ):
        return True
    if any(atom.end <= index and _counts(atom) for atom in reading.atoms):
        return True
    if any(fact.words & _WHOLE for fact in pool) or _subjects(reading, pool) >= 2:
        return _complete(reading, pool, index)
    return any(_is_whole(fact) for fact in pool)


def _counts(atom: Atom) -> bool:
    quantity = atom.quantity
    return quantity is not None and quantity.dimension == "plain" and quantity.value > 1


def _complete(reading: Reading, pool: Sequence[FactReading], index: int) -> bool:
    """ "All" of named things is only as complete as the list: a count beside it must say how many,
    or a fact must say all itself."""
    if any(fact.words & _WHOLE for fact in pool) or reading.tokens[index].low == "each":
        return True
    following = next((atom for atom in reading.atoms if 0 < atom.start - index <= 2), None)
    return following is not None and following.quantity is not None


def _is_whole(fact: FactReading) -> bool:
    values = [(one.atom.quantity, one.atom.sample) for one in fact.evidence]
    for quantity, _ in values:
        if quantity is not None and quantity.dimension == "percent" and quantity.value == 100:
            return True
    parts = [quantity.value for quantity, sample in values if quantity is not None and not sample]
    wholes = [quantity.value for quantity, sample in values if quantity is not None and sample]
    return any(part == whole for part in parts for whole in wholes)


def _subjects(reading: Reading, pool: Sequence[FactReading]) -> int:
    groups: dict[int, int] = {}
    for mention in reading.mentions:
        groups[mention.group] = groups.get(mention.group, 0) + 1
    named = {fact.fact.subject for fact in pool if fact.named}
    return max(
        [*groups.values(), len(named), len({f.fact.id for f in pool}) if not named else 0],
        default=0,
    )


def _two_cited(reading: Reading, pool: Sequence[FactReading]) -> bool:
    """Whether the sentence itself gives two numbers, or counts two things and cites as many facts."""
    counts = [atom.quantity for atom in reading.atoms if atom.quantity is not None]
    measured = [atom for atom in reading.atoms if atom.quantity is not None and not atom.window]
    two = any(quantity.value == 2 for quantity in counts)
    return len(measured) == 2 or (len(pool) == 2 and two)


def _is_superlative(after: str) -> bool:
    """Whether "most" before this word compares ("most recent") rather than counts ("most deals")."""
    return after not in ("of", "", ".", "the") and tier_of(after) not in ("thing", "noun")


def _over_half(pool: Sequence[FactReading]) -> bool:
    for fact in pool:
        numbers = [one.atom for one in fact.evidence if one.atom.quantity is not None]
        for atom in numbers:
            quantity = atom.quantity
            if quantity is not None and quantity.dimension == "percent" and quantity.value > 50:
                return True
        parts = [a.quantity.value for a in numbers if a.quantity and not a.sample]
        wholes = [a.quantity.value for a in numbers if a.quantity and a.sample]
        if any(whole / 2 < part <= whole for part in parts for whole in wholes):
            return True
    return False


def _at_least(pool: Sequence[FactReading], number: int) -> bool:
    if len({fact.fact.subject for fact in pool if fact.named}) >= number or len(pool) >= number:
        return True
    return any(
        one.atom.quantity is not None
        and one.atom.quantity.dimension == "plain"
        and one.atom.quantity.value >= Decimal(number)
        for fact in pool
        for one in fact.evidence
    )
