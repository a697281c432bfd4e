"""A finding, the connection that checks read with, and the few questions that several ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import Connection, sql

from errors import ConfigError
from memory import migrations

Rows = Connection[dict[str, Any]]
EXAMPLES = 5


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. `check` is stable and machine-readable; `where` names the table,
    index, role or migration; `examples` are a few of the keys concerned, never their content."""

    check: str
    where: str
    count: int
    detail: str
    remedy: str
    examples: Sequence[str] = field(default_factory=tuple)


Check = Callable[[Rows], list[Finding]]


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
            options="-c search_path=public",
        ) as conn:
            conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            see_every_row(conn)
            yield conn
    except (psycopg.OperationalError, psycopg.errors.InsufficientPrivilege) as error:
        raise ConfigError(
            f"The database cannot be read: {str(error).strip()}. Use the role that runs the "
            "migrations, and check DATABASE_URL and that the server is up."
        ) from error


def see_every_row(conn: Rows) -> None:
    """Act as mosaic_system for this transaction, unless row security does not hold us anyway."""
    role = one(
        conn,
        "SELECT rolsuper OR rolbypassrls AS free, "
        "EXISTS (SELECT FROM pg_roles WHERE rolname = 'mosaic_system') AS there "
        "FROM pg_roles WHERE rolname = current_user",
    )
    if role["there"] and not role["free"]:
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
