"""One real PostgreSQL for the whole test run, migrated once; rows are made by the tests."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from memory import embedded
from memory.caller import SYSTEM, Caller, Role
from memory.pool import close_pool, get_conn, open_pool
from tests.service import migrated_database, service, services_on

__all__ = ["service"]

SLOW = ("evals", "faults", "security", "ui", "api")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The folders whose tests start processes come first, so that workers that take file after
    file end with short ones, at the same time."""
    folders = [Path(__file__).parent / name for name in SLOW]
    items.sort(key=lambda item: not any(item.path.is_relative_to(folder) for folder in folders))


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """The URL of a PostgreSQL server of this run's own (or TEST_DATABASE_URL)."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        with services_on(url):
            yield url
        return
    home = Path(tempfile.mkdtemp(prefix="mosaic-test-"))
    url = embedded.start(home)
    with psycopg.connect(url, autocommit=True) as admin:
        # The tests kill processes, never the machine.
        admin.execute("ALTER SYSTEM SET fsync = off")
        admin.execute("ALTER SYSTEM SET max_connections = 300")
        admin.execute("SELECT pg_reload_conf()")
    with services_on(url):
        yield url
    embedded.stop(home)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def database_url(server_url: str) -> Iterator[str]:
    """A migrated database."""
    with migrated_database(server_url) as url:
        yield url


@pytest.fixture(scope="session")
async def pool(database_url: str) -> AsyncIterator[None]:
    """The pool of `memory.pool`, open on the migrated database."""
    await open_pool(database_url, max_size=8)
    yield
    await close_pool()


MakeCaller = Callable[..., Awaitable[Caller]]


@pytest.fixture(scope="session")
def make_caller(pool: None) -> MakeCaller:
    """Creates a person in the database: `await make_caller("client")`."""

    async def make(role: Role = "client", time_zone: str = "UTC") -> Caller:
        user_id = uuid4().hex
        async with get_conn(SYSTEM) as conn:
            await conn.execute(
                "INSERT INTO users (id, email, password_hash, role, time_zone) "
                "VALUES (%s, %s, 'none', %s, %s)",
                (user_id, f"{user_id}@test.local", role, time_zone),
            )
        return Caller(user_id=user_id, role=role, time_zone=time_zone)

    return make
