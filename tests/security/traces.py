"""Looking into a service's database from outside: what changed, what was noted, what is left."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

Connection = psycopg.AsyncConnection[dict[str, Any]]

BUSINESS = (
    "leads", "lead_touches", "artifacts", "pipeline_runs", "pipeline_step_runs", "feature_flags",
    "learning_items", "roi_estimates", "operator_settings", "ops_artifacts", "integration_health",
    "users",
)  # fmt: skip
"""What only a person's decision, a log-in or the service's own upkeep may change."""
IGNORED = {"users": ("last_login",)}


async def connect(url: str) -> Connection:
    """A connection of the database's owner, who sees every row."""
    return await psycopg.AsyncConnection.connect(url, autocommit=True, row_factory=dict_row)


async def snapshot(conn: Connection, tables: tuple[str, ...] = BUSINESS) -> dict[str, list[str]]:
    """Every row of the tables as text, in order."""
    found = {}
    for table in tables:
        row = sql.SQL("to_jsonb(t) - {}::text[]").format(sql.Literal(list(IGNORED.get(table, ()))))
        rows = await conn.execute(
            sql.SQL("SELECT ({})::text AS row FROM {} t ORDER BY 1").format(
                row, sql.Identifier(table)
            )
        )
        found[table] = [item["row"] async for item in rows]
    return found


async def number_noted(conn: Connection, user_id: str) -> int:
    """How many traces this person's attempts have left: rows of the audit log, and proposals,
    which name who asked, when, and for exactly what."""
    row = await (
        await conn.execute(
            "SELECT (SELECT count(*) FROM audit_log WHERE actor IN (%(user)s, 'nobody')) + "
            "(SELECT count(*) FROM approvals WHERE owner_id = %(user)s) AS number",
            {"user": user_id},
        )
    ).fetchone()
    assert row is not None
    return int(row["number"])


async def tables_with(conn: Connection, text: str) -> set[str]:
    """The tables of the whole database, the libraries' own included, that hold `text`."""
    tables = await conn.execute(
        "SELECT n.nspname AS schema, c.relname AS name FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') "
        "AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
    )
    found = set()
    for table in await tables.fetchall():
        hit = await conn.execute(
            sql.SQL("SELECT FROM {} t WHERE strpos(t::text, {}) > 0 LIMIT 1").format(
                sql.Identifier(table["schema"], table["name"]), sql.Literal(text)
            )
        )
        if hit.rowcount:
            found.add(f"{table['schema']}.{table['name']}")
    return found
