"""A value that is read again once it is old, by one for all who ask."""

from __future__ import annotations

import asyncio

import pytest

from memory.fresh import Fresh


class Source:
    """Counts how often it is read; fails while `broken`."""

    def __init__(self) -> None:
        self.reads = 0
        self.broken = False
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def read(self) -> int:
        self.reads += 1
        number = self.reads
        await self.go_on.wait()
        if self.broken:
            raise LookupError(f"reading {number}")
        return number


async def test_many_who_ask_at_once_share_one_reading() -> None:
    source = Source()
    fresh = Fresh(source.read, 60)
    assert await asyncio.gather(*(fresh.get() for _ in range(20))) == [1] * 20
    assert await fresh.get() == 1


async def test_what_is_old_is_read_again() -> None:
    source = Source()
    fresh = Fresh(source.read, 0)
    assert [await fresh.get(), await fresh.get()] == [1, 2]


async def test_a_failure_is_everybodys_and_is_not_kept() -> None:
    source = Source()
    source.broken = True
    fresh = Fresh(source.read, 60)
    failed = await asyncio.gather(*(fresh.get() for _ in range(3)), return_exceptions=True)
    assert [str(error) for error in failed] == ["reading 1"] * 3
    source.broken = False
    assert await fresh.get() == 2


async def test_who_gives_up_takes_nothing_from_the_others() -> None:
    source = Source()
    source.go_on.clear()
    fresh = Fresh(source.read, 60)
    first, second = asyncio.create_task(fresh.get()), asyncio.create_task(fresh.get())
    await asyncio.sleep(0)
    first.cancel()
    source.go_on.set()
    assert await second == 1
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_what_is_forgotten_while_it_is_read_is_not_kept() -> None:
    source = Source()
    source.go_on.clear()
    fresh = Fresh(source.read, 60)
    asked = asyncio.create_task(fresh.get())
    await asyncio.sleep(0)
    fresh.forget()
    source.go_on.set()
    assert await asked == 1
    assert await fresh.get() == 2
