"""Receipts, stored with the message they stand under."""

from __future__ import annotations

from typing import Any

from psycopg.types.json import Jsonb

from errors import NotFound
from memory.pool import Connection
from memory.runs import Claim


async def add(
    conn: Connection,
    *,
    claim: Claim,
    message_id: str,
    receipt: dict[str, Any],
    facts: list[dict[str, Any]],
) -> None:
    """Store a receipt with the facts it names, each beside the call that can make it again."""
    await conn.execute(
        "INSERT INTO receipts (id, run_id, thread_id, message_id, owner_id, receipt, facts) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (
            receipt["id"],
            claim.run_id,
            claim.thread_id,
            message_id,
            claim.caller.user_id,
            Jsonb(receipt),
            Jsonb(facts),
        ),
    )


async def get(conn: Connection, receipt_id: str) -> dict[str, Any]:
    """`receipt`, `facts` and `created_at`. Raises NotFound when it is not the caller's."""
    row = await (
        await conn.execute(
            "SELECT receipt, facts, created_at FROM receipts WHERE id = %s", (receipt_id,)
        )
    ).fetchone()
    if row is None:
        raise NotFound("There is no such receipt.")
    return row


async def of_run(conn: Connection, run_id: str) -> dict[str, Any] | None:
    """`receipt` and `facts` of a run's answer; None when it has none."""
    return await (
        await conn.execute(
            "SELECT receipt, facts FROM receipts WHERE run_id = %s ORDER BY created_at DESC LIMIT 1",
            (run_id,),
        )
    ).fetchone()
