"""The caller's identity is set for one transaction and never leaks into the next."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from memory.caller import SYSTEM, Caller
from memory.pool import get_conn
from tests.conftest import MakeCaller


async def identity(caller: Caller) -> tuple[str, str, str]:
    async with get_conn(caller) as conn:
        row = await (
            await conn.execute(
                "SELECT current_user::text AS role, "
                "coalesce(current_setting('app.user', true), '') AS person, "
                "coalesce(current_setting('app.role', true), '') AS audience"
            )
        ).fetchone()
    assert row is not None
    return row["role"], row["person"], row["audience"]


async def test_identity_never_leaks_between_pooled_transactions(pool: None) -> None:
    callers = [Caller(f"person-{n}", "operator" if n % 2 else "client") for n in range(20)]
    seen = await asyncio.gather(*(identity(c) for c in [*callers, SYSTEM] * 5))
    expected = [("mosaic_app", c.user_id, c.role) for c in callers] + [("mosaic_system", "", "")]
    assert seen == expected * 5


async def test_identity_is_quoted(pool: None) -> None:
    name = "x'); SET ROLE postgres; --"
    assert await identity(Caller(name, "client")) == ("mosaic_app", name, "client")


async def test_an_error_rolls_back(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    with pytest.raises(psycopg.errors.UniqueViolation):
        async with get_conn(caller) as conn:
            await conn.execute("UPDATE users SET display_name = 'changed'")
            await conn.execute(
                "INSERT INTO threads (id, owner_id) VALUES ('twice', %s), ('twice', %s)",
                (caller.user_id, caller.user_id),
            )
    async with get_conn(caller) as conn:
        row = await (await conn.execute("SELECT display_name FROM users")).fetchone()
    assert row == {"display_name": None}


async def test_a_person_reads_and_writes_only_their_own_rows(make_caller: MakeCaller) -> None:
    mine, other = await make_caller(), await make_caller()
    async with get_conn(mine) as conn:
        await conn.execute(
            "INSERT INTO threads (id, owner_id) VALUES ('of-mine', %s)", (mine.user_id,)
        )
    async with get_conn(other) as conn:
        assert await (await conn.execute("SELECT * FROM threads")).fetchall() == []
        assert (await conn.execute("UPDATE threads SET title = 'stolen'")).rowcount == 0
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with get_conn(other) as conn:
            await conn.execute(
                "INSERT INTO threads (id, owner_id) VALUES ('planted', %s)", (mine.user_id,)
            )
