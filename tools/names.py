"""The names that a caller's messages may use: an operator's leads, a client's experiments."""

from __future__ import annotations

from typing import Literal, NamedTuple

from memory.caller import Caller
from memory.pool import Connection

MOST = 300


class LedgerName(NamedTuple):
    """What kind of row it names, that row's id, and the words people use for it."""

    kind: Literal["lead", "experiment"]
    id: str
    text: str


async def list_names(conn: Connection, caller: Caller) -> list[LedgerName]:
    """The newest names of the caller's own ledgers, at most 300."""
    if caller.role == "operator":
        rows = await conn.execute(
            "SELECT id, title AS text FROM leads WHERE source <> 'system' "
            "ORDER BY updated_at DESC LIMIT %s",
            (MOST,),
        )
        return [LedgerName("lead", row["id"], row["text"]) async for row in rows]
    rows = await conn.execute(
        "SELECT id, experiment_name AS text FROM experiments "
        "WHERE user_id = %s AND undone_at IS NULL ORDER BY created_at DESC LIMIT %s",
        (caller.user_id, MOST),
    )
    return [LedgerName("experiment", row["id"], row["text"]) async for row in rows]
