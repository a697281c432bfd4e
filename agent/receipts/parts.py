"""The pieces a sentence is taken apart into: atoms, segments, and the whole reading."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from agent.receipts.dates import Calendar
from agent.receipts.quantities import Quantity
from agent.receipts.subjects import Mention
from agent.receipts.tokens import Token

Period = Literal["", "soft", "prev", "next"]
AtomKind = Literal["quantity", "date", "clock", "quote", "id"]


@dataclass(slots=True, eq=False)
class Atom:
    """One checkable piece of a sentence at tokens `[start, end)`. `subjects` are the names it is
    said of, one set for each that must bear it out; `strong` when the sentence itself ties it to
    them. In "2 of 3" the 2 has the 3 as its `whole`; `dated` is the date given for a number;
    a `limit` is one by the sentence's own words; `counts` is the
    stem of the word for things after it, whether or not that word says anything."""

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
    limit: bool = False
    noun: tuple[str, ...] = ()
    counts: str = ""
    subjects: tuple[frozenset[str], ...] = ()
    strong: bool = False
    whole: Atom | None = None
    dated: Atom | None = None

    @property
    def keys(self) -> frozenset[str]:
        """All that it may be said of."""
        return frozenset().union(*self.subjects)


@dataclass(slots=True, eq=False)
class Segment:
    """A stretch between separators: tokens `[start, end)`. `subjects` as for an atom."""

    start: int
    end: int
    paren: bool = False
    subjects: tuple[frozenset[str], ...] = ()
    strong: bool = False


@dataclass(slots=True)
class Denial:
    """A negating word at token `at` and the content tokens it reaches."""

    at: int
    word: str
    scope: tuple[int, ...]


@dataclass(slots=True)
class Stance:
    """For each content token whether it is affirmed, denied or left open, and the denials."""

    tokens: dict[int, int]
    denials: list[Denial]


@dataclass(slots=True, eq=False)
class Reading:
    """A sentence taken apart. `content` holds the concepts of each token that says something
    checkable and is neither a name nor part of an atom; `at` maps tokens to segments; `lows`
    and `words` are the tokens in lower case, `counted` those inside an atom; `stance` is filled in
    when it is first asked for."""

    text: str
    tokens: list[Token]
    mentions: list[Mention]
    atoms: list[Atom]
    segments: list[Segment]
    at: list[int]
    lows: list[str]
    words: frozenset[str]
    counted: frozenset[int]
    content: dict[int, tuple[str, ...]] = field(default_factory=dict)
    stance: Stance | None = None

    @property
    def keys(self) -> frozenset[str]:
        """All that the names in the sentence may mean."""
        return frozenset(key for mention in self.mentions for key in mention.keys)

    def concepts_in(self, start: int, end: int) -> set[str]:
        """Every concept said in tokens `[start, end)`."""
        return {
            concept
            for index, concepts in self.content.items()
            if start <= index < end
            for concept in concepts
        }
