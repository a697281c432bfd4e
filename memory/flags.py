"""Feature flags: rows in the database, read when they are needed, so that off means off at once."""

from __future__ import annotations

from memory.pool import Connection


async def enabled(conn: Connection) -> frozenset[str]:
    """The names of the flags that are on."""
    rows = await (
        await conn.execute("SELECT flag_name FROM feature_flags WHERE enabled")
    ).fetchall()
    return frozenset(row["flag_name"] for row in rows)


async def all_flags(conn: Connection) -> dict[str, bool]:
    """Every flag and whether it is on."""
    rows = await (
        await conn.execute("SELECT flag_name, enabled FROM feature_flags ORDER BY flag_name")
    ).fetchall()
    return {row["flag_name"]: row["enabled"] for row in rows}


async def set_flag(conn: Connection, name: str, enabled: bool) -> bool:
    """Turn a flag on or off, as the service itself; False when there is no such flag."""
    done = await conn.execute(
        "UPDATE feature_flags SET enabled = %s, updated_at = now() WHERE flag_name = %s",
        (enabled, name),
    )
    return done.rowcount == 1
