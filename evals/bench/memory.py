"""Resident memory: of an idle server, and after many streams at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from evals.bench import sending
from evals.bench.rig import (
    Figure,
    Helper,
    again_when_busy,
    people,
    running_floor,
    running_product,
    running_standin,
)
from evals.bench.sending import Target, send
from evals.server import Server

PERSONA, QUICK_PERSONA = "fixed:50x200", "fixed:50x20"
STREAMS, QUICK_STREAMS = 200, 16
PEOPLE, QUICK_PEOPLE = 16, 2
SETTLE_SECONDS = 2.0
MEGABYTE = 1_000_000


async def run(quick: bool) -> list[Figure]:
    """Every stream is a person reading a slow answer, all of them at the same time."""
    streams, persona = (QUICK_STREAMS, QUICK_PERSONA) if quick else (STREAMS, PERSONA)
    count = QUICK_PEOPLE if quick else PEOPLE
    async with (
        running_standin() as standin,
        running_floor(standin, persona) as floor,
        running_product(standin, persona) as server,
    ):
        crowd = [sending.product(server, person) for person in await people(server, count)]
        floor_idle, floor_after = await _measure([sending.floor(floor)], floor, streams)
        idle, after = await _measure(crowd, server, streams)
        weights = server.weights_bytes() / MEGABYTE
    return [
        Figure("memory, idle, without weights", "MB", idle - weights, floor_idle, limit=250),
        Figure(f"memory, after {streams} streams", "MB", after - weights, floor_after, limit=320),
        Figure("the embedding model's weights, mapped", "MB", weights),
    ]


async def _measure(
    targets: Sequence[Target], process: Helper | Server, streams: int
) -> tuple[float, float]:
    """Megabytes after one message, and after `streams` messages at once."""
    await send(targets[0], "Good morning.")
    await asyncio.sleep(SETTLE_SECONDS)
    idle = process.memory_bytes()
    readers = (_read(targets[number % len(targets)], number) for number in range(streams))
    await asyncio.gather(*readers)
    return idle / MEGABYTE, process.memory_bytes() / MEGABYTE


async def _read(target: Target, number: int) -> None:
    await again_when_busy(lambda: send(target, f"Good morning, number {number}."))
