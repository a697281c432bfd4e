"""The calls a run has made, each recorded once, in the transaction of its effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from memory.pool import Connection
from memory.runs import Claim, Fenced


@dataclass(frozen=True)
class Made:
    """A finished call: its findings as JSON, or the error it ended with."""

    tool_call_id: str
    step: int
    tool: str
    args: dict[str, Any]
    findings: dict[str, Any] | None
    error: str | None


async def record(conn: Connection, claim: Claim, position: int, made: Made) -> None:
    """Record a call in the transaction of its effect, so that both happen once or not at all.

    Raises Fenced when another attempt has the run or the call is recorded already.
    """
    done = await conn.execute(
        """
        INSERT INTO tool_calls
               (run_id, tool_call_id, owner_id, position, step, tool, args, result)
        SELECT id, %s, owner_id, %s, %s, %s, %s, %s FROM runs
         WHERE id = %s AND attempt = %s AND status = 'running' FOR SHARE
        ON CONFLICT DO NOTHING
        """,
        (
            made.tool_call_id,
            position,
            made.step,
            made.tool,
            Jsonb(made.args),
            Jsonb({"findings": made.findings, "error": made.error}),
            claim.run_id,
            claim.attempt,
        ),
    )
    if done.rowcount == 0:
        raise Fenced(claim.run_id)


async def made(conn: Connection, root_id: str) -> list[Made]:
    """The calls of a run and of those that continue it, in the order they were made."""
    rows = await (
        await conn.execute(
            "SELECT c.tool_call_id, c.step, c.tool, c.args, c.result FROM tool_calls c "
            "JOIN runs r ON r.id = c.run_id WHERE r.root_id = %s ORDER BY c.step, c.position",
            (root_id,),
        )
    ).fetchall()
    return [
        Made(
            row["tool_call_id"],
            row["step"],
            row["tool"],
            row["args"],
            row["result"]["findings"],
            row["result"]["error"],
        )
        for row in rows
    ]


async def of_turns(conn: Connection, thread_id: str, first: int, last: int) -> list[dict[str, Any]]:
    """`turn`, `status`, `tool` and `args` of what the turns `first` to `last` of a thread called,
    in order; a turn that called nothing is one row without a tool."""
    return await (
        await conn.execute(
            "SELECT r.turn, r.status, c.tool, c.args "
            "FROM runs r LEFT JOIN tool_calls c ON c.run_id = r.id "
            "WHERE r.thread_id = %s AND r.turn BETWEEN %s AND %s "
            "ORDER BY r.turn, c.step, c.position",
            (thread_id, first, last),
        )
    ).fetchall()
