"""Told to leave, the service takes nothing new, finishes or hands over what runs, and goes."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx2
import pytest

from tests import warm
from tests.agui import TERMINAL, Frame, Sent, assert_whole, follow, frames
from tests.service import OPERATOR, Server, running_service
from tests.standin import Standin, running_standin

RUNS = 5
READERS = 5


@pytest.fixture
async def standin() -> AsyncIterator[Standin]:
    async with running_standin() as running:
        yield running


async def read(client: httpx2.AsyncClient, sent: Sent, begun: asyncio.Semaphore) -> list[Frame]:
    """Read a run until its end or until the stream is cut; release `begun` at the first words.

    A stream may not end in good order before its run has."""
    got: list[Frame] = []
    try:
        async with client.stream("GET", f"/agui/runs/{sent.run_id}/events?after=0") as response:
            assert response.status_code == 200
            async for frame in frames(response):
                if frame.event["type"] == "TEXT_MESSAGE_START":
                    begun.release()
                got.append(frame)
    except httpx2.RemoteProtocolError:
        assert got[-1].event["type"] not in TERMINAL, "cut after its end"
        return got
    assert got[-1].event["type"] in TERMINAL, "ended in good order without its end"
    return got


async def start(client: httpx2.AsyncClient) -> Sent:
    """Send a message and leave."""
    sent = Sent("hello")
    async with client.stream("POST", "/agui", json=sent.body) as response:
        assert response.status_code == 200, await response.aread()
    return sent


async def readers_of(
    client: httpx2.AsyncClient, runs: list[Sent]
) -> list[tuple[Sent, asyncio.Task[list[Frame]]]]:
    """Readers of the runs, all of which have got words."""
    begun = asyncio.Semaphore(0)
    reading = [
        (sent, asyncio.create_task(read(client, sent, begun)))
        for sent in runs
        for _ in range(READERS)
    ]
    for _ in reading:
        await begun.acquire()
    return reading


def model(standin: Standin, shape: str) -> dict[str, str]:
    return {
        "ANTHROPIC_API_KEY": "k",
        "ANTHROPIC_BASE_URL": standin.url,
        "MOSAIC_MODEL": f"fixed:{shape}",
    }


async def test_what_runs_is_finished_and_nothing_new_is_taken(
    server_url: str, standin: Standin
) -> None:
    async with running_service(server_url, demo=True, **model(standin, "80x50")) as server:
        operator = await server.log_in(OPERATOR)
        runs = [await start(operator) for _ in range(RUNS)]
        reading = await readers_of(operator, runs)
        server.send_signal(signal.SIGTERM)
        ready = await operator.get("/health/ready")
        while ready.status_code == 200:
            ready = await operator.get("/health/ready")
        assert ready.json()["checks"] == {
            "database": True,
            "vector": True,
            "flags": True,
            "accepting": False,
        }
        refused = await operator.post("/agui", json=Sent("hello").body)
        assert refused.status_code == 503 and refused.json()["code"] == "restarting"
        assert int(refused.headers["Retry-After"]) >= 1
        assert (await operator.get("/health")).status_code == 200
        for _, task in reading:
            tape = await task
            assert_whole(tape)
            assert tape[-1].event["outcome"] == {"type": "success"}
        assert await server.wait() == 0
        assert "Traceback" not in server.log_tail()


async def test_what_cannot_be_finished_is_handed_over(server_url: str, standin: Standin) -> None:
    """Another worker goes on at once; the readers, cut off, come back to another server and get
    the rest, without gap or duplicate."""
    settings = model(standin, "20x20")
    standin.script(*["fixed:2000x50"] * RUNS)
    async with AsyncExitStack() as stack:
        leaving = await stack.enter_async_context(
            running_service(server_url, demo=True, **settings, MOSAIC_DRAIN_SECONDS="0.3")
        )
        operator = await leaving.log_in(OPERATOR)
        runs = [await start(operator) for _ in range(RUNS)]
        staying = Server(leaving.home / "staying", leaving.environment, ("serve",), warm.launch)
        stack.push_async_callback(staying.close)
        reading = await readers_of(operator, runs)
        await staying.start()
        elsewhere = await staying.log_in(OPERATOR)
        leaving.send_signal(signal.SIGTERM)
        cut = [(sent, await task) for sent, task in reading]
        assert await leaving.wait() == 0
        assert "Traceback" not in leaving.log_tail()
        rest = await asyncio.gather(
            *(follow(elsewhere, sent.run_id, after=got[-1].id) for sent, got in cut)
        )
        for (_, got), more in zip(cut, rest, strict=True):
            assert_whole([*got, *more])
            assert more[-1].event["outcome"] == {"type": "success"}
