"""The database that the settings name, for services and commands. Imports nothing of the agent, so
that a command starts at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from memory import embedded, migrations
from memory.pool import close_pool, open_pool
from settings import Settings


def database_url(settings: Settings) -> str:
    """The configured database, or the embedded one, started if need be."""
    return settings.database_url or embedded.start(settings.home)


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[str]:
    """For a command: the pool, open on a migrated database; gives the newest migration's name.

    Raises ConfigError when the database is missing or its migrations are not applied.
    """
    url = await asyncio.to_thread(database_url, settings)
    migration = await asyncio.to_thread(migrations.check, url)
    await open_pool(url, max_size=4)
    try:
        yield migration
    finally:
        await close_pool()
