"""Checkpoints of a run, in Postgres only when it stops for an approval.

With `durability="exit"` LangGraph writes once, when the graph is left. A run that has ended needs
nothing of that, so what is to be written is kept until it is known that the run has stopped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

from errors import Unavailable
from memory.pool import get_pool
from memory.runs import Claim

LAST = """
    SELECT checkpoint_id
      FROM (SELECT checkpoint_id, (metadata ->> 'step')::int AS step,
                   coalesce((metadata ->> 'turn')::int, 0) AS turn,
                   coalesce((metadata ->> 'attempt')::int, 0) AS attempt
              FROM checkpoints WHERE thread_id = %s AND checkpoint_ns = '') AS written
     WHERE turn < %s ORDER BY turn DESC, attempt DESC, step DESC, checkpoint_id DESC LIMIT 1
"""
"""Of the run before this one, what its last attempt wrote last."""


class EndSaver(AsyncPostgresSaver):
    """The saver of one attempt at a run. One that continues has a checkpoint to go on from."""

    def __init__(self, claim: Claim) -> None:
        super().__init__(get_pool())
        self._claim = claim
        self._checkpoints: list[tuple[Any, ...]] = []
        self._writes: list[tuple[Any, ...]] = []

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint to go on from; a new run has none.

        The library takes the newest id, which tells the time of the process that wrote it, and
        may be that of an attempt which lost its run.
        """
        if not self._claim.continues:
            return None
        where = config["configurable"]
        asked = (where["thread_id"], self._claim.turn)
        with _as_unavailable():
            async with get_pool().connection() as conn:
                last = await (await conn.execute(LAST, asked)).fetchone()
            if last is None:
                return None
            return await super().aget_tuple({**config, "configurable": {**where, **last}})

    async def adelete_thread(self, thread_id: str) -> None:
        """Delete what was written of a run: it has ended."""
        with _as_unavailable():
            await super().adelete_thread(thread_id)

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Keep a checkpoint for `write`, with whose it is."""
        written: Any = {**metadata, "turn": self._claim.turn, "attempt": self._claim.attempt}
        self._checkpoints.append((config, checkpoint, written, new_versions))
        where = config["configurable"]
        return {
            "configurable": {
                "thread_id": where["thread_id"],
                "checkpoint_ns": where.get("checkpoint_ns", ""),
                "checkpoint_id": checkpoint["id"],
            }
        }

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Keep a task's writes for `write`."""
        self._writes.append((config, writes, task_id, task_path))

    async def write(self) -> None:
        """Write what was kept: the run has stopped and will be taken up again."""
        with _as_unavailable():
            for checkpoint in self._checkpoints:
                await super().aput(*checkpoint)
            for writes in self._writes:
                await super().aput_writes(*writes)


@contextmanager
def _as_unavailable() -> Iterator[None]:
    """The library goes to the database by itself; when that is down, the run is tried again."""
    try:
        yield
    except psycopg.OperationalError as error:
        raise Unavailable("The database did not answer.", code="database_down") from error
