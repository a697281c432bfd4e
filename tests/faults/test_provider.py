"""Everything that the model's provider can do wrong: each has its policy, and one plain sentence."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx2
import psycopg
import pytest

from tests.agui import Answer, Sent, ask, assert_whole, send
from tests.service import OPERATOR, Server, running_service
from tests.standin import Standin, running_standin
from tests.standin.steps import Call, Cut, Say

QUESTION = "What is the bottleneck?"
OFFLINE_ANSWER = "proposal approval"
BEGUN = "Thank you for asking. Let me think about this with you."
PLENTY = 12
"""More answers than a run may ask for."""


@dataclass
class Rig:
    """A service, the provider it asks, and an operator's client."""

    server: Server
    standin: Standin
    operator: httpx2.AsyncClient

    async def told(self, *answers: Any, text: str = QUESTION, **ids: str) -> Answer:
        """Ask while the provider answers so; the tape must be whole and nothing left open."""
        self.standin.script(*answers)
        sent = Sent(text, **ids)
        answer = Answer(await send(self.operator, sent))
        assert_whole(answer.frames)
        thread = (await self.operator.get(f"/threads/{sent.thread_id}")).json()
        assert thread["active_run_id"] is None
        said = [message for message in thread["messages"] if message["run_id"] == sent.run_id]
        assert "\n\n".join(message["content"] for message in said[1:]) == "\n\n".join(
            answer_texts(answer)
        )
        return answer

    async def stored(self, answer: Answer) -> dict[str, Any]:
        """The last stored message of the answer's run."""
        started = answer.events[0]
        thread = (await self.operator.get(f"/threads/{started['threadId']}")).json()
        message: dict[str, Any] = thread["messages"][-1]
        return message

    def admin(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.server.environment["DATABASE_URL"], autocommit=True)


def answer_texts(answer: Answer) -> list[str]:
    """The texts of the answer's messages, in order."""
    texts: dict[str, str] = {}
    for event in answer.events:
        if event["type"] == "TEXT_MESSAGE_CONTENT":
            texts[event["messageId"]] = texts.get(event["messageId"], "") + event["delta"]
    return list(texts.values())


@pytest.fixture(scope="module")
async def running(server_url: str) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        standin = await stack.enter_async_context(running_standin())
        server = await stack.enter_async_context(
            running_service(
                server_url,
                demo=True,
                ANTHROPIC_API_KEY="k",
                ANTHROPIC_BASE_URL=standin.url,
                MOSAIC_MODEL_TIMEOUT="1",
            )
        )
        rig = Rig(server, standin, await server.log_in(OPERATOR))
        # The first time that the offline model stands in, it has to be trained.
        await rig.told("fault:invalid_key")
        yield rig


@pytest.fixture
async def rig(running: Rig) -> AsyncIterator[Rig]:
    """The provider well and trusted at the start of each test, and still answering after it."""
    running.standin.reset()
    with running.admin() as conn:
        conn.execute("DELETE FROM provider_breakers")
    yield running
    running.standin.reset()
    with running.admin() as conn:
        conn.execute("DELETE FROM provider_breakers")
    after = await ask(running.operator, QUESTION)
    assert after.last["outcome"] == {"type": "success"}
    assert "notice" not in after.receipt and running.standin.requests


def is_plain(sentence: str) -> bool:
    """One or two plain sentences, without the words of a program."""
    foreign = ("Error", "Traceback", "{", "None", "http", "Exception")
    return sentence.endswith(".") and not any(word in sentence for word in foreign)


PASSING = ["429", "529", "500", "error_before", "api_error_before", "cut_before", "read_timeout"]


@pytest.mark.parametrize("fault", PASSING)
async def test_what_passes_before_the_first_word_is_never_seen(rig: Rig, fault: str) -> None:
    answer = await rig.told(f"fault:{fault}")
    assert answer.last["outcome"] == {"type": "success"}
    assert "notice" not in answer.receipt
    assert answer.tools == ["get_constraint"] and OFFLINE_ANSWER in answer.text.lower()
    assert {usage["provider"] for usage in answer.last["usage"]} == {"anthropic"}
    assert len(rig.standin.requests) == 3


STAYING = {
    "429": ("The model provider limits how much we may ask", 4),
    "429_long": ("The model provider limits how much we may ask", 1),
    "529": ("The model provider is overloaded or failing", 4),
    "500": ("The model provider is overloaded or failing", 4),
    "error_before": ("The model provider is overloaded or failing", 4),
    "cut_before": ("The connection to the model provider failed", 4),
    "connect_hang": ("The model provider did not answer in time", 4),
    "read_timeout": ("The model provider did not answer in time", 4),
    "invalid_key": ("The model provider refused our key", 1),
    "404": ("The model provider does not know the model claude-sonnet-5-5", 1),
    "400": ("The model provider refused the request (HTTP 400)", 1),
}


@pytest.mark.parametrize("fault", STAYING)
async def test_what_stays_is_stood_in_for_and_said(rig: Rig, fault: str) -> None:
    happened, requests = STAYING[fault]
    answer = await rig.told(*[f"fault:{fault}"] * PLENTY)
    assert answer.last["outcome"] == {"type": "success"}
    assert answer.receipt["notice"] == f"{happened}, so the offline model made this answer."
    assert OFFLINE_ANSWER in answer.text and answer.receipt["known"]
    assert len(rig.standin.requests) == requests
    stored = await rig.stored(answer)
    assert stored["metadata"]["notice"] == answer.receipt["notice"]
    assert "status" not in stored["metadata"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [("overloaded_after", "LLM_5XX"), ("cut", "LLM_NETWORK"), ("half_open", "LLM_NETWORK")],
)
async def test_what_breaks_off_is_kept_marked_and_said(rig: Rig, fault: str, code: str) -> None:
    answer = await rig.told(f"fault:{fault}")
    assert answer.last["type"] == "RUN_ERROR" and answer.last["code"] == code
    assert answer.last["message"].startswith("The answer stopped in the middle. The ")
    assert is_plain(answer.last["message"])
    assert BEGUN.startswith(answer.text) and len(answer.text) > len(BEGUN) - 10
    assert len(rig.standin.requests) == 1
    stored = await rig.stored(answer)
    assert stored["content"] == answer.text and stored["metadata"]["status"] == "error"
    (usage,) = answer.last["usage"]
    assert usage["inputTokens"] > 500 and usage["outputTokens"] > 5


async def test_what_broke_off_unseen_is_stood_in_for(rig: Rig) -> None:
    """The sentence claims, so it was held back; for the reader nothing has begun."""
    answer = await rig.told([Say("Cedar Contractors has waited for 9 days"), Cut()])
    assert answer.last["outcome"] == {"type": "success"}
    assert answer.receipt["notice"].startswith("The connection to the model provider failed, so")
    assert "Cedar Contractors has waited" not in answer.text and OFFLINE_ANSWER in answer.text


async def test_a_failure_after_the_tools_keeps_what_they_found(rig: Rig) -> None:
    begun = [Say("Let me look."), Call("get_constraint", {})]
    answer = await rig.told(begun, *["fault:529"] * PLENTY)
    assert answer.last["outcome"] == {"type": "success"} and answer.tools == ["get_constraint"]
    assert answer.text.startswith("Let me look.") and OFFLINE_ANSWER in answer.text
    assert "overloaded or failing, so the offline model" in answer.receipt["notice"]


WRONG_CALLS = {
    "bad JSON": (Call("get_failures", '{"bucket": "st'), "they are not a JSON object."),
    "not an object": (Call("get_failures", '["Cedar"]'), "they are not a JSON object."),
    "bad arguments": (
        Call("get_failures", {"bucket": {"deep": [1]}}),
        "arguments are wrong: bucket",
    ),
    "unknown tool": (Call("open_the_vault", {"code": 42}), "no tool called 'open_the_vault' here."),
}


@pytest.mark.parametrize("case", WRONG_CALLS)
async def test_a_wrong_call_is_explained_to_the_model(rig: Rig, case: str) -> None:
    call, explained = WRONG_CALLS[case]
    answer = await rig.told([call], [Call("get_constraint", {})])
    result = rig.standin.requests[1]["messages"][-1]["content"][0]
    assert result["is_error"] and explained in str(result["content"])
    assert answer.last["outcome"] == {"type": "success"} and OFFLINE_ANSWER in answer.text.lower()
    assert "notice" not in answer.receipt and "get_constraint" in answer.tools


@pytest.mark.parametrize("case", WRONG_CALLS)
async def test_a_model_that_only_calls_wrongly_is_stopped(rig: Rig, case: str) -> None:
    answer = await rig.told(*[[WRONG_CALLS[case][0]]] * PLENTY)
    assert answer.last["outcome"] == {"type": "success"}
    assert answer.text == (
        "The language model did not come to an answer. Try asking it another way."
    )
    assert len(rig.standin.requests) == 3 and "tools" not in rig.standin.requests[2]


async def test_the_same_call_is_made_once_and_then_answered(rig: Rig) -> None:
    call = [Call("get_constraint", {})]
    answer = await rig.told(call, call, "honest")
    results = [e for e in answer.events if e["type"] == "TOOL_CALL_RESULT"]
    assert [e["metadata"]["summary"] for e in results][1] == "Looked up already"
    again = rig.standin.requests[2]["messages"]
    assert again[-1]["content"][0]["content"] == again[-3]["content"][0]["content"]
    assert "tools" in rig.standin.requests[1] and "tools" not in rig.standin.requests[2]
    assert OFFLINE_ANSWER in answer.text.lower() and answer.receipt["known"]


async def test_one_effect_for_a_call_that_is_repeated(rig: Rig) -> None:
    """Twice in one reply and once more after it: logged once."""
    client = await rig.server.log_in("client@demo.local")
    before = (await client.get("/experiments", params={"limit": 100})).json()["experiments"]
    call = Call("create_experiment", {"experiment_name": "Call a former colleague"})
    rig.standin.script([call, call], [call], [Say("Done.")])
    answer = await ask(client, "Log an experiment: call a former colleague")
    assert_whole(answer.frames)
    after = (await client.get("/experiments", params={"limit": 100})).json()["experiments"]
    assert len(after) == len(before) + 1


async def test_ever_new_calls_end_at_the_step_budget(rig: Rig) -> None:
    calls = [[Call("find_lead", {"query": f"Cedar {n}"})] for n in range(PLENTY)]
    answer = await rig.told(*calls)
    assert answer.last["outcome"] == {"type": "success"} and answer.text
    assert len(rig.standin.requests) == 6 and "tools" not in rig.standin.requests[5]
    assert "did not come to an answer" in answer.receipt.get("notice", "") + answer.text


SENTENCES = {
    "refusal": "The language model declined to answer this. Try asking it another way.",
    "empty": "The language model gave no answer. Try asking it another way.",
}


@pytest.mark.parametrize("persona", SENTENCES)
async def test_no_words_become_a_sentence(rig: Rig, persona: str) -> None:
    answer = await rig.told(persona)
    assert answer.last["outcome"] == {"type": "success"}
    assert answer.text == SENTENCES[persona] and "notice" not in answer.receipt


async def test_no_words_after_the_tools_become_their_facts(rig: Rig) -> None:
    answer = await rig.told([Call("get_constraint", {})], "empty")
    assert OFFLINE_ANSWER in answer.text.lower() and answer.receipt["known"]
    assert answer.receipt["notice"].startswith("The language model gave no answer, so")


@pytest.mark.parametrize("persona", ["max_tokens", "window"])
async def test_a_cut_answer_says_that_it_was_cut(rig: Rig, persona: str) -> None:
    answer = await rig.told(persona)
    assert answer.last["outcome"] == {"type": "success"}
    assert answer.text == "Thank you for asking. Let me think about this with"
    assert answer.receipt["notice"] == "The answer was cut at its length limit."
    assert len(rig.standin.requests) == 1


async def test_a_pause_is_gone_on_from(rig: Rig) -> None:
    answer = await rig.told("pause_turn", [Say(" you, step by step.")])
    assert answer.text == "Thank you for asking. Let me think about this with you, step by step."
    assert "notice" not in answer.receipt
    *_, said, note = rig.standin.requests[1]["messages"]
    assert said["role"] == "assistant" and "Let me think" in said["content"][0]["text"]
    assert note["role"] == "user" and "Go on" in note["content"][0]["text"]


async def test_endless_pauses_end(rig: Rig) -> None:
    answer = await rig.told(*["pause_turn"] * PLENTY)
    assert answer.last["outcome"] == {"type": "success"}
    assert answer.receipt["notice"] == "The language model did not finish this answer."
    assert len(rig.standin.requests) == 4


async def test_a_conversation_that_is_too_long_is_cut_to_its_last_message(rig: Rig) -> None:
    first = await rig.told(text="hello")
    thread = first.events[0]["threadId"]
    answer = await rig.told("fault:context_overflow", thread_id=thread)
    assert OFFLINE_ANSWER in answer.text.lower() and "notice" not in answer.receipt
    refused, taken = list(rig.standin.requests)[1:3]
    assert len(refused["messages"]) == 3 and len(taken["messages"]) == 1


async def test_what_is_too_long_even_alone_is_stood_in_for(rig: Rig) -> None:
    answer = await rig.told(*["fault:context_overflow"] * PLENTY)
    assert answer.receipt["notice"] == (
        "This is too long for the language model, so the offline model made this answer."
    )
    assert OFFLINE_ANSWER in answer.text and len(rig.standin.requests) == 2


async def test_unreachable_the_provider_is_left_alone_until_a_probe_finds_it(
    server_url: str,
) -> None:
    """Connections refused, then never accepted, then a provider again on the same port."""
    async with AsyncExitStack() as gone:
        port = (await gone.enter_async_context(running_standin())).port
    async with running_service(
        server_url,
        demo=True,
        ANTHROPIC_API_KEY="k",
        ANTHROPIC_BASE_URL=f"http://127.0.0.1:{port}",
        MOSAIC_MODEL_TIMEOUT="1",
    ) as server:
        operator = await server.log_in(OPERATOR)
        rig = Rig(server, Standin(), operator)

        async def state() -> str:
            return str((await operator.get("/health")).json()["model"]["state"])

        assert await state() == "ok"
        for answer in await asyncio.gather(*(rig.told() for _ in range(3))):
            notice = answer.receipt["notice"]
            assert notice.startswith("The connection to the model provider failed, so the offline")
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            deaf.bind(("127.0.0.1", port))
            deaf.listen(0)
            with socket.create_connection(("127.0.0.1", port)):
                for answer in await asyncio.gather(*(rig.told() for _ in range(2))):
                    assert "did not answer in time, so the offline" in answer.receipt["notice"]
        assert await state() == "open"
        answer = await rig.told()
        assert "is failing and is left alone for a moment, so" in answer.receipt["notice"]
        assert OFFLINE_ANSWER in answer.text
        with rig.admin() as conn:
            conn.execute("UPDATE provider_breakers SET probe_at = now()")
        async with running_standin(port=port):
            # What the process has read of the breaker grows old.
            await asyncio.sleep(1.1)
            answer = await rig.told()
            assert "notice" not in answer.receipt and await state() == "ok"
