"""What a text affirms and what it denies."""

from __future__ import annotations

from agent.receipts.concepts import IMPLIED, UNDONE
from agent.receipts.english import is_past
from agent.receipts.lexicon import STRONG, TIERS
from agent.receipts.parts import Atom, Denial, Reading, Stance
from agent.receipts.tokens import Token

AFFIRMED, DENIED, EITHER, OPEN = 1, 2, 3, 4
"""Said; denied; said under a denial that may not reach it; only to come ("waits for an answer")."""

NEGATORS = frozenset({"not", "no", "never", "none", "nothing", "nobody", "neither", "nor", "without",
                       "cannot", "nowhere", "hardly", "barely", "scarcely", "zero", "n't"})  # fmt: skip
NOUN_NEGATORS = frozenset({"no", "without", "none", "neither", "zero", "nothing", "nobody"})
_WEAK = frozenset({"await", "awaits", "awaiting", "wait", "waits", "waiting", "waited", "pending",
                   "lack", "lacks", "lacking", "need", "needs", "needed", "needing", "until", "unless",
                   "if", "whether", "any", "towards", "toward", "before", "to", "yet", "required",
                   "requires", "require", "due", "overdue"})  # fmt: skip
_MODALS = frozenset({"can", "could", "may", "might", "should", "must"})
_AFTER_NO = frozenset({"more", "less", "fewer", "later", "doubt", "matter", "problem", "worries",
                       "wonder", "only", "least", "question", "just", "sure", "necessarily"})  # fmt: skip


def stance_of(reading: Reading) -> Stance:
    """Which content words of a reading stand affirmed and which denied."""
    if reading.stance is None:
        reading.stance = _read_stance(reading)
    return reading.stance


def _read_stance(reading: Reading) -> Stance:
    tokens = reading.tokens
    poles = dict.fromkeys(reading.content, AFFIRMED)
    denials: list[Denial] = []
    counted_none = {atom.start: atom.end for atom in reading.atoms if _is_none(atom)}
    for index, token in enumerate(tokens):
        low = token.low
        if index in counted_none or (
            (low in NEGATORS or low[-3:] == "n't")
            and index not in reading.counted
            and _negates(reading, index)
        ):
            begin = counted_none.get(index, index + 1)
            scope = _scope(reading, index, begin)
            _deny(reading, scope, low, poles, begin)
            denials.append(Denial(index, low, scope))
        elif low in _MODALS and index + 1 < len(tokens) and tokens[index + 1].low == "be":
            for reached in _open_scope(reading, index + 1):
                poles[reached] = OPEN
        elif low in _WEAK and index not in reading.counted and not _reaches_past(tokens, index):
            for reached in _open_scope(reading, index):
                poles[reached] = OPEN
    for index in reading.content:
        low = tokens[index].low
        if low[:2] in _PREFIXES and _inner_word(low) in UNDONE:
            poles[index] = {AFFIRMED: DENIED, OPEN: DENIED}.get(poles[index], AFFIRMED)
    return Stance(poles, denials)


_PREFIXES = frozenset(word[:2] for word in UNDONE)


def vocabulary_of(reading: Reading, stance: Stance) -> dict[str, int]:
    """Each concept a text says, with whether it affirms it, denies it or leaves it open."""
    said: dict[str, int] = {}
    for index, concepts in reading.content.items():
        for concept in concepts:
            said[concept] = said.get(concept, 0) | stance.tokens[index]
    return said


def add_implied(said: dict[str, int]) -> None:
    """Add what follows from what is said: what is unsent is waiting as well."""
    pending = list(said)
    while pending:
        for needed, added in _RULES.get(pending.pop(), ()):
            if not all(_holds(said, item) for item in needed):
                continue
            for item in added:
                name, pole = (item[1:], DENIED) if item[0] == "-" else (item, AFFIRMED)
                if not said.get(name, 0) & pole:
                    said[name] = said.get(name, 0) | pole
                    pending.append(name)


_RULES: dict[str, list[tuple[frozenset[str], tuple[str, ...]]]] = {}
for _needed, _added in IMPLIED:
    for _item in _needed:
        _RULES.setdefault(_item.lstrip("-"), []).append((_needed, _added))


def _holds(said: dict[str, int], item: str) -> bool:
    if item[0] == "-":
        return said.get(item[1:], 0) == DENIED
    return bool(said.get(item, 0) & AFFIRMED)


def _inner_word(word: str) -> str:
    return word.replace("-", "").replace("'", "")


def _negates(reading: Reading, index: int) -> bool:
    tokens = reading.tokens
    token = tokens[index]
    low = token.low
    if token.kind != "word":
        return False
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if following is None:
        return True
    if (
        following.glued
        or following.low in _AFTER_NO
        or (following.low == "but" and low == "nothing")
    ):
        return False
    return not (low == "no" and following.text in ",.;:—–" and index < 2)


def _is_none(atom: Atom) -> bool:
    """Whether an atom counts nothing: "0 failed runs"."""
    quantity = atom.quantity
    return (
        quantity is not None
        and not quantity.value
        and atom.high is None
        and quantity.dimension == "plain"
        and quantity.out_of is None
    )


def _open_scope(reading: Reading, index: int) -> list[int]:
    """What "waits for you to review and send" leaves open: also the verbs joined by "and"."""
    reached = list(_scope(reading, index, index + 1))
    for segment in reading.segments[reading.at[index] + 1 :]:
        joiner = reading.tokens[segment.start - 1].low
        first = reading.tokens[segment.start].low if segment.start < segment.end else ""
        if joiner not in ("and", "or", ",") or first in _FINITE:
            break
        if any(segment.start <= mention.start < segment.end for mention in reading.mentions):
            break
        reached += [
            i
            for i in reading.content
            if segment.start <= i < segment.end and not is_past(reading.tokens[i].low)
        ]
    return reached


_FINITE = frozenset("is are was were has have had it they she he you i we that which who will can "
                    "isn't aren't wasn't hasn't haven't".split())  # fmt: skip


def _reaches_past(tokens: list[Token], index: int) -> bool:
    """Whether "to" names the end of a stretch ("from ready to sent") rather than a purpose."""
    if tokens[index].low != "to" or index + 1 >= len(tokens):
        return False
    return is_past(tokens[index + 1].low)


def _scope(reading: Reading, index: int, begin: int) -> tuple[int, ...]:
    """The content tokens from `begin` on that a word at `index` reaches in its own segment."""
    segment = reading.segments[reading.at[index]]
    end = next(
        (i for i in range(begin, segment.end) if reading.tokens[i].low in _ENDS_SCOPE), segment.end
    )
    return tuple(index for index in range(begin, end) if index in reading.content)


_ENDS_SCOPE = frozenset({"after", "despite", "following", "beyond", "from", "though", "even"})


def _deny(
    reading: Reading, scope: tuple[int, ...], word: str, poles: dict[int, int], begin: int
) -> None:
    """A verb in reach is denied; a noun only when the negation stands right before it."""
    direct = word in NOUN_NEGATORS or word.isdigit()
    first = True
    for index in scope:
        tiers = {TIERS.get(concept) for concept in reading.content[index]}
        strong = not STRONG.isdisjoint(tiers)
        if strong or (direct and first and index <= begin + 3):
            poles[index] = DENIED
        else:
            poles[index] = EITHER
        first = first and not strong
