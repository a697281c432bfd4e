"""The gate: what is shown does not depend on how the stream is cut, and nothing that claims is
shown before it has been judged."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest

from agent.models.types import BlockEnd, Cited, Text
from agent.receipts.gate import Gate
from tests.agent.receipts.ledger import FACTS, LIES, NAMES, TRUTHS, Role, gate_for, ids, run

Blocks = Sequence[tuple[str, tuple[str, ...]]]

ANSWER: Blocks = (
    ("Here's where things stand.\n\n", ()),
    ("Proposal approval is your bottleneck right now.", ("constraint.constraint",)),
    ("\n\n1. **Cedar Contractors quotes**: ", ()),
    ("unsent for 9 days", ("cedar.days-stuck",)),
    ("\n2. **Summit Realty router**: ", ()),
    ("sent 12 days ago, e.g. $15,000 of budget", ("summit.days-since-sent", "summit.budget")),
    (
        "\n\n| Lead | Budget |\n|---|---|\n| Cedar Contractors quotes | $9,500 |\n",
        ("cedar.budget",),
    ),
    ("\nI'd start with Cedar. The win rate is 71%. Shall I look at the others?", ("win.win-rate",)),
)


def play(blocks: Blocks, role: Role, pieces: Iterator[int] | None = None) -> tuple[Gate, str]:
    """Stream blocks through a gate, each delta as long as the next of `pieces` says."""
    gate, out = gate_for(role), ""
    for number, (text, cites) in enumerate(blocks):
        at = 0
        while at < len(text):
            size = next(pieces) if pieces else len(text)
            out += gate.feed(Text(number, text[at : at + size]))
            at += size
        if cites:
            out += gate.feed(Cited(number, ids(role, cites)))
        out += gate.feed(BlockEnd(number))
    return gate, out + gate.finish()


def sizes(seed: int) -> Iterator[int]:
    rng = random.Random(seed)
    while True:
        yield rng.choice([1, 1, 2, 3, 5, 8, 40])


def single() -> Iterator[int]:
    while True:
        yield 1


@pytest.mark.parametrize("seed", range(12))
def test_any_cut_of_an_answer_gives_the_same(seed: int) -> None:
    whole, text = play(ANSWER, "operator")
    gate, out = play(ANSWER, "operator", sizes(seed) if seed else single())
    assert out == text
    assert gate.judged == whole.judged
    assert gate.held == whole.held
    assert len(whole.held) == 1


def test_character_by_character_every_case_gives_the_same() -> None:
    cases = [*TRUTHS[::9], *(lie for kind in LIES.values() for lie in kind[::9])]
    assert len(cases) > 60
    for case in cases:
        blocks = [(case.text, case.cites)]
        whole, text = play(blocks, case.role)
        gate, out = play(blocks, case.role, single())
        assert (out, gate.judged, gate.held) == (text, whole.judged, whole.held), case.text


def test_nothing_of_a_claim_is_shown_before_its_sources() -> None:
    gate = gate_for("operator")
    out = gate.feed(Text(0, "Well, Cedar's proposal has been unsent for 9 days. "))
    assert out == "Well, "
    out += gate.feed(Cited(0, ids("operator", ["cedar.days-stuck"])))
    assert out == "Well, "
    out += gate.feed(BlockEnd(0))
    assert out == "Well, "
    assert "9 days" in gate.feed(Text(1, "And"))


def test_what_claims_nothing_is_shown_at_once() -> None:
    gate = gate_for("client")
    assert gate.feed(Text(0, "That sounds hard. What would ")) == "That sounds hard. What would"
    assert gate.feed(Text(0, "help you most")) == " help you"
    assert gate.finish() == " most"


def test_no_number_of_a_lie_is_ever_shown() -> None:
    """Also not for a moment, and also not the part of a sentence that comes before it."""
    for role, facts in FACTS.items():
        for fact in list(facts.values())[::7]:
            text = f"{fact.statement.rstrip('.')}, and 4711 more."
            gate, shown = gate_for(role), []
            for char in text:
                shown.append(gate.feed(Text(0, char)))
            gate.feed(Cited(0, (fact.id,)))
            shown += [gate.feed(BlockEnd(0)), gate.finish()]
            assert not any(char.isdigit() for char in "".join(shown)), text
            assert len(gate.held) == 1


def test_after_a_held_sentence_nothing_follows_until_it_is_repaired() -> None:
    gate, out = run("operator", "The win rate is 71%. Shall I go on?", ["win.win-rate"])
    assert out == "The "
    assert [held.text for held in gate.held] == ["The win rate is 71%."]


def test_a_repaired_answer_goes_on_with_the_facts_in_place() -> None:
    text = "The win rate is 71%. Cedar's budget is $9,500."
    gate, out = run("operator", text, ["win.win-rate", "cedar.budget"], repaired=True)
    assert "71" not in out
    assert FACTS["operator"]["win.win-rate"].statement in out
    assert out.endswith("Cedar's budget is $9,500.")
    assert any(item.replaced for item in gate.judged)


def test_offsets_point_at_the_sentences() -> None:
    gate, out = play(ANSWER[:-1], "operator")
    for item in gate.judged:
        assert out[item.start : item.end].replace("**", "") == item.text


def test_an_open_sentence_is_continued_by_the_next_stream() -> None:
    gate = gate_for("operator", before="Here is what I found:\n\n- Cedar")
    gate.feed(Text(0, " has been unsent for 9 days."))
    gate.feed(Cited(0, ids("operator", ["cedar.days-stuck"])))
    out = gate.feed(BlockEnd(0)) + gate.finish()
    assert out == " has been unsent for 9 days."
    assert [item.kind for item in gate.judged] == ["known"]


def test_what_is_not_on_record_may_be_said_in_the_tools_words() -> None:
    need = "Reply rates of proposals are not tracked in 2026"
    gate, out = run("operator", f"{need}.", absent=[need])
    assert out == f"{need}."
    gate, out = run("operator", "Reply rates of 40% are not tracked in 2026.", absent=[need])
    assert gate.held


def test_a_verifier_that_raises_lets_nothing_through() -> None:
    """In the last year there is no next one to read a date in: the error reaches the caller, and
    the gate has shown nothing of the sentence."""
    gate = Gate(
        role="operator",
        user_text="",
        facts=tuple(FACTS["operator"].values()),
        names=NAMES["operator"],
        now=datetime(9999, 12, 31, tzinfo=UTC),
    )
    shown = gate.feed(Text(0, "Cedar was approved in March. "))
    gate.feed(Cited(0, ids("operator", ["oak.approved"])))
    gate.feed(BlockEnd(0))
    with pytest.raises(ValueError):
        gate.finish()
    assert shown == ""
