"""Checkpoints of a run, in Postgres only when it stops for an approval.

With `durability="exit"` LangGraph writes once, when the graph is left. A run that has ended needs
nothing of that, so what is to be written is kept until it is known that the run has stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

from memory.pool import get_pool

LAST = """
    SELECT checkpoint_id FROM checkpoints WHERE thread_id = %s AND checkpoint_ns = ''
     ORDER BY (metadata ->> 'step')::int DESC, checkpoint_id DESC LIMIT 1
"""


class EndSaver(AsyncPostgresSaver):
    """The saver of one attempt. With `resumes` there is a checkpoint to go on from."""

    def __init__(self, *, resumes: bool) -> None:
        super().__init__(get_pool())
        self._resumes = resumes
        self._checkpoints: list[tuple[Any, ...]] = []
        self._writes: list[tuple[Any, ...]] = []

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint to go on from: that of the last step; a new run has none.

        The library takes the newest id, which tells the time of the process that wrote it.
        """
        if not self._resumes:
            return None
        where = config["configurable"]
        async with get_pool().connection() as conn:
            last = await (await conn.execute(LAST, (where["thread_id"],))).fetchone()
        if last is None:
            return None
        return await super().aget_tuple({**config, "configurable": {**where, **last}})

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Keep a checkpoint for `write`."""
        self._checkpoints.append((config, checkpoint, metadata, new_versions))
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
        for checkpoint in self._checkpoints:
            await super().aput(*checkpoint)
        for writes in self._writes:
            await super().aput_writes(*writes)
