"""Threads and their messages, as their owner sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg.types.json import Jsonb

from errors import NotFound
from memory.pool import Connection


@dataclass(frozen=True)
class Message:
    """A message to store. `position` orders the messages of one turn; the user's is 0. `at` is
    when it was said, if that is not now."""

    id: str
    position: int
    role: Literal["user", "assistant"]
    content: str
    metadata: dict[str, Any]
    at: datetime | None = None


async def list_threads(
    conn: Connection, *, limit: int = 50, before: str | None = None, query: str | None = None
) -> list[dict[str, Any]]:
    """The caller's threads, newest first, each with whether it `waits` for a decision; `before`
    is the id of the last one of the page before."""
    return await (
        await conn.execute(
            """
            SELECT t.id, t.title, t.remembered, t.created_at, t.updated_at,
                   r.id AS active_run_id,
                   EXISTS (SELECT FROM approvals a WHERE a.thread_id = t.id
                              AND a.status = 'pending' AND a.expires_at > now()) AS waits
              FROM threads t
              LEFT JOIN LATERAL (
                    SELECT id FROM runs WHERE thread_id = t.id AND status IN ('queued', 'running')
                     ORDER BY turn DESC LIMIT 1) r ON true
             WHERE (%(before)s::text IS NULL OR (t.updated_at, t.id) <
                        (SELECT updated_at, id FROM threads WHERE id = %(before)s))
               AND (%(query)s::text IS NULL OR t.title ILIKE %(query)s)
             ORDER BY t.updated_at DESC, t.id DESC LIMIT %(limit)s
            """,
            {"before": before, "query": query and f"%{_literal(query)}%", "limit": limit},
        )
    ).fetchall()


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


async def get_thread(conn: Connection, thread_id: str) -> dict[str, Any]:
    """One thread. Raises NotFound when it is not there or not the caller's."""
    row = await (
        await conn.execute(
            """
            SELECT t.id, t.title, t.remembered, t.created_at, t.updated_at,
                   (SELECT id FROM runs WHERE thread_id = t.id AND status IN ('queued', 'running')
                     ORDER BY turn DESC LIMIT 1) AS active_run_id
              FROM threads t WHERE t.id = %s
            """,
            (thread_id,),
        )
    ).fetchone()
    if row is None:
        raise NotFound("There is no such thread.")
    return row


async def active_runs(conn: Connection, thread_id: str) -> list[dict[str, Any]]:
    """Id and turn of the runs of a thread that are queued or running, oldest first."""
    return await (
        await conn.execute(
            "SELECT id, turn FROM runs WHERE thread_id = %s AND status IN ('queued', 'running') "
            "ORDER BY turn",
            (thread_id,),
        )
    ).fetchall()


async def list_messages(
    conn: Connection, thread_id: str, *, before_turn: int | None = None, turns: int = 50
) -> list[dict[str, Any]]:
    """The messages of the newest `turns` turns before `before_turn`, oldest first, each with
    its receipt."""
    return await (
        await conn.execute(
            """
            SELECT m.id, m.run_id, m.turn, m.role, m.content, m.metadata, m.created_at, c.receipt
              FROM messages m
              LEFT JOIN receipts c ON c.thread_id = m.thread_id AND c.message_id = m.id
             WHERE m.thread_id = %(thread)s AND m.turn < coalesce(%(before)s, 2147483647)
               AND m.turn >= coalesce((SELECT turn FROM messages
                      WHERE thread_id = %(thread)s AND position = 0
                        AND turn < coalesce(%(before)s, 2147483647)
                      ORDER BY turn DESC OFFSET %(turns)s - 1 LIMIT 1), 0)
             ORDER BY m.turn, m.position
            """,
            {"thread": thread_id, "before": before_turn, "turns": turns},
        )
    ).fetchall()


async def recent_messages(
    conn: Connection, thread_id: str, turn: int, turns: int
) -> tuple[list[dict[str, Any]], str]:
    """Role and content of the messages of the last `turns` turns before `turn`, oldest first,
    and what the user said at `turn`. Raises NotFound when they said nothing there."""
    rows = await (
        await conn.execute(
            "SELECT role, content, turn FROM messages WHERE thread_id = %(thread)s "
            "AND turn >= %(turn)s - %(turns)s AND (turn < %(turn)s OR turn = %(turn)s "
            "AND position = 0) ORDER BY turn, position",
            {"thread": thread_id, "turn": turn, "turns": turns},
        )
    ).fetchall()
    if not rows or rows[-1]["turn"] != turn:
        raise NotFound("There is no such run.")
    return rows[:-1], str(rows[-1]["content"])


async def add_messages(
    conn: Connection,
    *,
    thread_id: str,
    owner_id: str,
    run_id: str,
    turn: int,
    messages: list[Message],
) -> None:
    """Store the messages of a turn; one that is there already is left as it is."""
    for message in messages:
        await conn.execute(
            "INSERT INTO messages "
            "(thread_id, id, owner_id, run_id, turn, position, role, content, metadata, "
            "created_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, coalesce(%s, now())) "
            "ON CONFLICT DO NOTHING",
            (
                thread_id,
                message.id,
                owner_id,
                run_id,
                turn,
                message.position,
                message.role,
                message.content,
                Jsonb(message.metadata),
                message.at,
            ),
        )


async def rename(conn: Connection, thread_id: str, title: str) -> None:
    """Give a thread another title. Raises NotFound."""
    done = await conn.execute("UPDATE threads SET title = %s WHERE id = %s", (title, thread_id))
    if done.rowcount == 0:
        raise NotFound("There is no such thread.")


async def delete(conn: Connection, thread_id: str) -> None:
    """Delete a thread with its messages, runs and receipts. Raises NotFound."""
    done = await conn.execute("DELETE FROM threads WHERE id = %s", (thread_id,))
    if done.rowcount == 0:
        raise NotFound("There is no such thread.")
