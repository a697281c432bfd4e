"""The audit log only grows, and a touched row shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from memory import audit
from memory.caller import SYSTEM
from memory.pool import Connection, get_conn
from tests.conftest import MakeCaller


@pytest.fixture
async def superuser(pool: None, database_url: str) -> AsyncIterator[Connection]:
    """Somebody with full power over the database, whose tampering is rolled back."""
    async with await AsyncConnection.connect(database_url, row_factory=dict_row) as conn:
        yield conn
        await conn.rollback()


@pytest.fixture
async def last(make_caller: MakeCaller) -> int:
    """The id of the newest of some rows."""
    operator = await make_caller("operator")
    async with get_conn(operator) as conn:
        for number in range(4):
            await audit.append(
                conn, operator.user_id, "test.done", f"things/{number}", {"b": 1, "a": [None, 0.5]}
            )
        row = await (await conn.execute("SELECT max(id) AS id FROM audit_log")).fetchone()
        assert row is not None
        return int(row["id"])


async def test_an_untouched_chain_holds(superuser: Connection, last: int) -> None:
    assert await audit.verify_chain(superuser) is None


@pytest.mark.parametrize(
    ("tampering", "broken"),
    [
        ("UPDATE audit_log SET actor = 'nobody' WHERE id = %(id)s - 2", -2),
        ("UPDATE audit_log SET action = 'test.undone' WHERE id = %(id)s - 2", -2),
        ("UPDATE audit_log SET subject = 'things/9' WHERE id = %(id)s - 2", -2),
        ("UPDATE audit_log SET detail = '{\"b\": 2}' WHERE id = %(id)s - 2", -2),
        ("UPDATE audit_log SET at = at - interval '1 microsecond' WHERE id = %(id)s - 2", -2),
        ("UPDATE audit_log SET hash = sha256('x') WHERE id = %(id)s - 2", -2),
        ("DELETE FROM audit_log WHERE id = %(id)s - 2", -1),
        (
            "UPDATE audit_log t SET actor = 'nobody', hash = audit_hash(jsonb_populate_record("
            't, \'{"actor": "nobody"}\')) WHERE id = %(id)s - 2',
            -1,
        ),
    ],
)
async def test_a_tampered_row_is_found(
    superuser: Connection, last: int, tampering: str, broken: int
) -> None:
    done = await superuser.execute(tampering, {"id": last})
    assert done.rowcount == 1
    assert await audit.verify_chain(superuser) == last + broken


@pytest.mark.parametrize("role", ["mosaic_app", "mosaic_system"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET actor = 'nobody'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "INSERT INTO audit_log (id, at, actor, action, subject, prev_hash, hash) "
        "VALUES (1, now(), 'a', 'b', 'c', '', '')",
    ],
)
async def test_neither_role_changes_what_is_there(
    superuser: Connection, last: int, role: str, statement: str
) -> None:
    await superuser.execute(f"SET LOCAL ROLE {role}")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await superuser.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET actor = 'nobody'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
    ],
)
async def test_nor_does_anybody_with_the_privilege_who_is_no_superuser(
    superuser: Connection, last: int, statement: str
) -> None:
    await superuser.execute("GRANT UPDATE, DELETE, TRUNCATE ON audit_log TO mosaic_system")
    await superuser.execute("SET LOCAL ROLE mosaic_system")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        await superuser.execute(statement)


async def test_a_client_writes_its_own_acts_and_reads_none(
    make_caller: MakeCaller, last: int
) -> None:
    client = await make_caller("client")
    async with get_conn(client) as conn:
        await audit.append(conn, client.user_id, "account.exported", f"users/{client.user_id}")
        assert await (await conn.execute("SELECT FROM audit_log")).fetchall() == []
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with get_conn(client) as conn:
            await audit.append(conn, "somebody-else", "account.exported", "users/x")
    async with get_conn(SYSTEM) as conn:
        rows = await conn.execute(
            "SELECT id, action FROM audit_log WHERE actor = %s ORDER BY id", (client.user_id,)
        )
        [exported, refused] = await rows.fetchall()
        assert exported["id"] > last
        assert (exported["action"], refused["action"]) == ("account.exported", "database.refused")
        assert await audit.verify_chain(conn) is None


async def test_many_at_once_make_one_chain(make_caller: MakeCaller) -> None:
    operator = await make_caller("operator")

    async def write(number: int) -> None:
        async with get_conn(operator) as conn:
            await audit.append(conn, operator.user_id, "test.at_once", str(number))
            if number % 4 == 0:
                await conn.rollback()

    await asyncio.gather(*(write(number) for number in range(16)))
    async with get_conn(SYSTEM) as conn:
        rows = await conn.execute("SELECT id FROM audit_log WHERE actor = %s", (operator.user_id,))
        assert len(await rows.fetchall()) == 12
        assert await audit.verify_chain(conn) is None
