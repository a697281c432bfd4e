"""Harm at random instants, all of it from one seed: processes killed, frozen and stopped, the
network cut and slowed, the database restarted."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable

from tests.faults.cluster import Cluster
from tests.proxy import Proxy

Restart = Callable[[signal.Signals], Awaitable[None]]
"""Restarts the database by a signal to its server."""

WEIGHTS = {"kill": 8, "freeze": 3, "terminate": 2, "reset": 3, "slow": 2, "database": 1}
OF_PROCESSES = {"kill", "freeze", "terminate"}
LONGEST_FREEZE = 14.0
"""Seconds: beyond the time after which a silent worker is taken for dead."""
LONGEST_DRAIN = 45.0
"""Seconds within which a process that is asked to stop has stopped: twice what is promised, on a
machine whose processes are all under attack."""


class Nemesis:
    """`done` counts what it did, `faults` says where a promise of its own was not kept."""

    def __init__(
        self, cluster: Cluster, proxy: Proxy, restart: Restart | None, seed: int, every: float
    ) -> None:
        self._cluster = cluster
        self._proxy = proxy
        self._restart = restart
        self._chance = random.Random(seed)
        self._every = every
        self._under_way: set[asyncio.Task[None]] = set()
        self.done: Counter[str] = Counter()
        self.faults: list[str] = []

    async def rage(self) -> None:
        """Do harm every `every` seconds on average, until cancelled; then let all be well."""
        try:
            while True:
                await asyncio.sleep(min(self._chance.expovariate(1 / self._every), 3 * self._every))
                await self._strike()
        finally:
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)
            self._proxy.delay = 0.0

    async def _strike(self) -> None:
        """Hurt one process that has come up, or what all of them stand on."""
        ready = await self._cluster.ready()
        weights = {
            kind: weight
            for kind, weight in WEIGHTS.items()
            if (ready or kind not in OF_PROCESSES) and (kind != "database" or self._may_restart)
        }
        kind = self._chance.choices([*weights], [*weights.values()])[0]
        name = self._chance.choice(ready) if kind in OF_PROCESSES else ""
        task = asyncio.create_task(self._harm(kind, name), name=f"nemesis {kind}")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    @property
    def _may_restart(self) -> bool:
        return self._restart is not None and not any(
            task.get_name() == "nemesis database" for task in self._under_way
        )

    async def _harm(self, kind: str, name: str) -> None:
        self.done[kind] += 1
        match kind:
            case "kill":
                await self._keep_down(name, self._cluster.processes[name].kill)
            case "terminate":
                await self._keep_down(name, lambda: self._terminate(name))
            case "freeze":
                await self._keep_down(name, lambda: self._freeze(name))
            case "reset":
                self._proxy.reset()
            case "slow":
                self._proxy.delay = self._chance.uniform(0.05, 0.4)
                await asyncio.sleep(self._chance.uniform(1, 3))
                self._proxy.delay = 0.0
            case "database" if self._restart is not None:
                how = self._chance.choice([signal.SIGINT, signal.SIGQUIT])
                restarting = asyncio.ensure_future(self._restart(how))
                try:
                    await asyncio.shield(restarting)
                finally:
                    # Also when all is said and done meanwhile: nobody else starts it again.
                    await restarting

    async def _keep_down(self, name: str, hurt: Callable[[], Awaitable[None]]) -> None:
        """Hurt a process; it is started again, if need be, after a while."""
        self._cluster.down.add(name)
        try:
            await hurt()
            await asyncio.sleep(self._chance.uniform(0, 2))
        finally:
            self._cluster.down.discard(name)

    async def _terminate(self, name: str) -> None:
        """Stop a process as a deploy does."""
        process = self._cluster.processes[name]
        process.send_signal(signal.SIGTERM)
        try:
            code = await process.wait(LONGEST_DRAIN)
        except TimeoutError:
            self.faults.append(f"{name} did not stop within {LONGEST_DRAIN:.0f} s of SIGTERM")
            await process.kill()
        else:
            if code != 0:
                self.faults.append(f"{name} stopped with exit code {code}")

    async def _freeze(self, name: str) -> None:
        process = self._cluster.processes[name]
        process.send_signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(self._chance.uniform(0.5, LONGEST_FREEZE))
        finally:
            process.send_signal(signal.SIGCONT)
