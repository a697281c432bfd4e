"""Which checkpoint a run goes on from: what the last attempt of the run before it wrote last."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import psycopg
from langgraph.checkpoint.base import empty_checkpoint

from agent.checkpoints import EndSaver
from errors import Unavailable
from memory.caller import Caller
from memory.runs import Claim


def claim(root: str, *, turn: int, attempt: int) -> Claim:
    return Claim(
        run_id=root if turn == 1 else f"{root}-{turn}", root_id=root, root_turn=1, thread_id=root,
        caller=Caller("nobody", "client"), turn=turn, attempt=attempt, last_seq=1, text="Hello",
        cancel_requested=False, account_closed=False,
    )  # fmt: skip


async def stop(at: Claim, *, step: int) -> str:
    """Let an attempt stop after so many steps; returns the checkpoint that it leaves."""
    saver, checkpoint = EndSaver(at), empty_checkpoint()
    await saver.aput(where(at), checkpoint, {"source": "loop", "step": step, "parents": {}}, {})
    await saver.write()
    return str(checkpoint["id"])


def where(at: Claim) -> Any:
    return {"configurable": {"thread_id": at.root_id, "checkpoint_ns": ""}}


async def found(at: Claim) -> str | None:
    taken = await EndSaver(at).aget_tuple(where(at))
    return taken and str(taken.checkpoint["id"])


async def test_a_new_run_has_nothing_to_go_on_from(pool: None) -> None:
    first = claim(uuid4().hex, turn=1, attempt=1)
    await stop(first, step=3)
    assert await found(first) is None


async def test_what_a_lost_attempt_wrote_is_passed_over(pool: None) -> None:
    root = uuid4().hex
    kept = await stop(claim(root, turn=1, attempt=2), step=3)
    # Written later, and after more steps, by an attempt that had lost the run by then.
    await stop(claim(root, turn=1, attempt=1), step=7)
    assert await found(claim(root, turn=2, attempt=1)) == kept


async def test_the_last_step_counts(pool: None) -> None:
    root = uuid4().hex
    last = await stop(claim(root, turn=1, attempt=1), step=5)
    await stop(claim(root, turn=1, attempt=1), step=4)
    assert await found(claim(root, turn=2, attempt=1)) == last


async def test_a_run_does_not_go_on_from_what_it_wrote_itself(pool: None) -> None:
    root = uuid4().hex
    before = await stop(claim(root, turn=1, attempt=1), step=5)
    own = await stop(claim(root, turn=2, attempt=1), step=8)
    assert await found(claim(root, turn=2, attempt=2)) == before
    assert await found(claim(root, turn=3, attempt=1)) == own


async def test_a_database_that_does_not_answer_is_said_so_that_the_run_is_tried_again(
    pool: None, database_url: str
) -> None:
    first, then = (claim(uuid4().hex, turn=turn, attempt=1) for turn in (1, 2))
    async with await psycopg.AsyncConnection.connect(database_url) as blocker:
        await blocker.execute("LOCK TABLE checkpoints.checkpoints IN ACCESS EXCLUSIVE MODE")
        failed = await asyncio.gather(
            stop(first, step=1),
            found(then),
            EndSaver(then).adelete_thread(then.root_id),
            return_exceptions=True,
        )
    assert [type(error) for error in failed] == 3 * [Unavailable]
    assert {error.code for error in failed if isinstance(error, Unavailable)} == {"database_down"}
