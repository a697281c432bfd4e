"""Too much at once: it is refused at the door, plainly and soon, and what runs goes on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx2
import psycopg
import pytest

from tests.agui import Frame, Sent, assert_whole, frames, send
from tests.service import CLIENT, OPERATOR, Server, running_service
from tests.standin import running_standin

REQUESTS = 60
STREAMS = 40
HEALTH_SECONDS = 0.1


@asynccontextmanager
async def slow_service(
    server_url: str, model: str, *arguments: str, **settings: str
) -> AsyncIterator[Server]:
    """A service whose model takes its time."""
    async with AsyncExitStack() as stack:
        standin = await stack.enter_async_context(running_standin())
        yield await stack.enter_async_context(
            running_service(
                server_url,
                *arguments,
                demo=True,
                ANTHROPIC_API_KEY="k",
                ANTHROPIC_BASE_URL=standin.url,
                MOSAIC_MODEL=model,
                **settings,
            )
        )


def wide(server: Server, like: httpx2.AsyncClient) -> httpx2.AsyncClient:
    """A client with the same log-in that may open as many connections as it likes."""
    return httpx2.AsyncClient(
        base_url=server.url,
        headers=like.headers,
        timeout=30,
        limits=httpx2.Limits(max_connections=None),
    )


def assert_refused(answer: httpx2.Response, status: int, code: str) -> None:
    """A plain refusal that says when to come back."""
    assert answer.status_code == status, answer.text
    assert int(answer.headers["Retry-After"]) >= 1
    problem = answer.json()
    assert problem["code"] == code and problem["detail"].endswith(".")


async def begin(client: httpx2.AsyncClient, text: str = "hello") -> httpx2.Response | Sent:
    """Send a message in a new thread and leave after the first event; the refusal, if it is one."""
    sent = Sent(text)
    async with client.stream("POST", "/agui", json=sent.body) as response:
        if response.status_code != 200:
            await response.aread()
            return response
        async for _ in frames(response):
            return sent
    raise AssertionError("the stream ended before its first event")


async def watch(client: httpx2.AsyncClient, begun: asyncio.Semaphore) -> list[Frame]:
    """Send a message and read its run to the end; release `begun` at its first words."""
    got: list[Frame] = []
    async with client.stream("POST", "/agui", json=Sent("hello").body) as response:
        assert response.status_code == 200, await response.aread()
        async for frame in frames(response):
            if frame.event["type"] == "TEXT_MESSAGE_START":
                begun.release()
            got.append(frame)
    return got


async def health_times(server: Server, until: asyncio.Event) -> list[float]:
    """How long (seconds) each call of /health took, until told to stop."""
    times = []
    async with httpx2.AsyncClient(base_url=server.url) as client:
        while not until.is_set():
            began = time.monotonic()
            assert (await client.get("/health")).status_code == 200
            times.append(time.monotonic() - began)
            await asyncio.sleep(0.05)
    return times


async def test_a_blocked_pool_refuses_requests_and_spares_runs_and_health(
    server_url: str,
) -> None:
    """Forty answers stream, then sixty requests wait on a locked table: they get 503 soon, the
    answers go on, /health answers throughout, and with the lock gone all is well at once."""
    async with slow_service(server_url, "fixed:14x600", MOSAIC_DATABASE_CONNECTIONS="8") as server:
        operator = await server.log_in(OPERATOR)
        async with wide(server, operator) as client:
            begun = asyncio.Semaphore(0)
            streams = [asyncio.create_task(watch(client, begun)) for _ in range(STREAMS)]
            for _ in range(STREAMS):
                await begun.acquire()
            stop = asyncio.Event()
            watching = asyncio.create_task(health_times(server, stop))
            with psycopg.connect(server.environment["DATABASE_URL"]) as conn:
                conn.execute("LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE")
                began = time.monotonic()
                refused = await asyncio.gather(*(client.get("/threads") for _ in range(REQUESTS)))
                waited = time.monotonic() - began
                conn.rollback()
            began = time.monotonic()
            assert (await client.get("/threads")).status_code == 200
            assert time.monotonic() - began < 1.0
            stop.set()
            times = sorted(await watching)
            tapes = await asyncio.gather(*streams)
        assert waited < 8.0 and len(refused) == REQUESTS
        busy = [answer for answer in refused if answer.json()["code"] == "database_busy"]
        assert len(busy) >= REQUESTS - 4
        for answer in refused:
            assert answer.status_code == 503 and answer.headers["Retry-After"]
        assert len(times) > 10 and times[len(times) // 2] < HEALTH_SECONDS and times[-1] < 1.0
        for tape in tapes:
            assert_whole(tape)
            assert tape[-1].event["outcome"] == {"type": "success"}
            assert not any(superseded(frame) for frame in tape)


def superseded(frame: Frame) -> bool:
    """Whether the frame takes back text of an attempt before."""
    return bool((frame.event.get("metadata") or {}).get("status") == "superseded")


@pytest.fixture(scope="module")
async def idle(server_url: str) -> AsyncIterator[Server]:
    """A service that takes messages and works off none, with low limits."""
    async with slow_service(
        server_url,
        "fixed:1x0",
        "--no-worker",
        MOSAIC_USER_WAITING_RUNS="5",
        MOSAIC_WAITING_RUNS="8",
    ) as server:
        yield server


async def threads(client: httpx2.AsyncClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get("/threads", params={"limit": 100})).json()[
        "threads"
    ]
    return found


async def test_waiting_runs_are_limited_by_person_and_in_all(idle: Server) -> None:
    operator, client = await idle.log_in(OPERATOR), await idle.log_in(CLIENT)
    accepted = [await begin(operator) for _ in range(5)]
    assert all(isinstance(sent, Sent) for sent in accepted)
    before = await threads(operator)
    for _ in range(10):
        refused = await begin(operator)
        assert isinstance(refused, httpx2.Response)
        assert_refused(refused, 429, "too_many_waiting")
    assert await threads(operator) == before
    others = [await begin(client) for _ in range(4)]
    assert [isinstance(sent, Sent) for sent in others] == [True, True, True, False]
    assert isinstance(others[-1], httpx2.Response)
    assert_refused(others[-1], 503, "overloaded")

    first = accepted[0]
    assert isinstance(first, Sent)
    async with operator.stream("POST", "/agui", json=first.body) as response:
        assert response.status_code == 200, "what was accepted may be sent again"
    refused = await begin(client, "I want to kill myself")
    assert isinstance(refused, Sent), "someone in distress is let in whatever the crowd"

    for run in accepted:
        assert isinstance(run, Sent)
        await operator.post(f"/agui/runs/{run.run_id}/cancel")
    # All waiting runs are counted once a second.
    await asyncio.sleep(1.1)
    assert isinstance(await begin(operator), Sent)


async def test_messages_of_a_person_are_limited_by_the_minute(server_url: str) -> None:
    async with slow_service(
        server_url, "fixed:40x50", MOSAIC_USER_MESSAGES_PER_MINUTE="6"
    ) as server:
        operator, client = await server.log_in(OPERATOR), await server.log_in(CLIENT)
        running = [asyncio.create_task(send(client, Sent("hello"))) for _ in range(3)]
        flood = await asyncio.gather(*(begin(operator) for _ in range(40)))
        refused = [answer for answer in flood if isinstance(answer, httpx2.Response)]
        assert 6 <= len(flood) - len(refused) <= 6 + 10
        for answer in refused:
            assert_refused(answer, 429, "too_many_messages")
            assert int(answer.headers["Retry-After"]) <= 60
        again = await operator.post("/api/ops/chat", json={"message": "hello"})
        assert_refused(again, 429, "too_many_messages")
        for tape in await asyncio.gather(*running):
            assert_whole(tape)
            assert tape[-1].event["outcome"] == {"type": "success"}


async def test_streams_are_limited_by_person_and_in_all(server_url: str) -> None:
    async with slow_service(
        server_url, "fixed:80x100", MOSAIC_USER_STREAMS="3", MOSAIC_STREAMS="4"
    ) as server:
        operator, client = await server.log_in(OPERATOR), await server.log_in(CLIENT)
        sent = Sent("hello")
        url = f"/agui/runs/{sent.run_id}/events"
        async with AsyncExitStack() as readers:
            first = await readers.enter_async_context(
                operator.stream("POST", "/agui", json=sent.body)
            )
            assert first.status_code == 200
            for _ in range(2):
                following = await readers.enter_async_context(operator.stream("GET", url))
                assert following.status_code == 200
            before = await threads(operator)
            assert_refused(await operator.get(url), 429, "too_many_streams")
            assert_refused(
                await operator.post("/agui", json=Sent("x").body), 429, "too_many_streams"
            )
            assert await threads(operator) == before
            other = await readers.enter_async_context(
                client.stream("POST", "/agui", json=Sent("hello").body)
            )
            assert other.status_code == 200
            anonymous = server.client()
            person = {"email": "third@test.local", "password": "a long enough password"}
            token = (await anonymous.post("/auth/register", json=person)).json()["access_token"]
            anonymous.headers["Authorization"] = f"Bearer {token}"
            assert_refused(await anonymous.post("/agui", json=Sent("x").body), 503, "overloaded")
        await asyncio.sleep(0.5)
        assert_whole(await send(anonymous, Sent("hello")))
