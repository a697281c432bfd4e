"""Runs are accepted once, claimed by one attempt at a time, and written by that attempt alone."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from errors import Invalid, NotFound
from memory import accepting, queue, runs, threads
from memory.caller import SYSTEM, Caller
from memory.pool import get_conn
from memory.recorder import Recorder
from tests.conftest import MakeCaller


async def accept(
    caller: Caller, thread: str, run: str, text: str = "What broke?"
) -> accepting.Accepted:
    async with get_conn(caller) as conn:
        return await accepting.accept(
            conn,
            caller,
            thread_id=thread,
            run_id=run,
            message_id=f"m-{run}",
            text=text,
            event='{"type":"RUN_STARTED"}',
        )


async def test_the_same_request_at_once_is_one_run(make_caller: MakeCaller) -> None:
    caller, thread, run = await make_caller(), uuid4().hex, uuid4().hex
    accepted = await asyncio.gather(*(accept(caller, thread, run) for _ in range(20)))
    assert [item.new for item in accepted].count(True) == 1
    assert {item.turn for item in accepted} == {1}
    async with get_conn(caller) as conn:
        assert len(await threads.list_messages(conn, thread)) == 1
        assert await runs.read_events(conn, run, 0) == [(1, '{"type":"RUN_STARTED"}')]
    assert await jobs_of(run) == 1


async def jobs_of(run: str) -> int:
    async with get_conn(SYSTEM) as conn:
        found = await conn.execute(
            "SELECT FROM jobs.procrastinate_jobs WHERE args ->> 'run_id' = %s", (run,)
        )
    return found.rowcount


async def test_a_thread_counts_its_turns(make_caller: MakeCaller) -> None:
    caller, thread = await make_caller(), uuid4().hex
    turns = [(await accept(caller, thread, uuid4().hex)).turn for _ in range(3)]
    assert turns == [1, 2, 3]


async def test_a_run_that_lost_its_job_is_found(make_caller: MakeCaller) -> None:
    caller, run = await make_caller(), uuid4().hex
    await accept(caller, uuid4().hex, run)
    async with get_conn(SYSTEM) as conn:
        await conn.execute(
            "UPDATE runs SET created_at = now() - interval '1 minute' WHERE id = %s", (run,)
        )
        assert run not in [item["id"] for item in await queue.lost(conn)]
        await conn.execute(
            "DELETE FROM jobs.procrastinate_jobs WHERE args ->> 'run_id' = %s", (run,)
        )
        assert run in [item["id"] for item in await queue.lost(conn)]


async def test_a_run_id_used_for_another_message_is_refused(make_caller: MakeCaller) -> None:
    caller, thread, run = await make_caller(), uuid4().hex, uuid4().hex
    await accept(caller, thread, run)
    with pytest.raises(Invalid, match="another message"):
        await accept(caller, thread, run, text="Something else")


async def test_someone_elses_thread_or_run_is_not_found(make_caller: MakeCaller) -> None:
    mine, other, thread, run = await make_caller(), await make_caller(), uuid4().hex, uuid4().hex
    await accept(mine, thread, run)
    with pytest.raises(NotFound):
        await accept(other, thread, uuid4().hex)
    with pytest.raises(NotFound):
        await accept(other, uuid4().hex, run)
    async with get_conn(other) as conn:
        with pytest.raises(NotFound):
            await runs.request_cancel(conn, run)


async def test_a_refused_request_leaves_nothing(make_caller: MakeCaller) -> None:
    mine, other, run = await make_caller(), await make_caller(), uuid4().hex
    await accept(mine, uuid4().hex, run)
    thread = uuid4().hex
    with pytest.raises(NotFound):
        await accept(other, thread, run)
    async with get_conn(other) as conn:
        assert await threads.list_threads(conn) == []


async def test_an_earlier_attempt_is_fenced_off(make_caller: MakeCaller) -> None:
    caller, run = await make_caller(), uuid4().hex
    await accept(caller, uuid4().hex, run)
    first = await runs.claim(run)
    assert first is not None and (first.attempt, first.last_seq) == (1, 1)
    recorder = Recorder()
    assert await recorder.append(first, [(2, "a"), (3, "b")]) is False
    second = await runs.claim(run)
    assert second is not None and (second.attempt, second.last_seq) == (2, 3)
    with pytest.raises(runs.Fenced):
        await recorder.append(first, [(4, "from the dead")])
    async with get_conn(caller) as conn:
        with pytest.raises(runs.Fenced):
            await runs.finish(conn, first, "success", events=[(4, "from the dead")])
        await runs.finish(conn, second, "success", events=[(4, "the end")])
    assert await runs.claim(run) is None
    async with get_conn(caller) as conn:
        assert [seq for seq, _ in await runs.read_events(conn, run, 0)] == [1, 2, 3, 4]


async def test_cancel_reaches_the_writer_with_its_next_append(make_caller: MakeCaller) -> None:
    caller, run = await make_caller(), uuid4().hex
    await accept(caller, uuid4().hex, run)
    claimed = await runs.claim(run)
    assert claimed is not None
    async with get_conn(caller) as conn:
        assert await runs.request_cancel(conn, run) == "running"
    assert await Recorder().append(claimed, [(2, "a")]) is True


async def test_a_queued_run_is_cancelled_on_the_spot(make_caller: MakeCaller) -> None:
    caller, run = await make_caller(), uuid4().hex
    await accept(caller, uuid4().hex, run)
    async with get_conn(caller) as conn:
        assert await runs.request_cancel(conn, run) == "queued"
        assert await runs.cancel_queued(conn, run, '{"type":"RUN_FINISHED"}') == "cancelled"
    assert await runs.claim(run) is None


async def test_threads_page_search_rename_delete(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    ids = [uuid4().hex for _ in range(5)]
    for number, thread in enumerate(ids):
        await accept(caller, thread, uuid4().hex, text=f"Question {number} about 50%_of it")
    async with get_conn(caller) as conn:
        first = await threads.list_threads(conn, limit=2)
        rest = await threads.list_threads(conn, limit=10, before=first[-1]["id"])
        assert [row["id"] for row in [*first, *rest]] == ids[::-1]
        assert [row["active_run_id"] is not None for row in first] == [True, True]
        assert len(await threads.list_threads(conn, query="50%_of")) == 5
        assert await threads.list_threads(conn, query="50x_of") == []
        await threads.rename(conn, ids[0], "Renamed")
        assert (await threads.get_thread(conn, ids[0]))["title"] == "Renamed"
        await threads.delete(conn, ids[0])
        with pytest.raises(NotFound):
            await threads.get_thread(conn, ids[0])


async def test_messages_page_by_turn(make_caller: MakeCaller) -> None:
    caller, thread = await make_caller(), uuid4().hex
    for number in range(1, 8):
        await accept(caller, thread, uuid4().hex, text=f"Question {number}")
    async with get_conn(caller) as conn:
        newest = await threads.list_messages(conn, thread, turns=3)
        older = await threads.list_messages(conn, thread, before_turn=5, turns=3)
        everything = await threads.list_messages(conn, thread, turns=100)
    assert [row["turn"] for row in newest] == [5, 6, 7]
    assert [row["turn"] for row in older] == [2, 3, 4]
    assert len(everything) == 7
