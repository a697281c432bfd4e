"""The queue's tables: who ends a job wakes who waits behind it; what a dead worker had is free."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from memory import accepting, runs
from memory.caller import SYSTEM, Caller
from memory.pool import get_conn
from memory.queue import drop_dead_jobs, lost
from tests.conftest import MakeCaller

Admin = psycopg.Connection[Any]


@pytest.fixture
def admin(database_url: str, pool: None) -> Iterator[Admin]:
    path = "-c search_path=public,jobs"
    with psycopg.connect(database_url, autocommit=True, options=path) as conn:
        yield conn


def insert_job(admin: Admin, queue: str, lock: str, status: str, worker: int | None = None) -> int:
    row = admin.execute(
        "INSERT INTO jobs.procrastinate_jobs (queue_name, task_name, lock, status, worker_id) "
        "VALUES (%s, 'run', %s, %s, %s) RETURNING id",
        (queue, lock, status, worker),
    ).fetchone()
    assert row is not None
    return int(row[0])


def heard(admin: Admin, statement: str, *values: object) -> int:
    """How many times the workers of the queue are woken by the statement."""
    for _ in admin.notifies(timeout=0):
        """What was said before."""
    admin.execute(statement, values)  # type: ignore[arg-type]
    return sum(1 for _ in admin.notifies(timeout=0.2))


def test_the_end_of_a_job_wakes_whoever_waits_behind_it(admin: Admin) -> None:
    queue, lock = uuid4().hex, uuid4().hex
    admin.execute(f'LISTEN "procrastinate_queue_v1#{queue}"')
    first, waiting = insert_job(admin, queue, lock, "doing"), insert_job(admin, queue, lock, "todo")
    insert_job(admin, queue, uuid4().hex, "todo")
    end = "DELETE FROM jobs.procrastinate_jobs WHERE id = %s"
    assert heard(admin, end, first) == 1
    assert heard(admin, end, waiting) == 0, "nobody waits behind it"


def test_a_job_that_is_given_back_wakes_the_workers(admin: Admin) -> None:
    queue = uuid4().hex
    admin.execute(f'LISTEN "procrastinate_queue_v1#{queue}"')
    job = insert_job(admin, queue, uuid4().hex, "doing")
    change = "UPDATE jobs.procrastinate_jobs SET status = %s WHERE id = %s"
    assert heard(admin, change, "todo", job) == 1
    assert heard(admin, change, "doing", job) == 0


async def accept(caller: Caller, thread: str) -> str:
    """A run that was accepted long enough ago to be found lost."""
    run = uuid4().hex
    async with get_conn(caller) as conn:
        await accepting.accept(
            conn,
            caller,
            thread_id=thread,
            run_id=run,
            message_id=f"m-{run}",
            text="What broke?",
            event="{}",
        )
        await conn.execute(
            "DELETE FROM jobs.procrastinate_jobs WHERE args ->> 'run_id' = %s", (run,)
        )
        await conn.execute(
            "UPDATE runs SET created_at = now() - interval '1 minute' WHERE id = %s", (run,)
        )
    return run


async def test_what_a_dead_worker_had_is_free_and_what_a_living_one_has_is_not(
    make_caller: MakeCaller, admin: Admin
) -> None:
    caller, thread = await make_caller(), uuid4().hex
    workers = [
        admin.execute(
            "INSERT INTO jobs.procrastinate_workers (last_heartbeat) "
            "VALUES (now() - make_interval(secs => %s)) RETURNING id",
            (silent,),
        ).fetchone()
        for silent in (1, 30)
    ]
    held = {}
    for worker in [*workers, None]:
        run = await accept(caller, uuid4().hex)
        held[run] = insert_job(admin, "runs", uuid4().hex, "doing", worker[0] if worker else None)
        admin.execute("UPDATE runs SET job_id = %s WHERE id = %s", (held[run], run))
    living, *dead = held
    later, never_queued = await accept(caller, thread), await accept(caller, thread)
    waiting = insert_job(admin, "runs", thread, "todo")
    admin.execute("UPDATE runs SET job_id = %s WHERE id = %s", (waiting, later))
    async with get_conn(SYSTEM) as conn:
        await drop_dead_jobs(conn, 8)
        found = [row["id"] for row in await lost(conn)]
    assert set(dead) | {never_queued} <= set(found)
    assert not {living, later} & set(found)
    jobs = "SELECT id FROM jobs.procrastinate_jobs"
    there = {row[0] for row in admin.execute(jobs)}  # type: ignore[arg-type]
    assert {held[living], waiting} <= there and not {held[run] for run in dead} & there
    claimed = await runs.claim(dead[0])
    assert claimed is not None and claimed.attempt == 1
