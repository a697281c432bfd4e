"""Every table with personal or business data is closed by default, also to its owner."""

from __future__ import annotations

from memory.caller import SYSTEM
from memory.pool import get_conn

# The job queue holds ids only; checkpoints live as long as their run; neither is reached
# with a caller's identity. schema_migrations is no one's data.
OPEN_TABLES = {"schema_migrations"}


async def test_every_table_has_forced_row_security_and_a_policy(pool: None) -> None:
    async with get_conn(SYSTEM) as conn:
        rows = await (
            await conn.execute(
                """
                SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS forced,
                       EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid) AS policy
                  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                 WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
                """
            )
        ).fetchall()
    tables = {row["name"]: (row["forced"], row["policy"]) for row in rows}
    assert len(tables) > 10
    exposed = {name for name, closed in tables.items() if closed != (True, True)}
    assert exposed == OPEN_TABLES


async def test_the_app_roles_have_no_special_powers(pool: None) -> None:
    async with get_conn(SYSTEM) as conn:
        rows = await (
            await conn.execute(
                "SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles "
                "WHERE rolname IN ('mosaic_app', 'mosaic_system')"
            )
        ).fetchall()
    assert rows == [{"rolsuper": False, "rolbypassrls": False, "rolcreaterole": False}] * 2


async def test_every_foreign_key_has_an_index(pool: None) -> None:
    async with get_conn(SYSTEM) as conn:
        rows = await (
            await conn.execute(
                """
                SELECT c.conrelid::regclass::text AS name, c.conname FROM pg_constraint c
                  JOIN pg_namespace n ON n.oid = c.connamespace
                 WHERE c.contype = 'f' AND n.nspname = 'public'
                   AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.conrelid
                                   AND i.indkey[0] = c.conkey[1])
                """
            )
        ).fetchall()
    assert rows == []
