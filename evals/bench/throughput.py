"""Runs a second, and what each costs the server: sixteen people at once, answers of 50 tokens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
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
ROUNDS, QUICK_ROUNDS = 6, 1
SECONDS, QUICK_SECONDS = 3.0, 0.5
WARM_UP, QUICK_WARM_UP = 25, 1
"""Runs of each sender before anything is measured: every connection has then seen every query."""


@dataclass
class Measured:
    """What a process did: runs, seconds, and seconds of processor time."""

    runs: int = 0
    elapsed: float = 0.0
    cpu: float = 0.0

    @property
    def rate(self) -> float:
        """Runs a second."""
        return self.runs / self.elapsed

    @property
    def cpu_each(self) -> float:
        """Milliseconds of processor time a run."""
        return 1000 * self.cpu / self.runs


async def run(quick: bool) -> list[Figure]:
    """The floor and the product by turns, so that both see the same machine."""
    rounds, seconds = (QUICK_ROUNDS, QUICK_SECONDS) if quick else (ROUNDS, SECONDS)
    warm_up = QUICK_WARM_UP if quick else WARM_UP
    async with (
        running_standin() as standin,
        running_floor(standin, PERSONA) as floor,
        running_product(standin, PERSONA) as server,
    ):
        crowd = [sending.product(server, person) for person in await people(server, AT_ONCE)]
        bare = [sending.floor(floor)] * AT_ONCE
        for targets in (bare, crowd):
            await _send(targets, most=warm_up)
        of_floor, of_product = Measured(), Measured()
        for _ in range(rounds):
            await _measure(bare, floor, seconds, of_floor)
            await _measure(crowd, server, seconds, of_product)
    return [
        Figure(
            "runs a second, 16 at once",
            "/s",
            of_product.rate,
            of_floor.rate,
            limit=60,
            higher_is_better=True,
        ),
        Figure("server CPU a run", "ms", of_product.cpu_each, of_floor.cpu_each, limit=9),
    ]


async def _measure(
    targets: Sequence[Target], process: Helper | Server, seconds: float, measured: Measured
) -> None:
    """Add `seconds` of runs, with one sender for each target."""
    cpu, started = process.cpu_seconds(), time.perf_counter()
    measured.runs += await _send(targets, until=started + seconds)
    measured.elapsed += time.perf_counter() - started
    measured.cpu += process.cpu_seconds() - cpu


async def _send(
    targets: Sequence[Target], *, until: float = float("inf"), most: int | None = None
) -> int:
    """How many runs ended well; each sender begins no new one after `until`, nor more than
    `most`."""
    numbers = count()

    async def sender(target: Target) -> int:
        sent = 0
        while time.perf_counter() < until and (most is None or sent < most):
            await send(target, f"Good morning, this is message {next(numbers)}.")
            sent += 1
        return sent

    return sum(await asyncio.gather(*(sender(target) for target in targets)))
