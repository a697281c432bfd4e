"""All facts of a run, each taken apart when it is first needed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import cached_property, lru_cache

from agent.receipts.apart import take_apart
from agent.receipts.evidence import FactReading
from agent.receipts.lexicon import concepts_in
from agent.receipts.subjects import Names
from agent.receipts.text import judged
from tools.findings import Fact


class FactIndex:
    """The facts by id; by their statements; and the names they are about."""

    def __init__(self, facts: Sequence[Fact], names: Sequence[str], now: datetime) -> None:
        self.names = Names(names)
        self.names.add(facts)
        self.now = now
        self.facts = {fact.id: fact for fact in facts}
        self._read: dict[str, FactReading] = {}
        self._stating: dict[str, list[str]] = {}
        for fact in facts:
            self._stating.setdefault(plain_statement(fact.statement), []).append(fact.id)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The concepts in the labels and subjects of the facts."""
        texts = {text for fact in self.facts.values() for text in (fact.label, fact.subject)}
        return frozenset(concept for text in texts for concept in concepts_in(judged(text)))

    def stating(self, text: str, among: Iterable[str]) -> str | None:
        """The id of the fact whose statement is exactly this text; of all facts when `among`
        names none."""
        found = self._stating.get(plain_statement(text), ())
        wanted = tuple(among)
        return next((fact_id for fact_id in found if not wanted or fact_id in wanted), None)

    def reading(self, fact_id: str) -> FactReading:
        """The fact, taken apart. Raises KeyError for an unknown id."""
        found = self._read.get(fact_id)
        if found is None:
            found = self._read[fact_id] = take_apart(self.facts[fact_id], self.names, self.now)
        return found

    def readings(self, fact_ids: Iterable[str]) -> list[FactReading]:
        """The facts of these ids, taken apart."""
        return [self.reading(fact_id) for fact_id in fact_ids]

    @cached_property
    def counting(self) -> list[FactReading]:
        """The facts of nobody in particular that count something: with a whole number as value."""
        return self.readings(
            fact.id
            for fact in self.facts.values()
            if type(fact.value) is int and fact.value > 0 and not self.names.is_named(fact.subject)
        )

    def of_kinds(self, kinds: Collection[str]) -> list[FactReading]:
        """All facts of the run of these kinds, taken apart."""
        return self.readings(fact.id for fact in self.facts.values() if kind_of_fact(fact) in kinds)


def kind_of_fact(fact: Fact) -> str:
    """What facts of one kind share: the label, without its number ("learning 9")."""
    return fact.label.rstrip("0123456789 ")


@lru_cache(maxsize=4096)
def plain_statement(text: str) -> str:
    """A statement as it is compared for equality: one spacing, no closing full stop."""
    return " ".join(judged(text).split()).rstrip(" .")
