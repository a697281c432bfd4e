"""What is said beside an atom, and whether it says up or down."""

from __future__ import annotations

from agent.receipts.parts import Atom, Reading

_BESIDE = {"above": 1, "ahead": 1, "below": -1, "behind": -1}
_POINTERS = frozenset({"the", "that", "those", "its", "your", "of", "what", "last", "previous"})
_COPULAS = frozenset({"is", "are", "was", "were", "has", "have", "had", "stands", "stood"})
_ASIDES = frozenset({"as", "which", "who", "when", "where", "whose", "although", "though", "while"})
_UPWARD = frozenset({"up", "higher", "longer"})
_OF_RATES = {"better": "up", "worse": "down"}
_DOWNWARD = frozenset({"down", "lower", "shorter"})


def near_concepts(reading: Reading, atom: Atom) -> frozenset[str]:
    """The concepts beside an atom: of its own segment, else of the nearest one before that has
    any, else of the nearest one after."""
    number = reading.at[atom.start]
    before = list(range(number, -1, -1))
    if reading.tokens[reading.segments[number].start].low in _COPULAS:
        # "Your energy, as you logged it on 5 March, was 6": what stands between is not the subject.
        before.sort(key=lambda place: _is_aside(reading, place))
    for place in (*before, *range(number + 1, len(reading.segments))):
        segment = reading.segments[place]
        near = reading.concepts_in(segment.start, segment.end)
        if near:
            return frozenset(near)
    return frozenset()


def _is_aside(reading: Reading, place: int) -> bool:
    segment = reading.segments[place]
    return segment.start < segment.end and reading.tokens[segment.start].low in _ASIDES


def concepts_before(reading: Reading, atom: Atom) -> frozenset[str]:
    """The concepts of the nearest segment before the atom's own that has any."""
    for place in range(reading.at[atom.start] - 1, -1, -1):
        segment = reading.segments[place]
        near = reading.concepts_in(segment.start, segment.end)
        if near:
            return frozenset(near)
    return frozenset()


def beside(reading: Reading, atom: Atom, with_whole: bool = False) -> dict[int, tuple[str, ...]]:
    """The content tokens that belong to an atom more than to any other of its segment: those to
    which it is the nearest, with their concepts; `with_whole` adds those of the whole that it is
    a part of."""
    segment = reading.segments[reading.at[atom.start]]
    others = [
        other
        for other in reading.atoms
        if other is not atom
        and segment.start <= other.start < segment.end
        and not (with_whole and other is atom.whole)
    ]
    return {
        index: concepts
        for index, concepts in reading.content.items()
        if segment.start <= index < segment.end
        and all(_distance(other, index) >= _distance(atom, index) for other in others)
    }


def all_of(content: dict[int, tuple[str, ...]]) -> frozenset[str]:
    """All concepts of content tokens."""
    return frozenset(concept for concepts in content.values() for concept in concepts)


def direction_of(reading: Reading, atom: Atom) -> int:
    """+1 or -1 where the words beside an atom, or its sign, say up or down; else 0."""
    if atom.quantity is not None and atom.quantity.sign:
        return atom.quantity.sign
    following = reading.lows[atom.end : atom.end + 2]
    if len(following) == 2 and following[0] in _BESIDE and following[1] in _POINTERS:
        return _BESIDE[following[0]]
    segment = reading.segments[reading.at[atom.start]]
    near = reading.concepts_in(segment.start, segment.end)
    if atom.quantity is not None and atom.quantity.dimension in ("points", "percent"):
        near = near | {_OF_RATES[concept] for concept in near if concept in _OF_RATES}
    up, down = bool(near & _UPWARD), bool(near & _DOWNWARD)
    return (1 if up else 0) - (1 if down else 0)


def _distance(atom: Atom, index: int) -> int:
    return atom.start - index if index < atom.start else index - atom.end + 1
