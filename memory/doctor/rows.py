"""What is wrong with rows of any table: orphans, and what the upkeep should have taken away."""

from __future__ import annotations

from typing import Any

from psycopg import sql

from memory import migrations
from memory.doctor.finding import EXAMPLES, Check, Finding
from memory.snapshot import Rows, one, own_tables

EXPIRED = {
    "sessions": ("expires_at < now() - interval '2 days'", "log-in sessions ended long ago"),
    "login_attempts": ("window_start < now() - interval '2 days'", "log-in counts are long over"),
    "approvals": (
        "status = 'pending' AND expires_at < now() - interval '2 days'",
        "approvals are long past their end and still open",
    ),
}
"""What counts as left over, by table: the upkeep has missed it (client spec 13.4)."""


def count_rows(conn: Rows) -> dict[str, int]:
    """Rows by table, each as `schema.name`."""
    return {
        f"{schema}.{name}": one(
            conn, sql.SQL("SELECT count(*) AS rows FROM {}").format(sql.Identifier(schema, name))
        )["rows"]
        for schema, name in own_tables(conn)
    }


def check_expired(conn: Rows) -> list[Finding]:
    """Rows whose time is over and that nobody has removed."""
    there = {name for schema, name in own_tables(conn) if schema == "public"}
    findings = []
    for table, (condition, what) in EXPIRED.items():
        if table not in there:
            continue
        count = one(conn, f"SELECT count(*) AS count FROM {table} WHERE {condition}")["count"]
        if count:
            remedy = "A worker removes them within the hour. Check that one runs."
            findings.append(
                Finding("expired_rows", f"public.{table}", count, f"{count} {what}.", remedy)
            )
    return findings


def check_orphans(conn: Rows) -> list[Finding]:
    """Rows whose foreign key names a row that is not there: every key is followed again."""
    findings = []
    for key in _foreign_keys(conn):
        count, examples = _orphans_of(conn, key)
        if count:
            child, parent = f"{key['schema']}.{key['name']}", key["foreign_name"]
            columns = ", ".join(key["columns"])
            findings.append(
                Finding(
                    "orphan_rows",
                    child,
                    count,
                    f"{count} rows of {child} name a row of {parent} that is gone ({columns}).",
                    "Restore the missing rows from a backup, or delete these.",
                    examples,
                )
            )
    return findings


def _foreign_keys(conn: Rows) -> list[dict[str, Any]]:
    return conn.execute(
        """
        SELECT n.nspname AS schema, t.relname AS name,
               fn.nspname AS foreign_schema, f.relname AS foreign_name,
               ARRAY(SELECT attname::text FROM unnest(c.conkey) WITH ORDINALITY k (num, place)
                       JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num
                      ORDER BY k.place) AS columns,
               ARRAY(SELECT attname::text FROM unnest(c.confkey) WITH ORDINALITY k (num, place)
                       JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.num
                      ORDER BY k.place) AS foreign_columns
          FROM pg_constraint c
          JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
          JOIN pg_class f ON f.oid = c.confrelid JOIN pg_namespace fn ON fn.oid = f.relnamespace
         WHERE c.contype = 'f' AND n.nspname = ANY(%s) ORDER BY 1, 2, c.conname
        """,
        (migrations.OWN_SCHEMAS,),
    ).fetchall()


def _orphans_of(conn: Rows, key: dict[str, Any]) -> tuple[int, list[str]]:
    columns = [sql.Identifier(name) for name in key["columns"]]
    foreign = [sql.Identifier(name) for name in key["foreign_columns"]]
    row = one(
        conn,
        sql.SQL(
            "SELECT count(*) AS count, (array_agg(key ORDER BY key))[1:{most}] AS examples FROM ("
            "SELECT concat_ws('/', {values}) AS key FROM {child} child "
            "WHERE {named} AND NOT EXISTS (SELECT FROM {parent} parent WHERE {same})) orphan"
        ).format(
            most=sql.Literal(EXAMPLES),
            values=sql.SQL(", ").join(sql.SQL("child.{}").format(name) for name in columns),
            child=sql.Identifier(key["schema"], key["name"]),
            named=sql.SQL(" AND ").join(
                sql.SQL("child.{} IS NOT NULL").format(name) for name in columns
            ),
            parent=sql.Identifier(key["foreign_schema"], key["foreign_name"]),
            same=sql.SQL(" AND ").join(
                sql.SQL("parent.{} = child.{}").format(theirs, ours)
                for ours, theirs in zip(columns, foreign, strict=True)
            ),
        ),
    )
    return row["count"], row["examples"] or []


CHECKS: tuple[Check, ...] = (check_orphans, check_expired)
