"""The one way in to Postgres: `async with get_conn(caller) as conn`.

A connection is a transaction bound to the caller: its identity is set for that
transaction alone, and row-level security answers accordingly.

Connections come in lanes, so that one kind of work cannot starve another: a flood of requests
leaves the runs theirs, and the health check has one of its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import psycopg
from pgvector.psycopg.halfvec import register_halfvec_info
from psycopg import AsyncConnection, sql
from psycopg.rows import dict_row
from psycopg.types import TypeInfo
from psycopg_pool import AsyncConnectionPool, PoolTimeout, TooManyRequests

from errors import ConfigError, Unavailable
from log import get_logger
from memory import audit
from memory.caller import SYSTEM, Caller

logger = get_logger(__name__)

Connection = AsyncConnection[dict[str, Any]]

_OPTIONS = (
    "-c search_path=public,jobs,checkpoints -c timezone=UTC "
    "-c statement_timeout=15000 -c lock_timeout=4000 "
    "-c idle_in_transaction_session_timeout=30000"
)
SESSION_OPTIONS = f"-c role=mosaic_app {_OPTIONS}"
_SYSTEM_OPTIONS = f"-c role=mosaic_system {_OPTIONS}"

Lane = Literal["runs", "requests", "health"]


@dataclass(frozen=True)
class Waiting:
    """How long (seconds) and how many may wait for a connection of a lane."""

    seconds: float
    most: int


WAITING: dict[Lane, Waiting] = {
    "runs": Waiting(4.0, 500),
    "requests": Waiting(2.0, 200),
    "health": Waiting(1.0, 50),
}

_Pool = AsyncConnectionPool[Connection]

_pools: dict[Lane, _Pool] = {}
_system_pools: dict[Lane, _Pool] = {}
_lane: ContextVar[Lane] = ContextVar("lane", default="runs")


async def open_pool(url: str, *, max_size: int = 20) -> None:
    """Open the pools of this process as the app role: `max_size` connections, half of them for
    requests and half for runs, a part of either as the service itself, and one for the health
    check. Raises ConfigError without a database."""
    half = max(2, max_size // 2)
    of_system = half * 3 // 10
    lanes: tuple[Lane, ...] = ("runs", "requests")
    for lane in lanes:
        _pools[lane] = _make_pool(url, lane, half - of_system)
        if of_system:
            _system_pools[lane] = _make_pool(url, lane, of_system, _SYSTEM_OPTIONS)
    _pools["health"] = _make_pool(url, "health", 1)
    try:
        for pool in _all_pools():
            await pool.open(wait=True, timeout=10)
    except PoolTimeout as error:
        await close_pool()
        raise ConfigError(
            "No database: PostgreSQL did not answer within 10 s. Check DATABASE_URL and that "
            "the server runs, then `mosaic migrate up`."
        ) from error
    logger.info("postgres pool created", max_size=max_size)


def _make_pool(url: str, lane: Lane, size: int, options: str = SESSION_OPTIONS) -> _Pool:
    return AsyncConnectionPool(
        url,
        connection_class=AsyncConnection[dict[str, Any]],
        kwargs={"row_factory": dict_row, "options": options},
        configure=_configure,
        min_size=min(2, size),
        max_size=size,
        max_waiting=WAITING[lane].most,
        timeout=WAITING[lane].seconds,
        name=lane,
        open=False,
    )


async def _configure(conn: Connection) -> None:
    """Transactions begin where we say so; vectors travel in their binary form."""
    await conn.set_autocommit(True)
    if (halfvec := await TypeInfo.fetch(conn, "halfvec")) is not None:
        register_halfvec_info(conn, halfvec)


async def close_pool() -> None:
    """Close this process's pools; nothing happens when there are none."""
    pools = _all_pools()
    _pools.clear()
    _system_pools.clear()
    for pool in pools:
        await pool.close()


def _all_pools() -> list[_Pool]:
    return [*_pools.values(), *_system_pools.values()]


def get_pool() -> _Pool:
    """The open pool of the runs, for the job queue, which brings its own transactions."""
    return _pool_of("runs")


def _pool_of(lane: Lane) -> _Pool:
    if lane not in _pools:
        raise ConfigError("The database pool is not open; call open_pool first.")
    return _pools[lane]


@dataclass(frozen=True)
class Use:
    """Connections of a lane: in use, free, and the most there may be; and who waits for one."""

    used: int
    idle: int
    most: int
    waiting: int


def pool_use() -> dict[Lane, Use]:
    """How the open pools are used now, by lane."""
    use = {}
    for lane in _pools:
        pools = [pools[lane] for pools in (_pools, _system_pools) if lane in pools]
        now = [pool.get_stats() for pool in pools]
        size, idle, waiting = (
            sum(stats.get(name, 0) for stats in now)
            for name in ("pool_size", "pool_available", "requests_waiting")
        )
        use[lane] = Use(size - idle, idle, sum(pool.max_size for pool in pools), waiting)
    return use


@contextmanager
def use_lane(lane: Lane) -> Iterator[None]:
    """Take the connections of the block from this lane instead of from the runs' own."""
    token = _lane.set(lane)
    try:
        yield
    finally:
        _lane.reset(token)


@asynccontextmanager
async def get_conn(caller: Caller) -> AsyncIterator[Connection]:
    """A connection in a transaction bound to `caller`; commits at the end, rolls back on error.

    Raises Unavailable (503) when no connection is free in time or the database is down. What the
    database itself refuses the caller is noted in the audit log.
    """
    async with _taken(_pool_of(_lane.get())) as conn:
        try:
            async with conn:
                await conn.execute(_begin(caller))
                yield conn
        except psycopg.errors.InsufficientPrivilege as error:
            await _note_refusal(conn, caller, error.diag.message_primary or "")
            raise


@asynccontextmanager
async def get_system_conn() -> AsyncIterator[Connection]:
    """A connection as the service itself, for one short statement that waits for nobody: it is a
    transaction of its own, and takes one round trip instead of the three of `get_conn(SYSTEM)`.
    Raises Unavailable as that does."""
    lane = _lane.get()
    if lane in _system_pools:
        async with _taken(_system_pools[lane]) as conn:
            yield conn
    else:
        async with get_conn(SYSTEM) as conn:
            yield conn


@asynccontextmanager
async def _taken(pool: _Pool) -> AsyncIterator[Connection]:
    try:
        conn = await pool.getconn()
    except (PoolTimeout, TooManyRequests) as error:
        raise Unavailable(
            "The database is busy or down. Nothing was changed; try again in a moment.",
            code="database_busy",
            retry_after=2,
        ) from error
    try:
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


async def _note_refusal(conn: Connection, caller: Caller, said: str) -> None:
    """Row-level security or a gate of the database stopped something: no way of ours leads there,
    so it is a mistake or an attempt."""
    logger.error("refused by the database", user_id=caller.user_id, said=said)
    if caller.user_id:
        async with conn:
            await conn.execute(_begin(caller))
            await audit.append(conn, caller.user_id, "database.refused", "database", {"said": said})


@lru_cache(maxsize=4096)
def _begin(caller: Caller) -> bytes:
    """BEGIN and the identity in one round trip."""
    if caller.role == "system":
        return b"BEGIN; SET LOCAL ROLE mosaic_system"
    statement = sql.SQL(
        "BEGIN; SELECT set_config('app.user', {}, true), set_config('app.role', {}, true)"
    ).format(sql.Literal(caller.user_id), sql.Literal(caller.role))
    return statement.as_bytes(None)
