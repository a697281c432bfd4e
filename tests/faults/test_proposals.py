"""A run dies after it has proposed something: nothing is asked twice, and no thread stays blocked
by a question that nobody waits for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx2
import psycopg
import pytest
from psycopg.rows import dict_row

from tests.agui import Answer, Sent, ask, follow, frames
from tests.faults.invariants import assert_invariants
from tests.service import OPERATOR, Server, running_service
from tests.standin import Standin, running_standin
from tests.standin.steps import Say

WAIT_SECONDS = 60.0
WORDS = "Thank you. That is done now, and we can take the next step together. " * 3
PROPOSAL = "Log a call with Cedar: agreed on the price"


@pytest.fixture(scope="module")
async def standin() -> AsyncIterator[Standin]:
    async with running_standin() as running:
        yield running


@pytest.fixture(scope="module")
async def server(server_url: str, standin: Standin) -> AsyncIterator[Server]:
    async with running_service(
        server_url, demo=True, ANTHROPIC_API_KEY="k", ANTHROPIC_BASE_URL=standin.url
    ) as running:
        yield running


def rows(server: Server, query: str, *given: object) -> list[dict[str, Any]]:
    with psycopg.connect(server.environment["DATABASE_URL"], row_factory=dict_row) as conn:
        return conn.execute(query.encode(), given).fetchall()


async def until(server: Server, query: str, *given: object) -> list[dict[str, Any]]:
    """The rows of a query once there are any."""
    async with asyncio.timeout(WAIT_SECONDS):
        while not (found := rows(server, query, *given)):  # noqa: ASYNC110 - a row tells nobody
            await asyncio.sleep(0.02)
    return found


@asynccontextmanager
async def proposed(server: Server, operator: httpx2.AsyncClient) -> AsyncIterator[Sent]:
    """A run that has proposed and cannot end: within the block it waits for a lock."""
    sent = Sent(PROPOSAL)
    with psycopg.connect(server.environment["DATABASE_URL"]) as conn:
        # The end of a run that stops reads its thread's receipts; nothing before it does.
        conn.execute("LOCK TABLE receipts IN ACCESS EXCLUSIVE MODE")
        sending = asyncio.create_task(begin(operator, sent))
        try:
            await until(server, "SELECT FROM approvals WHERE run_id = %s", sent.run_id)
            yield sent
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)


async def begin(client: httpx2.AsyncClient, sent: Sent) -> None:
    async with client.stream("POST", "/agui", json=sent.body) as response:
        async for _ in response.aiter_bytes():
            """Read until it breaks off."""


def approving(sent: Sent, approval: str) -> dict[str, Any]:
    """The body that approves and goes on, as a run of its own."""
    decided = {"status": "resolved", "payload": {"decision": "approve"}}
    body = Sent("", thread_id=sent.thread_id).body
    return {**body, "messages": [], "resume": [{"interruptId": approval, **decided}]}


async def test_what_was_proposed_is_not_proposed_again(server: Server) -> None:
    operator = await server.log_in(OPERATOR)
    async with proposed(server, operator) as sent:
        await server.kill()
    await server.start()
    answer = Answer(await follow(operator, sent.run_id))
    assert answer.last["outcome"]["type"] == "interrupt"
    inbox = (await operator.get("/approvals")).json()["approvals"]
    interrupts = answer.last["outcome"]["interrupts"]
    assert [item["id"] for item in interrupts] == [item["id"] for item in inbox]
    started = [e["toolCallId"] for e in answer.events if e["type"] == "TOOL_CALL_START"]
    assert interrupts[0]["toolCallId"] == started[-1]
    response = await operator.post("/agui", json=approving(sent, interrupts[0]["id"]))
    assert response.status_code == 200 and '"TOOL_CALL_RESULT"' in response.text
    touches = rows(server, "SELECT FROM lead_touches WHERE outcome = 'agreed on the price'")
    assert len(touches) == 1
    assert_invariants(server.environment["DATABASE_URL"])


async def test_a_run_that_goes_on_may_die_too(server: Server, standin: Standin) -> None:
    """Killed after the act was done and told, while the model words the answer."""
    operator = await server.log_in(OPERATOR)
    asked = await ask(operator, "Log a call with Bright: hello", thread_id="one-conversation")
    sent = Sent("", thread_id="one-conversation")
    body = approving(sent, asked.last["outcome"]["interrupts"][0]["id"])
    standin.script([Say(WORDS, pieces=tuple(WORDS), pause=0.2)])
    with suppress(httpx2.TransportError):
        async with operator.stream("POST", "/agui", json=body) as response:
            async for frame in frames(response):
                if frame.event["type"] == "TEXT_MESSAGE_CONTENT":
                    await server.kill()
    await server.start()
    tape = Answer(await follow(operator, body["runId"]))
    kinds = [event["type"] for event in tape.events]
    assert kinds[-1] == "RUN_FINISHED" and kinds.count("TOOL_CALL_RESULT") == 1
    assert_invariants(server.environment["DATABASE_URL"])


async def test_what_is_not_proposed_again_is_withdrawn(server: Server, standin: Standin) -> None:
    """The model thinks otherwise at the second attempt: the first proposal must not wait on."""
    operator = await server.log_in(OPERATOR)
    async with proposed(server, operator) as sent:
        await server.kill()
    standin.script("echo")
    await server.start()
    answer = Answer(await follow(operator, sent.run_id))
    assert answer.last["outcome"]["type"] == "success"
    await assert_withdrawn(server, operator, sent)


async def test_a_cancelled_run_withdraws_what_it_proposed(server: Server) -> None:
    operator = await server.log_in(OPERATOR)
    async with proposed(server, operator) as sent:
        await operator.post(f"/agui/runs/{sent.run_id}/cancel")
    answer = Answer(await follow(operator, sent.run_id))
    assert answer.last["outcome"]["type"] == "cancelled"
    await assert_withdrawn(server, operator, sent)


async def assert_withdrawn(server: Server, operator: httpx2.AsyncClient, sent: Sent) -> None:
    assert (await operator.get("/approvals")).json()["approvals"] == []
    (approval,) = rows(server, "SELECT id, status FROM approvals WHERE run_id = %s", sent.run_id)
    assert approval["status"] == "superseded"
    late = await operator.post(f"/approvals/{approval['id']}", json={"decision": "approve"})
    assert late.status_code == 409 and late.json()["code"] == "superseded"
    # The thread takes messages again.
    again = await ask(operator, "What is the bottleneck?", thread_id=sent.thread_id)
    assert again.last["type"] == "RUN_FINISHED"
    assert_invariants(server.environment["DATABASE_URL"])
