"""What the verifier costs: the processor time of judging one streamed answer, word by word."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from agent.models.types import BlockEnd, Cited, Text
from agent.receipts.gate import Gate
from evals.bench.rig import CannotMeasure, Figure, median
from tools.findings import Fact, RowSource

NOW = datetime(2026, 3, 6, 15, tzinfo=UTC)
FACTS = 50
WORDS = 200
TIMES, QUICK_TIMES = 40, 3
_PLACES = (
    "Cedar Maple Summit Granite Harbor Aspen Willow Juniper Birch Alder Hazel Rowan Laurel Linden "
    "Poplar Sequoia Cypress Magnolia Tamarack Dogwood Hickory Chestnut Hawthorn Redwood Sycamore"
).split()
_TRADES = ("Plumbing", "Dental", "Bakery", "Fitness", "Legal")


async def run(quick: bool) -> list[Figure]:
    """A new gate for each answer, as each run has, with 50 facts and an answer of 200 words. The
    floor is what the same stream costs when nothing is judged."""
    facts, answer = _facts(), list(_answer())
    judged, unjudged = [], []
    for _ in range(QUICK_TIMES if quick else TIMES):
        started = time.process_time()
        _play(facts, answer)
        judged.append(time.process_time() - started)
        started = time.process_time()
        "".join(piece for text, _ in answer for piece in _pieces(text))
        unjudged.append(time.process_time() - started)
    return [
        Figure(
            f"verifier, {WORDS} words and {FACTS} facts",
            "ms",
            median(judged) * 1000,
            median(unjudged) * 1000,
            limit=5,
        )
    ]


def _play(facts: list[Fact], answer: list[tuple[str, str]]) -> None:
    gate = Gate(role="operator", user_text="How do things stand?", facts=facts, now=NOW)
    for block, (text, fact_id) in enumerate(answer):
        for piece in _pieces(text):
            gate.feed(Text(block, piece))
        if fact_id:
            gate.feed(Cited(block, (fact_id,)))
        gate.feed(BlockEnd(block))
    gate.finish()
    if gate.held:
        raise CannotMeasure(f"the verifier held back: {gate.held[0].reason}")


def _pieces(text: str) -> Iterator[str]:
    """The text in deltas of a few words, as the provider sends them."""
    words = text.split(" ")
    for at in range(0, len(words), 3):
        yield " ".join(words[at : at + 3]) + (" " if at + 3 < len(words) else "")


def _facts() -> list[Fact]:
    made = []
    for number, place in enumerate(_PLACES):
        name = f"{place} {_TRADES[number % len(_TRADES)]}"
        days, budget = number + 3, 1000 + 450 * number
        made += [
            _fact(name, place, "days stuck", days, "days",
                  f"The proposal for {name} has been ready and unsent for {days} days."),
            _fact(name, place, "budget", budget, "$", f"The budget of {name} is ${budget:,}."),
        ]  # fmt: skip
    return [
        fact.model_copy(update={"id": f"f{at}"}) for at, fact in enumerate(made[:FACTS], start=1)
    ]


def _fact(name: str, alias: str, label: str, value: int, unit: str, statement: str) -> Fact:
    source = RowSource(table="leads", key={"id": name}, columns=("id",), version="1")
    return Fact(
        id="",
        ledger="lead",
        sources=(source,),
        subject=name,
        aliases=(alias,),
        label=label,
        value=value,
        unit=unit,
        as_of=NOW,
        statement=statement,
        headline=True,
    )


def _answer() -> Iterator[tuple[str, str]]:
    """Text and cited fact, block by block, in other words than the facts' own."""
    words = 0
    for text, fact_id in _sentences():
        if words + len(text.split()) > WORDS:
            return
        words += len(text.split())
        yield text, fact_id


def _sentences() -> Iterator[tuple[str, str]]:
    yield "Here is how things stand at the moment.\n\n", ""
    for number, place in enumerate(_PLACES):
        days, budget = number + 3, 1000 + 450 * number
        yield f"The proposal for {place} has been ready for {days} days now, ", f"f{2 * number + 1}"
        yield "and it is still waiting, unsent. ", f"f{2 * number + 1}"
        yield f"- {place} has a budget of ${budget:,} in all\n", f"f{2 * number + 2}"
        yield "I would look at that one first, and then decide what to do about the rest.\n", ""
