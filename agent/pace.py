"""How fast a process begins runs: while those that go on are late, new ones wait their turn.

One core makes the texts of a process. When more runs share it than it can carry, all of them
stutter and none is done sooner; begun one after another, each flows, and the last ends no later.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter

from errors import Unavailable

AT_LIBERTY = 16
"""So many runs go on without a look at how late things are."""
LATE_SECONDS = 0.006
"""How late a timer may come for one more run to begin; settled by `mosaic bench streams`."""
LOOK_SECONDS = 0.01
LONGEST_SECONDS = 0.5
"""After which one more run begins, however late things are: what is late may be the machine."""


class Pace:
    """The runs of one process: `async with pace.turn():` waits until one more may begin."""

    def __init__(self) -> None:
        self._going = 0
        self._next = asyncio.Lock()
        self._closed = False

    def close(self) -> None:
        """Let none begin any more: this process is leaving."""
        self._closed = True

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """A place among the runs that go on; first come, first served. Raises Unavailable once
        this is closed."""
        async with self._next:
            if self._going >= AT_LIBERTY and not self._closed:
                await _until_on_time()
            if self._closed:
                raise Unavailable("This process is leaving; another one takes the run.")
            self._going += 1
        try:
            yield
        finally:
            self._going -= 1


async def _until_on_time() -> None:
    since = perf_counter()
    while True:
        asked = perf_counter()
        await asyncio.sleep(LOOK_SECONDS)
        now = perf_counter()
        if now - asked < LOOK_SECONDS + LATE_SECONDS or now - since > LONGEST_SECONDS:
            return
