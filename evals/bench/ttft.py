"""Added time to first token: what stands between the provider's first word and the reader's."""

from __future__ import annotations

from evals.bench import sending
from evals.bench.rig import (
    Figure,
    median,
    people,
    percentile,
    running_floor,
    running_product,
    running_standin,
)
from evals.bench.sending import Target, send

PERSONA = "fixed:50x0"
TURNS, QUICK_TURNS = 200, 10
WARM_UP = 5


async def run(quick: bool) -> list[Figure]:
    """Sequential turns, each in a thread of its own, to the stand-in, the floor and the product
    by turns, so that all three see the same machine."""
    turns = QUICK_TURNS if quick else TURNS
    async with (
        running_standin() as standin,
        running_floor(standin, PERSONA) as floor,
        running_product(standin, PERSONA) as server,
    ):
        (person,) = await people(server, 1)
        targets = {
            "provider": sending.provider(standin, PERSONA),
            "floor": sending.floor(floor),
            "product": sending.product(server, person),
        }
        times = {name: await _first_texts(target, 0, WARM_UP) for name, target in targets.items()}
        times = {name: [] for name in targets}
        for turn in range(turns):
            for name, target in targets.items():
                times[name] += await _first_texts(target, turn, 1)
    bare = median(times["provider"])
    return [
        Figure(
            "added time to first token, median",
            "ms",
            mosaic=1000 * (median(times["product"]) - bare),
            floor=1000 * (median(times["floor"]) - bare),
            limit=16,
        ),
        Figure(
            "added time to first token, p95",
            "ms",
            mosaic=1000 * (percentile(times["product"], 95) - bare),
            floor=1000 * (percentile(times["floor"], 95) - bare),
        ),
    ]


async def _first_texts(target: Target, turn: int, count: int) -> list[float]:
    return [
        (await send(target, f"Good morning, this is message {turn}.{n}.")).first_text
        for n in range(count)
    ]
