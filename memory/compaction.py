"""Old tapes: dropped a day after their run has ended, since its messages say the same."""

from __future__ import annotations

from memory.caller import SYSTEM
from memory.pool import get_conn

KEPT_HOURS = 24
BATCH = 50


async def drop_old_tapes() -> int:
    """Drop the tapes of up to `BATCH` runs; returns how many. The run keeps the tape's length.

    A run that stopped for approvals keeps its tape: the cards are on it alone.
    """
    async with get_conn(SYSTEM) as conn:
        done = await conn.execute(
            """
            WITH old AS (
                SELECT id FROM runs
                 WHERE tape_length IS NULL AND status IN ('success', 'cancelled', 'error')
                   AND ended_at < now() - make_interval(hours => %s)
                 ORDER BY ended_at LIMIT %s FOR UPDATE SKIP LOCKED
            ), dropped AS (
                DELETE FROM run_events e USING old WHERE e.run_id = old.id RETURNING e.run_id, e.seq
            )
            UPDATE runs SET tape_length = coalesce(
                       (SELECT max(seq) FROM dropped d WHERE d.run_id = runs.id), 0)
              FROM old WHERE runs.id = old.id
            """,
            (KEPT_HOURS, BATCH),
        )
    return done.rowcount
