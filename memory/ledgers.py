"""The business's ledgers as a file of JSON Lines: a header, then a row a line, parents first."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any, Literal

from psycopg import sql
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from memory.caller import SYSTEM
from memory.pool import Connection, get_conn

TABLES = (
    "leads",
    "lead_touches",
    "pipeline_runs",
    "pipeline_step_runs",
    "artifacts",
    "roi_estimates",
    "integration_health",
    "ops_artifacts",
    "learning_items",
    "operator_settings",
)
"""Parents before children. Approvals and the audit are not among them: they say what was decided
in this database, by people of this database."""
ROWS_AT_ONCE = 200


class Header(BaseModel):
    """The first line. `migration` is the newest one of the database that the rows come from."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    mosaic: Literal[1]
    exported_at: AwareDatetime
    migration: str = Field(alias="schema")


class Line(BaseModel):
    """Every other line: one row of one table."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    table: str
    row: dict[str, Any]


@dataclass(frozen=True)
class Ledger:
    """A table as the catalog has it: the columns that can be written, its primary key, and for
    each foreign key, by the name of the constraint, its column and the table it leads to."""

    name: str
    columns: tuple[str, ...]
    key: str
    parents: dict[str, tuple[str, str]]


async def read_catalog(conn: Connection) -> dict[str, Ledger]:
    """The ledgers by name, in the order of the file."""
    rows = await (
        await conn.execute(
            """
            SELECT t.name,
                   (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
                     WHERE a.attrelid = t.name::regclass AND a.attnum > 0
                       AND NOT a.attisdropped AND a.attgenerated = '') AS columns,
                   (SELECT a.attname::text FROM pg_constraint c JOIN pg_attribute a
                        ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
                     WHERE c.conrelid = t.name::regclass AND c.contype = 'p') AS key,
                   (SELECT jsonb_object_agg(c.conname, jsonb_build_array(
                               a.attname, c.confrelid::regclass::text))
                      FROM pg_constraint c JOIN pg_attribute a
                        ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
                     WHERE c.conrelid = t.name::regclass AND c.contype = 'f') AS parents
              FROM unnest(%s::text[]) WITH ORDINALITY AS t (name, place) ORDER BY t.place
            """,
            (list(TABLES),),
        )
    ).fetchall()
    return {
        row["name"]: Ledger(
            row["name"],
            tuple(row["columns"]),
            row["key"],
            {name: (column, table) for name, (column, table) in (row["parents"] or {}).items()},
        )
        for row in rows
    }


async def export(file: IO[bytes], migration: str) -> dict[str, int]:
    """Write the ledgers as they are at one moment into `file`; returns how many rows each has."""
    written = {}
    async with get_conn(SYSTEM) as conn:
        await conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        header = Header(mosaic=1, exported_at=datetime.now(UTC), schema=migration)
        file.write(f"{header.model_dump_json(by_alias=True)}\n".encode())
        for ledger in (await read_catalog(conn)).values():
            written[ledger.name] = 0
            async for row in _rows(conn, ledger):
                file.write(f'{{"table": {json.dumps(ledger.name)}, "row": {row}}}\n'.encode())
                written[ledger.name] += 1
    return written


async def _rows(conn: Connection, ledger: Ledger) -> AsyncIterator[str]:
    """Each row as JSON text, as PostgreSQL writes it: numbers keep all their digits."""
    query = sql.SQL(
        "SELECT row_to_json(r)::text AS row FROM (SELECT {} FROM {} ORDER BY {}) r"
    ).format(
        sql.SQL(", ").join(map(sql.Identifier, ledger.columns)),
        sql.Identifier(ledger.name),
        sql.Identifier(ledger.key),
    )
    async with conn.cursor(name="ledger") as cursor:
        await cursor.execute(query)
        while rows := await cursor.fetchmany(ROWS_AT_ONCE):
            for row in rows:
                yield row["row"]
