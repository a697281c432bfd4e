"""Truthful sentences, as a capable model writes them, are released: at most 2 % are held back."""

from __future__ import annotations

from agent.models.types import BlockEnd, Cited, Text
from tests.agent.receipts.ledger import FACTS, TRUTHS, gate_for, ids, run

MOST_HELD = 0.02


def test_truthful_sentences_are_released() -> None:
    held = []
    for case in TRUTHS:
        gate, _ = run(case.role, case.text, case.cites, case.user)
        held += [f"{case.role}: {item.text}\n  {item.reason}" for item in gate.held]
    share = len(held) / len(TRUTHS)
    assert share <= MOST_HELD, f"{share:.1%} of {len(TRUTHS)} held back:\n" + "\n".join(held)


def test_what_is_released_is_what_was_written() -> None:
    for case in TRUTHS:
        gate, out = run(case.role, case.text, case.cites, case.user)
        if not gate.held:
            assert out == case.text


def test_facts_are_known_by_their_own_words() -> None:
    """Every tool's statement may be repeated as it stands, cited or not."""
    for role, facts in FACTS.items():
        for handle, fact in facts.items():
            gate, out = run(role, fact.statement, (handle,))
            assert out == fact.statement, (handle, gate.held)
            assert [item.kind for item in gate.judged] == ["known"], handle


def test_a_whole_answer_is_released_with_its_table_and_list() -> None:
    blocks = (
        ("Here's where things stand.\n\n", ()),
        ("Proposal approval is your bottleneck right now.", ("constraint.constraint",)),
        (" ", ()),
        (
            "Two proposals are ready and waiting for you to review and send.",
            ("constraint.reason",),
        ),
        ("\n\n1. **Cedar Contractors quotes**: ", ()),
        ("unsent for 9 days", ("cedar.days-stuck",)),
        ("\n2. **Oak Family Law portal**: ", ()),
        ("approved 3 days ago, build not started", ("oak.days-since-approval",)),
        ("\n\n| Lead | Budget |\n|---|---|\n", ()),
        ("| Cedar Contractors quotes | $9,500 |\n", ("cedar.budget",)),
        ("| Summit Realty router | $15,000 |\n", ("summit.budget",)),
        ("\nI'd start with Cedar. Shall I look at the others too?", ()),
    )
    gate, out = gate_for("operator"), ""
    for number, (text, cites) in enumerate(blocks):
        out += gate.feed(Text(number, text))
        if cites:
            out += gate.feed(Cited(number, ids("operator", cites)))
        out += gate.feed(BlockEnd(number))
    out += gate.finish()
    assert not gate.held
    assert out == "".join(text for text, _ in blocks)
    kinds = [item.kind for item in gate.judged]
    assert kinds.count("known") == 6, gate.judged
