"""A person's whole record: read out for them, and erased for good.

Both know the tables from the catalog (a person's own rows refer to them), so that a new ledger
is in them from its first day.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import IO

from psycopg import sql

from errors import Conflict
from memory import audit
from memory.caller import SYSTEM, Caller
from memory.pool import Connection, get_conn

ROWS_AT_ONCE = 200
DERIVED_TYPES = ("tsvector", "vector", "halfvec")
CHECKPOINTS = ("checkpoint_writes", "checkpoint_blobs", "checkpoints")


async def export(caller: Caller, file: IO[bytes], *, asked_by: str | None = None) -> None:
    """Write everything kept about the caller into `file`, as one JSON object: table by table, row
    by row. The audit names `asked_by`, or the caller."""
    file.write(f'{{"exported_at": "{datetime.now(UTC).isoformat()}", "tables": {{'.encode())
    table = ""
    async with get_conn(caller) as conn:
        async for name, rows in _personal_rows(conn, caller):
            if name != table:
                file.write(
                    f"{']' if table else ''}{', ' if table else ''}{json.dumps(name)}: [".encode()
                )
            file.write(b", " if name == table else b"")
            file.write(", ".join(rows).encode())
            table = name
    file.write(b"]}}" if table else b"}}")
    async with get_conn(SYSTEM) as conn:
        actor = asked_by or caller.user_id
        await audit.append(conn, actor, "account.exported", f"users/{caller.user_id}")


async def _personal_rows(conn: Connection, caller: Caller) -> AsyncIterator[tuple[str, list[str]]]:
    """Every personal table with the caller's rows in it, each row as JSON text, a few hundred at
    a time. Left out are secrets, which the caller's own connection may not read, and what is
    computed from other columns."""
    for table, owner, columns in await _personal_tables(conn):
        query = sql.SQL(
            "SELECT row_to_json(r)::text AS row FROM (SELECT {} FROM {} WHERE {} = {}) r"
        )
        named = query.format(
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.Identifier(table),
            sql.Identifier(owner),
            sql.Literal(caller.user_id),
        )
        async with conn.cursor(name="export") as cursor:
            await cursor.execute(named)
            while rows := await cursor.fetchmany(ROWS_AT_ONCE):
                yield table, [row["row"] for row in rows]


async def erase(caller: Caller) -> None:
    """Delete the account with everything that hangs on it, at once and for good. What stays
    names nobody: sums of usage, and the audit's rows under an id that leads nowhere.

    Raises Conflict for an operator: what they decided is the business's record.
    """
    if caller.role == "operator":
        raise Conflict(
            "An operator's decisions are part of the business's record. Have the role taken back "
            "first (`mosaic user grant EMAIL client`), then delete the account.",
            code="operator_account",
        )
    async with get_conn(SYSTEM) as conn:
        # Whoever still runs for this person is fenced off before their rows go.
        await conn.execute("SELECT FROM users WHERE id = %s FOR UPDATE", (caller.user_id,))
        for table in CHECKPOINTS:
            await conn.execute(
                sql.SQL(
                    "DELETE FROM checkpoints.{} WHERE thread_id IN "
                    "(SELECT id FROM runs WHERE owner_id = %s)"
                ).format(sql.Identifier(table)),
                (caller.user_id,),
            )
        await conn.execute("DELETE FROM users WHERE id = %s", (caller.user_id,))
        await audit.append(conn, caller.user_id, "account.erased", f"users/{caller.user_id}")


async def _personal_tables(conn: Connection) -> list[tuple[str, str, list[str]]]:
    """Each table of people's own rows: its name, the column that says whose, and the columns
    that the caller may read."""
    rows = await (
        await conn.execute(
            """
            WITH owned AS (
                SELECT 'users'::regclass AS oid, 'id' AS owner
                UNION
                SELECT c.conrelid, a.attname FROM pg_constraint c
                  JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
                 WHERE c.contype = 'f' AND c.confrelid = 'users'::regclass
            )
            SELECT owned.oid::text AS name, owned.owner,
                   array_agg(a.attname::text ORDER BY a.attnum) AS columns
              FROM owned JOIN pg_attribute a ON a.attrelid = owned.oid
             WHERE a.attnum > 0 AND NOT a.attisdropped
               AND has_column_privilege(owned.oid, a.attnum, 'SELECT')
               AND a.atttypid::regtype::text <> ALL(%s)
             GROUP BY owned.oid, owned.owner ORDER BY 1
            """,
            (list(DERIVED_TYPES),),
        )
    ).fetchall()
    return [(row["name"], row["owner"], row["columns"]) for row in rows]
