"""Processes whose clocks are wrong: one pair an hour ahead, the other an hour behind, the database
right. Order goes by sequence; leases, expiry and limits go by the database's clock."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx2
import pytest

from agent.jobs import STALLED_SECONDS
from evals.server import log_in
from tests.agui import Answer, Sent, assert_whole, follow, send
from tests.faults.fleet import (
    TAKEN_UP_SECONDS,
    Fleet,
    attempts,
    begin,
    frozen,
    hurried,
    kinds,
    leave,
    read_until,
    running_fleet,
    until,
)
from tests.faults.wrong_clock import launch_off_by, set_clock
from tests.service import CLIENT, OPERATOR
from tests.standin.steps import Call

AHEAD, BEHIND = 1, -1
"""Hours."""
OFF = (AHEAD, BEHIND)
A_LITTLE = timedelta(minutes=5)
MOST_A_MINUTE = 30
TEN_SECONDS = "fixed:200x50"


@pytest.fixture(scope="module")
async def running(server_url: str) -> AsyncIterator[Fleet]:
    async with running_fleet(
        server_url,
        (launch_off_by(AHEAD), launch_off_by(BEHIND)),
        MOSAIC_USER_MESSAGES_PER_MINUTE=str(MOST_A_MINUTE),
    ) as fleet:
        yield fleet


async def say(fleet: Fleet, turn: int, sent: Sent) -> Answer:
    """Send a message to one of the servers, answered by the worker with the same clock."""
    with frozen(fleet.workers[1 - turn % 2]):
        return Answer(await send(fleet.operators[turn % 2], sent))


async def date_of(client: httpx2.AsyncClient) -> datetime:
    """What time a server says it is."""
    return parsedate_to_datetime((await client.get("/health")).headers["Date"])


async def test_the_clocks_are_wrong_and_the_databases_is_right(fleet: Fleet) -> None:
    for client, hours in zip(fleet.operators, OFF, strict=True):
        off = await date_of(client) - datetime.now(UTC)
        assert abs(off - timedelta(hours=hours)) < A_LITTLE
    assert abs(fleet.value("SELECT now()") - datetime.now(UTC)) < A_LITTLE


async def test_a_thread_that_both_answer_in_turn_keeps_its_order(fleet: Fleet) -> None:
    thread_id = Sent("").thread_id
    asked = [Sent(f"message {turn}", thread_id) for turn in range(6)]
    for turn, sent in enumerate(asked):
        fleet.standin.script("echo")
        answer = await say(fleet, turn, sent)
        assert_whole(answer.frames)
        for client in fleet.operators:
            assert await follow(client, sent.run_id, after=0) == answer.frames
    for client in fleet.operators:
        messages = (await client.get(f"/threads/{thread_id}")).json()["messages"]
        assert [item["turn"] for item in messages] == sorted(item["turn"] for item in messages)
        told = [(item["role"], item["content"]) for item in messages]
        assert told == [(role, sent.text) for sent in asked for role in ("user", "assistant")]
        newest = (await client.get("/threads")).json()["threads"][0]
        assert newest["id"] == thread_id
        age = datetime.now(UTC) - datetime.fromisoformat(newest["updated_at"])
        assert abs(age) < A_LITTLE
    # The model was given the thread in the same order.
    given = [part["content"] for part in fleet.standin.requests[-1]["messages"]]
    places = [str(given).index(sent.text) for sent in asked]
    assert places == sorted(places)


async def test_undo_takes_back_what_was_logged_last(fleet: Fleet) -> None:
    """Logged at the server that is ahead, then at the one that is behind."""
    first, second = [await fleet.servers[at].log_in(CLIENT) for at in (0, 1)]
    for client, name in ((first, "the first"), (second, "the second")):
        args = {"experiment_name": name}
        logged = await client.post("/api/tools/create_experiment", json=args)
        assert logged.status_code == 200, logged.text
    experiments = (await first.get("/experiments")).json()["experiments"]
    assert [item["experiment_name"] for item in experiments[:2]] == ["the second", "the first"]
    for client, name in ((first, "the second"), (second, "the first")):
        undone = (await client.post("/api/tools/undo_entry", json={})).json()
        assert f'"{name}"' in undone["data"]["message"]


async def test_a_run_outlives_the_steps_of_its_workers_clock(fleet: Fleet) -> None:
    """+1 h, then -1 h, each for longer than the others take to look for the dead."""
    here, there = fleet.operators
    worker, other = fleet.workers
    fleet.standin.script(TEN_SECONDS)
    sent = Sent("hello")
    with frozen(other):
        begun = await read_until(here, sent, lambda got: kinds(got)[-1] == "TEXT_MESSAGE_START")
    reading = asyncio.create_task(follow(there, sent.run_id, after=begun[-1].id))
    try:
        for hours in (AHEAD + 1, AHEAD):
            await set_clock(worker, hours)
            await asyncio.sleep(4)
        assert not reading.done()
        tape = [*begun, *await reading]
    finally:
        await set_clock(worker, AHEAD)
    assert_whole(tape)
    assert tape[-1].event["outcome"] == {"type": "success"}
    assert attempts(fleet, sent) == [1]


@pytest.mark.parametrize("dies", [0, 1], ids=["ahead dies", "behind dies"])
async def test_only_the_dead_workers_run_is_taken_up(fleet: Fleet, dies: int) -> None:
    victim, living = fleet.workers[dies], fleet.workers[1 - dies]
    here, there = fleet.operators
    fleet.standin.script(TEN_SECONDS, "fixed:240x50")
    lost, healthy = Sent("hello"), Sent("hello")
    with frozen(living):
        begun = await read_until(here, lost, lambda got: len(got) > 4)
    with frozen(victim):
        going = await read_until(there, healthy, lambda got: len(got) > 4)
    victim.send_signal(signal.SIGKILL)
    await victim.wait()
    async with asyncio.timeout(TAKEN_UP_SECONDS):
        rest, more = await asyncio.gather(
            follow(there, lost.run_id, after=begun[-1].id),
            follow(here, healthy.run_id, after=going[-1].id),
        )
    assert_whole([*begun, *rest])
    assert_whole([*going, *more])
    assert attempts(fleet, lost, healthy) == [2, 1]


async def test_a_worker_that_is_ahead_hands_its_run_over_at_once(fleet: Fleet) -> None:
    """What it puts back on the queue is due by the database's clock, not in an hour."""
    leaving, staying = fleet.workers
    await hurried(leaving)
    sent = Sent("hello")
    with frozen(staying):
        begun = await begin(fleet, sent, "fixed:2000x50")
    await leave(leaving)
    async with asyncio.timeout(STALLED_SECONDS):
        rest = await follow(fleet.operators[1], sent.run_id, after=begun[-1].id)
    assert_whole([*begun, *rest])
    assert attempts(fleet, sent) == [2]


async def test_a_log_in_ends_by_the_databases_clock(fleet: Fleet) -> None:
    """With half an hour left it stands everywhere, half an hour over it stands nowhere."""
    clients = [server.client() for server in fleet.servers]
    for at, client in enumerate(clients):
        await log_in(client, OPERATOR)
        other = clients[1 - at]
        other.headers["Authorization"] = client.headers["Authorization"]
        sessions = (await other.get("/auth/sessions")).json()["sessions"]
        (mine,) = [item for item in sessions if item["current"]]
        lives = datetime.fromisoformat(mine["expires_at"]) - datetime.now(UTC)
        assert abs(lives - timedelta(days=30)) < A_LITTLE
        for left, status in (("30 minutes", 200), ("-30 minutes", 401)):
            change(fleet, f"UPDATE sessions SET expires_at = now() + '{left}'", mine["id"])
            for either in clients:
                either.headers["Authorization"] = client.headers["Authorization"]
                assert (await either.get("/auth/me")).status_code == status


def change(fleet: Fleet, statement: str, key: str) -> None:
    with fleet.admin() as conn:
        conn.execute(f"{statement} WHERE id = %s".encode(), (key,))


async def proposed(fleet: Fleet, turn: int) -> str:
    """The id of an approval that a run of one of the workers waits for."""
    fleet.standin.script("honest")
    answer = await say(fleet, turn, Sent("Log a call with Cedar: agreed on the price"))
    return str(answer.last["outcome"]["interrupts"][0]["id"])


@pytest.mark.parametrize("asks", [0, 1], ids=["asked ahead", "asked behind"])
async def test_an_approval_expires_by_the_databases_clock(fleet: Fleet, asks: int) -> None:
    decision = {"decision": "approve"}
    there = fleet.operators[1 - asks]
    living, late = await proposed(fleet, asks), await proposed(fleet, asks)
    for one in (living, late):
        expires = fleet.value("SELECT expires_at - now() FROM approvals WHERE id = %s", one)
        assert abs(expires - timedelta(hours=24)) < A_LITTLE
    change(fleet, "UPDATE approvals SET expires_at = now() + interval '30 minutes'", living)
    change(
        fleet,
        "UPDATE approvals SET created_at = now() - interval '1 day', "
        "expires_at = now() - interval '30 minutes'",
        late,
    )
    for client in fleet.operators:
        waiting = (await client.get("/approvals")).json()["approvals"]
        assert [item["id"] for item in waiting] == [living]
    for client in fleet.operators:
        refused = await client.post(f"/approvals/{late}", json=decision)
        assert (refused.status_code, refused.json()["code"]) == (410, "expired")
    # Whoever sweeps: both workers have looked by now and later.
    await until(lambda: status_of(fleet, late) == "expired")
    assert status_of(fleet, living) == "pending"
    done = await there.post(f"/approvals/{living}", json=decision)
    assert (done.status_code, done.json()["status"]) == (200, "executed")


def status_of(fleet: Fleet, approval: str) -> str:
    return str(fleet.value("SELECT status FROM approvals WHERE id = %s", approval))


async def test_an_answer_that_asks_twice_goes_on_where_it_stopped_last(fleet: Fleet) -> None:
    """Stopped by the worker that is ahead, then by the one that is behind."""
    calls = [Call("log_touch", {"lead": "Cedar", "type": "CALL", "summary": said}) for said in "ab"]
    fleet.standin.script([calls[0]], [calls[1]], "echo")
    sent = Sent("Log two calls with Cedar")
    answer = await say(fleet, 0, sent)
    for turn in (1, 0):
        assert answer.last["outcome"]["type"] == "interrupt"
        answer = await decide(fleet, turn, sent.thread_id, answer)
    assert answer.last["outcome"] == {"type": "success"}
    assert len(fleet.standin.requests) == 3
    written = fleet.value(
        "SELECT array_agg(summary ORDER BY summary) FROM lead_touches WHERE summary = ANY (%s)",
        ["a", "b"],
    )
    assert written == ["a", "b"]


async def decide(fleet: Fleet, turn: int, thread_id: str, asked: Answer) -> Answer:
    """Approve what an answer waits for, and hear how it goes on."""
    (waiting,) = asked.last["outcome"]["interrupts"]
    yes = {"status": "resolved", "payload": {"decision": "approve"}}
    sent = Sent("", thread_id)
    body = {**sent.body, "messages": [], "resume": [{"interruptId": waiting["id"], **yes}]}
    with frozen(fleet.workers[1 - turn % 2]):
        begun = await fleet.operators[turn % 2].post("/agui", json=body)
        assert begun.status_code == 200, begun.text
        answer = Answer(await follow(fleet.operators[turn % 2], sent.run_id, after=0))
    told = [event["toolCallId"] for event in answer.events if event["type"] == "TOOL_CALL_RESULT"]
    assert told == [waiting["toolCallId"]]
    return answer


async def test_limits_count_by_the_databases_clock(fleet: Fleet) -> None:
    clients = [await server.log_in(CLIENT) for server in fleet.servers]
    await asyncio.gather(*(send(clients[turn % 2], Sent("hello")) for turn in range(MOST_A_MINUTE)))
    guesses = [server.client() for server in fleet.servers]
    wrong = {"email": "nobody@demo.local", "password": "a wrong one"}
    for turn in range(10):
        assert (await guesses[turn % 2].post("/auth/login", json=wrong)).status_code == 401
    for client, guess in zip(clients, guesses, strict=True):
        refused = await client.post("/agui", json=Sent("hello").body)
        assert_come_back(refused, "too_many_messages", 60)
        assert_come_back(await guess.post("/auth/login", json=wrong), "too_many_attempts", 15 * 60)


def assert_come_back(refused: httpx2.Response, code: str, most: int) -> None:
    assert refused.status_code == 429
    assert refused.json()["code"] == code
    assert 1 <= int(refused.headers["Retry-After"]) <= most
