"""Passages that were recalled, as facts: who said or wrote what, when, word for word."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from memory.recall import Hit
from memory.recaller import Recalled
from tools.findings import Fact, Findings, Missing, row_source
from tools.shared.memory_facts import href, place
from tools.wording import day

MOST_CHARACTERS = 2400
"""Of all passages together, about 600 tokens: what a turn costs does not grow."""
NEAR = 0.45
"""The cosine from which a passage bears on a question without sharing a word with it."""
SHARED = 0.5
"""The part of the question's words from which it does whatever it means."""

STATES = 1.0
"""The substance of a passage of two words or three: a greeting states less."""

_FOUND_BY = {
    "words": "its words",
    "meaning": "its meaning",
    "speaker": "who said it",
    "time": "when it was said",
}


def relevant(hit: Hit) -> bool:
    """Whether the passage is near enough to be shown at all, and not only the nearest."""
    near = hit.coverage >= SHARED or (hit.cosine is not None and hit.cosine >= NEAR)
    return near and hit.signals.get("substance", 0) >= STATES


def passage_findings(recalled: Recalled, now: datetime, time_zone: str) -> Findings:
    """What was recalled as the findings of the ledger `memory`. The assistant's own words are
    among them only where they are asked for: they are no record of anything else."""
    facts: list[Fact] = []
    characters = 0
    for hit in recalled.hits:
        own_words = hit.written_by == "assistant" and recalled.question.by != "assistant"
        if own_words or not relevant(hit):
            continue
        characters += len(hit.text)
        if characters > MOST_CHARACTERS and facts:
            break
        facts.append(passage_fact(hit, now, time_zone))
    return Findings(facts=facts, missing=_lacking(recalled), ledgers=["memory"], as_of=now)


def passage_fact(hit: Hit, now: datetime, time_zone: str) -> Fact:
    """The passage word for word, with its source row; its label says how it was found."""
    words = " ".join(hit.text.split())
    when = day(hit.happened_at, time_zone)
    row = {"text": hit.text, "forgotten_at": None}
    if hit.kind == "message":
        subject = f"what {_who(hit)} said on {when}"
        statement = f'On {when} {_who(hit)} said: "{words}"'
    else:
        subject = f"{place({'kind': hit.kind})} of {when}"
        statement = f'From {subject}: "{words}"'
    return Fact(
        ledger="memory",
        sources=(row_source("memories", {"id": hit.id}, row, "text", "forgotten_at"),),
        subject=subject,
        label=f"found by {_listed([_FOUND_BY[name] for name in hit.signals if name in _FOUND_BY])}",
        value=hit.text,
        as_of=now,
        statement=statement,
        headline=False,
        href=href({"thread_id": hit.thread_id}),
    )


def _who(hit: Hit) -> str:
    if hit.speaker:
        return hit.speaker
    return "Mosaic" if hit.written_by == "assistant" else "you"


def _listed(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names) or "chance"
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _lacking(recalled: Recalled) -> list[Missing]:
    if recalled.lacking is None:
        return []
    if recalled.lacking == "meaning":
        return [
            Missing(
                need="what was said before in other words than these",
                why_it_matters="Memory could be searched by words alone for a moment.",
            )
        ]
    return [
        Missing(
            need="what was said before about this",
            why_it_matters="Memory could not be searched in time.",
        )
    ]
