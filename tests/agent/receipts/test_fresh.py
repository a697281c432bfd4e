"""Texts that were written without a look at the verifier, each set counted once before it was
worked on. What still fails of them is marked, and nothing else may fail."""

from __future__ import annotations

import pytest

from tests.agent.receipts.ledger import FRESH, Fresh, run


@pytest.mark.parametrize("number", sorted({case.number for case in FRESH}))
def test_only_the_marked_lies_of_a_set_are_released(number: int) -> None:
    lies = [case for case in FRESH if case.number == number and case.kind != "truth"]
    assert _failing(lies) == {case.text for case in lies if case.fails}


@pytest.mark.parametrize("number", sorted({case.number for case in FRESH}))
def test_only_the_marked_truths_of_a_set_are_held(number: int) -> None:
    truths = [case for case in FRESH if case.number == number and case.kind == "truth"]
    assert _failing(truths) == {case.text for case in truths if case.fails}


def _failing(cases: list[Fresh]) -> set[str]:
    """The lies that are released and the truths that are held."""
    failing = set()
    for case in cases:
        gate, out = run(case.role, case.text, case.cites)
        if gate.held:
            assert gate.held[0].text not in out
        else:
            assert out == case.text
        if bool(gate.held) == (case.kind == "truth"):
            failing.add(case.text)
    return failing


def test_no_lie_becomes_known() -> None:
    for case in FRESH:
        if case.kind != "truth":
            gate, _ = run(case.role, case.text, case.cites)
            known = [one.text for one in gate.judged if one.kind == "known"]
            assert gate.held or not known, known
