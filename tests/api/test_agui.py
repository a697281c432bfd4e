"""The wire: sending, following, resuming, stopping, and every way to send it wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx2
import pytest

from tests.agui import Answer, Sent, ask, assert_whole, follow, frames, send
from tests.service import CLIENT, OPERATOR, Server, running_service
from tests.standin import running_standin


@pytest.fixture(scope="module")
async def slow(server_url: str) -> AsyncIterator[Server]:
    """A service whose model streams forty words, fifty milliseconds apart."""
    async with AsyncExitStack() as stack:
        standin = await stack.enter_async_context(running_standin())
        yield await stack.enter_async_context(
            running_service(
                server_url,
                demo=True,
                ANTHROPIC_API_KEY="k",
                ANTHROPIC_BASE_URL=standin.url,
                MOSAIC_MODEL="fixed:40x50",
            )
        )


async def test_a_question_is_answered_with_a_receipt(service: Server) -> None:
    operator = await service.log_in(OPERATOR)
    got = await send(operator, Sent("What is the bottleneck and why?"))
    assert_whole(got)
    answer = Answer(got)
    assert answer.tools == ["get_constraint"]
    assert "proposal approval" in answer.text
    assert answer.receipt["known"] and answer.last["outcome"] == {"type": "success"}
    assert all(value is not None for event in answer.events for value in event.values())


async def test_what_was_streamed_is_what_is_stored(service: Server) -> None:
    operator = await service.log_in(OPERATOR)
    sent = Sent("What broke since yesterday?")
    answer = Answer(await send(operator, sent))
    thread = (await operator.get(f"/threads/{sent.thread_id}")).json()
    user, said = thread["messages"]
    assert (user["id"], user["content"]) == (sent.message_id, sent.text)
    assert said["content"] == answer.text
    assert said["receipt"]["id"] == answer.receipt["id"]
    assert thread["active_run_id"] is None


async def test_the_answer_is_stored_before_its_end_is_told(service: Server) -> None:
    """Whoever reads the thread at the terminal event finds the answer in it."""
    operator = await service.log_in(OPERATOR)
    for _ in range(25):
        answer = (await operator.post("/api/ops/chat", json={"message": "hello"})).json()
        assert answer["answer"]


async def test_the_same_send_twenty_times_is_one_message(service: Server) -> None:
    operator = await service.log_in(OPERATOR)
    sent = Sent("What is the bottleneck?")
    tapes = await asyncio.gather(*(send(operator, sent) for _ in range(20)))
    assert all(tape == tapes[0] for tape in tapes)
    thread = (await operator.get(f"/threads/{sent.thread_id}")).json()
    assert [message["role"] for message in thread["messages"]] == ["user", "assistant"]


async def test_a_run_id_with_another_message_is_refused(service: Server) -> None:
    operator = await service.log_in(OPERATOR)
    sent = Sent("hello")
    await send(operator, sent)
    again = Sent("another", sent.thread_id, sent.run_id)
    refused = await operator.post("/agui", json=again.body)
    assert refused.status_code == 422 and refused.json()["code"] == "run_id_reused"


async def test_replay_from_every_position_has_no_gap(service: Server) -> None:
    operator = await service.log_in(OPERATOR)
    sent = Sent("What is the bottleneck?")
    tape = await send(operator, sent)
    for position in range(len(tape)):
        rest = await follow(operator, sent.run_id, after=position)
        assert rest == tape[position:]
    url = f"/agui/runs/{sent.run_id}/events"
    done = await operator.get(url, headers={"Last-Event-ID": str(len(tape))})
    assert done.status_code == 204


async def test_joining_without_a_cursor_begins_with_what_is_committed(service: Server) -> None:
    operator = await service.log_in(OPERATOR)
    first = Sent("hello")
    await send(operator, first)
    second = Sent("What is the bottleneck?", first.thread_id)
    tape = await send(operator, second)
    joined = await follow(operator, second.run_id)
    assert [frame for frame in joined if frame.id is not None] == tape
    snapshot = joined[1]
    assert snapshot.id is None and snapshot.event["type"] == "MESSAGES_SNAPSHOT"
    contents = [(m["role"], m["content"]) for m in snapshot.event["messages"]]
    assert contents[0] == ("user", "hello") and contents[1][0] == "assistant"
    assert contents[2:] == [("user", "What is the bottleneck?")]


@pytest.mark.parametrize("cursor", ["-1", "abc", "1e3", "9" * 30, "", "٣"])
async def test_a_broken_cursor_is_refused(service: Server, cursor: str) -> None:
    operator = await service.log_in(OPERATOR)
    sent = Sent("hello")
    await send(operator, sent)
    refused = await operator.get(f"/agui/runs/{sent.run_id}/events", params={"after": cursor})
    assert refused.status_code == 400 and refused.json()["code"] == "bad_cursor"


async def test_text_streams_while_it_is_made(slow: Server) -> None:
    operator = await slow.log_in(OPERATOR)
    loop = asyncio.get_running_loop()
    times = []
    async with operator.stream("POST", "/agui", json=Sent("hello").body) as response:
        async for frame in frames(response):
            if frame.event["type"] == "TEXT_MESSAGE_CONTENT":
                times.append(loop.time())
    assert len(times) >= 10 and times[-1] - times[0] > 1.0


async def test_cancel_keeps_what_was_written_and_marks_it(slow: Server) -> None:
    operator = await slow.log_in(OPERATOR)
    sent = Sent("hello")
    got = []
    async with operator.stream("POST", "/agui", json=sent.body) as response:
        async for frame in frames(response):
            got.append(frame)
            if len(got) == 6:
                cancelled = await operator.post(f"/agui/runs/{sent.run_id}/cancel")
                assert cancelled.status_code == 202
    assert_whole(got)
    answer = Answer(got)
    assert answer.last["outcome"] == {"type": "cancelled"} and answer.text
    thread = (await operator.get(f"/threads/{sent.thread_id}")).json()
    said = thread["messages"][1]
    assert said["content"] == answer.text and said["metadata"]["status"] == "cancelled"
    again = await operator.post(f"/agui/runs/{sent.run_id}/cancel")
    assert again.json()["status"] == "cancelled"


async def test_messages_of_one_thread_are_answered_in_order(slow: Server) -> None:
    operator = await slow.log_in(OPERATOR)
    first = Sent("hello")
    second = Sent("hello again", first.thread_id)
    started = asyncio.create_task(send(operator, first))
    await asyncio.sleep(0.3)
    tapes = await asyncio.gather(started, send(operator, second))
    for tape in tapes:
        assert_whole(tape)
    thread = (await operator.get(f"/threads/{first.thread_id}")).json()
    assert [m["role"] for m in thread["messages"]] == ["user", "assistant", "user", "assistant"]


async def test_a_reader_that_comes_and_goes_sees_everything_once(slow: Server) -> None:
    operator = await slow.log_in(OPERATOR)
    sent = Sent("hello")
    seen = []
    async with operator.stream("POST", "/agui", json=sent.body) as response:
        async for frame in frames(response):
            seen.append(frame)
            break
    url = f"/agui/runs/{sent.run_id}/events"
    while seen[-1].event["type"] != "RUN_FINISHED":
        headers = {"Last-Event-ID": str(seen[-1].id)}
        async with operator.stream("GET", url, headers=headers) as response:
            taken = 0
            async for frame in frames(response):
                seen.append(frame)
                taken += 1
                if taken == 2:
                    break
    assert_whole(seen)


WRONG = {
    "no JSON": (b"{", 422),
    "a list": (b"[]", 422),
    "nothing": (b"", 422),
    "no messages": (json.dumps({**Sent("x").body, "messages": []}).encode(), 422),
    "a thread id with spaces": (json.dumps({**Sent("x").body, "threadId": "a b"}).encode(), 422),
    "the last message is not the user's": (
        json.dumps(
            {**Sent("x").body, "messages": [{"id": "1", "role": "assistant", "content": "x"}]}
        ).encode(),
        422,
    ),
    "an empty message": (json.dumps(Sent("  ").body).encode(), 422),
    "a message of 9,000 characters": (json.dumps(Sent("x" * 9000).body).encode(), 413),
    "NUL": (json.dumps(Sent("a\x00b").body).encode(), 422),
    "half a character": (json.dumps(Sent("a\ud800b").body).encode(), 422),
    "5,000 levels": (b"[" * 5000, 422),
    "10 MB": (b"[" + b"1," * 5_000_000 + b"1]", 413),
    "a resume when nothing waits": (
        json.dumps(
            {**Sent("x").body, "resume": [{"interruptId": "i", "status": "resolved"}]}
        ).encode(),
        409,
    ),
}


@pytest.mark.parametrize("case", WRONG)
async def test_bad_input_is_refused_and_changes_nothing(service: Server, case: str) -> None:
    operator = await service.log_in(OPERATOR)
    before = (await operator.get("/threads", params={"limit": 100})).json()
    body, status = WRONG[case]
    headers = {"Content-Type": "application/json"}
    refused = await operator.post("/agui", content=body, headers=headers)
    assert refused.status_code == status, refused.text
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["detail"].endswith((".", ")"))
    assert (await operator.get("/threads", params={"limit": 100})).json() == before


@pytest.mark.parametrize(
    "text",
    ["héllo wörld 🙂", "مرحبا، ما هي المشكلة؟", "a\u202eb", "x" * 8000],
)
async def test_odd_text_is_answered_and_kept_as_it_is(service: Server, text: str) -> None:
    operator = await service.log_in(OPERATOR)
    sent = Sent(text)
    assert_whole(await send(operator, sent))
    thread = (await operator.get(f"/threads/{sent.thread_id}")).json()
    assert thread["messages"][0]["content"] == text


async def test_nobody_sees_or_touches_what_is_someone_elses(service: Server) -> None:
    operator, client = await service.log_in(OPERATOR), await service.log_in(CLIENT)
    stranger = service.client()
    sent = Sent("hello")
    receipt = Answer(await send(operator, sent)).receipt["id"]
    requests = [
        ("GET", f"/threads/{sent.thread_id}", None),
        ("PATCH", f"/threads/{sent.thread_id}", {"title": "mine"}),
        ("DELETE", f"/threads/{sent.thread_id}", None),
        ("GET", f"/threads/{sent.thread_id}/export", None),
        ("GET", f"/agui/runs/{sent.run_id}/events", None),
        ("POST", f"/agui/runs/{sent.run_id}/cancel", None),
        ("GET", f"/receipts/{receipt}", None),
        ("POST", f"/receipts/{receipt}/verify", None),
        ("POST", "/agui", Sent("hi", sent.thread_id).body),
        ("POST", "/agui", Sent("hello", run_id=sent.run_id).body),
    ]
    for method, url, body in requests:
        theirs = await client.request(method, url, json=body)
        assert theirs.status_code == 404, (method, url, theirs.text)
        anonymous = await stranger.request(method, url, json=body)
        assert anonymous.status_code == 401, (method, url)
    assert (await operator.get(f"/threads/{sent.thread_id}")).status_code == 200


async def test_a_client_gets_nothing_of_the_operators(service: Server) -> None:
    client = await service.log_in(CLIENT)
    for text in ("What broke since yesterday?", "What is the bottleneck?", "How does Cedar stand?"):
        answer = await ask(client, text)
        assert not set(answer.tools) & {"get_failures", "get_constraint", "get_lead", "find_lead"}
        assert "Cedar Contractors" not in answer.text and "proposal" not in answer.text.lower()
    assert (await client.get("/api/ops/failures")).status_code == 403
    assert (await client.post("/api/tools/get_constraint", json={})).status_code == 403
    assert (await client.post("/api/ops/chat", json={"message": "hi"})).status_code == 403


async def test_threads_are_renamed_exported_and_deleted(service: Server) -> None:
    operator = await service.log_in(OPERATOR)
    sent = Sent("What is the bottleneck and why?")
    await send(operator, sent)
    url = f"/threads/{sent.thread_id}"
    renamed = await operator.patch(url, json={"title": "Bottleneck"})
    assert renamed.json()["title"] == "Bottleneck"
    assert (await operator.patch(url, json={"title": ""})).status_code == 422
    text = (await operator.get(f"{url}/export")).text
    assert text.startswith("# Bottleneck") and "\nKnown\n- " in text and "\nMissing\n" in text
    assert (await operator.delete(url)).status_code == 204
    assert (await operator.get(url)).status_code == 404


async def test_capabilities_hold_no_nulls(service: Server) -> None:
    operator = await service.log_in(OPERATOR)
    declared = (await operator.get("/agui/capabilities")).json()
    assert declared["transport"] == {"streaming": True, "resumable": True}
    assert "null" not in json.dumps(declared)


async def test_an_unreachable_model_is_stood_in_for(server_url: str) -> None:
    nowhere = httpx2.URL("http://127.0.0.1:9")
    async with running_service(
        server_url, demo=True, ANTHROPIC_API_KEY="k", ANTHROPIC_BASE_URL=str(nowhere)
    ) as server:
        operator = await server.log_in(OPERATOR)
        answer = await ask(operator, "What is the bottleneck?")
    assert "proposal approval" in answer.text
    assert "offline model" in answer.receipt["notice"]
