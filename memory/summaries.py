"""Summaries of sessions: which threads wait for one, what is remembered of them, what was made.

All of it is the service's own work; the rows are their people's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from memory.caller import SYSTEM, Caller
from memory.pool import get_conn

Row = dict[str, Any]

PASSAGES = 600
LEASE = "2 minutes"


@dataclass(frozen=True)
class DueThread:
    """A thread with turns to summarise, `after` which turn, and whose it is."""

    id: str
    title: str
    owner: Caller
    after: int
    idle: bool


@dataclass(frozen=True)
class Summary:
    """Turns `first` to `last` of a thread, put shortly. `made_by` as the table has it."""

    first: int
    last: int
    began_at: datetime
    ended_at: datetime
    text: str
    made_by: str


async def take_due(idle_after: str, turns: int, limit: int) -> list[DueThread]:
    """Threads that wait: quiet for `idle_after` (an interval), or with `turns` new turns. They
    are the caller's for two minutes."""
    async with get_conn(SYSTEM) as conn:
        rows = await (
            await conn.execute(
                """
                WITH due AS (
                    SELECT t.id FROM threads t
                     WHERE t.remembered AND t.last_turn >= t.summarised_turn + 4
                       AND (t.updated_at < now() - %(idle)s::interval
                            OR t.last_turn >= t.summarised_turn + %(turns)s)
                       AND (t.summarising_until IS NULL OR t.summarising_until < now())
                     ORDER BY t.updated_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
                )
                UPDATE threads t SET summarising_until = now() + %(lease)s::interval
                  FROM due, users u WHERE t.id = due.id AND u.id = t.owner_id
                RETURNING t.id, t.title, t.summarised_turn, u.id AS user_id, u.role, u.time_zone,
                          t.updated_at < now() - %(idle)s::interval AS idle
                """,
                {"idle": idle_after, "turns": turns, "limit": limit, "lease": LEASE},
            )
        ).fetchall()
    return [
        DueThread(
            row["id"],
            row["title"],
            Caller(row["user_id"], row["role"], row["time_zone"]),
            row["summarised_turn"],
            row["idle"],
        )
        for row in rows
    ]


async def passages(thread: DueThread) -> list[Row]:
    """What is remembered of the thread's turns that no summary holds yet, in order: `id`,
    `turn`, `text`, `written_by`, `said_at`."""
    async with get_conn(thread.owner) as conn:
        return await (
            await conn.execute(
                """
                SELECT * FROM (
                    SELECT id, place, part, place / 2 AS turn, text, written_by, forgotten_at,
                           -- A correction stands where, and when, the corrected words were said.
                           min(happened_at) OVER (PARTITION BY place) AS said_at
                      FROM memories
                     WHERE thread_id = %s AND place >= 2 * (%s + 1)
                       AND kind IN ('message', 'correction')) said
                 WHERE forgotten_at IS NULL ORDER BY place, part, id LIMIT %s
                """,
                (thread.id, thread.after, PASSAGES),
            )
        ).fetchall()


async def keep(thread: DueThread, made: list[Summary], up_to: int) -> None:
    """Store the summaries; the thread is summarised `up_to` that turn. Nothing is stored for a
    thread that is gone, or is no longer to be remembered."""
    async with get_conn(SYSTEM) as conn:
        found = await (
            await conn.execute(
                "UPDATE threads SET summarising_until = NULL, "
                "summarised_turn = greatest(summarised_turn, %s) "
                "WHERE id = %s AND remembered RETURNING id",
                (up_to, thread.id),
            )
        ).fetchone()
        if found is None:
            return
        for summary in made:
            await conn.execute(
                """
                INSERT INTO thread_summaries (thread_id, owner_id, first_turn, last_turn,
                                              began_at, ended_at, text, made_by)
                VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
                ON CONFLICT (thread_id, first_turn) DO NOTHING
                """,
                (
                    thread.id,
                    thread.owner.user_id,
                    summary.first,
                    summary.last,
                    summary.began_at,
                    summary.ended_at,
                    summary.text,
                    summary.made_by,
                ),
            )


async def spent_today() -> Decimal:
    """What summaries have cost today, in US dollars."""
    async with get_conn(SYSTEM) as conn:
        row = await (
            await conn.execute(
                "SELECT cost_usd FROM summary_days WHERE day = (now() AT TIME ZONE 'UTC')::date"
            )
        ).fetchone()
    return row["cost_usd"] if row else Decimal(0)


async def add_spent(cost_usd: Decimal) -> None:
    """Add to what summaries have cost today."""
    async with get_conn(SYSTEM) as conn:
        await conn.execute(
            """
            INSERT INTO summary_days AS known (day, cost_usd)
            VALUES ((now() AT TIME ZONE 'UTC')::date, %s)
            ON CONFLICT (day) DO UPDATE SET cost_usd = known.cost_usd + excluded.cost_usd
            """,
            (cost_usd,),
        )
