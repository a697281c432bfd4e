"""Cutting a sentence into segments, and tying together what belongs together: segments and atoms
with the names they are about, parts with their whole, numbers with their date."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from agent.receipts.parts import Atom, Reading, Segment
from agent.receipts.subjects import Mention
from agent.receipts.tokens import Token

_BREAKS = frozenset(", ; : ( ) [ ] — | • =".split())
_BREAK_WORDS = frozenset(
    "and but while whereas because since although though which who until when if nor so against "
    "versus vs".split()
)
_GROUPING = frozenset({",", "and", "&", "or", "/"})


def cut(
    tokens: list[Token], mentions: Sequence[Mention], atoms: Sequence[Atom]
) -> tuple[list[Segment], list[int]]:
    whole: set[int] = set()
    for left, right in itertools.pairwise(mentions):
        if left.group == right.group:
            whole.update(range(left.end, right.start))
    for atom in atoms:
        whole.update(range(atom.start, atom.end))
    for one, two in itertools.pairwise(atoms):
        if grouped(tokens, one, two):
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
    if token.kind == "word":
        return token.low in _BREAK_WORDS and not token.glued
    if token.kind == "mark":
        if token.text in _BREAKS:
            return True
        if token.text in "-–/" and index and index + 1 < len(tokens):
            before, after = tokens[index - 1], tokens[index + 1]
            return before.start + len(before.text) < token.start < after.start - 1
    return False


def grouped(tokens: list[Token], one: Atom, two: Atom) -> bool:
    if one.kind != "quantity" or two.kind != "quantity":
        return False
    between = tokens[one.end : two.start]
    return 0 < len(between) <= 2 and all(token.low in _GROUPING for token in between)


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
        if segment.paren and own:
            segment.subjects, segment.strong = _group(mentions, own[0]), True
            continue
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
    labelled = _named_in_brackets(tokens, mentions, atom)
    if labelled is not None:
        return (labelled.keys,), True
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


def _named_in_brackets(
    tokens: list[Token], mentions: Sequence[Mention], atom: Atom
) -> Mention | None:
    """The one name in the brackets right after an atom: "$9,500 (Cedar)"."""
    if atom.end >= len(tokens) or tokens[atom.end].text != "(":
        return None
    found = next((mention for mention in mentions if mention.start == atom.end + 1), None)
    closed = found is not None and found.end < len(tokens) and tokens[found.end].text == ")"
    return found if closed else None


def _group(mentions: Sequence[Mention], one: Mention) -> tuple[frozenset[str], ...]:
    return tuple(mention.keys for mention in mentions if mention.group == one.group)


def _pair_lists(reading: Reading) -> None:
    """In "Cedar and Summit at 9 and 12 days" give the first number to the first name."""
    run: list[Atom] = []
    for atom in [*reading.atoms, None]:
        if run and (atom is None or not grouped(reading.tokens, run[-1], atom)):
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


def listed_after(reading: Reading, segment: Segment) -> tuple[frozenset[str], ...]:
    """The names of the bare list that follows a segment: in the brackets right after it, else in
    the stretches up to the next one that says something itself."""
    found: list[frozenset[str]] = []
    following = [place for place in reading.segments if place.start >= segment.end]
    for number, place in enumerate(following):
        opener = reading.tokens[place.start - 1].text if place.start else ""
        if number == 0 and opener not in _OPENS_LIST:
            return ()
        names = [
            mention.keys
            for mention in reading.mentions
            if place.start <= mention.start < place.end and not mention.oblique
        ]
        says = bool(reading.concepts_in(place.start, place.end))
        if place.paren:
            if number == 0 and names and not says:
                return tuple(names)
            continue
        if says:
            break
        found += names
    return tuple(found)


_OPENS_LIST = frozenset({":", "(", ",", "—", "–", "-"})


_BETWEEN_PARTS = frozenset({"of", "out", "the", "your", "all", "its", "those", "these", "in", "/"})
_BETWEEN_DATE = frozenset({"on", "at", "as", "of", "from", "dated", "in", "("})
_REACH = 3


def pair_atoms(reading: Reading) -> None:
    """Set `whole` and `dated` on the atoms of a reading."""
    atoms = reading.atoms
    for one, two in itertools.pairwise(atoms):
        if _is_part(reading, one, two):
            one.whole = two
            one.noun = one.noun or two.noun
    dates = [atom for atom in atoms if atom.kind == "date"]
    if not dates:
        return
    for position, atom in enumerate(atoms):
        if atom.quantity is not None:
            atom.dated = _date_of(reading, position)


def _is_part(reading: Reading, one: Atom, two: Atom) -> bool:
    if one.quantity is None or two.quantity is None or one.high is not None:
        return False
    if one.quantity.dimension != "plain" or two.quantity.dimension != "plain":
        return False
    between = reading.lows[one.end : two.start]
    if not between or not _BETWEEN_PARTS.issuperset(between):
        return False
    return "of" in between or between in (["/"], ["in"])


def _date_of(reading: Reading, position: int) -> Atom | None:
    """The date right after a number ("0.58 (28 February)"), else the one right before it."""
    atoms, tokens = reading.atoms, reading.tokens
    atom = atoms[position]
    if position + 1 < len(atoms) and atoms[position + 1].kind == "date":
        between = [token.low for token in tokens[atom.end : atoms[position + 1].start]]
        if between and len(between) <= 2 and _BETWEEN_DATE.issuperset(between):
            return atoms[position + 1]
    if position and atoms[position - 1].kind == "date":
        before = atoms[position - 1]
        same = reading.at[before.start] == reading.at[atom.start]
        if same and atom.start - before.end <= _REACH:
            return before
    return None
