"""The product's time is the database's, in UTC whatever zone that stands in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg import sql

from memory.caller import SYSTEM
from memory.clock import DatabaseClock
from memory.pool import close_pool, get_conn, open_pool


@pytest.fixture
async def abroad(pool: None, database_url: str) -> AsyncIterator[None]:
    """The database stands in New York, as one that was made on a machine there does."""
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as owner:
        name = sql.Identifier(owner.info.dbname)
        away = sql.SQL("ALTER DATABASE {} SET timezone = 'America/New_York'").format(name)
        await owner.execute(away)
        await close_pool()
        await open_pool(database_url, max_size=8)
        yield
        await owner.execute(sql.SQL("ALTER DATABASE {} RESET timezone").format(name))
        await close_pool()
        await open_pool(database_url, max_size=8)


async def test_it_is_utc_wherever_the_database_stands(abroad: None) -> None:
    clock = DatabaseClock()
    await clock.start()
    assert clock().tzinfo is UTC
    assert abs(clock() - datetime.now(UTC)) < timedelta(seconds=5)
    async with get_conn(SYSTEM) as conn:
        row = await (await conn.execute("SELECT now() AS now, now()::text AS text")).fetchone()
    assert row is not None
    # Two times of one zone are subtracted as its clocks show them, an hour off twice a year.
    assert row["now"].utcoffset() == timedelta(0) and row["text"].endswith("+00")
