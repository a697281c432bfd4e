"""Atoms that belong together: "2 of 3", and a number with the date given for it."""

from __future__ import annotations

import itertools

from agent.receipts.parts import Atom, Reading

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
