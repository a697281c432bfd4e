"""What has expired is deleted, once an hour: log-in sessions and counts of log-ins."""

from __future__ import annotations

import time

from memory.login_attempts import purge_attempts
from memory.sessions import purge_sessions

EVERY_SECONDS = 3600.0


class Upkeep:
    """The upkeep as one process does it; several may, each deletes what is there."""

    def __init__(self) -> None:
        self._due = time.monotonic()

    async def when_due(self) -> int:
        """Delete what has expired, if the last time is an hour ago; returns how many rows."""
        if time.monotonic() < self._due:
            return 0
        deleted = await purge_sessions() + await purge_attempts()
        self._due = time.monotonic() + EVERY_SECONDS
        return deleted
