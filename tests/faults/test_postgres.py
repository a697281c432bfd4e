"""The database is restarted, crashes, or is away: what was acknowledged stays, nobody hangs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Literal

import httpx2
import psycopg
import pytest

from evals.server import running_server
from tests.agui import Frame, Sent, assert_whole, follow, frames
from tests.faults.invariants import Acknowledged, assert_invariants
from tests.faults.postgres import Postgres, own_postgres
from tests.service import OPERATOR, Server
from tests.standin import Standin, running_standin

HANG_SECONDS = 5.0
HEALING_SECONDS = 120.0
"""Fifteen on a machine that is not busy with other things."""


@dataclass
class Rig:
    postgres: Postgres
    server: Server
    standin: Standin
    operator: httpx2.AsyncClient


@pytest.fixture(scope="module")
async def rig() -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        postgres = await stack.enter_async_context(own_postgres())
        standin = await stack.enter_async_context(running_standin())
        server = await stack.enter_async_context(
            running_server(
                database_url=postgres.url,
                demo=True,
                environment={
                    "ANTHROPIC_API_KEY": "k",
                    "ANTHROPIC_BASE_URL": standin.url,
                    "MOSAIC_MODEL": "fixed:8x10",
                },
            )
        )
        yield Rig(postgres, server, standin, await server.log_in(OPERATOR))


async def begin(rig: Rig, sent: Sent) -> list[Frame]:
    """Send a message and read on until its first words."""
    got = []
    async with rig.operator.stream("POST", "/agui", json=sent.body) as response:
        async for frame in frames(response):
            got.append(frame)
            if frame.event["type"] == "TEXT_MESSAGE_CONTENT":
                return got
    raise AssertionError("the stream ended before the first words")


async def knock(rig: Rig, until: asyncio.Event) -> list[Sent]:
    """Send messages all the time; returns those that were acknowledged.

    Every refusal says when to come back, and comes within five seconds."""
    taken = []
    while not until.is_set():
        sent, began = Sent("hello"), time.monotonic()
        async with rig.operator.stream("POST", "/agui", json=sent.body) as response:
            assert time.monotonic() - began < HANG_SECONDS
            if response.status_code == 200:
                async for _ in frames(response):
                    taken.append(sent)
                    break
            else:
                assert response.status_code == 503 and response.headers["Retry-After"]
        await asyncio.sleep(0.1)
    return taken


@pytest.mark.parametrize(("mode", "away"), [("fast", 0.0), ("immediate", 4.0)])
async def test_what_was_acknowledged_is_answered_when_the_database_is_back(
    rig: Rig, mode: Literal["fast", "immediate"], away: float
) -> None:
    rig.standin.script("fixed:1000x50", "fixed:1000x50")
    running = [Sent("hello"), Sent("hello")]
    before = [await begin(rig, sent) for sent in running]
    enough = asyncio.Event()
    knocking = asyncio.create_task(knock(rig, enough))
    await rig.postgres.stop(mode)
    await asyncio.sleep(away)
    await rig.postgres.start()
    async with asyncio.timeout(HEALING_SECONDS):
        while True:
            answer = await rig.operator.post("/api/ops/chat", json={"message": "hello"})
            if answer.status_code == 200:
                break
            assert answer.status_code == 503, answer.text
            await asyncio.sleep(0.1)
    enough.set()
    taken = await knocking
    async with asyncio.timeout(HEALING_SECONDS):
        for sent, got in zip(running, before, strict=True):
            rest = await follow(rig.operator, sent.run_id, after=got[-1].id)
            assert_whole([*got, *rest])
            assert rest[-1].event["outcome"] == {"type": "success"}
        for sent in taken:
            assert_whole(await follow(rig.operator, sent.run_id, after=0))
    acknowledged = [
        Acknowledged(sent.run_id, sent.message_id, sent.text) for sent in [*running, *taken]
    ]
    assert_invariants(rig.server.environment["DATABASE_URL"], acknowledged)


async def test_a_job_that_its_living_worker_let_fall_is_taken_up(rig: Rig) -> None:
    """As when the database goes away at the moment in which a run is given back."""
    answer = await rig.operator.post("/api/ops/chat", json={"message": "hello"})
    assert answer.status_code == 200, answer.text
    sent = Sent("hello")
    with psycopg.connect(rig.server.environment["DATABASE_URL"], autocommit=True) as admin:
        admin.execute(
            """
            CREATE FUNCTION let_fall() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
            BEGIN
                NEW.status := 'doing';
                NEW.worker_id := (SELECT max(id) FROM jobs.procrastinate_workers);
                RETURN NEW;
            END $$;
            CREATE TRIGGER let_fall BEFORE INSERT ON jobs.procrastinate_jobs
                FOR EACH ROW EXECUTE FUNCTION let_fall();
            """
        )
        async with rig.operator.stream("POST", "/agui", json=sent.body) as response:
            assert response.status_code == 200, await response.aread()
        admin.execute("DROP FUNCTION let_fall() CASCADE")
        held = admin.execute(
            "SELECT j.status, j.worker_id IS NOT NULL FROM runs r "
            "JOIN jobs.procrastinate_jobs j ON j.id = r.job_id WHERE r.id = %s",
            (sent.run_id,),
        ).fetchone()
    assert held == ("doing", True)
    async with asyncio.timeout(HEALING_SECONDS):
        rest = await follow(rig.operator, sent.run_id, after=0)
    assert_whole(rest)
    assert rest[-1].event["outcome"] == {"type": "success"}
