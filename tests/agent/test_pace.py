"""New runs wait while those that go on are late, and only then."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from agent.pace import AT_LIBERTY, LATE_SECONDS, LONGEST_SECONDS, Pace
from errors import Unavailable


class Runs:
    """Runs that go on until they are ended; `begun` has them in the order in which they began."""

    def __init__(self) -> None:
        self.pace = Pace()
        self.begun: asyncio.Queue[int] = asyncio.Queue()
        self.tasks: list[asyncio.Task[None]] = []

    def send(self, count: int) -> None:
        first = len(self.tasks)
        self.tasks += [asyncio.create_task(self._run(first + n)) for n in range(count)]

    async def next(self, count: int) -> list[int]:
        """Those that began next."""
        async with asyncio.timeout(10):
            return [await self.begun.get() for _ in range(count)]

    async def _run(self, number: int) -> None:
        async with self.pace.turn():
            self.begun.put_nowait(number)
            await asyncio.Event().wait()


@pytest.fixture
async def runs() -> AsyncIterator[Runs]:
    """As many as begin without a look, and three more."""
    runs = Runs()
    runs.send(AT_LIBERTY + 3)
    yield runs
    for task in runs.tasks:
        task.cancel()
    await asyncio.gather(*runs.tasks, return_exceptions=True)


async def keep_busy(seconds: float) -> None:
    """Hold the loop up again and again, as a crowd of runs does."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        time.sleep(2 * LATE_SECONDS)  # noqa: ASYNC251 - this is what it is to be late
        await asyncio.sleep(0)


async def test_they_begin_in_order_when_nothing_is_late(runs: Runs) -> None:
    assert await runs.next(AT_LIBERTY + 3) == list(range(AT_LIBERTY + 3))


async def test_some_begin_at_once_and_more_wait_while_things_are_late(runs: Runs) -> None:
    await keep_busy(LONGEST_SECONDS / 2)
    assert runs.begun.qsize() == AT_LIBERTY


async def test_they_do_not_wait_for_ever(runs: Runs) -> None:
    await keep_busy(1.5 * LONGEST_SECONDS)
    assert AT_LIBERTY < runs.begun.qsize() < AT_LIBERTY + 3


async def test_one_that_gives_up_while_it_waits_holds_nobody_up(runs: Runs) -> None:
    await runs.next(AT_LIBERTY)
    runs.tasks[AT_LIBERTY].cancel()
    assert await runs.next(2) == [AT_LIBERTY + 1, AT_LIBERTY + 2]


async def test_those_that_end_make_room(runs: Runs) -> None:
    await runs.next(AT_LIBERTY + 3)
    for task in runs.tasks:
        task.cancel()
    await asyncio.gather(*runs.tasks, return_exceptions=True)
    runs.send(AT_LIBERTY)
    await keep_busy(LATE_SECONDS)
    assert runs.begun.qsize() == AT_LIBERTY


async def test_who_waits_is_turned_away_when_the_process_leaves(runs: Runs) -> None:
    await keep_busy(LONGEST_SECONDS / 2)
    runs.pace.close()
    async with asyncio.timeout(10):
        ended = await asyncio.gather(*runs.tasks[AT_LIBERTY:], return_exceptions=True)
    assert [type(error) for error in ended] == 3 * [Unavailable]
    assert runs.begun.qsize() == AT_LIBERTY
    assert not any(task.done() for task in runs.tasks[:AT_LIBERTY])
