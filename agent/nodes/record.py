"""record: the answer, its receipt and the run's end, in one transaction."""

from __future__ import annotations

from langgraph.runtime import Runtime

from agent.context import RunContext, RunState
from agent.ending import end_success


async def record(state: RunState, runtime: Runtime[RunContext]) -> RunState:
    """Store the assistant's messages and end the run."""
    await end_success(runtime.context)
    return {}
