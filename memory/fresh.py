"""A value that is read again once it is old; many who ask at once share one reading."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Fresh(Generic[Value]):
    """What `read` gave, at most `seconds` old."""

    def __init__(self, read: Callable[[], Awaitable[Value]], seconds: float) -> None:
        self._read = read
        self._seconds = seconds
        self._known: tuple[float, Value] | None = None
        self._reading: asyncio.Task[Value] | None = None

    async def get(self) -> Value:
        """The value. Raises what `read` raises, to everybody who waited for it."""
        if self._known is not None and time.monotonic() - self._known[0] <= self._seconds:
            return self._known[1]
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_anew())
            self._reading.add_done_callback(self._over)
        return await asyncio.shield(self._reading)

    def forget(self) -> None:
        """Read it anew the next time, also while a reading is under way."""
        self._known = self._reading = None

    async def _read_anew(self) -> Value:
        return await self._read()

    def _over(self, reading: asyncio.Task[Value]) -> None:
        # What it raised has been raised by those who waited; perhaps nobody did.
        failed = reading.cancelled() or reading.exception() is not None
        if reading is not self._reading:
            return
        self._reading = None
        if not failed:
            self._known = (time.monotonic(), reading.result())
