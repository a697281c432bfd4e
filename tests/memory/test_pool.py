"""The caller's identity is set for one transaction and never leaks into the next."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import psycopg
import pytest
from psycopg.pq import TransactionStatus

from memory.caller import SYSTEM, Caller
from memory.pool import (
    Connection,
    close_pool,
    get_conn,
    get_system_conn,
    open_pool,
    pool_use,
    use_lane,
)
from tests.conftest import MakeCaller


async def identity(caller: Caller) -> tuple[str, str, str]:
    async with get_conn(caller) as conn:
        return await identity_of(conn)


async def identity_of(conn: Connection) -> tuple[str, str, str]:
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


async def test_a_statement_of_the_service_is_a_transaction(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    async with get_system_conn() as conn:
        assert await identity_of(conn) == ("mosaic_system", "", "")
        await conn.execute(
            "UPDATE users SET display_name = 'kept' WHERE id = %s", (caller.user_id,)
        )
        assert conn.info.transaction_status == TransactionStatus.IDLE
    with pytest.raises(psycopg.errors.UndefinedTable):
        async with get_system_conn() as conn:
            await conn.execute("UPDATE nowhere SET display_name = 'lost'")
    async with get_conn(caller) as conn:
        row = await (await conn.execute("SELECT display_name FROM users")).fetchone()
    assert row == {"display_name": "kept"}
    assert await identity(caller) == ("mosaic_app", caller.user_id, caller.role)


async def test_the_service_has_connections_of_its_own_in_each_lane(
    pool: None, database_url: str
) -> None:
    await close_pool()
    await open_pool(database_url, max_size=20)
    try:
        assert {lane: use.most for lane, use in pool_use().items()} == {
            "runs": 10,
            "requests": 10,
            "health": 1,
        }
        async with AsyncExitStack() as held:
            # Whoever takes all connections of the callers leaves the service its own.
            for _ in range(7):
                await held.enter_async_context(get_conn(SYSTEM))
            async with get_system_conn() as conn:
                assert (await identity_of(conn))[0] == "mosaic_system"
            with use_lane("requests"):
                async with get_system_conn() as conn:
                    assert (await identity_of(conn))[0] == "mosaic_system"
        with use_lane("health"):
            async with get_system_conn() as conn:
                assert (await identity_of(conn))[0] == "mosaic_system"
    finally:
        await close_pool()
        await open_pool(database_url, max_size=8)
