"""Two servers and two workers on one Postgres: any of them serves any run, whoever dies or freezes."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable
from typing import Any

import httpx2
import psycopg

from tests.agui import Frame, Sent, assert_whole, follow, frames, send
from tests.faults.fleet import TAKEN_UP_SECONDS, Fleet, kinds, read_until, until
from tests.service import CLIENT
from tests.standin.steps import Call

LONG = "fixed:1000x50"


async def test_any_server_shows_any_run(fleet: Fleet) -> None:
    here, there = fleet.operators
    sent = [Sent("hello") for _ in range(6)]
    sending = [asyncio.create_task(send(here, one)) for one in sent[:3]]
    sending += [asyncio.create_task(send(there, one)) for one in sent[3:]]
    tapes = await asyncio.gather(*sending)
    for one, tape in zip(sent, tapes, strict=True):
        assert_whole(tape)
        for reader in (here, there):
            assert await follow(reader, one.run_id, after=0) == tape
    elsewhere = Sent("hello", sent[0].thread_id)
    assert_whole(await send(there, elsewhere))
    assert len((await here.get(f"/threads/{sent[0].thread_id}")).json()["messages"]) == 4


async def test_a_run_is_followed_while_another_process_makes_it(fleet: Fleet) -> None:
    """Read at one server while it is sent to the other, and cancelled at the one it is read at."""
    here, there = fleet.operators
    fleet.standin.script(LONG)
    sent = Sent("hello")
    sending = asyncio.create_task(send(here, sent))
    seen: list[Frame] = []
    while not seen:
        response = await there.get(f"/threads/{sent.thread_id}")
        if response.status_code == 200:
            url = f"/agui/runs/{sent.run_id}/events?after=0"
            async with there.stream("GET", url) as stream:
                async for frame in frames(stream):
                    seen.append(frame)
                    if kinds(seen).count("TEXT_MESSAGE_CONTENT") == 5:
                        await there.post(f"/agui/runs/{sent.run_id}/cancel")
    tape = await sending
    assert_whole(tape)
    assert seen == tape and tape[-1].event["outcome"] == {"type": "cancelled"}


async def test_a_killed_workers_runs_are_taken_up_wherever_they_were(fleet: Fleet) -> None:
    """Killed when one run has just begun, one has made its call, one says its first words and one
    is in the middle of them: all end well, without gap or duplicate; no call is made again."""
    victim, spare = fleet.workers
    here = fleet.operators[0]
    client = await fleet.servers[0].log_in(CLIENT)
    before = await experiments(client)
    spare.send_signal(signal.SIGSTOP)
    log = [Call("create_experiment", {"experiment_name": "Call a former colleague"})]
    stages: list[tuple[httpx2.AsyncClient, Any, Callable[[list[Frame]], bool]]] = [
        (
            client,
            [log, LONG],
            lambda got: "TOOL_CALL_RESULT" in kinds(got) and kinds(got)[-1].startswith("TEXT"),
        ),
        (here, [LONG], lambda got: kinds(got).count("TEXT_MESSAGE_CONTENT") >= 12),
        (here, [LONG], lambda got: kinds(got)[-1] == "TEXT_MESSAGE_START"),
        (here, [LONG], lambda got: True),
    ]
    cut = []
    for reader, script, enough in stages:
        fleet.standin.script(*script)
        sent = Sent("Log an experiment: call a former colleague")
        cut.append((reader, sent, await read_until(reader, sent, enough)))
    victim.send_signal(signal.SIGKILL)
    await victim.wait()
    fleet.standin.reset()
    spare.send_signal(signal.SIGCONT)
    async with asyncio.timeout(TAKEN_UP_SECONDS):
        rest = await asyncio.gather(
            *(follow(reader, sent.run_id, after=got[-1].id) for reader, sent, got in cut)
        )
    for (_, _, got), more in zip(cut, rest, strict=True):
        assert_whole([*got, *more])
        assert more[-1].event["outcome"] == {"type": "success"}
    assert len(await experiments(client)) == len(before) + 1


async def experiments(client: httpx2.AsyncClient) -> list[str]:
    answer = (await client.get("/experiments", params={"limit": 100})).json()
    return [item["experiment_name"] for item in answer["experiments"]]


async def test_a_frozen_worker_wakes_to_find_its_run_another_ones(fleet: Fleet) -> None:
    """What it still wants to write is refused, and the job it ends is its own, not that of its
    successor: the message that waits in the thread does not overtake."""
    frozen, spare = fleet.workers
    here = fleet.operators[0]
    spare.send_signal(signal.SIGSTOP)
    fleet.standin.script(LONG, "fixed:150x50")
    first = Sent("hello")
    before = await read_until(here, first, lambda got: kinds(got).count("TEXT_MESSAGE_CONTENT") > 3)
    waiting = Sent("and now?", first.thread_id)
    behind = asyncio.create_task(send(here, waiting))
    frozen.send_signal(signal.SIGSTOP)
    spare.send_signal(signal.SIGCONT)
    with fleet.admin() as conn:
        attempt = "SELECT attempt FROM runs WHERE id = %s"
        await until(lambda: conn.execute(attempt, (first.run_id,)).fetchone() == (2,))
        frozen.send_signal(signal.SIGCONT)
        await until(lambda: "another attempt has this run" in frozen.log_tail())
        after = await follow(here, first.run_id, after=before[-1].id)
        assert_whole([*before, *after])
        assert_whole(await behind)
        order = conn.execute(
            "SELECT a.ended_at <= b.started_at FROM runs a, runs b WHERE a.id = %s AND b.id = %s",
            (first.run_id, waiting.run_id),
        ).fetchone()
        assert order == (True,)
        assert conn.execute(attempt, (first.run_id,)).fetchone() == (2,)
    assert await follow(here, first.run_id, after=0) == [*before, *after]


async def test_a_run_that_another_version_began_is_ended_by_this_one(fleet: Fleet) -> None:
    """Its tape holds events and fields that this version does not know: they are passed on as they
    are, and what they left open is closed."""
    here = fleet.operators[0]
    for worker in fleet.workers:
        worker.send_signal(signal.SIGSTOP)
    sent = Sent("hello")
    before = await read_until(here, sent, lambda got: True)
    begun = [
        '{"type":"STEP_STARTED","stepName":"ponder","mood":"calm"}',
        '{"type":"THOUGHT_OF_THE_FUTURE","value":{"a":[1,2]}}',
        f'{{"type":"TEXT_MESSAGE_START","messageId":"{sent.run_id}.1","role":"assistant"}}',
        f'{{"type":"TEXT_MESSAGE_CONTENT","messageId":"{sent.run_id}.1","delta":"Thank"}}',
    ]
    with fleet.admin() as conn, conn.transaction():
        conn.execute(
            "UPDATE runs SET status = 'running', attempt = 1, started_at = now() WHERE id = %s",
            (sent.run_id,),
        )
        conn.execute(
            "UPDATE jobs.procrastinate_jobs SET status = 'doing' FROM runs "
            "WHERE runs.id = %s AND procrastinate_jobs.id = runs.job_id",
            (sent.run_id,),
        )
        conn.execute(
            "INSERT INTO run_events (run_id, seq, owner_id, event) "
            "SELECT r.id, 1 + item.n, r.owner_id, item.event FROM runs r, "
            "unnest(%s::text[]) WITH ORDINALITY AS item (event, n) WHERE r.id = %s",
            (begun, sent.run_id),
        )
    for worker in fleet.workers:
        worker.send_signal(signal.SIGCONT)
    async with asyncio.timeout(TAKEN_UP_SECONDS):
        after = await follow(fleet.operators[1], sent.run_id, after=before[-1].id)
    assert [frame.event for frame in after[:4]] == [json.loads(event) for event in begun]
    assert_whole([*before, *after])
    assert after[-1].event["outcome"] == {"type": "success"}


async def test_a_message_that_always_crashes_its_worker_is_given_up(fleet: Fleet) -> None:
    """After three workers it is an error that says so, and the next message of its thread is
    answered."""
    here = fleet.operators[0]
    spare = fleet.workers[1]
    spare.send_signal(signal.SIGTERM)
    await spare.wait()
    victim = fleet.workers[0]
    fleet.standin.script(*[LONG] * 3)
    poison = Sent("hello")
    begun = asyncio.create_task(send(here, poison))
    with fleet.admin() as conn:
        await until(lambda: tries(conn, poison) == 1)
        after = Sent("and now?", poison.thread_id)
        behind = asyncio.create_task(send(here, after))
        for crash in range(1, 4):
            await until(lambda crash=crash: tries(conn, poison) == crash)  # type: ignore[misc]
            victim.send_signal(signal.SIGKILL)
            await victim.wait()
            # As if the time had passed in which a worker may be silent.
            conn.execute("UPDATE jobs.procrastinate_workers SET last_heartbeat = '2000-01-01'")
            await victim.begin()
        tape = await begun
        assert_whole(tape)
        assert tape[-1].event["type"] == "RUN_ERROR"
        assert tape[-1].event["code"] == "attempts_exhausted"
        assert tries(conn, poison) == 4
    assert_whole(await behind)
    assert (await behind)[-1].event["outcome"] == {"type": "success"}


def tries(conn: psycopg.Connection[Any], sent: Sent) -> int:
    row = conn.execute("SELECT attempt FROM runs WHERE id = %s", (sent.run_id,)).fetchone()
    return int(row[0]) if row else 0
