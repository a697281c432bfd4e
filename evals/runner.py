"""`mosaic eval`: put the golden questions to a running service and score its answers."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import uuid4

import httpx2
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from evals import report
from evals.cases import BadSuite, Case, load, suites
from evals.conversation import Refused, Turn, ask
from evals.scorers import Score, ToolFacts, score
from evals.server import CLIENT, OPERATOR, ROOT, Server, ServerFailed, log_in, running_server
from tools.registry import Slot, all_tools

RESULTS = ROOT / "evals" / "results"

Clients = dict[str, httpx2.AsyncClient]
Reset = Callable[[], Awaitable[None]]


def main(suite: str | None, base_url: str | None, as_json: bool) -> int:
    """Run one suite, or all, against `base_url` or a server of its own.

    Returns 0 when every case passes, 1 when one does not, 2 when the cases cannot be put.
    """
    try:
        return asyncio.run(_main(suite, base_url, as_json))
    except (BadSuite, ServerFailed, Refused, httpx2.TransportError) as error:
        print(f"mosaic eval: {error or type(error).__name__}", file=sys.stderr)
        return 2


async def _main(suite: str | None, base_url: str | None, as_json: bool) -> int:
    cases = {name: load(name) for name in ([suite] if suite else suites())}
    scores: dict[str, list[Score]] = {}
    async with _service(base_url) as (clients, reset):
        with _progress(as_json) as progress:
            for name, of_suite in cases.items():
                bar = progress.add_task(name, total=len(of_suite))
                scores[name] = []
                for case in of_suite:
                    scores[name].append(await run_case(case, clients, reset))
                    progress.advance(bar)
    for name, of_suite_scores in scores.items():
        _keep(name, of_suite_scores)
    if as_json:
        print(json.dumps(report.as_data(scores)))
    else:
        report.show(scores, Console())
    return 0 if all(item.passed for found in scores.values() for item in found) else 1


async def run_case(case: Case, clients: Clients, reset: Reset) -> Score:
    """Have one conversation and judge it; what it wrote to the demo's record is undone."""
    tools = tool_facts()
    thread_id = str(uuid4())
    turns: list[Turn] = []
    for text in case.turns:
        turns.append(await ask(clients[case.role], thread_id, text))
    calls = [call.tool for turn in turns for call in turn.calls]
    if any(name not in tools or tools[name].writes for name in calls):
        await reset()
    return score(case, turns, tools)


def tool_facts() -> dict[str, ToolFacts]:
    """What the scorers must know of every declared tool."""
    return {
        tool.name: ToolFacts(
            audience=tool.audience,
            writes=tool.effect != "read",
            names=frozenset(
                name
                for name, field in tool.args.model_fields.items()
                if any(isinstance(m, Slot) and m.kind in ("lead", "experiment") for m in field.metadata)
            ),
        )
        for tool in all_tools()
    }  # fmt: skip


@asynccontextmanager
async def _service(base_url: str | None) -> AsyncIterator[tuple[Clients, Reset]]:
    """The demo people, logged in at `base_url` or at a server of our own."""
    if base_url is None:
        async with running_server(demo=True) as server:
            yield await demo_clients(server), demo_reset(server)
        return
    async with (
        httpx2.AsyncClient(base_url=base_url, timeout=90) as client,
        httpx2.AsyncClient(base_url=base_url, timeout=90) as operator,
    ):
        await log_in(client, CLIENT)
        await log_in(operator, OPERATOR)
        yield {"client": client, "operator": operator}, _leave


async def demo_clients(server: Server) -> Clients:
    """The demo people by role, logged in."""
    return {"client": await server.log_in(CLIENT), "operator": await server.log_in(OPERATOR)}


def demo_reset(server: Server) -> Reset:
    """Loads the demo anew on the server's database."""

    async def reset() -> None:
        await server.run("demo", "--reset")

    return reset


async def _leave() -> None:
    """Someone else's database stays as the conversation left it."""


def _progress(quiet: bool) -> Progress:
    return Progress(
        TextColumn("{task.description:>12}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=quiet,
    )


def _keep(suite: str, scores: list[Score]) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    kept = {
        "suite": suite,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "summary": report.summary(scores).model_dump(),
        "cases": [item.model_dump() for item in scores],
    }
    text = json.dumps(kept, indent=1, ensure_ascii=False) + "\n"
    (RESULTS / f"{suite}.json").write_text(text, encoding="utf-8")
