"""The one way in to Postgres: `async with get_conn(caller) as conn`.

A connection is a transaction bound to the caller: its identity is set for that
transaction alone, and row-level security answers accordingly.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import AsyncConnection, sql
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout, TooManyRequests

from errors import ConfigError, Unavailable
from log import get_logger
from memory.caller import Caller

logger = get_logger(__name__)

Connection = AsyncConnection[dict[str, Any]]

SESSION_OPTIONS = (
    "-c role=mosaic_app -c search_path=public,jobs,checkpoints "
    "-c statement_timeout=15000 -c lock_timeout=5000 "
    "-c idle_in_transaction_session_timeout=30000"
)
ACQUIRE_TIMEOUT = 3.0

_pool: AsyncConnectionPool[Connection] | None = None


async def open_pool(url: str, *, max_size: int = 20) -> AsyncConnectionPool[Connection]:
    """Open the pool of this process as the app role. Raises ConfigError without a database."""
    global _pool
    pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
        url,
        connection_class=AsyncConnection[dict[str, Any]],
        kwargs={"row_factory": dict_row, "options": SESSION_OPTIONS},
        configure=_begin_explicitly,
        min_size=2,
        max_size=max_size,
        max_waiting=200,
        timeout=ACQUIRE_TIMEOUT,
        open=False,
    )
    try:
        await pool.open(wait=True, timeout=10)
    except PoolTimeout as error:
        await pool.close()
        raise ConfigError(
            "No database: PostgreSQL did not answer within 10 s. Check DATABASE_URL and that "
            "the server runs, then `mosaic migrate up`."
        ) from error
    _pool = pool
    logger.info("postgres pool created", max_size=max_size)
    return pool


async def _begin_explicitly(conn: Connection) -> None:
    await conn.set_autocommit(True)


async def close_pool() -> None:
    """Close this process's pool; nothing happens when there is none."""
    global _pool
    if _pool is not None:
        await _pool.close()
        _pool = None


def get_pool() -> AsyncConnectionPool[Connection]:
    """The open pool, for the job queue, which brings its own transactions."""
    if _pool is None:
        raise ConfigError("The database pool is not open; call open_pool first.")
    return _pool


@asynccontextmanager
async def get_conn(caller: Caller) -> AsyncIterator[Connection]:
    """A connection in a transaction bound to `caller`; commits at the end, rolls back on error.

    Raises Unavailable (503) when no connection is free in time or the database is down.
    """
    pool = get_pool()
    try:
        conn = await pool.getconn()
    except (PoolTimeout, TooManyRequests) as error:
        raise Unavailable(
            "The database is busy or down. Nothing was changed; try again in a moment.",
            code="database_busy",
            retry_after=2,
        ) from error
    try:
        async with conn:
            await conn.execute(_begin(caller))
            yield conn
    except psycopg.OperationalError as error:
        logger.error("database operation failed", error_type=type(error).__name__, exc_info=True)
        raise Unavailable(
            "The database did not answer. Nothing was changed; try again in a moment.",
            code="database_down",
            retry_after=2,
        ) from error
    finally:
        await pool.putconn(conn)


@lru_cache(maxsize=4096)
def _begin(caller: Caller) -> bytes:
    """BEGIN and the identity in one round trip."""
    if caller.role == "system":
        return b"BEGIN; SET LOCAL ROLE mosaic_system"
    statement = sql.SQL(
        "BEGIN; SELECT set_config('app.user', {}, true), set_config('app.role', {}, true)"
    ).format(sql.Literal(caller.user_id), sql.Literal(caller.role))
    return statement.as_bytes(None)
