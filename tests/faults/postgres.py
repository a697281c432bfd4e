"""A PostgreSQL of a test's own, which it may stop, kill and start again."""

from __future__ import annotations

import asyncio
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import psutil
import psycopg

from memory import embedded


class Postgres:
    """The server of a folder, running or not."""

    def __init__(self, home: Path) -> None:
        self.url = embedded.start(home)
        self.home = home
        self._data = home / "postgres"
        pid = int((self._data / "postmaster.pid").read_text().split()[0])
        postmaster = psutil.Process(pid)
        self._control = Path(postmaster.exe()).with_name("pg_ctl")
        self.user = postmaster.uids().real
        self._options = shlex.join(postmaster.cmdline()[1:])

    def connect(self) -> psycopg.Connection[Any]:
        """A connection of its superuser."""
        return psycopg.connect(self.url, autocommit=True)

    async def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Stop it: "fast" cuts every connection, "immediate" is a crash, to be recovered from."""
        await self._run("-m", mode, "stop")

    async def start(self) -> None:
        """Start it as it was; returns when it takes connections."""
        await self._run("-w", "-o", self._options, "-l", str(self._data / "log"), "start")

    async def _run(self, *arguments: str) -> None:
        command = [str(self._control), "-D", str(self._data), *arguments]
        await asyncio.to_thread(
            subprocess.run,
            command,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=self.user,
            cwd=self._data,
        )


@asynccontextmanager
async def own_postgres() -> AsyncIterator[Postgres]:
    """A server of one's own, gone at the end."""
    home = Path(tempfile.mkdtemp(prefix="mosaic-postgres-"))
    try:
        yield await asyncio.to_thread(Postgres, home)
    finally:
        await asyncio.to_thread(embedded.stop, home)
        shutil.rmtree(home, ignore_errors=True)
