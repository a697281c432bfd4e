"""Two thousand connects at once: each gets an answer, a stream or a plain refusal, and when they
are gone nothing of them is left."""

from __future__ import annotations

import asyncio
import resource
import time
from collections import Counter
from collections.abc import AsyncIterator

import httpx2
import psutil
import psycopg
import pytest

from tests.agui import Sent, frames
from tests.service import OPERATOR, Server, running_service

CONNECTS = 2000
CONNECT_SECONDS = 5.0
STREAMS = 100
SPARE_DESCRIPTORS = 30
"""What a process may hold more of than before, for reasons of its own."""


@pytest.fixture
async def server(server_url: str) -> AsyncIterator[Server]:
    """A service whose runs wait for a worker that never comes; it takes few streams."""
    limits = {"MOSAIC_STREAMS": str(STREAMS)}
    async with running_service(server_url, "--no-worker", demo=True, **limits) as running:
        yield running


@pytest.fixture(autouse=True)
def enough_descriptors() -> None:
    """This process opens both ends' worth of connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTS + 1000
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))


async def waiting_run(operator: httpx2.AsyncClient) -> str:
    """The id of a run that stays open."""
    sent = Sent("hello")
    async with operator.stream("POST", "/agui", json=sent.body) as response:
        async for _ in frames(response):
            return sent.run_id
    raise AssertionError("the stream ended before its first event")


async def head_of(reader: asyncio.StreamReader) -> tuple[int, str]:
    """Status and the rest of the head of an answer."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    return int(head.split()[1]), head.lower()


def listeners(server: Server) -> int:
    """How many connections of the service listen for notifications."""
    with psycopg.connect(server.environment["DATABASE_URL"]) as conn:
        row = conn.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND query LIKE 'LISTEN%%'"
        ).fetchone()
    return int(row[0]) if row else 0


async def test_a_flood_is_refused_cleanly_and_leaves_nothing(server: Server) -> None:
    operator = await server.log_in(OPERATOR)
    run_id = await waiting_run(operator)
    await operator.get("/health")
    process = psutil.Process(server.pid)
    before = process.num_fds()
    request = (
        f"GET /agui/runs/{run_id}/events?after=0 HTTP/1.1\r\nHost: mosaic\r\n"
        f"Authorization: {operator.headers['Authorization']}\r\n\r\n"
    ).encode()
    writers: list[asyncio.StreamWriter] = []

    async def knock() -> tuple[int, str]:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writers.append(writer)
        writer.write(request)
        return await head_of(reader)

    began = time.monotonic()
    knocks = []
    for number in range(CONNECTS):
        knocks.append(asyncio.create_task(knock()))
        pause = began + number * CONNECT_SECONDS / CONNECTS - time.monotonic()
        await asyncio.sleep(max(0.0, pause))
    try:
        answers = await asyncio.gather(*knocks)
        assert listeners(server) == 1
        during = await operator.get("/health", timeout=30)
    finally:
        for writer in writers:
            writer.transport.abort()
    statuses = Counter(status for status, _ in answers)
    assert statuses.keys() <= {200, 429, 503} and statuses[200] >= STREAMS // 2, statuses
    assert statuses[200] <= STREAMS and statuses[503] > CONNECTS // 2, statuses
    assert all("retry-after:" in head for status, head in answers if status != 200)
    assert during.status_code == 200
    async with asyncio.timeout(60):
        while process.num_fds() > before + SPARE_DESCRIPTORS:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.2)
    assert (await operator.get("/threads")).status_code == 200
