"""What one thread is sent while it is being answered: it waits, it is refused, or it stops the rest."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx2
import pytest

from tests.agui import Answer, Frame, Sent, assert_whole, follow, frames, send
from tests.service import OPERATOR, Server, running_service
from tests.standin import Standin, running_standin

LONG, SHORT = "fixed:1000x50", "fixed:4x10"


@dataclass
class Rig:
    """A service and the model it asks, which answers shortly unless told otherwise."""

    server: Server
    standin: Standin
    operator: httpx2.AsyncClient


@pytest.fixture(scope="module")
async def rig(server_url: str) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        standin = await stack.enter_async_context(running_standin())
        server = await stack.enter_async_context(
            running_service(
                server_url,
                demo=True,
                ANTHROPIC_API_KEY="k",
                ANTHROPIC_BASE_URL=standin.url,
                MOSAIC_MODEL=SHORT,
            )
        )
        yield Rig(server, standin, await server.log_in(OPERATOR))


@asynccontextmanager
async def answering(rig: Rig, sent: Sent) -> AsyncIterator[asyncio.Task[list[Frame]]]:
    """A long answer, from its first words on; the task reads it to its end."""
    begun = asyncio.Event()

    async def read() -> list[Frame]:
        got = []
        async with rig.operator.stream("POST", "/agui", json=sent.body) as response:
            async for frame in frames(response):
                got.append(frame)
                if frame.event["type"] == "TEXT_MESSAGE_CONTENT":
                    begun.set()
        return got

    rig.standin.script(LONG)
    reading = asyncio.create_task(read())
    await begun.wait()
    try:
        yield reading
    finally:
        await rig.operator.post(f"/agui/runs/{sent.run_id}/cancel")
        await reading


async def contents(rig: Rig, thread_id: str) -> list[tuple[str, str]]:
    answer = await rig.operator.get(f"/threads/{thread_id}")
    messages = answer.json()["messages"] if answer.status_code == 200 else []
    return [(message["role"], message["content"]) for message in messages]


async def asked(rig: Rig, thread_id: str) -> list[str]:
    return [text for role, text in await contents(rig, thread_id) if role == "user"]


async def until_asked(rig: Rig, thread_id: str, count: int) -> None:
    """Return when the thread holds so many questions."""
    async with asyncio.timeout(30):
        while True:
            if len(await asked(rig, thread_id)) >= count:
                return
            await asyncio.sleep(0.02)


async def test_reject_is_refused_and_leaves_nothing(rig: Rig) -> None:
    first = Sent("hello")
    async with answering(rig, first):
        refused = await rig.operator.post(
            "/agui", json=Sent("and now?", first.thread_id).body, headers={"When-Busy": "reject"}
        )
        assert refused.status_code == 409 and refused.json()["code"] == "thread_busy"
        assert [role for role, _ in await contents(rig, first.thread_id)] == ["user"]
    second = Sent("and now?", first.thread_id)
    headers = {"When-Busy": "reject"}
    async with rig.operator.stream("POST", "/agui", json=second.body, headers=headers) as response:
        assert response.status_code == 200, "nothing of it is being answered any more"
        assert_whole([frame async for frame in frames(response)])
    again = await rig.operator.post("/agui", json=second.body, headers=headers)
    assert again.status_code == 200, "what was accepted may be sent again"


async def test_interrupt_stops_what_runs_and_what_waits_and_follows(rig: Rig) -> None:
    first = Sent("hello")
    waiting, last = Sent("and now?", first.thread_id), Sent("stop that", first.thread_id)
    async with answering(rig, first) as reading:
        behind = asyncio.create_task(send(rig.operator, waiting))
        await until_asked(rig, first.thread_id, 2)
        headers = {"When-Busy": "interrupt"}
        async with rig.operator.stream("POST", "/agui", json=last.body, headers=headers) as got:
            tape = [frame async for frame in frames(got)]
        assert_whole(tape)
        assert Answer(tape).last["outcome"] == {"type": "success"}
        for stopped in (await reading, await behind):
            assert_whole(stopped)
            assert stopped[-1].event["outcome"] == {"type": "cancelled"}
    assert [role for role, _ in await contents(rig, first.thread_id)] == [
        "user",
        "assistant",
        "user",
        "user",
        "assistant",
    ]


async def test_an_unknown_wish_is_refused(rig: Rig) -> None:
    refused = await rig.operator.post(
        "/agui", json=Sent("hello").body, headers={"When-Busy": "panic"}
    )
    assert refused.status_code == 422 and "when-busy" in refused.json()["detail"].lower()


async def test_messages_of_a_thread_are_answered_in_the_order_they_came(rig: Rig) -> None:
    first = Sent("hello")
    sent = [first, *(Sent(f"and {n}?", first.thread_id) for n in range(5))]
    reading = []
    for one in sent:
        reading.append(asyncio.create_task(send(rig.operator, one)))
        await until_asked(rig, first.thread_id, len(reading))
    for tape in await asyncio.gather(*reading):
        assert_whole(tape)
    said = await contents(rig, first.thread_id)
    assert [role for role, _ in said] == ["user", "assistant"] * 6
    assert await asked(rig, first.thread_id) == [one.text for one in sent]


async def test_one_message_from_two_pages_is_answered_once(rig: Rig) -> None:
    """The same message under two run ids: both pages follow one answer."""
    first = Sent("hello")
    second = Sent("hello", first.thread_id, message_id=first.message_id)
    one, other = await asyncio.gather(send(rig.operator, first), send(rig.operator, second))
    assert_whole(one)
    assert one == other
    assert [role for role, _ in await contents(rig, first.thread_id)] == ["user", "assistant"]
    assert (
        await send(rig.operator, Sent("hello", first.thread_id, message_id=first.message_id)) == one
    )
    changed = Sent("goodbye", first.thread_id, message_id=first.message_id)
    refused = await rig.operator.post("/agui", json=changed.body)
    assert refused.status_code == 422 and refused.json()["code"] == "message_id_reused"
    assert len(await contents(rig, first.thread_id)) == 2


async def test_a_cancel_that_races_the_end_leaves_one_end(rig: Rig) -> None:
    """Cancelled at any moment, a run ends once, and what is stored is what was told."""
    dice = random.Random(7)
    outcomes = set()

    async def race(delay: float) -> None:
        sent = Sent("hello")
        sending = asyncio.create_task(send(rig.operator, sent))
        await asyncio.sleep(delay)
        answer = await rig.operator.post(f"/agui/runs/{sent.run_id}/cancel")
        assert answer.status_code in (202, 404)
        tape = await sending
        assert_whole(tape)
        told = Answer(tape)
        outcomes.add(told.last["outcome"]["type"])
        said = [text for role, text in await contents(rig, sent.thread_id) if role == "assistant"]
        assert "".join(said) == told.text
        assert await follow(rig.operator, sent.run_id, after=0) == tape

    began = time.monotonic()
    await send(rig.operator, Sent("hello"))
    usual = time.monotonic() - began
    for _ in range(6):
        await asyncio.gather(*(race(dice.uniform(0, 6 * usual)) for _ in range(6)))
    assert outcomes == {"success", "cancelled"}
