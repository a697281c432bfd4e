"""The graph of one run: recall → guard → answer ⇄ (authorize → decide → act) → verify → record."""

from __future__ import annotations

from copy import copy
from typing import Any, Literal

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command

from agent import observe
from agent.checkpoints import EndSaver
from agent.context import MAX_STEPS, RunContext, RunState
from agent.nodes.act import act
from agent.nodes.answer import answer
from agent.nodes.authorize import authorize, decide
from agent.nodes.guard import guard
from agent.nodes.recall import recall
from agent.nodes.record import record
from agent.nodes.verify import verify

Graph = CompiledStateGraph[RunState, RunContext, RunState, RunState]


# Plain functions LangGraph would call in a thread each.
async def _after_guard(state: RunState) -> Literal["answer", "record"]:
    return "record" if state.get("handled") else "answer"


async def _after_answer(state: RunState) -> Literal["authorize", "verify"]:
    return "authorize" if state.get("calls") and state["step"] < MAX_STEPS else "verify"


def _build() -> Graph:
    graph: StateGraph[RunState, RunContext, RunState, RunState] = StateGraph(
        RunState, context_schema=RunContext
    )
    for node in (recall, guard, answer, authorize, decide, act, verify, record):
        graph.add_node(node.__name__, observe.node(node))
    graph.add_edge(START, "recall")
    graph.add_edge("recall", "guard")
    graph.add_conditional_edges("guard", _after_guard)
    graph.add_conditional_edges("answer", _after_answer)
    graph.add_edge("authorize", "decide")
    graph.add_edge("decide", "act")
    graph.add_edge("act", "answer")
    graph.add_edge("verify", "record")
    graph.add_edge("record", END)
    return graph.compile()


_compiled = _build()


async def invoke(context: RunContext) -> list[str]:
    """Run the graph for one attempt; returns the approvals it has stopped for, if any.

    Its checkpoint's thread is the run, with a saver of its own: a shared saver takes a lock for
    the whole process, and LangGraph serialises no thread. A run that goes on after an approval
    takes up the checkpoint of the run that stopped.
    """
    saver = EndSaver(resumes=context.claim.continues)
    config: Any = {
        "configurable": {"thread_id": context.claim.root_id},
        "recursion_limit": 5 * MAX_STEPS + 8,
    }
    start: Any = Command(resume=True) if context.claim.continues else {"step": 0}
    graph = copy(_compiled)
    graph.checkpointer = saver
    ended = await graph.ainvoke(start, config, context=context, durability="exit")
    if stops := ended.get("__interrupt__"):
        await saver.write()
        return [approval for stop in stops for approval in stop.value]
    if context.claim.continues:
        await saver.adelete_thread(context.claim.root_id)
    return []
