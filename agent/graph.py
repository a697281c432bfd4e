"""The graph of one run: recall → guard → answer ⇄ (authorize → act) → verify → record."""

from __future__ import annotations

from typing import Any, Literal

from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from agent.context import MAX_STEPS, RunContext, RunState
from agent.nodes.act import act
from agent.nodes.answer import answer
from agent.nodes.authorize import authorize
from agent.nodes.guard import guard
from agent.nodes.recall import recall
from agent.nodes.record import record
from agent.nodes.verify import verify
from memory.pool import get_pool

Graph = CompiledStateGraph[RunState, RunContext, RunState, RunState]


def _after_guard(state: RunState) -> Literal["answer", "record"]:
    return "record" if state.get("handled") else "answer"


def _after_answer(state: RunState) -> Literal["authorize", "verify"]:
    return "authorize" if state.get("calls") and state["step"] < MAX_STEPS else "verify"


def _build() -> Graph:
    graph: StateGraph[RunState, RunContext, RunState, RunState] = StateGraph(
        RunState, context_schema=RunContext
    )
    for node in (recall, guard, answer, authorize, act, verify, record):
        graph.add_node(node.__name__, node)
    graph.add_edge(START, "recall")
    graph.add_edge("recall", "guard")
    graph.add_conditional_edges("guard", _after_guard)
    graph.add_conditional_edges("answer", _after_answer)
    graph.add_edge("authorize", "act")
    graph.add_edge("act", "answer")
    graph.add_edge("verify", "record")
    graph.add_edge("record", END)
    return graph.compile()


_compiled = _build()


async def invoke(context: RunContext) -> None:
    """Run the graph for one attempt. Its checkpoint's thread is the run, with a saver of its
    own: a shared saver takes a lock for the whole process, and LangGraph serialises no thread."""
    saver = AsyncPostgresSaver(get_pool())
    config: Any = {
        "configurable": {"thread_id": context.claim.run_id},
        "recursion_limit": 4 * MAX_STEPS + 8,
    }
    graph: Graph = _compiled.copy({"checkpointer": saver})
    await graph.ainvoke({"step": 0}, config, context=context, durability="exit")
    await saver.adelete_thread(context.claim.run_id)
