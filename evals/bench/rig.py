"""What every benchmark stands on: the stand-in provider, the floor and the product as processes."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar
from uuid import uuid4

import httpx2
import psutil

from evals.bench.cores import give_server_core
from evals.server import ROOT, Server, running_server

START_SECONDS = 30.0
AGAIN_SECONDS = 1.0
TRIES = 30
PASSWORD = "a password for benchmarks"  # noqa: S105 - of people who live for one run

Answer = TypeVar("Answer")


class CannotMeasure(Exception):
    """A part that the measurement needs is missing or failed; says which."""


class Busy(CannotMeasure):
    """The service asked to be left alone for a moment (503)."""


@dataclass(frozen=True)
class Figure:
    """One measured number. `floor` is the bare proxy's in the same run; `limit` is what the
    quality design asks for on a quiet machine."""

    name: str
    unit: str
    mosaic: float
    floor: float | None = None
    limit: float | None = None
    higher_is_better: bool = False

    @property
    def ratio(self) -> float | None:
        """The product over the floor."""
        return self.mosaic / self.floor if self.floor else None

    @property
    def within(self) -> bool | None:
        """Whether the limit is kept; None without one."""
        if self.limit is None:
            return None
        return self.mosaic >= self.limit if self.higher_is_better else self.mosaic <= self.limit


@dataclass(frozen=True)
class Helper:
    """A process beside the product: the stand-in or the floor."""

    url: str
    pid: int

    def memory_bytes(self) -> int:
        """Resident memory, in bytes."""
        return int(psutil.Process(self.pid).memory_info().rss)

    def cpu_seconds(self) -> float:
        """Processor time used so far, in seconds."""
        return _cpu_seconds(self.pid)


@dataclass(frozen=True)
class Person:
    """Somebody who can send messages."""

    token: str


@asynccontextmanager
async def running_standin() -> AsyncIterator[Helper]:
    """The stand-in for the Messages API. Raises CannotMeasure outside of a checkout."""
    if not (ROOT / "tests" / "standin").is_dir():
        raise CannotMeasure("The stand-in provider is in tests/standin: run this in a checkout.")
    async with _helper("tests.standin", "--port", "0") as helper:
        yield helper


@asynccontextmanager
async def running_floor(standin: Helper, persona: str) -> AsyncIterator[Helper]:
    """The bare proxy in front of the stand-in."""
    async with _helper("evals.bench.floor", standin.url, key(persona)) as helper:
        give_server_core(helper.pid)
        yield helper


@asynccontextmanager
async def running_product(standin: Helper, persona: str) -> AsyncIterator[Server]:
    """The product with its own database, its model the stand-in."""
    environment = {
        "ANTHROPIC_API_KEY": key(persona),
        "ANTHROPIC_BASE_URL": standin.url,
        "MOSAIC_LOG_LEVEL": "WARNING",
    }
    async with running_server(environment=environment) as server:
        give_server_core(server.pid)
        try:
            yield server
        except CannotMeasure as error:
            raise CannotMeasure(f"{error}\n{server.log_tail()}") from error


async def people(server: Server, count: int) -> list[Person]:
    """New clients, logged in."""
    found = []
    for _ in range(count):
        account = {"email": f"{uuid4().hex}@bench.local", "password": PASSWORD}
        answer = await server.client().post("/auth/register", json=account)
        if not answer.is_success:
            raise CannotMeasure(f"Registering was refused: {answer.status_code} {answer.text}")
        found.append(Person(answer.json()["access_token"]))
    return found


async def reset(standin: Helper) -> None:
    """Have the stand-in forget its requests and its prompt cache."""
    async with httpx2.AsyncClient(base_url=standin.url) as client:
        await client.post("/_reset")


async def again_when_busy(sent: Callable[[], Awaitable[Answer]]) -> Answer:
    """What is sent, and sent again while the service is busy, as a client does."""
    for _ in range(TRIES):
        try:
            return await sent()
        except Busy:
            await asyncio.sleep(AGAIN_SECONDS)
    raise CannotMeasure(f"A message was refused {TRIES} times.")


def median(values: Sequence[float]) -> float:
    """The middle value. Raises CannotMeasure when there is none."""
    return percentile(values, 50)


def percentile(values: Sequence[float], share: int) -> float:
    """The value that `share` percent lie at or below."""
    if not values:
        raise CannotMeasure("Nothing was measured.")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * share // 100) - 1))]


def key(persona: str) -> str:
    """The API key that asks the stand-in for a persona."""
    return f"sk-standin-{persona}"


def _cpu_seconds(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


@asynccontextmanager
async def _helper(module: str, *arguments: str) -> AsyncIterator[Helper]:
    """A module run as a process that prints its address as one JSON line."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )  # fmt: skip
    try:
        if process.stdout is None:
            raise CannotMeasure(f"{module} has no output to read.")
        line = await asyncio.wait_for(process.stdout.readline(), START_SECONDS)
        if not line:
            raise CannotMeasure(f"{module} ended at start.")
        yield Helper(json.loads(line)["url"], process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
