"""The job queue: Procrastinate on our own Postgres. A job is a run; its lock is the thread."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import procrastinate
from procrastinate.exceptions import ConnectorException
from psycopg import OperationalError

from agent.context import Services
from agent.continuation import continue_decided
from agent.run import execute
from errors import Unavailable
from log import get_logger
from memory.caller import SYSTEM
from memory.pool import Connection, get_conn, get_pool
from memory.runs import lost

logger = get_logger(__name__)

QUEUE = "runs"
HEARTBEAT_SECONDS = 2.0
STALLED_SECONDS = 8.0
SWEEP_SECONDS = 2.0
POLL_SECONDS = 0.5
RESTART_SECONDS = 1.0


class Jobs:
    """The queue of this process: puts runs on it, and works them off when asked to."""

    def __init__(self) -> None:
        self._app = procrastinate.App(connector=procrastinate.PsycopgConnector())
        self._services: Services | None = None
        self._task = self._app.task(
            name="run",
            queue=QUEUE,
            retry=procrastinate.RetryStrategy(
                max_attempts=5, wait=1, retry_exceptions={Unavailable}
            ),
        )(self._run)

    async def open(self) -> None:
        """Use this process's pool."""
        await self._app.open_async(get_pool())

    async def put(self, conn: Connection, run_id: str) -> None:
        """Queue a run inside the caller's transaction: rolled back, it never was."""
        await conn.execute(
            "UPDATE runs SET job_id = queue_run(id, thread_id) WHERE id = %s", (run_id,)
        )

    async def work(self, services: Services, concurrency: int = 64) -> None:
        """Work off the queue until cancelled; then let running runs finish."""
        self._services = services
        sweeper = asyncio.create_task(self._sweep(), name="sweeper")
        try:
            while True:
                await self._work_while_connected(concurrency)
                await asyncio.sleep(RESTART_SECONDS)
        finally:
            sweeper.cancel()
            await asyncio.gather(sweeper, return_exceptions=True)

    async def _work_while_connected(self, concurrency: int) -> None:
        """The library's worker ends, with or without an error, when it loses the database."""
        try:
            await self._app.run_worker_async(
                queues=[QUEUE],
                concurrency=concurrency,
                install_signal_handlers=False,
                fetch_job_polling_interval=POLL_SECONDS,
                abort_job_polling_interval=3600.0,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_SECONDS,
                shutdown_graceful_timeout=10.0,
                delete_jobs="always",
            )
        except (ConnectorException, OperationalError) as error:
            logger.warning("worker lost the database", error_type=type(error).__name__)
        logger.warning("worker ended, will start again")

    async def _run(self, run_id: str) -> None:
        if self._services is None:
            raise RuntimeError("this process does not work off jobs")
        await execute(self._services, run_id)

    async def _sweep(self) -> None:
        """Hand the jobs of dead workers to living ones, for as long as this worker lives."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self.rescue()
                await continue_decided(self)
            except (ConnectorException, Unavailable) as error:
                logger.warning("sweep failed, will try again", error_type=type(error).__name__)

    async def rescue(self) -> int:
        """Put the jobs whose worker has gone silent back on the queue; returns how many."""
        manager = self._app.job_manager
        stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS))
        for job in stalled:
            logger.warning("taking up a run whose worker is gone", run_id=job.task_kwargs["run_id"])
            with suppress(ConnectorException):
                await manager.retry_job(job)
        async with get_conn(SYSTEM) as conn:
            for run in await lost(conn):
                logger.warning("queueing a run that had lost its job", run_id=run["id"])
                await self.put(conn, run["id"])
        return len(stalled)
