"""Seeing, correcting and forgetting what is remembered, and leaving a conversation out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pydantic import BaseModel

from errors import Conflict, Invalid, NotFound
from memory import threads
from memory.caller import SYSTEM, Caller
from memory.pool import get_conn
from memory.threads import Message
from tests.conftest import MakeCaller
from tools.findings import Findings
from tools.registry import Handler, ToolContext
from tools.shared import memories
from tools.shared.memories import (
    CorrectMemoryArgs,
    ListMemoriesArgs,
    MemoryArgs,
    SetRememberingArgs,
)

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=25)


async def said(owner: Caller, *turns: tuple[str, str], thread_id: str | None = None) -> str:
    """A thread with these turns: what was said, what was answered."""
    thread_id = thread_id or uuid4().hex
    async with get_conn(SYSTEM) as conn:
        await conn.execute(
            "INSERT INTO threads (id, owner_id, title, last_turn) VALUES (%s, %s, 'Moving', %s)",
            (thread_id, owner.user_id, len(turns)),
        )
        for turn, (question, answer) in enumerate(turns, start=1):
            run_id = uuid4().hex
            await conn.execute(
                "INSERT INTO runs (id, thread_id, owner_id, turn, root_id, request_hash, status) "
                "VALUES (%(id)s, %(thread)s, %(owner)s, %(turn)s, %(id)s, '', 'success')",
                {"id": run_id, "thread": thread_id, "owner": owner.user_id, "turn": turn},
            )
            await threads.add_messages(
                conn,
                thread_id=thread_id,
                owner_id=owner.user_id,
                run_id=run_id,
                turn=turn,
                messages=[
                    Message(f"{run_id}-q", 0, "user", question, {}),
                    Message(f"{run_id}-a", 1, "assistant", answer, {}),
                ],
            )
    return thread_id


async def call(
    caller: Caller, tool: Handler, args: BaseModel, now: datetime = NOW, thread: str | None = None
) -> Findings:
    async with get_conn(caller) as conn:
        return await tool(ToolContext(conn, caller, now, thread), args)


async def listed(caller: Caller, **wanted: Any) -> list[dict[str, Any]]:
    found = await call(caller, memories.list_memories, ListMemoriesArgs(**wanted))
    rows: list[dict[str, Any]] = found.data["memories"]
    return rows


async def texts(caller: Caller, **wanted: Any) -> set[str]:
    return {row["text"] for row in await listed(caller, **wanted)}


async def id_of(caller: Caller, text: str) -> int:
    return next(int(row["memory_id"]) for row in await listed(caller) if row["text"] == text)


async def test_both_sides_are_listed_with_their_conversation(make_caller: MakeCaller) -> None:
    owner, other = await make_caller(), await make_caller()
    thread = await said(owner, ("I live in Leeds", "Noted."))
    found = await call(owner, memories.list_memories, ListMemoriesArgs())
    assert {row["text"] for row in found.data["memories"]} == {"I live in Leeds", "Noted."}
    row = next(row for row in found.data["memories"] if row["text"] == "I live in Leeds")
    assert row["href"] == f"/t/{thread}" and row["written_by"] == "person" and row["yours"]
    assert found.facts[0].value == 2
    assert any('you said "I live in Leeds"' in fact.statement for fact in found.facts)
    assert await texts(other) == set()


async def test_search_by_stem_by_part_of_a_word_and_by_kind(make_caller: MakeCaller) -> None:
    owner = await make_caller()
    await said(owner, ("I was gardening all week", "Good."), ("100% sure", "The Leedsway it is"))
    assert await texts(owner, query="gardens") == {"I was gardening all week"}
    assert await texts(owner, query="eedsw") == {"The Leedsway it is"}
    assert await texts(owner, query="100%") == {"100% sure"}
    assert await texts(owner, query="the") == {"The Leedsway it is"}
    assert await texts(owner, query="volcano") == set()
    assert await texts(owner, kind="summary") == set()
    found = await call(owner, memories.list_memories, ListMemoriesArgs(query="volcano"))
    assert [item.need for item in found.missing] == ['anything remembered about "volcano"']


async def test_pages_hold_everything_once(make_caller: MakeCaller) -> None:
    owner = await make_caller()
    await said(owner, *((f"question {n}", f"answer {n}") for n in range(4)))
    seen: list[int] = []
    before: int | None = None
    while True:
        found = await call(owner, memories.list_memories, ListMemoriesArgs(limit=3, before=before))
        seen += [row["memory_id"] for row in found.data["memories"]]
        assert found.data["total"] == 8
        before = found.data["next"]
        if before is None:
            break
    assert len(seen) == len(set(seen)) == 8


async def test_a_correction_stands_in_the_place_of_the_memory(make_caller: MakeCaller) -> None:
    owner = await make_caller()
    thread = await said(owner, ("I live in Leeds", "Noted."))
    wrong = await id_of(owner, "I live in Leeds")
    args = CorrectMemoryArgs(memory_id=wrong, text="I live in York")
    found = await call(owner, memories.correct_memory, args)
    assert "I live in York" in found.facts[0].statement
    assert await texts(owner) == {"I live in York", "Noted."}
    row = next(row for row in await listed(owner) if row["text"] == "I live in York")
    assert row["kind"] == "correction" and row["href"] == f"/t/{thread}"
    with pytest.raises(Conflict, match="corrected already"):
        await call(owner, memories.correct_memory, args)
    await call(owner, memories.restore_memory, MemoryArgs(memory_id=wrong))
    assert await texts(owner) == {"I live in Leeds", "Noted."}
    with pytest.raises(Invalid, match="already"):
        same = CorrectMemoryArgs(memory_id=wrong, text="I live in Leeds")
        await call(owner, memories.correct_memory, same)


async def test_forgetting_can_be_undone_for_a_day(make_caller: MakeCaller) -> None:
    owner = await make_caller()
    await said(owner, ("I live in Leeds", "Noted."))
    memory = MemoryArgs(memory_id=await id_of(owner, "I live in Leeds"))
    found = await call(owner, memories.forget_memory, memory)
    assert found.undo is not None and found.undo.tool == "restore_memory"
    assert await texts(owner) == {"Noted."}
    page = await call(owner, memories.list_memories, ListMemoriesArgs())
    assert [row["text"] for row in page.data["forgotten"]] == ["I live in Leeds"]
    await call(owner, memories.forget_memory, memory, LATER)
    with pytest.raises(Conflict, match="more than a day ago"):
        await call(owner, memories.restore_memory, memory, LATER)
    await call(owner, memories.restore_memory, memory)
    assert await texts(owner) == {"I live in Leeds", "Noted."}


async def test_what_is_forgotten_stays_so_when_its_source_is_written_again(
    make_caller: MakeCaller,
) -> None:
    owner = await make_caller()
    thread = await said(owner, ("I live in Leeds", "Noted."))
    memory = MemoryArgs(memory_id=await id_of(owner, "I live in Leeds"))
    await call(owner, memories.forget_memory, memory)
    async with get_conn(owner) as conn:
        await conn.execute(
            "UPDATE messages SET content = content || '!' WHERE thread_id = %s", (thread,)
        )
    assert await texts(owner) == {"Noted.!"}


async def test_nobody_changes_the_memories_of_another_or_of_the_business(
    make_caller: MakeCaller,
) -> None:
    owner, other, operator = (
        await make_caller(),
        await make_caller(),
        await make_caller("operator"),
    )
    await said(owner, ("I live in Leeds", "Noted."))
    mine = MemoryArgs(memory_id=await id_of(owner, "I live in Leeds"))
    for caller in (other, operator):
        for tool in (memories.forget_memory, memories.restore_memory):
            with pytest.raises(NotFound):
                await call(caller, tool, mine)
        with pytest.raises(NotFound):
            args = CorrectMemoryArgs(memory_id=mine.memory_id, text="I live in York")
            await call(caller, memories.correct_memory, args)
    title = f"Ask twice {uuid4().hex}"
    async with get_conn(operator) as conn:
        await conn.execute("INSERT INTO learning_items (title) VALUES (%s)", (title,))
    shared = MemoryArgs(memory_id=await id_of(operator, title))
    with pytest.raises(Conflict, match="belongs to the business"):
        await call(operator, memories.forget_memory, shared)
    assert title not in await texts(owner)


async def test_the_businesss_records_are_remembered_for_its_operators(
    make_caller: MakeCaller,
) -> None:
    client, operator, word = await make_caller(), await make_caller("operator"), uuid4().hex
    async with get_conn(operator) as conn:
        lead = await (
            await conn.execute(
                "INSERT INTO leads (title, description) VALUES ('Elm Yoga', %s) RETURNING id",
                (f"We want {word} bookings.",),
            )
        ).fetchone()
        assert lead is not None
        await conn.execute(
            "INSERT INTO ops_artifacts (kind, title, content) "
            "VALUES ('operator_briefing', 'Monday', %s)",
            (f"Look at {word}.",),
        )
        await conn.execute(
            "INSERT INTO roi_estimates (lead_id, assumptions) VALUES (%s, %s)",
            (lead["id"], [f"{word} saves six hours"]),
        )
    rows = await listed(operator, query=word)
    assert {(row["kind"], row["written_by"]) for row in rows} == {
        ("lead", "outside"),
        ("report", "service"),
        ("estimate", "service"),
    }
    assert not any(row["yours"] for row in rows)
    assert await texts(client, query=word) == set()
    async with get_conn(SYSTEM) as conn:
        await conn.execute("DELETE FROM leads WHERE id = %s", (lead["id"],))
    assert {row["kind"] for row in await listed(operator, query=word)} == {"report"}


async def test_a_conversation_can_be_left_out_and_let_in_again(make_caller: MakeCaller) -> None:
    owner = await make_caller()
    thread = await said(
        owner, ("I live in Leeds", "Noted."), ("I am fine", "Good."), ("I have two cats", "Nice.")
    )
    await said(owner, ("Another conversation", "Yes."))
    forgotten, wrong = await id_of(owner, "I am fine"), await id_of(owner, "I have two cats")
    await call(owner, memories.forget_memory, MemoryArgs(memory_id=forgotten))
    args = CorrectMemoryArgs(memory_id=wrong, text="I have three cats")
    await call(owner, memories.correct_memory, args)
    off, on = SetRememberingArgs(remembered=False), SetRememberingArgs(remembered=True)
    found = await call(owner, memories.set_remembering, off, thread=thread)
    assert found.data["remembered"] is False
    assert await texts(owner) == {"Another conversation", "Yes."}
    await call(owner, memories.set_remembering, on, thread=thread)
    assert await texts(owner) == {
        *("Another conversation", "Yes.", "I live in Leeds", "Noted."),
        *("Good.", "I have three cats", "Nice."),
    }
    with pytest.raises(Invalid):
        await call(owner, memories.set_remembering, off)
    with pytest.raises(NotFound):
        await call(await make_caller(), memories.set_remembering, off, thread=thread)


async def test_a_conversation_let_in_again_leaves_its_crisis_out(make_caller: MakeCaller) -> None:
    owner = await make_caller()
    thread = await said(owner, ("I cannot go on", "Here is help."), ("I live in Leeds", "Noted."))
    async with get_conn(owner) as conn:
        await conn.execute(
            "UPDATE messages SET metadata = '{\"card\": {}}' "
            "WHERE thread_id = %s AND content = 'Here is help.'",
            (thread,),
        )
        for on in (False, True):
            args = SetRememberingArgs(remembered=on, thread_id=thread)
            await memories.set_remembering(ToolContext(conn, owner, NOW), args)
    assert await texts(owner) == {"I live in Leeds", "Noted."}


async def test_a_correction_goes_with_its_conversation(make_caller: MakeCaller) -> None:
    owner = await make_caller()
    thread = await said(owner, ("I live in Leeds", "Noted."))
    wrong = await id_of(owner, "I live in Leeds")
    args = CorrectMemoryArgs(memory_id=wrong, text="I live in York")
    await call(owner, memories.correct_memory, args)
    async with get_conn(owner) as conn:
        await threads.delete(conn, thread)
        left = await (await conn.execute("SELECT 1 FROM memory_corrections")).fetchall()
    assert left == [] and await texts(owner) == set()


@pytest.mark.parametrize(
    "tool",
    ["list_memories", "correct_memory", "forget_memory", "restore_memory", "set_remembering"],
)
def test_each_has_twenty_phrasings(tool: str) -> None:
    from tools.registry import get_tool

    declared = get_tool(tool)
    assert declared is not None and declared.audience == "both"
    phrasings = [example.text.casefold() for example in declared.examples]
    assert len(phrasings) == len(set(phrasings)) >= 20
