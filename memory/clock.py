"""The time by the database's clock, without asking it every time.

Several processes write what one person does. By clocks of their own, the newest entry would be
that of the process that is ahead, and what may be undone for a day would differ from one to the
next.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

from errors import Unavailable
from log import get_logger
from memory.caller import SYSTEM
from memory.pool import get_conn

logger = get_logger(__name__)

LOOK_SECONDS = 30.0
RETRY_SECONDS = 0.5
SLOW_SECONDS = 0.5
"""An answer that took longer does not say when it was true."""


class DatabaseClock:
    """Called, it says what time it is: as the database said last, and what has passed since by a
    clock that nobody sets. Not before `start` has returned."""

    def __init__(self) -> None:
        self._zero = datetime.min.replace(tzinfo=UTC)
        self._set = False

    def __call__(self) -> datetime:
        return self._zero + timedelta(seconds=_counted())

    async def start(self) -> None:
        """Return when the database has said what time it is."""
        while True:
            if await self._look():
                return
            await asyncio.sleep(RETRY_SECONDS)

    async def keep(self) -> None:
        """Ask it now and again, for as long as this process serves."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self._look()
            except Exception:
                logger.exception("the clock was not set, will try again")

    async def _look(self) -> bool:
        try:
            async with get_conn(SYSTEM) as conn:
                asked = _counted()
                row = await (await conn.execute("SELECT clock_timestamp() AS now")).fetchone()
                answered = _counted()
        except Unavailable as error:
            logger.warning("the clock was not set, will try again", code=error.code)
            return False
        if row is None:
            return False
        if not self._set or answered - asked < SLOW_SECONDS:
            now = row["now"].astimezone(UTC)
            self._zero, self._set = now - timedelta(seconds=(asked + answered) / 2), True
        return True


def _counted() -> float:
    """Seconds by a clock that nobody sets; where there is one, it counts on while a machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
