"""Entries of the client's ledgers: written once per key, named so that they can be undone."""

from __future__ import annotations

import hashlib
from typing import Any, Literal

from psycopg import sql
from pydantic import BaseModel

from errors import Conflict, Invalid
from tools.findings import RowSource, Undo, row_source
from tools.registry import ToolContext

Row = dict[str, Any]
Kind = Literal["experiment", "change", "reflection", "learning", "evidence", "metric"]

TABLES: dict[Kind, str] = {
    "experiment": "experiments",
    "change": "experiment_changes",
    "reflection": "experiment_reflections",
    "learning": "learning_data",
    "evidence": "capability_evidence",
    "metric": "self_efficacy_metrics",
}


async def insert_once(
    ctx: ToolContext, kind: Kind, values: Row, args: BaseModel, key: str | None
) -> tuple[Row, bool]:
    """The new row of `values`, owned by the caller, and True; or, when `key` was used before,
    the row it wrote then and False.

    Raises Invalid when the key came with another request before, Conflict when what it wrote
    has been undone.
    """
    digest = hashlib.sha256(args.model_dump_json(exclude={"idempotency_key"}).encode()).hexdigest()
    row = {
        **values,
        "user_id": ctx.caller.user_id,
        "created_at": ctx.now,
        "idempotency_key": key,
        "request_hash": digest if key else None,
    }
    statement = sql.SQL(
        "INSERT INTO {table} ({columns}) VALUES ({values}) "
        "ON CONFLICT (user_id, idempotency_key) DO NOTHING RETURNING *"
    ).format(
        table=sql.Identifier(TABLES[kind]),
        columns=sql.SQL(", ").join(map(sql.Identifier, row)),
        values=sql.SQL(", ").join(map(sql.Placeholder, row)),
    )
    inserted = await (await ctx.conn.execute(statement, row)).fetchone()
    if inserted is not None:
        return inserted, True
    return await _written_before(ctx, kind, key, digest), False


async def _written_before(ctx: ToolContext, kind: Kind, key: str | None, digest: str) -> Row:
    statement = sql.SQL("SELECT * FROM {} WHERE user_id = %s AND idempotency_key = %s").format(
        sql.Identifier(TABLES[kind])
    )
    row = await (await ctx.conn.execute(statement, (ctx.caller.user_id, key))).fetchone()
    if row is None or row["request_hash"] != digest:
        raise Invalid(
            f'The idempotency key "{key}" was used for another request. Use a new key.',
            code="idempotency_key_reused",
        )
    if row["undone_at"] is not None:
        raise Conflict(
            f'What the idempotency key "{key}" wrote was undone since. Redo it with '
            f'undo_entry (entry "{entry_name(kind, row["id"])}"), or use a new key.'
        )
    return row


def entry_name(kind: Kind, key: str | int) -> str:
    """What `undo_entry` calls the row: "learning:12"."""
    return f"{kind}:{key}"


def undo_of(kind: Kind, key: str | int) -> Undo:
    """The call that takes the row back."""
    return Undo(tool="undo_entry", args={"entry": entry_name(kind, key)})


def source(kind: Kind, row: Row, *columns: str) -> RowSource:
    """The source of a fact read from this row; the value's column comes first. A row that is
    undone later counts as changed."""
    if "undone_at" in row and "undone_at" not in columns:
        columns = (*columns, "undone_at")
    return row_source(TABLES[kind], {"id": row["id"]}, row, *columns)
