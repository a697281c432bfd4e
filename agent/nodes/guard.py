"""guard: what is settled before any model is asked. A crisis is answered with a fixed card."""

from __future__ import annotations

from langgraph.runtime import Runtime

from agent.context import RunContext, RunState


async def guard(state: RunState, runtime: Runtime[RunContext]) -> RunState:
    """Where a client's message is one of crisis say the card; no model, tool or memory follows."""
    work = runtime.context
    if work.crisis is None:
        return {}
    work.speech.say(work.crisis.text)
    work.card = {"kind": work.crisis.kind, "level": work.crisis.level}
    return {"handled": True}
