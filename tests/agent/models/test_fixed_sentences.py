"""Everything the offline model says without a fact passes the same gate as any model's text."""

from __future__ import annotations

import pytest

from agent.models import coaching, smalltalk, untracked
from agent.models.compose import MORE_TO_SAY, NOTHING_FOUND, plain, spoken
from agent.models.types import BlockEnd, Cited, Text
from agent.receipts.gate import Gate
from tests.agent.models.conftest import NAMES, NOW, ROLES, Ask, Role

COACHED = [
    (topic.examples[0], reply) for topic in coaching.TOPICS.values() for reply in topic.replies
] + [("my week", reply) for reply in coaching.OPEN_REPLIES]


def held(role: Role, sentences: tuple[str, ...], said: str = "hello") -> list[str]:
    """What the gate does not let through, with its reasons."""
    names = tuple(name.text for name in NAMES[role])
    gate = Gate(role=role, user_text=said, facts=(), names=names, now=NOW)
    for event in spoken(plain(sentences)):
        if isinstance(event, Text | Cited | BlockEnd):
            gate.feed(event)
    gate.finish()
    return [f"{item.text}: {item.reason}" for item in gate.held]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("topic", sorted(smalltalk.TALK))
def test_courtesies(role: Role, topic: str) -> None:
    assert held(role, smalltalk.TALK[topic].reply(role)) == []


@pytest.mark.parametrize(
    ("role", "topic"), [(role, topic) for role in ROLES for topic in smalltalk.REFUSALS[role]]
)
def test_refusals(role: Role, topic: str) -> None:
    assert held(role, (smalltalk.REFUSALS[role][topic].reply,)) == []


@pytest.mark.parametrize(("said", "reply"), COACHED)
def test_coaching(said: str, reply: tuple[str, ...]) -> None:
    assert held("client", reply, said) == []


@pytest.mark.parametrize("role", ROLES)
def test_what_is_not_tracked(role: Role) -> None:
    for topic in untracked.BY_ROLE[role]:
        assert held(role, (f"Nothing here keeps track of {topic}, so I cannot say.",)) == []


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("said", ["zxcv qwer asdf?", "what is the weather?"])
async def test_offers(ask: Ask, role: Role, said: str) -> None:
    got = await ask(role, said)
    assert held(role, tuple(text.strip() for text, _ in got.blocks), said) == []


@pytest.mark.parametrize("role", ROLES)
def test_notes_about_the_receipt(role: Role) -> None:
    assert held(role, (MORE_TO_SAY, NOTHING_FOUND)) == []
