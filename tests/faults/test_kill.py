"""The process dies in the middle of an answer; nothing that was acknowledged is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.agui import TERMINAL, Frame, Sent, assert_whole, follow, frames
from tests.faults.invariants import assert_invariants
from tests.service import OPERATOR, Server, running_service
from tests.standin import Standin, running_standin

RECOVERY_SECONDS = 60.0
"""Fifteen on a machine that is not busy with other things."""


@pytest.fixture
async def standin() -> AsyncIterator[Standin]:
    async with running_standin() as running:
        yield running


async def read_until_dead(
    client: httpx2.AsyncClient, sent: Sent, server: Server, count: int
) -> list[Frame]:
    """Send, read `count` frames, kill the server, and return what had come by then."""
    got: list[Frame] = []
    try:
        async with client.stream("POST", "/agui", json=sent.body) as response:
            async for frame in frames(response):
                got.append(frame)
                if len(got) == count:
                    await server.kill()
    except httpx2.TransportError:
        """The connection died with the server."""
    return got


async def test_a_run_whose_process_is_killed_is_taken_up(server_url: str, standin: Standin) -> None:
    async with running_service(
        server_url,
        demo=True,
        ANTHROPIC_API_KEY="k",
        ANTHROPIC_BASE_URL=standin.url,
        MOSAIC_MODEL="fixed:40x50",
    ) as server:
        operator = await server.log_in(OPERATOR)
        sent = Sent("hello")
        before = await read_until_dead(operator, sent, server, 12)
        assert before and before[-1].event["type"] not in TERMINAL
        await server.start()
        thread = (await operator.get(f"/threads/{sent.thread_id}")).json()
        assert thread["messages"][0]["content"] == "hello"
        async with asyncio.timeout(RECOVERY_SECONDS):
            after = await follow(operator, sent.run_id, after=before[-1].id)
        assert_whole([*before, *after])
        said = (await operator.get(f"/threads/{sent.thread_id}")).json()["messages"][1:]
        last = [frame.event for frame in after if frame.event["type"] == "TEXT_MESSAGE_END"][-1]
        told = "".join(
            frame.event["delta"]
            for frame in after
            if frame.event["type"] == "TEXT_MESSAGE_CONTENT"
            and frame.event["messageId"] == last["messageId"]
        )
        assert [message["content"] for message in said] == [told]


async def test_calls_that_were_made_are_not_made_again(server_url: str, standin: Standin) -> None:
    """Killed while the model words its answer, after its tool has run: the tool's effect is
    there once, and the model is asked again with its result."""
    async with running_service(
        server_url, demo=True, ANTHROPIC_API_KEY="k", ANTHROPIC_BASE_URL=standin.url
    ) as server:
        client = await server.log_in("client@demo.local")
        before_names = await experiment_names(client)
        sent = Sent("Log an experiment: call one former colleague")
        async with client.stream("POST", "/agui", json=sent.body) as response:
            async for frame in frames(response):
                if frame.event["type"] == "TOOL_CALL_RESULT":
                    await server.kill()
                    break
        await server.start()
        async with asyncio.timeout(RECOVERY_SECONDS):
            tape = await follow(client, sent.run_id)
        kinds = [frame.event["type"] for frame in tape]
        assert kinds[-1] == "RUN_FINISHED" and kinds.count("TOOL_CALL_START") == 1
        added = await experiment_names(client)
        assert len(added) == len(before_names) + 1


async def test_a_run_that_is_cancelled_while_nobody_has_it_ends_whole(
    server_url: str, standin: Standin
) -> None:
    """What the dead worker left open is closed before the run is said to be cancelled."""
    async with running_service(
        server_url,
        demo=True,
        ANTHROPIC_API_KEY="k",
        ANTHROPIC_BASE_URL=standin.url,
        MOSAIC_MODEL="fixed:40x50",
    ) as server:
        operator = await server.log_in(OPERATOR)
        sent = Sent("hello")
        before = await read_until_dead(operator, sent, server, 4)
        assert before[-1].event["type"] == "TEXT_MESSAGE_CONTENT"
        await server.start()
        await operator.post(f"/agui/runs/{sent.run_id}/cancel")
        after = await follow(operator, sent.run_id, after=before[-1].id)
        assert_whole([*before, *after])
        assert after[-1].event["outcome"] == {"type": "cancelled"}
        assert_invariants(server.environment["DATABASE_URL"])


async def experiment_names(client: httpx2.AsyncClient) -> list[str]:
    answer = (await client.get("/experiments", params={"limit": 50})).json()
    return [item["experiment_name"] for item in answer["experiments"]]
