"""guard: what is settled before any model is asked. A crisis is answered with a fixed card."""

from __future__ import annotations

from langgraph.runtime import Runtime

from agent.context import RunContext, RunState
from agent.crisis import screen


async def guard(state: RunState, runtime: Runtime[RunContext]) -> RunState:
    """Screen a client's message; on a hit say the card, and no model, tool or memory follows."""
    work = runtime.context
    if work.role != "client":
        return {}
    crisis = screen(work.user_text)
    if crisis is None:
        return {}
    work.speech.say(crisis.text)
    work.card = {"kind": crisis.kind, "level": crisis.level}
    return {"handled": True}
