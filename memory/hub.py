"""Wakes the followers of runs: one LISTEN connection a process, none per follower.

A notification only says that there is something to read; the table is the truth. What this
process writes itself it hands over directly, so that its own followers need no query.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from log import get_logger
from memory.pool import SESSION_OPTIONS
from memory.runs import CANCEL_CHANNEL, EVENTS_CHANNEL

logger = get_logger(__name__)

BUFFERED_EVENTS = 256


class Follower:
    """One reader of one run. Holds a bounded tail of events; beyond it, the reader goes to
    the table."""

    def __init__(self) -> None:
        self.tail: deque[tuple[int, str]] = deque(maxlen=BUFFERED_EVENTS)
        self.woken = asyncio.Event()

    async def wait(self, timeout: float) -> bool:
        """True when something may have come, False when `timeout` seconds passed in silence."""
        try:
            async with asyncio.timeout(timeout):
                await self.woken.wait()
        except TimeoutError:
            return False
        return True

    def take(self, after: int) -> list[tuple[int, str]] | None:
        """The events after `after` that were handed over; None when the table has to be read."""
        self.woken.clear()
        if not self.tail:
            return None
        events = [item for item in self.tail if item[0] > after]
        self.tail.clear()
        if events and events[0][0] != after + 1:
            return None
        return events


class Hub:
    """The followers of this process, and the cancels its running runs listen for."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._followers: dict[str, set[Follower]] = defaultdict(set)
        self._cancels: dict[str, Callable[[], None]] = {}
        self.dismissed = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to listen."""
        ready = asyncio.Event()
        self._task = asyncio.create_task(self._listen(ready), name="hub")
        await ready.wait()

    async def stop(self) -> None:
        """Stop listening and wake every follower, so that each can end."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._wake_all()

    def dismiss(self) -> None:
        """Wake every follower for the last time: this process is leaving, they go elsewhere."""
        self.dismissed = True
        self._wake_all()

    @contextmanager
    def follow(self, run_id: str) -> Iterator[Follower]:
        """Follow a run until the block ends."""
        follower = Follower()
        self._followers[run_id].add(follower)
        try:
            yield follower
        finally:
            self._followers[run_id].discard(follower)
            if not self._followers[run_id]:
                del self._followers[run_id]

    @contextmanager
    def on_cancel(self, run_id: str, callback: Callable[[], None]) -> Iterator[None]:
        """Call `callback` when the run is asked to stop, from whichever process."""
        self._cancels[run_id] = callback
        try:
            yield
        finally:
            self._cancels.pop(run_id, None)

    def publish(self, run_id: str, events: list[tuple[int, str]]) -> None:
        """Hand committed events to this process's followers of the run."""
        for follower in self._followers.get(run_id, ()):
            follower.tail.extend(events)
            follower.woken.set()

    @property
    def following(self) -> int:
        """How many followers there are now."""
        return sum(len(group) for group in self._followers.values())

    async def _listen(self, ready: asyncio.Event) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._url, autocommit=True, options=SESSION_OPTIONS
                ) as conn:
                    await conn.execute(f"LISTEN {EVENTS_CHANNEL}".encode())
                    await conn.execute(f"LISTEN {CANCEL_CHANNEL}".encode())
                    ready.set()
                    # Whatever was said while nobody listened is found in the table.
                    self._wake_all()
                    async for notice in conn.notifies():
                        for run_id in notice.payload.split():
                            self._dispatch(notice.channel, run_id)
            except psycopg.OperationalError as error:
                logger.warning("listening stopped, will reconnect", error_type=type(error).__name__)
            await asyncio.sleep(0.5)

    def _dispatch(self, channel: str, run_id: str) -> None:
        if run_id in self._cancels:
            # The run is this process's own: its events were handed over when they were written.
            if channel == CANCEL_CHANNEL:
                self._cancels[run_id]()
            return
        for follower in self._followers.get(run_id, ()):
            follower.woken.set()

    def _wake_all(self) -> None:
        for group in self._followers.values():
            for follower in group:
                follower.woken.set()
