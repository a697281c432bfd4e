"""`python -m tests.faults.soak`: many runs while processes die, the network is cut and the database
restarts. Prints what happened; exit code 1 when a promise was broken, 0 when none was."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from uuid import uuid4

import httpx2
import psycopg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from evals.bench.rig import percentile, running_standin
from evals.server import OPERATOR, PASSWORD, log_in
from memory import embedded, migrations
from tests.faults.cluster import Cluster, restart_database, running_cluster
from tests.faults.invariants import Acknowledged, examine
from tests.faults.nemesis import Nemesis
from tests.faults.people import Client, Operator, Person
from tests.faults.reader import READ_SECONDS
from tests.proxy import Proxy, running_proxy

LEADS = ("Cedar", "Bright", "Summit", "Maple", "Harbor", "Granite")
PERSONA = "paced:25"
SETTLE_SECONDS = 90.0
_ANY_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+")


@dataclass
class Plan:
    """How much, how rough, and from which seed. `every` is the mean time between two harms in
    seconds; with `database`, the database is restarted too. Nobody begins anything after
    `seconds`."""

    runs: int = 1000
    clients: int = 10
    operators: int = 6
    seed: int = 1
    every: float = 4.0
    seconds: float = 3600.0
    database: bool = True


@dataclass
class Report:
    """What a soak saw. `broken` are the promises that were not kept; none is the point of it."""

    runs: int = 0
    seconds: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)
    harms: Counter[str] = field(default_factory=Counter)
    deaths: Counter[int] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    events: int = 0
    acknowledged: int = 0
    effects: int = 0
    taken_up: int = 0
    median_seconds: float = 0.0
    p95_seconds: float = 0.0
    longest_seconds: float = 0.0
    broken: list[str] = field(default_factory=list)


async def soak(plan: Plan, home: Path, url: str, progress: Progress) -> Report:
    """Do it on the migrated database at `url`, whose embedded server is that of `home`."""
    async with AsyncExitStack() as stack:
        standin = await stack.enter_async_context(running_standin())
        environment = {
            "DATABASE_URL": url,
            "ANTHROPIC_API_KEY": f"sk-standin-{PERSONA}",
            "ANTHROPIC_BASE_URL": standin.url,
            "MOSAIC_LOG_LEVEL": "WARNING",
        }
        cluster = await stack.enter_async_context(running_cluster(home, environment))
        proxy = await stack.enter_async_context(running_proxy(*cluster.urls, seed=plan.seed))
        bar = progress.add_task("runs", total=plan.runs)
        people = await stack.enter_async_context(crowd(plan, proxy, lambda: progress.advance(bar)))
        restart = (lambda how: restart_database(home, how)) if plan.database else None
        nemesis = Nemesis(cluster, proxy, restart, plan.seed, plan.every)
        began = time.monotonic()
        raging = asyncio.create_task(nemesis.rage(), name="nemesis")
        try:
            await let_them_act(plan, people)
        finally:
            raging.cancel()
            await asyncio.gather(raging, return_exceptions=True)
        seconds = time.monotonic() - began
        return await judge(people, cluster, nemesis, url, seconds)


@asynccontextmanager
async def crowd(plan: Plan, proxy: Proxy, tick: Callable[[], None]) -> AsyncIterator[list[Person]]:
    """The people of the plan, logged in through the proxy."""
    async with AsyncExitStack() as stack:
        people: list[Person] = []
        for number in range(plan.clients + plan.operators):
            # Every request takes a connection of its own, and so goes to either process.
            client = await stack.enter_async_context(
                httpx2.AsyncClient(
                    base_url=proxy.url,
                    timeout=httpx2.Timeout(READ_SECONDS),
                    limits=httpx2.Limits(max_keepalive_connections=0),
                )
            )
            chance = random.Random(plan.seed * 1000 + number)
            if number < plan.clients:
                account = {"email": f"{uuid4().hex}@soak.local", "password": PASSWORD}
                answer = await client.post("/auth/register", json=account, timeout=30)
                client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
                people.append(Client(client, chance, tick))
            else:
                await log_in(client, OPERATOR)
                operator = Operator(client, chance, tick)
                operator.lead = LEADS[number % len(LEADS)]
                people.append(operator)
        yield people


async def let_them_act(plan: Plan, people: Sequence[Person]) -> None:
    """Let everybody act until there are enough runs, or the time is up."""
    numbers = count(1)
    until = time.monotonic() + plan.seconds

    async def live(person: Person) -> None:
        while sum(len(one.tapes) for one in people) < plan.runs and time.monotonic() < until:
            await person.act(next(numbers))

    await asyncio.gather(*(live(person) for person in people))


async def judge(
    people: Sequence[Person], cluster: Cluster, nemesis: Nemesis, url: str, seconds: float
) -> Report:
    """Let all come to rest, then hold everything that was promised against what is there."""
    report = Report(seconds=seconds, harms=nemesis.done, deaths=cluster.deaths)
    await cluster.wait_healthy()
    if open_runs := await settled(url):
        report.broken.append(f"{open_runs} runs are still open {SETTLE_SECONDS:.0f} s later")
    told = [tape for person in people for tape in person.tapes if tape.events]
    for person in people:
        await person.check()
        for tape in person.tapes:
            if tape.ended:
                await person.reader.replayed(tape)
    stored = [
        Acknowledged(tape.sent.run_id, tape.sent.message_id, tape.sent.text)
        for tape in told
        if tape.sent.text
    ]
    report.broken += [str(one) for one in await asyncio.to_thread(examine, url, stored)]
    report.broken += nemesis.faults + cluster.logs + touches(people, url)
    for person in people:
        report.broken += person.faults
        report.seen += person.reader.seen
        report.effects += sum(person.effects.values())
    report.runs, report.acknowledged = len(told), len(stored)
    report.outcomes = Counter(tape.outcome for tape in told if tape.ended)
    report.events = sum(len(tape.events) for tape in told)
    report.taken_up = counted(url, "SELECT count(*) FROM runs WHERE attempt > 1")
    times = [tape.seconds for tape in told if tape.seconds]
    report.median_seconds, report.p95_seconds = percentile(times, 50), percentile(times, 95)
    report.longest_seconds = max(times)
    return report


async def settled(url: str) -> int:
    """How many runs are still open once none is, or after a while."""
    query = "SELECT count(*) FROM runs WHERE status IN ('queued', 'running')"
    for _ in range(int(SETTLE_SECONDS)):
        if not counted(url, query):
            break
        await asyncio.sleep(1)
    return counted(url, query)


def touches(people: Sequence[Person], url: str) -> list[str]:
    """Each touch is there once if its person was told so, and never twice."""
    query = "SELECT count(*) FROM lead_touches WHERE %s IN (summary, outcome)"
    broken = []
    for person in people:
        if isinstance(person, Operator):
            for said, told in person.effects.items():
                there = counted(url, query, said)
                if there > 1 or there != told:
                    broken.append(f"{said!r}: told {told}, there {there} times")
    return broken


def counted(url: str, query: str, *given: str) -> int:
    """The one number that a query gives."""
    with psycopg.connect(url) as conn:
        row = conn.execute(query.encode(), given).fetchone()
    return int(row[0]) if row else 0


def said(report: Report) -> str:
    """The report in lines."""

    def counts(counter: Counter[str] | Counter[int]) -> str:
        return ", ".join(f"{number} {what}" for what, number in counter.most_common()) or "none"

    examples = {_ANY_ID.sub("…", one): one for one in report.broken}
    kinds = Counter(_ANY_ID.sub("…", one) for one in report.broken)
    return "\n".join(
        [
            f"{report.runs} runs in {report.seconds:.0f} s; ended as: {counts(report.outcomes)}",
            f"harm done: {counts(report.harms)}",
            f"deaths by exit code: {', '.join(f'{n} × {c}' for c, n in report.deaths.items()) or 'none'}",
            f"on the way: {counts(report.seen)}",
            f"{report.acknowledged} messages acknowledged, {report.effects} effects, "
            f"{report.events} events read, {report.taken_up} runs taken up by another worker",
            f"seconds a run: median {report.median_seconds:.1f}, p95 {report.p95_seconds:.1f}, "
            f"longest {report.longest_seconds:.1f}",
            f"promises broken: {len(report.broken)}",
            *(f"  {number} × {examples[kind]}" for kind, number in kinds.most_common()),
        ]
    )


async def run(plan: Plan) -> Report:
    """A soak with an embedded database of its own."""
    with tempfile.TemporaryDirectory(prefix="mosaic-soak-") as folder:
        home = Path(folder)
        url = await asyncio.to_thread(embedded.start, home)
        try:
            await asyncio.to_thread(migrations.up, url)
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
            with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as progress:
                return await soak(plan, home, url, progress)
        finally:
            await asyncio.to_thread(embedded.stop, home)


def main() -> int:
    """Read the arguments, do it, and say what happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    plan = Plan()
    parser.add_argument("--runs", type=int, default=plan.runs)
    parser.add_argument("--seed", type=int, default=plan.seed)
    parser.add_argument("--every", type=float, default=plan.every, help="seconds between two harms")
    parser.add_argument("--seconds", type=float, default=plan.seconds, help="the longest time")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    plan = Plan(runs=given.runs, seed=given.seed, every=given.every, seconds=given.seconds)
    report = asyncio.run(run(plan))
    print(json.dumps(vars(report)) if given.json else said(report))
    return 1 if report.broken else 0


if __name__ == "__main__":
    sys.exit(main())
