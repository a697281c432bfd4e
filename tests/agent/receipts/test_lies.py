"""No lie is released as it stands, of whatever kind, and its repair tells only facts."""

from __future__ import annotations

import pytest

from tests.agent.receipts.ledger import FACTS, LIES, Lie, run


@pytest.mark.parametrize("kind", LIES)
def test_no_lie_of_a_kind_is_released(kind: str) -> None:
    told = [case for case in LIES[kind] if _is_told(case)]
    assert not told, "\n".join(f"{case.role}: {case.text}" for case in told)


@pytest.mark.parametrize("kind", LIES)
def test_a_held_lie_is_replaced_by_facts_alone(kind: str) -> None:
    for case in LIES[kind]:
        gate, out = run(case.role, case.text, case.cites, repaired=True)
        statements = {fact.statement for fact in FACTS[case.role].values()}
        for item in gate.judged:
            assert not item.replaced or item.text in statements
        assert all(held.text not in out for held in gate.held if held.text not in statements), case


def _is_told(case: Lie) -> bool:
    gate, out = run(case.role, case.text, case.cites)
    if gate.held:
        assert gate.held[0].text not in out
    return not gate.held
