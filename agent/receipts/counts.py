"""Numbers of things that a sentence itself lists, or that the facts it cites are about."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from agent.receipts.evidence import Evidence, FactReading, each_once
from agent.receipts.parts import Atom, Reading
from agent.receipts.quantities import Quantity
from agent.receipts.segments import listed_after
from agent.receipts.wording import quotation_holds

_MOST = 50


def counted(
    atom: Atom,
    reading: Reading,
    pool: Sequence[FactReading],
    counting: Callable[[], Sequence[FactReading]],
) -> tuple[FactReading, ...]:
    """The facts that are as many as the sentence says, or that its list is about; () if they are
    not. What is counted must be said of each, and no fact that counts it may say otherwise."""
    quantity = atom.quantity
    if quantity is None or quantity.bound != "=" or quantity.sign or quantity.value % 1:
        return ()
    number = int(quantity.value)
    if quantity.dimension != "plain" or not 0 < number < _MOST:
        return ()
    sense = [concept for concept in atom.noun if concept[0] != "~"]
    named = _listed_beside(atom, reading) or {
        key for mention in reading.mentions if not mention.oblique for key in mention.keys
    }
    if not named and sense and _is_denied(counting(), sense, quantity):
        return ()
    return (
        _of_names(atom, reading, pool, named, number)
        or _of_mentioned(pool, named, sense, number)
        or _of_quotations(atom, reading, pool, number)
    )


def _of_names(
    atom: Atom, reading: Reading, pool: Sequence[FactReading], named: set[str], number: int
) -> tuple[FactReading, ...]:
    """The facts about the names that are listed, or about as many names as are counted."""
    if _stands_for_them(atom, reading):
        named = set()
    about = [fact for fact in pool if fact.named and (not named or fact.fact.subject in named)]
    concerned = {fact.fact.subject for fact in about}
    sense = [concept for concept in atom.noun if concept[0] != "~"]
    fitting = {fact.fact.subject for fact in about if any(c in fact.said for c in sense)}
    if not sense and _stands_for_them(atom, reading):
        fitting = concerned
    if fitting != concerned or not about:
        return ()
    if atom.sample and any(_counts_otherwise(one, sense, atom) for f in pool for one in f.evidence):
        return ()
    if number == len(concerned) and (number > 1 or named):
        return each_once(about)
    if len(concerned) == 1 and number == len(about) and len({f.fact.ledger for f in about}) == 1:
        return each_once(about)
    return ()


def _of_mentioned(
    pool: Sequence[FactReading], named: set[str], sense: Sequence[str], number: int
) -> tuple[FactReading, ...]:
    """The facts that list the names between them, each one that says what is counted."""
    telling = [fact for fact in pool if not fact.named and fact.mentioned & named]
    if number != len(named) or not telling or not sense:
        return ()
    if not all(any(concept in fact.said for concept in sense) for fact in telling):
        return ()
    complete = named <= {key for fact in telling for key in fact.mentioned}
    return each_once(telling) if complete else ()


def _of_quotations(
    atom: Atom, reading: Reading, pool: Sequence[FactReading], number: int
) -> tuple[FactReading, ...]:
    """The facts that hold the quotations which follow ("two things: …")."""
    quotes = [other for other in reading.atoms if other.kind == "quote" and other.start > atom.end]
    found = [quotation_holds(quote, pool) for quote in quotes]
    if number < 2 or len(quotes) != number or not all(found):
        return ()
    return each_once([facts[0] for facts in found])


def _is_denied(facts: Sequence[FactReading], sense: Sequence[str], quantity: Quantity) -> bool:
    """Whether facts count the same things, and none of them as many."""
    counts = [fact.fact.value for fact in facts if set(sense) <= fact.explicit.keys()]
    return bool(counts) and quantity.value not in counts


def _counts_otherwise(one: Evidence, sense: Sequence[str], atom: Atom) -> bool:
    """Whether a fact gives another number of the same things."""
    other = one.atom.quantity
    if other is None or other.dimension != "plain" or one.whole is not None:
        return False
    said = atom.quantity
    return bool(set(sense) & set(one.atom.noun)) and said is not None and other.value != said.value


def _listed_beside(atom: Atom, reading: Reading) -> set[str]:
    """The names in a bare list right after what an atom counts: "two to send (Cedar and Bright)"."""
    segment = reading.segments[reading.at[atom.start]]
    if any(other is not atom and other.end == segment.end for other in reading.atoms):
        return set()
    listed = listed_after(reading, segment)
    return {key for keys in listed for key in keys}


def _stands_for_them(atom: Atom, reading: Reading) -> bool:
    """Whether a number only stands for what was named: "the larger of the two", "all three"."""
    before = reading.tokens[atom.start - 1].low if atom.start else ""
    return not atom.noun and before in ("the", "these", "those", "all")
