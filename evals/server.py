"""A Mosaic server of one's own: a real process on a free port, with its own home and database."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Protocol

import httpx2
import psutil

from memory import embedded, migrations

ROOT = Path(__file__).parent.parent
CACHE = ROOT / ".mosaic" / "cache"
"""What is computed from the program alone, as the vectors of its phrasings: private servers have
it in common, and with the service of this checkout."""
SETTINGS = ("MOSAIC_", "ANTHROPIC_", "CLAUDE_", "DATABASE_URL", "EMBEDDINGS_", "COACH_")
"""How the names of settings begin: a private server takes none of them from its surroundings."""
GENEROUS = {
    "MOSAIC_USER_MESSAGES_PER_MINUTE": "1000000",
    "MOSAIC_USER_WAITING_RUNS": "100000",
    "MOSAIC_WAITING_RUNS": "100000",
    "MOSAIC_USER_STREAMS": "100000",
    "MOSAIC_DAILY_COST_USD": "1000000",
    "MOSAIC_USER_DAILY_COST_USD": "1000000",
    "MOSAIC_DAILY_TOKENS": "1000000000000",
    "MOSAIC_USER_DAILY_TOKENS": "1000000000000",
}
"""Limits that a private server does not have: its one or two people ask for a hundred."""
OPERATOR = "operator@demo.local"
CLIENT = "client@demo.local"
PASSWORD = "mosaic-demo"  # noqa: S105 - the demo's published password
START_SECONDS = 180.0
STOP_SECONDS = 25.0
LOG_TAIL = 2000


class ServerFailed(Exception):
    """The server did not come up or go down; the end of its log says why."""


class Child(Protocol):
    """A process that was started; as of asyncio.subprocess."""

    @property
    def pid(self) -> int: ...

    @property
    def returncode(self) -> int | None: ...

    def send_signal(self, signal: int, /) -> None: ...

    async def wait(self) -> int: ...


class Launch(Protocol):
    """How a `mosaic` command is started: arguments, folder, environment, log to append to."""

    async def __call__(
        self, arguments: Sequence[str], home: Path, environment: Mapping[str, str], log: Path, /
    ) -> Child: ...


async def launch(
    arguments: Sequence[str], home: Path, environment: Mapping[str, str], log: Path
) -> Child:
    """As anybody starts it: a Python of its own."""
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "api.cli",
            *arguments,
            cwd=home,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )


class Process:
    """A `mosaic` command that runs until it is stopped, and can be killed and started again.

    `arguments` follow `mosaic`; `environment` is added to what the process inherits.
    """

    def __init__(
        self,
        home: Path,
        environment: Mapping[str, str],
        arguments: Sequence[str],
        launch: Launch = launch,
    ) -> None:
        home.mkdir(parents=True, exist_ok=True)
        CACHE.mkdir(parents=True, exist_ok=True)
        if not (home / "cache").exists():
            (home / "cache").symlink_to(CACHE)
        self.home = home
        self.log = home / "server.log"
        self.arguments = tuple(arguments)
        self.environment = {**_inherited(), "MOSAIC_HOME": str(home), **GENEROUS, **environment}
        self._launch = launch
        self._process: Child | None = None

    @property
    def pid(self) -> int:
        """The process's id. Raises ServerFailed when it was never started."""
        if self._process is None:
            raise ServerFailed("The server has not been started.")
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, negative for a signal; None while the process lives."""
        return self._process.returncode if self._process else None

    async def begin(self) -> None:
        """Start the process, and do not wait for anything."""
        self._process = await self._launch(self.arguments, self.home, self.environment, self.log)

    def log_tail(self) -> str:
        """The end of what the process has written."""
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        return text[-LOG_TAIL:]

    async def run(self, *arguments: str) -> str:
        """What another `mosaic` command prints, with this process's settings. Raises
        ServerFailed when it fails."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "api.cli",
            *arguments,
            cwd=self.home,
            env=self.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, errors = await process.communicate()
        if process.returncode != 0:
            raise ServerFailed(f"mosaic {' '.join(arguments)}: {errors.decode()[-LOG_TAIL:]}")
        return output.decode()

    def memory_bytes(self) -> int:
        """Resident memory of the process, in bytes."""
        return int(psutil.Process(self.pid).memory_info().rss)

    def weights_bytes(self) -> int:
        """What of that are pages of the embedding model's weights, mapped from their file."""
        maps = psutil.Process(self.pid).memory_maps()
        return sum(int(part.rss) for part in maps if part.path.endswith(".safetensors"))

    def cpu_seconds(self) -> float:
        """Processor time that the process has used, in seconds."""
        times = psutil.Process(self.pid).cpu_times()
        return float(times.user + times.system)

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to this process and to no other; nothing happens when it has ended."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)

    async def wait(self, seconds: float = STOP_SECONDS) -> int:
        """The exit code, once the process has ended. Raises TimeoutError."""
        if self._process is None:
            return 0
        return await asyncio.wait_for(self._process.wait(), seconds)

    async def kill(self) -> None:
        """End the process at once (SIGKILL)."""
        self.send_signal(signal.SIGKILL)
        await self.wait()

    async def stop(self) -> None:
        """End the process politely, or at once when it does not listen."""
        self.send_signal(signal.SIGTERM)
        try:
            await self.wait()
        except TimeoutError:
            await self.kill()

    async def close(self) -> None:
        """End the process, also when it is frozen."""
        self.send_signal(signal.SIGCONT)
        await self.stop()


class Server(Process):
    """A `mosaic serve` that can be killed and started again on the same port and database."""

    def __init__(
        self,
        home: Path,
        environment: Mapping[str, str],
        arguments: Sequence[str] = ("serve",),
        launch: Launch = launch,
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        super().__init__(home, environment, (*arguments, "--port", str(self.port)), launch)
        self._clients: list[httpx2.AsyncClient] = []

    async def start(self, *, wait: bool = True) -> None:
        """Start the process and, with `wait`, return when `/health` answers 200.

        Raises ServerFailed when it ends or is silent for three minutes.
        """
        await self.begin()
        if wait:
            await self.wait_healthy()

    async def wait_healthy(self, seconds: float = START_SECONDS) -> None:
        """Return when `/health` answers 200."""
        try:
            async with asyncio.timeout(seconds), httpx2.AsyncClient(base_url=self.url) as client:
                while not await _healthy(client):
                    if self.returncode is not None:
                        raise ServerFailed(f"The server ended at start.\n{self.log_tail()}")
                    await asyncio.sleep(0.02)
        except TimeoutError as error:
            raise ServerFailed(f"No /health in {seconds:.0f} s.\n{self.log_tail()}") from error

    async def log_in(self, email: str, password: str = PASSWORD) -> httpx2.AsyncClient:
        """A client that is logged in; closed together with the server."""
        client = self.client()
        await log_in(client, email, password)
        return client

    def client(self) -> httpx2.AsyncClient:
        """A client that is not logged in; closed together with the server."""
        client = httpx2.AsyncClient(base_url=self.url, timeout=httpx2.Timeout(10, read=90))
        self._clients.append(client)
        return client

    async def close(self) -> None:
        """End the process and close the clients."""
        for client in self._clients:
            await client.aclose()
        self._clients.clear()
        await super().close()


@asynccontextmanager
async def running_server(
    *,
    database_url: str | None = None,
    home: Path | None = None,
    demo: bool = False,
    arguments: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    launch: Launch = launch,
    kind: type[Server] = Server,
) -> AsyncIterator[Server]:
    """A server on a migrated database, with the demo if asked for; gone at the end.

    Without `database_url` its database is an embedded one in its home; without `home`, a
    temporary folder. The database outlives a killed server, so that one can be started again.
    """
    async with AsyncExitStack() as stack:
        if home is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="mosaic-server-"))
            home = Path(folder)
        if database_url is None:
            database_url = await asyncio.to_thread(embedded.start, home)
            stack.callback(embedded.stop, home)
        await asyncio.to_thread(migrations.up, database_url)
        server = kind(
            home,
            {"DATABASE_URL": database_url, **(environment or {})},
            ("serve", *(["--demo"] if demo else []), *arguments),
            launch,
        )
        stack.push_async_callback(server.close)
        await server.start()
        yield server


async def log_in(client: httpx2.AsyncClient, email: str, password: str = PASSWORD) -> None:
    """Log `client` in for everything it sends from here on. Raises ServerFailed."""
    answer = await client.post("/auth/login", json={"email": email, "password": password})
    async with asyncio.timeout(START_SECONDS):
        while answer.status_code == 503:
            # Hashing is slow on a machine that is busy; the service says when to come again.
            await asyncio.sleep(1)
            answer = await client.post("/auth/login", json={"email": email, "password": password})
    if answer.status_code != 200:
        raise ServerFailed(f"Log-in as {email}: {answer.status_code} {answer.text}")
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _inherited() -> dict[str, str]:
    """The environment without settings: a private server must not use the user's own key."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
    path = os.pathsep.join(part for part in (str(ROOT), kept.get("PYTHONPATH")) if part)
    return {**kept, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}


async def _healthy(client: httpx2.AsyncClient) -> bool:
    try:
        return (await client.get("/health")).status_code == 200
    except httpx2.TransportError:
        return False
