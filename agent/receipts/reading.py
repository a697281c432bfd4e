"""Reading one sentence or statement: its atoms, its names, and which belongs to which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from agent.receipts.dates import Calendar, read_date
from agent.receipts.lexicon import concepts_of
from agent.receipts.quantities import Quantity, read_quantity
from agent.receipts.roles import Period, is_counted, is_sample, is_window, period_of, read_bound
from agent.receipts.subjects import Mention, Names
from agent.receipts.tokens import Token, tokenize

AtomKind = Literal["quantity", "date", "clock", "quote", "id"]

_BREAKS = frozenset(", ; : ( ) [ ] — | • =".split())
_BREAK_WORDS = frozenset(
    "and but while whereas because since although though which who until when if nor so".split()
)
_GROUPING = frozenset({",", "and", "&", "or", "/"})


@dataclass(slots=True)
class Atom:
    """One checkable piece of a sentence at tokens `[start, end)`. `subjects` are the names it is
    said of, one set for each that must bear it out; `strong` when the sentence itself ties it to
    them."""

    kind: AtomKind
    start: int
    end: int
    text: str
    quantity: Quantity | None = None
    calendar: Calendar | None = None
    high: Quantity | None = None
    period: Period = ""
    window: Literal["", "soft", "hard"] = ""
    sample: bool = False
    noun: tuple[str, ...] = ()
    subjects: tuple[frozenset[str], ...] = ()
    strong: bool = False


@dataclass(slots=True)
class Segment:
    """A stretch between separators: tokens `[start, end)`. `subjects` as for an atom."""

    start: int
    end: int
    paren: bool = False
    subjects: tuple[frozenset[str], ...] = ()
    strong: bool = False


@dataclass(slots=True)
class Reading:
    """A sentence taken apart. `content` holds the concepts of each token that says something
    checkable and is neither a name nor part of an atom; `at` maps tokens to segments."""

    text: str
    tokens: list[Token]
    mentions: list[Mention]
    atoms: list[Atom]
    segments: list[Segment]
    at: list[int]
    content: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def concepts_in(self, start: int, end: int) -> set[str]:
        """Every concept said in tokens `[start, end)`."""
        return {
            concept
            for index, concepts in self.content.items()
            if start <= index < end
            for concept in concepts
        }


def read(text: str, names: Names, now: datetime, carried: frozenset[str] = frozenset()) -> Reading:
    """Read a judged text. `carried` are the subjects the text before was about."""
    tokens = tokenize(text)
    mentions = names.find(tokens)
    named = {index for mention in mentions for index in range(mention.start, mention.end)}
    atoms = _find_atoms(tokens, named, now)
    inside = {index for atom in atoms for index in range(atom.start, atom.end)}
    segments, at = _segment(tokens, mentions, atoms)
    reading = Reading(text, tokens, mentions, atoms, segments, at)
    for index, token in enumerate(tokens):
        if token.kind == "word" and index not in named and index not in inside:
            concepts = concepts_of(token.low) or _particle(tokens, index, inside)
            if concepts and not _names_an_end(tokens, index, inside):
                reading.content[index] = concepts
    _qualify(reading)
    bind(reading, carried)
    return reading


def _particle(tokens: list[Token], index: int, inside: set[int]) -> tuple[str, ...]:
    """The concept of "up" and "down" where they say that a number moved."""
    low = tokens[index].low
    if low not in ("up", "down") or tokens[index].glued:
        return ()
    before = tokens[index - 1].low if index else ""
    after = tokens[index + 1].low if index + 1 < len(tokens) else ""
    if after == "to" and before not in _MOVING:
        return ()
    moved = index + 1 in inside or after in (
        "from",
        "by",
        "on",
        "a",
        "sharply",
        "slightly",
        "again",
    )
    return (low,) if moved or before in _MOVING or (before == "," and not after) else ()


def _names_an_end(tokens: list[Token], index: int, inside: set[int]) -> bool:
    """Whether a verb only introduces the first or last of two numbers: "started at 4"."""
    return (
        tokens[index].low in ("started", "began", "ended", "finished")
        and index + 2 in inside
        and tokens[index + 1].low in ("at", "on", "with")
        and tokens[index + 2].kind in ("number", "slash")
    )


_MOVING = frozenset(
    {"is", "are", "was", "were", "went", "goes", "going", "trending", "been", "it's", "moved"}
)


def _find_atoms(tokens: list[Token], named: set[int], now: datetime) -> list[Atom]:
    atoms: list[Atom] = []
    at = 0
    while at < len(tokens):
        atom = None if at in named else _atom(tokens, at, now)
        if atom is None:
            at += 1
            continue
        at = max(at + 1, atom.end)
        if atom.quantity is not None and _closes_range(tokens, atoms, atom):
            continue
        atoms.append(atom)
    return atoms


def _atom(tokens: list[Token], at: int, now: datetime) -> Atom | None:
    token = tokens[at]
    if token.kind == "mark":
        return None
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


def _segment(
    tokens: list[Token], mentions: Sequence[Mention], atoms: Sequence[Atom]
) -> tuple[list[Segment], list[int]]:
    whole: set[int] = set()
    for left, right in zip(mentions, mentions[1:], strict=False):
        if left.group == right.group:
            whole.update(range(left.end, right.start))
    for atom in atoms:
        whole.update(range(atom.start, atom.end))
    for one, two in zip(atoms, atoms[1:], strict=False):
        if _grouped(tokens, one, two):
            whole.update(range(one.end, two.start))
    segments, at = [Segment(0, 0)], []
    for index, token in enumerate(tokens):
        if index not in whole and _separates(tokens, index):
            segments[-1].end = index
            segments.append(Segment(index + 1, index + 1, paren=token.text in "(["))
        at.append(len(segments) - 1)
    segments[-1].end = len(tokens)
    return segments, at


def _separates(tokens: list[Token], index: int) -> bool:
    token = tokens[index]
    if token.kind == "mark":
        if token.text in _BREAKS:
            return True
        if token.text in "-–/" and index and index + 1 < len(tokens):
            before, after = tokens[index - 1], tokens[index + 1]
            return before.start + len(before.text) < token.start < after.start - 1
        return False
    return token.low in _BREAK_WORDS and not token.glued


def _grouped(tokens: list[Token], one: Atom, two: Atom) -> bool:
    if one.kind != "quantity" or two.kind != "quantity":
        return False
    between = tokens[one.end : two.start]
    return 0 < len(between) <= 2 and all(token.low in _GROUPING for token in between)


def _qualify(reading: Reading) -> None:
    tokens, inherited = reading.tokens, ""
    earlier = _opens_earlier(reading)
    for number, atom in enumerate(reading.atoms):
        segment = reading.segments[reading.at[atom.start]]
        start = max(segment.start, reading.atoms[number - 1].end if number else 0)
        following = (
            reading.atoms[number + 1].start if number + 1 < len(reading.atoms) else len(tokens)
        )
        end = min(segment.end, following)
        atom.period = period_of(tokens, start, atom.start, atom.end, end)
        if segment.paren and not atom.period:
            atom.period = inherited  # type: ignore[assignment]
        if earlier and not atom.period and reading.at[atom.start] > 0:
            atom.period = "soft"
        if not segment.paren:
            inherited = atom.period
        if atom.quantity is None:
            continue
        read_bound(tokens, atom.start, atom.quantity)
        atom.window = is_window(tokens, atom.start, atom.end, atom.quantity)
        if atom.quantity.dimension == "plain":
            atom.sample = is_sample(tokens, atom.start, atom.end)
            atom.noun = _noun(reading, atom.end, end)


def _opens_earlier(reading: Reading) -> bool:
    """Whether the sentence opens with an earlier time: "In the 30 days before, …"."""
    if len(reading.segments) < 2 or reading.segments[0].end >= len(reading.tokens):
        return False
    first = reading.segments[0]
    lows = [token.low for token in reading.tokens[first.start : first.end]]
    opens = bool(lows) and lows[0] in (
        "in",
        "over",
        "during",
        "before",
        "previously",
        "earlier",
        "originally",
    )
    return opens and bool(
        {"before", "previous", "previously", "earlier", "prior", "preceding", "originally"}
        & set(lows)
    )


def _noun(reading: Reading, start: int, end: int) -> tuple[str, ...]:
    """The concepts of what is counted: the content words that directly follow a number."""
    found: list[str] = []
    for index in range(start, min(end, start + 5)):
        token = reading.tokens[index]
        if token.kind != "word" or token.low in _ENDS_NOUN:
            break
        found.extend(reading.content.get(index, ()))
    return tuple(found)


_ENDS_NOUN = frozenset(
    "of for at on in to with by from is are was were be been has have had do does did will can "
    "could should would may might must that who than or not no as about after before since "
    "against over under between during within without".split()
)
_LINKS = frozenset({"'", "at", "with", "on", "has", "had", "is", "was", "for", "of", ":", "-", "–", "—",
                    "(", "the", "its", "now", "still", "by", "in", "a", "an", "about", "around",
                    "over", "nearly", "almost", "just", "only", "after", "="})  # fmt: skip
_PREPOSITIONS = frozenset({"for", "at", "on", "with", "from", "by", "of", "in", "to"})


def bind(reading: Reading, carried: frozenset[str]) -> None:
    """Tie every segment and atom to the names it is about (nearest in its own segment, else the
    subject of the sentence so far, else what follows, else what the text before was about)."""
    tokens, mentions = reading.tokens, reading.mentions
    current: tuple[frozenset[str], ...] = ()
    by_segment: dict[int, list[Mention]] = {}
    for mention in mentions:
        by_segment.setdefault(reading.at[mention.start], []).append(mention)
    for number, segment in enumerate(reading.segments):
        own = [mention for mention in by_segment.get(number, ()) if not mention.oblique]
        if own:
            current = _group(mentions, own[0])
        if current:
            segment.subjects, segment.strong = current, True
    first = next((mention for mention in mentions if not mention.oblique), None)
    fallback = _group(mentions, first) if first else ((carried,) if carried else ())
    for segment in reading.segments:
        if not segment.strong:
            segment.subjects = fallback
    for atom in reading.atoms:
        number = reading.at[atom.start]
        segment = reading.segments[number]
        bound = _nearest(tokens, mentions, by_segment.get(number, ()), atom, segment)
        atom.subjects, atom.strong = bound or (segment.subjects, segment.strong)
    _pair_lists(reading)


def _nearest(
    tokens: list[Token],
    mentions: Sequence[Mention],
    own: Sequence[Mention],
    atom: Atom,
    segment: Segment,
) -> tuple[tuple[frozenset[str], ...], bool] | None:
    before = [mention for mention in own if mention.end <= atom.start]
    after = [mention for mention in own if mention.start >= atom.end]
    if before:
        nearest = before[-1]
        gap = tokens[nearest.end : atom.start]
        if not nearest.oblique or (len(gap) <= 2 and all(token.low in _LINKS for token in gap)):
            return _group(mentions, nearest), True
        direct = next((mention for mention in reversed(before) if not mention.oblique), None)
        return (_group(mentions, direct), True) if direct else None
    if after:
        gap = tokens[atom.end : after[0].start]
        if not after[0].oblique and (
            not segment.strong
            or segment.subjects == _group(mentions, after[0])
            or (gap and gap[0].low in _PREPOSITIONS)
        ):
            return _group(mentions, after[0]), True
        return None
    if segment.paren and segment.start >= 2:
        for mention in mentions:
            if mention.end == segment.start - 1:
                return _group(mentions, mention), True
    if atom.start and tokens[atom.start - 1].low in ("against", "versus", "vs", "than"):
        for mention in reversed(mentions):
            if mention.oblique and mention.end <= atom.start:
                return _group(mentions, mention), True
    return None


def _group(mentions: Sequence[Mention], one: Mention) -> tuple[frozenset[str], ...]:
    return tuple(mention.keys for mention in mentions if mention.group == one.group)


def _pair_lists(reading: Reading) -> None:
    """In "Cedar and Summit at 9 and 12 days" give the first number to the first name."""
    run: list[Atom] = []
    for atom in [*reading.atoms, None]:
        if run and (atom is None or not _grouped(reading.tokens, run[-1], atom)):
            names = run[0].subjects
            if 1 < len(run) == len(names) and all(item.subjects == names for item in run):
                for item, keys in zip(run, names, strict=True):
                    item.subjects = (keys,)
                _share_unit(run)
            elif len(run) > 1:
                _share_unit(run)
            run = []
        if atom is not None and atom.kind == "quantity":
            run.append(atom)


def _share_unit(run: Sequence[Atom]) -> None:
    last = run[-1].quantity
    for atom in run[:-1]:
        quantity = atom.quantity
        if quantity is not None and last is not None and quantity.dimension == "plain":
            quantity.dimension, quantity.factor = last.dimension, last.factor
            quantity.currency = quantity.currency or last.currency
