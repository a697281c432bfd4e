"""Going on after an approval: the run that continues the one that stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from ag_ui.core import RunStartedEvent

from agent.tape import PROTOCOL_VERSION, encode
from memory import accepting, approvals, runs
from memory.caller import SYSTEM
from memory.pool import Connection, get_conn

if TYPE_CHECKING:
    from agent.jobs import Jobs


async def start_continuation(
    conn: Connection, jobs: Jobs, interrupted: str, run_id: str, digest: str
) -> accepting.Accepted | None:
    """Write the continuing run, its first event and its job; None when there is one already."""
    accepted = await accepting.continue_run(conn, interrupted, run_id, digest)
    if accepted is None:
        return None
    started = RunStartedEvent(
        thread_id=accepted.thread_id,
        run_id=run_id,
        protocol_version=PROTOCOL_VERSION,
        parent_run_id=interrupted,
    )
    await accepting.start_tape(conn, run_id, encode(started))
    await jobs.put(conn, run_id)
    return accepted


async def continue_decided(jobs: Jobs) -> int:
    """Expire what is due, and continue every stopped run whose approvals are all decided."""
    async with get_conn(SYSTEM) as conn:
        await approvals.expire_due(conn)
        decided = await runs.decided(conn)
        for interrupted in decided:
            await start_continuation(conn, jobs, interrupted, str(uuid4()), "continued")
    return len(decided)
