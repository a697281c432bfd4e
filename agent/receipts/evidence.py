"""What a fact states, made ready for checking: its words with their stance, its numbers in their
sense, the words that somebody else wrote."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from agent.receipts.parts import Atom
from agent.receipts.text import flat, judged, words_of
from tools.findings import Fact

FREE_WORDS = 5
"""From how many words on a text counts as somebody's own words."""
_IN_QUOTES = re.compile(r'"([^"]+)"')


@dataclass(slots=True, eq=False)
class Evidence:
    """One quantity or date a fact states. `near` are the concepts said right beside it;
    `subjects` the names its own statement ties it to. `moment` is set for a point in time. `is_value`
    marks the fact's own value, `printed` where its statement prints it, `ages` a duration that
    runs up to now, `earlier` a value of a dated series that is not its last; `whole` and `dated`
    as for an atom."""

    fact: FactReading
    atom: Atom
    near: frozenset[str]
    subjects: frozenset[str]
    direction: int = 0
    ratio: bool = False
    moment: datetime | None = None
    is_value: bool = False
    ages: bool = False
    printed: Evidence | None = None
    whole: Evidence | None = None
    dated: Evidence | None = None
    earlier: bool = False


@dataclass(eq=False)
class FactReading:
    """A fact taken apart. `explicit` maps each concept its words say to affirmed, denied or
    either; `said` holds what follows from them as well. `denies_barely`
    says that it denies something no concept stands for; `planned` that it tells what is meant to
    be, as a goal or a next step does; `quoted` are the concepts that only
    somebody's own words in it say."""

    fact: Fact
    named: bool
    text: str
    said: dict[str, int]
    explicit: dict[str, int]
    evidence: list[Evidence] = field(default_factory=list)
    mentioned: frozenset[str] = frozenset()
    denies_barely: bool = False
    planned: bool = False
    quoted: frozenset[str] = frozenset()

    @cached_property
    def haystack(self) -> str:
        """All text of the fact, lower-case, for looking up names, ids and phrases."""
        fact = self.fact
        parts = [self.text, fact.subject, fact.label, *fact.aliases]
        if isinstance(fact.value, str):
            parts.append(fact.value)
        parts += [str(value) for source in fact.sources for value in source.key.values()]
        if fact.href:
            parts.append(fact.href)
        return flat(judged(" \n ".join(parts)))

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of the fact."""
        return frozenset(self.haystack.split())

    @cached_property
    def free_texts(self) -> list[str]:
        """Somebody's own words in the fact: its value, or what its statement quotes, of five words
        or more; not a value that is the whole statement, which code wrote."""
        texts, value = _IN_QUOTES.findall(self.text), self.fact.value
        if isinstance(value, str) and words_of(value) != words_of(self.text):
            texts.append(value)
        texts = [text for text in dict.fromkeys(texts) if text != self.fact.subject]
        return [text for text in texts if text.count(" ") >= FREE_WORDS - 1]

    @cached_property
    def free_words(self) -> list[list[str]]:
        """The words of each of the free texts."""
        return [words_of(text) for text in self.free_texts]

    def is_about(self, keys: frozenset[str]) -> bool:
        """Whether the fact's subject is one of `keys`, or its statement names one of them and
        it has no named subject of its own."""
        return self.fact.subject in keys or bool(not self.named and self.mentioned & keys)


def series(fact: FactReading) -> list[tuple[Evidence, date]]:
    """The values that a fact gives with a date each, oldest first; [] where it gives one."""
    found = []
    for one in fact.evidence:
        if one.is_value:
            continue
        calendar = one.dated.atom.calendar if one.dated is not None else None
        if calendar is not None and one.atom.quantity is not None and len(calendar.spans) == 1:
            found.append((one, calendar.spans[0][0]))
    return sorted(found, key=lambda item: item[1]) if len(found) > 1 else []


def each_once(facts: Sequence[FactReading]) -> tuple[FactReading, ...]:
    """The facts in order, without repetition."""
    return tuple({fact.fact.id: fact for fact in facts}.values())
