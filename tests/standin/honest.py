"""The honest persona: picks tools by the words of their names, says what their results say."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from typing import Any

from tests.standin.arguments import fill, named
from tests.standin.reading import Evidence, Offered, Reading, read
from tests.standin.steps import Call, Say, Step
from tests.standin.words import is_writing, stems, topics, writing_verbs

MOST_CALLS = 3
MOST_FACTS = 8
_ENOUGH = 4
_CLAUSE = re.compile(r"[?!.;]\s+|\s+and\s+(?=(?:what|who|which|how|is|are|did|where|show|tell)\b)")
_OPENINGS = (
    "Here is what the record shows.",
    "I had a look for you.",
    "Thank you for asking.",
    "Let me go through it.",
)
_CLOSINGS = (
    "Would you like to look at one of these more closely?",
    "Shall we take the first of these together?",
    "Which of these matters most to you?",
    "You could start with the easiest of these.",
)
_LEADS = ("", "", "", "On record: ", "As things stand, ", "From the ledger: ")
_SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]


class Honest:
    """Calls the tools that fit the question, once, then answers from their results."""

    def respond(self, body: dict[str, Any]) -> list[Step]:
        reading = read(body)
        if not reading.answered and not reading.repairing:
            calls = self.calls(reading)
            if calls:
                return list(calls)
        return self.answer(reading)

    def calls(self, reading: Reading) -> list[Call]:
        """The tool calls for the question: at most one for each of its clauses."""
        chosen: dict[str, Call] = {}
        for clause in _CLAUSE.split(reading.question):
            tool = pick(reading.tools, clause)
            if tool is not None and len(chosen) < MOST_CALLS:
                chosen.setdefault(tool.name, Call(tool.name, fill(tool.schema, clause)))
        return list(chosen.values())

    def answer(self, reading: Reading) -> list[Step]:
        """Prose from the facts: each sentence a text block of its own, cited."""
        rng = chance(reading, "honest")
        if reading.repairing:
            return in_prose(list(self.plain(reading)))
        said = [Say(rng.choice(_OPENINGS)), *self.sentences(reading, rng)]
        if not reading.facts:
            said = [Say(self.without_facts(reading))]
        return in_prose([*said, Say(rng.choice(_CLOSINGS))])

    def sentences(self, reading: Reading, rng: random.Random) -> Iterator[Say]:
        """The sentences that claim something."""
        for fact in reading.facts[:MOST_FACTS]:
            yield truth(fact, rng)

    def plain(self, reading: Reading) -> Iterator[Say]:
        """The facts that have not been said yet, in their own words."""
        for fact in reading.facts[:MOST_FACTS]:
            if fact.text not in reading.said:
                yield Say(fact.text, (fact.cite(),))

    def without_facts(self, reading: Reading) -> str:
        if reading.answered:
            return "I looked, and the record does not hold this yet."
        return "I am glad you are here. Tell me a little more about what you want to look at."


def pick(tools: Sequence[Offered], message: str) -> Offered | None:
    """The tool whose name and description share most with the message; None below a minimum."""
    verbs = writing_verbs(message)
    best: tuple[float, Offered | None] = (0.0, None)
    for tool in tools:
        if is_writing(tool.name) != bool(verbs):
            continue
        score = _score(tool, message)
        if verbs and tool.name.split("_", 1)[0] in verbs:
            score += 3
        if score > best[0]:
            best = (score, tool)
    return best[1] if best[0] >= _ENOUGH else None


def _score(tool: Offered, message: str) -> float:
    in_name, in_description = stems(tool.name), stems(tool.description)
    said, about = stems(message), topics(message)
    score = 5.0 * len(about & in_name) + 1.5 * len(about & in_description)
    score += 4.0 * len(said & in_name) + 0.5 * len(said & in_description)
    if named(message) and "lead" in in_name:
        score += 4.5
    return score


def truth(fact: Evidence, rng: random.Random) -> Say:
    """The fact as a true sentence in one of several wordings."""
    text = fact.text
    lead = rng.choice(_LEADS)
    if rng.random() < 0.15:
        text = _in_words(text)
    if rng.random() < 0.2:
        text = text[:-1] + ", as far as the record goes." if text.endswith(".") else text
    return Say(lead + text, (fact.cite(),))


def in_prose(said: Sequence[Say]) -> list[Step]:
    """The sentences with the space that stands between them in a text."""
    steps: list[Step] = []
    for position, say in enumerate(said):
        text = f" {say.text}" if position else say.text
        steps.append(Say(text, say.citations, say.pieces, say.pause, say.lie))
    return steps


def chance(reading: Reading, salt: str) -> random.Random:
    """Randomness that is the same for the same question and facts."""
    return random.Random("|".join([salt, reading.question, *(f.text for f in reading.facts)]))


def _in_words(text: str) -> str:
    """The text with its first small count in words: 3 days → three days."""
    return re.sub(
        r"(?<=\s)(\d{1,2})(?= (?:days?|hours?|weeks?|leads?|experiments?|items?)\b)",
        lambda match: _SMALL[int(match.group(1))] if int(match.group(1)) <= 12 else match.group(1),
        text,
        count=1,
    )
