"""What is remembered: written with its source in one transaction, changed with it, gone with it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from memory import threads
from memory.caller import SYSTEM, Caller
from memory.pool import Connection, get_conn
from memory.vectors import fill
from tests.conftest import MakeCaller
from tests.memory.remembered import tell
from tests.memory.test_recall import Compass, fill_all


async def texts(caller: Caller) -> list[str]:
    async with get_conn(caller) as conn:
        rows = await (
            await conn.execute(
                "SELECT text FROM memories WHERE owner_id = %s ORDER BY id", (caller.user_id,)
            )
        ).fetchall()
    return [row["text"] for row in rows]


async def one(conn: Connection, statement: str, *values: Any) -> dict[str, Any]:
    row = await (await conn.execute(statement, values)).fetchone()
    assert row is not None
    return row


async def waiting(caller: Caller) -> int:
    """How many of the caller's passages wait for their vectors."""
    async with get_conn(SYSTEM) as conn:
        row = await one(
            conn,
            "SELECT count(*) AS n FROM memories_waiting w JOIN memories m ON m.id = w.memory_id "
            "WHERE m.owner_id = %s",
            caller.user_id,
        )
    return int(row["n"])


async def add_experiment(conn: Connection, caller: Caller, name: str) -> str:
    row = await one(
        conn,
        "INSERT INTO experiments (user_id, experiment_name, hypothesis) "
        "VALUES (%s, %s, 'Shorter is better') RETURNING id",
        caller.user_id,
        name,
    )
    return str(row["id"])


async def test_a_passage_is_written_with_its_source_or_not_at_all(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    with pytest.raises(ZeroDivisionError):
        async with get_conn(caller) as conn:
            await add_experiment(conn, caller, "Rolled back")
            assert (await one(conn, "SELECT count(*) AS n FROM memories"))["n"] == 1
            raise ZeroDivisionError
    assert await texts(caller) == []
    async with get_conn(caller) as conn:
        await add_experiment(conn, caller, "Short emails")
    assert await texts(caller) == ["Short emails\nShorter is better"]


async def test_it_changes_with_its_source_and_goes_with_it(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    async with get_conn(caller) as conn:
        experiment = await add_experiment(conn, caller, "Short emails")
    await fill_all()
    assert await waiting(caller) == 0
    async with get_conn(caller) as conn:
        await conn.execute(
            "UPDATE experiments SET hypothesis = 'Longer is better' WHERE id = %s", (experiment,)
        )
    assert await texts(caller) == ["Short emails\nLonger is better"]
    assert await waiting(caller) == 1
    async with get_conn(caller) as conn:
        await conn.execute("UPDATE experiments SET undone_at = now() WHERE id = %s", (experiment,))
    assert await texts(caller) == []
    async with get_conn(caller) as conn:
        await conn.execute("UPDATE experiments SET undone_at = NULL WHERE id = %s", (experiment,))
    assert len(await texts(caller)) == 1
    async with get_conn(caller) as conn:
        await conn.execute("DELETE FROM experiments WHERE id = %s", (experiment,))
    assert await texts(caller) == []


async def test_a_long_text_is_cut_between_sentences(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    sentences = [f"Sentence number {number} says something of its own." for number in range(60)]
    await tell(caller, " ".join(sentences))
    passages = await texts(caller)
    assert len(passages) == 3 and all(len(passage) <= 1000 for passage in passages)
    assert " ".join(passages) == " ".join(sentences)
    assert all(passage.endswith(".") for passage in passages)


@pytest.mark.parametrize("text", ["x" * 2500, "word " * 700, "é\n\n" * 600, " a "])
async def test_any_text_is_remembered_whole(make_caller: MakeCaller, text: str) -> None:
    caller = await make_caller()
    await tell(caller, text)
    assert "".join("".join(await texts(caller)).split()) == "".join(text.split())


async def test_deleting_a_thread_takes_its_passages_and_vectors(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    thread = await tell(caller, "to the north", "to the east")
    await fill_all()
    async with get_conn(caller) as conn:
        assert (await one(conn, "SELECT count(vector) AS n FROM memories"))["n"] == 2
        await threads.delete(conn, thread)
        assert (await one(conn, "SELECT count(*) AS n FROM memories"))["n"] == 0


async def test_a_crisis_card_takes_its_turn_out_of_memory(make_caller: MakeCaller) -> None:
    caller, thread, run = await make_caller(), uuid4().hex, uuid4().hex
    async with get_conn(caller) as conn:
        await conn.execute(
            "INSERT INTO threads (id, owner_id) VALUES (%s, %s)", (thread, caller.user_id)
        )
        await conn.execute(
            "INSERT INTO runs (id, root_id, thread_id, owner_id, turn, request_hash) "
            "VALUES (%s, %s, %s, %s, 2, 'x')",
            (run, run, thread, caller.user_id),
        )

    async def say(turn: int, position: int, text: str, metadata: dict[str, Any]) -> None:
        role = "assistant" if position else "user"
        async with get_conn(caller) as conn:
            await threads.add_messages(
                conn,
                thread_id=thread,
                owner_id=caller.user_id,
                run_id=run,
                turn=turn,
                messages=[threads.Message(f"{turn}.{position}", position, role, text, metadata)],
            )

    await say(1, 0, "I like gardens", {})
    await say(1, 1, "Half an ans", {"status": "cancelled"})
    await say(2, 0, "I cannot go on", {})
    assert await texts(caller) == ["I like gardens", "I cannot go on"]
    await say(2, 1, "Please call", {"card": {"kind": "crisis", "level": 3}})
    assert await texts(caller) == ["I like gardens"]


async def test_vectors_are_filled_once_and_again_when_the_text_changes(
    make_caller: MakeCaller,
) -> None:
    caller = await make_caller()
    await fill_all()
    async with get_conn(caller) as conn:
        experiment = await add_experiment(conn, caller, "to the north")
    assert await fill(Compass()) == 1
    assert await fill(Compass()) == 0
    async with get_conn(caller) as conn:
        await conn.execute(
            "UPDATE experiments SET hypothesis = 'or rather east' WHERE id = %s", (experiment,)
        )
    assert await fill(Compass()) == 1
    async with get_conn(SYSTEM) as conn:
        row = await one(
            conn,
            "SELECT vector::text AS vector FROM memories WHERE owner_id = %s",
            caller.user_id,
        )
    assert row == {"vector": "[1,0]"}
