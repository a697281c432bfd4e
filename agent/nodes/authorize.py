"""authorize: authority comes from the caller. A call that was never offered is refused here, and
once more by the database; a gated call is proposed, and the run stops until a person decides."""

from __future__ import annotations

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from agent.context import RunContext, RunState
from agent.models.types import ToolCall
from agent.proposing import Refused, propose


async def authorize(state: RunState, runtime: Runtime[RunContext]) -> RunState:
    """Announce the calls that may be made and propose the gated ones."""
    work = runtime.context
    offered = {tool.name: tool for tool in work.tools}
    waiting: list[str] = []
    refused: dict[str, str] = {}
    asked_as: dict[str, str] = {}
    for call in (ToolCall(item["id"], item["name"], item["args"]) for item in state["calls"]):
        tool = offered.get(call.name)
        if tool is None:
            continue
        work.announced.start(call, tool.title)
        if tool.effect == "gated":
            try:
                approval = await propose(work, tool, call)
            except Refused as error:
                refused[call.id] = str(error)
                continue
            asked_as[call.id] = approval.tool_call_id or call.id
            if approval.status == "pending" and approval.id not in waiting:
                waiting.append(approval.id)
    return {"waiting": waiting, "refused": refused, "asked_as": asked_as}


async def decide(state: RunState, runtime: Runtime[RunContext]) -> RunState:
    """Stop until every proposal is decided. Only that: a node that stops runs again from its
    top, so what it would do, it would do twice."""
    if state.get("waiting"):
        interrupt(state["waiting"])
    return {"waiting": []}
