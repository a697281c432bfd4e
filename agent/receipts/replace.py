"""What stands in for sentences that could not be borne out: the facts' own statements."""

from __future__ import annotations

from collections.abc import Sequence

from agent.receipts.subjects import Names
from agent.receipts.text import judged
from agent.receipts.tokens import tokenize
from tools.findings import Fact, Missing

_MOST = 4
_MOST_ALONE = 12


def replacement(
    sentence: str, cites: Sequence[str], shown: str, facts: Sequence[Fact], *, answer: str = ""
) -> str:
    """The statements of the facts that a held sentence cited, else of those about the subjects
    it names; none that `answer` holds already; "" when nothing is left to say. Where the reader
    has seen the sentence's beginning (`shown`), the text joins on to it."""
    by_id = {fact.id: fact for fact in facts}
    chosen = [by_id[fact_id] for fact_id in cites if fact_id in by_id]
    if not chosen:
        names = Names()
        names.add(facts)
        keys = {key for found in names.find(tokenize(judged(sentence))) for key in found.keys}
        chosen = [fact for fact in facts if fact.subject in keys and fact.headline] or [
            fact for fact in facts if fact.subject in keys
        ]
    told = " ".join(answer.split())
    statements = [fact.statement for fact in chosen if " ".join(fact.statement.split()) not in told]
    text = " ".join(_closed(item) for item in dict.fromkeys(statements[:_MOST]))
    if not shown:
        return text
    return f"— the record says this: {text}" if text else "— the record does not bear this out."


def facts_only(facts: Sequence[Fact], missing: Sequence[Missing]) -> str:
    """The answer made of fact statements alone, headline facts first, and of what is missing."""
    ordered = [fact for fact in facts if fact.headline] or list(facts)
    statements = list(dict.fromkeys(_closed(fact.statement) for fact in ordered))
    parts = [f"- {statement}" for statement in statements[:_MOST_ALONE]]
    absent = list(dict.fromkeys(item.need for item in missing))
    if absent:
        parts += [f"- Not on record: {need.rstrip('.')}." for need in absent]
    return "\n".join(parts)


def _closed(statement: str) -> str:
    statement = statement.strip()
    return statement if statement.endswith((".", "!", "?", "…")) else statement + "."
