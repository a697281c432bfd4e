"""Many streams at once: how soon each begins, and how evenly it goes on.

The provider's deltas come 50 ms apart, and so they should arrive.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from evals.bench import sending
from evals.bench.rig import (
    Figure,
    again_when_busy,
    people,
    percentile,
    running_floor,
    running_product,
    running_standin,
)
from evals.bench.sending import Target, Timed, send

PERSONA = "fixed:60x50"
AT_ONCE, QUICK_AT_ONCE = (200, 300), (16,)
PEOPLE, QUICK_PEOPLE = 16, 2
SPREAD_SECONDS = 1.0
"""All of them begin within this time."""
GAP_LIMITS = {200: 60, 300: 100}


@dataclass(frozen=True)
class Crowd:
    """Of many streams: milliseconds to the first text and between texts (95 of 100 are shorter),
    the longest silence in any stream, and how many ended well."""

    first_text: float
    gap: float
    silence: float
    finished: int


async def run(quick: bool) -> list[Figure]:
    """The floor, then the product, with as many streams at once."""
    figures: list[Figure] = []
    count = QUICK_PEOPLE if quick else PEOPLE
    async with (
        running_standin() as standin,
        running_floor(standin, PERSONA) as floor,
        running_product(standin, PERSONA) as server,
    ):
        bare = [sending.floor(floor)]
        crowd = [sending.product(server, person) for person in await people(server, count)]
        for targets in (bare, crowd):
            await _read_all(targets, count)
        for streams in QUICK_AT_ONCE if quick else AT_ONCE:
            of_floor = await _read_all(bare, streams)
            figures += _figures(streams, await _read_all(crowd, streams), of_floor)
    return figures


def _figures(streams: int, ours: Crowd, bare: Crowd) -> list[Figure]:
    return [
        Figure(
            f"{streams} streams: first text, p95",
            "ms",
            ours.first_text,
            bare.first_text,
            limit=1200,
        ),
        Figure(
            f"{streams} streams: gap, p95", "ms", ours.gap, bare.gap, limit=GAP_LIMITS.get(streams)
        ),
        Figure(f"{streams} streams: longest silence", "ms", ours.silence, bare.silence),
        Figure(
            f"{streams} streams: finished",
            "",
            ours.finished,
            bare.finished,
            limit=streams,
            higher_is_better=True,
        ),
    ]


async def _read_all(targets: Sequence[Target], streams: int) -> Crowd:
    """Read `streams` answers at once."""

    async def read(number: int) -> Timed:
        await asyncio.sleep(SPREAD_SECONDS * number / streams)
        target = targets[number % len(targets)]
        return await again_when_busy(lambda: send(target, f"Good morning, number {number}."))

    timed = await asyncio.gather(*(read(number) for number in range(streams)))
    gaps = [
        later - earlier
        for item in timed
        for earlier, later in zip(item.arrivals, item.arrivals[1:], strict=False)
    ]
    return Crowd(
        first_text=1000 * percentile([item.first_text for item in timed], 95),
        gap=1000 * percentile(gaps, 95),
        silence=1000 * max(gaps),
        finished=len(timed),
    )
