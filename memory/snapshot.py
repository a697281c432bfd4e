"""Reading a whole database as it stands at one moment, every row of it: for the doctor and for
backups."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import Connection, sql

from errors import ConfigError
from memory import migrations

Rows = Connection[dict[str, Any]]
ROLES = ("mosaic_app", "mosaic_system")
"""The roles that the service runs as."""
LOCK_SECONDS = 30
"""How long to wait for a table that somebody is changing the shape of."""


@contextmanager
def snapshot(url: str) -> Iterator[Rows]:
    """A read-only transaction that sees every row and one state of them.

    Raises ConfigError when the database cannot be reached or may not be read.
    """
    try:
        with psycopg.connect(
            url,
            row_factory=psycopg.rows.dict_row,
            connect_timeout=10,
            options=f"-c search_path=public -c lock_timeout={LOCK_SECONDS}s",
        ) as conn:
            conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            if not above_row_security(conn):
                see_every_row(conn)
            yield conn
    except (psycopg.OperationalError, psycopg.errors.InsufficientPrivilege) as error:
        raise ConfigError(
            f"The database cannot be read: {str(error).strip()}. Use the role that runs the "
            "migrations, and check DATABASE_URL and that the server is up."
        ) from error


def above_row_security(conn: Rows) -> bool:
    """Whether row security does not hold the role that is connected."""
    row = one(
        conn,
        "SELECT rolsuper OR rolbypassrls AS free FROM pg_roles WHERE rolname = session_user",
    )
    return bool(row["free"])


def see_every_row(conn: Rows) -> None:
    """Act as mosaic_system, which every table lets read everything, for this transaction."""
    if one(conn, "SELECT to_regrole('mosaic_system') IS NOT NULL AS there")["there"]:
        conn.execute("SET LOCAL ROLE mosaic_system")


def own_tables(conn: Rows) -> list[tuple[str, str]]:
    """Schema and name of every table of ours, in order."""
    rows = conn.execute(
        "SELECT n.nspname AS schema, c.relname AS name FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = ANY(%s) AND c.relkind IN ('r', 'p') ORDER BY 1, 2",
        (migrations.OWN_SCHEMAS,),
    )
    return [(row["schema"], row["name"]) for row in rows]


def one(conn: Rows, query: sql.SQL | sql.Composed | str) -> dict[str, Any]:
    """The only row of a query that always has one."""
    row = conn.execute(query.encode() if isinstance(query, str) else query).fetchone()
    if row is None:
        raise ConfigError("The server gave no row where PostgreSQL always gives one.")
    return row
