"""act: the permitted calls, reads in parallel, effects one after the other."""

from __future__ import annotations

import asyncio
import json

from ag_ui.core import ToolCallResultEvent
from langgraph.runtime import Runtime

from agent.calls import make_call
from agent.context import Consulted, RunContext, RunState
from agent.models.types import ToolCall, ToolTurn

STATEMENTS_SHOWN = 8
PARALLEL_READS = 4


async def act(state: RunState, runtime: Runtime[RunContext]) -> RunState:
    """Make the calls the model asked for and hand it what they found, in the order it asked."""
    work = runtime.context
    calls = [ToolCall(item["id"], item["name"], item["args"]) for item in state["calls"]]
    reads = {tool.name for tool in work.tools if tool.effect == "read"}
    made: list[Consulted | None] = [None] * len(calls)
    limit = asyncio.Semaphore(PARALLEL_READS)

    async def read(position: int) -> None:
        async with limit:
            made[position] = await make_call(work, calls[position], state["step"], position)

    await asyncio.gather(*(read(n) for n, call in enumerate(calls) if call.name in reads))
    for position, call in enumerate(calls):
        if call.name not in reads:
            made[position] = await make_call(work, call, state["step"], position)

    results = []
    for item in made:
        if item is not None:
            result = work.learn(item)
            results.append(result)
            announce(work, item)
    work.turns.append(ToolTurn(tuple(results)))
    return {"calls": []}


def announce(work: RunContext, made: Consulted) -> None:
    """Put the outcome of a call on the tape, for those calls that were announced."""
    if not any(tool.name == made.call.name for tool in work.tools):
        return
    facts = made.findings.facts if made.findings else []
    shown = [fact.statement for fact in facts if fact.headline][:STATEMENTS_SHOWN]
    content = {
        "facts": len(facts),
        "statements": shown,
        "missing": [item.need for item in made.findings.missing] if made.findings else [],
        "error": made.error,
    }
    work.tape.emit(
        ToolCallResultEvent(
            message_id=f"{made.call.id}:result",
            tool_call_id=made.call.id,
            content=json.dumps(content, ensure_ascii=False),
            role="tool",
            metadata={"summary": summary(made, len(facts))},
        )
    )


def summary(made: Consulted, facts: int) -> str:
    """The outcome of a call in a few words."""
    if made.error:
        return "Could not be done"
    return f"{facts} fact" if facts == 1 else f"{facts} facts"
