"""A day after its end the tape of a run is dropped; whoever reads it then is told it all the same."""

from __future__ import annotations

import asyncio

import httpx2
import psycopg
import pytest

from tests.agui import TERMINAL, Answer, Frame, Sent, follow, send
from tests.service import OPERATOR, Server

QUESTION = "What is the bottleneck and why?"


async def grow_old(server: Server, run_id: str, hours: int) -> None:
    """As if the run had ended so many hours ago."""
    with psycopg.connect(server.environment["DATABASE_URL"], autocommit=True) as conn:
        conn.execute(
            "UPDATE runs SET ended_at = now() - make_interval(hours => %s) WHERE id = %s",
            (hours, run_id),
        )


async def dropped(server: Server, run_id: str) -> None:
    """Return when the run's tape has been dropped."""
    count = "SELECT count(*) FROM run_events WHERE run_id = %s"
    with psycopg.connect(server.environment["DATABASE_URL"], autocommit=True) as conn:
        async with asyncio.timeout(30):
            while True:
                if conn.execute(count, (run_id,)).fetchone() == (0,):
                    return
                await asyncio.sleep(0.1)


@pytest.fixture(scope="module")
async def operator(service: Server) -> httpx2.AsyncClient:
    return await service.log_in(OPERATOR)


@pytest.fixture(scope="module")
async def old(service: Server, operator: httpx2.AsyncClient) -> tuple[Sent, list[Frame]]:
    """A message whose answer is old by now, and its tape as it was first read."""
    first = Sent("hello")
    await send(operator, first)
    sent = Sent(QUESTION, first.thread_id)
    tape = await send(operator, sent)
    young = Sent("hello")
    young_tape = await send(operator, young)
    await grow_old(service, young.run_id, 23)
    await grow_old(service, sent.run_id, 25)
    await dropped(service, sent.run_id)
    assert await follow(operator, young.run_id, after=0) == young_tape
    return sent, tape


def assert_told(got: list[Frame], tape: list[Frame]) -> None:
    """The answer, the receipt and the end as they were, whole, under growing ids."""
    ids = [frame.id for frame in got if frame.id is not None]
    assert ids[0] == 1 and ids == sorted(set(ids)) and ids[-1] == tape[-1].id
    told, first = Answer(got), Answer(tape)
    assert told.events[0] == first.events[0]
    assert told.text == first.text and told.receipt == first.receipt and told.last == first.last
    ends = [e for e in told.events if e["type"] == "TEXT_MESSAGE_END"]
    assert ends == [e for e in first.events if e["type"] == "TEXT_MESSAGE_END"]
    assert [e["type"] in TERMINAL for e in told.events].count(True) == 1


async def test_the_answer_is_told_again_in_whole(
    operator: httpx2.AsyncClient, old: tuple[Sent, list[Frame]]
) -> None:
    sent, tape = old
    got = await follow(operator, sent.run_id, after=0)
    assert_told(got, tape)
    assert len(got) < len(tape) and all(frame.id is not None for frame in got)
    assert await send(operator, sent) == got, "so it is when the message is sent again"


async def test_a_reader_from_the_middle_gets_the_messages_the_receipt_and_the_end(
    operator: httpx2.AsyncClient, old: tuple[Sent, list[Frame]]
) -> None:
    sent, tape = old
    last = tape[-1].id
    assert last is not None
    for position in range(1, last):
        snapshot, *rest = await follow(operator, sent.run_id, after=position)
        assert snapshot.id is None and snapshot.event["type"] == "MESSAGES_SNAPSHOT"
        contents = [(m["role"], m["content"]) for m in snapshot.event["messages"]]
        assert contents[-2:] == [("user", QUESTION), ("assistant", Answer(tape).text)]
        assert all(frame.id is not None and frame.id > position for frame in rest)
        assert rest[-1] == tape[-1]
        if position < last - 1:
            assert Answer(rest).receipt == Answer(tape).receipt
    url = f"/agui/runs/{sent.run_id}/events"
    done = await operator.get(url, headers={"Last-Event-ID": str(last)})
    assert done.status_code == 204


async def test_without_a_cursor_it_begins_as_ever(
    operator: httpx2.AsyncClient, old: tuple[Sent, list[Frame]]
) -> None:
    sent, tape = old
    got = await follow(operator, sent.run_id)
    assert_told(got, tape)
