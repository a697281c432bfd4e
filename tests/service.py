"""The service as a real process, for tests that drive it from outside."""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import httpx2
import psycopg
import pytest
from psycopg.rows import dict_row

from evals.server import (
    CLIENT,
    OPERATOR,
    PASSWORD,
    START_SECONDS,
    Launch,
    Process,
    Server,
    ServerFailed,
    running_server,
)
from memory import migrations
from memory.sessions import start_session
from tests import warm
from tests.command import mosaic
from tests.phrases import trained

__all__ = ["CLIENT", "OPERATOR", "PASSWORD", "Server", "running_service", "service"]

QUIET = {"MOSAIC_SUMMARY_DAILY_COST_USD": "0"}
"""Models are asked for answers alone: a summary made meanwhile would be counted as one."""


class Common:
    """What the services of one test run need not each make anew: a migrated database to copy,
    with the demo and without."""

    def __init__(self, server_url: str, stack: ExitStack) -> None:
        self._server_url = server_url
        self._stack = stack
        self._templates: dict[tuple[bool, bool], str] = {}
        self._making = threading.Lock()

    def template(self, demo: bool, embedded: bool) -> str:
        """The name of a database that nobody is connected to, with the demo, its memories with
        MiniLM's vectors."""
        kind = (demo, demo and embedded)
        with self._making:
            if kind not in self._templates:
                url = self._stack.enter_context(migrations.scratch_database(self._server_url))
                migrations.up(url)
                if demo:
                    asyncio.run(self._load_demo(url, embedded))
                self._templates[kind] = str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])
            return self._templates[kind]

    async def _load_demo(self, url: str, embedded: bool) -> None:
        with tempfile.TemporaryDirectory() as home:
            worker = Process(Path(home), {"DATABASE_URL": url}, ("worker",), warm.launch)
            code, _, errors = await mosaic(worker, "demo")
            if code:
                raise ServerFailed(f"mosaic demo: {errors}")
            if embedded:
                await worker.begin()
                await asyncio.to_thread(_until_filled, url)
                await worker.close()


def _until_filled(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        ends = time.monotonic() + START_SECONDS
        while conn.execute("SELECT 1 FROM memories_waiting LIMIT 1").fetchone():
            if time.monotonic() > ends:
                raise ServerFailed("The demo's memories got no vectors.")
            time.sleep(0.05)


class Entered(Server):
    """A service that is entered without the password, whose hashing is slow on purpose: most
    tests are about something else, and log-in has its own."""

    async def log_in(self, email: str, password: str = PASSWORD) -> httpx2.AsyncClient:
        """A client of a new session, begun as the service begins one; `evals.server.log_in` asks
        for the password."""
        client = self.client()
        client.headers["Authorization"] = f"Bearer {await self.new_token(email)}"
        return client

    async def new_token(self, email: str) -> str:
        """The token of a new session. Raises ServerFailed when nobody has this address."""
        async with await psycopg.AsyncConnection.connect(
            self.environment["DATABASE_URL"], row_factory=dict_row
        ) as conn:
            found = await conn.execute(
                "SELECT id, set_config('app.role', 'system', true) FROM users WHERE email = %s",
                (email,),
            )
            row = await found.fetchone()
            token = row and await start_session(conn, row["id"], None)
        if not token:
            raise ServerFailed(f"Nobody can log in as {email}.")
        return token


_common: dict[str, Common] = {}


@contextmanager
def services_on(server_url: str) -> Iterator[None]:
    """Services can be run on this PostgreSQL for as long as the block lasts."""
    with ExitStack() as stack:
        _common[server_url] = Common(server_url, stack)
        stack.callback(_common.pop, server_url)
        yield


@contextmanager
def migrated_database(server_url: str) -> Iterator[str]:
    """The URL of a migrated database of the caller's own, copied from one that is made once."""
    template = _common[server_url].template(demo=False, embedded=False)
    with migrations.scratch_database(server_url, template) as url:
        yield url


@asynccontextmanager
async def running_service(
    server_url: str,
    *arguments: str,
    demo: bool = False,
    launch: Launch = warm.launch,
    **environment: str,
) -> AsyncIterator[Server]:
    """A service of the test's own, on a scratch database of the session's PostgreSQL.

    `arguments` go to `mosaic serve` (`"--no-worker"`), `environment` are settings by name
    (`ANTHROPIC_BASE_URL=standin.url`).
    """
    common = _common[server_url]
    embedded = environment.get("MOSAIC_EMBEDDER", "minilm") == "minilm"
    await asyncio.to_thread(trained)
    template = await asyncio.to_thread(common.template, demo, embedded)
    with (
        migrations.scratch_database(server_url, template) as url,
        tempfile.TemporaryDirectory(prefix="mosaic-server-") as folder,
    ):
        async with running_server(
            database_url=url,
            home=Path(folder),
            demo=demo,
            arguments=arguments,
            environment={**QUIET, **environment},
            launch=launch,
            kind=Entered,
        ) as server:
            yield server


@pytest.fixture(scope="session")
async def service(server_url: str) -> AsyncIterator[Server]:
    """One service for the session: the demo, answered by the offline model. Read, do not break."""
    async with running_service(server_url, demo=True) as server:
        yield server
