"""Reading one sentence or statement: its atoms, its names, and which belongs to which."""

from __future__ import annotations

from datetime import datetime

from agent.receipts.dates import read_date
from agent.receipts.lexicon import PHRASE_CONCEPTS, concepts_of
from agent.receipts.numerals import FRACTIONS, MONTHS, NUMBER_WORDS, ORDINALS, SMALL, WEEKDAYS
from agent.receipts.parts import Atom, Reading
from agent.receipts.quantities import read_quantity
from agent.receipts.roles import ENDS_NOUN, is_counted, qualify
from agent.receipts.segments import bind, cut, pair_atoms
from agent.receipts.subjects import Names
from agent.receipts.tokens import Token, tokenize


def read(text: str, names: Names, now: datetime, carried: frozenset[str] = frozenset()) -> Reading:
    """Read a judged text. `carried` are the subjects the text before was about."""
    tokens = tokenize(text)
    mentions = names.find(tokens)
    named = {index for mention in mentions for index in range(mention.start, mention.end)}
    atoms = _find_atoms(tokens, named, now)
    inside = frozenset(index for atom in atoms for index in range(atom.start, atom.end))
    segments, at = cut(tokens, mentions, atoms)
    lows = [token.low for token in tokens]
    reading = Reading(
        text, tokens, mentions, atoms, segments, at, lows, frozenset(lows), counted=inside
    )
    taken = named | inside
    for index, token in enumerate(tokens):
        if token.kind != "word" or index in taken:
            continue
        if token.low in PHRASE_CONCEPTS:
            phrase = _phrase(tokens, index, taken)
            if phrase:
                reading.content[index] = (phrase[1],)
                taken.update(range(index, index + len(phrase[0])))
                continue
        concepts = concepts_of(token.low)
        if token.low in _SPECIAL:
            concepts = _special(tokens, index, inside, concepts)
        if concepts:
            reading.content[index] = concepts
    qualify(reading)
    bind(reading, carried)
    pair_atoms(reading)
    return reading


def _phrase(tokens: list[Token], index: int, taken: set[int]) -> tuple[tuple[str, ...], str] | None:
    """The phrase that begins at a token ("gone out"), with its concept."""
    for words, concept in PHRASE_CONCEPTS[tokens[index].low]:
        end = index + len(words)
        if all(t.low == w for t, w in zip(tokens[index:end], words, strict=False)) and (
            end <= len(tokens) and taken.isdisjoint(range(index, end))
        ):
            return words, concept
    return None


_SPECIAL = frozenset("up down more less fewer started began ended finished".split())
_MOVING = frozenset("is are was were went goes going trending been it's moved".split())
_AFTER_MOVE = frozenset("from by on a sharply slightly again".split())


def _special(
    tokens: list[Token], index: int, inside: frozenset[int], concepts: tuple[str, ...]
) -> tuple[str, ...]:
    """The concepts of words that only sometimes say something: "up" and "down" where a number
    moved, "more" in a comparison, and not "started" in "started at 4"."""
    low = tokens[index].low
    before = tokens[index - 1].low if index else ""
    after = tokens[index + 1].low if index + 1 < len(tokens) else ""
    if low in ("started", "began", "ended", "finished"):
        an_end = index + 2 in inside and after in ("at", "with")
        return () if an_end and tokens[index + 2].kind in ("number", "slash") else concepts
    if tokens[index].glued:
        return ()
    if low in ("more", "less", "fewer"):
        if not after or after in ".!;":
            return ("higher",) if low == "more" else ("lower",)
        bounds = index + 2 in inside or (index + 3 in inside and index - 1 not in inside)
        compares = not bounds if after == "than" else index - 1 in inside
        return (("higher",) if low == "more" else ("lower",)) if compares else ()
    if after == "to" and index - 1 in inside:
        return (low,)
    if after == "to" and before not in _MOVING:
        return ()
    if after == "for":
        return ()
    moved = index + 1 in inside or after in _AFTER_MOVE or before in _MOVING
    return (low,) if moved or (before == "," and not after) else ()


_STARTERS = (
    frozenset(SMALL) | NUMBER_WORDS | frozenset(MONTHS) | frozenset(WEEKDAYS) | frozenset(ORDINALS)
    | frozenset(FRACTIONS)
    | frozenset("a an other dozen pair last this next past previous yesterday today tonight tomorrow".split())
)  # fmt: skip


def _find_atoms(tokens: list[Token], named: set[int], now: datetime) -> list[Atom]:
    atoms: list[Atom] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        plain = token.kind == "mark" or (token.kind == "word" and token.low not in _STARTERS)
        atom = None if plain or at in named else _atom(tokens, at, now)
        if atom is None:
            at += 1
            continue
        at = max(at + 1, atom.end)
        if atom.quantity is not None and (
            _closes_range(tokens, atoms, atom) or _is_rate(tokens, atoms, atom)
        ):
            continue
        atoms.append(atom)
    return atoms


def _atom(tokens: list[Token], at: int, now: datetime) -> Atom | None:
    token = tokens[at]
    if token.kind == "quote":
        return Atom("quote", at, at + 1, token.text)
    if token.kind == "clock":
        return Atom("clock", at, at + 1, token.text)
    calendar = read_date(tokens, at, now)
    if calendar is not None:
        text = " ".join(item.text for item in tokens[at : calendar.end])
        return Atom("date", at, calendar.end, text, calendar=calendar)
    if token.kind in ("id", "url"):
        return Atom("id", at, at + 1, token.text)
    quantity = read_quantity(tokens, at)
    if quantity is None:
        return Atom("id", at, at + 1, token.text) if token.kind in ("number", "slash") else None
    if (
        token.low == "one"
        and quantity.dimension == "plain"
        and not is_counted(tokens, at, quantity.end)
    ):
        return None
    text = " ".join(item.text for item in tokens[at : quantity.end])
    return Atom("quantity", at, quantity.end, text, quantity=quantity)


def _closes_range(tokens: list[Token], atoms: list[Atom], atom: Atom) -> bool:
    """Fold the second number of "3 to 5 days" into the first; True when that was done."""
    last = atoms[-1] if atoms else None
    if last is None or last.quantity is None or last.high is not None or atom.quantity is None:
        return False
    between = [token.text for token in tokens[last.end : atom.start]]
    opener = tokens[last.start - 1].low if last.start else ""
    if between == ["and"] and opener == "between":
        joined = True
    else:
        joined = between in (["to"], ["-"], ["–"], ["—"]) and opener != "from"
    low, high = last.quantity, atom.quantity
    if not joined or low.dimension not in ("plain", high.dimension) or high.value <= low.value:
        return False
    if low.dimension == "plain":
        low.dimension, low.factor, low.currency = high.dimension, high.factor, high.currency
    last.high, last.end, last.text = high, atom.end, f"{last.text} {between[0]} {atom.text}"
    return True


def _is_rate(tokens: list[Token], atoms: list[Atom], atom: Atom) -> bool:
    """Fold "a day" into the number of things before it: "3 learnings a day"; True when done."""
    last = atoms[-1] if atoms else None
    first = tokens[atom.start].low
    if last is None or last.quantity is None or first not in ("a", "an") or atom.quantity is None:
        return False
    between = tokens[last.end : atom.start]
    counted = 0 < len(between) <= 2 and all(
        t.kind == "word" and t.low not in ENDS_NOUN for t in between
    )
    if not counted or last.quantity.dimension != "plain" or atom.quantity.value != 1:
        return False
    last.quantity.per = tokens[atom.start + 1].low
    return True
