"""The job queue: Procrastinate on our own Postgres. A job is a run; its lock is the thread."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import procrastinate
from procrastinate.jobs import Job

from agent.context import Services
from agent.continuation import continue_decided
from agent.pace import Pace
from agent.run import execute
from errors import Unavailable
from log import get_logger
from memory.caller import SYSTEM
from memory.compaction import drop_old_tapes
from memory.pool import Connection, get_conn, get_pool
from memory.queue import drop_dead_jobs, drop_jobs, jobs_of, lost
from memory.upkeep import Upkeep

logger = get_logger(__name__)

QUEUE = "runs"
HEARTBEAT_SECONDS = 2.0
STALLED_SECONDS = 8.0
SWEEP_SECONDS = 2.0
POLL_SECONDS = 0.5
RESTART_SECONDS = 1.0
CONCURRENCY = 400
"""Runs at once: nearly all of them wait for the provider."""
MOST_TRIES = 5
AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)
"""Due by any clock: the queue compares with the database's, the library sends this process's."""


class HandOver(procrastinate.BaseRetryStrategy):
    """A run that this process could not end goes back on the queue, for whoever is free."""

    def get_retry_decision(
        self, *, exception: BaseException, job: Job
    ) -> procrastinate.RetryDecision | None:
        """At once when this process is leaving or lost the database; else the run is lost to the
        queue, and the sweep finds it."""
        if job.attempts >= MOST_TRIES:
            return None
        if not isinstance(exception, Unavailable | asyncio.CancelledError):
            return None
        return procrastinate.RetryDecision(retry_at=AT_ONCE)


class Jobs:
    """The queue of this process: puts runs on it, and works them off between `start` and `stop`."""

    def __init__(self) -> None:
        self._app = procrastinate.App(connector=procrastinate.PsycopgConnector())
        self._services: Services | None = None
        self._working: asyncio.Task[None] | None = None
        self._worker_id: int | None = None
        self._in_hand: set[int] = set()
        self._out_of_hand: set[int] = set()
        self._leaving = False
        self._pace = Pace()
        self._task = self._app.task(name="run", queue=QUEUE, retry=HandOver(), pass_context=True)(
            self._run
        )

    async def open(self) -> None:
        """Use this process's pool."""
        await self._app.open_async(get_pool())

    async def put(self, conn: Connection, run_id: str, *, priority: int = 0) -> None:
        """Queue a run inside the caller's transaction: rolled back, it never was."""
        await conn.execute(
            "UPDATE runs SET job_id = queue_run(id, thread_id, %s) WHERE id = %s",
            (priority, run_id),
        )

    def start(self, services: Services, *, drain_seconds: float) -> None:
        """Begin to work off the queue. Runs that are still going `drain_seconds` after `stop` are
        handed over."""
        self._services = services
        self._working = asyncio.create_task(self._work(drain_seconds), name="worker")

    async def stop(self) -> None:
        """Take no more runs, let the running ones finish, hand over the rest."""
        self._leaving = True
        self._pace.close()
        if self._working is not None:
            self._working.cancel()
            await asyncio.gather(self._working, return_exceptions=True)
            self._working = None

    async def _work(self, drain_seconds: float) -> None:
        sweeper = asyncio.create_task(self._sweep(), name="sweeper")
        try:
            # A worker that is stopped just as it fails says that it failed.
            while not self._leaving:
                await self._work_while_connected(drain_seconds)
                await asyncio.sleep(RESTART_SECONDS)
        finally:
            sweeper.cancel()
            await asyncio.gather(sweeper, return_exceptions=True)

    async def _work_while_connected(self, drain_seconds: float) -> None:
        """The library's worker ends, with or without an error, when it loses the database."""
        try:
            await self._give_up_what_was_lost()
            await self._app.run_worker_async(
                queues=[QUEUE],
                concurrency=CONCURRENCY,
                install_signal_handlers=False,
                fetch_job_polling_interval=POLL_SECONDS,
                abort_job_polling_interval=3600.0,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_SECONDS,
                shutdown_graceful_timeout=drain_seconds,
                delete_jobs="always",
            )
        except Exception as error:  # noqa: BLE001 - a worker that is not there answers nobody
            logger.warning("worker failed", error_type=type(error).__name__)
        logger.warning("worker ended, will start again")

    async def _give_up_what_was_lost(self) -> None:
        """A worker of this process that lost the database lives no more: its runs are free."""
        if self._worker_id is not None:
            await self._app.job_manager.unregister_worker(self._worker_id)
            self._worker_id = None

    async def _run(self, context: procrastinate.JobContext, run_id: str) -> None:
        if self._services is None:
            raise RuntimeError("this process does not work off jobs")
        job = context.job
        self._worker_id = job.worker_id
        if job.id is None:
            raise RuntimeError("a job that was fetched has an id")
        self._in_hand.add(job.id)
        try:
            async with self._pace.turn():
                await execute(self._services, run_id)
        finally:
            self._in_hand.discard(job.id)

    async def _sweep(self) -> None:
        """Hand the jobs of dead workers to living ones, and delete what is over, for as long as
        this worker lives."""
        upkeep = Upkeep()
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                if self._leaving and self._worker_id is not None:
                    # The library's worker beats no more once it is asked to stop.
                    await self._app.job_manager.update_heartbeat(self._worker_id)
                await self.rescue()
                await continue_decided(self)
                await drop_old_tapes()
                await upkeep.when_due()
            except Exception as error:  # noqa: BLE001 - without its sweep nothing is taken up again
                logger.warning("sweep failed, will try again", error_type=type(error).__name__)

    async def rescue(self) -> int:
        """Queue again the runs of workers that have gone silent, ahead of what waits in their
        threads; returns how many.

        The job itself is dropped, not reused: a worker that was only frozen ends its own job
        when it wakes, and must not end that of its successor.
        """
        async with get_conn(SYSTEM) as conn:
            await drop_dead_jobs(conn, STALLED_SECONDS)
            await self._drop_what_fell(conn)
            found = await lost(conn)
            for run in found:
                logger.warning("taking up a run whose worker is gone", run_id=run["id"])
                await self.put(conn, run["id"], priority=1)
        return len(found)

    async def _drop_what_fell(self, conn: Connection) -> None:
        """Drop the jobs that stand as this worker's though nobody here works on them: what the
        library could not give back or end while the database was away, it never tries again.

        A job is dropped the second time it is found so: the first time it may be just beginning
        or ending.
        """
        if self._worker_id is None:
            return
        held = await jobs_of(conn, self._worker_id)
        idle = held - self._in_hand
        await drop_jobs(conn, self._worker_id, idle & self._out_of_hand)
        self._out_of_hand = idle
