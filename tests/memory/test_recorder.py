"""Events of many runs share a commit; what is wrong with one of them is that one's alone."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import psycopg

from memory import accepting, runs
from memory.caller import SYSTEM, Caller
from memory.pool import get_conn
from memory.recorder import Recorder
from memory.runs import Claim, Fenced
from tests.conftest import MakeCaller


async def claimed(caller: Caller) -> Claim:
    run = uuid4().hex
    async with get_conn(caller) as conn:
        await accepting.accept(
            conn,
            caller,
            thread_id=uuid4().hex,
            run_id=run,
            message_id=uuid4().hex,
            text="What broke?",
            event='{"type":"RUN_STARTED"}',
        )
    claim = await runs.claim(run)
    assert claim is not None
    return claim


async def tape(claim: Claim) -> list[str]:
    async with get_conn(claim.caller) as conn:
        return [event for _, event in await runs.read_events(conn, claim.run_id, after=1)]


async def test_events_of_one_moment_share_commits(make_caller: MakeCaller) -> None:
    claims = [await claimed(await make_caller()) for _ in range(30)]
    recorder = Recorder()
    for seq in (2, 3):
        answers = await asyncio.gather(
            *(recorder.append(claim, [(seq, f"{claim.run_id} {seq}")]) for claim in claims)
        )
        assert not any(answers)
    for claim in claims:
        assert await tape(claim) == [f"{claim.run_id} 2", f"{claim.run_id} 3"]
    ids = [claim.run_id for claim in claims]
    async with get_conn(SYSTEM) as conn:
        found = await conn.execute(
            "SELECT DISTINCT xmin::text FROM run_events WHERE run_id = ANY(%s) AND seq > 1", (ids,)
        )
    assert found.rowcount <= 4


async def test_an_earlier_attempt_is_refused_beside_the_later_one(make_caller: MakeCaller) -> None:
    first = await claimed(await make_caller())
    second = await runs.claim(first.run_id)
    other = await claimed(await make_caller())
    assert second is not None
    recorder = Recorder()
    answers = await asyncio.gather(
        recorder.append(first, [(2, "from the dead")]),
        recorder.append(second, [(2, "from the living")]),
        recorder.append(other, [(2, "of another run")]),
        return_exceptions=True,
    )
    assert isinstance(answers[0], Fenced) and answers[1:] == [False, False]
    assert await tape(first) == ["from the living"] and await tape(other) == ["of another run"]


async def test_what_cannot_be_written_fails_alone(make_caller: MakeCaller) -> None:
    good, bad = await claimed(await make_caller()), await claimed(await make_caller())
    recorder = Recorder()
    answers = await asyncio.gather(
        recorder.append(bad, [(1, "a number that is taken")]),
        recorder.append(good, [(2, "as it should be")]),
        return_exceptions=True,
    )
    assert isinstance(answers[0], psycopg.errors.UniqueViolation) and answers[1] is False
    assert await tape(good) == ["as it should be"] and await tape(bad) == []


async def test_followers_elsewhere_are_told_which_runs(
    make_caller: MakeCaller, database_url: str
) -> None:
    claims = [await claimed(await make_caller()) for _ in range(120)]
    listener = await psycopg.AsyncConnection.connect(database_url, autocommit=True)
    async with listener:
        await listener.execute(f"LISTEN {runs.EVENTS_CHANNEL}".encode())
        recorder = Recorder()
        await asyncio.gather(*(recorder.append(claim, [(2, "x")]) for claim in claims))
        told: set[str] = set()
        async for notice in listener.notifies(timeout=30):
            told.update(notice.payload.split())
            if told >= {claim.run_id for claim in claims}:
                break
    assert told >= {claim.run_id for claim in claims}
