"""From the command to a healthy service: with nothing there yet, and with the database there."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from evals.bench.rig import Figure, median, running_floor, running_standin
from evals.server import Server
from memory import embedded

PERSONA = "fixed:50x0"
TIMES, QUICK_TIMES = 3, 1


async def run(quick: bool) -> list[Figure]:
    """Cold: an empty home, so that the database is made and migrated first. Stopped: it is there,
    but not running. Warm: it runs."""
    times = QUICK_TIMES if quick else TIMES
    floor = median([await _floor() for _ in range(times)])
    with tempfile.TemporaryDirectory(prefix="mosaic-bench-") as folder:
        home = Path(folder)
        server = Server(home, {"MOSAIC_MODEL": "offline"})
        try:
            started = time.perf_counter()
            await server.run("migrate", "up")
            cold = time.perf_counter() - started + await _start(server)
            stopped = []
            for _ in range(times):
                _stop_database(home)
                stopped.append(await _start(server))
            embedded.start(home)
            warm = [await _start(server) for _ in range(times)]
        finally:
            await server.close()
            _stop_database(home)
    return [
        Figure("start, nothing there yet", "s", cold, floor),
        Figure("start, database stopped", "s", median(stopped), floor),
        Figure("start, database running", "s", median(warm), floor, limit=3),
    ]


async def _start(server: Server) -> float:
    """Seconds to a healthy service, which is then stopped."""
    started = time.perf_counter()
    await server.start()
    elapsed = time.perf_counter() - started
    await server.stop()
    return elapsed


async def _floor() -> float:
    async with running_standin() as standin:
        started = time.perf_counter()
        async with running_floor(standin, PERSONA):
            return time.perf_counter() - started


def _stop_database(home: Path) -> None:
    """Stop the embedded server: join it, which drops the claims of dead processes, and leave."""
    embedded.start(home)
    embedded.stop(home)
