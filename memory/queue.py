"""The queue's own tables, as the upkeep of runs needs them: jobs of dead workers, runs without job."""

from __future__ import annotations

from typing import Any

from memory.pool import Connection


async def drop_dead_jobs(conn: Connection, silent_seconds: float) -> None:
    """Drop the jobs of workers that have given no sign for so long; their runs are then lost."""
    await conn.execute(
        """
        DELETE FROM jobs.procrastinate_jobs j
         WHERE j.status = 'doing'
           AND NOT EXISTS (SELECT FROM jobs.procrastinate_workers w
                            WHERE w.id = j.worker_id
                              AND w.last_heartbeat >= now() - make_interval(secs => %s))
        """,
        (silent_seconds,),
    )


async def jobs_of(conn: Connection, worker_id: int) -> set[int]:
    """The ids of the jobs that a worker has."""
    found = await conn.execute(
        "SELECT id FROM jobs.procrastinate_jobs WHERE status = 'doing' AND worker_id = %s",
        (worker_id,),
    )
    return {row["id"] for row in await found.fetchall()}


async def drop_jobs(conn: Connection, worker_id: int, jobs: set[int]) -> None:
    """Drop those of the jobs that the worker still has; their runs are then lost."""
    if jobs:
        await conn.execute(
            "DELETE FROM jobs.procrastinate_jobs "
            "WHERE id = ANY(%s) AND status = 'doing' AND worker_id = %s",
            (list(jobs), worker_id),
        )


async def lost(conn: Connection) -> list[dict[str, Any]]:
    """Id and thread of the open runs that no job will ever take up again, locked for the caller,
    in the order of their threads."""
    return await (
        await conn.execute(
            """
            SELECT id, thread_id FROM runs r
             WHERE r.status IN ('queued', 'running') AND r.created_at < now() - interval '5 seconds'
               AND NOT EXISTS (SELECT FROM jobs.procrastinate_jobs j
                                WHERE j.id = r.job_id AND j.status IN ('todo', 'doing'))
             ORDER BY r.thread_id, r.turn LIMIT 100 FOR UPDATE OF r SKIP LOCKED
            """
        )
    ).fetchall()
