"""The service as a real process, for tests that drive it from outside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from evals.server import CLIENT, OPERATOR, PASSWORD, Server, running_server
from memory import migrations

__all__ = ["CLIENT", "OPERATOR", "PASSWORD", "Server", "running_service", "service"]


@asynccontextmanager
async def running_service(
    server_url: str, *arguments: str, demo: bool = False, **environment: str
) -> AsyncIterator[Server]:
    """A service of the test's own, on a scratch database of the session's PostgreSQL.

    `arguments` go to `mosaic serve` (`"--no-worker"`), `environment` are settings by name
    (`ANTHROPIC_BASE_URL=standin.url`).
    """
    with migrations.scratch_database(server_url) as url:
        async with running_server(
            database_url=url, demo=demo, arguments=arguments, environment=environment
        ) as server:
            yield server


@pytest.fixture(scope="session")
async def service(server_url: str) -> AsyncIterator[Server]:
    """One service for the session: the demo, answered by the offline model. Read, do not break."""
    async with running_service(server_url, demo=True) as server:
        yield server
