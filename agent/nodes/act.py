"""act: the permitted calls, reads in parallel, effects one after the other."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from langgraph.runtime import Runtime

from agent.calls import make_call
from agent.context import Consulted, RunContext, RunState
from agent.models.types import AssistantTurn, ToolCall, ToolResult, ToolTurn, Turn
from agent.proposing import outcome

STATEMENTS_SHOWN = 8
PARALLEL_READS = 4


async def act(state: RunState, runtime: Runtime[RunContext]) -> RunState:
    """Make the calls the model asked for and hand it what they found, in the order it asked.

    A gated call is not made here: what became of its approval is read. A call that was made
    before in this run, with the same arguments, is answered from what it found then. A model that asks for nothing new is offered no more tools: it must answer.
    """
    work = runtime.context
    calls = [ToolCall(item["id"], item["name"], item["args"]) for item in state["calls"]]
    results = found_before(work.turns)
    last = work.turns[-1]
    if not isinstance(last, AssistantTurn) or last.calls != tuple(calls):
        # The run goes on after an approval: the turn that asked is not in its memory.
        work.turns.append(AssistantTurn(calls=tuple(calls)))
    new = [
        position
        for position, call in enumerate(calls)
        if key(call) not in results and key(call) not in {key(other) for other in calls[:position]}
    ]
    # What a call does is on record with it: it must not be there before it was announced.
    await work.tape.flush()
    made = await _make(work, calls, new, state)
    for position in new:
        results[key(calls[position])] = work.learn(made[position])
        announce(work, made[position])
    for position, call in enumerate(calls):
        if position not in made:
            announce_again(work, call, results[key(call)])
    work.turns.append(
        ToolTurn(tuple(replace(results[key(call)], call_id=call.id) for call in calls))
    )
    work.must_answer = not new
    return {"calls": []}


def key(call: ToolCall) -> str:
    """What makes two calls the same call."""
    return f"{call.name} {json.dumps(call.args, sort_keys=True, default=str)}"


def found_before(turns: Sequence[Turn]) -> dict[str, ToolResult]:
    """The results of the calls that have been made so far, by call."""
    return {
        key(call): result
        for asked, found in pairwise(turns)
        if isinstance(asked, AssistantTurn) and isinstance(found, ToolTurn)
        for call, result in zip(asked.calls, found.results, strict=True)
    }


async def _make(
    work: RunContext, calls: Sequence[ToolCall], new: Sequence[int], state: RunState
) -> dict[int, Consulted]:
    """Make the calls at the positions `new`: reads together, effects one by one after them."""
    step = state["step"]
    reads = {tool.name for tool in work.tools if tool.effect == "read"}
    gated = {tool.name for tool in work.tools if tool.effect == "gated"}
    made: dict[int, Consulted] = {}
    limit = asyncio.Semaphore(PARALLEL_READS)

    async def read(position: int) -> None:
        async with limit:
            made[position] = await make_call(work, calls[position], step, position)

    await asyncio.gather(*(read(position) for position in new if calls[position].name in reads))
    for position in new:
        call = calls[position]
        if call.name in gated:
            made[position] = await outcome(work, call, step, position, state)
        elif call.name not in reads:
            made[position] = await make_call(work, call, step, position)
    return made


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
    work.announced.answer(made.call.id, content, summary(made, len(facts)))


def announce_again(work: RunContext, call: ToolCall, result: ToolResult) -> None:
    """Put a call that was not made again on the tape, if it was announced."""
    if not any(tool.name == call.name for tool in work.tools):
        return
    content = {
        "facts": len(result.facts),
        "statements": [],
        "missing": [],
        "error": result.error,
    }
    work.announced.answer(call.id, content, "Looked up already")


def summary(made: Consulted, facts: int) -> str:
    """The outcome of a call in a few words."""
    if made.error:
        return "Could not be done"
    return f"{facts} fact" if facts == 1 else f"{facts} facts"
