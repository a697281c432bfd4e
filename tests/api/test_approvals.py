"""A gate in the conversation: proposed in chat, decided by a person, carried out once, told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx2
import psycopg
import pytest

from tests.agui import Answer, Sent, ask, follow, frames, send
from tests.service import CLIENT, OPERATOR, Server, running_service


@pytest.fixture
async def own(server_url: str) -> AsyncIterator[tuple[Server, psycopg.AsyncConnection[Any]]]:
    """A service of the test's own, and its database."""
    async with running_service(server_url, demo=True) as server:
        url = server.environment["DATABASE_URL"]
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as conn:
            yield server, conn


async def stop_for(operator: httpx2.AsyncClient, text: str) -> tuple[Sent, dict[str, Any]]:
    """Ask for a gated act; returns what was sent and the one interrupt it stopped with."""
    sent = Sent(text)
    answer = Answer(await send(operator, sent))
    outcome = answer.last["outcome"]
    assert outcome["type"] == "interrupt", answer.events
    assert len(outcome["interrupts"]) == 1
    interrupt: dict[str, Any] = outcome["interrupts"][0]
    return sent, interrupt


def resume_of(
    sent: Sent, interrupt: dict[str, Any], payload: Any, status: str = "resolved"
) -> dict[str, Any]:
    body = {**sent.body, "runId": str(uuid4()), "messages": []}
    return {
        **body,
        "resume": [{"interruptId": interrupt["id"], "status": status, "payload": payload}],
    }


async def resume(operator: httpx2.AsyncClient, body: dict[str, Any]) -> Answer:
    async with operator.stream("POST", "/agui", json=body) as response:
        assert response.status_code == 200, await response.aread()
        return Answer([frame async for frame in frames(response)])


async def build_of(conn: psycopg.AsyncConnection[Any], lead: str) -> Any:
    found = await conn.execute(
        "SELECT status, build_started_at IS NOT NULL FROM leads WHERE id = %s", (lead,)
    )
    return await found.fetchone()


async def test_approved_in_chat_it_is_done_once_and_told(
    own: tuple[Server, psycopg.AsyncConnection[Any]],
) -> None:
    server, conn = own
    operator = await server.log_in(OPERATOR)
    sent, interrupt = await stop_for(operator, "Start the Oak build.")
    assert "Oak Family Law" in interrupt["message"]
    assert interrupt["responseSchema"]["required"] == ["decision"] and interrupt["expiresAt"]
    assert await build_of(conn, "L08") == ("APPROVED", False)
    thread = (await operator.get(f"/threads/{sent.thread_id}")).json()
    assert [card["status"] for card in thread["approvals"]] == ["pending"]
    listed = (await operator.get("/threads")).json()["threads"]
    assert [item["waits"] for item in listed] == [True]
    answer = await resume(operator, resume_of(sent, interrupt, {"decision": "approve"}))
    kinds = [event["type"] for event in answer.events]
    assert "TOOL_CALL_START" not in kinds and kinds.count("TOOL_CALL_RESULT") == 1
    assert answer.last["outcome"] == {"type": "success"}
    assert "Oak Family Law" in answer.text and answer.receipt["known"]
    assert await build_of(conn, "L08") == ("BUILDING", True)
    audit = await conn.execute("SELECT actor, action FROM audit_log WHERE action LIKE 'approval.%'")
    rows = await audit.fetchall()
    assert [row[1] for row in rows] == ["approval.executed"]


async def test_denied_nothing_is_done_and_the_answer_says_so(
    own: tuple[Server, psycopg.AsyncConnection[Any]],
) -> None:
    server, conn = own
    operator = await server.log_in(OPERATOR)
    sent, interrupt = await stop_for(operator, "Start the Oak build.")
    payload = {"decision": "deny", "reason": "Not this week"}
    answer = await resume(operator, resume_of(sent, interrupt, payload))
    assert "denied" in answer.text and "Not this week" in answer.text
    inbox = (await operator.get("/approvals", params={"status": "ended"})).json()
    assert [card["id"] for card in inbox["approvals"]] == [interrupt["id"]]
    assert inbox["open"] == 0 and (await operator.get("/approvals")).json()["approvals"] == []
    assert await build_of(conn, "L08") == ("APPROVED", False)


async def test_changed_meanwhile_it_is_superseded(
    own: tuple[Server, psycopg.AsyncConnection[Any]],
) -> None:
    server, conn = own
    operator = await server.log_in(OPERATOR)
    sent, interrupt = await stop_for(operator, "Start the Oak build.")
    url = f"/approvals/{interrupt['id']}"
    assert (await operator.get(url)).json()["changed"] == []
    await conn.execute("UPDATE leads SET status = 'REJECTED', rejected_at = now() WHERE id = 'L08'")
    changed = (await operator.get(url)).json()["changed"]
    assert "the status of Oak Family Law portal was APPROVED and is now REJECTED" in changed
    answer = await resume(operator, resume_of(sent, interrupt, {"decision": "approve"}))
    assert answer.last["type"] == "RUN_FINISHED" and "not done" in answer.text
    assert await build_of(conn, "L08") == ("REJECTED", False)


async def test_an_open_approval_blocks_the_thread_and_survives_a_restart(
    own: tuple[Server, psycopg.AsyncConnection[Any]],
) -> None:
    server, _ = own
    operator = await server.log_in(OPERATOR)
    sent, interrupt = await stop_for(operator, "Start the Oak build.")
    blocked = await operator.post("/agui", json=Sent("hello", sent.thread_id).body)
    assert blocked.status_code == 409 and blocked.json()["code"] == "interrupt_open"
    await server.kill()
    await server.start()
    inbox = (await operator.get("/approvals")).json()["approvals"]
    assert [card["id"] for card in inbox] == [interrupt["id"]]
    forged = resume_of(sent, {"id": str(uuid4())}, {"decision": "approve"})
    assert (await operator.post("/agui", json=forged)).status_code == 409
    wrong = resume_of(sent, interrupt, {"decision": "yes please"})
    assert (await operator.post("/agui", json=wrong)).status_code == 422
    answer = await resume(operator, resume_of(sent, interrupt, None, status="cancelled"))
    assert answer.last["outcome"] == {"type": "success"}
    assert (await ask(operator, "hello", thread_id=sent.thread_id)).last["type"] == "RUN_FINISHED"


async def test_decided_in_the_inbox_the_run_goes_on_by_itself(
    own: tuple[Server, psycopg.AsyncConnection[Any]],
) -> None:
    server, conn = own
    operator = await server.log_in(OPERATOR)
    sent, interrupt = await stop_for(operator, "Start the Oak build.")
    url = f"/approvals/{interrupt['id']}"
    both = await asyncio.gather(
        *(operator.post(url, json={"decision": "approve"}) for _ in range(2))
    )
    assert sorted(answer.status_code for answer in both) == [200, 409]
    assert await build_of(conn, "L08") == ("BUILDING", True)
    async with asyncio.timeout(10):
        while True:
            thread = (await operator.get(f"/threads/{sent.thread_id}")).json()
            said = [m for m in thread["messages"] if m["role"] == "assistant"]
            if len(said) > 1 and thread["active_run_id"] is None:
                break
            await asyncio.sleep(0.1)
    assert "Oak Family Law" in said[-1]["content"]


async def test_sent_twice_the_same_resume_is_one_decision(
    own: tuple[Server, psycopg.AsyncConnection[Any]],
) -> None:
    server, conn = own
    operator = await server.log_in(OPERATOR)
    sent, interrupt = await stop_for(operator, "Start the Oak build.")
    body = resume_of(sent, interrupt, {"decision": "approve"})
    first = await resume(operator, body)
    again = await resume(operator, body)
    assert first.events == again.events
    other = resume_of(sent, interrupt, {"decision": "deny"})
    late = await resume(operator, other)
    assert late.last["type"] == "RUN_FINISHED"
    assert await build_of(conn, "L08") == ("BUILDING", True)
    executed = await conn.execute("SELECT count(*) FROM approvals WHERE status = 'executed'")
    assert await executed.fetchone() == (1,)


async def test_what_may_not_be_done_is_refused_with_what_is_missing(service: Server) -> None:
    operator = await service.log_in(OPERATOR)
    refused = await ask(operator, "Approve Granite Plumbing")
    assert refused.last["outcome"] == {"type": "success"}
    assert "Granite Plumbing" in refused.text and "proposal" in refused.text
    sending = await ask(operator, "Send the Cedar proposal now.")
    assert not sending.tools and "never send" in sending.text
    assert [item["target"] for item in sending.receipt["missing"]] == ["/leads/L04"]


async def test_a_client_decides_nothing(service: Server) -> None:
    client = await service.log_in(CLIENT)
    assert (await client.get("/approvals")).status_code == 403
    assert (
        await client.post(f"/approvals/{uuid4()}", json={"decision": "approve"})
    ).status_code == 403
    tools = {"start_build", "approve_lead", "reject_lead", "set_flag"}
    answer = await ask(client, "Start the Oak build.")
    assert not tools & set(answer.tools)
    for tool in tools:
        assert (await client.post(f"/api/tools/{tool}", json={})).status_code in (403, 404)


async def test_an_expired_approval_ends_and_is_told(
    own: tuple[Server, psycopg.AsyncConnection[Any]],
) -> None:
    server, conn = own
    operator = await server.log_in(OPERATOR)
    sent, interrupt = await stop_for(operator, "Start the Oak build.")
    await conn.execute(
        "UPDATE approvals SET created_at = now() - interval '2 days', "
        "expires_at = now() - interval '1 day'"
    )
    late = await operator.post(f"/approvals/{interrupt['id']}", json={"decision": "approve"})
    assert late.status_code in (409, 410)
    async with asyncio.timeout(10):
        while True:
            thread = (await operator.get(f"/threads/{sent.thread_id}")).json()
            if thread["approvals"][0]["status"] == "expired" and len(thread["messages"]) > 2:
                break
            await asyncio.sleep(0.1)
    assert await build_of(conn, "L08") == ("APPROVED", False)
    run = await follow(operator, sent.run_id)
    assert Answer(run).last["outcome"]["type"] == "interrupt"
