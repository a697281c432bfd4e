"""The audit log: append-only rows, each chained to the one before by its hash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

if TYPE_CHECKING:
    from memory.pool import Connection


async def append(
    conn: Connection, actor: str, action: str, subject: str, detail: dict[str, Any] | None = None
) -> None:
    """Write one row, which is there when the transaction commits. `actor` is the id of the
    caller that `conn` is bound to (the system may name another), `subject` a table and key
    ("approvals/…"). Appending waits for others that append: do it last in a transaction."""
    await conn.execute(
        "INSERT INTO audit_log (actor, action, subject, detail) VALUES (%s, %s, %s, %s)",
        (actor, action, subject, Jsonb(detail or {})),
    )


async def verify_chain(conn: Connection) -> int | None:
    """The id of the first row that was changed, moved or put in, or before which one is
    missing; None when the chain holds. Rows cut off at the end do not show."""
    row = await (
        await conn.execute(
            """
            SELECT id FROM (
                SELECT id, hash, prev_hash, audit_hash(a) AS expected_hash,
                       coalesce(lag(hash) OVER (ORDER BY id), '') AS expected_prev_hash,
                       row_number() OVER (ORDER BY id) AS expected_id
                  FROM audit_log a) chain
             WHERE hash <> expected_hash OR prev_hash <> expected_prev_hash OR id <> expected_id
             ORDER BY id LIMIT 1
            """
        )
    ).fetchone()
    return None if row is None else int(row["id"])
