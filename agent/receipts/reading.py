"""Reading one sentence or statement: its atoms, its names, and which belongs to which."""

from __future__ import annotations

from datetime import datetime

from agent.receipts.dates import read_date
from agent.receipts.english import FUNCTION, stem
from agent.receipts.lexicon import PHRASES, concepts_of
from agent.receipts.numerals import FRACTIONS, MONTHS, NUMBER_WORDS, ORDINALS, SMALL, WEEKDAYS
from agent.receipts.parts import Atom, Reading, Segment
from agent.receipts.quantities import read_quantity
from agent.receipts.roles import PIECES, is_counted, is_sample, is_window, period_of, read_bound
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
        if token.low in PHRASES:
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
    _qualify(reading)
    bind(reading, carried)
    pair_atoms(reading)
    return reading


def _phrase(tokens: list[Token], index: int, taken: set[int]) -> tuple[tuple[str, ...], str] | None:
    """The phrase that begins at a token ("gone out"), with its concept."""
    for words, concept in PHRASES[tokens[index].low]:
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
        t.kind == "word" and t.low not in _ENDS_NOUN for t in between
    )
    if not counted or last.quantity.dimension != "plain" or atom.quantity.value != 1:
        return False
    last.quantity.per = tokens[atom.start + 1].low
    return True


def _qualify(reading: Reading) -> None:
    tokens, inherited = reading.tokens, ""
    earlier = _opens_earlier(reading)
    for number, atom in enumerate(reading.atoms):
        segment = reading.segments[reading.at[atom.start]]
        opener = (
            segment.start - 1
            if segment.start and tokens[segment.start - 1].kind == "word"
            else segment.start
        )
        start = max(opener, reading.atoms[number - 1].end if number else 0)
        following = (
            reading.atoms[number + 1].start if number + 1 < len(reading.atoms) else len(tokens)
        )
        end = min(segment.end, following)
        atom.period = period_of(tokens, start, atom.start, atom.end, end)
        if number and atom.quantity is not None and atom.quantity.out_of is not None:
            _share_scale(reading.atoms[number - 1], atom)
        if number and atom.quantity is not None:
            _share_points(reading.tokens, reading.atoms[:number], atom)
        if segment.paren and not atom.period:
            atom.period = inherited  # type: ignore[assignment]
        late = reading.at[atom.start] > 0
        if not atom.period and late and (earlier or _after_earlier(reading, number, segment)):
            atom.period = "soft"
        if not atom.period and number == 1 and _in_earlier_window(reading.atoms[0]):
            atom.period = "soft"
        if not segment.paren:
            inherited = atom.period
        if atom.quantity is None:
            continue
        read_bound(tokens, atom.start, atom.quantity)
        close = tokens[max(0, atom.start - 3) : atom.end + 2]
        atom.limit = any(
            "~limit" in concepts_of(token.low) for token in close if token.kind == "word"
        )
        atom.window = is_window(tokens, atom.start, atom.end, atom.quantity)
        if atom.quantity.dimension == "plain":
            atom.sample = is_sample(tokens, atom.start, atom.end, atom.quantity.bound)
            atom.noun = _noun(reading, atom.end, end)
            counted = [one for one in tokens[atom.end : end] if one.low not in _DIFFERENT]
            after = counted[0] if counted else None
            if after and after.kind == "word" and not after.glued and after.low not in FUNCTION:
                atom.counts = "" if after.low in _GENERIC else stem(after.low)


_DIFFERENT = frozenset({"different", "distinct", "separate", "individual", "further", "other"})
_GENERIC = frozenset({"thing", "things"})
_OPENING = frozenset("in over during before previously earlier originally".split())
_EARLIER = frozenset("before previous previously earlier prior preceding originally".split())


def _share_points(tokens: list[Token], before: list[Atom], atom: Atom) -> None:
    """In "one by 3 points, the other by 1" the 1 is in points as well."""
    quantity = atom.quantity
    by = tokens[atom.start - 1].low == "by" if atom.start else False
    points = any(one.quantity and one.quantity.dimension == "points" for one in before)
    if by and points and quantity is not None and quantity.dimension == "plain":
        quantity.dimension = "points"


def _share_scale(before: Atom, atom: Atom) -> None:
    """In "from 5 to 8 out of 10" the 5 is out of 10 as well."""
    first, second = before.quantity, atom.quantity
    if first is None or second is None or first.dimension != "plain" or first.out_of is not None:
        return
    if before.period == "prev" and atom.start - before.end == 1:
        first.out_of = second.out_of


def _opens_earlier(reading: Reading) -> bool:
    """Whether the sentence opens with an earlier time: "In the 30 days before, …"."""
    first = reading.segments[0]
    if first.end >= len(reading.tokens) or reading.tokens[first.start].low not in _OPENING:
        return False
    return any(token.low in _EARLIER for token in reading.tokens[first.start : first.end])


def _in_earlier_window(first: Atom) -> bool:
    """Whether a sentence opens with an earlier stretch of time: "In the previous 14 days it was"."""
    return first.start <= _OPENS and first.window != "" and first.period == "prev"


_OPENS = 3


def _after_earlier(reading: Reading, number: int, segment: Segment) -> bool:
    """Whether the stretch before an atom's own only names an earlier time: "before: 100 %"."""
    before = reading.segments[reading.at[reading.atoms[number].start] - 1]
    if before.paren or segment.paren:
        return False
    lows = [t.low for t in reading.tokens[before.start : before.end] if t.kind == "word"]
    if len(lows) == 1 and lows[0] in _EARLIER:
        return True
    last = reading.atoms[number - 1] if number else None
    inside = last is not None and before.start <= last.start < before.end
    return inside and last is not None and last.window != "" and last.period == "prev"


def _noun(reading: Reading, start: int, end: int) -> tuple[str, ...]:
    """The concepts of what is counted: the content words that directly follow a number."""
    found: list[str] = []
    tokens = reading.tokens
    if start + 1 < end and tokens[start].low in PIECES and tokens[start + 1].low == "of":
        start += 2
    if start + 1 < end and tokens[start].low == "of" and tokens[start + 1].low in _DETERMINERS:
        start += 2
    for index in range(start, min(end, start + 5)):
        token = tokens[index]
        if token.kind != "word" or token.low in _ENDS_NOUN:
            break
        if token.low in ("more", "less", "fewer", "up", "down"):
            continue
        found.extend(c for c in reading.content.get(index, ()) if c not in _COMPARED)
    return tuple(found)


_COMPARED = frozenset({"up", "down", "higher", "lower", "longer", "shorter", "older", "newer"})
_DETERMINERS = frozenset({"your", "the", "these", "those", "our", "my"})
_ENDS_NOUN = frozenset(
    "of for at on in to with by from need needs is are was were be been has have had do does did will can "
    "could should would may might must that who than or not no as about after before since "
    "against over under between during within without your the our a an all its their this these".split()
)
