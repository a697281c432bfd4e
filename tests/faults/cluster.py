"""Several processes of the service on one database, each started again when it has died."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from evals.server import Process, Server, ServerFailed, free_port
from memory import embedded

ORDERLY = (0, -signal.SIGKILL, -signal.SIGTERM)
LOOK_SECONDS = 0.2
STOP_SECONDS = 60.0
START_SECONDS = 240.0


@dataclass
class Cluster:
    """The processes by name, and the port each listens on once it has started. `down` are those
    that somebody keeps down on purpose; `deaths` counts the exit codes of all, `logs` has the
    ends of what those said that died by themselves."""

    processes: dict[str, Process]
    ports: dict[str, int]
    down: set[str] = field(default_factory=set)
    deaths: Counter[int] = field(default_factory=Counter)
    logs: list[str] = field(default_factory=list)

    @property
    def urls(self) -> list[str]:
        """Where it can be reached."""
        return [one.url for one in self.processes.values() if isinstance(one, Server)]

    async def watch(self) -> None:
        """Start what has died, until cancelled, as a supervisor does in production."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for name, process in self.processes.items():
                if process.returncode is not None and name not in self.down:
                    self.deaths[process.returncode] += 1
                    told = process.log_tail()
                    # To be started while the database is down, and to say so, is no fault.
                    if process.returncode not in ORDERLY and "No database: " not in told:
                        self.logs.append(f"{name} ended: {told[-500:]}")
                    await process.begin()

    async def ready(self) -> list[str]:
        """The names of the processes that are up and left alone."""
        names = [name for name in self.processes if name not in self.down]
        answers = await asyncio.gather(*(_listens(self.ports[name]) for name in names))
        return [name for name, answer in zip(names, answers, strict=True) if answer]

    async def wait_healthy(self) -> None:
        """Return when every process that speaks HTTP answers. Raises ServerFailed."""
        for process in self.processes.values():
            if isinstance(process, Server):
                await process.wait_healthy(START_SECONDS)


@asynccontextmanager
async def running_cluster(
    home: Path, environment: Mapping[str, str], apis: int = 2, workers: int = 2
) -> AsyncIterator[Cluster]:
    """Processes that only answer HTTP, and others that only work off runs; the demo is loaded.
    `environment` names the database (`DATABASE_URL`), which is migrated already."""
    names = [f"api {n}" for n in range(1, apis + 1)] + [
        f"worker {n}" for n in range(1, workers + 1)
    ]
    processes: dict[str, Process] = {}
    ports: dict[str, int] = {}
    for name in names:
        folder = home / name.replace(" ", "-")
        if name.startswith("api"):
            server = Server(folder, environment, ("serve", "--no-worker"))
            processes[name], ports[name] = server, server.port
        else:
            port = free_port()
            command = ("worker", "--metrics-port", str(port))
            processes[name], ports[name] = Process(folder, environment, command), port
    await processes["api 1"].run("demo")
    cluster = Cluster(processes, ports)
    async with AsyncExitStack() as stack:
        for process in processes.values():
            stack.push_async_callback(process.close)
            await process.begin()
        await cluster.wait_healthy()
        watching = asyncio.create_task(cluster.watch(), name="supervisor")
        try:
            yield cluster
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def restart_database(home: Path, how: signal.Signals) -> None:
    """Stop the embedded server of `home` and start it again: SIGINT ends it in order, SIGQUIT
    at once, as a crash does. Raises ServerFailed when it does not go down."""
    pid = int((home / "postgres" / "postmaster.pid").read_text().split()[0])
    os.kill(pid, how)
    try:
        await asyncio.to_thread(psutil.Process(pid).wait, STOP_SECONDS)
    except psutil.TimeoutExpired as error:
        raise ServerFailed(f"PostgreSQL ({pid}) did not stop.") from error
    await asyncio.to_thread(embedded.start, home)
