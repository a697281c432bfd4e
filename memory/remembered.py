"""What is remembered, as its owner sees and changes it: list, search, correct, forget, restore.

Row-level security decides what is seen: a person's own memories and those shared with their
role. Only one's own can be changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from errors import Conflict, Invalid, NotFound
from memory.caller import Caller
from memory.pool import Connection

UNDO = timedelta(days=1)
LONGEST = 1000
"""Characters of a correction: one passage."""

Row = dict[str, Any]

_COLUMNS = """
    m.id, m.owner_id, m.kind, m.text, m.source_table, m.source_key, m.part, m.written_by,
    m.speaker, m.thread_id, m.happened_at, m.forgotten_at,
    (SELECT title FROM threads t WHERE t.id = m.thread_id) AS thread_title
"""


@dataclass(frozen=True)
class Wanted:
    """Which memories: their words, their kind, the thread they are from; `before` is the id of
    the last one of the page before."""

    query: str | None = None
    kind: str | None = None
    thread_id: str | None = None
    before: int | None = None
    limit: int = 30


async def list_memories(conn: Connection, caller: Caller, wanted: Wanted) -> list[Row]:
    """One page, newest first; with a query those that hold one of its words, or the query as it
    stands."""
    return await (
        await conn.execute(
            f"""
            WITH asked AS (
                SELECT replace(plainto_tsquery('english', %(query)s)::text, '&', '|')::tsquery AS q)
            SELECT {_COLUMNS} FROM memories m, asked
             WHERE {_VISIBLE}
               AND (%(before)s::bigint IS NULL OR (m.happened_at, m.id) <
                        (SELECT happened_at, id FROM memories WHERE id = %(before)s))
             ORDER BY m.happened_at DESC, m.id DESC LIMIT %(limit)s
            """,
            _parameters(caller, wanted),
        )
    ).fetchall()


async def count_memories(conn: Connection, caller: Caller, wanted: Wanted) -> int:
    """How many there are on all pages."""
    row = await (
        await conn.execute(
            f"""
            WITH asked AS (
                SELECT replace(plainto_tsquery('english', %(query)s)::text, '&', '|')::tsquery AS q)
            SELECT count(*) AS count FROM memories m, asked WHERE {_VISIBLE}
            """,
            _parameters(caller, wanted),
        )
    ).fetchone()
    return int(row["count"]) if row else 0


_VISIBLE = """
    (m.owner_id = %(owner)s OR m.owner_id IS NULL) AND m.forgotten_at IS NULL
    AND (%(kind)s::text IS NULL OR m.kind = %(kind)s)
    AND (%(thread)s::text IS NULL OR m.thread_id = %(thread)s)
    AND (%(query)s::text IS NULL OR m.terms @@ asked.q OR m.text ILIKE %(pattern)s)
"""


def _parameters(caller: Caller, wanted: Wanted) -> Row:
    escaped = (wanted.query or "").replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return {
        "owner": caller.user_id,
        "query": wanted.query,
        "pattern": f"%{escaped}%",
        "kind": wanted.kind,
        "thread": wanted.thread_id,
        "before": wanted.before,
        "limit": wanted.limit,
    }


async def lately_forgotten(conn: Connection, caller: Caller, now: datetime) -> list[Row]:
    """The caller's memories that were forgotten or corrected within a day, newest first, each
    with its `correction_id` where one stands for it."""
    return await (
        await conn.execute(
            f"""
            SELECT {_COLUMNS}, c.id AS correction_id, c.text AS corrected_text
              FROM memories m
              LEFT JOIN memory_corrections c ON c.memory_id = m.id AND c.undone_at IS NULL
             WHERE m.owner_id = %s AND m.forgotten_at >= %s
             ORDER BY m.forgotten_at DESC, m.id DESC LIMIT 50
            """,
            (caller.user_id, now - UNDO),
        )
    ).fetchall()


async def get_memory(conn: Connection, caller: Caller, memory_id: int) -> Row:
    """One of the caller's own memories, locked. Raises NotFound; Conflict for a shared one."""
    row = await (
        await conn.execute(
            f"SELECT {_COLUMNS} FROM memories m WHERE m.id = %s FOR UPDATE OF m",
            (memory_id,),
        )
    ).fetchone()
    if row is None:
        raise NotFound(f"There is no memory {memory_id}.")
    if row["owner_id"] != caller.user_id:
        raise Conflict(
            f"Memory {memory_id} belongs to the business, not to you. It follows its source: "
            "change that."
        )
    return row


async def correct(
    conn: Connection, caller: Caller, memory_id: int, text: str, now: datetime
) -> tuple[Row, Row]:
    """Remember `text` in the place of a memory. Returns the memory as it was, and the new one.

    Raises NotFound, Invalid for the same words, Conflict where it is forgotten or corrected."""
    memory = await get_memory(conn, caller, memory_id)
    if memory["forgotten_at"] is not None:
        raise Conflict(f"Memory {memory_id} is forgotten or corrected already. Restore it first.")
    if text.strip() == memory["text"].strip():
        raise Invalid(f"Memory {memory_id} says that already.")
    await _forget(conn, memory_id, now)
    written = await (
        await conn.execute(
            "INSERT INTO memory_corrections (owner_id, memory_id, text, created_at) "
            "VALUES (%s, %s, %s, %s) RETURNING id",
            (caller.user_id, memory_id, text.strip(), now),
        )
    ).fetchone()
    new = await (
        await conn.execute(
            f"SELECT {_COLUMNS} FROM memories m WHERE m.source_table = 'memory_corrections' "
            "AND m.source_key = jsonb_build_object('id', %s::bigint)",
            (written["id"] if written else None,),
        )
    ).fetchone()
    if new is None:
        raise Conflict(f"The correction of memory {memory_id} was removed at the same moment.")
    return memory, new


async def forget(conn: Connection, caller: Caller, memory_id: int, now: datetime) -> Row:
    """Recall a memory no more; nothing changes when that is so already. Raises NotFound."""
    memory = await get_memory(conn, caller, memory_id)
    if memory["forgotten_at"] is None:
        await _forget(conn, memory_id, now)
    return memory


async def restore(conn: Connection, caller: Caller, memory_id: int, now: datetime) -> Row:
    """Take back the forgetting or the correction of a memory; nothing changes when it is
    remembered. Raises NotFound, and Conflict after a day."""
    memory = await get_memory(conn, caller, memory_id)
    if memory["forgotten_at"] is None:
        return memory
    if now - memory["forgotten_at"] > UNDO:
        raise Conflict(
            f"Memory {memory_id} was forgotten more than a day ago and stays so. Say it again "
            "to have it remembered."
        )
    await conn.execute(
        "UPDATE memory_corrections SET undone_at = %s WHERE memory_id = %s AND undone_at IS NULL",
        (now, memory_id),
    )
    await conn.execute("UPDATE memories SET forgotten_at = NULL WHERE id = %s", (memory_id,))
    return memory


async def set_remembering(conn: Connection, thread_id: str, on: bool) -> Row:
    """Let a thread be remembered, or leave it out, with what was remembered of it. Returns the
    thread. Raises NotFound."""
    row = await (
        await conn.execute(
            "UPDATE threads SET remembered = %s WHERE id = %s RETURNING *", (on, thread_id)
        )
    ).fetchone()
    if row is None:
        raise NotFound("There is no such thread.")
    return row


async def _forget(conn: Connection, memory_id: int, now: datetime) -> None:
    await conn.execute("UPDATE memories SET forgotten_at = %s WHERE id = %s", (now, memory_id))
