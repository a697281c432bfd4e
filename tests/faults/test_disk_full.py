"""The database's disk is full: a plain refusal, nothing acknowledged is lost, and it heals."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from evals.server import running_server
from memory import migrations
from tests.agui import Sent, assert_whole, follow, frames
from tests.faults.invariants import Acknowledged, assert_invariants
from tests.faults.postgres import Postgres, own_postgres
from tests.service import OPERATOR, Server

DISK_MEGABYTES = 160
WAIT_SECONDS = 120.0
LEAST_REFUSED = 5


@contextmanager
def small_disk(postgres: Postgres) -> Iterator[Path]:
    """A disk of its own for a database, in memory."""
    folder = postgres.home / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "tmpfs", str(folder)]
    if os.getuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a disk can only be mounted by root, outside of most containers")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@dataclass
class Rig:
    disk: Path
    server: Server
    operator: httpx2.AsyncClient

    def fill(self) -> None:
        """Leave no byte free."""
        with (self.disk / "filler").open("ab", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"\0" * 65536)
            except OSError as error:
                assert error.errno == errno.ENOSPC

    def free(self) -> None:
        (self.disk / "filler").unlink()

    async def send(self) -> Sent | None:
        """A message that was acknowledged, or None: refused with 503 and when to come back."""
        sent = Sent("hello " * 1000)
        async with self.operator.stream("POST", "/agui", json=sent.body) as response:
            if response.status_code == 200:
                async for _ in frames(response):
                    return sent
            problem = (await response.aread()).decode()
            assert response.status_code == 503, problem
            assert response.headers["Retry-After"] and "disk" not in problem
        return None


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        postgres = await stack.enter_async_context(own_postgres())
        disk = stack.enter_context(small_disk(postgres))
        space = disk / "space"
        space.mkdir()
        os.chown(space, postgres.user, -1)
        with postgres.connect() as conn:
            conn.execute(f"CREATE TABLESPACE small LOCATION '{space}'")  # type: ignore[arg-type]
            conn.execute("CREATE DATABASE mosaic TABLESPACE small")
        url = migrations.with_database(postgres.url, "mosaic")
        server = await stack.enter_async_context(
            running_server(database_url=url, demo=True, environment={"MOSAIC_MODEL": "offline"})
        )
        yield Rig(disk, server, await server.log_in(OPERATOR))


async def test_a_full_disk_refuses_plainly_and_heals_when_there_is_space(rig: Rig) -> None:
    taken: list[Sent] = []
    refused = 0
    rig.fill()
    async with asyncio.timeout(WAIT_SECONDS):
        while refused < LEAST_REFUSED:
            sent = await rig.send()
            if sent is None:
                refused += 1
            else:
                taken.append(sent)
    assert (await rig.operator.get("/threads")).status_code == 200, "what is there can be read"
    rig.free()
    async with asyncio.timeout(WAIT_SECONDS):
        while (sent := await rig.send()) is None:
            """Until there is space for it."""
        taken.append(sent)
        for one in taken:
            assert_whole(await follow(rig.operator, one.run_id, after=0))
    acknowledged = [Acknowledged(one.run_id, one.message_id, one.text.strip()) for one in taken]
    assert_invariants(rig.server.environment["DATABASE_URL"], acknowledged)
