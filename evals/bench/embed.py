"""MiniLM beside its floor: the matrix products of the same shapes and nothing else."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from evals.bench.rig import Figure, median, percentile
from memory.minilm import (
    BULK_WORKERS,
    DIMENSIONS,
    LAYERS,
    MiniLM,
    batches_by_length,
)

SENTENCES, QUICK_SENTENCES = 480, 16
QUESTIONS, QUICK_QUESTIONS = 40, 3
SENTENCE_TOKENS, QUESTION_TOKENS = 30, 12
TICK_SECONDS = 0.005
SHAPES = (
    (DIMENSIONS, 3 * DIMENSIONS),
    (DIMENSIONS, DIMENSIONS),
    (DIMENSIONS, 4 * DIMENSIONS),
    (4 * DIMENSIONS, DIMENSIONS),
)
"""Inputs and outputs of a layer's dense matrices."""
WORDS = (
    "she said that the new job would be a small test of what her old boss had told them about "
    "money time work and the long way home each day before they found one more"
).split()
"""Each is one token of the model's."""


@dataclass(frozen=True)
class Spent:
    """Wall and processor seconds of one piece of work, and how late the event loop's timers
    were meanwhile."""

    wall: float
    processor: float
    late: list[float]


async def run(quick: bool) -> list[Figure]:
    """Throughput on all cores that the embedder uses, and a single question. Rounds of product
    and floor take turns, so that both see the same machine."""
    embedder, plain = MiniLM(), Plain()
    count = QUICK_SENTENCES if quick else SENTENCES
    questions = QUICK_QUESTIONS if quick else QUESTIONS
    texts = [sentence(number, SENTENCE_TOKENS) for number in range(count)]
    await embedder.embed(texts[:1])
    ours, floor = [], []
    for _ in range(1 if quick else 3):
        ours.append(await measure(partial(embedder.embed, texts)))
        floor.append(await measure(partial(plain.sentences, count)))
    asked, plainly = [], []
    for number in range(questions):
        text = sentence(number, QUESTION_TOKENS)
        asked.append((await measure(partial(embedder.embed, [text]))).wall)
        plainly.append((await measure(plain.question)).wall)
    best, bare = min(ours, key=_wall), min(floor, key=_wall)
    return [
        Figure(
            f"sentences of {SENTENCE_TOKENS} tokens embedded",
            "/s",
            count / best.wall,
            count / bare.wall,
            limit=100,
            higher_is_better=True,
        ),
        Figure(
            "processor time a sentence",
            "ms",
            1000 * min(spent.processor for spent in ours) / count,
            1000 * min(spent.processor for spent in floor) / count,
            limit=20,
        ),
        Figure(
            f"one question of {QUESTION_TOKENS} tokens",
            "ms",
            1000 * median(asked),
            1000 * median(plainly),
        ),
        Figure(
            "event loop late meanwhile, 95 %",
            "ms",
            1000 * percentile(best.late, 95),
            1000 * percentile(bare.late, 95),
        ),
    ]


def sentence(number: int, tokens: int) -> str:
    """A sentence of that many tokens for the model, which adds one at each end."""
    chosen = random.Random(number)  # noqa: S311 - the same sentences every time
    return " ".join(chosen.choice(WORDS) for _ in range(tokens - 2))


async def measure(work: Callable[[], Awaitable[object]]) -> Spent:
    """Do the work and watch the event loop while it lasts."""
    late: list[float] = []

    async def tick() -> None:
        while True:
            due = time.perf_counter() + TICK_SECONDS
            await asyncio.sleep(TICK_SECONDS)
            late.append(time.perf_counter() - due)

    ticking = asyncio.create_task(tick())
    began, used = time.perf_counter(), time.process_time()
    await work()
    spent = Spent(time.perf_counter() - began, time.process_time() - used, late)
    ticking.cancel()
    await asyncio.gather(ticking, return_exceptions=True)
    return spent


class Plain:
    """The dense matrix products of the model, on as many threads."""

    def __init__(self) -> None:
        random_numbers = np.random.default_rng(7)
        self._layers = [
            [random_numbers.random(shape, np.float32) for shape in SHAPES] for _ in range(LAYERS)
        ]
        self._workers = ThreadPoolExecutor(BULK_WORKERS)

    async def sentences(self, count: int) -> None:
        """What `count` sentences need, in batches as the embedder makes them."""
        batches = batches_by_length([SENTENCE_TOKENS] * count)
        await asyncio.gather(*(self._pass(len(batch) * SENTENCE_TOKENS) for batch in batches))

    async def question(self) -> None:
        """What one question needs."""
        await self._pass(QUESTION_TOKENS)

    async def _pass(self, tokens: int) -> None:
        await asyncio.get_running_loop().run_in_executor(self._workers, self._multiply, tokens)

    def _multiply(self, tokens: int) -> None:
        inputs = {size: np.ones((tokens, size), np.float32) for size in {a for a, _ in SHAPES}}
        for layer in self._layers:
            for weights in layer:
                np.matmul(inputs[len(weights)], weights)


def _wall(spent: Spent) -> float:
    return spent.wall
