"""The circuit breaker of a model provider: one row for all processes, by the database's clock.

Closed, every call is made. After `FAILURES_TO_OPEN` failures in a row within a window it opens,
and nobody calls. When the pause is over one process at a time may probe: its success closes the
breaker, its failure begins another pause. A process reads the row at most once a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from memory.caller import SYSTEM
from memory.fresh import Fresh
from memory.pool import get_conn, get_system_conn

FAILURES_TO_OPEN = 5
WINDOW_SECONDS = 60
PAUSE_SECONDS = 15
LONGEST_PAUSE_SECONDS = 300
PROBE_SECONDS = 60
"""How long a probe may take before another process may try."""
READ_EVERY_SECONDS = 1.0

State = Literal["ok", "open"]


@dataclass(frozen=True)
class Reading:
    """The row as it was read: whether it is open, whether a probe is due, and failures in a row."""

    is_open: bool = False
    probe_due: bool = False
    failures: int = 0


def pause_seconds(retry_after: int | None) -> int:
    """How long nobody calls: the provider's own Retry-After where that is longer, within reason."""
    return min(LONGEST_PAUSE_SECONDS, max(PAUSE_SECONDS, retry_after or 0))


class Breaker:
    """The breaker of `provider`, as this process sees it."""

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._last = Reading()
        self._row = Fresh(self._read, READ_EVERY_SECONDS)

    async def state(self) -> State:
        """ "open" while the provider is left alone, "ok" otherwise. Raises Unavailable."""
        return "open" if (await self._row.get()).is_open else "ok"

    async def allows(self) -> bool:
        """Whether a call may be made now. While it is open, True for the one who probes."""
        reading = await self._row.get()
        if not reading.is_open:
            return True
        return reading.probe_due and await self._take_probe()

    async def failed(self, retry_after: int | None = None) -> None:
        """A call that was made has failed on the provider's side."""
        async with get_conn(SYSTEM) as conn:
            await conn.execute(
                """
                INSERT INTO provider_breakers AS known (provider, failures) VALUES (%(name)s, 1)
                ON CONFLICT (provider) DO UPDATE SET
                    failures = CASE WHEN known.opened_at IS NULL AND known.window_start
                                         < now() - make_interval(secs => %(window)s)
                                    THEN 1 ELSE known.failures + 1 END,
                    window_start = CASE WHEN known.failures = 0 OR known.window_start
                                             < now() - make_interval(secs => %(window)s)
                                        THEN now() ELSE known.window_start END
                """,
                {"name": self._provider, "window": WINDOW_SECONDS},
            )
            await conn.execute(
                "UPDATE provider_breakers SET opened_at = coalesce(opened_at, now()), "
                "probe_at = now() + make_interval(secs => %s) "
                "WHERE provider = %s AND (failures >= %s OR opened_at IS NOT NULL)",
                (pause_seconds(retry_after), self._provider, FAILURES_TO_OPEN),
            )
        self._row.forget()

    async def succeeded(self) -> None:
        """A call that was made has been answered. Costs nothing while all is well."""
        if self._last == Reading():
            return
        async with get_conn(SYSTEM) as conn:
            await conn.execute(
                "UPDATE provider_breakers SET failures = 0, opened_at = NULL WHERE provider = %s",
                (self._provider,),
            )
        self._row.forget()

    async def _read(self) -> Reading:
        async with get_system_conn() as conn:
            row = await (
                await conn.execute(
                    "SELECT opened_at IS NOT NULL AS is_open, probe_at <= now() AS probe_due, "
                    "failures FROM provider_breakers WHERE provider = %s",
                    (self._provider,),
                )
            ).fetchone()
        self._last = Reading(**row) if row else Reading()
        return self._last

    async def _take_probe(self) -> bool:
        async with get_conn(SYSTEM) as conn:
            taken = await conn.execute(
                "UPDATE provider_breakers SET probe_at = now() + make_interval(secs => %s) "
                "WHERE provider = %s AND opened_at IS NOT NULL AND probe_at <= now()",
                (PROBE_SECONDS, self._provider),
            )
        return taken.rowcount == 1
