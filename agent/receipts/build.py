"""Making the receipt of an answer out of its judged sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from agent.receipts.model import Checks, Confidence, Inferred, Known, Receipt, Source
from agent.receipts.released import Judged
from tools.findings import Fact, Missing


def build_receipt(
    *,
    receipt_id: str,
    answer_text: str,
    judged: Sequence[Judged],
    facts: Sequence[Fact],
    missing: Sequence[Missing],
    ledgers_consulted: Iterable[str],
    repaired: int = 0,
    replaced: int = 0,
    notice: str | None = None,
) -> Receipt:
    """The receipt under one answer. `ledgers_consulted` names every ledger a tool looked into,
    also those that had nothing; `repaired` and `replaced` count held sentences."""
    by_id = {fact.id: fact for fact in facts}
    known = _known(answer_text, judged, by_id)
    inferred = _inferred(answer_text, judged, by_id)
    sources = _sources(facts, ledgers_consulted)
    absent = _missing(missing, facts, sources)
    return Receipt(
        id=receipt_id,
        known=known,
        inferred=inferred,
        missing=absent,
        sources=sources,
        checks=Checks(
            sentences=len(judged),
            known=sum(1 for item in judged if item.kind == "known"),
            inferred=sum(1 for item in judged if item.kind == "inferred"),
            plain=sum(1 for item in judged if item.kind == "plain"),
            repaired=repaired,
            replaced=replaced,
        ),
        overall=overall(known, inferred, absent, replaced),
        notice=notice,
    )


def overall(
    known: Sequence[Known], inferred: Sequence[Inferred], missing: Sequence[Missing], replaced: int
) -> Confidence:
    """The confidence of a whole answer, by rule.

    low: nothing is known, or there is more weak inference than knowledge. high: something is
    known, nothing is missing, nothing was replaced and no inference is weak. medium: the rest.
    """
    weak = sum(1 for item in inferred if item.confidence == "low")
    if not known or weak > len(known):
        return "low"
    if missing or replaced or weak:
        return "medium"
    return "high"


def _known(text: str, judged: Sequence[Judged], by_id: dict[str, Fact]) -> list[Known]:
    items: list[Known] = []
    for sentence in judged:
        if sentence.kind != "known":
            continue
        for fact_id in sentence.bearing:
            fact = by_id.get(fact_id)
            if fact is None:
                continue
            items.append(
                Known(
                    id=f"k{len(items) + 1}",
                    statement=_statement(text, sentence),
                    facts=[fact.id],
                    ledger=fact.ledger,
                    subject=fact.subject,
                    label=fact.label,
                    value=fact.value,
                    unit=fact.unit,
                    as_of=fact.as_of,
                    start=sentence.start,
                    end=sentence.end,
                    href=fact.href,
                )
            )
    return items


def _inferred(text: str, judged: Sequence[Judged], by_id: dict[str, Fact]) -> list[Inferred]:
    items: list[Inferred] = []
    for sentence in judged:
        if sentence.kind == "inferred":
            items.append(
                Inferred(
                    id=f"i{len(items) + 1}",
                    statement=_statement(text, sentence),
                    based_on=[fact_id for fact_id in sentence.bearing if fact_id in by_id],
                    confidence=sentence.confidence or "low",
                    why=sentence.why,
                    start=sentence.start,
                    end=sentence.end,
                )
            )
    return items


def _statement(text: str, sentence: Judged) -> str:
    return sentence.text or text[sentence.start : sentence.end]


def _sources(facts: Sequence[Fact], consulted: Iterable[str]) -> list[Source]:
    counts: Counter[str] = Counter(fact.ledger for fact in facts)
    ledgers = dict.fromkeys([*consulted, *counts])
    return [Source(ledger=ledger, facts=counts.get(ledger, 0)) for ledger in ledgers]


def _missing(
    missing: Sequence[Missing], facts: Sequence[Fact], sources: Sequence[Source]
) -> list[Missing]:
    """Each need once. Where ledgers were consulted and none had anything, at least that is said:
    no data means that Missing is not empty (receipts design, operator spec 8.2)."""
    found: dict[str, Missing] = {}
    for item in missing:
        found.setdefault(" ".join(item.need.lower().split()).rstrip("."), item)
    if not found and not facts and sources:
        ledgers = ", ".join(source.ledger.replace("_", " ") for source in sources)
        found[""] = Missing(
            need=f"Anything on record in: {ledgers}",
            why_it_matters="Nothing there answers the question, so nothing can be stated.",
            how_to_get="question",
        )
    return list(found.values())
