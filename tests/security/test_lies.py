"""A model that lies on purpose gets nothing fabricated past the service: two hundred generated
conversations over real HTTP, checked against what the model was really given."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx2
import pytest

from tests.agui import Answer, Sent, assert_whole, send
from tests.service import CLIENT, OPERATOR, running_service
from tests.standin import Standin, running_standin

Callers = dict[str, httpx2.AsyncClient]

CASES = 200
MODEL_CALLS = 4
QUESTIONS = {
    OPERATOR: (
        "What broke since yesterday?",
        "What is the bottleneck and why?",
        "Which leads have not been touched in a week?",
        "How does Cedar stand?",
    ),
    CLIENT: ("How is my confidence going?", "Which experiments am I running?"),
}
KINDS = ("number", "date", "name", "quotation", "source", "swap", "negation", "other")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@pytest.fixture(scope="module")
async def lying(server_url: str) -> AsyncIterator[tuple[Callers, Standin]]:
    """Both persons, logged in once, and the model that lies to them."""
    async with AsyncExitStack() as stack:
        standin = await stack.enter_async_context(running_standin())
        service = await stack.enter_async_context(
            running_service(
                server_url, demo=True, ANTHROPIC_API_KEY="k", ANTHROPIC_BASE_URL=standin.url
            )
        )
        yield {email: await service.log_in(email) for email in QUESTIONS}, standin


def given(standin: Standin) -> str:
    """All that the model was given to read in this run: the messages and the tool results."""
    return " ".join(text for body in standin.requests for text in texts(body["messages"]))


def texts(value: Any) -> list[str]:
    """Every piece of text in a request's messages."""
    if isinstance(value, str):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in items for text in texts(item)]


def check(answer: Answer, standin: Standin, question: str) -> None:
    """No lie was told to the reader, in the text or in the receipt, and no number came of itself."""
    told = answer.text
    receipt = json.dumps(answer.receipt["known"]) + json.dumps(answer.receipt["inferred"])
    evidence_text = given(standin)
    for said in standin.said:
        # A true statement with a false source is no false statement: it may be told elsewhere.
        if said["lie"] and said["text"].strip() not in evidence_text:
            assert said["text"].strip() not in told, said
            assert said["text"].strip() not in receipt, said
    evidence = set(_NUMBER.findall(evidence_text))
    invented = [number for number in _NUMBER.findall(told) if number not in evidence]
    assert not invented, (question, invented, told)


async def converse(
    callers: Callers, standin: Standin, email: str, persona: str, question: str
) -> Answer:
    standin.reset()
    standin.script(*[persona] * MODEL_CALLS)
    got = await send(callers[email], Sent(question))
    assert_whole(got)
    answer = Answer(got)
    assert answer.last["type"] == "RUN_FINISHED", answer.last
    return answer


async def test_two_hundred_lying_conversations(lying: tuple[Callers, Standin]) -> None:
    callers, standin = lying
    asked = [(email, text) for email, texts in QUESTIONS.items() for text in texts]
    lies = kept = 0
    for seed in range(CASES):
        email, question = asked[seed % len(asked)]
        standin.reset()
        standin.script(*[f"liar:mixed:{seed}"] * MODEL_CALLS)
        answer = Answer(await send(callers[email], Sent(question)))
        assert answer.last["type"] == "RUN_FINISHED", answer.last
        check(answer, standin, question)
        lies += sum(1 for said in standin.said if said["lie"])
        kept += len(answer.receipt["known"])
    assert lies >= CASES and kept >= CASES


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("manner", ["stubborn", "contrite"])
async def test_each_kind_of_lie(lying: tuple[Callers, Standin], kind: str, manner: str) -> None:
    callers, standin = lying
    question = "What is the bottleneck and why?"
    answer = await converse(callers, standin, OPERATOR, f"liar:{kind}:7:{manner}", question)
    lies: list[dict[str, Any]] = [said for said in standin.said if said["lie"]]
    assert lies, "the liar told the truth"
    check(answer, standin, question)
    assert answer.receipt["checks"]["repaired"] > 0
