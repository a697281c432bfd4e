"""Appends the events of this process's runs to their tapes: those of one moment share a commit.

Many people read at once, and each word of each answer is written before it is shown. While one
transaction is under way the next events gather, so that their number does not matter much.
"""

from __future__ import annotations

import asyncio
from contextvars import Context
from dataclasses import dataclass

from errors import Unavailable
from log import get_logger
from memory.pool import get_system_conn
from memory.runs import Claim, Fenced, append_events

logger = get_logger(__name__)

MOST_TOGETHER = 500


@dataclass(frozen=True)
class Append:
    """Numbered events for the tape of one attempt; `done` becomes whether a cancel was asked
    for."""

    claim: Claim
    events: list[tuple[int, str]]
    done: asyncio.Future[bool]


class Recorder:
    """The writer of one process."""

    def __init__(self) -> None:
        self._waiting: list[Append] = []
        self._task: asyncio.Task[None] | None = None

    async def append(self, claim: Claim, events: list[tuple[int, str]]) -> bool:
        """Append and return, once it has committed, whether a cancel was asked for.

        Raises Fenced when another attempt has the run, Unavailable when the database is down.
        """
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append(Append(claim, events, done))
        if self._task is None or self._task.done():
            # A context of its own: it writes for all runs, not for the one that comes first.
            self._task = asyncio.create_task(self._write(), name="recorder", context=Context())
        return await done

    async def _write(self) -> None:
        while self._waiting:
            together = self._waiting[:MOST_TOGETHER]
            self._waiting = self._waiting[MOST_TOGETHER:]
            try:
                await _append(together)
            except Exception as error:  # noqa: BLE001 - handed to the run that it belongs to
                await _append_one_by_one(together, error)


async def _append(together: list[Append]) -> None:
    async with get_system_conn() as conn:
        cancels = await append_events(conn, [(item.claim, item.events) for item in together])
    for item in together:
        if item.done.done():
            continue
        cancel = cancels.get((item.claim.run_id, item.claim.attempt))
        if cancel is not None:
            item.done.set_result(cancel)
        else:
            item.done.set_exception(Fenced(item.claim.run_id))


async def _append_one_by_one(together: list[Append], error: Exception) -> None:
    """What fails together may be one run's fault, and is then that run's alone."""
    for item in together:
        failed: Exception | None = error
        if len(together) > 1 and not isinstance(error, Unavailable):
            try:
                await _append([item])
                failed = None
            except Exception as own:  # noqa: BLE001 - handed to the run that it belongs to
                failed = own
        if failed is not None and not item.done.done():
            item.done.set_exception(failed)
