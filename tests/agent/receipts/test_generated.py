"""Statements of the tools with one thing changed: none of these generated lies is released."""

from __future__ import annotations

import pytest

from agent.models.types import BlockEnd, Cited, Text
from tests.agent.receipts.ledger import FACTS, Role, gate_for
from tests.agent.receipts.mutations import MUTATIONS, lies

COUNT = 25


@pytest.mark.parametrize("role", FACTS)
@pytest.mark.parametrize("kind", MUTATIONS)
def test_no_changed_statement_is_released(kind: str, role: Role) -> None:
    told = []
    for text, cited in lies(kind, list(FACTS[role].values()), seed=11, count=COUNT):
        gate = gate_for(role)
        gate.feed(Text(0, text))
        gate.feed(Cited(0, tuple(fact.id for fact in cited)))
        gate.feed(BlockEnd(0))
        gate.finish()
        if not gate.held:
            told.append(text)
    assert not told, "\n".join(told)
