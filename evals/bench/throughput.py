"""Runs a second, and what each costs the server: sixteen people at once, answers of 50 tokens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from itertools import count

from evals.bench import sending
from evals.bench.rig import (
    Figure,
    Helper,
    people,
    running_floor,
    running_product,
    running_standin,
)
from evals.bench.sending import Target, send
from evals.server import Server

PERSONA = "fixed:50x0"
AT_ONCE = 16
SECONDS, QUICK_SECONDS = 12.0, 1.0
WARM_UP_SECONDS = 0.5


async def run(quick: bool) -> list[Figure]:
    """The floor, then the product, for the same time each."""
    seconds = QUICK_SECONDS if quick else SECONDS
    async with (
        running_standin() as standin,
        running_floor(standin, PERSONA) as floor,
        running_product(standin, PERSONA) as server,
    ):
        crowd = [sending.product(server, person) for person in await people(server, AT_ONCE)]
        floor_rate, floor_cpu = await _measure([sending.floor(floor)] * AT_ONCE, floor, seconds)
        rate, cpu = await _measure(crowd, server, seconds)
    return [
        Figure("runs a second, 16 at once", "/s", rate, floor_rate, 60, higher_is_better=True),
        Figure("server CPU a run", "ms", cpu, floor_cpu, 9),
    ]


async def _measure(
    targets: Sequence[Target], process: Helper | Server, seconds: float
) -> tuple[float, float]:
    """Runs a second and milliseconds of CPU a run, with one sender for each target."""
    await _send_for(targets, WARM_UP_SECONDS)
    cpu, started = process.cpu_seconds(), time.perf_counter()
    runs = await _send_for(targets, seconds)
    elapsed = time.perf_counter() - started
    return runs / elapsed, 1000 * (process.cpu_seconds() - cpu) / runs


async def _send_for(targets: Sequence[Target], seconds: float) -> int:
    """How many runs ended well; each sender begins no new one after `seconds`."""
    until = time.perf_counter() + seconds
    numbers = count()

    async def sender(target: Target) -> int:
        sent = 0
        while time.perf_counter() < until:
            await send(target, f"Good morning, this is message {next(numbers)}.")
            sent += 1
        return sent

    return sum(await asyncio.gather(*(sender(target) for target in targets)))
