"""authorize: authority comes from the caller. A call that was never offered is refused here, and
once more by the database."""

from __future__ import annotations

from ag_ui.core import ToolCallArgsEvent, ToolCallEndEvent, ToolCallStartEvent
from langgraph.runtime import Runtime

from agent.calls import dump_args
from agent.context import RunContext, RunState


async def authorize(state: RunState, runtime: Runtime[RunContext]) -> RunState:
    """Announce the calls that may be made; the others get an error result in `act`."""
    work = runtime.context
    offered = {tool.name: tool for tool in work.tools}
    for call in state["calls"]:
        tool = offered.get(call["name"])
        if tool is None:
            continue
        work.tape.emit(
            ToolCallStartEvent(
                tool_call_id=call["id"], tool_call_name=tool.name, metadata={"title": tool.title}
            )
        )
        work.tape.emit(ToolCallArgsEvent(tool_call_id=call["id"], delta=dump_args(call["args"])))
        work.tape.emit(ToolCallEndEvent(tool_call_id=call["id"]))
    return {}
