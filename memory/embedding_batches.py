"""Many callers, few requests: texts that are wanted at the same time go out together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import numpy as np

from memory.embeddings import Vectors

Send = Callable[[list[str]], Awaitable[Vectors]]


class SharedBatches:
    """Gathers texts for `window` seconds, or until there are `size`, and sends them in one request.

    A text that several callers want is sent once. A caller with more than one batch hands in a
    batch at a time, so that who asks meanwhile waits for one request and not for all. Who stops
    waiting takes nothing from the others.
    """

    def __init__(self, send: Send, size: int, window: float = 0.005) -> None:
        self._send = send
        self._size = size
        self._window = window
        self._waiting: dict[str, asyncio.Future[Vectors]] = {}
        self._sending: set[asyncio.Task[None]] = set()
        self._gathering: asyncio.TimerHandle | None = None

    async def ask(self, texts: Sequence[str]) -> Vectors:
        """One vector a text, in order; at least one text. Raises what `send` raises."""
        found: list[Vectors] = []
        for start in range(0, len(texts), self._size):
            wanted = [self._want(text) for text in texts[start : start + self._size]]
            found += await asyncio.gather(*map(asyncio.shield, wanted))
        return np.stack(found)

    def _want(self, text: str) -> asyncio.Future[Vectors]:
        if (known := self._waiting.get(text)) is not None:
            return known
        loop = asyncio.get_running_loop()
        self._waiting[text] = wanted = loop.create_future()
        wanted.add_done_callback(_seen)
        if self._gathering is None:
            self._gathering = loop.call_later(self._window, self._go)
        if len(self._waiting) == self._size:
            self._go()
        return wanted

    def _go(self) -> None:
        """Send what has been gathered."""
        if self._gathering is not None:
            self._gathering.cancel()
        batch, self._waiting, self._gathering = self._waiting, {}, None
        task = asyncio.create_task(self._deliver(batch))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _deliver(self, batch: dict[str, asyncio.Future[Vectors]]) -> None:
        try:
            vectors = await self._send(list(batch))
            for future, vector in zip(batch.values(), vectors, strict=True):
                future.set_result(vector)
        except Exception as error:  # noqa: BLE001 - handed on to each caller
            for future in batch.values():
                future.set_exception(error)
        finally:
            for future in batch.values():
                future.cancel()


def _seen(future: asyncio.Future[Vectors]) -> None:
    """An error that nobody waits for any more is no event."""
    if not future.cancelled():
        future.exception()
