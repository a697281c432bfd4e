"""Two servers and two workers on one Postgres, each of which can be hurt by itself."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import psycopg

from evals.server import Launch, Process
from tests import warm
from tests.agui import Frame, Sent, frames
from tests.faults.invariants import assert_invariants
from tests.service import OPERATOR, Server, running_service
from tests.standin import Standin, running_standin

TAKEN_UP_SECONDS = 120.0
"""Fifteen on a machine that is not busy with other things."""
LEAVE_SECONDS = 20.0
ATTEMPTS = (
    "SELECT array_agg(attempt ORDER BY array_position(%(ids)s::text[], id)) FROM runs "
    "WHERE id = ANY (%(ids)s)"
)


@dataclass
class Fleet:
    """Two servers that only listen, two workers, and the model they ask, which answers shortly
    unless told otherwise."""

    servers: tuple[Server, Server]
    workers: tuple[Process, Process]
    standin: Standin
    operators: tuple[httpx2.AsyncClient, httpx2.AsyncClient]

    @property
    def database_url(self) -> str:
        return self.servers[0].environment["DATABASE_URL"]

    def admin(self) -> psycopg.Connection[Any]:
        return psycopg.connect(
            self.database_url, autocommit=True, options="-c search_path=public,jobs"
        )

    def value(self, query: str, *given: object, **named: object) -> Any:
        """The one value of a query."""
        with self.admin() as conn:
            row = conn.execute(query.encode(), named or given).fetchone()
        assert row is not None, query
        return row[0]

    @asynccontextmanager
    async def in_order(self) -> AsyncIterator[None]:
        """All four alive at the start of a test, and every promise kept after it."""
        self.standin.reset()
        for worker in self.workers:
            worker.send_signal(signal.SIGCONT)
            if worker.returncode is not None:
                await worker.begin()
        await self.registered(2)
        yield
        self.standin.reset()
        await self.idle()
        assert_invariants(self.database_url)

    async def registered(self, count: int) -> None:
        """Return when so many workers have given a sign lately."""
        query = (
            "SELECT count(*) FROM jobs.procrastinate_workers "
            "WHERE last_heartbeat > now() - interval '4 seconds'"
        )
        await until(lambda: self.value(query) == count)

    async def idle(self) -> None:
        """Return when every run has ended."""
        query = "SELECT count(*) FROM runs WHERE status IN ('queued', 'running')"
        await until(lambda: self.value(query) == 0)


@asynccontextmanager
async def running_fleet(
    server_url: str, launches: tuple[Launch, Launch] = (warm.launch, warm.launch), **settings: str
) -> AsyncIterator[Fleet]:
    """A fleet with the demo. Its first server and worker are started by the first of `launches`,
    the others by the second."""
    first_launch, second_launch = launches
    async with AsyncExitStack() as stack:
        standin = await stack.enter_async_context(running_standin())
        model = {
            "ANTHROPIC_API_KEY": "k",
            "ANTHROPIC_BASE_URL": standin.url,
            "MOSAIC_MODEL": "fixed:8x10",
        }
        first = await stack.enter_async_context(
            running_service(
                server_url, "--no-worker", demo=True, launch=first_launch, **{**model, **settings}
            )
        )
        second = type(first)(
            first.home / "second", first.environment, ("serve", "--no-worker"), second_launch
        )
        stack.push_async_callback(second.close)
        one, two = (
            Process(first.home / f"worker-{number}", first.environment, ("worker",), launch)
            for number, launch in enumerate(launches, start=1)
        )
        for worker in (one, two):
            stack.push_async_callback(worker.close)
        await asyncio.gather(second.start(), one.begin(), two.begin())
        operators = (await first.log_in(OPERATOR), await second.log_in(OPERATOR))
        fleet = Fleet((first, second), (one, two), standin, operators)
        await fleet.registered(2)
        yield fleet


@contextmanager
def frozen(process: Process) -> Iterator[None]:
    """Nobody but the others takes anything up within the block."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(TAKEN_UP_SECONDS):
        while True:
            if is_so():
                return
            await asyncio.sleep(0.1)


async def read_until(
    client: httpx2.AsyncClient, sent: Sent, enough: Callable[[list[Frame]], bool]
) -> list[Frame]:
    """Send a message and read until it is enough; then leave."""
    got: list[Frame] = []
    async with client.stream("POST", "/agui", json=sent.body) as response:
        assert response.status_code == 200, await response.aread()
        async for frame in frames(response):
            got.append(frame)
            if enough(got):
                return got
    raise AssertionError("the run ended before it was enough")


def kinds(got: list[Frame]) -> list[str]:
    return [frame.event["type"] for frame in got]


async def begin(fleet: Fleet, sent: Sent, words: str) -> list[Frame]:
    """Send a message and read the first words of its answer."""
    fleet.standin.script(words)
    return await read_until(
        fleet.operators[0], sent, lambda got: kinds(got)[-1] == "TEXT_MESSAGE_CONTENT"
    )


def attempts(fleet: Fleet, *runs: Sent) -> list[int]:
    found: list[int] = fleet.value(ATTEMPTS, ids=[sent.run_id for sent in runs])
    return found


async def leave(worker: Process) -> None:
    worker.send_signal(signal.SIGTERM)
    assert await worker.wait(LEAVE_SECONDS) == 0
    assert "Traceback" not in worker.log_tail()


async def hurried(worker: Process) -> None:
    """Start a worker anew, with little time to leave."""
    await worker.kill()
    worker.environment["MOSAIC_DRAIN_SECONDS"] = "0.3"
    await worker.begin()
    del worker.environment["MOSAIC_DRAIN_SECONDS"]
