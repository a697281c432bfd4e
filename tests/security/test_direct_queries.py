"""What the app role sees when it asks the database directly, whatever the SQL: every table of a
house in use, as another client, as an operator, and as nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import pytest
from psycopg import sql

from evals.server import ServerFailed, log_in
from tests.agui import Sent, send
from tests.security.conftest import House
from tests.security.plants import PLACES, a_client, a_lead, plant, rows_of
from tests.security.traces import Connection
from tests.service import CLIENT

READABLE_BY_ALL = {"feature_flags", "schema_migrations", "embedding_models"}
"""Whether a feature is on, which migrations are applied, which vectors there are: nobody's data."""
SHARED = {"memories", "memory_vectors", "memory_terms"}
"""Tables in which a row without an owner is meant for an audience."""


@asynccontextmanager
async def as_app(conn: Connection, user: str, role: str) -> AsyncIterator[None]:
    """The app role with this identity, for a transaction that is rolled back."""
    async with conn.transaction(force_rollback=True):
        await conn.execute("SET LOCAL ROLE mosaic_app")
        await conn.execute(
            "SELECT set_config('app.user', %s, true), set_config('app.role', %s, true)",
            (user, role),
        )
        yield


async def owners(conn: Connection) -> dict[str, str | None]:
    """Every table of ours, and the column that says whose a row is."""
    rows = await rows_of(
        conn,
        """
        SELECT c.relname AS name,
               CASE WHEN c.relname = 'users' THEN 'id' ELSE
                   (SELECT a.attname FROM pg_constraint k JOIN pg_attribute a
                        ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
                     WHERE k.conrelid = c.oid AND k.contype = 'f'
                       AND k.confrelid = 'users'::regclass LIMIT 1) END AS owner
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
        """,
    )
    return {row["name"]: row["owner"] for row in rows}


async def seen(conn: Connection, table: str, owner: str | None, user: str) -> int:
    """How many rows of others are seen; 0 where even asking is refused."""
    foreign = sql.SQL("true")
    if owner is not None:
        foreign = sql.SQL("{} IS DISTINCT FROM {}").format(sql.Identifier(owner), sql.Literal(user))
        if table in SHARED:
            foreign = sql.SQL("{} <> {}").format(sql.Identifier(owner), sql.Literal(user))
    try:
        async with conn.transaction():
            rows = await conn.execute(
                sql.SQL("SELECT count(*) AS number FROM {} WHERE {}").format(
                    sql.Identifier(table), foreign
                )
            )
            row = await rows.fetchone()
    except psycopg.errors.InsufficientPrivilege:
        return 0
    assert row is not None
    return int(row["number"])


async def erased(conn: Connection, table: str) -> int:
    """How many rows a DELETE without a condition reaches; 0 where it is refused."""
    try:
        async with conn.transaction():
            done = await conn.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ForeignKeyViolation):
        return 0
    return done.rowcount


@pytest.fixture(scope="module")
async def tables(house: House) -> dict[str, str | None]:
    """The tables, once there is something in them."""
    person, _ = await a_client(house.conn)
    await plant(house.conn, PLACES["learning"], "People answer", lead="", owner=person)
    await plant(house.conn, PLACES["evidence"], "Waited", lead="", owner=person)
    await send(house.client, Sent("list_experiments {}"))
    lead = await a_lead(house.conn)
    made = await house.operator.post("/api/tools/start_build", json={"lead": lead})
    assert made.status_code == 202
    await send(house.operator, Sent("get_failures {}"))
    with pytest.raises(ServerFailed, match="401"):
        await log_in(house.service.client(), CLIENT, "not the password")
    found = await owners(house.conn)
    filled = {name for name in found if await seen(house.conn, name, None, "")}
    assert filled >= {
        "users", "sessions", "threads", "messages", "runs", "run_events", "tool_calls",
        "receipts", "experiments", "learning_data", "capability_evidence", "memories", "leads",
        "artifacts", "pipeline_runs", "approvals", "audit_log", "login_attempts", "service_keys",
        "learning_items", "integration_health", "operator_settings",
    }  # fmt: skip
    return found


async def test_a_client_sees_their_own_rows_and_nothing_else(
    house: House, tables: dict[str, str | None]
) -> None:
    stranger, _ = await a_client(house.conn)
    for user in (stranger, ""):
        async with as_app(house.conn, user, "client"):
            for table, owner in tables.items():
                if table not in READABLE_BY_ALL:
                    assert await seen(house.conn, table, owner, user) == 0, (table, user)


async def test_an_operator_sees_the_business_and_no_clients_rows(
    house: House, tables: dict[str, str | None]
) -> None:
    operator = await house.id_of(house.operator)
    closed = 0
    async with as_app(house.conn, operator, "operator"):
        for table, owner in tables.items():
            # What an operator asked for stands in the business's own inbox.
            if owner is not None and table != "approvals":
                assert await seen(house.conn, table, owner, operator) == 0, table
                closed += 1
        assert await seen(house.conn, "leads", None, "") > 0
        for table in ("login_attempts", "service_keys", "provider_breakers"):
            assert await seen(house.conn, table, None, "") == 0, table
    assert closed >= 15


async def test_a_role_that_is_none_sees_nothing(
    house: House, tables: dict[str, str | None]
) -> None:
    for role in ("", "admin", "system", "operator "):
        async with as_app(house.conn, "", role):
            for table, owner in tables.items():
                if table not in READABLE_BY_ALL:
                    assert await seen(house.conn, table, owner, "") == 0, (table, role)


@pytest.mark.parametrize("role", ["client", "operator"])
async def test_nobody_deletes_what_is_not_theirs(
    house: House, tables: dict[str, str | None], role: str
) -> None:
    user, _ = await a_client(house.conn)
    async with as_app(house.conn, user, role):
        for table, owner in tables.items():
            if role == "client" or owner is not None:
                reached = await erased(house.conn, table)
                own = {"sessions", "experiments", "users", *SHARED}
                assert reached == 0 or table in own, (table, reached)
